"""Rebuilds what every fleet looked like from the local AWS's event log."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from strata_rehearsal.run.rollout_timeline import FleetSample, RefreshTransition

__all__ = ["FleetHistory", "Look", "Made", "Replay", "Rolled", "samples_between"]

LEFT = frozenset({"Terminating", "Terminating:Wait", "Terminated", "Detached"})

STOPPING = frozenset({"RollbackInstanceRefresh", "CancelInstanceRefresh"})
"""Calls that end a rollout early."""


class Made(NamedTuple):
    """What a server was launched from. A version's number means nothing without its template."""

    template: str
    version: int


@dataclass
class _Server:
    made: Made
    image: str
    state: str = "Pending"
    sick: bool = False
    targets: dict[str, str] = field(default_factory=dict[str, str])
    healthy_since: float | None = None
    """When it was first found healthy; None as long as it never was."""

    @property
    def counts(self) -> bool:
        return self.state not in LEFT and self.state != "Standby"

    @property
    def healthy(self) -> bool:
        return self.state == "InService" and not self.sick and all(each == "healthy" for each in self.targets.values())


@dataclass(frozen=True)
class Look:
    """A fleet at one moment: its servers by what they were launched from, and how many are healthy.

    Args:
        at: simulated time in epoch seconds.
        desired: servers wanted.
        servers: servers that take a place, by template and version.
        healthy: how many of them are healthy.
        unproven: how many of them have never been healthy so far, by template and version.
    """

    at: float
    desired: int
    servers: Mapping[Made, int]
    healthy: int
    unproven: Mapping[Made, int] = field(default_factory=dict[Made, int])


@dataclass
class Stay:
    """A server's time in its group; one that comes back from standby stays twice."""

    server: _Server
    began: float
    ended: float = math.inf


@dataclass
class Rolled:
    """One instance refresh, as the log has it."""

    id: str
    group: str
    began_at: float
    target: Made | None = None
    """What its servers are launched from; None where that cannot be launched."""
    status: str = "Pending"
    reason: str = ""
    batches: int = 0
    ended_at: float | None = None
    transitions: list[RefreshTransition] = field(default_factory=list[RefreshTransition])
    stopped_at: float | None = None
    """When a call that ends it early was answered."""


@dataclass
class FleetHistory:
    """A group over time."""

    group: str
    service: str
    desired: int = 0
    looks: list[Look] = field(default_factory=list[Look])
    images: dict[Made, str] = field(default_factory=dict[Made, str])
    """Image id by template and version, the one that was launched for the first time last at the end."""
    behind_load_balancer: bool = False
    servers: dict[str, _Server] = field(default_factory=dict[str, _Server])
    stays: dict[str, list[Stay]] = field(default_factory=dict[str, list[Stay]])
    """By server, of those that have left too."""

    def look(self, at: float) -> Look:
        counting = [server for server in self.servers.values() if server.counts]
        healthy = 0
        for server in counting:
            # a server that no target group knows yet has not been found healthy by any
            if server.healthy and (server.targets or not self.behind_load_balancer):
                healthy += 1
                server.healthy_since = at if server.healthy_since is None else server.healthy_since
            elif server.healthy_since == at:
                # the look before fell inside this very moment, and was too early
                server.healthy_since = None
        unproven = Counter(server.made for server in counting if server.healthy_since is None)
        return Look(at, self.desired, Counter(server.made for server in counting), healthy, unproven)

    def follow(self, identity: str, server: _Server, at: float) -> None:
        """Note when a server begins or ceases to take a place."""
        stays = self.stays.setdefault(identity, [])
        present = bool(stays) and stays[-1].ended == math.inf
        if server.counts and not present:
            stays.append(Stay(server, at))
        elif present and not server.counts:
            stays[-1].ended = at


