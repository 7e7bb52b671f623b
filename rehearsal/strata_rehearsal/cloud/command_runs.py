"""Sends commands to servers (Run Command): whom they reach, one after the other, and what they come to there.

No script runs anywhere: what one prints on a server is what was planted there, or what one of `Cloud.script_players`
says, and nothing with exit code 0 otherwise.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from moto.ec2.models import ec2_backends

from strata_rehearsal.cloud.scaling_groups import State
from strata_rehearsal.cloud.sent_commands import AgentState, CommandOutcome, Invocation, SentCommand
from strata_rehearsal.cloud.state import Cloud

__all__ = ["agent_of", "cancel", "is_managed", "managed_instances", "send", "service_and_id", "tags_of", "targeted"]

RUNNING = 16
"""The code of an instance that runs."""
SERVICE_TAG = "strata:service"
WHOLE = 100
"""Percent."""


def send(cloud: Cloud, command: SentCommand) -> None:
    """Send a command to the servers it names, or to all managed ones that have the tags of its targets."""
    there = managed_instances(cloud, command.account, command.region)
    named = set(command.instance_ids)
    chosen = [each for each in there if (each.id in named if named else targeted(each, command.targets))]
    command.reach(chosen)
    cloud.sent_commands[command.id] = command
    cloud.world.record("command", command.id, "sent", document=command.document, servers=len(chosen))
    if math.isfinite(command.delivery_seconds):
        cloud.world.after(command.delivery_seconds, lambda: _give_up(cloud, command))
    _begin(cloud, command)


def cancel(cloud: Cloud, command: SentCommand, servers: Iterable[str]) -> None:
    """Let a command begin on no further server of those, and end where it runs."""
    found = [command.invocations[each] for each in servers if each in command.invocations]
    # where one ends that runs, the next one would begin
    for invocation in sorted(found, key=lambda each: each.started_at is not None):
        if not invocation.ended:
            _end(cloud, command, invocation, "Cancelled", "Cancelled")


def managed_instances(cloud: Cloud, account: str, region: str) -> list[Any]:
    """Instances of moto's that Systems Manager knows."""
    backend: Any = ec2_backends[account][region]
    return [each for each in backend.all_instances() if is_managed(cloud, each)]


def is_managed(cloud: Cloud, instance: Any) -> bool:
    """Whether Systems Manager knows an instance of moto's: it runs, has booted once, and has an agent."""
    return _is_up(cloud, instance) and agent_of(cloud, instance) is not AgentState.ABSENT


def agent_of(cloud: Cloud, instance: Any) -> AgentState:
    """The agent of an instance of moto's: its own if that was set, then that of its service."""
    if not cloud.agents:
        return AgentState.ONLINE
    return next((cloud.agents[each] for each in service_and_id(instance) if each in cloud.agents), AgentState.ONLINE)


def service_and_id(instance: Any) -> tuple[str, str]:
    """By what something may be planted in an instance of moto's: its id, then its service."""
    return instance.id, tags_of(instance).get(SERVICE_TAG, "")


def tags_of(instance: Any) -> dict[str, str]:
    """The tags of an instance of moto's."""
    return {str(each["key"]): str(each["value"]) for each in instance.get_tags()}


def _is_up(cloud: Cloud, instance: Any) -> bool:
    """Whether an instance of moto's runs and does not boot."""
    server = cloud.servers.get(instance.id)
    return _runs(instance) and not (server is not None and server.state is State.PENDING)


def _runs(instance: Any) -> bool:
    return instance._state.code == RUNNING  # noqa: SLF001 - moto has no other word for it


def targeted(instance: Any, targets: Sequence[Mapping[str, Any]]) -> bool:
    """Whether all targets choose it: by a tag with one of the values, by a tag at all, or by its id."""
    tags = tags_of(instance)
    for each in targets:
        key, values = str(each["Key"]), [str(value) for value in each.get("Values") or ()]
        if key == "tag-key":
            fits = bool(tags.keys() & set(values))
        elif key.startswith("tag:"):
            fits = tags.get(key.removeprefix("tag:"), "") in values
        else:
            fits = instance.id in values
        if not fits:
            return False
    return bool(targets)


def _of(limit: str, count: int) -> int:
    return math.ceil(int(limit[:-1]) * count / WHOLE) if limit.endswith("%") else int(limit)


def _begin(cloud: Cloud, command: SentCommand) -> None:
    """Begin on as many servers as may run it at once; those whose agents do not answer wait beside them."""
    count = len(command.invocations)
    if command.errors > _of(command.max_errors, count):
        for each in list(command.waiting.values()):
            _end(cloud, command, each, "Failed", "Terminated")
        return
    room = max(1, _of(command.max_concurrency, count)) - command.running
    chosen = list(islice((each for each in command.waiting.values() if _answers(cloud, each.instance)), max(0, room)))
    for each in chosen:
        _run(cloud, command, each)


def _answers(cloud: Cloud, instance: Any) -> bool:
    """Whether the agent of an instance of moto's fetches commands."""
    return _is_up(cloud, instance) and agent_of(cloud, instance) is AgentState.ONLINE


def _run(cloud: Cloud, command: SentCommand, invocation: Invocation) -> None:
    instance = invocation.instance
    command.begin(invocation, cloud.world.now)
    outcome = _outcome(cloud, command, instance)
    if outcome.seconds > command.execution_seconds:
        cloud.world.after(
            command.execution_seconds, lambda: _end(cloud, command, invocation, "TimedOut", "ExecutionTimedOut")
        )
        return

    def ended() -> None:
        if invocation.ended:
            return
        if not _runs(instance):
            left = command.execution_seconds - outcome.seconds
            cloud.world.after(left, lambda: _end(cloud, command, invocation, "TimedOut", "ExecutionTimedOut"))
            return
        invocation.outcome = outcome
        status = "Success" if outcome.code == 0 else "Failed"
        _end(cloud, command, invocation, status, status)

    cloud.world.after(outcome.seconds, ended)


def _outcome(cloud: Cloud, command: SentCommand, instance: Any) -> CommandOutcome:
    for each in service_and_id(instance):
        if each in cloud.command_outcomes:
            return cloud.command_outcomes[each]
    for play in cloud.script_players:
        found = play(command.script, instance)
        if found is not None:
            return found
    return CommandOutcome()


def _give_up(cloud: Cloud, command: SentCommand) -> None:
    """What no agent has fetched in time; one that waits for its turn is given its time when that comes."""
    for each in list(command.waiting.values()):
        if not _answers(cloud, each.instance):
            _end(cloud, command, each, "TimedOut", "DeliveryTimedOut")


def _end(cloud: Cloud, command: SentCommand, invocation: Invocation, status: str, details: str) -> None:
    if invocation.ended:
        return
    command.end(invocation, status, details, cloud.world.now)
    cloud.world.record("command", command.id, details, server=invocation.server)
    _begin(cloud, command)
