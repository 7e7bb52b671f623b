"""The containers of a task definition: one spelling for all documents that ECS takes for the same."""

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["equivalent_definitions"]

_DEFAULTS: Final[Mapping[str, Any]] = {"cpu": 0, "essential": True}
"""What ECS fills in where a container leaves it out."""

_PORT_DEFAULTS: Final = frozenset({("protocol", "tcp"), ("hostPort", 0)})
_NUMBERS: Final = frozenset({"cpu", "memory", "memoryReservation"})


def equivalent_definitions(document: Any) -> Any:
    """The containers without what ECS fills in, sorted where ECS keeps no order.

    The provider compares two documents in the same way (`containerDefinitionsAreEquivalent`): neither a default that is
    written out, nor an empty list, nor the order of containers and of their environment is a change. The order of the
    words of a command is.

    Args:
        document: a list of container definitions.
    """
    if not isinstance(document, list):
        return document
    return sorted(
        (_container(each) for each in document if isinstance(each, dict)), key=lambda each: str(each.get("name"))
    )


def _container(container: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name, value in container.items():
        kept = _without_blanks(value)
        if kept is None:
            continue
        if name == "portMappings":
            kept = sorted((_port(each) for each in kept), key=lambda each: str(each.get("containerPort")))
        elif name in ("environment", "secrets"):
            kept = sorted(kept, key=lambda each: str(each.get("name")))
        elif name in _NUMBERS:
            kept = int(kept)
        if kept != _DEFAULTS.get(name):
            plain[name] = kept
    return plain


def _port(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """A port of TCP, on a port of the host that ECS chooses, unless it says otherwise."""
    return {name: value for name, value in mapping.items() if (name, value) not in _PORT_DEFAULTS}


def _without_blanks(value: Any) -> Any:
    """The value without what says nothing; None if nothing is left."""
    if isinstance(value, dict):
        kept = {name: inner for name, each in value.items() if (inner := _without_blanks(each)) is not None}
        return kept or None
    if isinstance(value, list):
        return [inner for each in value if (inner := _without_blanks(each)) is not None] or None
    return value
