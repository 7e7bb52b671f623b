"""What a person says when glass is broken: for how long, and why."""

from typing import Final

from strata.durations import DAY_SECONDS, duration_text
from strata.errors import UsageError
from strata.images.given_values import parse_duration

__all__ = ["DEFAULT_DURATION", "LEAST_SECONDS", "MOST_SECONDS", "require_span", "require_why"]

DEFAULT_DURATION: Final = "2h"
LEAST_SECONDS: Final = 900
MOST_SECONDS: Final = DAY_SECONDS
MOST_CHARACTERS: Final = 500
"""Of a reason: it is kept in a parameter of 4096 bytes (Parameter Store), beside everything else."""


def require_span(text: str) -> float:
    """Seconds for which somebody is let in.

    Args:
        text: as it was given, such as 2h.

    Raises:
        UsageError: it is no duration, or too short or too long.
    """
    seconds = parse_duration(text)
    if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
        raise UsageError(
            f"--for is {text}: expected {duration_text(LEAST_SECONDS)} to {duration_text(MOST_SECONDS)}",
            fix="Open it for that long at most; the same command prolongs it later.",
        )
    return seconds


def require_why(text: str, option: str = "--reason") -> str:
    """A reason, as one line.

    Args:
        text: as it was given.
        option: that it was given by.

    Raises:
        UsageError: it says nothing, or too much.
    """
    said = " ".join(text.encode("utf-8", "replace").decode().split())
    if not said or len(said) > MOST_CHARACTERS:
        raise UsageError(
            f"{option} has {len(said)} characters: expected 1 to {MOST_CHARACTERS}, for everybody who asks later",
            fix='Say it in a few words, such as "the queue hangs, taking a thread dump".',
        )
    return said
