"""A group and its healthy servers at one moment, although AWS tells them by several calls."""

from dataclasses import dataclass

from strata.rollout.servers.driver import Driver
from strata.rollout.servers.views import GroupView

__all__ = ["Fleet", "look"]


@dataclass(frozen=True)
class Fleet:
    """What a group is at a moment.

    Args:
        group: the group.
        healthy: ids of its servers in service that Auto Scaling, and every target group of the group, find healthy.
    """

    group: GroupView
    healthy: frozenset[str]


def look(driver: Driver, group: GroupView) -> Fleet:
    """The fleet of a group that has just been described.

    Between describing the group and its targets one server may leave and its successor become healthy: the answers, put
    together, then miss both. Where servers seem to be missing, the group is described once more between two looks at
    its targets, and a server counts that either of them found healthy.
    """
    if not group.target_groups:
        return Fleet(group, _serving(group))
    found = driver.healthy_targets(group.target_groups)
    healthy = _serving(group) & found
    if len(healthy) >= group.desired:
        return Fleet(group, healthy)
    again = driver.group(group.name)
    if again is None:
        return Fleet(group, healthy)
    return Fleet(again, _serving(again) & (found | driver.healthy_targets(again.target_groups)))


def _serving(group: GroupView) -> frozenset[str]:
    return frozenset(each.id for each in group.servers if each.in_service and each.healthy)
