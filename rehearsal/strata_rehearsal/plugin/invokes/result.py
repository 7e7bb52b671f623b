"""The common form of an answer: what AWS describes, in the members pulumi_aws declares."""

from collections.abc import Mapping
from typing import Any

from strata_rehearsal.plugin.engine_values import Properties
from strata_rehearsal.plugin.mapping import Renames, from_aws, member_name
from strata_rehearsal.plugin.schema import ListOf, MapOf, PropertyType, Scalar, function_result

__all__ = ["aws_filters", "described"]

_EMPTY = {"str": "", "int": 0, "float": 0.0, "bool": False}


def described(
    token: str, arguments: Properties, found: Mapping[str, Any], renames: Renames | None = None, **more: Any
) -> Properties:
    """The result of a function from an object AWS described.

    Args:
        token: the function, whose declared result decides about members and types.
        arguments: as called; results repeat them.
        found: AWS's object.
        renames: AWS member by result member where more differs than case and plural.
        more: members that are not in the object.
    """
    result: Properties = {}
    for name, field in function_result(token).items():
        member = member_name(name, found, renames or {})
        if more.get(name) is not None:
            result[name] = more[name]
        elif name in arguments:
            result[name] = arguments[name]
        elif member is not None and found[member] is not None:
            result[name] = from_aws(found[member], field.type, renames or {})
        elif field.required:
            result[name] = _empty(field.type)
    return {name: value for name, value in result.items() if value is not None}


def aws_filters(arguments: Properties, **more: str | None) -> list[dict[str, Any]]:
    """EC2 filters from a function's `filters` and `tags`, and from arguments that are filters of another name."""
    filters = [{"Name": each["name"], "Values": list(each["values"])} for each in arguments.get("filters") or []]
    filters += [{"Name": f"tag:{key}", "Values": [str(value)]} for key, value in (arguments.get("tags") or {}).items()]
    filters += [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in more.items() if value]
    return filters


def _empty(type_: PropertyType) -> Any:
    if isinstance(type_, Scalar):
        return _EMPTY[type_.kind]
    return [] if isinstance(type_, ListOf) else {} if isinstance(type_, MapOf) else None
