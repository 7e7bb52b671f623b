"""When no new release is rolled out."""

import re
from collections.abc import Iterator

from pydantic import Field

from strata.settings import patterns
from strata.settings.freeze_spans import edge_of, span_of, weekdays_of
from strata.settings.models.base import Settings
from strata.settings.models.rule import Conflict, rule
from strata.settings.models.time_zone import find_unknown_zone

__all__ = ["FreezeSettings"]


class FreezeSettings(Settings):
    """A time in which `pulumi up` rolls out no other release: once, or every week with `days`.

    What runs is still replaced by the same release, and a service still goes back to one that it has run before.
    """

    reason: str = Field(pattern=patterns.TEXT, examples=["the sale before Christmas"])
    """Why, for those whose rollout is refused."""
    start: str = Field(pattern=patterns.FREEZE_EDGE, examples=["2026-12-18"])
    """When it begins: a day such as 2026-12-18, or a moment such as `"2026-12-18T17:00+01:00"`. With `days` the time of
    the first one, such as `"16:00"`."""
    until: str = Field(pattern=patterns.FREEZE_EDGE, examples=["2027-01-03"])
    """When it ends: the last day, or a moment. With `days` the time of the last one, such as `"07:00"`. Days are those
    of UTC."""
    days: str | None = Field(default=None, pattern=patterns.WEEKDAYS)
    """The days of every week from the first to the last, such as `fri-mon`, or one, such as `sun`. Default: it is open
    once."""
    time_zone: str = "UTC"
    """IANA time zone of the times, with `days`. Default: UTC."""

    @rule("freeze-times", "A weekly freeze has times of day, and one of a single time has days or moments.")
    def _shape(self) -> Iterator[Conflict]:
        for field in ("start", "until"):
            text = getattr(self, field)
            if _is_time(text) == (self.days is not None):
                continue
            if self.days is not None:
                expected, fix = "a time of day, since days is set", "Write it as '16:00', or leave days out."
            else:
                expected, fix = "a day or a moment", "Write it as 2026-12-18, or set days, such as fri-mon."
            yield Conflict((field,), text, expected=expected, fix=fix, reads=(("days",),))

    @rule("freeze-date", "The days and moments of a freeze exist.")
    def _dates(self) -> Iterator[Conflict]:
        for field in ("start", "until"):
            text = getattr(self, field)
            if not _is_time(text) and not _exists(text):
                yield Conflict(
                    (field,),
                    text,
                    expected="a day of the calendar",
                    fix="Write it as 2026-12-18, or as '2026-12-18T17:00:00Z'.",
                )

    @rule("freeze-order", "A freeze begins before it ends.")
    def _order(self) -> Iterator[Conflict]:
        if self._is_backwards():
            yield Conflict(
                ("until",),
                self.until,
                expected=f"later than start, which is {self.start}",
                fix="Make it later, or name the day on which it ends: days: sat-sun."
                if self.days is not None
                else "Make it later, or start earlier; until is the last day.",
                reads=(("start",), ("days",)),
            )

    def _is_backwards(self) -> bool:
        edges = (self.start, self.until)
        if self.days is not None:
            first, last = weekdays_of(self.days)
            return all(map(_is_time, edges)) and first == last and self.start >= self.until
        if any(map(_is_time, edges)) or not all(map(_exists, edges)):
            return False
        span = span_of(self)
        return span.begins >= span.ends

    @rule("freeze-zone", "The time zone of a weekly freeze exists, and moments say their own offset.")
    def _zone(self) -> Iterator[Conflict]:
        unknown = list(find_unknown_zone(self.time_zone))
        yield from unknown
        if not unknown and self.days is None and self.time_zone != "UTC":
            yield Conflict(
                ("time_zone",),
                self.time_zone,
                expected="none: it is that of a weekly freeze, and days is not set",
                fix="Leave it out, and write moments with an offset, such as '2026-12-18T17:00:00+01:00'.",
                reads=(("days",),),
            )


def _is_time(text: str) -> bool:
    return re.fullmatch(patterns.TIME_OF_DAY, text) is not None


def _exists(text: str) -> bool:
    try:
        edge_of(text, last=True)
    except (ValueError, OverflowError):
        return False
    return True
