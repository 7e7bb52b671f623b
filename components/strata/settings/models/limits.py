"""What AWS and Strata refuse in fields of more than one model."""

from collections.abc import Iterator, Mapping
from typing import Final

from strata.problem import SECRET, Path
from strata.settings.dates import is_day
from strata.settings.models.rule import Conflict

__all__ = ["leaks", "no_day", "unknown_retention"]

RETENTION_DAYS: Final = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180),
    *(365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""PutRetentionPolicy, `retentionInDays`."""


def unknown_retention(field: str, days: int) -> Iterator[Conflict]:
    """A conflict for days that CloudWatch Logs keeps nothing for.

    Args:
        field: the setting.
        days: its value.
    """
    if days not in RETENTION_DAYS:
        longer = next((known for known in RETENTION_DAYS if known > days), RETENTION_DAYS[-1])
        yield Conflict(
            (field,),
            days,
            expected=f"one of {', '.join(map(str, RETENTION_DAYS))}: CloudWatch Logs takes no other",
            fix=f"Write {longer}.",
        )


def no_day(field: str, text: str) -> Iterator[Conflict]:
    """A conflict for a day that the calendar does not have.

    Args:
        field: the setting.
        text: its value, in the form of a day.
    """
    if not is_day(text):
        yield Conflict((field,), text, expected="a day of the calendar", fix="Write it as 2026-12-01.")


def leaks(at: Path, texts: Mapping[str, str], readers: str) -> Iterator[Conflict]:
    """A conflict for every text that looks like a secret; it never quotes the text.

    Args:
        at: where the texts are.
        texts: by name.
        readers: who could read them, to follow "and".
    """
    if not texts:
        return
    # Its patterns take a while to compile, and most parts have no such texts.
    from strata.secret_scan import looks_secret

    for key, text in texts.items():
        if why := looks_secret(key, text):
            yield Conflict(
                (*at, key),
                SECRET,
                expected=f"nothing secret: {why}, and {readers}",
                fix="Make it one of strata:secrets and let the service read that; its ARN may stand here.",
            )
