"""Settings AWS keeps as a list of key and value, such as those of load balancers and topics."""

from collections.abc import Callable, Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource, dig
from strata_rehearsal.plugin.type_row import PropertyStep

__all__ = ["attribute_outputs", "attribute_step", "listed"]

Table = Mapping[str, str | Mapping[str, str]]
"""Attribute key by property; for a block, attribute key by member."""


def attribute_step(table: Table, operation: str, parameter: str) -> PropertyStep:
    """The step that sets every attribute an update changes, in one call.

    Args:
        table: what is kept where.
        operation: the modifying operation; it takes `Attributes`, a list of Key and Value.
        parameter: its parameter for the id.
    """

    def run(resource: LiveResource) -> None:
        names = resource.changed or table.keys()
        flat = [pair for name in table if name in names for pair in _flat(table[name], resource.get(name))]
        if flat:
            resource.aws(operation, **{parameter: resource.id, "Attributes": flat})

    return PropertyStep(" ".join(table), run)


def _flat(key: str | Mapping[str, str], value: Any) -> list[dict[str, str]]:
    if isinstance(key, str):
        return [] if value is None else [{"Key": key, "Value": _text(value)}]
    block = value or {"enabled": False}
    return [
        {"Key": member_key, "Value": _text(block[name])}
        for name, member_key in key.items()
        if block.get(name) is not None
    ]


def attribute_outputs(table: Table, look: Callable[[LiveResource], Mapping[str, str]]) -> dict[str, Any]:
    """Outputs that read the attributes back.

    Args:
        table: what is kept where.
        look: the attributes as AWS has them; called once per property, so it should remember.
    """

    def output(name: str, key: str | Mapping[str, str]) -> Callable[[LiveResource, Mapping[str, Any]], Any]:
        def read(resource: LiveResource, _found: Mapping[str, Any]) -> Any:
            kept = look(resource)
            if isinstance(key, str):
                return kept.get(key)
            block = {member: kept.get(member_key) for member, member_key in key.items()}
            given = resource.inputs.get(name) is not None or str(block.get("enabled")).lower() == "true"
            return {member: value for member, value in block.items() if value not in (None, "")} if given else None

        return read

    return {name: output(name, key) for name, key in table.items()}


def listed(operation: str, parameter: str) -> Callable[[LiveResource], Mapping[str, str]]:
    """A look at attributes that are described as a list of Key and Value, made once per operation on a resource."""

    def look(resource: LiveResource) -> Mapping[str, str]:
        if operation not in resource.remembered:
            pairs = dig(resource.aws(operation, **{parameter: resource.id}), "Attributes") or []
            resource.remembered[operation] = {pair["Key"]: pair["Value"] for pair in pairs}
        return resource.remembered[operation]

    return look


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
