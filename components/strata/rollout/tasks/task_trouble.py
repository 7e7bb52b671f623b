"""Why a release's tasks failed: the task, its stop code, its exit code and the last lines of its log."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from strata.aws.outage import describe_failure
from strata.rollout.tasks.async_task_driver import AsyncTaskDriver
from strata.rollout.tasks.released_tasks import ReleasedTasks
from strata.rollout.tasks.task_spec import TaskRollout
from strata.rollout.tasks.task_views import DefinitionView, TaskView

__all__ = ["describe_failed", "last_trouble", "log_of", "newest_failed"]


async def last_trouble(
    aws: AsyncTaskDriver, released: ReleasedTasks, rollout: TaskRollout, since: datetime | None = None
) -> str:
    """The release's last failed task as the end of a message; empty when there is none.

    Args:
        aws: AWS.
        released: knows which tasks ran the release.
        rollout: the rollout.
        since: leave out what stopped before. Default: leave out nothing.
    """
    try:
        found = await _newest(aws, released, rollout, since)
        return "" if found is None else f"; {describe_failed(found)}{await _log(aws, released, found)}"
    except Exception as error:  # noqa: BLE001  how a rollout ended is known; its reason must not be lost over this
        return f"; its stopped tasks could not be read ({describe_failure(error)})"


async def _newest(
    aws: AsyncTaskDriver, released: ReleasedTasks, rollout: TaskRollout, since: datetime | None
) -> TaskView | None:
    service = await aws.present_service(rollout.release.service)
    stopped = await aws.stopped_tasks(service.arn, stopped=True)
    own = await released.ids_of(rollout, service, stopped)
    return newest_failed([each for each in stopped if each.id in own], since)


def newest_failed(stopped: Iterable[TaskView], since: datetime | None) -> TaskView | None:
    """The task that failed last.

    Args:
        stopped: tasks that stopped.
        since: leave out what stopped before; None leaves out nothing.
    """
    failed = [
        each for each in stopped if each.failed and (since is None or each.stopped is None or each.stopped >= since)
    ]
    return max(failed, key=lambda each: each.stopped.timestamp() if each.stopped else 0.0, default=None)


def describe_failed(task: TaskView) -> str:
    """Why a task stopped, and how its containers ended."""
    exits = [
        f"{name} exited with {code}{f' ({reason})' if reason else ''}"
        for name, (code, reason) in sorted(task.exits.items())
        if code is not None
    ]
    # the reason of one that never ran is the task's own, and does not say whose it is
    never_ran = [
        f"container {name} did not start"
        for name, (code, reason) in sorted(task.exits.items())
        if code is None and reason and len(task.exits) > 1
    ]
    # ECS does not say in the reason whose check failed
    sick = [f"container {name} was unhealthy" for name in sorted(_sick(task)) if len(task.exits) > 1]
    return "; ".join([f"task {task.id} stopped by {task.stop_code}: {task.stopped_reason}", *sick, *exits, *never_ran])


def _sick(task: TaskView) -> frozenset[str]:
    """Containers whose own check has stopped the task; none where AWS does not say so."""
    return task.unhealthy if task.failed_own_check else frozenset()


async def _log(aws: AsyncTaskDriver, released: ReleasedTasks, task: TaskView) -> str:
    return await log_of(aws, await released.definition(task.task_definition), task)


async def log_of(aws: AsyncTaskDriver, definition: DefinitionView | None, task: TaskView) -> str:
    """The last lines of the log of the container that is to blame, as the end of a message; empty without a log.

    Args:
        aws: AWS.
        definition: what the task was started from.
        task: a task that has stopped.
    """
    for container in definition.containers if definition else ():
        place = _stream(container, task)
        if place is None or not _to_blame(container, task):
            continue
        if lines := await aws.log_lines(*place):
            shown = "\n".join(f"    {line}" for line in lines)
            return f"\n  the last lines of its log, {place[1]} in {place[0]}:\n{shown}"
    return ""


def _to_blame(container: Mapping[str, Any], task: TaskView) -> bool:
    """A container that failed; where all ended well, as those that failed a health check do, the first that counts."""
    if sick := _sick(task):
        # a signal has ended all of them, so that no exit code says anything
        return container["name"] in sick
    if any(code for code, _ in task.exits.values()):
        return bool(task.exits.get(container["name"], (None, ""))[0])
    return bool(container.get("essential", True))


def _stream(container: Mapping[str, Any], task: TaskView) -> tuple[str, str] | None:
    """Log group and stream of a container, by the rules of the awslogs driver."""
    configured = container.get("logConfiguration") or {}
    options = configured.get("options") or {}
    if configured.get("logDriver") != "awslogs" or "awslogs-stream-prefix" not in options:
        return None
    return options["awslogs-group"], f"{options['awslogs-stream-prefix']}/{container['name']}/{task.id}"
