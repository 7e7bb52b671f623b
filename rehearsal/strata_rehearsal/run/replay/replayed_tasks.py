"""Rebuilds container services and their deployments from the events of tasks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strata.rollout.tasks.deployment import ACTIVE_TASKS, DeploymentStatus, TaskHealth, TaskLifecycle
from strata_rehearsal.cloud.targets import PASSING
from strata_rehearsal.run.replay.fleet_history import FleetHistory, FleetRevision, Member, Rolled
from strata_rehearsal.run.replay.fleet_log import FleetLog
from strata_rehearsal.run.rollout_phases import DeploymentTransition
from strata_rehearsal.run.rollout_timeline import Unit

__all__ = ["TaskEvents"]

_ASKED_TO_STOP = frozenset({DeploymentStatus.ROLLBACK_REQUESTED, DeploymentStatus.STOP_REQUESTED})


@dataclass
class _Task(Member):
    own: str = TaskHealth.HEALTHY
    """What is known of it besides what its target groups say."""

    @property
    def counts(self) -> bool:
        return self.state in ACTIVE_TASKS

    @property
    def healthy(self) -> bool:
        passes = self.own == TaskHealth.HEALTHY and all(each in PASSING for each in self.targets.values())
        return passes and self.state == TaskLifecycle.RUNNING


class TaskEvents:
    """Follows what happens to container services.

    Args:
        log: what is rebuilt.
    """

    def __init__(self, log: FleetLog) -> None:
        self._log = log
        self._at_address: dict[tuple[str, str], tuple[FleetHistory, str]] = {}
        """The task that has an address in a network, by which target groups know it: two networks may have it."""

    def container_service(self, event: Mapping[str, Any]) -> None:
        """Follow what becomes of a container service."""
        key = f"{event['cluster']}/{event['name']}"
        fleet = self._log.fleets.setdefault(key, FleetHistory(key, event["service"], Unit.TASKS))
        fleet.desired = event.get("desired", fleet.desired)
        self._log.changed.add(key)

    def task(self, event: Mapping[str, Any]) -> None:
        """Follow what becomes of a task."""
        fleet = self._log.fleets.get(_key(event))
        if fleet is None:
            return
        identity, state = event["name"], event["state"]
        if state == TaskLifecycle.PROVISIONING:
            made = FleetRevision(fleet.key, event["revision"])
            fleet.members[identity] = _Task(made, event["digest"], state)
            fleet.images[made] = event["digest"]
            self._name(event["digest"], event.get("image", ""))
        task = fleet.members.get(identity)
        if not isinstance(task, _Task):
            return
        if state in set(TaskHealth):
            task.own = state
        else:
            task.state = state
            task.own = TaskHealth.UNKNOWN if event.get("own_check") else task.own
        if event.get("address"):
            self._at_address[event.get("network", ""), event["address"]] = (fleet, identity)
        fleet.follow(identity, task, event["at"])
        if state == TaskLifecycle.STOPPED:
            del fleet.members[identity]
        self._log.changed.add(fleet.key)

    def target(self, event: Mapping[str, Any]) -> None:
        """Follow what a target group says of an address."""
        fleet, identity = self._at_address.get((event.get("network", ""), event["name"]), (None, ""))
        if fleet is not None and fleet.target(identity, event["target_group"], event["state"]):
            self._log.changed.add(fleet.key)

    def deployment(self, event: Mapping[str, Any]) -> None:
        """Follow a service deployment."""
        fleet = self._log.fleets.get(_key(event))
        if fleet is None:
            return
        identity, status, at = event["name"], event["state"], event["at"]
        target = FleetRevision(fleet.key, event["revision"])
        # named although none of its tasks may ever start
        fleet.images.setdefault(target, event["digest"])
        rolled = self._log.rolled.setdefault(identity, Rolled(identity, fleet.key, at, target, batches=None))
        rolled.status = status
        rolled.reason = "" if status == DeploymentStatus.SUCCESSFUL else event.get("reason", "")
        rolled.transitions.append(
            DeploymentTransition(
                at,
                status,
                stage=event.get("stage"),
                traffic=event.get("production_weight"),
                waits="waits_for" in event,
                timed="waiting_until" in event,
            )
        )
        if status in _ASKED_TO_STOP and rolled.stopped_at is None:
            rolled.stopped_at = at
        if DeploymentStatus(status).terminal:
            rolled.ended_at = at

    def _name(self, digest: str, reference: str) -> None:
        tag = reference.partition("@")[0].rpartition("/")[2].partition(":")[2]
        if tag and "@" in reference:
            self._log.tags[digest] = tag


def _key(event: Mapping[str, Any]) -> str:
    return f"{event['cluster']}/{event['container_service']}"