class Replay:
    """Follows events in the order they were logged.

    Args:
        now: simulated time in epoch seconds. Default: that of the last event.
        versions: the versions of images, by image id. Default: none are known.
    """

    def __init__(self, now: Callable[[], float] | None = None, versions: Mapping[str, str] | None = None) -> None:
        self.now = now or (lambda: self._at)
        self._versions = versions or {}
        self.fleets: dict[str, FleetHistory] = {}
        self.rolled: dict[str, Rolled] = {}
        self.last = 0
        self._of: dict[str, FleetHistory] = {}
        self._changed: set[str] = set()
        self._at = 0.0

    def version(self, image: str) -> str:
        """The version of an image, or its id where it has none."""
        return self._versions.get(image, image)

    def feed(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Follow further events; everything that happened at one moment makes one look."""
        for event in events:
            self.last = event["number"]
            if event["kind"] == "api":
                self._call(event)
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

    def _call(self, event: Mapping[str, Any]) -> None:
        if event["action"] not in STOPPING or event.get("error"):
            return
        group = event["parameters"].get("AutoScalingGroupName")
        for rolled in self.rolled.values():
            if rolled.group == group and rolled.ended_at is None and rolled.stopped_at is None:
                rolled.stopped_at = event["at"]

    def _group(self, event: Mapping[str, Any]) -> None:
        if "service" not in event:
            return
        fleet = self.fleets.setdefault(event["name"], FleetHistory(event["name"], event["service"]))
        fleet.desired = event.get("desired", fleet.desired)
        self._changed.add(fleet.group)

    def _server(self, event: Mapping[str, Any]) -> None:
        fleet = self.fleets.get(event["group"])
        if fleet is None:
            return
        identity, state = event["name"], event["state"]
        if state == "Pending" and identity not in fleet.servers:
            made = Made(event["template"], event["version"])
            fleet.servers[identity] = _Server(made, event["image"])
            fleet.images[made] = event["image"]
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
        fleet.follow(identity, server, event["at"])
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
        if event["template"]:
            rolled.target = Made(event["template"], event["version"])
        rolled.reason = event.get("reason") or ""
        rolled.batches = event.get("batch", rolled.batches)
        rolled.transitions.append(
            RefreshTransition(
                event["at"],
                rolled.status,
                batch=rolled.batches,
                percentage=event.get("percentage", 0),
                paused="waiting_until" in event,
            )
        )
        if rolled.status in ("Successful", "Failed", "Cancelled", "RollbackSuccessful", "RollbackFailed"):
            rolled.ended_at = event["at"]


def samples_between(fleet: FleetHistory, began: float, ended: float, target: Made | None) -> list[FleetSample]:
    """The fleet's looks within a time, counted as new (of the target's template and version) and old."""
    before = [look for look in fleet.looks if look.at <= began][-1:]
    within = [look for look in fleet.looks if began < look.at <= ended]
    seen = [(max(look.at, began), look) for look in (*before, *within)]
    if seen and seen[-1][0] < ended:
        seen.append((ended, seen[-1][1]))
    hopeless = _never_healthy(fleet, [at for at, _ in seen])
    return [_sample(at, look, never, target) for (at, look), never in zip(seen, hopeless, strict=True)]


def _sample(at: float, look: Look, never: Mapping[Made, int], target: Made | None) -> FleetSample:
    """A look, counted."""
    return FleetSample(
        at=at,
        desired=look.desired,
        old=sum(count for made, count in look.servers.items() if made != target),
        new=look.servers.get(target, 0) if target else 0,
        healthy=look.healthy,
        starting=sum(look.unproven.values()) - sum(never.values()),
        never_healthy=sum(never.values()),
        old_unready=sum(count for made, count in look.unproven.items() if made != target),
    )


def _never_healthy(fleet: FleetHistory, moments: Sequence[float]) -> Iterator[Counter[Made]]:
    """At each of the moments, in order: servers that never became healthy, by template and version."""
    stays = [stay for each in fleet.stays.values() for stay in each if stay.server.healthy_since is None]
    changes = sorted(
        [(stay.began, stay.server.made, 1) for stay in stays] + [(stay.ended, stay.server.made, -1) for stay in stays]
    )
    there: Counter[Made] = Counter()
    done = 0
    for moment in moments:
        while done < len(changes) and changes[done][0] <= moment:
            _, made, difference = changes[done]
            there[made] += difference
            done += 1
        yield Counter(there)
