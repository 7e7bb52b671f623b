"""The turns a deployment can take: begin, succeed, fail, go back, and what an operator may ask for."""

from collections.abc import Collection
from dataclasses import replace

from strata.rollout.tasks.deployment.failure_watch import breaks_on_failures
from strata.rollout.tasks.deployment.lifecycle_stages import HookAction, HookState, HookStatus
from strata.rollout.tasks.deployment.service_deployment import (
    DeploymentRollback,
    DeploymentStatus,
    MonitorStatus,
    ServiceDeployment,
)
from strata.rollout.tasks.deployment.traffic_shift import close_hooks, enter_stage, turn_traffic_back

__all__ = [
    "DeploymentConflict",
    "HookNotWaiting",
    "begin",
    "continue_hook",
    "end_stopped",
    "fail",
    "fail_back",
    "go_back",
    "stop",
    "succeed",
    "supersede",
]

_NOTHING_COMPLETED = "no completed deployment to roll back to"


class DeploymentConflict(Exception):  # noqa: N818 - AWS's word
    """The deployment has ended: AWS's ConflictException of StopServiceDeployment."""

    code = "ConflictException"


class HookNotWaiting(Exception):  # noqa: N818 - reads as what it is
    """The deployment has no such hook, or it does not wait: AWS's InvalidParameterException."""

    code = "InvalidParameterException"


def stop(deployment: ServiceDeployment) -> ServiceDeployment:
    """StopServiceDeployment with ROLLBACK: the next step turns back. Asking again changes nothing.

    Raises:
        DeploymentConflict: the deployment has ended.
    """
    if deployment.status.terminal:
        raise DeploymentConflict(f"the service deployment is {deployment.status}")
    if deployment.status not in (DeploymentStatus.PENDING, DeploymentStatus.IN_PROGRESS):
        return deployment
    return replace(
        deployment, status=DeploymentStatus.ROLLBACK_REQUESTED, status_reason="Service deployment stop requested."
    )


def supersede(deployment: ServiceDeployment) -> ServiceDeployment:
    """Another deployment of the service starts: the next step stops this one where it is.

    Raises:
        DeploymentConflict: the deployment has ended.
    """
    if deployment.status.terminal:
        raise DeploymentConflict(f"the service deployment is {deployment.status}")
    return replace(
        deployment,
        status=DeploymentStatus.STOP_REQUESTED,
        status_reason="Service deployment superseded by another service deployment.",
    )


def continue_hook(deployment: ServiceDeployment, hook_id: str, action: HookAction, now: float) -> ServiceDeployment:
    """ContinueServiceDeployment: answer a hook. The next step goes on; ROLLBACK turns back at once.

    Raises:
        HookNotWaiting: there is no such hook, it was answered or has timed out, or the deployment is on its way back.
    """
    hook = next((each for each in deployment.hooks if each.id == hook_id), None)
    if hook is None:
        raise HookNotWaiting(f"the service deployment has no lifecycle hook {hook_id}")
    if hook.status is not HookStatus.AWAITING_ACTION or deployment.status is not DeploymentStatus.IN_PROGRESS:
        raise HookNotWaiting(f"lifecycle hook {hook_id} is {hook.status}, not {HookStatus.AWAITING_ACTION}")
    if now >= hook.expires_at:
        raise HookNotWaiting(f"lifecycle hook {hook_id} has timed out")
    if action is HookAction.CONTINUE:
        return replace(deployment, hooks=_settled(deployment, hook, HookStatus.SUCCEEDED))
    refused = replace(deployment, hooks=_settled(deployment, hook, HookStatus.FAILED))
    return go_back(refused, f"a lifecycle hook of {hook.stage} was answered with {action}", now)


