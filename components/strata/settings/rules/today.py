"""What depends on the day it is: overrides that are over or last too long, and schedules that meet."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import combinations
from typing import Final

from strata.aws.facts.recurrence import meeting, recurrence_of
from strata.problem import Path
from strata.settings.dates import day, is_day
from strata.settings.models import ServiceSettings
from strata.settings.models.rule import Conflict, rule
from strata.settings.models.time_zone import time_zones
from strata.settings.parts import Facts

ALLOWANCE_DAYS: Final = 30
"""An override that holds longer is a rule nobody wrote down."""
TEARDOWN_DAYS: Final = 7
"""A stack without protection for longer is a stack without protection."""


@rule("until-near", "Overrides and teardowns do not hold for long.")
def _until_near(facts: Facts) -> Iterator[Conflict]:
    for path, text, most in _days(facts):
        last = facts.today + timedelta(days=most)
        if is_day(text) and day(text) > last:
            yield Conflict(
                path, text, expected=f"a day at most {most} days ahead, {last} at the latest", fix=f"Write {last}."
            )


@rule("teardown-over", "A teardown that is over is removed.")
def _teardown_over(facts: Facts) -> Iterator[Conflict]:
    teardown = facts.settings.teardown
    if teardown is not None and is_day(teardown.until) and day(teardown.until) < facts.today:
        yield Conflict(
            ("teardown", "until"),
            teardown.until,
            expected=f"a day that is not past; today is {facts.today}",
            fix="Remove strata:teardown to protect the stack again, or give it a new date.",
        )


def _days(facts: Facts) -> Iterator[tuple[Path, str, int]]:
    """Every last day with its place, and how many days ahead it may be."""
    for index, allowance in enumerate(facts.settings.guard.allow):
        yield ("guard", "allow", index, "until"), allowance.until, ALLOWANCE_DAYS
    if facts.settings.teardown is not None:
        yield ("teardown", "until"), facts.settings.teardown.until, TEARDOWN_DAYS


@rule("schedule-apart", "No two schedules of a service fire at one time.")
def _schedule_apart(facts: Facts) -> Iterator[Conflict]:
    for path, service in facts.each(ServiceSettings):
        known = {
            name: recurrence_of(each.recurrence, each.time_zone)
            for name, each in service.schedules.items()
            if each.time_zone in time_zones()
        }
        for (first, one), (second, other) in combinations(known.items(), 2):
            moment = meeting(one, other, facts.today) if one and other else None
            if moment is not None:
                at = (*path, "schedules")
                yield Conflict(
                    (*at, second, "recurrence"),
                    service.schedules[second].recurrence,
                    expected=f"a time of its own: {first} fires at {moment:%Y-%m-%dT%H:%MZ} too, and EC2 Auto Scaling "
                    "refuses two scheduled actions at one time",
                    fix="Move one of them by a minute, or put both changes into one schedule.",
                    reads=(
                        (*at, second, "time_zone"),
                        (*at, first, "recurrence"),
                        (*at, first, "time_zone"),
                    ),
                )
