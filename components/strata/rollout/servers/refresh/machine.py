"""The machine itself: start, step, and when to step again."""

from collections.abc import Mapping
from dataclasses import replace
from math import isfinite

from strata.rollout.servers.preferences import Preferences
from strata.rollout.servers.refresh import batches, transitions
from strata.rollout.servers.refresh import progress_watch as watch
from strata.rollout.servers.refresh.counts import Counts, count_fleet
from strata.rollout.servers.refresh.refresh_values import (
    LIMIT_SECONDS,
    STALL_SECONDS,
    AlarmState,
    Fleet,
    Orders,
    Refresh,
    Status,
    Target,
)
from strata.rollout.servers.refresh.terminations import surplus

__all__ = ["next_wakeup", "start", "step"]


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
        raise transitions.Irreversible(
            "an automatic rollback needs a desired configuration and a numbered original version"
        )
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


def _move(refresh: Refresh, counts: Counts, fleet: Fleet, alarms: Mapping[str, AlarmState], now: float) -> Refresh:
    """One move, or the same object when there is none to make."""
    if refresh.status.terminal:
        return refresh
    seen = watch.observe(refresh, counts, alarms, now)
    if seen.status is Status.CANCELLING:
        return replace(seen, status=Status.CANCELLED, ended_at=now)
    if seen.status is Status.PENDING:
        return transitions.begin(seen, counts, now)
    if reason := watch.problem(seen, counts, alarms, now):
        return transitions.fail(seen, fleet, now, reason)
    return seen if seen.blind_since is not None else _go_on(seen, counts, fleet, now)


def _go_on(refresh: Refresh, counts: Counts, fleet: Fleet, now: float) -> Refresh:
    if refresh.baking_until is not None:
        return transitions.succeed(refresh, now) if now >= refresh.baking_until else refresh
    if refresh.waiting_until is not None:
        return batches.resume(refresh, counts, now)
    if refresh.batch is not None:
        return batches.work_batch(refresh, counts, fleet)
    if batches.complete(refresh, counts):
        return transitions.bake(refresh, now)
    paused = batches.pause(refresh, counts, now)
    return paused if paused is not refresh else batches.open_batch(refresh, counts, now)


def _orders(refresh: Refresh, counts: Counts, fleet: Fleet) -> Orders:
    kept = batches.capacity(refresh, counts)
    forward = refresh.status in transitions.FORWARD or refresh.status is Status.SUCCESSFUL
    return Orders(
        capacity=kept,
        terminate=(*counts.leaving, *surplus(refresh, counts, fleet, kept)),
        launch=Target.DESIRED if forward else Target.ORIGINAL,
    )
