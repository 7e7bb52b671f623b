"""Rebuilds the tasks of container services from the event log, without any of the code that is under test."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.integration.support.ledger import Death, Look, moments

__all__ = ["TaskLedger", "TaskRecord"]

RUNNING = "RUNNING"
STARTING = ("PROVISIONING", "PENDING", "ACTIVATING")
DEPROVISIONING, STOPPED = "DEPROVISIONING", "STOPPED"
ALL = 100
HEALTHY, UNHEALTHY = "HEALTHY", "UNHEALTHY"
"""What a container's own check finds; its task goes on being in the state it is in."""


@dataclass
class _Task:
    digest: str
    revision: str
    state: str = STARTING[0]
    address: str | None = None
    healthy: bool = False
    """Whether it was at the last look."""


@dataclass
class TaskRecord:
    """The tasks of one service over time.

    Args:
        service: its name.
        desired: tasks wanted.
        routed: whether a load balancer judges them.
    """

    service: str
    desired: int
    routed: bool
    tasks: dict[str, _Task] = field(default_factory=dict[str, _Task])
    looks: list[Look] = field(default_factory=list[Look])
    deaths: list[Death] = field(default_factory=list[Death])
    target: str = ""
    """The revision that is deployed."""
    weight: float | None = None
    """Percentage of the requests it has; None where requests are not moved."""
    _said: int = 0
    _unfelt: dict[bool, list[Death]] = field(default_factory=lambda: {True: [], False: []})
    """Of the new and of the old tasks, what died while its side had no requests and has not been made good since."""

    def deploy(self, at: float, target: str, weight: float | None) -> None:
        """Note where requests go. What a side lacks at the moment it gets some is missed from then on."""
        if target != self.target:
            self._forget(*self._unfelt)
        self.target, self.weight = target, weight
        for new, lost in self._unfelt.items():
            if self._has_requests(new=new):
                self.deaths += [Death(at, each.server, each.how) for each in lost]
                self._forget(new)

    def lose(self, name: str, at: float, how: str) -> None:
        """Note that a task died on its own. Only one that was healthy is missed, and once."""
        task = self.tasks[name]
        if not task.healthy:
            return
        task.healthy = False
        new = task.revision == self.target
        felt = self._has_requests(new=new)
        (self.deaths if felt else self._unfelt[new]).append(Death(at, name, how))

    def _has_requests(self, *, new: bool) -> bool:
        return self.weight is None or (self.weight > 0 if new else self.weight < ALL)

    def _forget(self, *sides: bool) -> None:
        for side in sides:
            self._unfelt[side] = []

    def look(self, at: float, targets: Mapping[str, str]) -> None:
        """Note how things are at a moment."""
        placed = [each for each in self.tasks.values() if each.state in (*STARTING, RUNNING)]
        images = frozenset(each.digest for each in placed)
        died = len(self.deaths) - self._said
        self.looks.append(Look(at, self.desired, self._serving(placed, targets), len(placed), images, died))
        self._said = len(self.deaths)

    def _is_healthy(self, task: _Task, targets: Mapping[str, str]) -> bool:
        """Whether a task answers requests."""
        return task.state == RUNNING and (not self.routed or targets.get(task.address or "") == "healthy")

    def _serving(self, placed: list[_Task], targets: Mapping[str, str]) -> int:
        """Healthy tasks; where requests are moved, those of the side that has requests and fewer of them."""
        for each in self.tasks.values():
            each.healthy = self._is_healthy(each, targets)
        healthy = [each for each in placed if each.healthy]
        if self.weight is None:
            return len(healthy)
        new = sum(each.revision == self.target for each in healthy)
        sides = {True: new, False: len(healthy) - new}
        self._forget(*(side for side, count in sides.items() if count >= self.desired))
        return min(count for side, count in sides.items() if self._has_requests(new=side))


class TaskLedger:
    """Feeds on events of the local AWS, from before the services were made.

    Args:
        desired: tasks of each service in the beginning.
        routed: services that are behind a load balancer.
    """

    def __init__(
        self, events: Iterable[Mapping[str, Any]], desired: Mapping[str, int], *, routed: Iterable[str]
    ) -> None:
        behind = frozenset(routed)
        self.services = {name: TaskRecord(name, count, name in behind) for name, count in desired.items()}
        self._at_address: dict[str, tuple[TaskRecord, str]] = {}
        self._targets: dict[str, str] = {}
        self._changed: dict[str, TaskRecord] = {}
        for at, moment in moments(events):
            for event in moment:
                self._follow(event)
            self._settle(at)

    def of(self, service: str) -> TaskRecord:
        """The tasks of a service."""
        return self.services[service]

    def _follow(self, event: Mapping[str, Any]) -> None:
        if event["subject"] == "target":
            self._target(event)
        elif event.get("service") in self.services:
            take = getattr(self, f"_{event['subject']}", None)
            if take is not None:
                take(self.services[event["service"]], event)

    def _settle(self, at: float) -> None:
        for record in self._changed.values():
            record.look(at, self._targets)
        self._changed.clear()

    def _container_service(self, record: TaskRecord, event: Mapping[str, Any]) -> None:
        record.desired = event.get("desired", record.desired)
        self._changed[record.service] = record

    def _deployment(self, record: TaskRecord, event: Mapping[str, Any]) -> None:
        record.deploy(event["at"], event["revision"], event.get("production_weight"))
        self._changed[record.service] = record

    def _task(self, record: TaskRecord, event: Mapping[str, Any]) -> None:
        name, state = event["name"], event["state"]
        if state == STARTING[0]:
            record.tasks[name] = _Task(event["digest"], event["revision"])
        task = record.tasks[name]
        # a task that is ordered to stop drains first
        if state == UNHEALTHY or (state == DEPROVISIONING and task.state == RUNNING):
            record.lose(name, event["at"], state)
        if state not in (HEALTHY, UNHEALTHY):
            task.state, task.address = state, event.get("address") or task.address
            if task.address:
                self._at_address[task.address] = (record, name)
        if state == STOPPED:
            del record.tasks[name]
        self._changed[record.service] = record

    def _target(self, event: Mapping[str, Any]) -> None:
        address, state = event["name"], event["state"]
        record, name = self._at_address.get(address, (None, ""))
        if record is not None and name in record.tasks and state == "unhealthy":
            record.lose(name, event["at"], "unhealthy target")
        if state == "deregistered":
            self._targets.pop(address, None)
        else:
            self._targets[address] = state
        if record is not None:
            self._changed[record.service] = record
