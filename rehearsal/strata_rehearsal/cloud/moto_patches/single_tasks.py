"""RunTask: a task by itself, which goes through the same life as those of services.

On Fargate only; what runs on servers stays moto's. A task that is given a command ends when that has run; one that runs
its image's own goes on like a service's, until somebody stops it.
"""

import json
import re
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ecs.exceptions import EcsClientException, ECSException, InvalidParameterException
from moto.ecs.models import TaskDefinition
from moto.ecs.responses import EC2ContainerServiceResponse

from strata_rehearsal.cloud.container_services import SimulatedRevision, SimulatedService, SimulatedTask, SingleRun
from strata_rehearsal.cloud.moto_patches.container_refusals import (
    FARGATE,
    refuse_inactive,
    refuse_network,
    refuse_two_launch_types,
    refuse_unsupported,
)
from strata_rehearsal.cloud.state import Cloud, current
from strata_rehearsal.cloud.tasks.pulled_images import images_of
from strata_rehearsal.cloud.tasks.task_documents import task_document
from strata_rehearsal.cloud.tasks.task_lifecycle import start_task

__all__ = ["run_task"]

Action = Callable[[EC2ContainerServiceResponse], ActionResult]

_MOST: Final = 10
_OVERRIDES: Final = 8192
_TOKEN: Final = re.compile(r"[!-~]{1,64}")
_STARTER: Final = re.compile(r"[A-Za-z0-9_/-]{1,128}")
_ON_FARGATE: Final = frozenset({FARGATE, "FARGATE_SPOT"})
_OWN: Final = ("networkConfiguration", "platformVersion", "launchType")


def run_task(original: Action) -> Action:
    """On Fargate a task runs, fails and ends as one of a service does; a token runs it once."""

    def run(self: EC2ContainerServiceResponse) -> ActionResult:
        asked: Mapping[str, Any] = self.params
        providers = {each.get("capacityProvider") for each in asked.get("capacityProviderStrategy") or ()}
        if asked.get("launchType") != FARGATE and not providers & _ON_FARGATE:
            return original(self)
        cluster: Any = self.ecs_backend._get_cluster(asked.get("cluster") or "default")  # noqa: SLF001 - moto's own way
        definition = self.ecs_backend.describe_task_definition(str(asked["taskDefinition"]))
        _refuse(asked, definition)
        cloud, token = current(), asked.get("clientToken")
        known = _known(cloud, cluster.arn, token, asked) if token else []
        if not known:
            known = [_start(self, cloud, cluster, definition, asked) for _ in range(int(asked.get("count") or 1))]
        return ActionResult({"tasks": [task_document(each) for each in known], "failures": []})

    return run


def _refuse(asked: Mapping[str, Any], definition: TaskDefinition) -> None:
    refuse_two_launch_types(asked)
    refuse_inactive(definition)
    refuse_unsupported(definition, FARGATE)
    refuse_network(definition, asked.get("networkConfiguration"))
    names = {each["name"] for each in definition.container_definitions}
    overrides = asked.get("overrides") or {}
    for each in overrides.get("containerOverrides") or ():
        if each.get("name") not in names:
            raise InvalidParameterException(
                f"Override for container named {each.get('name')} is not a container in the TaskDefinition."
            )
    # AWS's words for these are in none of its pages; what it refuses is in the model of its API
    if len(json.dumps(overrides)) > _OVERRIDES:
        raise InvalidParameterException(f"Overrides exceed the limit of {_OVERRIDES} characters.")
    if not 1 <= int(asked.get("count") or 1) <= _MOST:
        raise InvalidParameterException(f"The count must be from 1 to {_MOST}.")
    if asked.get("propagateTags") == "SERVICE":
        raise InvalidParameterException("Tags of a service cannot be propagated to a task that is run by itself.")
    if (token := asked.get("clientToken")) and not _TOKEN.fullmatch(str(token)):
        raise InvalidParameterException("The clientToken is not valid.")
    if (starter := asked.get("startedBy")) and not _STARTER.fullmatch(str(starter)):
        raise InvalidParameterException("The startedBy is not valid.")
    if str(asked.get("group") or "").startswith("service:"):
        raise EcsClientException("The group of a task must not begin with service:.")


def _known(cloud: Cloud, cluster: str, token: str, asked: Mapping[str, Any]) -> list[SimulatedTask]:
    """What the token has run, for as long as ECS remembers: an hour beyond the end of that."""
    found = [each for each in cloud.single_tasks if each.cluster_arn == cluster and each.made.token == token]
    tasks = [task for each in found for task in (*each.tasks.values(), *each.stopped)]
    if found and found[0].made.asked != _same(asked):
        raise _token_in_use([each.arn for each in tasks])
    return tasks


def _token_in_use(tasks: list[str]) -> ECSException:
    # moto finds the service of an error by the module of its class, and what else is in it by its attributes
    error: Any = ECSException("ConflictException", "The provided clientToken is in use with a different request.")
    error.resource_ids = tasks
    return error


def _same(asked: Mapping[str, Any]) -> str:
    return json.dumps(asked, sort_keys=True, default=str)


def _start(
    self: EC2ContainerServiceResponse, cloud: Cloud, cluster: Any, definition: TaskDefinition, asked: Mapping[str, Any]
) -> SimulatedTask:
    tags = [*(asked.get("tags") or ())]
    if asked.get("propagateTags") == "TASK_DEFINITION":
        own = {each["key"] for each in tags}
        tags += [each for each in definition.tags or () if each["key"] not in own]
    starter = str(asked.get("startedBy") or "")
    single = SingleRun(
        group=str(asked.get("group") or f"family:{definition.family}"),
        started_by=starter,
        overrides=tuple((asked.get("overrides") or {}).get("containerOverrides") or ()),
        tags=tuple(tags),
    )
    made = SimpleNamespace(
        name=definition.family,
        tags=tags,
        desired_count=0,
        token=asked.get("clientToken"),
        asked=_same(asked),
        enable_execute_command=bool(asked.get("enableExecuteCommand")),
    )
    alone = SimulatedService(
        definition.family, cluster.name, self.current_account, self.region, "", cluster.arn, made, single=single
    )
    parameters = {name: asked[name] for name in _OWN if asked.get(name) is not None}
    revision = SimulatedRevision(
        arn="",
        deployment_id=starter,
        parameters={"launchType": FARGATE, "platformVersion": "1.4.0", **parameters, "taskDefinition": definition.arn},
        definition=definition,
        images=images_of(definition.container_definitions),
        created_at=cloud.world.now,
    )
    cloud.single_tasks.append(alone)
    return start_task(cloud, alone, revision)
