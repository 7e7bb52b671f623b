"""moto's services run no task, and it lacks the actions of service deployments; ours come from `tasks`."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ecs.models import EC2ContainerServiceBackend
from moto.ecs.responses import EC2ContainerServiceResponse

from strata_rehearsal.cloud.api import service_deployments, task_protection, tasks
from strata_rehearsal.cloud.moto_patches.single_tasks import run_task
from strata_rehearsal.cloud.patches import replace, wrap

__all__ = ["patch"]


def patch() -> None:
    """Answer everything about tasks on Fargate and about deployments from `tasks`; those on servers stay with moto."""
    for name in service_deployments.__all__:
        replace(EC2ContainerServiceResponse, name, getattr(service_deployments, name))
    for name in tasks.__all__:
        wrap(EC2ContainerServiceResponse, name, getattr(tasks, name))
    wrap(EC2ContainerServiceResponse, "run_task", run_task)
    replace(EC2ContainerServiceResponse, "update_task_protection", task_protection.update_task_protection)
    wrap(EC2ContainerServiceResponse, "tag_resource", task_protection.tag_resource)
    # RunTask shows it, and an interface in a VPC without names for hosts has none
    replace(NetworkInterface, "private_dns_name", None)
    wrap(EC2ContainerServiceBackend, "_calculate_task_resource_requirements", _of_the_task)


def _of_the_task(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """RunTask of containers that name no memory: on Fargate they share what the task has."""

    def required(definition: Any) -> dict[str, Any]:
        named = {"memory", "memoryReservation"}
        containers = [
            each if named & each.keys() else {**each, "memory": 0} for each in definition.container_definitions
        ]
        return original(SimpleNamespace(container_definitions=containers))

    return staticmethod(required)
