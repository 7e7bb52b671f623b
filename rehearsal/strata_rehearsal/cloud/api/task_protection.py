"""UpdateTaskProtection, and TagResource of tasks: what is set on one task of a service.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateTaskProtection.html
"""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.responses import EC2ContainerServiceResponse

from strata_rehearsal.cloud.api.tasks import tasks_of
from strata_rehearsal.cloud.container_services import SimulatedTask
from strata_rehearsal.cloud.state import current

__all__ = ["tag_resource", "update_task_protection"]

Action = Callable[[EC2ContainerServiceResponse], ActionResult]

DEFAULT_MINUTES = 120
MOST_MINUTES = 2880


def update_task_protection(self: EC2ContainerServiceResponse) -> ActionResult:
    """Protect tasks of services from scale-in and from deployments, for a while, or no longer."""
    cloud, protected = current(), str(self._get_param("protectionEnabled")).lower() == "true"
    minutes = int(self._get_param("expiresInMinutes", DEFAULT_MINUTES))
    if not 1 <= minutes <= MOST_MINUTES:
        raise InvalidParameterException(f"expiresInMinutes must be between 1 and {MOST_MINUTES}.")
    ours = {task.id: task for task in tasks_of(self)}
    shown: list[dict[str, Any]] = []
    failures: list[dict[str, Any]] = []
    for name in self._get_param("tasks", []):
        task = ours.get(str(name).rpartition("/")[2])
        if task is None or not task.active:
            failures.append({"arn": name, "reason": "TASK_NOT_VALID" if task is not None else "MISSING"})
            continue
        task.protected_until = cloud.world.now + 60 * minutes if protected else None
        if task.protected_until is not None:
            service = task.service
            cloud.world.at(task.protected_until, lambda service=service: cloud.touch_service(service))
        cloud.touch_service(task.service)
        shown.append({"taskArn": task.arn, "protectionEnabled": protected, "expirationDate": task.protected_until})
    return ActionResult({"protectedTasks": shown, "failures": failures})


def tag_resource(original: Action) -> Action:
    """A task of a service is tagged by itself; what else has tags is moto's."""

    def tagged(self: EC2ContainerServiceResponse) -> ActionResult:
        task = _task(str(self._get_param("resourceArn")))
        if task is None:
            return original(self)
        task.tags |= {each["key"]: each.get("value", "") for each in self._get_param("tags", [])}
        return EmptyResult()

    return tagged


def _task(arn: str) -> SimulatedTask | None:
    services = current().services.values()
    return next((task for service in services for task in service.tasks.values() if task.arn == arn), None)
