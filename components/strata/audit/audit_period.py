"""The period of an audit, as a person names it (pure)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from strata.clock import parse_moment
from strata.errors import UsageError

__all__ = ["DEFAULT_DAYS", "AuditPeriod", "parse_period"]

DEFAULT_DAYS: Final = 30
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class AuditPeriod:
    """From a moment on, and before another.

    Args:
        start: the first moment, in UTC.
        end: the first moment after it, in UTC.
    """

    start: datetime
    end: datetime

    def holds(self, moment: datetime) -> bool:
        """Whether a moment is in it."""
        return self.start <= moment < self.end

    def __str__(self) -> str:
        return f"{_minute(self.start)} to {_minute(self.end)} UTC"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def parse_period(start: str | None, end: str | None, now: float) -> AuditPeriod:
    """The period between two days, both of them in it, or between two moments.

    Args:
        start: a day (2026-11-01) or a moment of RFC 3339 (2026-11-01T08:00:00Z); UTC where it has no zone. Default:
            thirty days before the end.
        end: the same; a day counts to its end. Default: now.
        now: epoch seconds.

    Raises:
        UsageError: one of them is neither, or the period is empty.
    """
    until = datetime.fromtimestamp(now, UTC) if end is None else _moment("--to", end, whole_day=True)
    since = until - timedelta(days=DEFAULT_DAYS) if start is None else _moment("--from", start, whole_day=False)
    if since >= until:
        raise UsageError(
            f"the period is empty: it begins at {_minute(since)} and ends at {_minute(until)} UTC",
            fix="Let --from be before --to; without --to the period ends now.",
        )
    return AuditPeriod(since, until)


def _moment(option: str, text: str, *, whole_day: bool) -> datetime:
    try:
        found = parse_moment(text)
        return found + timedelta(days=1) if whole_day and _DAY.fullmatch(text) else found
    except (ValueError, OverflowError):
        raise UsageError(
            f"{option} must be a day or a moment, got {text!r}",
            fix="Write a day such as 2026-11-01, or a moment such as 2026-11-01T08:00:00Z.",
        ) from None
