"""Lifecycle hooks: servers that wait before they serve, or before they end."""

from collections.abc import Callable

from strata.rollout.servers.keeping_calls import KEEPING_HOOK
from strata_rehearsal.cloud.scaling_groups import GroupServer, State
from strata_rehearsal.cloud.state import Cloud

__all__ = ["complete", "heartbeat", "wait"]


def wait(cloud: Cloud, server: GroupServer, state: State, then: Callable[[str], None]) -> None:
    """Let the server wait in its remaining hooks, one after the other.

    Args:
        cloud: the local AWS.
        server: with the hooks it has yet to pass.
        state: the lifecycle state it waits in.
        then: called with the result, CONTINUE or ABANDON, once the last one passed or one was abandoned.
    """
    hook, server.then = server.hooks[0], then
    if server.state is not state:
        server.state = state
        cloud.world.record(
            "server", server.id, state, group=server.group.name, service=server.group.service, hook=hook.name
        )
    _await(cloud, server)


def complete(cloud: Cloud, server: GroupServer, result: str) -> None:
    """The hook the server waits in has its result."""
    if not server.hooks:
        return
    server.hook_round += 1
    hook = server.hooks.pop(0)
    cloud.world.record("hook", hook.name, result, group=server.group.name, server=server.id)
    if result == "ABANDON" or not server.hooks:
        server.hooks = []
        server.then(result)
    else:
        wait(cloud, server, server.state, server.then)


def heartbeat(cloud: Cloud, server: GroupServer) -> None:
    """Give the hook the server waits in its whole timeout again."""
    _await(cloud, server, answers=False)


def _await(cloud: Cloud, server: GroupServer, *, answers: bool = True) -> None:
    hook = server.hooks[0]
    server.hook_round += 1
    # that of a gate is answered by nobody else
    answered = answers and hook.name != KEEPING_HOOK and cloud.hook_seconds < hook.timeout
    seconds, result = (cloud.hook_seconds, "CONTINUE") if answered else (hook.timeout, hook.default_result)
    this_round = server.hook_round

    def end() -> None:
        if server.hook_round == this_round and server.hooks:
            complete(cloud, server, result)

    cloud.world.after(seconds, end)
