"""moto registers task definitions that Fargate has no tasks for, and takes a deregistered one for the latest."""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.exceptions import TaskDefinitionNotFoundException
from moto.ecs.models import EC2ContainerServiceBackend, TaskDefinition
from moto.ecs.responses import EC2ContainerServiceResponse

from strata.aws.facts import fargate
from strata_rehearsal.cloud.moto_patches.container_refusals import refuse_task
from strata_rehearsal.cloud.patches import wrap
from strata_rehearsal.cloud.state import current

__all__ = ["patch"]


def patch() -> None:
    """Refuse what ECS refuses, keep what moto drops, and resolve a family to its latest active revision."""
    wrap(EC2ContainerServiceResponse, "register_task_definition", _checked)
    wrap(EC2ContainerServiceBackend, "describe_task_definition", _latest_active)
    wrap(EC2ContainerServiceBackend, "deregister_task_definition", _dated)


def _checked(original: Callable[..., ActionResult]) -> Callable[..., ActionResult]:
    def register_task_definition(self: Any) -> ActionResult:
        asked = self.params
        refuse_task(asked)
        for name, read in (("cpu", fargate.cpu_units), ("memory", fargate.memory_mib)):
            if asked.get(name):
                asked[name] = str(read(str(asked[name])))
        answer: Any = original(self)
        made = answer.result["taskDefinition"]
        made.registered_at = current().world.now
        made.enable_fault_injection = bool(asked.get("enableFaultInjection"))
        current().world.record("task_definition", made.family, "registered", revision=made.revision)
        return answer

    return register_task_definition


def _latest_active(original: Callable[..., TaskDefinition]) -> Callable[..., TaskDefinition]:
    def describe_task_definition(self: Any, task_definition_str: str) -> TaskDefinition:
        name = task_definition_str.rpartition("/")[2]
        if ":" in name:
            return original(self, task_definition_str)
        revisions: dict[int, TaskDefinition] = self.task_definitions.get(name, {})
        active = [number for number, revision in revisions.items() if revision.status == "ACTIVE"]
        if not active:
            raise TaskDefinitionNotFoundException
        return revisions[max(active)]

    return describe_task_definition


def _dated(original: Callable[..., TaskDefinition]) -> Callable[..., TaskDefinition]:
    def deregister_task_definition(self: Any, task_definition_str: str) -> TaskDefinition:
        gone: Any = original(self, task_definition_str)
        gone.deregistered_at = current().world.now
        return gone

    return deregister_task_definition
