"""An instance refresh of the local AWS: the state machine of `strata.rollout.servers.refresh`, obeyed by a group."""

from collections.abc import Mapping
from typing import Any

from moto.core.exceptions import ServiceException

from strata.rollout.servers.refresh import (
    AlarmState,
    Fleet,
    Lifecycle,
    Orders,
    Refresh,
    Server,
    Status,
    Target,
    next_wakeup,
    step,
)
from strata_rehearsal.cloud.alarm_states import alarm_states
from strata_rehearsal.cloud.fleet.balance import refill
from strata_rehearsal.cloud.fleet.ec2 import CannotLaunchError, resolve
from strata_rehearsal.cloud.fleet.health import target_groups
from strata_rehearsal.cloud.fleet.server_lifecycle import dismiss
from strata_rehearsal.cloud.scaling_groups import PENDING, Configuration, Group, GroupServer, State, moment
from strata_rehearsal.cloud.state import Cloud
from strata_rehearsal.cloud.world import ScheduledEvent

__all__ = ["Ongoing", "fleet_of"]

CAUSE = "an instance was taken out of service in response to an instance refresh."
LIFECYCLES = {
    State.IN_SERVICE: Lifecycle.IN_SERVICE,
    State.STANDBY: Lifecycle.STANDBY,
    **dict.fromkeys(PENDING, Lifecycle.PENDING),
}


class Ongoing:
    """One refresh of a group, in progress or ended.

    Args:
        identity: its InstanceRefreshId.
        group: the group it refreshes.
        desired: its desired configuration; None restarts the fleet on the group's own.
        refresh: the machine, as `start` gives it.
    """

    def __init__(self, identity: str, group: Group, desired: Configuration | None, refresh: Refresh) -> None:
        self.identity = identity
        self.group = group
        self.desired = desired
        self.original = group.configuration
        self.refresh = refresh
        self.ended = False
        self.ended_at: float | None = None
        self._wakeup: ScheduledEvent | None = None
        self._launch = Target.DESIRED
        self._said: tuple[object, ...] = ()

    def launches(self, group: Group) -> Configuration:
        """The configuration that launches use now."""
        return self.desired if self.desired is not None and self._launch is Target.DESIRED else group.configuration

    def fleet(self, cloud: Cloud) -> Fleet:
        """The group as the machine sees it."""
        return fleet_of(cloud, self.group, self.desired or self.group.configuration, self.group.configuration)

    def advance(self, cloud: Cloud) -> None:
        """Take the machine as far as it goes now, and do what it orders."""
        if self.ended:
            return
        fleet = self.fleet(cloud)
        self.refresh, orders = step(self.refresh, fleet, self._alarms(), cloud.world.now)
        self._say(cloud)
        self._obey(cloud, orders)
        if self.refresh.status.terminal:
            self._end(cloud)
            return
        if self._wakeup:
            self._wakeup.cancel()
        again = next_wakeup(self.refresh, self.fleet(cloud), cloud.world.now)
        if again is not None and again > cloud.world.now:
            self._wakeup = cloud.world.at(again, lambda: cloud.touch(self.group))
        elif again is not None:
            cloud.touch(self.group)

    def document(self) -> dict[str, Any]:
        """The refresh as DescribeInstanceRefreshes shows it."""
        refresh = self.refresh
        shown: dict[str, Any] = {
            "InstanceRefreshId": self.identity,
            "AutoScalingGroupName": self.group.name,
            "Status": refresh.status.value,
            "StatusReason": refresh.status_reason or None,
            "StartTime": moment(refresh.started_at),
            "EndTime": None if self.ended_at is None else moment(self.ended_at),
            "PercentageComplete": refresh.percentage_complete,
            "InstancesToUpdate": refresh.instances_to_update,
            "Preferences": refresh.preferences.to_api(),
            "Strategy": "Rolling",
        }
        if self.desired is not None:
            shown["DesiredConfiguration"] = self.desired.document()
        if refresh.rollback is not None:
            shown["RollbackDetails"] = {
                "RollbackReason": refresh.rollback.reason,
                "RollbackStartTime": moment(refresh.rollback.started_at),
                "PercentageCompleteOnRollback": refresh.rollback.percentage_complete,
                "InstancesToUpdateOnRollback": refresh.rollback.instances_to_update,
            }
        return {key: value for key, value in shown.items() if value is not None}

    def _alarms(self) -> Mapping[str, AlarmState]:
        return alarm_states(self.group.account, self.group.region, self.refresh.preferences.alarms)

    def _obey(self, cloud: Cloud, orders: Orders) -> None:
        self._launch = orders.launch
        if self.group.suspends("InstanceRefresh"):
            return
        if not self.group.suspends("Terminate"):
            for identity in orders.terminate:
                server = self.group.servers.get(identity)
                if server is not None:
                    dismiss(cloud, server, CAUSE)
        if not self.group.suspends("Launch"):
            refill(cloud, self.group, self, orders.capacity)

    def _say(self, cloud: Cloud) -> None:
        refresh = self.refresh
        said = (
            *(refresh.status, refresh.status_reason, refresh.percentage_complete, refresh.instances_to_update),
            *(refresh.batches, refresh.waiting_until),
        )
        if said != self._said:
            self._said = said
            target = _identity(self.group, self.desired or self.group.configuration)
            template, version = target[:2] if target else (None, None)
            cloud.world.record(
                "refresh",
                self.identity,
                refresh.status.value,
                group=self.group.name,
                service=self.group.service,
                template=template,
                version=version,
                reason=refresh.status_reason or None,
                percentage=refresh.percentage_complete,
                to_update=refresh.instances_to_update,
                batch=refresh.batches,
                waiting_until=refresh.waiting_until,
            )

    def _end(self, cloud: Cloud) -> None:
        self.ended, self.ended_at = True, cloud.world.now
        if self._wakeup:
            self._wakeup.cancel()
        if self.refresh.status is Status.SUCCESSFUL and self.desired is not None:
            self.group.configuration = self.desired
            cloud.world.record("group", self.group.name, "configured", **self.desired.document())
        cloud.touch(self.group)


