"""Rules over servers and the templates they are launched from."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from strata.policy.model import Rule, Severity, Terms
from strata.resources.resource import Resource
from strata.resources.values import at, is_known, walk

__all__ = ["IMDSV2", "NUMBERED_TEMPLATE_VERSION"]

_REFERENCES = frozenset({"launchTemplate", "launchTemplateSpecification"})
"""Inputs that refer to a template: of groups, servers, fleets, node groups and compute environments alike."""
_IDENTITIES = frozenset({"id", "name", "launchTemplateId", "launchTemplateName", "version"})

_METADATA = {
    "aws:ec2/launchTemplate:LaunchTemplate": "metadataOptions",
    "aws:ec2/launchConfiguration:LaunchConfiguration": "metadataOptions",
    "aws:ec2/instance:Instance": "metadataOptions",
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest": "metadataOptions",
    "aws:imagebuilder/infrastructureConfiguration:InfrastructureConfiguration": "instanceMetadataOptions",
}
"""Where each type says how its servers answer requests for metadata."""


def _numbered(resource: Resource, _: Terms) -> Iterator[str]:
    for path, value in walk(resource.inputs):
        if path[-1] in _REFERENCES and isinstance(value, Mapping) and _IDENTITIES & value.keys():
            version = value.get("version")
            if is_known(version) and not _is_number(version):
                yield f"is on template version {'$Default' if version in (None, '') else version!s}"


def _is_number(version: Any) -> bool:
    return isinstance(version, int | float) or str(version).isdigit()


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
