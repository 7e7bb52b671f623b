"""Rebuilds what every fleet looked like from the local AWS's event log."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from strata.rehearsal.run.timeline import Sample

__all__ = ["Fleet", "Look", "Replay", "Rolled", "samples_between"]

LEFT = frozenset({"Terminating", "Terminating:Wait", "Terminated", "Detached"})


@dataclass
class _Server:
    version: int
    image: str
    state: str = "Pending"
    sick: bool = False
    targets: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def counts(self) -> bool:
        return self.state not in LEFT and self.state != "Standby"

    @property
    def healthy(self) -> bool:
        return self.state == "InService" and not self.sick and all(each == "healthy" for each in self.targets.values())


@dataclass(frozen=True)
class Look:
    """A fleet at one moment: its servers by template version, and how many are healthy."""

    at: float
    desired: int
    servers: Mapping[int, int]
    healthy: int


@dataclass
class Rolled:
    """One instance refresh, as the log tells it."""

    id: str
    group: str
    began_at: float
    status: str = "Pending"
    reason: str = ""
    batches: int = 0
    ended_at: float | None = None


@dataclass
class Fleet:
    """A group over time."""

    group: str
    service: str
    desired: int = 0
    looks: list[Look] = field(default_factory=list[Look])
    images: dict[int, str] = field(default_factory=dict[int, str])
    """Image id by template version."""
    behind_load_balancer: bool = False
    servers: dict[str, _Server] = field(default_factory=dict[str, _Server])

    def look(self, at: float) -> Look:
        counting = [server for server in self.servers.values() if server.counts]
        # a server that no target group knows yet has not been found healthy by any
        healthy = sum(server.healthy and bool(server.targets or not self.behind_load_balancer) for server in counting)
        return Look(at, self.desired, Counter(server.version for server in counting), healthy)


class Replay:
    """Feeds on events in the order they were logged."""

    def __init__(self) -> None:
        self.fleets: dict[str, Fleet] = {}
        self.rolled: dict[str, Rolled] = {}
        self.last = 0
        self._of: dict[str, Fleet] = {}
        self._changed: set[str] = set()
        self._at = 0.0

    def feed(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Take in further events; everything that happened at one moment makes one look."""
        for event in events:
            self.last = event["number"]
            if event["kind"] != "state":
                continue
            if event["at"] != self._at:
                self._look()
                self._at = event["at"]
            take = getattr(self, f"_{event['subject']}", None)
            if take is not None:
                take(event)
        self._look()

    def _look(self) -> None:
        for name in self._changed:
            fleet = self.fleets[name]
            look = fleet.look(self._at)
            # the end of a batch of events may fall inside one moment: the later look at it is the true one
            if fleet.looks and fleet.looks[-1].at == self._at:
                fleet.looks.pop()
            fleet.looks.append(look)
        self._changed.clear()

    def _group(self, event: Mapping[str, Any]) -> None:
        if "service" not in event:
            return
        fleet = self.fleets.setdefault(event["name"], Fleet(event["name"], event["service"]))
        fleet.desired = event.get("desired", fleet.desired)
        self._changed.add(fleet.group)

    def _server(self, event: Mapping[str, Any]) -> None:
        fleet = self.fleets.get(event["group"])
        if fleet is None:
            return
        identity, state = event["name"], event["state"]
        if state == "Pending" and identity not in fleet.servers:
            fleet.servers[identity] = _Server(event["version"], event["image"])
            fleet.images[event["version"]] = event["image"]
            self._of[identity] = fleet
        server = fleet.servers.get(identity)
        if server is None:
            return
        if state in ("Unhealthy", "died", "crashed"):
            server.sick = True
        elif state == "Healthy":
            server.sick = False
        else:
            server.state = state
        if state in ("Terminated", "Detached"):
            del fleet.servers[identity]
        self._changed.add(fleet.group)

    def _target(self, event: Mapping[str, Any]) -> None:
        fleet = self._of.get(event["name"])
        server = fleet.servers.get(event["name"]) if fleet else None
        if fleet is None or server is None:
            return
        fleet.behind_load_balancer = True
        if event["state"] == "deregistered":
            server.targets.pop(event["target_group"], None)
        else:
            server.targets[event["target_group"]] = event["state"]
        self._changed.add(fleet.group)

    def _refresh(self, event: Mapping[str, Any]) -> None:
        rolled = self.rolled.setdefault(event["name"], Rolled(event["name"], event["group"], event["at"]))
        rolled.status = event["state"]
        rolled.reason = event.get("reason") or rolled.reason
        rolled.batches = event.get("batch", rolled.batches)
        if rolled.status in ("Successful", "Failed", "Cancelled", "RollbackSuccessful", "RollbackFailed"):
            rolled.ended_at = event["at"]


def samples_between(fleet: Fleet, began: float, ended: float, target: int) -> list[Sample]:
    """The fleet's looks within a time, counted as new (on the target template version) and old."""
    before = [look for look in fleet.looks if look.at <= began][-1:]
    within = [look for look in fleet.looks if began < look.at <= ended]
    seen = [(max(look.at, began), look) for look in (*before, *within)]
    if seen and seen[-1][0] < ended:
        seen.append((ended, seen[-1][1]))
    return [
        Sample(
            at=at,
            desired=look.desired,
            old=sum(count for version, count in look.servers.items() if version != target),
            new=look.servers.get(target, 0),
            healthy=look.healthy,
        )
        for at, look in seen
    ]
