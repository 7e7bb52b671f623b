"""The rollouts of a rehearsal as one self-contained SVG that shows what happened, why, and when.

Old and new servers, or tasks, are stacked, healthy ones drawn as a line between floor and ceiling. What the rollout was
doing is shown above. Drawn by hand: a charting library would add a stack of its own and know nothing of floors and
phases.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from textwrap import wrap
from types import MappingProxyType
from typing import Final
from xml.sax.saxutils import escape

from strata.rollout.servers.refresh import Status
from strata.rollout.tasks.deployment import DeploymentStatus
from strata_rehearsal.run.drawing import (
    Frame,
    Point,
    area,
    box,
    count_ticks,
    fitting,
    hline,
    line,
    text,
    time_axis,
    vline,
)
from strata_rehearsal.run.rehearsal_report import RehearsedRollout
from strata_rehearsal.run.rollout_phases import PhaseKind, RolloutPhase
from strata_rehearsal.run.rollout_timeline import FleetSample, RolloutTimeline, Unit

__all__ = ["chart", "headline"]

WIDTH = 880
LEFT, RIGHT = 56, 132
"""Room for the axis on the left, and for what floor and ceiling are on the right."""
TAIL = 76
"""How wide the fleet is drawn as it was when the rollout had ended."""
PLOT, STRIP, LINE = 180, 20, 18
MOST_LINES = 4
"""Lines a reason may take; the description for screen readers has all of it."""
LETTERS = 116
"""How many letters fit a line."""

ENDINGS: Final = MappingProxyType[str, tuple[str, str]](
    {
        Status.SUCCESSFUL: ("succeeded", "succeeded"),
        Status.ROLLBACK_SUCCESSFUL: ("was rolled back", "rolled back"),
        Status.ROLLBACK_FAILED: ("failed, and so did its rollback", "failed"),
        Status.CANCELLED: ("was cancelled", "cancelled"),
        Status.FAILED: ("failed", "failed"),
        DeploymentStatus.SUCCESSFUL: ("succeeded", "succeeded"),
        DeploymentStatus.ROLLBACK_SUCCESSFUL: ("was rolled back", "rolled back"),
        DeploymentStatus.ROLLBACK_FAILED: ("failed, and so did its rollback", "failed"),
        DeploymentStatus.STOPPED: ("was stopped where it was", "stopped"),
    }
)
"""How a rollout of servers or of tasks ended, in a sentence and in a word."""
UNDER_WAY = ("is still running", "running")

BANDS: Final[Sequence[tuple[str, str, Callable[[FleetSample], int]]]] = (
    ("old", "old release", lambda sample: sample.old_serving),
    ("new", "new release", lambda sample: sample.new_serving),
    ("starting", "starting", lambda sample: sample.starting),
    ("never", "never healthy", lambda sample: sample.never_healthy),
)
"""What is stacked, from the bottom up: style, name, and how many of a sample."""

HATCH = "url(#hatch)"
_STYLE = Path(__file__).with_name("chart.css")


def chart(rollouts: Sequence[RehearsedRollout], *, stack: str, at: datetime) -> str:
    """All rollouts of a rehearsal below one another.

    Args:
        rollouts: what to draw.
        stack: name of the stack.
        at: when the rehearsal began.

    Returns:
        An SVG document without scripts, fonts or links to elsewhere, for light and dark.
    """
    panels: list[str] = []
    height = 0.0
    for rollout in rollouts:
        drawn, tall = _panel(rollout, f"{stack}, {at:%Y-%m-%d %H:%M} UTC")
        panels.append(f'<g transform="translate(0,{height:g})">{drawn}</g>')
        height += tall
    title = f"Rehearsal of {stack}, {at:%Y-%m-%d %H:%M} UTC: {'; '.join(map(headline, rollouts)) or 'no rollout'}"
    described = " ".join(map(_description, rollouts))
    height = height or PLOT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" '
        f'height="{height:g}" role="img" aria-labelledby="title description">'
        f'<title id="title">{escape(title)}</title><desc id="description">{escape(described)}</desc>'
        f"<style>{_STYLE.read_text(encoding='utf-8')}</style>"
        '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="7" height="7" class="never"/><path d="M0,0 V7" class="hatch"/></pattern></defs>'
        f'<rect width="100%" height="100%" class="paper"/>{"".join(panels)}</svg>\n'
    )


def headline(rollout: RehearsedRollout) -> str:
    """What came of a rollout, as a sentence without its end."""
    timeline = rollout.timeline
    return f"{timeline.service}: {timeline.change} {_ending(rollout)[0]}"


def _ending(rollout: RehearsedRollout) -> tuple[str, str]:
    return next((words for status, words in ENDINGS.items() if status == rollout.status), UNDER_WAY)


def _description(rollout: RehearsedRollout) -> str:
    timeline = rollout.timeline
    first = timeline.samples[0].at if timeline.samples else 0.0
    phases = ", ".join(
        f"{each.name} from {_clock(each.began - first)} to {_clock(each.ended - first)}" for each in timeline.phases
    )
    parts = [f"{headline(rollout)}{f': {rollout.why}' if rollout.why else ''}.", f"{_bounds(timeline)}."]
    parts += [f"Phases: {phases}."] if phases else []
    if timeline.stopped_at is not None:
        parts.append(f"At {_clock(timeline.stopped_at - first)} {_stop(rollout)}.")
    return " ".join(parts)


def _bounds(timeline: RolloutTimeline) -> str:
    return (
        f"Healthy never under {timeline.lowest_healthy} (floor {timeline.floor}), "
        f"never more than {timeline.highest_total} {timeline.unit} (ceiling {timeline.ceiling})"
    )


def _stop(rollout: RehearsedRollout) -> str:
    return "the gate gave up" if rollout.gave_up else "somebody stopped it"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _panel(rollout: RehearsedRollout, when: str) -> tuple[str, float]:
    """One rollout, and how tall it is."""
    timeline = rollout.timeline
    why = wrap(f"Reason: {rollout.why}", LETTERS, max_lines=MOST_LINES, placeholder=" ...") if rollout.why else []
    y = 30.0
    parts = [text(LEFT, y, headline(rollout), "title")]
    for words in why:
        y += LINE
        parts.append(text(LEFT, y, words, "why"))
    for words in (f"{when}. Took {_clock(timeline.seconds)} of simulated time.", f"{_bounds(timeline)}."):
        y += LINE
        parts.append(text(LEFT, y, words, "quiet"))
    y += LINE + 8
    parts.append(_legend(y, timeline.unit))
    top = y + 3 * LINE + STRIP
    frame = _frame(timeline, top)
    parts += [*_axes(frame, timeline), *_stacked(frame, timeline.samples), *_strip(frame, rollout)]
    parts += [*_lines(frame, timeline), *_stopped(frame, rollout)]
    return "".join(parts), top + PLOT + 3 * LINE


def _frame(timeline: RolloutTimeline, top: float) -> Frame:
    first = timeline.samples[0].at if timeline.samples else 0.0
    most = max(timeline.highest_total, timeline.ceiling, 1) * 1.06
    return Frame(LEFT, WIDTH - RIGHT - TAIL, top, top + PLOT, first, timeline.seconds or 1.0, most)


def _legend(y: float, unit: Unit) -> str:
    parts: list[str] = []
    x = float(LEFT)
    for style, name, _ in BANDS:
        parts += [box(x, y - 10, 12, 12, style, fill=_fill(style)), text(x + 18, y, name)]
        x += 18 + len(name) * 7 + 16
    for style, name in (("healthy", f"healthy {unit}"), ("floor", "floor"), ("ceiling", "ceiling")):
        parts += [hline(x, x + 24, y - 4, f"line {style}"), text(x + 30, y, name)]
        x += 30 + len(name) * 7 + 16
    return "".join(parts)


def _fill(style: str) -> str:
    return HATCH if style == "never" else ""


def _axes(frame: Frame, timeline: RolloutTimeline) -> Iterator[str]:
    edge = frame.right + TAIL
    for count in count_ticks(max(timeline.highest_total, timeline.ceiling, 1)):
        yield hline(frame.left, edge, frame.y(count), "grid")
        yield text(frame.left - 8, frame.y(count) + 4, str(count), "quiet", "end")
    axis = time_axis(timeline.seconds)
    for moment, label in axis.ticks:
        x = frame.x(frame.first + moment)
        yield vline(x, frame.bottom, frame.bottom + 5, "frame")
        yield text(x, frame.bottom + LINE, label, "quiet", "middle")
    middle = (frame.left + frame.right) / 2
    yield text(middle, frame.bottom + 2 * LINE, f"simulated {axis.unit} since the rollout began", "quiet", "middle")
    yield text(frame.left - 8, frame.top - 6, timeline.unit, "quiet", "end")
    yield hline(frame.left, edge, frame.bottom, "frame")


def _stacked(frame: Frame, samples: Sequence[FleetSample]) -> Iterator[str]:
    below = _steps(frame, samples, lambda _: 0)
    for index, (style, *_) in enumerate(BANDS):
        counts = [value for _, _, value in BANDS[: index + 1]]
        upper = _steps(frame, samples, lambda sample, counts=counts: sum(count(sample) for count in counts))
        yield area(upper, below, style, fill=_fill(style))
        below = upper


def _steps(frame: Frame, samples: Sequence[FleetSample], value: Callable[[FleetSample], int]) -> list[Point]:
    """Corners of a staircase: each value holds until the next sample, the last one to the edge."""
    places = [*(frame.x(sample.at) for sample in samples), frame.right + TAIL]
    return [
        corner
        for index, sample in enumerate(samples)
        for corner in ((places[index], frame.y(value(sample))), (places[index + 1], frame.y(value(sample))))
    ]


def _strip(frame: Frame, rollout: RehearsedRollout) -> Iterator[str]:
    """What the rollout was doing, and how it ended."""
    y = frame.top - STRIP - 16
    for phase in rollout.timeline.phases:
        x, until = frame.x(phase.began), frame.x(phase.ended)
        tip = f"{phase.name}: {_clock(phase.began - frame.first)} to {_clock(phase.ended - frame.first)}"
        kind = phase.kind.value.replace(" ", "-")
        yield box(x, y, until - x, STRIP, f"cell {kind}", tip=f"{tip}{_traffic(phase)}")
        yield text((x + until) / 2, y + 14, fitting(until - x - 4, phase.name, phase.short), "", "middle")
    yield box(frame.right, y, TAIL, STRIP, "cell end")
    yield text(frame.right + TAIL / 2, y + 14, _ending(rollout)[1], "", "middle")
    yield vline(frame.right, y, frame.bottom, "frame")


def _traffic(phase: RolloutPhase) -> str:
    """How much of the traffic went to what is new; empty where the phase says so, or none moves."""
    if phase.traffic is None or phase.kind in (PhaseKind.SHIFT, PhaseKind.ROLLBACK):
        return ""
    return f", {phase.traffic:g} % of the traffic on the new release"


def _lines(frame: Frame, timeline: RolloutTimeline) -> Iterator[str]:
    """Healthy ones with floor and ceiling over them, so that none hides another."""
    edge = frame.right + TAIL
    healthy = _steps(frame, timeline.samples, lambda sample: sample.healthy)
    yield line(healthy, "halo") + line(healthy, "line healthy")
    floor, ceiling = frame.y(timeline.floor), frame.y(timeline.ceiling)
    # the dots of the ceiling fall into the gaps of the floor's dashes, where the two are one line
    yield hline(frame.left, edge, floor, "line floor") + hline(frame.left, edge, ceiling, "line ceiling")
    apart = max(0.0, 14 - (floor - ceiling)) / 2
    yield text(edge + 8, floor + 4 + apart, f"floor {timeline.floor} healthy", "floor-text")
    yield text(edge + 8, ceiling + 4 - apart, f"ceiling {timeline.ceiling} {timeline.unit}", "ceiling-text")


def _stopped(frame: Frame, rollout: RehearsedRollout) -> Iterator[str]:
    at = rollout.timeline.stopped_at
    if at is None:
        return
    x, y = frame.x(at), frame.top - STRIP - 16
    label = f"{_stop(rollout)} at {_clock(at - frame.first)}"
    late = x > (frame.left + frame.right) / 2
    yield vline(x, y - 8, frame.bottom, "stop")
    yield f'<path d="M{x - 5:g},{y - 14:g} h10 l-5,8 z" class="stop-flag"/>'
    yield text(x - 10 if late else x + 10, y - 7, label, "stop-text", "end" if late else "start")
