"""What a rollout will do, before it runs: batches, capacity, surge, duration, what stops it, and warnings (pure).

The plan is the refresh itself, run on a virtual group in which every server is healthy. Only where that would take many
seconds, thousands of servers one at a time, the same numbers are calculated; a test holds the two ways together.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from strata.durations import duration_text
from strata.rollout.plan_warning import LONG_SECONDS, PlanWarning
from strata.rollout.servers.plan_course import (
    PlannedBatch,
    PlannedPause,
    batch_sizes,
    calculate_course,
    simulate_course,
)
from strata.rollout.servers.preferences import (
    FULL,
    Preferences,
    ProtectedInstances,
    StandbyInstances,
    ceiling,
    floor,
)
from strata.rollout.servers.refresh import LIMIT_SECONDS, STALL_SECONDS

__all__ = ["RolloutPlan", "plan_rollout"]

_MOST_SIMULATED = 1_000_000
"""Servers times batches up to which the refresh is simulated; about three seconds."""


@dataclass(frozen=True)
class RolloutPlan:
    """What an instance refresh of a healthy group will do."""

    desired: int
    preferences: Preferences
    floor: int
    """Healthy and warm servers the preferences ask for."""
    ceiling: int
    """The most servers the preferences allow in service and pending."""
    lowest_capacity: int
    """The fewest healthy and warm servers at any moment; below `floor` where AWS must replace at least one."""
    highest_total: int
    """The most servers in service and pending at any moment; what exceeds `desired` is the surge."""
    batches: tuple[PlannedBatch, ...]
    pauses: tuple[PlannedPause, ...]
    estimated_seconds: float
    """From the start until success, bake time included; servers that drain then are not waited for."""
    settled_seconds: float
    """Until the last old server has drained and is gone; not before `estimated_seconds`."""
    warnings: tuple[PlanWarning, ...]

    @property
    def surge(self) -> int:
        """Servers above the desired capacity that run, and are paid for, meanwhile."""
        return max(0, self.highest_total - self.desired)

    @property
    def replaced(self) -> int:
        """Servers replaced in all."""
        return sum(batch.size for batch in self.batches)

    @property
    def aborts(self) -> tuple[str, ...]:
        """What stops the rollout on its way."""
        end = "goes back to the release before" if self.preferences.auto_rollback else "stops where it is"
        alarms = [f"alarm {name} in ALARM: {end}" for name in self.preferences.alarms]
        return (*alarms, f"{duration_text(STALL_SECONDS)} without a further healthy new server: {end}")

    def course(self) -> dict[str, int]:
        """How many batches there are, for JSON."""
        return {"batches": len(self.batches)}

    def describe(self) -> tuple[str, ...]:
        """The plan as lines of text, for a preview."""
        if not self.batches:
            return ("no servers to replace", *(f"warning: {warning.text}" for warning in self.warnings))
        return tuple(self._lines())

    def _lines(self) -> Iterator[str]:
        count, most = len(self.batches), max(batch.size for batch in self.batches)
        servers = _count(self.desired, "server", "servers")
        if self.replaced < self.desired:
            servers = f"{self.replaced} of {servers}"
        yield f"replaces {servers} in {_count(count, 'batch', 'batches')}" + (f" of up to {most}" if count > 1 else "")
        kept, running = f"{self.lowest_capacity} of {self.desired}", f"{self.highest_total} at once"
        yield f"keeps at least {kept} healthy (floor {self.floor}), runs up to {running} (ceiling {self.ceiling})"
        for pause in self.pauses:
            length, since = duration_text(pause.seconds), duration_text(pause.at_seconds)
            yield f"pauses {length} with {pause.percent} % replaced, after {since}"
        bake = self.preferences.bake_seconds
        baking = f", the last {duration_text(bake)} to bake" if bake else ""
        yield f"takes about {duration_text(self.estimated_seconds)}{baking}"
        yield from (f"stops on {reason}" for reason in self.aborts)
        yield from (f"warning: {warning.text}" for warning in self.warnings)


def plan_rollout(
    desired: int, preferences: Preferences, *, boot_seconds: float, drain_seconds: float = 0
) -> RolloutPlan:
    """Plan the refresh of a group in which every server is healthy and old.

    Args:
        desired: the group's desired capacity.
        preferences: how the refresh is to proceed.
        boot_seconds: from launch until in service; the warm-up of the preferences follows.
        drain_seconds: how long a server taken out drains. Default: 0.
    """
    small = desired * len(batch_sizes(desired, preferences)) <= _MOST_SIMULATED
    follow = simulate_course if small else calculate_course
    course = follow(desired, preferences, boot_seconds=boot_seconds, drain_seconds=drain_seconds)
    low, seconds = course.lowest_capacity, course.estimated_seconds
    return RolloutPlan(
        desired=desired,
        preferences=preferences,
        floor=floor(desired, preferences),
        ceiling=ceiling(desired, preferences),
        lowest_capacity=low,
        highest_total=course.highest_total,
        batches=course.batches,
        pauses=course.pauses,
        estimated_seconds=seconds,
        settled_seconds=course.settled_seconds,
        warnings=tuple(_find_warnings(desired, preferences, boot_seconds, low, seconds)),
    )


def _find_warnings(
    desired: int, preferences: Preferences, boot_seconds: float, low: int, seconds: float
) -> Iterator[PlanWarning]:
    """What someone should know before the rollout runs.

    Args:
        desired: the desired capacity.
        preferences: how the refresh is to proceed.
        boot_seconds: from launch until in service.
        low: the fewest healthy and warm servers at any moment.
        seconds: how long it takes.
    """
    asked = floor(desired, preferences)
    if desired and low == 0:
        yield PlanWarning(
            "rollout-outage",
            "this group cannot be refreshed without an outage: no healthy server is left at some point; "
            "use a minimum of 100 % healthy, which launches first",
        )
    elif low < asked:
        yield PlanWarning(
            "rollout-below-floor",
            f"the floor of {asked} cannot be held: AWS replaces at least one server at a time and keeps {low}; "
            "raise the maximum above 100 % healthy",
        )
    if seconds > LIMIT_SECONDS:
        yield PlanWarning(
            "rollout-exceeds-limit",
            f"takes about {duration_text(seconds)}; AWS fails a refresh after {duration_text(LIMIT_SECONDS)}",
        )
    elif seconds > LONG_SECONDS:
        yield PlanWarning(
            "rollout-long",
            f"takes about {duration_text(seconds)}; credentials of a CI job commonly last an hour",
        )
    if boot_seconds >= STALL_SECONDS:
        yield PlanWarning(
            "rollout-stalls",
            f"servers boot for {duration_text(boot_seconds)}; AWS fails a refresh after {duration_text(STALL_SECONDS)} "
            "without progress",
        )
    if preferences.replaced_percent < FULL:
        yield PlanWarning(
            "rollout-partial",
            f"ends at the last checkpoint of {preferences.replaced_percent} % and leaves the other servers as they are",
        )
    if preferences.scale_in_protected is ProtectedInstances.WAIT or preferences.standby is StandbyInstances.WAIT:
        yield PlanWarning(
            "rollout-waits",
            "a server in standby or protected from scale-in stalls the rollout for an hour and then fails it",
        )


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
