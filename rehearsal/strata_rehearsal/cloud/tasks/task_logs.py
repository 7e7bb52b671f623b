"""What containers write: a few lines in CloudWatch Logs, so that whoever looks for the cause of a failure finds one."""

from collections.abc import Sequence
from typing import Any

from moto.logs.models import logs_backends

from strata_rehearsal.cloud.container_services import SimulatedTask
from strata_rehearsal.cloud.state import Cloud

__all__ = ["has_its_log_groups", "say"]

_DRIVER = "awslogs"


def has_its_log_groups(task: SimulatedTask) -> bool:
    """Whether the log groups of the task's containers are there, or are made by whoever needs them."""
    for container in task.revision.containers:
        options = _options(container)
        if options is None or str(options.get("awslogs-create-group")).lower() == "true":
            continue
        if options.get("awslogs-group") not in _logs(task, options).groups:
            return False
    return True


def say(cloud: Cloud, task: SimulatedTask, lines: Sequence[str], *, container: str | None = None) -> None:
    """Let a container of the task write these lines now.

    Args:
        cloud: the local AWS.
        task: the task.
        lines: what it writes.
        container: its name. Default: the main one.
    """
    name = container or task.revision.main.container
    found = next(each for each in task.revision.containers if each["name"] == name)
    options = _options(found)
    if options is None:
        return
    logs, group = _logs(task, options), str(options["awslogs-group"])
    if group not in logs.groups:
        logs.create_log_group(group, {})
    stream = f"{options.get('awslogs-stream-prefix', 'ecs')}/{name}/{task.id}"
    if stream not in logs.groups[group].streams:
        logs.create_log_stream(group, stream)
    at = int(cloud.world.now * 1000)
    logs.put_log_events(group, stream, [{"timestamp": at, "message": line} for line in lines])


def _options(container: dict[str, Any]) -> dict[str, Any] | None:
    configured = container.get("logConfiguration") or {}
    return configured.get("options") or {} if configured.get("logDriver") == _DRIVER else None


def _logs(task: SimulatedTask, options: dict[str, Any]) -> Any:
    return logs_backends[task.service.account][options.get("awslogs-region") or task.service.region]
