"""Warnings about a planned rollout."""

from collections.abc import Iterator

from strata.rollout.servers.plan.duration import duration_text
from strata.rollout.servers.plan.model import PlanWarning
from strata.rollout.servers.preferences import FULL, Preferences, ProtectedInstances, StandbyInstances, floor
from strata.rollout.servers.refresh import LIMIT_SECONDS, STALL_SECONDS

__all__ = ["CREDENTIALS_SECONDS", "find_warnings"]

CREDENTIALS_SECONDS = 45 * 60
"""From here on a rollout is called long: credentials of a CI job commonly last an hour, and it does more than roll."""


def find_warnings(
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
    elif seconds > CREDENTIALS_SECONDS:
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
