"""A task's health: its target groups, its containers' own checks, and the verdict that the scheduler makes of them."""

from typing import Any

from moto.elbv2.models import elbv2_backends

from strata.rollout.tasks.deployment import TaskHealth, TaskLifecycle
from strata_rehearsal.cloud.container_services import SimulatedTask
from strata_rehearsal.cloud.faults import FaultKind, has_fault
from strata_rehearsal.cloud.state import Cloud
from strata_rehearsal.cloud.tasks.stop_reasons import StopReason, container_check_failed, target_check_failed

__all__ = [
    "begin_checks",
    "failed_check",
    "join_targets",
    "leave_targets",
    "sicken_task",
    "targets_of",
    "verdict",
]

_INTERVAL, _RETRIES = 30, 3
"""What ECS takes for a container's health check that says nothing."""

_PASSES = ("healthy", "unavailable")
"""States of a target that keep no request from it; the second is that of a target group without checks."""


def targets_of(task: SimulatedTask) -> list[tuple[Any, int]]:
    """Moto's target groups that the task is behind, with the port of each; none for a task without an address."""
    known = elbv2_backends[task.service.account][task.service.region].target_groups
    found: list[tuple[Any, int]] = []
    for balancer in task.revision.parameters.get("loadBalancers") or ():
        other = (balancer.get("advancedConfiguration") or {}).get("alternateTargetGroupArn")
        arn = other if task.revision.side and other else balancer.get("targetGroupArn")
        if arn in known and known[arn].target_type == "ip":
            found.append((known[arn], int(balancer["containerPort"])))
    return found if task.address is not None else []


def join_targets(cloud: Cloud, task: SimulatedTask) -> None:
    """Register the task with its target groups."""
    for group, port in targets_of(task):
        cloud.targets.register(group, str(task.address), port, sick=has_fault(task.faults, FaultKind.UNHEALTHY))


def leave_targets(cloud: Cloud, task: SimulatedTask, *, at_once: bool = False) -> float:
    """Deregister the task everywhere and return when it has drained."""
    drained = [cloud.targets.deregister(group, str(task.address), at_once=at_once) for group, _ in targets_of(task)]
    return max(drained, default=cloud.world.now)


def begin_checks(cloud: Cloud, task: SimulatedTask) -> None:
    """Queue the verdict of the containers' own checks, and the end of the grace period."""
    if task.service.grace:
        cloud.world.after(task.service.grace, lambda: cloud.touch_service(task.service))
    _check_containers(cloud, task)


def sicken_task(cloud: Cloud, task: SimulatedTask) -> None:
    """Whether the task fails its checks may have changed: they find out from now on."""
    for group, _ in targets_of(task):
        cloud.targets.sicken(group, str(task.address), sick=has_fault(task.faults, FaultKind.UNHEALTHY))
    if task.state is TaskLifecycle.RUNNING:
        _check_containers(cloud, task)


def _check_containers(cloud: Cloud, task: SimulatedTask) -> None:
    checks = [each["healthCheck"] for each in task.revision.containers if each.get("healthCheck")]
    if not checks:
        return
    sick = has_fault(task.faults, FaultKind.UNHEALTHY)
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
    passes = all(cloud.targets.health(group.arn, str(task.address)).state in _PASSES for group, _ in groups)
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
    sick = has_fault(task.faults, FaultKind.UNHEALTHY)
    if task.state is not TaskLifecycle.RUNNING or sick is not (health is TaskHealth.UNHEALTHY):
        return
    task.container_health = health
    cloud.world.record("task", task.id, health.value, cluster=task.service.cluster, service=task.service.service)
    cloud.touch_service(task.service)
