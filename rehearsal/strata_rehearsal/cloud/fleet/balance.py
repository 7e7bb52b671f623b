"""Keeping a group at its capacity: replace the unhealthy, launch what is missing, take out what is too much."""

from collections import Counter

from strata_rehearsal.cloud.fleet.health import target_groups
from strata_rehearsal.cloud.fleet.server_lifecycle import dismiss, launch
from strata_rehearsal.cloud.scaling_groups import PENDING, Group, GroupRefresh, GroupServer, State
from strata_rehearsal.cloud.state import Cloud

__all__ = ["balance", "refill", "replace_unhealthy", "settle"]

UNHEALTHY_CAUSE = "an instance was taken out of service in response to an {} health check failure."
SHRINK_CAUSE = "an instance was taken out of service in response to a difference between desired and actual capacity."
_LOOK_SECONDS = 5.0
LIFETIME_CAUSE = "an instance was taken out of service because it reached its maximum lifetime."


def settle(cloud: Cloud, group: Group) -> None:
    """Bring the group where it should be at this moment, by its refresh if it has one."""
    if group.deleting:
        _finish_deletion(cloud, group)
        return
    replace_unhealthy(cloud, group)
    ongoing = group.refresh
    if ongoing is not None:
        ongoing.advance(cloud)
    if group.refresh is None:
        balance(cloud, group)


def replace_unhealthy(cloud: Cloud, group: Group) -> None:
    """Dismiss servers that are unhealthy; what is then missing is launched like any other difference.

    By a maintenance policy that launches first, one that somebody calls unhealthy stays until its successor is ready.
    """
    keeps = group.suspends("ReplaceUnhealthy") or group.suspends("Terminate")
    waiting = _waiting(group)
    stay = max(0, group.desired - sum(_ready(cloud, each) for each in group.counting())) if waiting else 0
    for server in list(group.servers.values()):
        if server.health != "Unhealthy" or not server.counts or (keeps and not server.died):
            continue
        if server in waiting and stay > 0:
            stay -= 1
            continue
        kind = "EC2" if server.died or group.health_check_type == "EC2" else "ELB"
        dismiss(cloud, server, UNHEALTHY_CAUSE.format(kind))


def _waiting(group: Group) -> list[GroupServer]:
    """Those that are called unhealthy and wait for their successors."""
    if not group.ahead or group.suspends("ReplaceUnhealthy"):
        return []
    return [each for each in group.counting() if each.condemned and each.state is State.IN_SERVICE and not each.died]


def _ready(cloud: Cloud, server: GroupServer) -> bool:
    """Whether a server is in service, healthy and warm; one that is not yet is looked at again."""
    since = server.in_service_since
    if server.state is not State.IN_SERVICE or since is None or server.health == "Unhealthy":
        return False
    warm = since + (server.group.warmup or 0)
    healthy = all(cloud.targets.health(each.arn, server.id).state == "healthy" for each in target_groups(server.group))
    if healthy and cloud.world.now >= warm:
        return True
    cloud.world.at(max(warm, cloud.world.now + _LOOK_SECONDS), lambda: cloud.touch(server.group))
    return False


def balance(cloud: Cloud, group: Group) -> None:
    """Launch or take out servers until the group has its desired capacity."""
    expired = _expired(cloud, group)
    wanted = group.desired + max(1 if expired else 0, min(len(_waiting(group)), group.ahead))
    counting = list(group.counting())
    missing = wanted - len(counting)
    if missing > 0 and not group.suspends("Launch"):
        launch(cloud, group, missing, group.configuration)
    elif missing < 0 and not group.suspends("Terminate"):
        for server in _excess(counting, -missing):
            dismiss(cloud, server, SHRINK_CAUSE)
    elif expired and not missing and not group.suspends("Terminate"):
        _retire(cloud, expired, counting)


def refill(cloud: Cloud, group: Group, ongoing: GroupRefresh, capacity: int) -> None:
    """Launch what a refresh's capacity lacks, from the configuration it says."""
    missing = capacity - sum(1 for _ in group.counting())
    if missing > 0 and not group.suspends("Launch"):
        launch(cloud, group, missing, ongoing.launches(group))


def _excess(counting: list[GroupServer], count: int) -> list[GroupServer]:
    """What a scale-in ends: those not serving yet, then the fullest zone's oldest template version and server."""
    crowd = Counter(server.zone for server in counting)
    candidates = [server for server in counting if not server.protected]
    chosen: list[GroupServer] = []
    while candidates and len(chosen) < count:
        worst = min(
            candidates,
            key=lambda server: (server.state not in PENDING, -crowd[server.zone], server.version, server.rank),
        )
        candidates.remove(worst)
        crowd[worst.zone] -= 1
        chosen.append(worst)
    return chosen


def _expired(cloud: Cloud, group: Group) -> list[GroupServer]:
    if group.lifetime is None:
        return []
    limit = cloud.world.now - group.lifetime
    return [server for server in group.counting() if server.launched_at <= limit and not server.protected]


def _retire(cloud: Cloud, expired: list[GroupServer], counting: list[GroupServer]) -> None:
    """Take out one server past its lifetime once its replacement, launched before it, is in service."""
    if all(server.state is State.IN_SERVICE for server in counting):
        dismiss(cloud, min(expired, key=lambda server: server.rank), LIFETIME_CAUSE)


def _finish_deletion(cloud: Cloud, group: Group) -> None:
    if not group.servers:
        cloud.groups.pop((group.account, group.region, group.name), None)
        cloud.world.record("group", group.name, "deleted", service=group.service)
