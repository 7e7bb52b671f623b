"""Counting a service's tasks from the point of view of a deployment, and choosing which ones stop."""

from collections.abc import Iterable
from dataclasses import dataclass

from strata.rollout.tasks.deployment.service_deployment import (
    DeploymentRules,
    ServiceDeployment,
    ServiceTask,
    ServiceView,
    TaskFailure,
    TaskHealth,
    TaskLifecycle,
    TaskRevision,
)

__all__ = ["TaskCounts", "count_tasks", "failure_of", "healthy_at", "is_healthy", "surplus_tasks"]


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """The active tasks by revision, without those found unhealthy."""

    desired: int
    source: tuple[ServiceTask, ...]
    target: tuple[ServiceTask, ...]
    stale: tuple[ServiceTask, ...]
    unhealthy: tuple[ServiceTask, ...]
    """Active tasks of any revision whose checks failed: they serve nobody and are to stop."""
    healthy: frozenset[str]
    """Running tasks that are healthy, by id."""

    def of(self, revision: TaskRevision) -> tuple[ServiceTask, ...]:
        """The tasks of a revision."""
        if revision is TaskRevision.SOURCE:
            return self.source
        return self.target if revision is TaskRevision.TARGET else self.stale

    def healthy_of(self, revision: TaskRevision) -> int:
        """How many tasks of a revision are healthy."""
        return sum(task.id in self.healthy for task in self.of(revision))

    def reached(self, revision: TaskRevision) -> bool:
        """Whether a revision has as many healthy tasks as desired."""
        return self.healthy_of(revision) >= self.desired

    def gone(self, *revisions: TaskRevision) -> bool:
        """Whether no task of these revisions is active any more."""
        return not any(
            self.of(revision) or any(task.revision is revision for task in self.unhealthy) for revision in revisions
        )


def is_healthy(task: ServiceTask, rules: DeploymentRules, now: float) -> bool:
    """Whether a task counts for the floor."""
    if task.lifecycle is not TaskLifecycle.RUNNING:
        return False
    at = healthy_at(task, rules)
    return task.health is TaskHealth.HEALTHY or (at is not None and at <= now)


def healthy_at(task: ServiceTask, rules: DeploymentRules) -> float | None:
    """When a running task without any check is held healthy; None for other tasks."""
    if task.health is not TaskHealth.UNCHECKED or task.lifecycle is not TaskLifecycle.RUNNING:
        return None
    return None if task.running_since is None else task.running_since + rules.assumed_healthy_seconds


def failure_of(task: ServiceTask) -> TaskFailure | None:
    """What is wrong with a task, if anything is; one that is being stopped is not judged by its checks any more."""
    if task.failure is not None:
        return task.failure
    return TaskFailure.UNHEALTHY if task.active and task.health is TaskHealth.UNHEALTHY else None


def count_tasks(deployment: ServiceDeployment, view: ServiceView, now: float) -> TaskCounts:
    """Count the tasks once; the cost is one pass over them."""
    by_revision: dict[TaskRevision, list[ServiceTask]] = {revision: [] for revision in TaskRevision}
    unhealthy: list[ServiceTask] = []
    healthy: set[str] = set()
    for task in view.tasks:
        if not task.active:
            continue
        if task.health is TaskHealth.UNHEALTHY:
            unhealthy.append(task)
            continue
        by_revision[task.revision].append(task)
        if is_healthy(task, deployment.rules, now):
            healthy.add(task.id)
    return TaskCounts(
        desired=view.desired,
        source=tuple(by_revision[TaskRevision.SOURCE]),
        target=tuple(by_revision[TaskRevision.TARGET]),
        stale=tuple(by_revision[TaskRevision.STALE]),
        unhealthy=tuple(unhealthy),
        healthy=frozenset(healthy),
    )


def surplus_tasks(tasks: Iterable[ServiceTask], count: int, spare: int, counts: TaskCounts) -> list[str]:
    """Choose tasks to stop: those that serve nobody first, then healthy ones, the oldest first.

    Args:
        tasks: which may be chosen.
        count: how many are wanted; fewer are given when there are fewer.
        spare: how many of them may be healthy.
        counts: say which are.
    """
    if count <= 0:
        return []
    ordered = sorted(tasks, key=_age)
    chosen = [task.id for task in ordered if task.id not in counts.healthy][:count]
    wanted = max(0, min(count - len(chosen), spare))
    return chosen + [task.id for task in ordered if task.id in counts.healthy][:wanted]


def _age(task: ServiceTask) -> tuple[float, str]:
    return (float("inf") if task.running_since is None else task.running_since, task.id)
