"""Rules over container images, and where containers are described."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from strata.image_build.image_reference import DIGEST
from strata.policy.rule import Rule, Severity, Terms
from strata.resources.resource import Resource
from strata.resources.values import at, mappings, parsed, text

__all__ = ["DIGEST_ONLY", "containers"]

_DIGEST = re.compile(rf"(.+@)?{DIGEST}")
"""A repository's digest, or the id of an image that is there already."""


def containers(resource: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every container a resource describes: where in it, for messages, and its `image` and `environment`."""
    inputs = resource.inputs
    match resource.type:
        case "aws:ecs/taskDefinition:TaskDefinition":
            for each in mappings(parsed(inputs.get("containerDefinitions"))):
                yield f" in its container {each.get('name')}", each
        case "aws:batch/jobDefinition:JobDefinition":
            for each in mappings(parsed(inputs.get("containerProperties"))):
                yield " in its container", each
        case "aws:lambda/function:Function" if inputs.get("imageUri") is not None:
            yield "", {"image": inputs["imageUri"]}
        case "docker:index/container:Container":
            yield "", {"image": inputs.get("image"), "environment": _pairs(inputs.get("envs"))}
        case "docker:index/service:Service":
            spec = at(inputs, "taskSpec", "containerSpec")
            yield "", {"image": at(spec, "image"), "environment": at(spec, "env")}
        case _:
            return


def _pairs(values: Any) -> Any:
    """Docker's `NAME=VALUE` as a mapping."""
    if not isinstance(values, list):
        return values
    return dict(each.split("=", 1) for each in values if isinstance(each, str) and "=" in each)


def _digest_only(resource: Resource, _: Terms) -> Iterator[str]:
    for where, container in containers(resource):
        image = text(container.get("image"))
        if image is not None and not _DIGEST.fullmatch(image):
            yield f"runs {image}{where}, which can be another image tomorrow"


DIGEST_ONLY: Final = Rule(
    "digest-only",
    Severity.MANDATORY,
    "Container images are named by their digest.",
    "Name the image as repository@sha256:...: a tag is whatever was pushed last.",
    _digest_only,
)
