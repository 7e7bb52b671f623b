"""The group's servers in its target groups."""

from typing import Any

from moto.elbv2.models import elbv2_backends

from strata_rehearsal.cloud.faults import FaultKind
from strata_rehearsal.cloud.scaling_groups import Group, GroupServer
from strata_rehearsal.cloud.state import Cloud

__all__ = ["join", "leave", "target_groups"]


def target_groups(group: Group) -> list[Any]:
    """Moto's target groups of the group, without those that were deleted in the meantime."""
    known = elbv2_backends[group.account][group.region].target_groups
    return [known[arn] for arn in group.target_groups if arn in known]


def join(cloud: Cloud, server: GroupServer) -> None:
    """Register the server with the group's target groups."""
    sick = any(fault.kind is FaultKind.UNHEALTHY for fault in server.faults)
    for target_group in target_groups(server.group):
        cloud.targets.register(target_group, server.id, None, sick=sick)


def leave(cloud: Cloud, server: GroupServer, *, at_once: bool = False) -> float:
    """Deregister the server everywhere and return when it has drained."""
    drained = [cloud.targets.deregister(each, server.id, at_once=at_once) for each in target_groups(server.group)]
    return max(drained, default=cloud.world.now)
