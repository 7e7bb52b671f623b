"""What a rollout will do, before it runs: batches, lowest capacity, surge, duration, what stops it, and warnings.

The plan is the refresh itself, run on a virtual group in which every server is healthy. Only where that would take many
seconds, thousands of servers one at a time, the same numbers are reckoned; a test holds the two ways together.
"""

from strata.rollout.servers.plan.course import batch_sizes, reckoned, simulated
from strata.rollout.servers.plan.duration import duration_text
from strata.rollout.servers.plan.model import PlannedBatch, PlannedPause, PlanWarning, RolloutPlan
from strata.rollout.servers.plan.warnings import CREDENTIALS_SECONDS, find_warnings
from strata.rollout.servers.preferences import Preferences, batch_size, ceiling, floor, lowest

__all__ = [
    "CREDENTIALS_SECONDS",
    "PlanWarning",
    "PlannedBatch",
    "PlannedPause",
    "Preferences",
    "RolloutPlan",
    "batch_size",
    "ceiling",
    "duration_text",
    "floor",
    "lowest",
    "plan_rollout",
]

_MOST_SIMULATED = 1_000_000
"""Servers times batches up to which the refresh is simulated; about three seconds."""


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
    follow = simulated if small else reckoned
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
        warnings=tuple(find_warnings(desired, preferences, boot_seconds, low, seconds)),
    )
