"""Values of resources as rules read them: plain, with a mark where a value is not known or not shown."""

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Final

from strata.resources import wire

__all__ = [
    "SECRET",
    "UNKNOWN",
    "Mark",
    "at",
    "is_known",
    "mappings",
    "number",
    "parsed",
    "plain",
    "says_yes",
    "text",
    "walk",
]


class Mark(Enum):
    """Stands where a value cannot be read."""

    UNKNOWN = "unknown"
    """Not known before the resource it comes from is there."""
    SECRET = "secret"  # noqa: S105 - a word
    """Marked as secret by the program, and masked by the engine."""


UNKNOWN: Final = Mark.UNKNOWN
SECRET: Final = Mark.SECRET


def plain(value: Any) -> Any:
    """A value as JSON has it, whoever it comes from; a wrapped secret is unwrapped, a masked one is `SECRET`."""
    if isinstance(value, str):
        if wire.is_unknown(value) or value == wire.MASKED_UNKNOWN:
            return UNKNOWN
        return SECRET if value == wire.MASKED_SECRET else value
    if isinstance(value, Mapping):
        if wire.is_signed(value, wire.SECRET_SIGNATURE):
            return plain(value.get("value", wire.MASKED_SECRET))
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [plain(each) for each in value]
    return value


def is_known(value: Any) -> bool:
    """Whether a value can be read at all."""
    return not isinstance(value, Mark)


def at(value: Any, *path: str) -> Any:
    """The value at a path of keys; a mark on the way is the answer, and None is that there is nothing."""
    for key in path:
        if isinstance(value, Mark):
            return value
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def says_yes(value: Any) -> bool:
    """Whether a switch is on, or may be; some of the provider's are texts."""
    return not is_known(value) or str(value).lower() == "true"


def number(value: Any) -> int | None:
    """A whole number, or None where there is none that can be read."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def text(value: Any) -> str | None:
    """A text, or None where there is none that can be read."""
    return value if isinstance(value, str) else None


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """The mappings of a list, or the one that is in place of a list of one; marks and other values are left out."""
    found = [value] if isinstance(value, Mapping) else value
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, Sequence) else []


def parsed(value: Any) -> Any:
    """A JSON text as the value it holds; a value as it is; None for a text that is no JSON."""
    if not isinstance(value, str):
        return value
    try:
        return plain(json.loads(value))
    except ValueError:
        return None


def walk(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value below a value, with its path."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield (*path, key), each
            yield from walk(each, (*path, key))
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for index, each in enumerate(value):
            yield from walk(each, (*path, str(index)))
