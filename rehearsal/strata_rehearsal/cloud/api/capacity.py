"""Actions on a group's capacity and on single servers."""

from collections.abc import Callable, Iterable

from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from strata_rehearsal.cloud.api.answers import (
    find_group,
    find_server,
    flag,
    instance_document,
    invalid,
    page,
    parameter,
)
from strata_rehearsal.cloud.fleet.health import join, leave
from strata_rehearsal.cloud.fleet.server_lifecycle import dismiss
from strata_rehearsal.cloud.scaling_groups import Group, GroupServer, State
from strata_rehearsal.cloud.state import Cloud, current

__all__ = [
    "describe_auto_scaling_instances",
    "describe_scaling_activities",
    "detach_instances",
    "enter_standby",
    "exit_standby",
    "set_desired_capacity",
    "set_instance_health",
    "set_instance_protection",
    "terminate_instance_in_auto_scaling_group",
]


def set_desired_capacity(self: AutoScalingResponse) -> ActionResult:
    """Change the desired capacity within the group's bounds."""
    cloud, group, wanted = current(), find_group(self), int(parameter(self, "DesiredCapacity", 0))
    if wanted > group.max_size:
        raise invalid(
            f"New SetDesiredCapacity value {wanted} is above max value {group.max_size} for the AutoScalingGroup."
        )
    if wanted < group.min_size:
        raise invalid(
            f"New SetDesiredCapacity value {wanted} is below min value {group.min_size} for the AutoScalingGroup."
        )
    _desire(cloud, group, wanted)
    return EmptyResult()


def describe_auto_scaling_instances(self: AutoScalingResponse) -> ActionResult:
    """Servers of all groups, or the named ones."""
    cloud, wanted = current(), parameter(self, "InstanceIds", [])
    servers = [
        server
        for server in (
            [cloud.servers[each] for each in wanted if each in cloud.servers]
            if wanted
            else list(cloud.servers.values())
        )
        if (server.group.account, server.group.region) == (self.current_account, self.region)
    ]
    shown, token = page(servers, parameter(self, "NextToken"), int(parameter(self, "MaxRecords", 50)))
    documents = [instance_document(server, group=True) for server in shown]
    return ActionResult({"AutoScalingInstances": documents, "NextToken": token})


def describe_scaling_activities(self: AutoScalingResponse) -> ActionResult:
    """What groups did, newest first."""
    name, wanted = parameter(self, "AutoScalingGroupName"), set(parameter(self, "ActivityIds", []))
    groups = [find_group(self, name)] if name else list(current().groups_of(self.current_account, self.region))
    found = [
        activity.document(group.arn)
        for group in groups
        for activity in group.activities
        if not wanted or activity.id in wanted
    ]
    shown, token = page(found, parameter(self, "NextToken"), min(100, int(parameter(self, "MaxRecords", 100))))
    return ActionResult({"Activities": shown, "NextToken": token})


def terminate_instance_in_auto_scaling_group(self: AutoScalingResponse) -> ActionResult:
    """Take one server out, with or without a smaller desired capacity."""
    cloud = current()
    server = find_server(self, cloud, parameter(self, "InstanceId"))
    if flag(self, "ShouldDecrementDesiredCapacity"):
        _shrink(cloud, server.group, 1)
    dismiss(cloud, server, "an instance was taken out of service in response to a user request.")
    return ActionResult({"Activity": server.activity.document(server.group.arn)})


def enter_standby(self: AutoScalingResponse) -> ActionResult:
    """Take servers in service out of traffic without ending them."""
    cloud, group = current(), find_group(self)
    servers = _named(self, cloud, group, State.IN_SERVICE)
    if flag(self, "ShouldDecrementDesiredCapacity"):
        _shrink(cloud, group, len(servers))

    def stand_by(server: GroupServer) -> None:
        leave(cloud, server)
        _move(cloud, server, State.STANDBY)

    return _move_all(cloud, group, servers, stand_by, "Moving EC2 instance to Standby", "was moved to standby")


def exit_standby(self: AutoScalingResponse) -> ActionResult:
    """Bring servers in standby back into service."""
    cloud, group = current(), find_group(self)
    servers = _named(self, cloud, group, State.STANDBY)
    if group.desired + len(servers) > group.max_size:
        raise invalid(f"Exiting standby would raise the desired capacity above the max size {group.max_size}.")
    group.desired += len(servers)

    def come_back(server: GroupServer) -> None:
        _move(cloud, server, State.IN_SERVICE)
        join(cloud, server)

    return _move_all(cloud, group, servers, come_back, "Moving EC2 instance out of Standby", "was moved out of standby")


