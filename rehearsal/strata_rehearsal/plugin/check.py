"""Whether a resource's inputs are what the installed pulumi_aws declares."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from strata.problem import nearest
from strata.resources.wire import is_signed, is_unknown
from strata_rehearsal.plugin.property_comparison import coerce
from strata_rehearsal.plugin.schema import Field, ListOf, MapOf, OneOf, PropertyType, Record, Scalar

__all__ = ["Failure", "check_inputs"]

_PYTHON = {"str": str, "bool": bool, "int": int, "float": int | float}
_WORDS = {"str": "a string", "bool": "true or false", "int": "a whole number", "float": "a number"}


@dataclass(frozen=True)
class Failure:
    """One finding: the path of the property, such as `tags.Name` or `rules[0].port`, and what is wrong with it."""

    path: str
    reason: str


def check_inputs(inputs: Mapping[str, Any], fields: Mapping[str, Field]) -> list[Failure]:
    """All findings in the inputs of a resource; unknown values pass, as they do in the provider."""
    return list(_record({k: v for k, v in inputs.items() if not k.startswith("__")}, fields, ""))


def _record(given: Mapping[str, Any], fields: Mapping[str, Field], path: str) -> Iterator[Failure]:
    for name, value in given.items():
        here = f"{path}.{name}" if path else name
        if name not in fields:
            near = nearest(name, fields)
            hint = f", did you mean {near}?" if near else f"; it accepts {', '.join(sorted(fields)) or 'nothing'}"
            yield Failure(here, f"unknown property {name}{hint}")
        elif value is not None:
            yield from _value(value, fields[name].type, here)
    for name, field in fields.items():
        if field.required and given.get(name) is None:
            yield Failure(f"{path}.{name}" if path else name, f"missing required property {name}")


def _value(value: Any, type_: PropertyType, path: str) -> Iterator[Failure]:
    if is_unknown(value) or is_signed(value):
        return
    match type_, value:
        case Scalar(kind), _ if not isinstance(coerce(value, kind), _PYTHON[kind]):
            yield Failure(path, f"expected {_WORDS[kind]}, got {_kind_of(value)}")
        case (ListOf(item), list()) | (MapOf(item), dict()):
            for inner, member in _members(value, path):
                yield from _item(member, item, inner)
        case Record(), dict():
            yield from _record(value, type_.fields, path)
        case OneOf(options), _:
            findings = [list(_value(value, option, path)) for option in options]
            yield from min(findings, key=len)
        case ListOf() | MapOf() | Record(), _:
            expected = "a list" if isinstance(type_, ListOf) else "a dict"
            yield Failure(path, f"expected {expected}, got {_kind_of(value)}")
        case _:
            return


def _members(value: list[Any] | dict[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    """The members of a list or a dict with their paths; a key of a dict that is null is a key not given."""
    if isinstance(value, list):
        yield from ((f"{path}[{index}]", member) for index, member in enumerate(value))
        return
    for key, member in value.items():
        if member is not None:
            yield f"{path}.{key}" if key.isidentifier() else f'{path}["{key}"]', member


def _item(member: Any, type_: PropertyType, path: str) -> Iterator[Failure]:
    if member is None:
        yield Failure(path, "expected a value, got null")
    else:
        yield from _value(member, type_, path)


def _kind_of(value: Any) -> str:
    """What it is, not what it says: the engine shows the value itself, unless it is secret."""
    kinds = {dict: "a dict", list: "a list", bool: "true or false", str: "a string"}
    return kinds.get(type(value), "a number")
