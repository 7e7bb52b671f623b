"""Moving the traffic rather than the tasks: the strategies BLUE_GREEN, LINEAR and CANARY, forward and back."""

from collections.abc import Iterable
from dataclasses import replace

from strata.rollout.tasks.deployment.lifecycle_stages import (
    HookAction,
    HookState,
    HookStatus,
    LifecycleStage,
)
from strata.rollout.tasks.deployment.rolling import may_launch
from strata.rollout.tasks.deployment.service_deployment import (
    DeploymentOrders,
    DeploymentStatus,
    MonitorStatus,
    ServiceDeployment,
    ServiceTask,
    TaskRevision,
)
from strata.rollout.tasks.deployment.task_counts import TaskCounts, surplus_tasks

__all__ = [
    "close_hooks",
    "enter_stage",
    "expired_hook",
    "order_shift",
    "shift_back",
    "shift_forward",
    "turn_traffic_back",
]

_MINUTE = 60.0
_BEFORE_GREEN = (LifecycleStage.RECONCILE_SERVICE, LifecycleStage.PRE_SCALE_UP)


def enter_stage(deployment: ServiceDeployment, position: int, now: float) -> ServiceDeployment:
    """Go to a stage of the course: its weights hold from now on, and its hooks wait."""
    stage = deployment.course[position]
    reached = tuple(
        HookState(
            id=f"hook-{position}-{number}",
            stage=stage.stage,
            status=HookStatus.AWAITING_ACTION,
            expires_at=now + hook.timeout_minutes * _MINUTE,
            on_timeout=hook.on_timeout,
            target=hook.target,
        )
        for number, hook in enumerate(deployment.configuration.hooks, start=1)
        if stage.stage in hook.stages
    )
    cleaning = stage.stage is LifecycleStage.CLEAN_UP and deployment.alarm_status is MonitorStatus.MONITORING
    return replace(
        deployment,
        position=position,
        stage=stage.stage,
        stage_since=now,
        waiting_until=now + stage.wait_seconds if stage.wait_seconds else None,
        production_weight=stage.production_weight,
        test_weight=stage.test_weight,
        hooks=(*deployment.hooks, *reached),
        alarm_status=MonitorStatus.MONITORING_COMPLETE if cleaning else deployment.alarm_status,
    )


def shift_forward(deployment: ServiceDeployment, counts: TaskCounts, now: float) -> ServiceDeployment | None:
    """Go one stage further if this one is done; the same object if not, and None after the last."""
    settled = _time_out(deployment, now)
    if settled is not deployment:
        return settled
    if any(hook.waits for hook in deployment.hooks) or not _stage_done(deployment, counts, now):
        return deployment
    following = deployment.position + 1
    return enter_stage(deployment, following, now) if following < len(deployment.course) else None


def expired_hook(deployment: ServiceDeployment, now: float) -> HookState | None:
    """The hook whose timeout rolls the deployment back now."""
    return next((hook for hook in _expired(deployment, now) if hook.on_timeout is HookAction.ROLLBACK), None)


def turn_traffic_back(deployment: ServiceDeployment, now: float) -> ServiceDeployment:
    """Give all traffic to the source again: at once while its tasks are there, after they are if they were stopped."""
    if deployment.stage is LifecycleStage.CLEAN_UP:
        return replace(deployment, stage=LifecycleStage.SCALE_UP, stage_since=now)
    return _shifted_back(deployment, now)


def close_hooks(deployment: ServiceDeployment, now: float) -> tuple[HookState, ...]:
    """The hooks of a deployment that turns back or ends: nobody is waited for any more."""
    return tuple(
        replace(hook, status=HookStatus.TIMED_OUT if now >= hook.expires_at else HookStatus.FAILED)
        if hook.waits
        else hook
        for hook in deployment.hooks
    )


