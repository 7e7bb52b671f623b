"""Between Pulumi's property names and AWS's, driven by the two type systems.

Pulumi says `blockDeviceMappings[].ebs.volumeSize`, the EC2 API says `BlockDeviceMappings[].Ebs.VolumeSize`. Nearly
all names differ by case and a plural only, so one rule finds them and a row of a type lists just the exceptions.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from strata_rehearsal.plugin.property_comparison import coerce
from strata_rehearsal.plugin.schema import Anything, ListOf, MapOf, OneOf, PropertyType, Record, Scalar

__all__ = ["Renames", "Shape", "from_aws", "member_name", "to_aws"]


Renames = Mapping[str, str | tuple[str, ...]]
"""AWS member by property name.

Several, where the name is used in more than one place; "" for what AWS has no word for.
"""


class Shape(Protocol):
    """The part of a botocore shape that is used here."""

    type_name: str
    members: Mapping[str, "Shape"]
    member: "Shape"
    value: "Shape"


_PAIRS = (("Key", "Value"), ("Name", "Value"), ("key", "value"), ("name", "value"))
"""How services call key and value where they spell a dict as a list of pairs."""

_KINDS = {
    "string": "str",
    "character": "str",
    "integer": "int",
    "long": "int",
    "float": "float",
    "double": "float",
    "boolean": "bool",
}


def member_name(name: str, members: Collection[str], renames: Renames) -> str | None:
    """The AWS member a Pulumi property goes to: the row's own word, or the one that differs by case and plural only."""
    listed = renames.get(name, ())
    candidates = (listed,) if isinstance(listed, str) else listed
    if "" in candidates:
        return None
    if found := next((member for member in candidates if member in members), None):
        return found
    wanted = _plain(name)
    return next((member for member in members if _plain(member) == wanted), None)


def to_aws(value: Any, shape: Shape, renames: Renames) -> Any:
    """A Pulumi value as the AWS parameter of that shape; members AWS has no word for are left out."""
    if value is None:
        return None
    match shape.type_name:
        case "structure":
            return _structure(value, shape, renames)
        case "list":
            return _list(value, shape, renames)
        case "map" if isinstance(value, dict):
            return {key: to_aws(item, shape.value, renames) for key, item in value.items()}
        case kind if kind in _KINDS:
            return coerce(value, _KINDS[kind])
        case _:
            return value


def _structure(value: Any, shape: Shape, renames: Renames) -> Any:
    block = value[0] if isinstance(value, list) and len(value) == 1 else value
    if not isinstance(block, dict) or getattr(shape, "is_document_type", False):
        return block
    sent: dict[str, Any] = {}
    for name, item in block.items():
        member = member_name(name, shape.members, renames)
        if member is not None and item is not None:
            sent[member] = to_aws(item, shape.members[member], renames)
    return sent


def _list(value: Any, shape: Shape, renames: Renames) -> list[Any]:
    if isinstance(value, dict) and (pair := _pair(shape.member)):
        key, content = pair
        return [{key: name, content: coerce(item, "str")} for name, item in value.items()]
    items = value if isinstance(value, list) else [value]
    return [to_aws(item, shape.member, renames) for item in items]


def from_aws(value: Any, type_: PropertyType, renames: Renames) -> Any:
    """An AWS answer as a Pulumi value of the declared type; None when it does not have that form."""
    match type_, value:
        case OneOf((first, *_)), _:
            return from_aws(value, first, renames)
        case (Record() as record, [dict() as block]) | (Record() as record, dict() as block):
            return _members(block, record, renames)
        case ListOf(item_type), _:
            items = value if isinstance(value, list) else [value]
            return [item for item in (from_aws(each, item_type, renames) for each in items) if item is not None]
        case MapOf(inner), list() | dict():
            pairs = value if isinstance(value, dict) else dict(map(_key_and_value, value))
            return {str(key): from_aws(item, inner, renames) for key, item in pairs.items()}
        case Scalar(kind), _:
            return _scalar(value, kind)
        case _:
            return value if isinstance(type_, Anything) else None


def _members(block: Mapping[str, Any], type_: Record, renames: Renames) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, field in type_.fields.items():
        member = member_name(name, block, renames)
        value = from_aws(block[member], field.type, renames) if member is not None else None
        if value is not None:
            found[name] = value
    return found


def _key_and_value(pair: Mapping[str, Any]) -> tuple[Any, Any]:
    key, content = next((each for each in _PAIRS if each[0] in pair), _PAIRS[0])
    return pair.get(key), pair.get(content)


def _scalar(value: Any, kind: str) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return None if isinstance(value, dict | list) else coerce(value, kind)


def _pair(shape: Shape) -> tuple[str, str] | None:
    """What key and value are called where AWS spells a dict as a list of pairs."""
    names = set(shape.members) if shape.type_name == "structure" else set()
    return next((pair for pair in _PAIRS if names == set(pair)), None)


def _plain(name: str) -> str:
    return name.lower().removesuffix("s")
