"""Beginning a service deployment, stepping it, and when to step again."""

from collections.abc import Collection
from dataclasses import replace

from strata.rollout.tasks.deployment import deployment_turns as turns
from strata.rollout.tasks.deployment.deployment_configuration import DeploymentConfiguration
from strata.rollout.tasks.deployment.failure_watch import (
    breaker_tripped,
    observe_tasks,
    remember_tasks,
    triggered_alarms,
)
from strata.rollout.tasks.deployment.lifecycle_stages import LifecycleStage
from strata.rollout.tasks.deployment.rolling import is_steady, order_replacement
from strata.rollout.tasks.deployment.service_deployment import (
    DeploymentOrders,
    DeploymentRules,
    DeploymentStatus,
    MonitorStatus,
    ServiceDeployment,
    ServiceView,
    TaskMemory,
    TaskRevision,
)
from strata.rollout.tasks.deployment.task_counts import TaskCounts, count_tasks, healthy_at
from strata.rollout.tasks.deployment.traffic_course import traffic_course
from strata.rollout.tasks.deployment.traffic_shift import expired_hook, order_shift, shift_back, shift_forward

__all__ = ["create_deployment", "next_wakeup", "step"]

_REQUESTED = (DeploymentStatus.PENDING, DeploymentStatus.STOP_REQUESTED, DeploymentStatus.ROLLBACK_REQUESTED)
_FROZEN = (DeploymentStatus.STOPPED, DeploymentStatus.ROLLBACK_FAILED)


def create_deployment(
    configuration: DeploymentConfiguration,
    view: ServiceView,
    now: float,
    *,
    can_roll_back: bool,
    test_listener: bool = False,
    rules: DeploymentRules | None = None,
) -> ServiceDeployment:
    """A deployment of the service as it is now, in `PENDING`; the first step sets it going.

    Args:
        configuration: how it is to proceed.
        view: the service at the start. What has happened to its tasks so far is not counted.
        now: epoch seconds.
        can_roll_back: whether a deployment has completed before; its revision is the source.
        test_listener: whether a listener rule carries test traffic.
        rules: what AWS decides. Default: as documented and inferred.
    """
    reconcile = can_roll_back and any(task.active and task.revision is TaskRevision.STALE for task in view.tasks)
    created = ServiceDeployment(
        configuration=configuration,
        rules=rules or DeploymentRules(),
        created_at=now,
        can_roll_back=can_roll_back,
        course=traffic_course(configuration, test_listener=test_listener, reconcile=reconcile),
        memory=TaskMemory(),
        failure_threshold=configuration.circuit_breaker.threshold.failures(view.desired),
        desired=view.desired,
        production_weight=0.0 if configuration.strategy.shifts_traffic else 100.0,
    )
    return replace(created, memory=remember_tasks(created, view, now))


def step(
    deployment: ServiceDeployment, view: ServiceView, alarms: Collection[str], now: float
) -> tuple[ServiceDeployment, DeploymentOrders]:
    """Take the deployment as far as it goes at this moment.

    Args:
        deployment: the deployment so far.
        view: the service as it is now.
        alarms: the names of the alarms that are in ALARM.
        now: epoch seconds, not before the last step.

    Returns:
        The deployment, and what the service is to do. The same inputs give the same; stepping again changes nothing.
    """
    counts = count_tasks(deployment, view, now)
    while True:
        moved = _move(deployment, counts, view, alarms, now)
        if moved is deployment:
            return deployment, _orders(deployment, counts, now)
        deployment = moved


def next_wakeup(deployment: ServiceDeployment, view: ServiceView, now: float) -> float | None:
    """When to step again even if nothing happens until then; None when only the tasks or somebody can change it."""
    if deployment.status in _REQUESTED:
        return now
    if deployment.halted or deployment.status in _FROZEN:
        return None
    times = [deployment.retry_at]
    if not deployment.status.terminal:
        times += [deployment.waiting_until, _scale_up_limit(deployment)]
        times += [hook.expires_at for hook in deployment.hooks if hook.waits]
        times += [healthy_at(task, deployment.rules) for task in view.tasks]
    return min((at for at in times if at is not None and at > now), default=None)


