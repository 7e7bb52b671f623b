"""The course of a refresh of a healthy group: simulated, or by arithmetic where the simulation would take too long."""

from dataclasses import dataclass
from math import inf

from strata.rollout.servers.preferences import Preferences, batch_size, lowest, share
from strata.rollout.servers.simulation import simulate

__all__ = ["Course", "PlannedBatch", "PlannedPause", "batch_sizes", "calculate_course", "simulate_course"]


@dataclass(frozen=True, slots=True)
class PlannedBatch:
    """Servers replaced together, and when that begins, in seconds after the start."""

    at_seconds: float
    size: int


@dataclass(frozen=True, slots=True)
class PlannedPause:
    """A stop at a checkpoint: when it begins, how long it is, and the share of the fleet replaced by then."""

    at_seconds: float
    seconds: float
    percent: int


@dataclass(frozen=True)
class Course:
    """How a refresh goes; the fields mean what they mean in `RolloutPlan`."""

    lowest_capacity: int
    highest_total: int
    batches: tuple[PlannedBatch, ...]
    pauses: tuple[PlannedPause, ...]
    estimated_seconds: float
    settled_seconds: float


def simulate_course(desired: int, preferences: Preferences, *, boot_seconds: float, drain_seconds: float) -> Course:
    """Run the refresh on a virtual group. AWS's limits are off: a plan that is too long should show how long."""
    timeline = simulate(
        desired,
        preferences,
        boot_seconds=boot_seconds,
        drain_seconds=drain_seconds,
        stall_seconds=inf,
        limit_seconds=inf,
    )
    return Course(
        lowest_capacity=min(sample.warm for sample in timeline.samples),
        highest_total=max(sample.total for sample in timeline.samples),
        batches=tuple(PlannedBatch(batch.at, batch.size) for batch in timeline.batches),
        pauses=tuple(PlannedPause(pause.at, pause.until - pause.at, pause.percentage) for pause in timeline.pauses),
        estimated_seconds=timeline.seconds,
        settled_seconds=timeline.settled_seconds,
    )


def calculate_course(desired: int, preferences: Preferences, *, boot_seconds: float, drain_seconds: float) -> Course:
    """The same by arithmetic: in a healthy group every batch needs one boot and one warm-up."""
    sizes = batch_sizes(desired, preferences)
    turn = boot_seconds + preferences.instance_warmup_seconds
    stops = _stops(desired, preferences)
    room = desired - lowest(desired, preferences)
    batches: list[PlannedBatch] = []
    pauses: list[PlannedPause] = []
    at, done, last_out = 0.0, 0, 0.0
    for size in sizes:
        batches.append(PlannedBatch(at, size))
        done += size
        last_out = at + (turn if size > room else 0)
        at += turn
        if done in stops and preferences.checkpoint_delay_seconds:
            pauses.append(PlannedPause(at, preferences.checkpoint_delay_seconds, 100 * done // desired))
            at += preferences.checkpoint_delay_seconds
    seconds = at + (preferences.bake_seconds if sizes else 0)
    return Course(
        lowest_capacity=desired - max((min(size, room) for size in sizes), default=0),
        highest_total=desired + max((max(0, size - room) for size in sizes), default=0),
        batches=tuple(batches),
        pauses=tuple(pauses),
        estimated_seconds=seconds,
        settled_seconds=max(seconds, last_out + drain_seconds if sizes else 0.0),
    )


def batch_sizes(desired: int, preferences: Preferences) -> list[int]:
    """Servers replaced in each batch of a healthy group."""
    sizes: list[int] = []
    done = 0
    for stop in sorted({*_stops(desired, preferences), share(desired, preferences.replaced_percent)}):
        while done < stop:
            sizes.append(min(batch_size(desired, preferences), stop - done))
            done += sizes[-1]
    return sizes


def _stops(desired: int, preferences: Preferences) -> set[int]:
    """Numbers of replaced servers at which the refresh pauses; the last checkpoint ends it instead."""
    pauses = {share(desired, percent) for percent in preferences.checkpoint_percentages[:-1]}
    return pauses - {share(desired, preferences.replaced_percent)}
