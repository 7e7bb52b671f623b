"""Rules over container images, and where containers are described."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from strata.image_build.image_reference import DIGEST
from strata.policy.rule import Rule, Severity, Terms
from strata.resources.resource import Resource
from strata.resources.values import at, mappings, parsed, text

__all__ = ["CONTAINERS", "DIGEST_ONLY", "IMAGES", "containers"]

_IMMUTABLE = re.compile(rf"(.+@)?{DIGEST}|:[a-z0-9-]+\.[a-z0-9-]+\.[0-9]+")
"""A repository's digest, the id of an image that is there already, or the number that Lightsail gives a pushed one."""

_POD: Final = ("podProperties.containers", "podProperties.initContainers")

CONTAINERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "aws:batch/jobDefinition:JobDefinition": (
            *("containerProperties", "ecsProperties.taskProperties.containers"),
            *(f"eksProperties.{pod}" for pod in _POD),
            "nodeProperties.nodeRangeProperties.container",
            "nodeProperties.nodeRangeProperties.ecsProperties.taskProperties.containers",
            *(f"nodeProperties.nodeRangeProperties.eksProperties.{pod}" for pod in _POD),
        ),
        "aws:ecs/daemonTaskDefinition:DaemonTaskDefinition": ("containerDefinitions",),
        "aws:ecs/expressGatewayService:ExpressGatewayService": ("primaryContainer",),
        "aws:ecs/taskDefinition:TaskDefinition": ("containerDefinitions",),
        "aws:lightsail/containerServiceDeploymentVersion:ContainerServiceDeploymentVersion": ("containers",),
        "aws:sagemaker/model:Model": ("containers", "primaryContainer"),
    }
)
"""By type: where its containers are, each with an `image`; lists are stepped into, and JSON texts are read."""

IMAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "aws:apprunner/service:Service": "sourceConfiguration.imageRepository.imageIdentifier",
        "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime": (
            "agentRuntimeArtifact.containerConfiguration.containerUri"
        ),
        "aws:bedrock/agentcoreHarness:AgentcoreHarness": "environmentArtifact.containerConfiguration.containerUri",
        "aws:emrserverless/application:Application": "imageConfiguration.imageUri",
        "aws:lambda/function:Function": "imageUri",
    }
)
"""By type: the input that names the image it runs."""


def containers(resource: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every container a resource describes: where in it, for messages, and its `image` and `environment`."""
    inputs = resource.inputs
    for path in CONTAINERS.get(resource.type, ()):
        for each in _below(inputs, path.split(".")):
            name = each.get("name")
            environment = each.get("environment", each.get("environments"))
            yield f" in its container{f' {name}' if name else ''}", {**each, "environment": environment}
    if (path := IMAGES.get(resource.type)) is not None and (image := at(inputs, *path.split("."))) is not None:
        yield "", {"image": image}
    match resource.type:
        case "docker:index/container:Container":
            yield "", {"image": inputs.get("image"), "environment": _pairs(inputs.get("envs"))}
        case "docker:index/remoteImage:RemoteImage" if inputs.get("build") is None:
            yield "", {"image": inputs.get("name")}
        case "docker:index/service:Service":
            spec = at(inputs, "taskSpec", "containerSpec")
            yield "", {"image": at(spec, "image"), "environment": at(spec, "env")}
        case _:
            return


def _below(value: Any, path: list[str]) -> Iterator[Mapping[str, Any]]:
    """Every mapping at a path."""
    for each in mappings(parsed(value)):
        if path:
            yield from _below(each.get(path[0]), path[1:])
        else:
            yield each


def _pairs(values: Any) -> Any:
    """Docker's `NAME=VALUE` as a mapping."""
    if not isinstance(values, list):
        return values
    return dict(each.split("=", 1) for each in values if isinstance(each, str) and "=" in each)


def _digest_only(resource: Resource, _: Terms) -> Iterator[str]:
    for where, container in containers(resource):
        image = text(container.get("image"))
        if image is not None and not _IMMUTABLE.fullmatch(image):
            yield f"runs {image}{where}, which can be another image tomorrow"


DIGEST_ONLY: Final = Rule(
    "digest-only",
    Severity.MANDATORY,
    "Container images are named by their digest.",
    "Name the image as repository@sha256:...: a tag is whatever was pushed last.",
    _digest_only,
)
