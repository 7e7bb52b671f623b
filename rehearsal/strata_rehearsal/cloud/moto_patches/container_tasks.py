"""moto's services run no task, and it lacks the actions of service deployments; ours come from `tasks`."""

from moto.ecs.responses import EC2ContainerServiceResponse

from strata_rehearsal.cloud.api import service_deployments, tasks
from strata_rehearsal.cloud.patches import replace, wrap

__all__ = ["patch"]


def patch() -> None:
    """Answer everything about tasks of services and about deployments from `tasks`; single tasks stay with moto."""
    for name in service_deployments.__all__:
        replace(EC2ContainerServiceResponse, name, getattr(service_deployments, name))
    for name in tasks.__all__:
        wrap(EC2ContainerServiceResponse, name, getattr(tasks, name))