def detach_instances(self: AutoScalingResponse) -> ActionResult:
    """Let servers go on without the group."""
    cloud, group = current(), find_group(self)
    servers = _named(self, cloud, group, State.IN_SERVICE)
    if flag(self, "ShouldDecrementDesiredCapacity"):
        _shrink(cloud, group, len(servers))

    def detach(server: GroupServer) -> None:
        leave(cloud, server)
        _move(cloud, server, State.DETACHED)
        group.servers.pop(server.id)
        cloud.servers.pop(server.id)
        self.autoscaling_backend.ec2_backend.delete_tags([server.id], {"aws:autoscaling:groupName": group.name})

    return _move_all(cloud, group, servers, detach, "Detaching EC2 instance", "was detached")


def set_instance_protection(self: AutoScalingResponse) -> ActionResult:
    """Protect servers from scale-in, or no longer."""
    cloud, group = current(), find_group(self)
    for server in _named(self, cloud, group):
        server.protected = flag(self, "ProtectedFromScaleIn")
    cloud.touch(group)
    return EmptyResult()


def set_instance_health(self: AutoScalingResponse) -> ActionResult:
    """Say that a server is healthy or not, whatever its checks say."""
    cloud, health = current(), parameter(self, "HealthStatus")
    server = find_server(self, cloud, parameter(self, "InstanceId"))
    if health not in ("Healthy", "Unhealthy"):
        raise invalid("Valid instance health states are: [Healthy, Unhealthy].")
    graced = flag(self, "ShouldRespectGracePeriod", unset=True) and (
        server.in_service_since is None or cloud.world.now < server.in_service_since + server.group.grace
    )
    if health == "Unhealthy" and graced:
        return EmptyResult()
    server.health, server.condemned = health, health == "Unhealthy"
    cloud.world.record("server", server.id, health, group=server.group.name, reason="set by request")
    cloud.touch(server.group)
    return EmptyResult()


def _named(self: AutoScalingResponse, cloud: Cloud, group: Group, state: State | None = None) -> list[GroupServer]:
    servers = []
    for identity in parameter(self, "InstanceIds", []):
        server = find_server(self, cloud, identity)
        if server.group is not group:
            raise invalid(f"The instance {identity} is not part of Auto Scaling group {group.name}.")
        if state is not None and server.state is not state:
            raise invalid(f"The instance {identity} is not in {state.value}.")
        servers.append(server)
    return servers


def _desire(cloud: Cloud, group: Group, wanted: int) -> None:
    if wanted != group.desired:
        group.desired = wanted
        cloud.world.record("group", group.name, "desired", service=group.service, desired=wanted)
        cloud.touch(group)


def _shrink(cloud: Cloud, group: Group, count: int) -> None:
    if group.desired - count < group.min_size:
        raise invalid(
            f"Currently, desiredSize equals {group.desired}. Taking out {count} instance(s) would violate group's min "
            f"size constraint, {group.min_size}."
        )
    _desire(cloud, group, group.desired - count)


def _move_all(
    cloud: Cloud,
    group: Group,
    servers: Iterable[GroupServer],
    move: Callable[[GroupServer], None],
    title: str,
    what: str,
) -> ActionResult:
    """Move servers one after the other, and answer with an activity for each."""
    shown: list[dict[str, object]] = []
    for server in servers:
        move(server)
        shown.append(_done(cloud, server, title, what))
    cloud.touch(group)
    return ActionResult({"Activities": shown})


def _move(cloud: Cloud, server: GroupServer, state: State) -> None:
    server.state = state
    if state is State.IN_SERVICE:
        server.in_service_since = cloud.world.now
    cloud.world.record("server", server.id, state, group=server.group.name, service=server.group.service)


def _done(cloud: Cloud, server: GroupServer, title: str, what: str) -> dict[str, object]:
    cause = f"At {cloud.world.moment():%Y-%m-%dT%H:%M:%SZ} instance {server.id} {what} in response to a user request."
    activity = server.group.begin_activity(cloud.world.now, f"{title}: {server.id}", cause)
    activity.end(cloud.world.now)
    return activity.document(server.group.arn)
