"""The pieces a chart is drawn from: SVG elements, the scales that place them, and round numbers for the axes (pure)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final
from xml.sax.saxutils import escape, quoteattr

__all__ = [
    "Frame",
    "Point",
    "TimeAxis",
    "area",
    "box",
    "count_ticks",
    "fitting",
    "hline",
    "line",
    "text",
    "time_axis",
    "vline",
]


Point = tuple[float, float]


CHARACTER = 6.4
"""Pixels a character of the ordinary size takes, on the generous side."""


@dataclass(frozen=True)
class Frame:
    """A plot's place on the page and its scales.

    Args:
        left: its left edge in pixels, the others likewise.
        right: its right edge.
        top: its upper edge.
        bottom: its lower edge.
        first: the earliest moment on it.
        seconds: how much time it spans.
        most: the largest count on it.
    """

    left: float
    right: float
    top: float
    bottom: float
    first: float
    seconds: float
    most: float

    def x(self, at: float) -> float:
        """Where a moment is."""
        return round(self.left + (at - self.first) / self.seconds * (self.right - self.left), 1)

    def y(self, count: float) -> float:
        """Where a count is."""
        return round(self.bottom - count / self.most * (self.bottom - self.top), 1)


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    """A line of text.

    Args:
        x: where its anchor is, from the left.
        y: where its base line is, from the top.
        words: what it says.
        kind: its class in the style sheet.
        anchor: start, middle or end.
    """
    placed = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{x:g}" y="{y:g}"{_class(kind)}{placed}>{escape(words)}</text>'


def box(x: float, y: float, width: float, height: float, kind: str, *, tip: str = "", fill: str = "") -> str:
    """A rectangle, with a tool tip where there is more to say.

    Args:
        x: its left edge.
        y: its upper edge.
        width: how wide it is.
        height: how tall it is.
        kind: its class in the style sheet.
        tip: the tool tip. Default: none.
        fill: what it is filled with, instead of what its class says.
    """
    drawn = f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"{_class(kind)}{_fill(fill)}'
    return f"{drawn}><title>{escape(tip)}</title></rect>" if tip else f"{drawn}/>"


def hline(left: float, right: float, y: float, kind: str) -> str:
    """A line from left to right."""
    return f'<line x1="{left:g}" x2="{right:g}" y1="{y:g}" y2="{y:g}"{_class(kind)}/>'


def vline(x: float, top: float, bottom: float, kind: str) -> str:
    """A line from top to bottom."""
    return f'<line x1="{x:g}" x2="{x:g}" y1="{top:g}" y2="{bottom:g}"{_class(kind)}/>'


def line(points: Sequence[Point], kind: str) -> str:
    """A line through points; nothing where there are none."""
    return f'<polyline points="{_path(points)}"{_class(kind)}/>' if points else ""


def area(upper: Sequence[Point], lower: Sequence[Point], kind: str, *, fill: str = "") -> str:
    """What lies between two lines; nothing where they are one."""
    if list(upper) == list(lower):
        return ""
    return f'<polygon points="{_path([*upper, *reversed(lower)])}"{_class(kind)}{_fill(fill)}/>'


def fitting(width: float, *wordings: str) -> str:
    """The first of several wordings that fits a width in pixels; empty if none does."""
    return next((each for each in wordings if len(each) * CHARACTER <= width), "")


def _class(kind: str) -> str:
    return f" class={quoteattr(kind)}" if kind else ""


def _fill(fill: str) -> str:
    return f" style={quoteattr(f'fill: {fill}')}" if fill else ""


def _path(points: Iterable[Point]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)


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
