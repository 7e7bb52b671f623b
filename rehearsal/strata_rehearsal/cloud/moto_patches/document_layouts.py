"""Which members of an answer a document has, worked out once for each set of its keys.

What the local AWS knows of a container service are documents with a few keys of the dozens that AWS may answer. moto
looks for each of those in each item: half of an answer that lists tasks or events.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from moto.core.serialize import JSONSerializer

from strata_rehearsal.cloud.moto_patches.member_names import keeps_names, names_of, transformed
from strata_rehearsal.cloud.patches import wrap

__all__ = ["patch"]

_KEPT = "strata_layouts"
"""Where a shape of botocore's keeps the members that documents of it have, by the keys of those."""
_MOST = 200
"""Layouts of one shape that are kept."""


class _Member(NamedTuple):
    key: str
    shape: Any
    name: str
    """The key of the document that has it."""
    text: str | None
    """Under which name it is written if it is a text, which needs no more than that; None if it is anything else."""


def patch() -> None:
    """Look only for the members that a document has."""
    wrap(JSONSerializer, "_serialize_type_structure", _as_laid_out)


def _as_laid_out(original: Callable[..., Any]) -> Callable[..., Any]:
    def put(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        plain = type(value) is dict and keeps_names(self._value_picker)
        layout = _layout(self._value_picker, value, shape) if plain else None
        if layout is None:
            original(self, serialized, value, shape, key)
            return
        inner = self.MAP_TYPE() if key else serialized
        for member in layout:
            found = value[member.name]
            if found is None:
                continue
            if member.text is not None and type(found) is str:
                inner[member.text] = found
            else:
                self._serialize(inner, found, member.shape, member.key)
        if key:
            self._default_serialize(serialized, inner, shape, key)

    return put


def _layout(picker: Any, value: dict[str, Any], shape: Any) -> tuple[_Member, ...] | None:
    """The members that a document has; None where they say nothing, since moto makes something else of one of them."""
    kept: dict[tuple[str, ...], tuple[_Member, ...] | None] = shape.__dict__.setdefault(_KEPT, {})
    keys = tuple(value)
    try:
        return kept[keys]
    except KeyError:
        if len(kept) >= _MOST:
            kept.clear()
        kept[keys] = _members(picker, value, shape)
        return kept[keys]


def _members(picker: Any, value: dict[str, Any], shape: Any) -> tuple[_Member, ...] | None:
    if shape.is_document_type or any(key.endswith(transformed(picker)) for key in shape.members):
        return None
    found: list[_Member] = []
    for key, member in shape.members.items():
        # moto's names of a member depend on what it is in
        member.parent = shape
        name = next((each for each in names_of(picker, value, key, member) if each in value), None)
        if name is not None:
            text = member.serialization.get("name", key) if member.type_name == "string" else None
            found.append(_Member(key, member, name, text))
    return tuple(found)
