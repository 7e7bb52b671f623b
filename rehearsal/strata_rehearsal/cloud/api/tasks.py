"""ListTasks, DescribeTasks, StopTask: those of services are ours, others are moto's."""

from collections.abc import Callable, Iterator
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.responses import EC2ContainerServiceResponse

from strata_rehearsal.cloud.container_services import SimulatedService, SimulatedTask
from strata_rehearsal.cloud.state import current
from strata_rehearsal.cloud.tasks.stop_reasons import stopped_by_user
from strata_rehearsal.cloud.tasks.task_documents import task_document
from strata_rehearsal.cloud.tasks.task_lifecycle import stop_task as stop_a_task

__all__ = ["describe_tasks", "list_tasks", "stop_task"]

Action = Callable[[EC2ContainerServiceResponse], ActionResult]


def list_tasks(original: Action) -> Action:
    """Those of services are listed too, and filtered."""

    def listed(self: EC2ContainerServiceResponse) -> ActionResult:
        answer: Any = original(self)
        passes = _filter(self)
        ours = [task.arn for task in tasks_of(self) if passes(task)]
        # moto cannot say which of its own tasks belong to a service, for none does
        others = [] if self._get_param("serviceName") else answer.result["taskArns"]
        return ActionResult({"taskArns": [*others, *ours]})

    return listed


def describe_tasks(original: Action) -> Action:
    """Those of services are described too; what is neither of theirs nor of moto's is a failure."""

    def described(self: EC2ContainerServiceResponse) -> ActionResult:
        answer: Any = original(self)
        ours = {task.id: task for task in tasks_of(self)}
        found, failures = list(answer.result["tasks"]), list(answer.result["failures"])
        known = {each.task_arn.rpartition("/")[2] for each in found}
        for name in self._get_param("tasks", []):
            identity = name.rpartition("/")[2]
            if identity in ours:
                found.append(task_document(ours[identity]))
            elif identity not in known:
                failures.append({"arn": _arn(self, identity), "reason": "MISSING"})
        return ActionResult({"tasks": found, "failures": failures})

    return described


def stop_task(original: Action) -> Action:
    """One of a service is stopped, and the service starts another."""

    def stopped(self: EC2ContainerServiceResponse) -> ActionResult:
        identity = str(self._get_param("task")).rpartition("/")[2]
        found = next((task for task in tasks_of(self) if task.id == identity), None)
        if found is None:
            if not any(arn.endswith(identity) for arn in self.ecs_backend.tasks.get(_cluster(self), ())):
                raise InvalidParameterException("The referenced task was not found.")
            return original(self)
        stop_a_task(current(), found, stopped_by_user(str(self._get_param("reason") or "")))
        return ActionResult({"task": task_document(found)})

    return stopped


def _services(self: EC2ContainerServiceResponse) -> Iterator[SimulatedService]:
    cluster = _cluster(self)
    cloud, place = current(), (self.current_account, self.region)
    single = (each for each in cloud.single_tasks if (each.account, each.region) == place)
    return (each for each in (*cloud.services_of(*place), *single) if each.cluster == cluster)


def tasks_of(self: EC2ContainerServiceResponse) -> list[SimulatedTask]:
    """The tasks of services in the cluster that a request names, those that have stopped too."""
    return [task for service in _services(self) for task in (*service.tasks.values(), *reversed(service.stopped))]


def _filter(self: EC2ContainerServiceResponse) -> Callable[[SimulatedTask], bool]:
    """Whether a task is one of those that are asked for; what is asked for is read once for all of them."""
    asked = self._get_param
    running, no_server = (asked("desiredStatus") or "RUNNING") == "RUNNING", not asked("containerInstance")
    service = str(asked("serviceName") or "").rpartition("/")[2]
    family, starter, kind = asked("family"), asked("startedBy"), asked("launchType")

    def passes(task: SimulatedTask) -> bool:
        return (
            running == task.active
            and (not service or (task.service.name == service and task.service.single is None))
            and (not family or task.revision.definition.family == family)
            and (not starter or task.revision.deployment_id == starter)
            and (not kind or task.revision.parameters.get("launchType") == kind)
            and no_server
        )

    return passes


def _cluster(self: EC2ContainerServiceResponse) -> str:
    return str(self._get_param("cluster", "default")).rpartition("/")[2]


def _arn(self: EC2ContainerServiceResponse, identity: str) -> str:
    return f"arn:{self.partition}:ecs:{self.region}:{self.current_account}:task/{_cluster(self)}/{identity}"
