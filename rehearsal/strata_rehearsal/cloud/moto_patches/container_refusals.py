"""What ECS and ECR refuse and moto accepts, in AWS's codes and words.

Plain functions; `task_definitions`, `containers` and `registries` ask them before moto does anything.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from moto.core.exceptions import ServiceException
from moto.ecr import exceptions as of_ecr
from moto.ecs.exceptions import EcsClientException, ECSException, InvalidParameterException
from moto.ecs.models import TaskDefinition
from moto.elbv2.models import FakeTargetGroup

from strata.aws.facts import fargate
from strata.rollout.tasks.deployment import InvalidDeploymentConfiguration, configuration_from_api

__all__ = [
    "cluster_in_use",
    "refuse_configuration",
    "refuse_inactive",
    "refuse_network",
    "refuse_new_strategy",
    "refuse_percentages",
    "refuse_target_group",
    "refuse_targets",
    "refuse_task",
    "refuse_two_launch_types",
    "refuse_unsupported",
    "service_not_active",
    "still_draining",
    "tag_taken",
    "wrong_digest",
]

_OF_ECR: Final = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/.+")
"""An image in a private repository of ECR."""

FARGATE: Final = "FARGATE"
AWSVPC: Final = "awsvpc"
MOST_CONTAINERS: Final = 10


# Task definitions


def refuse_task(asked: Mapping[str, Any]) -> None:
    """A task definition that could never run: sizes, network and roles (RegisterTaskDefinition).

    Args:
        asked: the parameters of the call.
    """
    containers = asked.get("containerDefinitions") or []
    if not asked.get("executionRoleArn") and any(each.get("secrets") for each in containers):
        raise EcsClientException(
            "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
        )
    for name, read in (("cpu", fargate.cpu_units), ("memory", fargate.memory_mib)):
        if asked.get(name) and read(str(asked[name])) is None:
            raise EcsClientException(
                f"Invalid '{name}' setting for task. For more information, see the Troubleshooting section of the "
                "Amazon ECS Developer Guide."
            )
    _refuse_together(containers)
    if FARGATE in (asked.get("requiresCompatibilities") or ()):
        _refuse_on_fargate(asked, containers)


def _refuse_together(containers: Sequence[Mapping[str, Any]]) -> None:
    """Containers that cannot be in one task. AWS's words for these are in none of its pages; the code is."""
    names = [str(each.get("name")) for each in containers]
    if len(containers) > MOST_CONTAINERS:
        raise EcsClientException(f"Too many containers. A task definition has at most {MOST_CONTAINERS}.")
    if len(set(names)) < len(names):
        raise EcsClientException("Container names must be unique within a task definition.")
    if containers and not any(each.get("essential", True) for each in containers):
        raise EcsClientException("At least one container in a task definition must be essential.")
    checked = {str(each["name"]) for each in containers if each.get("healthCheck")}
    for container in containers:
        for dependency in container.get("dependsOn") or ():
            other, condition = dependency.get("containerName"), dependency.get("condition")
            if other not in names or other == container["name"]:
                raise EcsClientException(f"Container {container['name']} depends on {other}, which is no other one.")
            if condition == "HEALTHY" and other not in checked:
                raise EcsClientException(f"Container {other} is to be HEALTHY and has no health check.")


def _refuse_on_fargate(asked: Mapping[str, Any], containers: Sequence[Mapping[str, Any]]) -> None:
    if asked.get("networkMode") != AWSVPC:
        raise EcsClientException("Fargate only supports network mode ‘awsvpc’.")  # noqa: RUF001 - AWS's quotes
    for name in ("cpu", "memory"):
        if not asked.get(name):
            raise EcsClientException(f"Fargate requires that '{name}' be defined at the task level.")
    cpu, memory = fargate.cpu_units(str(asked["cpu"])), fargate.memory_mib(str(asked["memory"]))
    if cpu is None or memory is None or not fargate.is_task_size(cpu, memory):
        raise EcsClientException(
            f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. See the Amazon ECS "
            "documentation for the valid values."
        )
    _refuse_shares(containers, cpu, memory)
    storage = (asked.get("ephemeralStorage") or {}).get("sizeInGiB")
    if storage is not None and storage not in fargate.EPHEMERAL_GIB:
        least, most = fargate.EPHEMERAL_GIB[0], fargate.EPHEMERAL_GIB[-1]
        bound = f"at least {least}" if storage < least else f"at most {most}"
        raise EcsClientException(f"EphemeralStorage size should be {bound}")
    for container in containers if not asked.get("executionRoleArn") else ():
        if (container.get("logConfiguration") or {}).get("logDriver") == "awslogs":
            raise EcsClientException(
                "Fargate requires task definition to have execution role ARN to support log driver awslogs."
            )
        if _OF_ECR.fullmatch(str(container.get("image"))):
            raise EcsClientException(
                "Fargate requires task definition to have execution role ARN to support ECR images."
            )


def _refuse_shares(containers: Sequence[Mapping[str, Any]], cpu: int, memory: int) -> None:
    """Containers that are to have more than their task."""
    if sum(int(each.get("cpu") or 0) for each in containers) > cpu:
        raise EcsClientException(
            "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'."
        )
    for container in containers:
        if int(container.get("memory") or 0) > memory:
            raise EcsClientException(
                f"The 'memory' setting for container '{container['name']}' is greater than for the task."
            )
    if sum(int(each.get("memory") or 0) for each in containers) > memory:
        raise EcsClientException(
            "The sum of all container 'memory' values cannot be greater than the value of the task 'memory'."
        )


