"""Rules over secrets that anybody with read access could read; a finding names the place and never the value."""

import base64
import binascii
import gzip
import io
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from strata.policy.rule import Rule, Severity, Terms
from strata.policy.rules.containers import containers
from strata.resources.resource import Resource
from strata.resources.values import SECRET, at, mappings
from strata.secret_scan import looks_secret, secret_lines

__all__ = ["NO_SECRETS_IN_THE_OPEN"]

_USER_DATA = ("userData", "userDataBase64")
_LAUNCHERS = frozenset(
    {
        "aws:ec2/instance:Instance",
        "aws:ec2/launchConfiguration:LaunchConfiguration",
        "aws:ec2/launchTemplate:LaunchTemplate",
        "aws:ec2/spotInstanceRequest:SpotInstanceRequest",
        "aws:imagebuilder/imageRecipe:ImageRecipe",
        "aws:lightsail/instance:Instance",
    }
)
_LARGEST = 1 << 20
"""Bytes of unpacked user data that are looked at; EC2 accepts 16 KB packed."""


def _in_the_open(resource: Resource, _: Terms) -> Iterator[str]:
    if resource.type in _LAUNCHERS:
        for key in _USER_DATA:
            yield from _user_data(resource.inputs.get(key))
    for where, environment in _environments(resource):
        for name, value in _variables(environment):
            if value is SECRET or (isinstance(value, str) and looks_secret(name, value)):
                yield f"shows what looks like a secret in the variable {name}{where}"


def _user_data(value: Any) -> Iterator[str]:
    if value is SECRET:
        yield "shows its servers, and all who may describe them, user data that is marked as secret"
    elif isinstance(value, str):
        lines = list(secret_lines(_decoded(value)))
        if lines:
            which = ", ".join(map(str, lines))
            yield f"shows what looks like a secret in its user data, line{'s' if len(lines) > 1 else ''} {which}"


def _decoded(value: str) -> str:
    """User data as the server reads it: out of base64 and unzipped, where it is."""
    try:
        content = base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return value
    if content.startswith(b"\x1f\x8b"):
        try:
            with gzip.open(io.BytesIO(content)) as packed:
                content = packed.read(_LARGEST)
        except (OSError, EOFError, zlib.error):
            return ""
    return content.decode("utf-8", errors="replace")


def _environments(resource: Resource) -> Iterator[tuple[str, Any]]:
    for where, container in containers(resource):
        yield where, container.get("environment")
    match resource.type:
        case "aws:lambda/function:Function":
            yield "", at(resource.inputs, "environment", "variables")
        case "aws:codebuild/project:Project":
            shown = mappings(at(resource.inputs, "environment", "environmentVariables"))
            yield "", [each for each in shown if each.get("type") in (None, "PLAINTEXT")]
        case _:
            return


def _variables(environment: Any) -> Iterator[tuple[str, Any]]:
    """Names and values, whether they come as a mapping or as a list of pairs."""
    if isinstance(environment, Mapping):
        yield from ((str(name), value) for name, value in environment.items())
    for each in mappings(environment) if isinstance(environment, list) else ():
        yield str(each.get("name")), each.get("value")


NO_SECRETS_IN_THE_OPEN: Final = Rule(
    "no-secrets-in-the-open",
    Severity.MANDATORY,
    "User data and environments contain no secret.",
    "Keep it in Secrets Manager and hand out its ARN; whoever needs the value reads it with a role of its own.",
    _in_the_open,
)