def fleet_of(cloud: Cloud, group: Group, desired: Configuration, original: Configuration) -> Fleet:
    """The group's servers, matched with two configurations as they resolve now."""
    wanted, saved = _identity(group, desired), _identity(group, original)
    arns = [each.arn for each in target_groups(group)]
    health = cloud.targets.health
    return Fleet(
        group.desired,
        [
            _seen(server, wanted, saved, receives=not any(health(arn, server.id).holds_back for arn in arns))
            for server in group.servers.values()
            if server.state is not State.RETAINED
        ],
    )


def _identity(group: Group, configuration: Configuration) -> tuple[str, int, str | None] | None:
    try:
        launch = resolve(group, configuration)
    except (CannotLaunchError, ServiceException):
        # a configuration that cannot be launched matches nobody; the launch itself says why
        return None
    return launch.template.id, launch.version, launch.overridden


def _seen(
    server: GroupServer,
    wanted: tuple[str, int, str | None] | None,
    saved: tuple[str, int, str | None] | None,
    *,
    receives: bool,
) -> Server:
    # a large fleet is looked at thousands of times in a rollout, while few of its servers change
    key = (server.state, server.health, server.in_service_since, server.protected, wanted, saved, receives)
    if server.seen is None or server.seen[0] != key:
        server.seen = (key, _view(server, wanted, saved, receives=receives))
    return server.seen[1]


def _view(
    server: GroupServer,
    wanted: tuple[str, int, str | None] | None,
    saved: tuple[str, int, str | None] | None,
    *,
    receives: bool,
) -> Server:
    runs = (server.template_id, server.version, server.overridden)
    return Server(
        id=server.id,
        matches_desired=runs == wanted,
        matches_original=runs == saved,
        lifecycle=LIFECYCLES.get(server.state, Lifecycle.TERMINATING),
        healthy=server.health == "Healthy",
        in_service_since=server.in_service_since,
        receives_requests=receives,
        protected=server.protected,
        zone=server.zone,
        template_version=server.version,
        age_rank=server.rank,
    )
