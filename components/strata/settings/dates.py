"""Days as a stack file writes them, and today as a parameter."""

from datetime import UTC, date, datetime

__all__ = ["day", "is_day", "today"]

_LENGTH = len("2026-12-01")


def today() -> date:
    """The day it is, in UTC: a pipeline and a laptop agree on it."""
    return datetime.now(UTC).date()


def day(text: str) -> date:
    """A day. Pulumi writes one that stands unquoted in a stack file with a time of midnight, which is left out.

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
