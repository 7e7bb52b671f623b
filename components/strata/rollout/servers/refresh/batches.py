"""Going on batch by batch: opening one, choosing which servers leave, closing it, pausing at checkpoints.

Each function that moves takes the refresh and the counts of the fleet and gives the refresh one move further, or the
very same object where there is nothing to do.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from heapq import heapify, heappop

from strata.rollout.servers.preferences import FULL, batch_size, share
from strata.rollout.servers.refresh.counts import Counts
from strata.rollout.servers.refresh.refresh_values import Batch, Fleet, Lifecycle, Refresh, Server

__all__ = [
    "capacity",
    "checkpoints_reached",
    "complete",
    "open_batch",
    "pause",
    "resume",
    "surplus",
    "work_batch",
]

_ACTIVE = (Lifecycle.PENDING, Lifecycle.IN_SERVICE)


def capacity(refresh: Refresh, counts: Counts) -> int:
    """Servers to keep pending and in service: the old ones still there and the new ones the batch wants."""
    if refresh.batch is None:
        return counts.desired
    wanted = counts.desired + counts.old - _old_after(refresh.batch, counts)
    return max(counts.desired, min(counts.ceiling, wanted))


def complete(refresh: Refresh, counts: Counts) -> bool:
    """Whether every server that is to be replaced has been; with a last checkpoint under 100 that is its share."""
    if counts.new_ready < _final(refresh, counts):
        return False
    return _partial(refresh) or counts.remaining == 0


def checkpoints_reached(refresh: Refresh, counts: Counts) -> int:
    """How many checkpoints, the last one apart, the new servers that are healthy and warm have reached."""
    return sum(_needed(percent, counts) <= counts.new_ready for percent in _pauses(refresh))


def pause(refresh: Refresh, counts: Counts, now: float) -> Refresh:
    """Begin the delay of a checkpoint that has just been reached."""
    reached = checkpoints_reached(refresh, counts)
    if reached <= refresh.checkpoints_passed:
        return refresh
    percent = _pauses(refresh)[reached - 1]
    return replace(
        refresh,
        checkpoints_passed=reached,
        waiting_until=now + refresh.preferences.checkpoint_delay_seconds,
        status_reason=f"waiting at the checkpoint of {percent} percent",
    )


def resume(refresh: Refresh, counts: Counts, now: float) -> Refresh:
    """End the delay of a checkpoint. It was no lack of progress; checkpoints passed meanwhile are skipped."""
    if refresh.waiting_until is None or now < refresh.waiting_until:
        return refresh
    passed = max(refresh.checkpoints_passed, checkpoints_reached(refresh, counts))
    return replace(refresh, waiting_until=None, checkpoints_passed=passed, status_reason="", last_progress_at=now)


def open_batch(refresh: Refresh, counts: Counts, now: float) -> Refresh:
    """Begin the next batch, if there is an old server to take out for it.

    Late are the servers for which the floor leaves no room: they wait for their successors, launched above the desired
    capacity. Old servers beyond a batch's worth, left over by a scale-in or a rollback, wait for nobody. Servers that
    cannot leave yet are no part of any batch.
    """
    pauses = _pauses(refresh)
    limit = _final(refresh, counts)
    if refresh.checkpoints_passed < len(pauses):
        limit = min(limit, _needed(pauses[refresh.checkpoints_passed], counts))
    most = batch_size(counts.desired, refresh.preferences)
    goal = min(counts.new_ready + most, limit, counts.places - counts.blocked)
    size = counts.old - (counts.places - goal)
    if size <= 0:
        return _let_standby_go(refresh, counts)
    number = refresh.batches + 1
    late = max(0, min(size, most) - (counts.desired - counts.lowest))
    return replace(refresh, batch=Batch(number, size, goal, late, counts.desired, now), batches=number)


def work_batch(refresh: Refresh, counts: Counts, fleet: Fleet) -> Refresh:
    """Take out what may leave by now; close the batch when nothing is left to do, or when it no longer fits the group.

    Servers that serve nobody leave at once. The others leave as long as the floor is kept: the early ones right away,
    the late ones once the goal is reached.
    """
    batch = refresh.batch
    if batch is None:
        return refresh
    reached = counts.new_ready >= batch.goal
    excess = counts.old - _old_after(batch, counts)
    if batch.desired != counts.desired or (reached and excess <= 0):
        return replace(refresh, batch=None)
    chosen = _choose_unready(counts.can_leave_unready, excess, counts, fleet, refresh.leaving)
    room = excess - len(chosen) - (0 if reached else batch.late)
    spare = min(room, counts.ready - counts.lowest)
    chosen += _choose(counts.can_leave_ready, spare, fleet, refresh.leaving.union(chosen))
    return replace(refresh, leaving=refresh.leaving.union(chosen)) if chosen else refresh


def surplus(refresh: Refresh, counts: Counts, fleet: Fleet, capacity: int) -> list[str]:
    """Servers above the capacity: those that serve nobody first, then old ones, then new ones, never below the floor.

    AWS's own scale-in looks at no health. This choice keeps a refresh that was cancelled or scaled in above its floor.
    Servers protected from scale-in stay.
    """
    excess = counts.active - capacity
    if excess <= 0:
        return []
    unready = (*counts.can_leave_unready, *counts.new_unready)
    chosen = _choose_unready(_unprotected(unready), excess, counts, fleet, refresh.leaving)
    wanted = min(excess - len(chosen), counts.ready - counts.lowest)
    for candidates in (counts.can_leave_ready, counts.new_ready_servers):
        picked = _choose(_unprotected(candidates), wanted, fleet, refresh.leaving.union(chosen))
        chosen += picked
        wanted -= len(picked)
    return chosen


def _old_after(batch: Batch, counts: Counts) -> int:
    return counts.places - batch.goal


def _let_standby_go(refresh: Refresh, counts: Counts) -> Refresh:
    # Servers in standby serve nobody and take no place: they need no successor, and go when the others have gone.
    if counts.old or not counts.standby_leaving or _partial(refresh):
        return refresh
    return replace(refresh, leaving=refresh.leaving.union(counts.standby_leaving))


def _needed(percent: int, counts: Counts) -> int:
    return min(share(counts.desired, percent), counts.places)


def _final(refresh: Refresh, counts: Counts) -> int:
    percent = FULL if refresh.rollback else refresh.preferences.replaced_percent
    return _needed(percent, counts)


def _partial(refresh: Refresh) -> bool:
    return refresh.rollback is None and refresh.preferences.replaced_percent < FULL


def _pauses(refresh: Refresh) -> tuple[int, ...]:
    return refresh.preferences.checkpoint_percentages[:-1] if refresh.rollback is None else ()


def _choose(candidates: Iterable[Server], count: int, fleet: Fleet, gone: Collection[str]) -> list[str]:
    """Pick servers from the fullest zone, there the oldest template version, there the oldest server.

    Args:
        candidates: servers that may be picked.
        count: how many are wanted; fewer are given when there are fewer.
        fleet: all servers; how full a zone is counts those that are pending or in service.
        gone: servers on their way out, which no longer fill a zone.
    """
    if count <= 0:
        return []
    queues: defaultdict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for server in candidates:
        queues[server.zone].append((server.template_version, server.age_rank, server.id))
    for queue in queues.values():
        heapify(queue)
    if not queues:
        return []
    crowd = Counter(server.zone for server in fleet.servers if server.lifecycle in _ACTIVE and server.id not in gone)
    chosen: list[str] = []
    while queues and len(chosen) < count:
        zone = min(queues, key=lambda name: (-crowd[name], name))
        chosen.append(heappop(queues[zone])[2])
        crowd[zone] -= 1
        if not queues[zone]:
            del queues[zone]
    return chosen


def _choose_unready(
    candidates: Collection[Server], count: int, counts: Counts, fleet: Fleet, gone: Collection[str]
) -> list[str]:
    """Pick servers that are not ready: those that serve nobody, then those that serve already, above the floor only.

    Args:
        candidates: servers that may be picked.
        count: how many are wanted; fewer are given when there are fewer.
        counts: show how many serving servers can be spared.
        fleet: all servers.
        gone: servers on their way out.
    """
    idle = [server for server in candidates if not server.serving]
    chosen = _choose(idle, count, fleet, gone)
    wanted = min(count - len(chosen), counts.spare_serving)
    return chosen + _choose((server for server in candidates if server.serving), wanted, fleet, {*gone, *chosen})


def _unprotected(servers: Iterable[Server]) -> list[Server]:
    return [server for server in servers if not server.protected]
