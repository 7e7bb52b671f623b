"""Rebuilds groups and their instance refreshes from the events of servers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strata_rehearsal.run.replay.fleet_history import FleetHistory, Made, Member, Rolled
from strata_rehearsal.run.replay.fleet_log import FleetLog
from strata_rehearsal.run.rollout_phases import RefreshTransition

__all__ = ["ServerEvents"]

_LEFT = frozenset({"Terminating", "Terminating:Wait", "Terminating:Retained", "Terminated", "Detached"})

_STOPPING = frozenset({"RollbackInstanceRefresh", "CancelInstanceRefresh"})
"""Calls that end a rollout early."""

_ENDS = frozenset({"Successful", "Failed", "Cancelled", "RollbackSuccessful", "RollbackFailed"})


@dataclass
class _Server(Member):
    sick: bool = False

    @property
    def counts(self) -> bool:
        return self.state not in _LEFT and self.state != "Standby"

    @property
    def healthy(self) -> bool:
        return self.state == "InService" and not self.sick and all(each == "healthy" for each in self.targets.values())


class ServerEvents:
    """Follows what happens to groups.

    Args:
        log: what is rebuilt.
    """

    def __init__(self, log: FleetLog) -> None:
        self._log = log
        self._of: dict[str, FleetHistory] = {}

    def call(self, event: Mapping[str, Any]) -> None:
        """Follow an API call."""
        if event["action"] not in _STOPPING or event.get("error"):
            return
        group = event["parameters"].get("AutoScalingGroupName")
        for rolled in self._log.rolled.values():
            if rolled.fleet == group and rolled.ended_at is None and rolled.stopped_at is None:
                rolled.stopped_at = event["at"]

    def group(self, event: Mapping[str, Any]) -> None:
        """Follow what becomes of a group."""
        if "service" not in event:
            return
        fleet = self._log.fleets.setdefault(event["name"], FleetHistory(event["name"], event["service"]))
        fleet.desired = event.get("desired", fleet.desired)
        if event.get("target_groups") == 0:
            fleet.behind_load_balancer = False
        self._log.changed.add(fleet.key)

    def server(self, event: Mapping[str, Any]) -> None:
        """Follow what becomes of a server."""
        fleet = self._log.fleets.get(event["group"])
        if fleet is None:
            return
        identity, state = event["name"], event["state"]
        if state == "Pending" and identity not in fleet.members:
            made = Made(event["template"], event["version"])
            fleet.members[identity] = _Server(made, event["image"], state)
            fleet.images[made] = event["image"]
            self._of[identity] = fleet
        server = fleet.members.get(identity)
        if not isinstance(server, _Server):
            return
        if state in ("Unhealthy", "died", "crashed"):
            server.sick = True
        elif state == "Healthy":
            server.sick = False
        else:
            server.state = state
        fleet.follow(identity, server, event["at"])
        if state in ("Terminated", "Detached"):
            del fleet.members[identity]
        self._log.changed.add(fleet.key)

    def target(self, event: Mapping[str, Any]) -> None:
        """Follow what a target group says of a server."""
        fleet = self._of.get(event["name"])
        if fleet is not None and fleet.target(event["name"], event["target_group"], event["state"]):
            self._log.changed.add(fleet.key)

    def refresh(self, event: Mapping[str, Any]) -> None:
        """Follow an instance refresh."""
        rolled = self._log.rolled.setdefault(event["name"], Rolled(event["name"], event["group"], event["at"]))
        rolled.status = event["state"]
        if event["template"]:
            rolled.target = Made(event["template"], event["version"])
        rolled.reason = event.get("reason") or ""
        rolled.batches = batches = event.get("batch", rolled.batches)
        rolled.transitions.append(
            RefreshTransition(
                event["at"],
                rolled.status,
                batch=batches,
                percentage=event.get("percentage", 0),
                paused="waiting_until" in event,
            )
        )
        if rolled.status in _ENDS:
            rolled.ended_at = event["at"]
