"""Durations as people read them."""

import re
from typing import Final

__all__ = ["DAY_SECONDS", "duration_seconds", "duration_text"]

DAY_SECONDS: Final = 86_400
_MINUTE, _HOUR = 60, 3600
_WRITTEN: Final = re.compile(r"(\d{1,7})\s*(s|m|min|h|d)")
_UNITS: Final = {"s": 1, "m": _MINUTE, "min": _MINUTE, "h": _HOUR, "d": DAY_SECONDS}


def duration_seconds(text: str) -> int | None:
    """Seconds of a duration as people write it, such as 30m or 2h; None for anything else."""
    found = _WRITTEN.fullmatch(text.strip())
    return int(found[1]) * _UNITS[found[2]] if found is not None else None


def duration_text(seconds: float) -> str:
    """Two units at most: 50 s, 12 min, 2 h 5 min, 14 d. A unit is used from two of it on."""
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * _HOUR:
        return f"{round(seconds / _MINUTE)} min"
    if seconds < 2 * DAY_SECONDS:
        hours, minutes = divmod(round(seconds / _MINUTE), 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(round(seconds / _HOUR), 24)
    return f"{days} d {hours} h" if hours else f"{days} d"
