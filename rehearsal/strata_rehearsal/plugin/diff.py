"""What changed between the inputs a resource was made with and those it is to have."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from .schema import Anything, Field, ListOf, MapOf, OneOf, PropertyType, Record, Scalar
from .values import ORDERED, same
from .wire import is_unknown

__all__ = ["Change", "Kind", "compare"]


class Kind(Enum):
    """What happened to a property."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True)
class Change:
    """One changed property: its path, its top-level name, what happened, and whether it makes a new resource."""

    path: str
    name: str
    kind: Kind
    replaces: bool


def compare(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    fields: Mapping[str, Field],
    replace: Collection[str],
    documents: Collection[str] = (),
) -> list[Change]:
    """All changes, in the order of their paths.

    Args:
        old: inputs the resource was last made or updated with.
        new: inputs asked for; they may hold unknowns, which count as changed.
        fields: declared types by property.
        replace: names, or dotted paths without indices, of what AWS cannot change in place.
        documents: properties that hold JSON text.
    """
    changes = []
    for name in sorted(set(old) | set(new)):
        if name.startswith("__"):
            continue
        type_ = fields[name].type if name in fields else Anything()
        for path, kind in _changes(old.get(name), new.get(name), type_, name, name, documents):
            bare = re.sub(r"\[[^\]]*\]", "", path)
            replaces = any(bare == key or bare.startswith(f"{key}.") or key.startswith(f"{bare}.") for key in replace)
            changes.append(Change(path, name, kind, replaces))
    return changes


def _changes(
    old: Any, new: Any, type_: PropertyType, name: str, path: str, documents: Collection[str]
) -> Iterator[tuple[str, Kind]]:
    if old is None and new is None:
        return
    if old is None or new is None:
        yield path, Kind.ADD if old is None else Kind.DELETE
        return
    if not is_unknown(new) and same(old, new, type_, name, documents):
        return
    if isinstance(type_, OneOf):
        type_ = type_.options[0]
    if isinstance(old, dict) and isinstance(new, dict) and isinstance(type_, Record | MapOf):
        for key in sorted(set(old) | set(new)):
            inner = (
                type_.value
                if isinstance(type_, MapOf)
                else type_.fields[key].type
                if key in type_.fields
                else Anything()
            )
            inner_path = f"{path}.{key}" if key.isidentifier() else f'{path}["{key}"]'
            yield from _changes(old.get(key), new.get(key), inner, key, inner_path, documents)
    elif isinstance(old, list) and isinstance(new, list) and isinstance(type_, ListOf):
        yield from _list_changes(old, new, type_, name, path, documents)
    else:
        yield path, Kind.UPDATE


def _list_changes(
    old: list[Any], new: list[Any], type_: ListOf, name: str, path: str, documents: Collection[str]
) -> Iterator[tuple[str, Kind]]:
    if isinstance(type_.item, Scalar) and name not in ORDERED:
        # A set: an item that only moved is not a change.
        yield from ((f"{path}[{i}]", Kind.ADD) for i, item in enumerate(new) if item not in old)
        yield from ((f"{path}[{i}]", Kind.DELETE) for i, item in enumerate(old) if item not in new)
        return
    for index in range(max(len(old), len(new))):
        before = old[index] if index < len(old) else None
        after = new[index] if index < len(new) else None
        yield from _changes(before, after, type_.item, name, f"{path}[{index}]", documents)
