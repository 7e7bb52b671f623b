"""The machine itself: start, step, when to step again, and its transitions, such as baking or rolling back."""

from collections.abc import Mapping
from dataclasses import replace
from math import isfinite

from strata.rollout.servers.preferences import FULL, Preferences
from strata.rollout.servers.refresh import batches
from strata.rollout.servers.refresh import progress_watch as watch
from strata.rollout.servers.refresh.counts import Counts, count_fleet
from strata.rollout.servers.refresh.refresh_values import (
    FORWARD,
    LIMIT_SECONDS,
    STALL_SECONDS,
    AlarmState,
    Fleet,
    Orders,
    Refresh,
    RollbackDetails,
    Status,
    Target,
)

__all__ = ["Irreversible", "NotActive", "cancel", "next_wakeup", "rollback", "start", "step"]


class Irreversible(Exception):  # noqa: N818 - AWS's word
    """The group has no original configuration to go back to: AWS's IrreversibleInstanceRefresh."""


class NotActive(Exception):  # noqa: N818 - AWS's word
    """The refresh is over, or already on its way there: AWS's ActiveInstanceRefreshNotFound."""


def start(
    preferences: Preferences,
    fleet: Fleet,
    now: float,
    *,
    can_roll_back: bool,
    stall_seconds: float = STALL_SECONDS,
    limit_seconds: float = LIMIT_SECONDS,
) -> Refresh:
    """A refresh of the fleet as it is now, in `PENDING`; the first step sets it going.

    Args:
        preferences: how it is to proceed.
        fleet: the group at the start; its servers are the old ones.
        now: epoch seconds.
        can_roll_back: whether there is a desired configuration, and an original one that stays what it is.
        stall_seconds: how long it may go without progress. AWS: one hour.
        limit_seconds: how long it may run, and its rollback after that. AWS: 14 days.

    Raises:
        Irreversible: an automatic rollback is asked for and there is nothing to go back to.
    """
    if preferences.auto_rollback and not can_roll_back:
        raise Irreversible("an automatic rollback needs a desired configuration and a numbered original version")
    refresh = Refresh(
        preferences=preferences,
        started_at=now,
        can_roll_back=can_roll_back,
        present=frozenset(server.id for server in fleet.servers),
        stall_seconds=stall_seconds,
        limit_seconds=limit_seconds,
        last_progress_at=now,
        desired=fleet.desired,
    )
    return replace(refresh, instances_to_update=count_fleet(refresh, fleet, now).remaining)


def step(refresh: Refresh, fleet: Fleet, alarms: Mapping[str, AlarmState], now: float) -> tuple[Refresh, Orders]:
    """Take the refresh as far as it goes at this moment.

    Args:
        refresh: the refresh so far.
        fleet: every server of the group as it is now.
        alarms: states by name; an alarm of the preferences that is missing counts as one without data.
        now: epoch seconds, not before the last step.

    Returns:
        The refresh, and what the group is to do. The same inputs give the same; stepping again changes nothing.
    """
    counts = count_fleet(refresh, fleet, now)
    while True:
        moved = _move(refresh, counts, fleet, alarms, now)
        if moved is refresh:
            return refresh, _orders(refresh, counts, fleet)
        if moved.rollback is not refresh.rollback or not moved.leaving.issubset(refresh.leaving):
            counts = count_fleet(moved, fleet, now)
        refresh = moved


def next_wakeup(refresh: Refresh, fleet: Fleet, now: float) -> float | None:
    """When to step again even if nothing happens until then: a warm-up, a pause, the bake time or a limit ends.

    None when the refresh has ended.
    """
    if refresh.status.terminal:
        return None
    if refresh.status in (Status.PENDING, Status.CANCELLING):
        return now
    counts = count_fleet(refresh, fleet, now)
    times = [at for at, _ in watch.limits(refresh, counts)]
    times += [at for at in (counts.next_warm, refresh.waiting_until, refresh.baking_until) if at is not None]
    return min((at for at in times if at > now and isfinite(at)), default=None)


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
    """Reverse: replace every server that does not run the original configuration.

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


def _move(refresh: Refresh, counts: Counts, fleet: Fleet, alarms: Mapping[str, AlarmState], now: float) -> Refresh:
    """One move, or the same object when there is none to make."""
    if refresh.status.terminal:
        return refresh
    seen = watch.observe(refresh, counts, alarms, now)
    if seen.status is Status.CANCELLING:
        return replace(seen, status=Status.CANCELLED, ended_at=now)
    if seen.status is Status.PENDING:
        return _begin(seen, counts, now)
    if reason := watch.problem(seen, counts, alarms, now):
        return _fail(seen, fleet, now, reason)
    return seen if seen.blind_since is not None else _go_on(seen, counts, fleet, now)


def _go_on(refresh: Refresh, counts: Counts, fleet: Fleet, now: float) -> Refresh:
    if refresh.baking_until is not None:
        return _succeed(refresh, now) if now >= refresh.baking_until else refresh
    if refresh.waiting_until is not None:
        return batches.resume(refresh, counts, now)
    if refresh.batch is not None:
        return batches.work_batch(refresh, counts, fleet)
    if batches.complete(refresh, counts):
        return _bake(refresh, now)
    paused = batches.pause(refresh, counts, now)
    return paused if paused is not refresh else batches.open_batch(refresh, counts, now)


def _orders(refresh: Refresh, counts: Counts, fleet: Fleet) -> Orders:
    kept = batches.capacity(refresh, counts)
    forward = refresh.status in FORWARD or refresh.status is Status.SUCCESSFUL
    return Orders(
        capacity=kept,
        terminate=(*counts.leaving, *batches.surplus(refresh, counts, fleet, kept)),
        launch=Target.DESIRED if forward else Target.ORIGINAL,
    )


def _begin(refresh: Refresh, counts: Counts, now: float) -> Refresh:
    """Go from pending to in progress, or to the end if there is nothing to replace."""
    # Nothing differs, or the group is empty on purpose. A group whose servers all died is neither: it
    # waits for new ones.
    if counts.remaining == 0 and counts.active >= counts.desired:
        return _succeed(refresh, now)
    passed = batches.checkpoints_reached(refresh, counts)
    return replace(refresh, status=Status.IN_PROGRESS, checkpoints_passed=passed, last_progress_at=now)


def _bake(refresh: Refresh, now: float) -> Refresh:
    """Every server is replaced: watch the alarms for the bake time, if there is one; a rollback has none."""
    seconds = refresh.preferences.bake_seconds
    if refresh.rollback is not None or not seconds:
        return _succeed(refresh, now)
    return replace(refresh, status=Status.BAKING, baking_until=now + seconds, status_reason="watching the alarms")


def _succeed(refresh: Refresh, now: float) -> Refresh:
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


def _fail(refresh: Refresh, fleet: Fleet, now: float, reason: str) -> Refresh:
    """Roll back if the preferences say so; end badly otherwise, and if the rollback itself failed."""
    if refresh.rollback is None and refresh.preferences.auto_rollback:
        return rollback(refresh, fleet, now, reason)
    status, text = Status.FAILED, reason
    if refresh.rollback is not None:
        status, text = Status.ROLLBACK_FAILED, f"rollback failed: {reason}"
    ended = replace(refresh, status=status, status_reason=text, batch=None, ended_at=now)
    return replace(ended, waiting_until=None, baking_until=None)
