"""A task's health: its target groups, its containers' own checks, and the verdict that the scheduler makes of them."""

from dataclasses import dataclass
from typing import Any, Final

from moto.elbv2.models import elbv2_backends

from strata.rollout.tasks.deployment import DeploymentRules, TaskHealth, TaskLifecycle
from strata_rehearsal.cloud.container_services import SimulatedTask
from strata_rehearsal.cloud.faults import FaultKind
from strata_rehearsal.cloud.state import Cloud
from strata_rehearsal.cloud.targets import PASSING
from strata_rehearsal.cloud.tasks.stop_reasons import StopReason, container_check_failed, target_check_failed
from strata_rehearsal.cloud.tasks.task_events import record_task

__all__ = [
    "AwaitedHealth",
    "awaited_health",
    "begin_checks",
    "failed_check",
    "failing_container",
    "has_own_check",
    "join_targets",
    "leave_targets",
    "sick_containers",
    "sicken_task",
    "targets_of",
    "verdict",
]

_INTERVAL, _RETRIES = 30, 3
"""What ECS takes for a container's health check that says nothing."""

_START_TIMEOUT: Final = 180
"""How long Fargate waits for a container that others depend on, where its `startTimeout` says nothing."""

_ENDINGS: Final = frozenset({FaultKind.CRASH, FaultKind.OUT_OF_MEMORY})


def targets_of(task: SimulatedTask) -> list[tuple[Any, int]]:
    """Moto's target groups that the task is behind, with the port of each; none for a task without an address."""
    balancers = task.revision.parameters.get("loadBalancers")
    if task.address is None or not balancers:
        return []
    known = elbv2_backends[task.service.account][task.service.region].target_groups
    found: list[tuple[Any, int]] = []
    for balancer in balancers:
        other = (balancer.get("advancedConfiguration") or {}).get("alternateTargetGroupArn")
        arn = other if task.revision.side and other else balancer.get("targetGroupArn")
        if arn in known and known[arn].target_type == "ip":
            found.append((known[arn], int(balancer["containerPort"])))
    return found


def join_targets(cloud: Cloud, task: SimulatedTask) -> None:
    """Register the task with its target groups."""
    for group, port in targets_of(task):
        cloud.targets.register(group, str(task.address), port, sick=_fails_requests(task))


def leave_targets(cloud: Cloud, task: SimulatedTask, *, at_once: bool = False) -> float:
    """Deregister the task everywhere and return when it has drained."""
    drained = [cloud.targets.deregister(group, str(task.address), at_once=at_once) for group, _ in targets_of(task)]
    return max(drained, default=cloud.world.now)


def begin_checks(cloud: Cloud, task: SimulatedTask) -> None:
    """Queue the verdict of the containers' own checks, and the end of the grace period."""
    if task.service.grace:
        cloud.world.after(task.service.grace, lambda: cloud.touch_service(task.service))
    _check_containers(cloud, task)
    if _unchecked(task):
        cloud.world.after(DeploymentRules().assumed_healthy_seconds, lambda: _assumed_healthy(cloud, task))


def has_own_check(task: SimulatedTask) -> bool:
    """Whether an event of the task itself says that it is healthy, besides what its target groups say."""
    return _unchecked(task) or bool(_checked(task))


def sicken_task(cloud: Cloud, task: SimulatedTask) -> None:
    """Whether the task fails its checks may have changed: they find out from now on."""
    for group, _ in targets_of(task):
        cloud.targets.sicken(group, str(task.address), sick=_fails_requests(task))
    if task.state is TaskLifecycle.RUNNING:
        _check_containers(cloud, task)


@dataclass(frozen=True)
class AwaitedHealth:
    """A container that starts once another one is healthy.

    Args:
        waiting: the container.
        awaited: the other one.
        seconds: when that is healthy, after its start; None if it never is.
        timeout: how long it has for that.
    """

    waiting: str
    awaited: str
    seconds: float | None
    timeout: float


def awaited_health(task: SimulatedTask) -> list[AwaitedHealth]:
    """What the containers of a task wait for before they start, but for other containers' start."""
    containers = {each["name"]: each for each in task.revision.containers}
    return [
        AwaitedHealth(each["name"], name, _healthy_after(task, containers[name]), _timeout(containers[name]))
        for each in task.revision.containers
        for dependency in each.get("dependsOn") or ()
        if dependency["condition"] == "HEALTHY" and (name := dependency["containerName"]) in containers
    ]


def _timeout(awaited: dict[str, Any]) -> float:
    return float(awaited.get("startTimeout") or _START_TIMEOUT)


