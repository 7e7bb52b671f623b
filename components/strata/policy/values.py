"""Values of resources as rules read them: plain, with a mark where a value is not known or not shown."""

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Final

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

_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""Key of a wrapped value on Pulumi's wire (sdk/go/common/resource/sig)."""
_SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the same for everybody
_UNKNOWN_TEXTS = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
        "[unknown]",
    }
)
"""What stands for an unknown boolean, number, text, list, asset, archive or object, and in the engine's event log."""
_MASKED = "[secret]"


def plain(value: Any) -> Any:
    """A value as JSON has it, whoever it comes from; a wrapped secret is unwrapped, a masked one is `SECRET`."""
    if isinstance(value, str):
        if value in _UNKNOWN_TEXTS:
            return UNKNOWN
        return SECRET if value == _MASKED else value
    if isinstance(value, Mapping):
        if value.get(_SIGNATURE) == _SECRET_SIGNATURE:
            return plain(value.get("value", _MASKED))
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
    """The mappings of a list, or the one that stands for a list of one; marks and other values are left out."""
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
