"""Rebuilds fleets from the event log, without any of the code that is under test."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

__all__ = ["Death", "Fleet", "Ledger", "Look", "moments"]

PLACES = ("Pending", "Pending:Wait", "InService")


@dataclass
class _Server:
    image: str
    state: str = "Pending"
    ill: bool = False
    targets: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Death:
    """A server that died on its own, or fell ill after it had been healthy."""

    at: float
    server: str
    how: str


@dataclass(frozen=True)
class Look:
    """A fleet at one moment."""

    at: float
    desired: int
    healthy: int
    total: int
    images: frozenset[str]
    """Images of the servers in service or pending."""
    died: int


@dataclass
class Fleet:
    """One group over time.

    Args:
        routed: whether a load balancer judges its servers.
    """

    group: str
    service: str
    desired: int
    routed: bool
    servers: dict[str, _Server] = field(default_factory=dict[str, _Server])
    looks: list[Look] = field(default_factory=list[Look])
    deaths: list[Death] = field(default_factory=list[Death])
    _told: int = 0

    def is_healthy(self, server: _Server) -> bool:
        if server.state != "InService" or server.ill:
            return False
        checks = list(server.targets.values())
        return all(each == "healthy" for each in checks) and bool(checks or not self.routed)

    def look(self, at: float) -> None:
        placed = [each for each in self.servers.values() if each.state in PLACES]
        healthy = sum(map(self.is_healthy, placed))
        images = frozenset(each.image for each in placed)
        self.looks.append(Look(at, self.desired, healthy, len(placed), images, len(self.deaths) - self._told))
        self._told = len(self.deaths)


def moments(events: Iterable[Mapping[str, Any]]) -> Iterator[tuple[float, Iterator[Mapping[str, Any]]]]:
    """Changes of state by when they happened.

    Everything that happens at one moment happens at once: a look in the middle of it sees what never was.
    """
    return groupby((event for event in events if event["kind"] == "state"), key=itemgetter("at"))


class Ledger:
    """Feeds on events of the local AWS; of groups that were there before the first of them it knows nothing.

    Args:
        routed: services that are behind a load balancer.
    """

    def __init__(self, events: Iterable[Mapping[str, Any]], *, routed: Iterable[str]) -> None:
        self.fleets: dict[str, Fleet] = {}
        self._routed = frozenset(routed)
        self._home: dict[str, Fleet] = {}
        self._changed: dict[str, Fleet] = {}
        for at, moment in moments(events):
            for event in moment:
                take = getattr(self, f"_{event['subject']}", None)
                if take is not None:
                    take(event)
            self._settle(at)

    def of(self, service: str) -> Fleet:
        """The fleet of a service; there must be one."""
        (found,) = (fleet for fleet in self.fleets.values() if fleet.service == service)
        return found

    def _settle(self, at: float) -> None:
        for fleet in self._changed.values():
            fleet.look(at)
        self._changed.clear()

    def _group(self, event: Mapping[str, Any]) -> None:
        if "desired" not in event:
            return
        fleet = self.fleets.get(event["name"])
        if fleet is None:
            fleet = Fleet(event["name"], event["service"], event["desired"], event["service"] in self._routed)
            self.fleets[fleet.group] = fleet
        fleet.desired = event["desired"]
        self._changed[fleet.group] = fleet

    def _server(self, event: Mapping[str, Any]) -> None:
        fleet, name, state = self.fleets.get(event["group"]), event["name"], event["state"]
        if fleet is None:
            return
        if name not in fleet.servers:
            if state != "Pending":
                return
            fleet.servers[name] = _Server(event["image"])
            self._home[name] = fleet
        server = fleet.servers[name]
        if state in ("died", "crashed", "Unhealthy"):
            self._lose(fleet, name, event["at"], state)
            server.ill = True
        elif state == "Healthy":
            server.ill = False
        elif state in ("Terminated", "Detached"):
            del fleet.servers[name]
        else:
            server.state = state
        self._changed[fleet.group] = fleet

    def _target(self, event: Mapping[str, Any]) -> None:
        fleet = self._home.get(event["name"])
        server = fleet.servers.get(event["name"]) if fleet else None
        if fleet is None or server is None:
            return
        if event["state"] == "unhealthy":
            self._lose(fleet, event["name"], event["at"], "unhealthy target")
        if event["state"] == "deregistered":
            server.targets.pop(event["target_group"], None)
        else:
            server.targets[event["target_group"]] = event["state"]
        self._changed[fleet.group] = fleet

    def _lose(self, fleet: Fleet, name: str, at: float, how: str) -> None:
        """Only a server that was healthy is missed."""
        if fleet.is_healthy(fleet.servers[name]):
            fleet.deaths.append(Death(at, name, how))
