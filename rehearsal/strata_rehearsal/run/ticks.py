"""Round numbers for the axes of a chart (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

__all__ = ["TimeAxis", "count_ticks", "time_axis"]

MINUTE, HOUR, DAY = 60, 3600, 86_400

_TIME_STEPS: Final = (
    *(1, 2, 5, 10, 15, 30),
    *(each * MINUTE for each in (1, 2, 5, 10, 15, 30)),
    *(each * HOUR for each in (1, 2, 3, 6, 12)),
)
"""Seconds between two ticks, up to half a day; from there on whole days."""


@dataclass(frozen=True)
class TimeAxis:
    """Where a time axis has its ticks.

    Args:
        unit: what the labels count: seconds, minutes, hours or days.
        ticks: seconds since the start and the label, in order.
    """

    unit: str
    ticks: Sequence[tuple[float, str]]


def count_ticks(top: int, *, most: int = 5) -> list[int]:
    """Whole numbers from 0 to `top`, a round step apart.

    Args:
        top: the largest value on the axis.
        most: steps there may be at most.
    """
    step = next(step for power in count() for each in (1, 2, 5) if top <= (step := each * 10**power) * most)
    return list(range(0, top + 1, step))


def time_axis(seconds: float, *, most: int = 8) -> TimeAxis:
    """Ticks from 0 to `seconds`, a round step apart.

    Args:
        seconds: the length of the axis.
        most: steps there may be at most.
    """
    steps = (*_TIME_STEPS, *(each * DAY for each in range(1, 2 + int(seconds / DAY))))
    step = next((each for each in steps if seconds <= each * most), steps[-1])
    size, unit = next(
        (size, unit)
        for size, unit in ((DAY, "days"), (HOUR, "hours"), (MINUTE, "minutes"), (1, "seconds"))
        if step >= size
    )
    moments = range(0, int(seconds) + 1, step)
    return TimeAxis(unit, [(moment, f"{moment / size:g}") for moment in moments])