def _healthy_after(task: SimulatedTask, container: dict[str, Any]) -> float | None:
    hit = (each for each in task.faults if task.revision.hit_by(each).container == container["name"])
    never = any(each.kind is FaultKind.UNHEALTHY or (each.kind in _ENDINGS and not each.delay) for each in hit)
    return None if never else _seconds(container["healthCheck"], sick=False)


def sick_containers(task: SimulatedTask) -> frozenset[str]:
    """Names of the containers that fail their own checks."""
    hit = (task.revision.hit_by(each) for each in task.faults if each.kind is FaultKind.UNHEALTHY)
    return frozenset(each.container for each in hit)


def failing_container(task: SimulatedTask) -> str | None:
    """A container beside the main one whose own check is to blame for the task's; None where there is none."""
    checked = {each["name"] for each in _checked(task)} & sick_containers(task)
    return min(checked - {task.revision.main.container}, default=None)


def _fails_requests(task: SimulatedTask) -> bool:
    """Whether the container behind the load balancer answers its checks badly."""
    return task.revision.main.container in sick_containers(task)


def _checked(task: SimulatedTask) -> list[dict[str, Any]]:
    """The containers whose checks are the task's: ECS leaves out those that are not essential."""
    return [each for each in task.revision.containers if each.get("healthCheck") and each.get("essential", True)]


def _is_sick(task: SimulatedTask) -> bool:
    # a fault of the task as a whole counts whichever of its containers has the check
    whole = any(each.kind is FaultKind.UNHEALTHY and each.image is None for each in task.faults)
    return whole or any(each["name"] in sick_containers(task) for each in _checked(task))


def _check_containers(cloud: Cloud, task: SimulatedTask) -> None:
    checks = [each["healthCheck"] for each in _checked(task)]
    if not checks:
        return
    sick = _is_sick(task)
    if task.container_health is TaskHealth.UNCHECKED:
        task.container_health = TaskHealth.UNKNOWN
    seconds = max(_seconds(check, sick=sick) for check in checks)
    found = TaskHealth.UNHEALTHY if sick else TaskHealth.HEALTHY
    cloud.world.after(seconds, lambda: _found(cloud, task, found))


def verdict(cloud: Cloud, task: SimulatedTask) -> TaskHealth:
    """What all checks together say of the task; during the grace period nothing bad."""
    groups = targets_of(task)
    checked = task.container_health is not TaskHealth.UNCHECKED
    if task.state is not TaskLifecycle.RUNNING:
        return TaskHealth.UNKNOWN
    if not groups and not checked:
        return TaskHealth.UNCHECKED
    if failed_check(cloud, task) is not None:
        return TaskHealth.UNHEALTHY
    passes = all(cloud.targets.health(group.arn, str(task.address)).state in PASSING for group, _ in groups)
    own = not checked or task.container_health is TaskHealth.HEALTHY
    return TaskHealth.HEALTHY if passes and own else TaskHealth.UNKNOWN


def failed_check(cloud: Cloud, task: SimulatedTask) -> StopReason | None:
    """Which check the task failed, after its grace period."""
    if task.state is not TaskLifecycle.RUNNING or task.started_at is None:
        return None
    if cloud.world.now < task.started_at + task.service.grace:
        return None
    for group, _ in targets_of(task):
        if cloud.targets.health(group.arn, str(task.address)).state == "unhealthy":
            return target_check_failed(group.arn)
    return container_check_failed() if task.container_health is TaskHealth.UNHEALTHY else None


def _seconds(check: dict[str, Any], *, sick: bool) -> float:
    interval = float(check.get("interval") or _INTERVAL)
    if not sick:
        return interval
    return float(check.get("startPeriod") or 0) + interval * int(check.get("retries") or _RETRIES)


def _found(cloud: Cloud, task: SimulatedTask, health: TaskHealth) -> None:
    sick = _is_sick(task)
    if task.state is not TaskLifecycle.RUNNING or sick is not (health is TaskHealth.UNHEALTHY):
        return
    task.container_health = health
    record_task(cloud, task, health.value)
    cloud.touch_service(task.service)


def _unchecked(task: SimulatedTask) -> bool:
    """Whether nothing checks it: ECS then holds it healthy some time after it began to run."""
    return not targets_of(task) and not _checked(task)


def _assumed_healthy(cloud: Cloud, task: SimulatedTask) -> None:
    if task.state is TaskLifecycle.RUNNING:
        record_task(cloud, task, TaskHealth.HEALTHY.value)
