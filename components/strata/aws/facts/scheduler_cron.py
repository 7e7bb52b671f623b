"""A cron expression of five fields as Amazon EventBridge Scheduler writes it, and back (pure).

Scheduler has a sixth field for the year, counts weekdays from 1 and not from 0, and wants a `?` for the day of the
month or of the week: where both are restricted it has no word for what cron does, which is to fire on either.
"""

import re
from collections.abc import Collection
from typing import Final

from strata.aws.facts.recurrence import FIELDS, Recurrence, recurrence_of

__all__ = ["as_scheduler_cron", "read_scheduler_cron"]

_WEEKDAYS: Final = tuple(each.upper() for each in FIELDS[4][3])
_FIELDS: Final = 6
_CRON: Final = re.compile(r"cron\((?P<fields>[^()]*)\)")


def as_scheduler_cron(text: str) -> str:
    """The `ScheduleExpression`, with every field spelled out.

    Args:
        text: five fields, such as `0 3 * * 0`.

    Raises:
        ValueError: they are not right, or fire on a day of the month or a day of the week: for that there is none.
    """
    recurrence = recurrence_of(text)
    if recurrence is None:
        raise ValueError(f"{text!r} is no cron expression of five fields")
    if recurrence.either_day:
        raise ValueError("Scheduler has no expression for a day of the month or a day of the week")
    every = [range(low, high + 1) for _, low, high, _ in FIELDS]
    minutes, hours, days, months = (
        _listed(found, every[index])
        for index, found in enumerate((recurrence.minutes, recurrence.hours, recurrence.days, recurrence.months))
    )
    weekdays = "?"
    if len(recurrence.weekdays) < len(_WEEKDAYS):
        days, weekdays = "?", ",".join(_WEEKDAYS[each] for each in sorted(recurrence.weekdays))
    return f"cron({minutes} {hours} {days} {months} {weekdays} *)"


def read_scheduler_cron(expression: str, zone: str) -> Recurrence | None:
    """What a `ScheduleExpression` stands for; None for one by rate or of one time, and for what only Scheduler knows.

    Args:
        expression: such as `cron(0 3 ? * SUN *)`.
        zone: IANA time zone.
    """
    found = _CRON.fullmatch(expression)
    fields = found["fields"].split() if found else []
    # numbers of weekdays mean other days than in cron, and a year is none of its fields
    if len(fields) != _FIELDS or fields[5] != "*" or re.search(r"\d", fields[4]):
        return None
    return recurrence_of(" ".join("*" if each == "?" else each for each in fields[:5]), zone)


def _listed(found: Collection[int], every: Collection[int]) -> str:
    return "*" if len(found) == len(every) else ",".join(str(each) for each in sorted(found))
