"""Going on batch by batch: opening one, taking its servers out, closing it, pausing at checkpoints.

Each function that moves takes the refresh and a census of the fleet and gives the refresh one move further, or the very
same object where there is nothing to do.
"""

from dataclasses import replace

from strata.rollout.servers.preferences import FULL, batch_size, share
from strata.rollout.servers.refresh.counts import Census
from strata.rollout.servers.refresh.model import Batch, Fleet, Refresh
from strata.rollout.servers.refresh.terminations import choose, choose_unready

__all__ = ["capacity", "checkpoints_reached", "complete", "open_batch", "pause", "resume", "work_batch"]


def capacity(refresh: Refresh, census: Census) -> int:
    """Servers to keep pending and in service: the old ones still there and the new ones the batch wants."""
    if refresh.batch is None:
        return census.desired
    wanted = census.desired + census.old - _old_after(refresh.batch, census)
    return max(census.desired, min(census.ceiling, wanted))


def complete(refresh: Refresh, census: Census) -> bool:
    """Whether every server that is to be replaced has been; with a last checkpoint under 100 that is its share."""
    if census.new_ready < _final(refresh, census):
        return False
    return _partial(refresh) or census.remaining == 0


def checkpoints_reached(refresh: Refresh, census: Census) -> int:
    """How many checkpoints, the last one apart, the new servers that are healthy and warm have reached."""
    return sum(_needed(percent, census) <= census.new_ready for percent in _pauses(refresh))


def pause(refresh: Refresh, census: Census, now: float) -> Refresh:
    """Begin the delay of a checkpoint that has just been reached."""
    reached = checkpoints_reached(refresh, census)
    if reached <= refresh.checkpoints_passed:
        return refresh
    percent = _pauses(refresh)[reached - 1]
    return replace(
        refresh,
        checkpoints_passed=reached,
        waiting_until=now + refresh.preferences.checkpoint_delay_seconds,
        status_reason=f"waiting at the checkpoint of {percent} percent",
    )


def resume(refresh: Refresh, census: Census, now: float) -> Refresh:
    """End the delay of a checkpoint. It was no lack of progress; checkpoints passed meanwhile are skipped."""
    if refresh.waiting_until is None or now < refresh.waiting_until:
        return refresh
    passed = max(refresh.checkpoints_passed, checkpoints_reached(refresh, census))
    return replace(refresh, waiting_until=None, checkpoints_passed=passed, status_reason="", last_progress_at=now)


def open_batch(refresh: Refresh, census: Census, now: float) -> Refresh:
    """Begin the next batch, if there is an old server to take out for it.

    Late are the servers for which the floor leaves no room: they wait for their successors, launched above the desired
    capacity. Old servers beyond a batch's worth, left over by a scale-in or a rollback, wait for nobody. Servers that
    cannot leave yet are no part of any batch.
    """
    pauses = _pauses(refresh)
    limit = _final(refresh, census)
    if refresh.checkpoints_passed < len(pauses):
        limit = min(limit, _needed(pauses[refresh.checkpoints_passed], census))
    most = batch_size(census.desired, refresh.preferences)
    goal = min(census.new_ready + most, limit, census.places - census.blocked)
    size = census.old - (census.places - goal)
    if size <= 0:
        return _let_standby_go(refresh, census)
    number = refresh.batches + 1
    late = max(0, min(size, most) - (census.desired - census.lowest))
    return replace(refresh, batch=Batch(number, size, goal, late, census.desired, now), batches=number)


def work_batch(refresh: Refresh, census: Census, fleet: Fleet) -> Refresh:
    """Take out what may leave by now; close the batch when nothing is left to do, or when it no longer fits the group.

    Servers that serve nobody leave at once. The others leave as long as the floor is kept: the early ones right away,
    the late ones once the goal is reached.
    """
    batch = refresh.batch
    if batch is None:
        return refresh
    reached = census.new_ready >= batch.goal
    excess = census.old - _old_after(batch, census)
    if batch.desired != census.desired or (reached and excess <= 0):
        return replace(refresh, batch=None)
    chosen = choose_unready(census.can_leave_unready, excess, census, fleet, refresh.leaving)
    room = excess - len(chosen) - (0 if reached else batch.late)
    spare = min(room, census.ready - census.lowest)
    chosen += choose(census.can_leave_ready, spare, fleet, refresh.leaving.union(chosen))
    return replace(refresh, leaving=refresh.leaving.union(chosen)) if chosen else refresh


def _old_after(batch: Batch, census: Census) -> int:
    return census.places - batch.goal


def _let_standby_go(refresh: Refresh, census: Census) -> Refresh:
    # Servers in standby serve nobody and take no place: they need no successor, and go when the others have gone.
    if census.old or not census.standby_leaving or _partial(refresh):
        return refresh
    return replace(refresh, leaving=refresh.leaving.union(census.standby_leaving))


def _needed(percent: int, census: Census) -> int:
    return min(share(census.desired, percent), census.places)


def _final(refresh: Refresh, census: Census) -> int:
    percent = FULL if refresh.rollback else refresh.preferences.replaced_percent
    return _needed(percent, census)


def _partial(refresh: Refresh) -> bool:
    return refresh.rollback is None and refresh.preferences.replaced_percent < FULL


def _pauses(refresh: Refresh) -> tuple[int, ...]:
    return refresh.preferences.checkpoint_percentages[:-1] if refresh.rollback is None else ()
