"""How a server comes into its group and leaves it: launched, booted and held by hooks, drained, terminated or dead."""

import json
from collections import Counter
from typing import Any

from strata_rehearsal.cloud.faults import SLOWER, FaultKind, has_fault
from strata_rehearsal.cloud.fleet import ec2
from strata_rehearsal.cloud.fleet.health import join, leave, watch
from strata_rehearsal.cloud.fleet.hooks import wait
from strata_rehearsal.cloud.machine_images import BOOT_SECONDS_TAG
from strata_rehearsal.cloud.scaling_groups import Configuration, Group, GroupServer, State
from strata_rehearsal.cloud.state import DEFAULT_BOOT_SECONDS, Cloud

__all__ = ["abandon", "boot_waiting_servers", "come_into_service", "died", "dismiss", "end", "launch"]

RETRY_SECONDS = 30.0
MOST_RETRY_SECONDS = 300.0
CAUSE = "an instance was started in response to a difference between desired and actual capacity."


def launch(cloud: Cloud, group: Group, count: int, configuration: Configuration) -> None:
    """Launch `count` servers, spread over the group's subnets; a refused launch is tried again later."""
    if cloud.world.now < group.refused_until:
        return
    try:
        found = ec2.resolve(group, configuration)
        _must_have_capacity(cloud, group, found)
        shares = _spread(group, count)
        for (subnet, zone), share in shares.items():
            for instance in ec2.run(group, found, subnet, zone, share):
                _admit(cloud, group, instance, found, subnet, zone)
        group.refusals = 0
        if shares.total() < count:
            _refuse(cloud, group, f"There are not enough free addresses in {', '.join(group.subnets)}.")
    except ec2.CannotLaunchError as error:
        _refuse(cloud, group, str(error))


def _must_have_capacity(cloud: Cloud, group: Group, found: ec2.Launch) -> None:
    if has_fault(cloud.faults.of(group.service, found.image), FaultKind.NO_CAPACITY):
        raise ec2.CannotLaunchError(
            f"We currently do not have sufficient {found.instance_type} capacity in the Availability Zones you "
            f"requested ({', '.join(group.zones)}). Our system will be working on provisioning additional capacity. "
            "Launching EC2 instance failed. (InsufficientInstanceCapacity)"
        )


def come_into_service(cloud: Cloud, server: GroupServer) -> None:
    """The server has booted and passed its launch hooks: it serves from now on."""
    group, now = server.group, cloud.world.now
    server.state, server.in_service_since = State.IN_SERVICE, now
    server.activity.end(now)
    cloud.world.record("server", server.id, "InService", group=group.name, service=group.service, image=server.image)
    if not group.suspends("AddToLoadBalancer"):
        join(cloud, server)
    watch(cloud, server)
    cloud.touch(group)


def _spread(group: Group, count: int) -> Counter[tuple[str | None, str]]:
    """How many servers to launch in each subnet and zone: always one more where the fewest are, if it has room."""
    subnets = group.subnets or [None] * len(group.zones)
    places: list[tuple[str | None, str]] = list(zip(subnets, group.zones, strict=True))
    room = {place: count if place[0] is None else ec2.free_addresses(group, place[0]) for place in places}
    crowd = Counter((server.subnet, server.zone) for server in group.counting())
    shares: Counter[tuple[str | None, str]] = Counter()
    for _ in range(count):
        open_places = [place for place in places if room[place] > 0]
        if not open_places:
            break
        place = min(open_places, key=lambda item: crowd[item])
        crowd[place] += 1
        shares[place] += 1
        room[place] -= 1
    return shares


def _admit(cloud: Cloud, group: Group, instance: Any, found: ec2.Launch, subnet: str | None, zone: str) -> None:
    now = cloud.world.now
    group.launches += 1
    identity = str(instance.id)
    activity = group.begin_activity(
        cloud.world.now,
        f"Launching a new EC2 instance: {identity}",
        f"At {cloud.world.moment():%Y-%m-%dT%H:%M:%SZ} {CAUSE}",
        json.dumps({"Subnet ID": subnet, "Availability Zone": zone}),
    )
    server = GroupServer(
        id=identity,
        instance=instance,
        group=group,
        zone=zone,
        subnet=subnet,
        template_id=found.template.id,
        template_name=found.template.name,
        version=found.version,
        image=found.image,
        instance_type=found.instance_type,
        overridden=found.overridden,
        launched_at=now,
        rank=group.launches,
        faults=cloud.faults.of(group.service, found.image),
        activity=activity,
        protected=group.protect_new,
    )
    group.servers[server.id] = cloud.servers[server.id] = server
    cloud.world.record(
        "server",
        server.id,
        "Pending",
        group=group.name,
        service=group.service,
        image=server.image,
        template=server.template_id,
        version=server.version,
        zone=zone,
    )
    _boot(cloud, server)


def boot_waiting_servers(cloud: Cloud, group: Group) -> None:
    """Let the servers that are booting take as long from now on as is said of the group's service now."""
    for server in group.servers.values():
        if server.state is State.PENDING:
            _boot(cloud, server)


def _boot(cloud: Cloud, server: GroupServer) -> None:
    cloud.world.after(_boot_seconds(cloud, server.group, server), lambda: _booted(cloud, server))


def _boot_seconds(cloud: Cloud, group: Group, server: GroupServer) -> float:
    tagged = ec2.boot_seconds_of(group, server.image, BOOT_SECONDS_TAG)
    seconds = cloud.boot_seconds.get(group.service, DEFAULT_BOOT_SECONDS) if tagged is None else tagged
    return seconds * SLOWER if has_fault(server.faults, FaultKind.SLOW) else seconds