def _move(
    deployment: ServiceDeployment, counts: TaskCounts, view: ServiceView, alarms: Collection[str], now: float
) -> ServiceDeployment:
    """One move, or the same object when there is none to make."""
    if deployment.status is DeploymentStatus.PENDING:
        return turns.begin(deployment, alarms, now)
    if deployment.status is DeploymentStatus.STOP_REQUESTED:
        return turns.end_stopped(deployment, now)
    if deployment.status is DeploymentStatus.ROLLBACK_REQUESTED:
        return turns.go_back(deployment, "it was asked for", now)
    seen = observe_tasks(deployment, view, now)
    if seen is not deployment or seen.status.terminal or seen.halted:
        return seen
    if seen.status is DeploymentStatus.ROLLBACK_IN_PROGRESS:
        return _move_back(seen, counts, now)
    return _watch(seen, alarms, now) or _move_forward(seen, counts, now)


def _watch(deployment: ServiceDeployment, alarms: Collection[str], now: float) -> ServiceDeployment | None:
    configuration = deployment.configuration
    if names := triggered_alarms(deployment, alarms):
        triggered = replace(deployment, alarm_status=MonitorStatus.TRIGGERED, triggered_alarms=names)
        reason = f"of the alarms in ALARM: {', '.join(names)}"
        return turns.fail(triggered, reason, now, rollback=configuration.alarms.rollback)
    if breaker_tripped(deployment):
        tripped = replace(deployment, breaker_status=MonitorStatus.TRIGGERED)
        reason = "the circuit breaker threshold was exceeded"
        return turns.fail(tripped, reason, now, rollback=configuration.circuit_breaker.rollback)
    if hook := expired_hook(deployment, now):
        return turns.fail(deployment, f"a lifecycle hook of {hook.stage} timed out", now, rollback=True)
    limit = _scale_up_limit(deployment)
    if limit is not None and now >= limit:
        return turns.fail(deployment, "the target revision did not scale up in time", now, rollback=True)
    return None


def _move_forward(deployment: ServiceDeployment, counts: TaskCounts, now: float) -> ServiceDeployment:
    if deployment.course:
        return shift_forward(deployment, counts, now) or turns.succeed(deployment, now)
    if not is_steady(deployment, counts):
        return deployment
    bake = deployment.configuration.alarms.rolling_bake_seconds if deployment.configuration.alarms.enable else 0
    if deployment.waiting_until is None and bake:
        return replace(deployment, waiting_until=now + bake)
    if deployment.waiting_until is not None and now < deployment.waiting_until:
        return deployment
    return turns.succeed(deployment, now)


def _move_back(deployment: ServiceDeployment, counts: TaskCounts, now: float) -> ServiceDeployment:
    if breaker_tripped(deployment):
        return turns.fail_back(deployment, "the circuit breaker threshold was exceeded", now)
    if deployment.course:
        return shift_back(deployment, counts, now) or turns.succeed(deployment, now)
    return turns.succeed(deployment, now) if is_steady(deployment, counts) else deployment


def _orders(deployment: ServiceDeployment, counts: TaskCounts, now: float) -> DeploymentOrders:
    if deployment.status in _FROZEN:
        return DeploymentOrders(
            keep_source=len(counts.source),
            keep_target=len(counts.target),
            stop=(),
            launch=None,
            production_weight=deployment.production_weight,
            test_weight=deployment.test_weight,
        )
    order = order_shift if deployment.course else order_replacement
    return order(deployment, counts, now)


def _scale_up_limit(deployment: ServiceDeployment) -> float | None:
    scaling = deployment.stage is LifecycleStage.SCALE_UP and deployment.rollback is None
    return deployment.stage_since + deployment.rules.scale_up_limit_seconds if scaling else None
