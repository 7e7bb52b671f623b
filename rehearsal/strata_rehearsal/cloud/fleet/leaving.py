"""Servers that go: drained, held by a hook, terminated; or gone before anybody asked."""

from strata_rehearsal.cloud.faults import FaultKind
from strata_rehearsal.cloud.fleet import ec2
from strata_rehearsal.cloud.fleet.activities import begin
from strata_rehearsal.cloud.fleet.hooks import wait
from strata_rehearsal.cloud.fleet.registration import leave
from strata_rehearsal.cloud.scaling_groups import Group, GroupServer, State
from strata_rehearsal.cloud.state import Cloud

__all__ = ["abandon", "died", "dismiss", "end"]


def dismiss(cloud: Cloud, server: GroupServer, cause: str, *, hooks: bool = True) -> None:
    """Take a server out: deregister it, let it drain, pass its termination hooks, end it.

    Args:
        cloud: the local AWS.
        server: a server that is not leaving yet.
        cause: why, as the scaling activity says it, after "At <time>".
        hooks: whether termination hooks hold it; not when the whole group is deleted.
    """
    if server.leaving or server.state in (State.TERMINATED, State.DETACHED):
        return
    world, group = cloud.world, server.group
    server.activity.end(world.now, "Cancelled")
    server.state, server.hooks = State.TERMINATING, []
    server.hook_round += 1
    server.activity = begin(
        cloud, group, f"Terminating EC2 instance: {server.id}", f"At {world.moment():%Y-%m-%dT%H:%M:%SZ} {cause}"
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
    if any(fault.kind is FaultKind.ALARM for fault in server.faults):
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
        wait(cloud, server, State.TERMINATING_WAIT, lambda _result: end(cloud, server))
    else:
        end(cloud, server)


def abandon(cloud: Cloud, group: Group) -> None:
    """The group is deleted: everything it has goes at once, without hooks."""
    for server in list(group.servers.values()):
        if server.state is State.TERMINATING_WAIT:
            end(cloud, server)
        else:
            dismiss(
                cloud, server, "an instance was taken out of service in response to the group's deletion.", hooks=False
            )
