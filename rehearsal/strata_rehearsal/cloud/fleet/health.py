"""A server's health: its registration with target groups, how the group judges it, and what makes it fail or die."""

from typing import Any

from moto.elbv2.models import elbv2_backends

from strata_rehearsal.cloud.faults import FaultKind, has_fault
from strata_rehearsal.cloud.scaling_groups import Group, GroupServer, State
from strata_rehearsal.cloud.state import Cloud

__all__ = ["join", "judge", "leave", "sick", "target_groups", "watch"]


STATUS_CHECK_SECONDS = 60.0
"""How long EC2's status checks take to notice that a server does not answer."""


def target_groups(group: Group) -> list[Any]:
    """Moto's target groups of the group, without those that were deleted in the meantime."""
    known = elbv2_backends[group.account][group.region].target_groups
    return [known[arn] for arn in group.target_groups if arn in known]


def join(cloud: Cloud, server: GroupServer) -> None:
    """Register the server with the group's target groups."""
    for target_group in target_groups(server.group):
        cloud.targets.register(target_group, server.id, None, sick=sick(server))


def leave(cloud: Cloud, server: GroupServer, *, at_once: bool = False) -> float:
    """Deregister the server everywhere and return when it has drained."""
    drained = [cloud.targets.deregister(each, server.id, at_once=at_once) for each in target_groups(server.group)]
    return max(drained, default=cloud.world.now)


def sick(server: GroupServer) -> bool:
    """Whether the server fails whatever asks for its health."""
    return has_fault(server.faults, FaultKind.UNHEALTHY)


def watch(cloud: Cloud, server: GroupServer) -> None:
    """Queue what will happen to a server that has just come into service."""
    since, world = server.in_service_since or cloud.world.now, cloud.world
    for fault in server.faults:
        if fault.kind is FaultKind.CRASH:
            world.at(since + fault.delay, lambda: _crash(cloud, server))
        if fault.kind is FaultKind.ALARM:
            world.at(since + fault.delay, cloud.check_alarms)
    world.at(since + server.group.grace, lambda: judge(cloud, server))
    if sick(server):
        world.at(since + max(STATUS_CHECK_SECONDS, server.group.grace), lambda: judge(cloud, server))
    if server.group.lifetime is not None:
        world.at(server.launched_at + server.group.lifetime, lambda: cloud.touch(server.group))


def judge(cloud: Cloud, server: GroupServer) -> None:
    """Mark the server unhealthy if it fails the group's kind of health check, after the grace period."""
    group, now = server.group, cloud.world.now
    since = server.in_service_since
    if server.state is not State.IN_SERVICE or since is None or server.health == "Unhealthy":
        return
    if group.suspends("HealthCheck"):
        return
    if now < since + group.grace:
        return
    reason = _finding(cloud, server)
    if reason is None:
        return
    server.health = "Unhealthy"
    cloud.world.record("server", server.id, "Unhealthy", group=group.name, service=group.service, reason=reason)
    cloud.touch(group)


def _finding(cloud: Cloud, server: GroupServer) -> str | None:
    attached = target_groups(server.group)
    if attached and server.group.health_check_type != "EC2":
        failing = [each for each in attached if cloud.targets.health(each.arn, server.id).state == "unhealthy"]
        return "ELB health check failed" if failing else None
    # a sick server behind a load balancer still runs, so only a worker fails EC2's own status checks
    since = server.in_service_since or cloud.world.now
    if not attached and sick(server) and cloud.world.now >= since + STATUS_CHECK_SECONDS:
        server.instance.strata_impaired = True
        return "EC2 status checks failed"
    return None


def _crash(cloud: Cloud, server: GroupServer) -> None:
    if server.state is State.IN_SERVICE and has_fault(server.faults, FaultKind.CRASH):
        cloud.world.record("server", server.id, "crashed", group=server.group.name, service=server.group.service)
        server.instance.terminate()