def _booted(cloud: Cloud, server: GroupServer) -> None:
    if server.state is not State.PENDING or server.died:
        return
    ec2.boot(server.instance)
    server.activity.progress = 50
    group = server.group
    # at the end of this moment it has left Pending, as its agent knows
    cloud.world.settle(("booted", server.id), lambda: cloud.greet(group.account, group.region, server.instance))
    server.hooks = [hook for hook in server.group.hooks.values() if hook.launching]
    if server.hooks:
        wait(cloud, server, State.PENDING_WAIT, lambda result: _passed(cloud, server, result))
    else:
        come_into_service(cloud, server)


def _passed(cloud: Cloud, server: GroupServer, result: str) -> None:
    if result == "ABANDON":
        dismiss(cloud, server, "an instance was taken out of service because a launch lifecycle action was abandoned.")
    else:
        come_into_service(cloud, server)


def _refuse(cloud: Cloud, group: Group, reason: str) -> None:
    now = cloud.world.now
    group.refusals += 1
    delay = min(RETRY_SECONDS * 2 ** min(group.refusals - 1, 10), MOST_RETRY_SECONDS)
    group.refused_until = now + delay
    activity = group.begin_activity(
        cloud.world.now,
        f"Launching a new EC2 instance.  Status Reason: {reason}",
        f"At {cloud.world.moment():%Y-%m-%dT%H:%M:%SZ} {CAUSE}",
    )
    activity.end(now, "Failed", reason)
    cloud.world.record("activity", activity.id, "Failed", group=group.name, service=group.service, reason=reason)
    cloud.world.at(group.refused_until, lambda: cloud.touch(group))


def dismiss(cloud: Cloud, server: GroupServer, cause: str, *, hooks: bool = True) -> None:
    """Take a server out: deregister it, let it drain, pass its termination hooks, end it.

    Args:
        cloud: the local AWS.
        server: a server that is not leaving yet.
        cause: why, as the scaling activity says it, after "At <time>".
        hooks: whether termination hooks hold it; not when the whole group is deleted.
    """
    kept = server.state is State.RETAINED
    if (server.leaving and not kept) or server.state in (State.TERMINATED, State.DETACHED):
        return
    world, group = cloud.world, server.group
    # what was kept has waited in its hooks already
    hooks = hooks and not kept
    server.activity.end(world.now, "Cancelled")
    server.state, server.hooks = State.TERMINATING, []
    server.hook_round += 1
    server.activity = group.begin_activity(
        cloud.world.now, f"Terminating EC2 instance: {server.id}", f"At {world.moment():%Y-%m-%dT%H:%M:%SZ} {cause}"
    )
    world.record(
        "server",
        server.id,
        State.TERMINATING,
        group=group.name,
        service=group.service,
        image=server.image,
        template=server.template_id,
        version=server.version,
        reason=cause,
    )
    if has_fault(server.faults, FaultKind.ALARM):
        cloud.check_alarms()
    drained = leave(cloud, server, at_once=server.died)
    if drained > world.now:
        server.activity.status = "WaitingForELBConnectionDraining"
        world.at(drained, lambda: _drained(cloud, server, hooks=hooks))
    else:
        _drained(cloud, server, hooks=hooks)
    cloud.touch(group)


def end(cloud: Cloud, server: GroupServer) -> None:
    """The server is no more."""
    world, group = cloud.world, server.group
    server.state, server.hooks = State.TERMINATED, []
    server.hook_round += 1
    server.activity.end(world.now)
    group.servers.pop(server.id, None)
    cloud.servers.pop(server.id, None)
    world.record("server", server.id, State.TERMINATED, group=group.name, service=group.service, image=server.image)
    ec2.terminate(server.instance)
    world.after(ec2.TERMINATED_SHOWN_SECONDS, lambda: ec2.forget(server.instance))
    cloud.touch(group)


def died(cloud: Cloud, server: GroupServer, how: str) -> None:
    """EC2 says the instance was terminated or stopped behind the group's back."""
    if server.leaving or server.state in (State.TERMINATED, State.DETACHED):
        if server.leaving and how == "terminated":
            leave(cloud, server, at_once=True)
            end(cloud, server)
        return
    server.died, server.health = True, "Unhealthy"
    cloud.world.record(
        "server", server.id, "died", group=server.group.name, service=server.group.service, image=server.image, how=how
    )
    leave(cloud, server, at_once=True)
    cloud.touch(server.group)


def _drained(cloud: Cloud, server: GroupServer, *, hooks: bool) -> None:
    if server.state is not State.TERMINATING:
        return
    server.hooks = (
        [hook for hook in server.group.hooks.values() if not hook.launching] if hooks and not server.died else []
    )
    if server.hooks:
        wait(cloud, server, State.TERMINATING_WAIT, lambda result: _released(cloud, server, result))
    else:
        end(cloud, server)


def _released(cloud: Cloud, server: GroupServer, result: str) -> None:
    """It has waited in its termination hooks: it ends, unless one was abandoned and its group keeps such servers."""
    if result != "ABANDON" or not server.group.retains:
        end(cloud, server)
        return
    server.state = State.RETAINED
    server.activity.end(cloud.world.now)
    cloud.world.record(
        "server", server.id, State.RETAINED, group=server.group.name, service=server.group.service, image=server.image
    )
    cloud.touch(server.group)


def abandon(cloud: Cloud, group: Group) -> None:
    """The group is deleted: everything it has goes at once, without hooks."""
    for server in list(group.servers.values()):
        if server.state is State.TERMINATING_WAIT:
            end(cloud, server)
        else:
            dismiss(
                cloud, server, "an instance was taken out of service in response to the group's deletion.", hooks=False
            )
