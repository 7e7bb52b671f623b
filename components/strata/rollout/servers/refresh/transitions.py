"""The turns a refresh can take: begin, bake, succeed, fail, cancel, roll back."""

from dataclasses import replace

from strata.rollout.servers.preferences import FULL
from strata.rollout.servers.refresh.batches import checkpoints_reached
from strata.rollout.servers.refresh.counts import Counts, count_fleet
from strata.rollout.servers.refresh.refresh_values import FORWARD, Fleet, Refresh, RollbackDetails, Status

__all__ = ["Irreversible", "NotActive", "bake", "begin", "cancel", "fail", "rollback", "succeed"]


class Irreversible(Exception):  # noqa: N818 - AWS's word
    """The group has no original configuration to go back to: AWS's IrreversibleInstanceRefresh."""


class NotActive(Exception):  # noqa: N818 - AWS's word
    """The refresh is over, or already on its way there: AWS's ActiveInstanceRefreshNotFound."""


def cancel(refresh: Refresh, now: float) -> Refresh:
    """Stop where it is; nothing is undone, and launches use the original configuration again.

    Raises:
        NotActive: it has ended or is being cancelled.
    """
    if refresh.status is not Status.ROLLBACK_IN_PROGRESS and refresh.status not in FORWARD:
        raise NotActive(f"the refresh is {refresh.status}")
    return replace(
        refresh, status=Status.CANCELLING, status_reason="cancelled by request", batch=None, last_progress_at=now
    )


def rollback(refresh: Refresh, fleet: Fleet, now: float, reason: str) -> Refresh:
    """Turn round: replace every server that does not run the original configuration.

    Same bounds as before; no checkpoints, no bake time, no alarms.

    Raises:
        NotActive: it has ended, or is being cancelled or rolled back.
        Irreversible: there is no original configuration to go back to.
    """
    if refresh.status not in FORWARD:
        raise NotActive(f"the refresh is {refresh.status}")
    if not refresh.can_roll_back:
        raise Irreversible("a rollback needs a desired configuration and a numbered original template version")
    turned = replace(
        refresh,
        status=Status.ROLLBACK_IN_PROGRESS,
        status_reason=f"rolling back: {reason}",
        rollback=RollbackDetails(reason, now, refresh.percentage_complete, refresh.instances_to_update),
        batch=None,
        waiting_until=None,
        baking_until=None,
        blind_since=None,
        most_ready=0,
        most_serving=0,
        last_progress_at=now,
    )
    return replace(turned, instances_to_update=count_fleet(turned, fleet, now).remaining)


def begin(refresh: Refresh, counts: Counts, now: float) -> Refresh:
    """Go from pending to in progress, or to the end if there is nothing to replace."""
    # Nothing differs, or the group is empty on purpose. A group whose servers all died is neither: it
    # waits for new ones.
    if counts.remaining == 0 and counts.active >= counts.desired:
        return succeed(refresh, now)
    passed = checkpoints_reached(refresh, counts)
    return replace(refresh, status=Status.IN_PROGRESS, checkpoints_passed=passed, last_progress_at=now)


def bake(refresh: Refresh, now: float) -> Refresh:
    """Every server is replaced: watch the alarms for the bake time, if there is one; a rollback has none."""
    seconds = refresh.preferences.bake_seconds
    if refresh.rollback is not None or not seconds:
        return succeed(refresh, now)
    return replace(refresh, status=Status.BAKING, baking_until=now + seconds, status_reason="watching the alarms")


def succeed(refresh: Refresh, now: float) -> Refresh:
    """End well, forward or back."""
    if refresh.rollback is not None:
        reason = f"rolled back: {refresh.rollback.reason}"
        return replace(
            refresh, status=Status.ROLLBACK_SUCCESSFUL, status_reason=reason, percentage_complete=0, ended_at=now
        )
    partial = refresh.preferences.replaced_percent < FULL and refresh.instances_to_update > 0
    percentage = refresh.percentage_complete if partial else FULL
    ended = replace(refresh, status=Status.SUCCESSFUL, status_reason="", percentage_complete=percentage)
    return replace(ended, baking_until=None, ended_at=now)


def fail(refresh: Refresh, fleet: Fleet, now: float, reason: str) -> Refresh:
    """Turn round if the preferences say so; end badly otherwise, and if the rollback itself failed."""
    if refresh.rollback is None and refresh.preferences.auto_rollback:
        return rollback(refresh, fleet, now, reason)
    status, text = Status.FAILED, reason
    if refresh.rollback is not None:
        status, text = Status.ROLLBACK_FAILED, f"rollback failed: {reason}"
    ended = replace(refresh, status=status, status_reason=text, batch=None, ended_at=now)
    return replace(ended, waiting_until=None, baking_until=None)
