"""The policy rules name types and inputs that the provider has."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from strata.policy.rules import containers, encryption, exposure, repositories, secrets, servers, tags
from strata.resources.protections.by_name import REFUSING_DELETION
from strata.resources.protections.by_type import TABLE
from strata_rehearsal.plugin.schema import ListOf, MapOf, Record, resource_schema
from strata_rehearsal.plugin.schema.source import class_text, getters, resource_index

GONE = {"aws:applicationloadbalancing/listener:Listener", "aws:elasticloadbalancingv2/listener:Listener"}
"""Older names of listeners, which programs written against earlier providers still have in their state."""

NAMED = {
    "imdsv2": servers._METADATA,
    "image-age": {token: key for token, key in servers._CREATED.items() if token.startswith("aws:")},
    "immutable-tags": dict.fromkeys(repositories.REPOSITORIES, "imageTagMutability"),
    "no-public-database": dict.fromkeys(exposure._DATABASES, "publiclyAccessible"),
    "controlled-protected": {
        token: row.path for token, rows in TABLE.items() for row in rows if row.path in REFUSING_DELETION
    },
}

TOKENS = {
    *encryption._TYPES,
    *exposure._INLINE,
    exposure._OLD_RULE,
    exposure._RULE,
    *(encryption._LISTENERS - GONE),
    *secrets._LAUNCHERS,
    *tags._ALWAYS,
    *containers.CONTAINERS,
    *containers.IMAGES,
    *repositories.REPOSITORIES,
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
}


def properties(token: str) -> set[str]:
    folder, file, name = resource_index()[token]
    return {camel for camel, *_ in getters(class_text(folder + file, name))}


@pytest.mark.parametrize("token", sorted(TOKENS))
def test_every_type_a_rule_names_exists(token: str):
    assert token in resource_index()


@pytest.mark.parametrize(
    "token,key", [(token, key) for table in NAMED.values() for token, key in sorted(table.items())]
)
def test_every_input_a_rule_reads_exists(token: str, key: str):
    assert key in properties(token)


NAMES_AN_IMAGE = re.compile("(ami|image|imageId|imageIdOverride|imageIdentifier|imageUri|containerUri)")
"""How inputs are called that name an image."""

BY_ANOTHER_WAY = {
    "aws:batch/computeEnvironment:ComputeEnvironment": "an image of servers, by image-by-id",
    "aws:cloud9/environmentEC2:EnvironmentEC2": "AWS accepts nothing but its own parameters",
    "aws:codebuild/fleet:Fleet": "an image of servers, by image-by-id",
    "aws:codebuild/project:Project": "what builds, not what runs; AWS's own images have no digest",
    "aws:ec2/amiLaunchPermission:AmiLaunchPermission": "an id, which shares an image and runs none",
    "aws:ec2/instance:Instance": "an image of servers, by image-by-id",
    "aws:ec2/launchConfiguration:LaunchConfiguration": "an image of servers, by image-by-id",
    "aws:ec2/launchTemplate:LaunchTemplate": "an image of servers, by image-by-id",
    "aws:ec2/spotFleetRequest:SpotFleetRequest": "an image of servers, by image-by-id",
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest": "an image of servers, by image-by-id",
    "aws:imagebuilder/containerRecipe:ContainerRecipe": "the image of a server that bakes, not of one that runs",
    "aws:sagemaker/algorithm:Algorithm": "a listing of a marketplace, with the digest in an input of its own",
    "aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition": "AWS's own image, of a job that only reports",
    "aws:sagemaker/monitoringSchedule:MonitoringSchedule": "AWS's own image, of a job that only reports",
}
"""Types with such an input that `digest-only` does not read, and why."""


def named_images(token: str) -> set[str]:
    """The inputs of a type, at any depth, that name an image."""

    def below(kind: Any, path: tuple[str, ...], above: frozenset[str]) -> Iterator[str]:
        match kind:
            case ListOf():
                yield from below(kind.item, path, above)
            case MapOf():
                yield from below(kind.value, path, above)
            case Record() if kind.name not in above:
                for name, field in kind.fields.items():
                    yield from named((*path, name), field.type, above | {kind.name})
            case _:
                return

    def named(path: tuple[str, ...], kind: Any, above: frozenset[str]) -> Iterator[str]:
        if NAMES_AN_IMAGE.fullmatch(path[-1]):
            yield ".".join(path)
        yield from below(kind, path, above)

    inputs = resource_schema(token).inputs
    return {found for name, field in inputs.items() for found in named((name,), field.type, frozenset())}


def test_every_input_of_the_provider_that_names_an_image_is_read_or_excused():
    known = {f"{path}.image" for paths in containers.CONTAINERS.values() for path in paths} | {
        *containers.IMAGES.values()
    }
    found = {token: named for token in resource_index() if (named := named_images(token))}
    missing = {
        token: sorted(named - known) for token, named in found.items() if token not in BY_ANOTHER_WAY and named - known
    }
    assert missing == {}, "add it to strata/policy/rules/containers.py, or say here how a moving image is found there"
    assert {*BY_ANOTHER_WAY} <= found.keys(), "nothing there names an image any more"
    inputs = {path.partition(".")[0] for path in known}
    read = {token: {*resource_schema(token).inputs} & inputs for token in (*containers.CONTAINERS, *containers.IMAGES)}
    assert all(read.values()), read


def test_what_is_read_by_image_by_id_is_called_as_the_rule_knows_it():
    of_servers = [token for token, why in BY_ANOTHER_WAY.items() if "image-by-id" in why]
    strange = {
        token: last
        for token in of_servers
        for path in named_images(token)
        if (last := path.rpartition(".")[2]) not in servers._IMAGE_INPUTS
    }
    assert strange == {}
