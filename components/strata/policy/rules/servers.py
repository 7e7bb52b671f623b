"""Rules over servers, the templates they are launched from, and where their images come from and how old they are."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from strata.clock import parse_moment
from strata.durations import DAY_SECONDS
from strata.policy.rule import Rule, Severity, Terms
from strata.resources.resource import Resource
from strata.resources.values import at, is_known, mappings, text, walk

__all__ = [
    "IMAGE_AGE",
    "IMAGE_BY_ID",
    "IMDSV2",
    "NO_IMAGE_OF_A_SERVER",
    "NO_IMAGE_OF_A_SNAPSHOT",
    "NUMBERED_TEMPLATE_VERSION",
]

_REFERENCES = frozenset({"launchTemplate", "launchTemplateSpecification"})
"""Inputs that refer to a template: of groups, servers, fleets, node groups and compute environments alike."""
_IDENTITIES = frozenset({"id", "name", "launchTemplateId", "launchTemplateName", "version"})
_IMAGE_INPUTS = frozenset({"ami", "imageId", "imageIdOverride"})
"""Inputs that name an image: of templates, servers, fleets and compute environments alike."""
_MOVING_IMAGE = re.compile(r"resolve:ssm:(?!/aws/service/cloud9/)(?!.*:[0-9]+$).+")
"""A parameter without the number of its version. Cloud9 accepts nothing but its own parameters."""
_METADATA = {
    "aws:ec2/launchTemplate:LaunchTemplate": "metadataOptions",
    "aws:ec2/launchConfiguration:LaunchConfiguration": "metadataOptions",
    "aws:ec2/instance:Instance": "metadataOptions",
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest": "metadataOptions",
    "aws:imagebuilder/infrastructureConfiguration:InfrastructureConfiguration": "instanceMetadataOptions",
}
"""Where each type says how its servers answer requests for metadata."""
_CREATED = {
    "strata:index:MachineImage": "created",
    "aws:imagebuilder/image:Image": "dateCreated",
}
"""The output that says when an image was baked. EC2 shows the age of no other: a template knows its image's id only."""


def _numbered(resource: Resource, _: Terms) -> Iterator[str]:
    for path, value in walk(resource.inputs):
        if path[-1] in _REFERENCES and isinstance(value, Mapping) and _IDENTITIES & value.keys():
            version = value.get("version")
            if is_known(version) and not _is_number(version):
                yield f"is on template version {'$Default' if version in (None, '') else version!s}"


def _is_number(version: Any) -> bool:
    return isinstance(version, int | float) or str(version).isdigit()


def _by_id(resource: Resource, _: Terms) -> Iterator[str]:
    for path, value in walk(resource.inputs):
        if path[-1] in _IMAGE_INPUTS and _MOVING_IMAGE.fullmatch(text(value) or ""):
            yield f"launches {value}, which can be another image tomorrow"


def _tokens_required(resource: Resource, _: Terms) -> Iterator[str]:
    key = _METADATA.get(resource.type)
    if key is None:
        return
    options = resource.inputs.get(key)
    if options is None and resource.inputs.get("launchTemplate") is not None:
        return  # what the server does not say, its template says
    tokens, endpoint = at(options, "httpTokens"), at(options, "httpEndpoint")
    if is_known(tokens) and tokens != "required" and endpoint != "disabled":
        yield "answers IMDSv1 requests, which need no token"


IMAGE_BY_ID: Final = Rule(
    "image-by-id",
    Severity.MANDATORY,
    "Servers are launched from an image that is named by its id.",
    "Name the image as ami-..., or the parameter with the number of its version, resolve:ssm:NAME:3: without one, the "
    "parameter is read at every launch.",
    _by_id,
)


NUMBERED_TEMPLATE_VERSION: Final = Rule(
    "numbered-template-version",
    Severity.MANDATORY,
    "What launches servers names the number of its template version.",
    "Give launch_template.version a number, such as the template's latest_version as text: $Latest and $Default never "
    "start a rollout and cannot be rolled back.",
    _numbered,
)


IMDSV2: Final = Rule(
    "imdsv2",
    Severity.MANDATORY,
    "Servers hand out their credentials to requests with a token only (IMDSv2).",
    'Set metadata_options.http_tokens to "required".',
    _tokens_required,
)


def _of_a_server(resource: Resource, _: Terms) -> Iterator[str]:
    if resource.type == "aws:ec2/amiFromInstance:AmiFromInstance":
        yield "is made from a running server"


def _of_a_snapshot(resource: Resource, _: Terms) -> Iterator[str]:
    if resource.type == "aws:ec2/ami:Ami" and any(
        each.get("snapshotId") is not None for each in mappings(resource.inputs.get("ebsBlockDevices"))
    ):
        yield "is registered from a snapshot, and it is not known what was on the disk"


def _age(resource: Resource, terms: Terms) -> Iterator[str]:
    created = _epoch(resource.outputs.get(_CREATED.get(resource.type, "")))
    if created is None or terms.now is None:
        return
    days = (terms.now - created) / DAY_SECONDS
    if days > terms.image_days:
        yield f"was baked {days:.0f} days ago, more than {terms.image_days:.0f}"


def _epoch(value: Any) -> float | None:
    try:
        return parse_moment(text(value) or "").timestamp()
    except ValueError:
        return None


NO_IMAGE_OF_A_SERVER: Final = Rule(
    "no-image-of-a-server",
    Severity.MANDATORY,
    "No machine image is made from a running server.",
    "Bake the image from its sources: one taken from a server carries whatever happened to that server, and its keys.",
    _of_a_server,
)


NO_IMAGE_OF_A_SNAPSHOT: Final = Rule(
    "no-image-of-a-snapshot",
    Severity.ADVISORY,
    "No machine image is registered from a disk that somebody wrote to.",
    "Bake the image from its sources and pin it.",
    _of_a_snapshot,
)


IMAGE_AGE: Final = Rule(
    "image-age",
    Severity.ADVISORY,
    "Machine images are baked again before their patches are old.",
    "Bake a new version and pin it.",
    _age,
    reads_outputs=True,
)
