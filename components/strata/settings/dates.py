"""Days as a stack file writes them, and today as a parameter."""

from datetime import UTC, date, datetime

__all__ = ["day", "is_day", "today"]

_LENGTH = len("2026-12-01")


def today() -> date:
    """The day it is, in UTC: a pipeline and a laptop agree on it."""
    return datetime.now(UTC).date()


def day(text: str) -> date:
    """A day. One that is unquoted in a stack file comes from Pulumi as `2026-12-01 00:00:00 +0000 UTC`.

    Raises:
        ValueError: there is no such day.
    """
    return date.fromisoformat(text[:_LENGTH])


def is_day(text: str) -> bool:
    """Whether there is such a day."""
    try:
        day(text)
    except ValueError:
        return False
    return True
