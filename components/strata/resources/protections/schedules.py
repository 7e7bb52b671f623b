"""How often a schedule of AWS fires: whether a new one does less often than the old one (pure)."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final

from strata.aws.facts.recurrence import HORIZON_DAYS, recurrence_of

__all__ = ["rarer"]

_FIRST: Final = date(2025, 1, 1)
"""Any day does: the four years from here on have every date, 29 February too."""
_CRON: Final = re.compile(r"cron\((?P<five>\S+ \S+ \S+ \S+ \S+) (?P<years>\S+)\)")
_RATE: Final = re.compile(r"rate\((?P<number>[1-9][0-9]*) (?P<unit>minute|hour|day)s?\)")
_MINUTES: Final = {"minute": 1, "hour": 60, "day": 24 * 60}
_NUMBER: Final = re.compile(r"(?<![/0-9])[1-7](?![0-9])")
_ALWAYS: Final = "*"


@dataclass(frozen=True)
class _Pace:
    """How often a schedule fires.

    Args:
        times: in four years.
        gap: the most days from one to the next.
        years: the field of years, or a star.
    """

    times: float
    gap: float
    years: str = _ALWAYS

    def rarer(self, than: "_Pace") -> bool:
        ends = self.years not in (_ALWAYS, than.years)
        return ends or self.times < than.times or self.gap > than.gap


def rarer(old: Any, new: Any) -> bool:
    """Whether something happens less often by a new schedule, never again among it.

    A schedule that cannot be read, such as one with `L` or `#`, counts as rarer than any other.

    Args:
        old: such as `cron(0 5 ? * * *)` or `rate(1 day)`; nothing is none, which fires never.
        new: the schedule after.
    """
    if old == new or not old:
        return False
    before, after = _pace(old), _pace(new)
    return before is None or after is None or after.rarer(before)


def _pace(text: Any) -> _Pace | None:
    rate = _RATE.fullmatch(str(text))
    if rate:
        minutes = int(rate["number"]) * _MINUTES[rate["unit"]]
        return _Pace(HORIZON_DAYS * 24 * 60 / minutes, max(1.0, minutes / _MINUTES["day"]))
    cron = _CRON.fullmatch(str(text))
    if not cron:
        return None
    *fields, weekdays = cron["five"].replace("?", "*").split()
    # AWS counts the days of the week from 1, which is Sunday.
    weekdays = _NUMBER.sub(lambda found: str(int(found[0]) - 1), weekdays)
    recurrence = recurrence_of(" ".join([*fields, weekdays]))
    if recurrence is None:
        return None
    days = [at for at in range(HORIZON_DAYS) if recurrence.on(_FIRST + timedelta(days=at))]
    gaps = [later - earlier for earlier, later in pairwise([*days, *(day + HORIZON_DAYS for day in days[:1])])]
    times = len(days) * len(recurrence.hours) * len(recurrence.minutes)
    return _Pace(times, max(gaps, default=float("inf")), cron["years"])
