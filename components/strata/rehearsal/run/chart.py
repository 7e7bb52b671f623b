"""A rollout as a self-contained SVG: old and new servers stacked, healthy ones as a line, floor and ceiling dashed."""

from collections.abc import Callable, Iterable, Sequence
from xml.sax.saxutils import escape

from strata.rehearsal.run.timeline import Sample, Timeline

__all__ = ["chart"]

WIDTH, HEIGHT = 820, 240
LEFT, RIGHT, TOP, BOTTOM = 48, 150, 44, 34

OLD, NEW, HEALTHY, BOUND, TEXT = "#b8c0cc", "#4c8dd6", "#1b7f4b", "#c0392b", "#2d3440"

Point = tuple[float, float]


def chart(timelines: Sequence[Timeline]) -> str:
    """All rollouts of a rehearsal below one another.

    Returns:
        An SVG document without scripts, fonts or links to elsewhere.
    """
    height = max(1, len(timelines)) * HEIGHT
    panels = "".join(
        f'<g transform="translate(0,{index * HEIGHT})">{_panel(timeline)}</g>'
        for index, timeline in enumerate(timelines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="sans-serif" font-size="12" fill="{TEXT}">'
        f'<rect width="100%" height="100%" fill="#fff"/>{panels}</svg>\n'
    )


def _panel(timeline: Timeline) -> str:
    first = timeline.samples[0].at if timeline.samples else 0.0
    span = timeline.seconds or 1.0
    top = max(timeline.highest_total, timeline.ceiling, 1)

    def x(at: float) -> float:
        return round(LEFT + (at - first) / span * (WIDTH - LEFT - RIGHT), 1)

    def y(count: float) -> float:
        return round(HEIGHT - BOTTOM - count / top * (HEIGHT - TOP - BOTTOM), 1)

    end = first + span
    samples = timeline.samples
    parts = [
        f'<text x="{LEFT}" y="22" font-size="14" font-weight="bold">{escape(_title(timeline))}</text>',
        *_grid(top, span, x, y, first),
        _area(_steps(samples, end, lambda each: each.total, x, y), y(0), NEW),
        _area(_steps(samples, end, lambda each: each.old, x, y), y(0), OLD),
        _line(_steps(samples, end, lambda each: each.healthy, x, y), HEALTHY),
        _bound(timeline.floor, f"floor {timeline.floor}", y),
        _bound(timeline.ceiling, f"ceiling {timeline.ceiling}", y),
        _legend(),
    ]
    return "".join(parts)


def _title(timeline: Timeline) -> str:
    change = f"{timeline.before} to {timeline.after}" if timeline.before else f"first deployment of {timeline.after}"
    return f"{timeline.service}: {change}, lowest healthy {timeline.lowest_healthy}"


def _steps(
    samples: Sequence[Sample],
    end: float,
    value: Callable[[Sample], int],
    x: Callable[[float], float],
    y: Callable[[float], float],
) -> list[Point]:
    """Corners of a staircase: each value holds until the next sample."""
    corners: list[Point] = []
    for index, sample in enumerate(samples):
        until = samples[index + 1].at if index + 1 < len(samples) else end
        corners += [(x(sample.at), y(value(sample))), (x(until), y(value(sample)))]
    return corners


def _path(points: Iterable[Point]) -> str:
    return " ".join(f"{px:g},{py:g}" for px, py in points)


def _area(points: Sequence[Point], base: float, colour: str) -> str:
    if not points:
        return ""
    closed = [(points[0][0], base), *points, (points[-1][0], base)]
    return f'<polygon points="{_path(closed)}" fill="{colour}"/>'


def _line(points: Sequence[Point], colour: str) -> str:
    return f'<polyline points="{_path(points)}" fill="none" stroke="{colour}" stroke-width="2.5"/>' if points else ""


def _bound(count: int, label: str, y: Callable[[float], float]) -> str:
    right = WIDTH - RIGHT
    return (
        f'<line x1="{LEFT}" x2="{right}" y1="{y(count)}" y2="{y(count)}" stroke="{BOUND}" stroke-dasharray="5 4"/>'
        f'<text x="{right + 6}" y="{y(count) + 4}" fill="{BOUND}">{label}</text>'
    )


def _grid(
    top: int, span: float, x: Callable[[float], float], y: Callable[[float], float], first: float
) -> Iterable[str]:
    for count in sorted({0, top // 2, top}):
        yield f'<text x="{LEFT - 8}" y="{y(count) + 4}" text-anchor="end">{count}</text>'
    for quarter in range(5):
        at = first + span * quarter / 4
        minutes, seconds = divmod(round(span * quarter / 4), 60)
        yield f'<text x="{x(at)}" y="{HEIGHT - 12}" text-anchor="middle">{minutes}:{seconds:02d}</text>'


def _legend() -> str:
    rows = ((NEW, "new"), (OLD, "old"), (HEALTHY, "healthy"))
    return "".join(
        f'<rect x="{WIDTH - RIGHT - 220 + index * 75}" y="12" width="11" height="11" fill="{colour}"/>'
        f'<text x="{WIDTH - RIGHT - 204 + index * 75}" y="22">{label}</text>'
        for index, (colour, label) in enumerate(rows)
    )