def shift_back(deployment: ServiceDeployment, counts: TaskCounts, now: float) -> ServiceDeployment | None:
    """Go on with the way back; the same object if there is nothing to do, None when it is done."""
    if deployment.stage is LifecycleStage.SCALE_UP:
        return _shifted_back(deployment, now) if counts.reached(TaskRevision.SOURCE) else deployment
    done = counts.reached(TaskRevision.SOURCE) and counts.gone(TaskRevision.TARGET, TaskRevision.STALE)
    return None if done else deployment


def order_shift(deployment: ServiceDeployment, counts: TaskCounts, now: float) -> DeploymentOrders:
    """Keep both revisions in full while traffic may go to either, then the one that has it."""
    source, target = _wanted(deployment, counts)
    stop = [task.id for task in counts.unhealthy]
    stop += _cut(counts.source, source, counts) + _cut(counts.target, target, counts)
    if _drops_stale(deployment, counts):
        stop += [task.id for task in counts.stale]
    ready = may_launch(deployment, now)
    launched = deployment.launched
    if not ready and launched is TaskRevision.TARGET:
        target = min(target, len(counts.target))
    if not ready and launched is TaskRevision.SOURCE:
        source = min(source, len(counts.source))
    return DeploymentOrders(
        keep_source=source,
        keep_target=target,
        stop=tuple(stop),
        launch=launched,
        production_weight=deployment.production_weight,
        test_weight=deployment.test_weight,
    )


def _wanted(deployment: ServiceDeployment, counts: TaskCounts) -> tuple[int, int]:
    desired = counts.desired
    blue = desired if deployment.can_roll_back else min(desired, len(counts.source))
    if deployment.rollback is not None:
        scaling = deployment.stage is LifecycleStage.SCALE_UP
        return blue, min(desired, len(counts.target)) if scaling else 0
    if deployment.status is DeploymentStatus.PENDING or deployment.stage in _BEFORE_GREEN:
        return blue, min(desired, len(counts.target))
    if deployment.status is DeploymentStatus.SUCCESSFUL or deployment.stage is LifecycleStage.CLEAN_UP:
        return 0, desired
    return blue, desired


def _drops_stale(deployment: ServiceDeployment, counts: TaskCounts) -> bool:
    if deployment.rollback is not None:
        return deployment.stage is not LifecycleStage.SCALE_UP
    if deployment.stage is LifecycleStage.RECONCILE_SERVICE:
        return counts.reached(TaskRevision.SOURCE)
    return deployment.stage is LifecycleStage.CLEAN_UP or deployment.status is DeploymentStatus.SUCCESSFUL


def _cut(tasks: Iterable[ServiceTask], wanted: int, counts: TaskCounts) -> list[str]:
    present = tuple(tasks)
    excess = len(present) - wanted
    return surplus_tasks(present, excess, excess, counts)


def _stage_done(deployment: ServiceDeployment, counts: TaskCounts, now: float) -> bool:
    if deployment.stage is LifecycleStage.RECONCILE_SERVICE:
        return counts.reached(TaskRevision.SOURCE) and counts.gone(TaskRevision.STALE)
    if deployment.stage is LifecycleStage.SCALE_UP:
        return counts.reached(TaskRevision.TARGET)
    if deployment.stage is LifecycleStage.CLEAN_UP:
        return counts.reached(TaskRevision.TARGET) and counts.gone(TaskRevision.SOURCE, TaskRevision.STALE)
    return deployment.waiting_until is None or now >= deployment.waiting_until


def _expired(deployment: ServiceDeployment, now: float) -> list[HookState]:
    return [hook for hook in deployment.hooks if hook.waits and now >= hook.expires_at]


def _time_out(deployment: ServiceDeployment, now: float) -> ServiceDeployment:
    expired = {hook.id for hook in _expired(deployment, now)}
    if not expired:
        return deployment
    hooks = tuple(
        replace(hook, status=HookStatus.TIMED_OUT) if hook.id in expired else hook for hook in deployment.hooks
    )
    return replace(deployment, hooks=hooks)


def _shifted_back(deployment: ServiceDeployment, now: float) -> ServiceDeployment:
    return replace(deployment, stage=LifecycleStage.CLEAN_UP, stage_since=now, production_weight=0.0, test_weight=0.0)
