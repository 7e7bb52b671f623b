"""What the admin paths show of container services, and do to their tasks."""

from collections.abc import Iterable
from typing import Any

from strata_rehearsal.cloud.container_services import SimulatedService, SimulatedTask
from strata_rehearsal.cloud.faults import Fault, FaultKind
from strata_rehearsal.cloud.state import Cloud
from strata_rehearsal.cloud.tasks.service_documents import deployment_document
from strata_rehearsal.cloud.tasks.task_health import sicken_task, targets_of, verdict

__all__ = ["lift_from_tasks", "service_named", "service_state", "set_task_health"]


def service_named(cloud: Cloud, name: str) -> list[SimulatedService]:
    """The container services that are the service `name`, or carry that name.

    Raises:
        ValueError: there is none.
    """
    found = [service for service in cloud.services.values() if name in (service.service, service.name)]
    if not found:
        raise ValueError(f"no container service is or runs {name}")
    return found


def set_task_health(cloud: Cloud, task: SimulatedTask, *, healthy: bool) -> None:
    """The task passes or fails its checks from now on."""
    fault = Fault(FaultKind.UNHEALTHY, task.service.service, task.revision.version)
    task.faults = task.faults - {fault} if healthy else task.faults | {fault}
    sicken_task(cloud, task)


def lift_from_tasks(cloud: Cloud, lifted: Iterable[Fault]) -> None:
    """Tasks recover from faults that are lifted."""
    gone = set(lifted)
    for service in cloud.services.values():
        for task in service.tasks.values():
            if task.faults & gone:
                task.faults -= gone
                sicken_task(cloud, task)


def service_state(cloud: Cloud, service: SimulatedService) -> dict[str, Any]:
    """A service with its deployments and tasks."""
    return {
        "name": service.name,
        "service": service.service,
        "cluster": service.cluster,
        "region": service.region,
        "desired": service.desired,
        "deleting": service.deleting,
        "tags": {str(tag["key"]): str(tag["value"]) for tag in service.made.tags},
        "deployments": [deployment_document(each) for each in service.rollouts],
        "tasks": [
            {
                "id": task.id,
                "digest": task.revision.version,
                "revision": task.revision.arn,
                "state": task.state.value,
                "health": verdict(cloud, task).value,
                "zone": task.zone,
                "address": task.address,
                "running_since": task.started_at,
                "targets": [cloud.targets.health(group.arn, str(task.address)).state for group, _ in targets_of(task)],
            }
            for task in service.tasks.values()
        ],
    }
