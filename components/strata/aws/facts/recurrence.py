"""When a cron expression of five fields fires, as EC2 Auto Scaling reads it (pure)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

__all__ = ["FIELDS", "Recurrence", "meeting", "next_time", "numbers", "recurrence_of"]

FIELDS: Final = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")),
    ("day of week", 0, 7, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)
"""Each field's name, its lowest and highest number, and the words it accepts for numbers from the lowest."""
HORIZON_DAYS: Final = 4 * 366
"""Days to look ahead: in four years every date has been, 29 February too."""
_LEAP_YEAR: Final = date(2024, 1, 1)
_PART: Final = re.compile(r"(?:\*|(?P<low>\w+)(?:-(?P<high>\w+))?)(?:/(?P<step>[0-9]+))?")


@dataclass(frozen=True)
class Recurrence:
    """The fields of a cron expression as the numbers they stand for, in a time zone."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    """0 is Sunday."""
    either_day: bool
    """Day of month and day of week are both restricted: cron then fires when one of them fits."""
    zone: ZoneInfo

    def on(self, day: date) -> bool:
        """Whether it fires on a day of its time zone."""
        if day.month not in self.months:
            return False
        fits = (day.day in self.days, day.isoweekday() % 7 in self.weekdays)
        return any(fits) if self.either_day else all(fits)

    def at(self, moment: datetime) -> bool:
        """Whether it fires in a minute."""
        local = moment.astimezone(self.zone)
        return local.minute in self.minutes and local.hour in self.hours and self.on(local.date())

    def times(self, first: date, days: int) -> Iterator[datetime]:
        """When it fires in the days from the first on, in order, in UTC."""
        for day in (first + timedelta(days=offset) for offset in range(days)):
            if self.on(day):
                for hour in sorted(self.hours):
                    for minute in sorted(self.minutes):
                        yield datetime.combine(day, time(hour, minute), self.zone).astimezone(UTC)

    def from_a_leap_year(self) -> Iterator[datetime]:
        """When it fires in four years from a leap year on, in which every date is; the same whenever it is asked."""
        return self.times(_LEAP_YEAR, HORIZON_DAYS)


def recurrence_of(text: str, zone: str = "UTC") -> Recurrence | None:
    """Read five fields; None where one of them is not right.

    Args:
        text: such as `0 7 * * 1-5`.
        zone: IANA time zone. Default: UTC.
    """
    fields = text.split()
    if len(fields) != len(FIELDS):
        return None
    found = [numbers(field, index) for index, field in enumerate(fields)]
    if any(each is None for each in found):
        return None
    minutes, hours, days, months, weekdays = (each or frozenset() for each in found)
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    return Recurrence(
        minutes, hours, days, months, frozenset(day % 7 for day in weekdays), either_day=either, zone=ZoneInfo(zone)
    )


def numbers(field: str, index: int) -> frozenset[int] | None:
    """The numbers one field stands for; None where it is not right.

    Args:
        field: such as `1-5` or `0,30`.
        index: which field it is, from 0 for the minute.
    """
    _, low, high, words = FIELDS[index]
    parts = [_part(part, low, high, words) for part in field.split(",")]
    if any(part is None for part in parts):
        return None
    return frozenset(number for part in parts for number in part or ())


def _part(part: str, low: int, high: int, words: tuple[str, ...]) -> range | None:
    found = _PART.fullmatch(part)
    if found is None or found["step"] == "0":
        return None
    ends = [_number(text, low, words) for text in (found["low"], found["high"]) if text is not None]
    inside = [end for end in ends if end is not None and low <= end <= high]
    if len(inside) != len(ends) or inside != sorted(inside):
        return None
    first = inside[0] if inside else low
    # One number alone is that number; with a step behind it, it is where the steps begin.
    last = inside[1] if len(inside) > 1 else first if inside and not found["step"] else high
    return range(first, last + 1, int(found["step"] or 1))


def _number(text: str, low: int, words: tuple[str, ...]) -> int | None:
    if text.isdecimal():
        return int(text)
    return words.index(text.lower()) + low if text.lower() in words else None


def meeting(one: Recurrence, other: Recurrence, first: date) -> datetime | None:
    """The first moment at which both fire, within `HORIZON_DAYS`; None where there is none."""
    rare, often = sorted((one, other), key=lambda each: len(each.hours) * len(each.minutes))
    return next((moment for moment in rare.times(first, HORIZON_DAYS) if often.at(moment)), None)


def next_time(recurrence: Recurrence, after: datetime) -> datetime | None:
    """When it fires next, later than a moment; None for never within `HORIZON_DAYS`."""
    day = after.astimezone(recurrence.zone).date()
    return next((moment for moment in recurrence.times(day, HORIZON_DAYS) if moment > after), None)
