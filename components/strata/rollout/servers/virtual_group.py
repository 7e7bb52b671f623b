"""A virtual Auto Scaling group that launches, boots, drains and replaces servers as ordered, on a virtual clock."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from heapq import heappop, heappush

from strata.rollout.servers.refresh import Fleet, Lifecycle, Orders, Server, Target

__all__ = ["Life", "VirtualGroup"]

ACTIVE = (Lifecycle.PENDING, Lifecycle.IN_SERVICE)


@dataclass(frozen=True, slots=True)
class Life:
    """What becomes of a server that is launched."""

    boot_seconds: float
    """From launch until in service."""
    sick_after: float | None = None
    """Seconds in service until it is found unhealthy, upon which the group replaces it. None: never."""
    checked_after: float = 0.0
    """Seconds in service until its target groups send it requests."""


class _Change(Enum):
    BOOTED = auto()
    CHECKED = auto()
    SICK = auto()
    GONE = auto()


class VirtualGroup:
    """The group's servers and what they will do.

    Args:
        desired: the desired capacity.
        life: what becomes of the n-th launch (from 0) with the given target.
        drain_seconds: how long a server stays Terminating.
        servers: who is there at the start; as many healthy old servers as desired when not given.
    """

    def __init__(
        self,
        desired: int,
        life: Callable[[int, Target], Life],
        *,
        drain_seconds: float = 0,
        servers: Sequence[Server] | None = None,
    ) -> None:
        self.desired = desired
        self._life = life
        self._drain = drain_seconds
        first = servers if servers is not None else [_old_server(rank) for rank in range(desired)]
        self._servers = {server.id: server for server in first}
        self._changes: list[tuple[float, int, _Change, str]] = []
        self._launches = 0
        self._change_count = 0
        self._active = sum(server.lifecycle in ACTIVE for server in first)
        self._unhealthy = {server.id for server in first if server.lifecycle in ACTIVE and not server.healthy}

    @property
    def fleet(self) -> Fleet:
        """The group as it is now."""
        return Fleet(self.desired, tuple(self._servers.values()))

    @property
    def next_change(self) -> float | None:
        """When something happens next by itself."""
        return self._changes[0][0] if self._changes else None

    @property
    def settled_at(self) -> float | None:
        """When the last server that is Terminating will be gone; None if none is."""
        return max((at for at, _, change, _ in self._changes if change is _Change.GONE), default=None)

    def advance(self, now: float) -> None:
        """Let everything happen that is due."""
        while self._changes and self._changes[0][0] <= now:
            at, _, change, name = heappop(self._changes)
            server = self._servers.get(name)
            if server is None:
                continue
            if change is _Change.GONE:
                del self._servers[name]
            elif server.lifecycle is Lifecycle.PENDING and change is _Change.BOOTED:
                self._servers[name] = replace(server, lifecycle=Lifecycle.IN_SERVICE, in_service_since=at)
            elif change is _Change.CHECKED:
                self._servers[name] = replace(server, receives_requests=True)
            elif server.lifecycle is Lifecycle.IN_SERVICE and change is _Change.SICK:
                self._servers[name] = replace(server, healthy=False)
                self._unhealthy.add(name)

    def obey(self, orders: Orders, now: float) -> None:
        """Take servers out, replace unhealthy ones, and launch up to the capacity."""
        for name in (*orders.terminate, *self._unhealthy):
            self._take_out(name, now)
        self._unhealthy.clear()
        while self._active < orders.capacity:
            self._launch(orders.launch, now)

    def kill(self, name: str) -> None:
        """Let a server die on the spot."""
        self._active -= self._servers.pop(name).lifecycle in ACTIVE
        self._unhealthy.discard(name)

    def protect(self, count: int) -> None:
        """Protect the oldest servers in service from scale-in, and no others."""
        protected = [server.id for server in self.in_service()][:count]
        self._servers = {name: replace(server, protected=name in protected) for name, server in self._servers.items()}

    def in_service(self) -> Iterator[Server]:
        """Servers in service, the oldest first."""
        return (server for server in self._servers.values() if server.lifecycle is Lifecycle.IN_SERVICE)

    def _launch(self, target: Target, now: float) -> None:
        life = self._life(self._launches, target)
        rank = self._launches
        self._launches += 1
        desired = target is Target.DESIRED
        server = Server(
            id=f"new-{rank}",
            matches_desired=desired,
            matches_original=not desired,
            lifecycle=Lifecycle.PENDING,
            healthy=True,
            receives_requests=not life.checked_after,
            template_version=2 if desired else 1,
            age_rank=1_000_000 + rank,
        )
        self._servers[server.id] = server
        self._active += 1
        self._plan(now + life.boot_seconds, _Change.BOOTED, server.id)
        if life.checked_after:
            self._plan(now + life.boot_seconds + life.checked_after, _Change.CHECKED, server.id)
        if life.sick_after is not None:
            self._plan(now + life.boot_seconds + life.sick_after, _Change.SICK, server.id)

    def _take_out(self, name: str, now: float) -> None:
        server = self._servers.get(name)
        if server is None or server.lifecycle is Lifecycle.TERMINATING:
            return
        self._active -= server.lifecycle in ACTIVE
        if self._drain:
            self._servers[name] = replace(server, lifecycle=Lifecycle.TERMINATING)
            self._plan(now + self._drain, _Change.GONE, name)
        else:
            del self._servers[name]

    def _plan(self, at: float, change: _Change, name: str) -> None:
        self._change_count += 1
        heappush(self._changes, (at, self._change_count, change, name))


def _old_server(rank: int) -> Server:
    return Server(
        id=f"old-{rank}",
        matches_desired=False,
        matches_original=True,
        lifecycle=Lifecycle.IN_SERVICE,
        healthy=True,
        in_service_since=0.0,
        template_version=1,
        age_rank=rank,
    )
