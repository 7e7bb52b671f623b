"""Replacing tasks within a floor and a ceiling: the strategy ROLLING, forward and back, and a service at rest."""

from strata.rollout.tasks.deployment.deployment_configuration import task_ceiling, task_floor
from strata.rollout.tasks.deployment.service_deployment import (
    DeploymentOrders,
    ServiceDeployment,
    TaskRevision,
)
from strata.rollout.tasks.deployment.task_counts import TaskCounts, surplus_tasks

__all__ = ["is_steady", "may_launch", "order_replacement", "others"]


def others(revision: TaskRevision) -> tuple[TaskRevision, ...]:
    """The revisions that leave when the service goes to this one."""
    return tuple(each for each in TaskRevision if each is not revision)


def is_steady(deployment: ServiceDeployment, counts: TaskCounts) -> bool:
    """Whether the launched revision has all its tasks healthy and the others have none."""
    return counts.reached(deployment.launched) and counts.gone(*others(deployment.launched))


def may_launch(deployment: ServiceDeployment, now: float) -> bool:
    """Whether the last launches that never ran are long enough ago."""
    return not deployment.halted and (deployment.retry_at is None or now >= deployment.retry_at)


def order_replacement(deployment: ServiceDeployment, counts: TaskCounts, now: float) -> DeploymentOrders:
    """Start new tasks up to the ceiling and stop old ones down to the floor.

    Tasks that serve nobody yet leave first and are missed by nobody. A task found unhealthy stops at once: its place
    goes to the next one.
    """
    launched = deployment.launched
    spare = len(counts.healthy) - task_floor(counts.desired, deployment.configuration)
    arriving = counts.of(launched)
    leaving = [task for revision in others(launched) for task in counts.of(revision)]
    stop = surplus_tasks(leaving, len(leaving), spare, counts)
    spare -= sum(name in counts.healthy for name in stop)
    stop += surplus_tasks(arriving, len(arriving) - counts.desired, spare, counts)
    stopping = set(stop)
    kept = sum(task.id not in stopping for task in arriving)
    remaining = kept + sum(task.id not in stopping for task in leaving)
    started = 0
    if may_launch(deployment, now):
        room = task_ceiling(counts.desired, deployment.configuration) - remaining
        started = max(0, min(room, counts.desired - kept))
    keep = {revision: sum(task.id not in stopping for task in counts.of(revision)) for revision in TaskRevision}
    keep[launched] = kept + started
    return DeploymentOrders(
        keep_source=keep[TaskRevision.SOURCE],
        keep_target=keep[TaskRevision.TARGET],
        stop=(*(task.id for task in counts.unhealthy), *stop),
        launch=None if deployment.halted else launched,
        production_weight=deployment.production_weight,
        test_weight=deployment.test_weight,
    )
