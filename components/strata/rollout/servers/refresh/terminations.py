"""Choosing which servers leave."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from heapq import heapify, heappop

from strata.rollout.servers.refresh.counts import Counts
from strata.rollout.servers.refresh.refresh_values import Fleet, Lifecycle, Refresh, Server

__all__ = ["choose", "choose_unready", "surplus"]

_ACTIVE = (Lifecycle.PENDING, Lifecycle.IN_SERVICE)


def choose(candidates: Iterable[Server], count: int, fleet: Fleet, gone: Collection[str]) -> list[str]:
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


def choose_unready(
    candidates: Collection[Server], count: int, counts: Counts, fleet: Fleet, gone: Collection[str]
) -> list[str]:
    """Pick servers that are not ready: those that serve nobody, then those that serve already, above the floor only.

    Args:
        candidates: servers that may be picked.
        count: how many are wanted; fewer are given when there are fewer.
        counts: say how many serving servers can be spared.
        fleet: all servers.
        gone: servers on their way out.
    """
    idle = [server for server in candidates if not server.serving]
    chosen = choose(idle, count, fleet, gone)
    wanted = min(count - len(chosen), counts.spare_serving)
    return chosen + choose((server for server in candidates if server.serving), wanted, fleet, {*gone, *chosen})


def surplus(refresh: Refresh, counts: Counts, fleet: Fleet, capacity: int) -> list[str]:
    """Servers above the capacity: those that serve nobody first, then old ones, then new ones, never below the floor.

    AWS's own scale-in looks at no health. This choice keeps a refresh that was cancelled or scaled in above its floor.
    Servers protected from scale-in stay.
    """
    excess = counts.active - capacity
    if excess <= 0:
        return []
    unready = (*counts.can_leave_unready, *counts.new_unready)
    chosen = choose_unready(_unprotected(unready), excess, counts, fleet, refresh.leaving)
    wanted = min(excess - len(chosen), counts.ready - counts.lowest)
    for candidates in (counts.can_leave_ready, counts.new_ready_servers):
        picked = choose(_unprotected(candidates), wanted, fleet, refresh.leaving.union(chosen))
        chosen += picked
        wanted -= len(picked)
    return chosen


def _unprotected(servers: Iterable[Server]) -> list[Server]:
    return [server for server in servers if not server.protected]
