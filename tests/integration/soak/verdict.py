"""Judges a stack by what the event log and an outside observer saw of it."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from tests.integration.support.bounds import Bounds
from tests.integration.support.ledger import Death, Look
from tests.integration.support.observer import Sighting

__all__ = ["Judged", "Rebuilt", "by_the_log", "by_the_observer", "by_the_reason", "by_the_record"]


class Judged(Protocol):
    """A service, of servers or of containers, and the bounds that its settings give it."""

    @property
    def service(self) -> str:
        """Its name."""
        ...

    def bounds(self) -> Bounds:
        """Floor and ceiling, to be fed with looks."""
        ...


class Rebuilt(Protocol):
    """Its servers or its tasks over time, rebuilt from the event log."""

    looks: list[Look]
    deaths: list[Death]


def by_the_log(scenario: Judged, fleet: Rebuilt) -> list[str]:
    """Every moment at which the fleet was outside its bounds."""
    bounds = scenario.bounds()
    for look in fleet.looks:
        bounds.look(look.at, look.desired, look.healthy, look.total, look.died)
    return [f"{scenario.service} by the log: {each}" for each in bounds.broken]


def by_the_observer(scenario: Judged, fleet: Rebuilt, sightings: Sequence[Sighting]) -> list[str]:
    """Every sighting of the fleet outside its bounds; what had died until then is the log's to know."""
    bounds = scenario.bounds()
    deaths = iter(fleet.deaths)
    next_death = next(deaths, None)
    for seen in sightings:
        died = 0
        while next_death is not None and next_death.at <= seen.after:
            died, next_death = died + 1, next(deaths, None)
        bounds.look(seen.before, seen.desired, seen.healthy, seen.total, died)
    return [f"{scenario.service} by the observer: {each}" for each in bounds.broken]


def by_the_reason(reason: str) -> list[str]:
    """Whatever made an `up` fail that no gate has foreseen: an exception as it came, a traceback with what follows."""
    lines = reason.splitlines()
    return [
        "\n".join(lines[number:]) if "Traceback" in line else line
        for number, line in enumerate(lines)
        if "the gate failed:" in line or "Traceback" in line
    ]


def by_the_record(
    scenario: Judged,
    fleet: Rebuilt,
    events: Sequence[Mapping[str, Any]],
    *,
    name: str,
    image_of: Callable[[str], str],
) -> list[str]:
    """Every time the record was written for an image that was not fully in service.

    Args:
        scenario: the service.
        fleet: its servers or tasks.
        events: the event log.
        name: of the record.
        image_of: what the event log calls a version of the image.
    """
    wrong: list[str] = []
    since = 0.0
    for at, version in _recorded(events, name):
        image = image_of(version)
        # what is wanted of the fleet at some moment since the record before: this image only, and as many as desired
        proofs = [look for look in fleet.looks if since <= look.at <= at and look.images == frozenset({image})]
        dead = sum(since <= death.at <= at for death in fleet.deaths)
        if not any(look.healthy >= look.desired - dead for look in proofs):
            wrong.append(
                f"{scenario.service}: at {at:.1f} the record names {version}, which was never fully in service"
            )
        since = at
    return wrong


def _recorded(events: Sequence[Mapping[str, Any]], name: str) -> Iterator[tuple[float, str]]:
    """When the record was written, and for which version: its description says so, its value is not in the log."""
    for event in events:
        written = event["kind"] == "api" and event["action"] == "PutParameter" and "error" not in event
        if written and event["parameters"]["Name"] == name:
            found = re.search(r" runs \S+ (\S+) \(", event["parameters"]["Description"])
            assert found, f"the record of {name} does not say its version"
            yield event["at"], found.group(1)