# Services


def refuse_inactive(definition: TaskDefinition) -> None:
    """A task definition that is deregistered, for what is new (CreateService, UpdateService)."""
    if definition.status != "ACTIVE":
        raise EcsClientException("TaskDefinition is inactive")


def refuse_two_launch_types(asked: Mapping[str, Any]) -> None:
    """A launch type beside a capacity provider strategy."""
    if asked.get("launchType") and asked.get("capacityProviderStrategy"):
        raise InvalidParameterException(
            "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again."
        )


def refuse_unsupported(definition: TaskDefinition, launch_type: str | None) -> None:
    """A task definition that was not made for Fargate, on Fargate."""
    if launch_type == FARGATE and FARGATE not in definition.compatibilities:
        raise InvalidParameterException("Task definition does not support launch_type FARGATE.")


def refuse_network(definition: TaskDefinition, network: Mapping[str, Any] | None) -> None:
    """Tasks with a network of their own and no word on which, and the reverse."""
    if definition.network_mode == AWSVPC and not network:
        raise InvalidParameterException(
            "Network Configuration must be provided when networkMode 'awsvpc' is specified."
        )
    if definition.network_mode != AWSVPC and network:
        raise InvalidParameterException(
            "Network Configuration is not valid for the given networkMode of this task definition."
        )


def refuse_percentages(configuration: Mapping[str, Any]) -> None:
    """A floor and a ceiling between which nothing can start or stop."""
    if configuration.get("maximumPercent") == configuration.get("minimumHealthyPercent") == 100:  # noqa: PLR2004
        raise InvalidParameterException(
            "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments"
        )


def refuse_configuration(configuration: Mapping[str, Any]) -> None:
    """A deployment configuration with a value that is out of its range, or with what is not simulated."""
    try:
        configuration_from_api(configuration)
    except InvalidDeploymentConfiguration as error:
        raise InvalidParameterException(str(error)) from error


def refuse_new_strategy(before: Mapping[str, Any], after: Mapping[str, Any], *, deploying: bool) -> None:
    """Another strategy while a deployment is running.

    AWS's page on going from blue/green to rolling says that a service with a deployment in progress cannot, and its
    page on the way back wants all deployments to be over. AWS's words for the refusal are in none of its pages.

    Args:
        before: the service's deployment configuration.
        after: the one it is to have.
        deploying: whether a deployment has not ended.
    """
    changed = (
        configuration_from_api(before).strategy.shifts_traffic != configuration_from_api(after).strategy.shifts_traffic
    )
    if changed and deploying:
        raise InvalidParameterException(
            "The deployment strategy cannot be changed while the service has a deployment in progress."
        )


def refuse_targets(definition: TaskDefinition, balancers: Iterable[Mapping[str, Any]]) -> None:
    """Load balancers in front of a container or a port that the task does not have."""
    containers = {each["name"]: each for each in definition.container_definitions}
    for balancer in balancers:
        name, port = balancer.get("containerName"), balancer.get("containerPort")
        if name not in containers:
            raise InvalidParameterException(f"The container {name} does not exist in the task definition.")
        if port not in {each.get("containerPort") for each in containers[name].get("portMappings") or ()}:
            raise InvalidParameterException(f"The container {name} did not have a container port {port} defined.")


def refuse_target_group(definition: TaskDefinition, arn: str, group: FakeTargetGroup | None) -> None:
    """A target group that is not there, takes another kind of target, or has no load balancer in front.

    Args:
        definition: what is to run behind it.
        arn: the group's ARN.
        group: the group, None where there is none.
    """
    if group is None:
        # AWS's words for this one are in none of its pages; the code is the one its API has for a wrong parameter.
        raise InvalidParameterException(f"The target group with targetGroupArn {arn} does not exist.")
    wanted = "ip" if definition.network_mode == AWSVPC else "instance"
    if group.target_type != wanted:
        raise InvalidParameterException(
            f"The provided target group {arn} has target type {group.target_type}, which is incompatible with the "
            f"{definition.network_mode} network mode specified in the task definition."
        )
    if not group.load_balancer_arns:
        raise InvalidParameterException(
            f"The target group with targetGroupArn {arn} does not have an associated load balancer."
        )


def service_not_active() -> ECSException:
    """For UpdateService on a service that is deleted or about to be."""
    return ECSException("ServiceNotActiveException", "Service was not ACTIVE.")


def still_draining() -> ECSException:
    """For CreateService under the name of one whose tasks have not stopped yet."""
    return InvalidParameterException("Unable to Start a service that is still Draining.")


def cluster_in_use() -> ECSException:
    """For DeleteCluster on one with services."""
    return ECSException("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.")


# Repositories


def tag_taken(tag: str, repository: str) -> ServiceException:
    """For PutImage of another image under a tag that cannot move."""
    # moto finds the service of an error by the module of its class
    return of_ecr.InvalidParameterException(
        "ImageTagAlreadyExistsException",
        f"The image tag '{tag}' already exists in the '{repository}' repository and cannot be overwritten because the "
        "tag is immutable.",
    )


def wrong_digest() -> ServiceException:
    """For PutImage with the digest of another manifest."""
    return of_ecr.InvalidParameterException(
        "ImageDigestDoesNotMatchException",
        "The specified image digest does not match the digest that Amazon ECR calculated for the image.",
    )
