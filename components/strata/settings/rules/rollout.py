"""How servers are replaced: what EC2's instance refresh and a fleet of this size allow."""

from collections.abc import Iterator
from math import ceil
from typing import Final

from strata.problem import Path
from strata.settings.models import ServiceSettings
from strata.settings.rules.facts import Conflict, Facts, Rule

__all__ = ["RULES"]

MAX_SPAN: Final = 100
"""StartInstanceRefresh: the difference of the two percentages."""
ALL: Final = 100
"""Percent of a fleet. As a floor it means that new servers come first."""


def span(facts: Facts) -> Iterator[Conflict]:
    for path, service in facts.each(ServiceSettings):
        low, high = service.rollout.min_healthy_percent, service.rollout.max_healthy_percent
        if high - low > MAX_SPAN:
            at = (*path, "rollout")
            yield Conflict(
                (*at, "max_healthy_percent"),
                high,
                expected=f"at most {low + MAX_SPAN}, {MAX_SPAN} above min_healthy_percent",
                fix="Lower it, or raise min_healthy_percent.",
                reads=((*at, "min_healthy_percent"),),
            )


def floor(facts: Facts) -> Iterator[Conflict]:
    for path, service in facts.each(ServiceSettings):
        capacity, rollout = service.capacity, service.rollout
        low, high = rollout.min_healthy_percent, rollout.max_healthy_percent
        stuck = _without_room(low, high, range(max(1, capacity.min), capacity.max + 1))
        if low < ALL and stuck is not None:
            at = (*path, "rollout")
            yield Conflict(
                (*at, "min_healthy_percent"),
                low,
                expected=f"room to replace a server: of {stuck}, {low} % are {stuck} and nothing may be added",
                fix=f"Set it to 100, which launches first, or to at most {100 * (stuck - 1) // stuck}.",
                reads=((*at, "max_healthy_percent"), (*path, "capacity", "min"), (*path, "capacity", "max")),
            )


def _without_room(low: int, high: int, sizes: range) -> int | None:
    """The smallest fleet in which neither a server may go nor one may come first."""
    return next((size for size in sizes if ceil(size * low / 100) == size == ceil(size * high / 100)), None)


def checkpoints(facts: Facts) -> Iterator[Conflict]:
    for path, service in facts.each(ServiceSettings):
        shares = list(service.rollout.checkpoint_percentages)
        if shares != sorted(set(shares)):
            yield Conflict(
                _checkpoints(path),
                shares,
                expected="percentages that rise, each once",
                fix=f"Write {sorted(set(shares))}.",
            )


def last_checkpoint(facts: Facts) -> Iterator[Conflict]:
    for path, service in facts.each(ServiceSettings):
        shares = list(service.rollout.checkpoint_percentages)
        if shares and max(shares) != ALL:
            yield Conflict(
                _checkpoints(path),
                shares,
                expected="100 at the end: EC2 stops at the last one and leaves the rest unreplaced",
                fix=f"Write {[*sorted(set(shares)), ALL]}.",
            )


def checkpoint_delay(facts: Facts) -> Iterator[Conflict]:
    for path, service in facts.each(ServiceSettings):
        at = (*path, "rollout", "checkpoint_delay_seconds")
        if facts.says(at) and not service.rollout.checkpoint_percentages:
            yield Conflict(
                at,
                service.rollout.checkpoint_delay_seconds,
                expected="no delay: there are no checkpoints",
                fix="Set checkpoint_percentages, or remove the delay.",
                reads=(_checkpoints(path), (*path, "capacity", "min")),
            )


def _checkpoints(service: Path) -> Path:
    return (*service, "rollout", "checkpoint_percentages")


RULES: Final = (
    Rule("rollout-span", "The healthy percentages are at most 100 apart.", span),
    Rule("rollout-floor", "The floor leaves room to replace a server, or a new one comes first.", floor),
    Rule("checkpoints-order", "Checkpoints rise.", checkpoints),
    Rule("checkpoints-end", "The last checkpoint is 100.", last_checkpoint),
    Rule("checkpoints-delay", "A checkpoint delay needs checkpoints.", checkpoint_delay),
)
