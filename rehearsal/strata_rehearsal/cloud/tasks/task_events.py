"""What the event log says of tasks and of the services they belong to."""

from typing import Any

from strata_rehearsal.cloud.container_services import SimulatedTask, service_of
from strata_rehearsal.cloud.state import Cloud
from strata_rehearsal.cloud.targets import network_name

__all__ = ["record_service", "record_task"]


def record_task(cloud: Cloud, task: SimulatedTask, state: str, **details: object) -> None:
    """Log that a task has another state, or that it was found healthy or unhealthy."""
    cloud.world.record(
        "task" if task.service.single is None else "single_task",
        task.id,
        state,
        cluster=task.service.cluster,
        container_service=task.service.name,
        service=task.service.service,
        digest=task.revision.version,
        revision=task.revision.arn.rpartition("/")[2],
        address=task.address,
        network=network_name(task.arn, task.interface.subnet.vpc_id) if task.interface is not None else None,
        **details,
    )


def record_service(cloud: Cloud, made: Any, state: str, **details: object) -> None:
    """Log what becomes of a container service, which is moto's."""
    cloud.world.record(
        "container_service", made.name, state, cluster=made.cluster_name, service=service_of(made), **details
    )
