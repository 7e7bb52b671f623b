"""What Terraform calls the types and functions of Pulumi's AWS provider, and how a request is spelled for it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from google.protobuf import struct_pb2

__all__ = ["PROPERTIES", "Names", "Terraform", "with_names", "without_region"]

TOKEN = re.compile(r"aws:(?P<module>[^/]+)/(?P<file>[^:]+):\w+")

PROPERTIES: Mapping[str, Mapping[str, str]] = {"aws:cloudwatch/metricAlarm:MetricAlarm": {"name": "alarmName"}}
"""Properties that Pulumi's provider calls differently: our name and the bridge's, by type."""


@dataclass(frozen=True)
class Terraform:
    """Terraform's names by token of Pulumi's.

    Args:
        resources: of resources, `aws_vpc` by `aws:ec2/vpc:Vpc`.
        functions: of functions, which Terraform calls data sources.
    """

    resources: Mapping[str, str]
    functions: Mapping[str, str]

    @property
    def all(self) -> list[str]:
        """Every name once, for a bridge that is started for no other."""
        return sorted({*self.resources.values(), *self.functions.values()})


@dataclass(frozen=True)
class Names:
    """Tokens of the bridge by token of Pulumi's."""

    resources: Mapping[str, str]
    functions: Mapping[str, str]

    @classmethod
    def of(cls, terraform: Terraform, schema: Mapping[str, Any]) -> Self:
        """Those of a bridge that has a schema; what it does not have keeps its token, and the bridge refuses it."""
        return cls(
            _found(terraform.resources, "", schema["resources"]),
            _found(terraform.functions, "get", schema["functions"]),
        )

    def urn(self, urn: str) -> str:
        """A URN whose resource is called by the bridge's token."""
        parts = urn.split("::")
        *parents, token = parts[2].split("$")
        parts[2] = "$".join([*parents, self.resources.get(token, token)])
        return "::".join(parts)


def _found(names: Mapping[str, str], prefix: str, tokens: Iterable[str]) -> dict[str, str]:
    """The bridge makes `aws:index/launchTemplate:LaunchTemplate` of `aws_launch_template`."""
    spelled = {match["file"].lower(): token for token in tokens if (match := TOKEN.fullmatch(token))}
    wanted = {ours: prefix + name.removeprefix("aws_").replace("_", "") for ours, name in names.items()}
    return {ours: spelled[name] for ours, name in wanted.items() if name in spelled}


def without_region(values: struct_pb2.Struct) -> None:
    """Take out the region, which each resource has since version 6 of the Terraform provider and none had before."""
    values.fields.pop("region", None)
    if "__defaults" in values.fields:
        defaults = values.fields["__defaults"].list_value.values
        kept = [each for each in defaults if each.string_value != "region"]
        del defaults[:]
        defaults.extend(kept)


def with_names(values: struct_pb2.Struct, names: Mapping[str, str]) -> None:
    """Rename properties."""
    for before, after in names.items():
        if before in values.fields:
            values.fields[after].CopyFrom(values.fields[before])
            del values.fields[before]