def begin(deployment: ServiceDeployment, alarms: Collection[str], now: float) -> ServiceDeployment:
    """Go from pending to in progress."""
    watched = deployment.configuration.alarms
    breaker = MonitorStatus.MONITORING if breaks_on_failures(deployment) else MonitorStatus.DISABLED
    begun = replace(
        deployment,
        status=DeploymentStatus.IN_PROGRESS,
        started_at=now,
        ignored_alarms=frozenset(alarms).intersection(watched.names) if watched.enable else frozenset(),
        breaker_status=breaker,
        alarm_status=MonitorStatus.MONITORING if watched.enable else MonitorStatus.DISABLED,
    )
    return enter_stage(begun, 0, now) if begun.course else begun


def succeed(deployment: ServiceDeployment, now: float) -> ServiceDeployment:
    """End well, forward or back."""
    if deployment.rollback is None:
        return _end(deployment, DeploymentStatus.SUCCESSFUL, "Service deployment completed.", now)
    reason = deployment.status_reason
    return _end(deployment, DeploymentStatus.ROLLBACK_SUCCESSFUL, reason, now)


def fail(deployment: ServiceDeployment, reason: str, now: float, *, rollback: bool) -> ServiceDeployment:
    """Turn back if the monitor's settings say so, and stop where it is otherwise."""
    if not rollback:
        return _end(deployment, DeploymentStatus.STOPPED, f"Service deployment stopped because {reason}.", now)
    if not deployment.can_roll_back and not deployment.course:
        return _halt(deployment, reason)
    return go_back(deployment, reason, now)


def _halt(deployment: ServiceDeployment, reason: str) -> ServiceDeployment:
    """Start no more tasks: a rolling deployment that failed with nothing to go back to is stuck."""
    return replace(
        deployment, halted=True, status_reason=f"Service deployment failed because {reason}: {_NOTHING_COMPLETED}."
    )


def go_back(deployment: ServiceDeployment, reason: str, now: float) -> ServiceDeployment:
    """Turn round to the last completed revision; without one the rollback has failed."""
    if not deployment.can_roll_back:
        text = f"Service deployment failed because {reason}: {_NOTHING_COMPLETED}."
        return _end(deployment, DeploymentStatus.ROLLBACK_FAILED, text, now)
    turned = replace(
        deployment,
        status=DeploymentStatus.ROLLBACK_IN_PROGRESS,
        status_reason=f"Service deployment rolled back because {reason}.",
        rollback=DeploymentRollback(reason, now, deployment.stage, deployment.production_weight),
        waiting_until=None,
        hooks=close_hooks(deployment, now),
        # From here on the tasks of the source count.
        failure_count=0,
        has_run=False,
        launch_streak=0,
        retry_at=None,
    )
    if not turned.course:
        return replace(turned, production_weight=0.0)
    return turned if turned.stage is None else turn_traffic_back(turned, now)


def end_stopped(deployment: ServiceDeployment, now: float) -> ServiceDeployment:
    """Stop where it is, as asked."""
    return _end(deployment, DeploymentStatus.STOPPED, deployment.status_reason, now)


def fail_back(deployment: ServiceDeployment, reason: str, now: float) -> ServiceDeployment:
    """Give up the way back: there is no revision left to go to."""
    return _end(
        deployment, DeploymentStatus.ROLLBACK_FAILED, f"Service deployment rollback failed because {reason}.", now
    )


def _end(deployment: ServiceDeployment, status: DeploymentStatus, reason: str, now: float) -> ServiceDeployment:
    return replace(
        deployment,
        status=status,
        status_reason=reason,
        waiting_until=None,
        hooks=close_hooks(deployment, now),
        breaker_status=_complete(deployment.breaker_status),
        alarm_status=_complete(deployment.alarm_status),
        ended_at=now,
    )


def _complete(status: MonitorStatus) -> MonitorStatus:
    return MonitorStatus.MONITORING_COMPLETE if status is MonitorStatus.MONITORING else status


def _settled(deployment: ServiceDeployment, hook: HookState, status: HookStatus) -> tuple[HookState, ...]:
    return tuple(replace(each, status=status) if each.id == hook.id else each for each in deployment.hooks)
