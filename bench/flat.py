"""A flat program with the resources of another: plain pulumi_aws constructors, no components, no gate.

It is written from the graph that the other program registered under mocks. What an input took from an output is told
by its value: under mocks every id, ARN and generated name occurs once. The engine's own list of dependencies decides
which resources are looked at, and what no value explains becomes `depends_on`.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi_aws

# pulumi_aws writes the names of inputs down nowhere else
from pulumi import _types as pulumi_types
from pulumi.runtime import MockResourceArgs

from strata.testing import CloudMocks, Graph, Registered

__all__ = ["Outputs", "flat_program"]

SHORTEST = 8
"""Outputs shorter than this, such as a version number, occur by chance and are no sign of a dependency."""

HEAD = '''"""Written by the bench: the resources of another program, without it."""

import pulumi
import pulumi_aws as aws

'''


@dataclass
class Outputs(CloudMocks):
    """The usual mocks, which also keep what they answered.

    Args:
        answered: outputs by the type and the name of the resource.
    """

    answered: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict[tuple[str, str], dict[str, Any]])

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        physical, outputs = super().new_resource(args)
        if physical is not None:
            self.answered[args.typ, args.name] = {"id": physical, **outputs}
        return physical, outputs


def flat_program(graph: Graph, outputs: Outputs) -> str:
    """The text of the program.

    Args:
        graph: what the other program registered.
        outputs: the mocks it ran under.
    """
    writer = _Writer(outputs)
    custom = [each for each in graph if each.custom and each.type.startswith("aws:")]
    return HEAD + "\n".join(writer.statement(index, each) for index, each in enumerate(custom)) + "\n"


class _Writer:
    def __init__(self, outputs: Outputs) -> None:
        self._outputs = outputs.answered
        self._variables: dict[str, str] = {}
        self._signs: dict[str, dict[str, str]] = {}

    def statement(self, index: int, resource: Registered) -> str:
        variable = f"r{index}"
        kind = _class(resource.type)
        near = [urn for urn in resource.options.depends_on if urn in self._variables]
        signs = {value: read for urn in near for value, read in self._signs[urn].items()}
        used: set[str] = set()
        names = {pulumi_name: python for python, pulumi_name in _inputs(kind).items()}
        arguments = [
            f"{names.get(key, key)}={_expression(value, signs, used)}"
            for key, value in sorted(resource.inputs.items())
            if value is not None
        ]
        rest = [self._variables[urn] for urn in near if self._variables[urn] not in used]
        arguments.append(f"opts=pulumi.ResourceOptions({_options(resource, rest)})")
        self._variables[resource.urn] = variable
        passed_on = {value for value in resource.inputs.values() if isinstance(value, str) and value in signs}
        self._signs[resource.urn] = dict(self._read(resource, kind, variable, passed_on))
        module = kind.__module__.split(".")[1]
        return f"{variable} = aws.{module}.{kind.__name__}({resource.name!r}, {', '.join(arguments)})"

    def _read(
        self, resource: Registered, kind: type, variable: str, passed_on: Collection[str]
    ) -> Iterator[tuple[str, str]]:
        """Values that can only be this resource's or what it was given by another, and what gives them."""
        for key, value in self._outputs[resource.type, resource.name].items():
            name = _snake(key)
            if not isinstance(value, str) or len(value) < SHORTEST or not hasattr(kind, name):
                continue
            if resource.inputs.get(key) != value or value in passed_on:
                yield value, f"{variable}.{name}"
                end = value.rpartition(":")[2]
                # what says `service/CLUSTER/SERVICE` has cut it off the service's ARN
                if key == "arn" and "/" in end:
                    yield end, f"{variable}.arn.apply(lambda arn: arn.rpartition(':')[2])"


def _expression(value: Any, signs: Mapping[str, str], used: set[str]) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key!r}: {_expression(each, signs, used)}" for key, each in value.items()) + "}"
    if isinstance(value, str):
        return _text(value, signs, used)
    if isinstance(value, Sequence):
        return "[" + ", ".join(_expression(each, signs, used) for each in value) + "]"
    return repr(int(value) if isinstance(value, float) and value.is_integer() else value)


def _text(value: str, signs: Mapping[str, str], used: set[str]) -> str:
    """A string, with the outputs in it read from where they come from; the longest first, an id holds a name."""
    if not any(sign in value for sign in signs):
        return repr(value)
    pattern = "|".join(re.escape(sign) for sign in sorted(signs, key=len, reverse=True))
    parts = [part for part in re.split(f"({pattern})", value) if part]
    used |= {signs[part].partition(".")[0] for part in parts if part in signs}
    written = [signs.get(part, repr(part)) for part in parts]
    return written[0] if len(written) == 1 else f"pulumi.Output.concat({', '.join(written)})"


def _options(resource: Registered, depends_on: Sequence[str]) -> str:
    options = resource.options
    said = {
        "protect": options.protect,
        "retain_on_delete": options.retain_on_delete,
        "delete_before_replace": options.delete_before_replace,
        "ignore_changes": list(options.ignore_changes) or None,
    }
    words = [f"{key}={value!r}" for key, value in said.items() if value is not None]
    return ", ".join([*words, *([f"depends_on=[{', '.join(depends_on)}]"] if depends_on else ())])


def _class(token: str) -> Any:
    """The resource class of a type token such as `aws:ec2/vpc:Vpc`."""
    _, module, name = token.split(":")
    return getattr(getattr(pulumi_aws, module.partition("/")[0]), name)


def _inputs(kind: type) -> Mapping[str, str]:
    """The names of a resource's inputs: Python's and Pulumi's."""
    module = __import__(kind.__module__, fromlist=["*"])
    # where a nested type has the name of the inputs, pulumi_aws calls these differently
    arguments = getattr(module, f"{kind.__name__}InitArgs", None) or getattr(module, f"{kind.__name__}Args")
    return pulumi_types.input_type_py_to_pulumi_names(arguments)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
