"""What a deployment learns from its tasks and alarms: failures counted, launches retried later, monitors triggered.

AWS's circuit breaker counts in two stages. Until one task of the revision has run, tasks that never ran count; from
then on only tasks whose checks failed do. A task that ran and ended by itself counts in neither.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from strata.rollout.tasks.deployment.lifecycle_stages import LifecycleStage
from strata.rollout.tasks.deployment.service_deployment import (
    DeploymentStatus,
    ServiceDeployment,
    ServiceTask,
    ServiceView,
    TaskFailure,
    TaskLifecycle,
    TaskMemory,
)
from strata.rollout.tasks.deployment.task_counts import failure_of, is_healthy

__all__ = ["breaker_tripped", "breaks_on_failures", "observe_tasks", "remember_tasks", "triggered_alarms"]


def breaks_on_failures(deployment: ServiceDeployment) -> bool:
    """Whether the circuit breaker watches this deployment."""
    configuration = deployment.configuration
    covered = deployment.rules.breaker_covers_traffic_shifts or not configuration.strategy.shifts_traffic
    return configuration.circuit_breaker.enable and covered


def breaker_tripped(deployment: ServiceDeployment) -> bool:
    """Whether as many tasks have failed as the circuit breaker tolerates."""
    return breaks_on_failures(deployment) and deployment.failure_count >= deployment.failure_threshold


def triggered_alarms(deployment: ServiceDeployment, alarms: Collection[str]) -> tuple[str, ...]:
    """The alarms that fail the deployment now: in ALARM while a new task has run, until the old ones are cleaned up."""
    watched = deployment.configuration.alarms
    if not watched.enable or not deployment.has_run or deployment.stage is LifecycleStage.CLEAN_UP:
        return ()
    return tuple(name for name in watched.names if name in alarms and name not in deployment.ignored_alarms)


def remember_tasks(deployment: ServiceDeployment, view: ServiceView, now: float) -> TaskMemory:
    """What is known of the tasks of the view; what happened to them before does not count again."""
    known = deployment.memory
    ran: set[str] = set()
    healthy: set[str] = set()
    failed: set[str] = set()
    for task in view.tasks:
        if task.id in known.ran or _has_run(task):
            ran.add(task.id)
        if task.id in known.healthy or is_healthy(task, deployment.rules, now):
            healthy.add(task.id)
        if task.id in known.failed or failure_of(task) is not None:
            failed.add(task.id)
    return TaskMemory(frozenset(ran), frozenset(healthy), frozenset(failed))


def observe_tasks(deployment: ServiceDeployment, view: ServiceView, now: float) -> ServiceDeployment:
    """Write down what the tasks show; gives the same object when they show nothing new."""
    memory = remember_tasks(deployment, view, now)
    known = deployment.memory
    launched = [task for task in view.tasks if task.revision is deployment.launched]
    failures = [task for task in launched if task.id in memory.failed and task.id not in known.failed]
    began = any(task.id in memory.ran and task.id not in known.ran for task in launched)
    recovered = any(task.id in memory.healthy and task.id not in known.healthy for task in launched)
    seen: dict[str, object] = {"memory": memory, "desired": view.desired}
    seen["has_run"] = deployment.has_run or began or _runs_already(deployment, launched)
    if not deployment.status.terminal:
        seen["failure_threshold"] = deployment.configuration.circuit_breaker.threshold.failures(view.desired)
        seen["failure_count"] = _count(deployment, failures, recovered=recovered, second_stage=bool(seen["has_run"]))
    seen |= _retry(deployment, failures, began=began, now=now)
    changed = {name: value for name, value in seen.items() if getattr(deployment, name) != value}
    return replace(deployment, **changed) if changed else deployment


def _count(
    deployment: ServiceDeployment, failures: Sequence[ServiceTask], *, recovered: bool, second_stage: bool
) -> int:
    if deployment.halted or deployment.status is DeploymentStatus.PENDING:
        return deployment.failure_count
    resets = recovered and deployment.configuration.circuit_breaker.reset_on_healthy_task
    counted = TaskFailure.UNHEALTHY if second_stage else TaskFailure.NEVER_RAN
    return (0 if resets else deployment.failure_count) + sum(failure_of(task) is counted for task in failures)


def _runs_already(deployment: ServiceDeployment, launched: Sequence[ServiceTask]) -> bool:
    # On the way back the tasks of the source that never stopped say nothing of those started again.
    return deployment.rollback is None and any(_has_run(task) for task in launched if task.active)


def _retry(
    deployment: ServiceDeployment, failures: Sequence[ServiceTask], *, began: bool, now: float
) -> dict[str, object]:
    if began:
        return {"launch_streak": 0, "retry_at": None}
    never_ran = any(failure_of(task) is TaskFailure.NEVER_RAN for task in failures)
    # Tasks launched together fail together: the first of them decides when the next ones are started.
    if not never_ran or (deployment.retry_at is not None and now < deployment.retry_at):
        return {}
    streak = deployment.launch_streak + 1
    return {"launch_streak": streak, "retry_at": now + deployment.rules.retry_pause(streak)}


def _has_run(task: ServiceTask) -> bool:
    # A container that exits at once has a start time too.
    if task.failure is TaskFailure.NEVER_RAN:
        return False
    return task.lifecycle is TaskLifecycle.RUNNING or task.running_since is not None
