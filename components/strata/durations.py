"""Durations as people read them."""

from typing import Final

__all__ = ["DAY_SECONDS", "duration_text"]

DAY_SECONDS: Final = 86_400
_MINUTE, _HOUR = 60, 3600


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
