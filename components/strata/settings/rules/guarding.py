"""Overrides of the guard and the teardown: days that exist, are not past, and are not far."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from strata.problem import Path
from strata.settings.dates import day, is_day
from strata.settings.rules.facts import Conflict, Facts, Rule

__all__ = ["RULES"]

ALLOWANCE_DAYS: Final = 30
"""An override that holds longer is a rule nobody wrote down."""
TEARDOWN_DAYS: Final = 7
"""A stack without protection for longer is a stack without protection."""


def until_day(facts: Facts) -> Iterator[Conflict]:
    for path, text, _ in _days(facts):
        if not is_day(text):
            yield Conflict(path, text, expected="a day of the calendar", fix="Write it as 2026-12-01.")


def until_near(facts: Facts) -> Iterator[Conflict]:
    for path, text, most in _days(facts):
        last = facts.today + timedelta(days=most)
        if is_day(text) and day(text) > last:
            yield Conflict(
                path, text, expected=f"a day at most {most} days ahead, {last} at the latest", fix=f"Write {last}."
            )


def teardown_over(facts: Facts) -> Iterator[Conflict]:
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


RULES: Final = (
    Rule("until-day", "The last day of an override or a teardown exists.", until_day),
    Rule("until-near", "Overrides and teardowns do not hold for long.", until_near),
    Rule("teardown-over", "A teardown that is over is removed.", teardown_over),
)
