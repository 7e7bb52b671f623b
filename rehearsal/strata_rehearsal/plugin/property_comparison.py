"""When two values mean the same to AWS although they are spelled differently, and what changed between inputs.

pulumi_aws declares `instance_warmup` as a string and a program may still give 300; a list of subnets has no order; a
policy may be formatted in many ways. The provider sees no change there, so neither do the diff and the refresh.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from strata_rehearsal.plugin.engine_values import is_unknown
from strata_rehearsal.plugin.schema import Anything, Field, ListOf, MapOf, OneOf, PropertyType, Record, Scalar

__all__ = ["ORDERED", "Change", "Kind", "canonical", "coerce", "compare", "reconcile", "same"]


ORDERED = frozenset({"terminationPolicies", "command", "entryPoint", "checkpointPercentages"})
"""Lists of plain values whose order means something; all others are sets."""

_TRUE = frozenset({"true", "1"})
_FALSE = frozenset({"false", "0"})


def coerce(value: Any, kind: str) -> Any:
    """A plain value as its declared kind, the way the provider reads it; unchanged when it cannot be read so."""
    if value is None or is_unknown(value):
        return value
    if kind == "str":
        return (
            str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, int | float) else value
        )
    if kind == "bool":
        text = value.lower() if isinstance(value, str) else None
        return True if text in _TRUE else False if text in _FALSE else value
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return value
        return int(number) if number.is_integer() else number
    return value


def canonical(value: Any, type_: PropertyType, name: str = "", documents: Collection[str] = ()) -> Any:
    """One spelling for all values that mean the same.

    Args:
        value: what a program, the state or AWS says.
        type_: the declared type.
        name: the property's name, which decides about order and documents.
        documents: names of properties that hold JSON text, perhaps with what gives each document one spelling.
    """
    if name in documents and isinstance(value, str | dict) and not is_unknown(value):
        return _document(value, documents[name] if isinstance(documents, Mapping) else _single_items)
    if isinstance(type_, OneOf):
        return canonical(value, type_.options[0], name, documents)
    match type_, value:
        case Scalar(kind), _:
            return coerce(value, kind)
        case ListOf(item), list():
            items = [canonical(each, item, name, documents) for each in value]
            return sorted(items, key=_order) if isinstance(item, Scalar) and name not in ORDERED else items
        case MapOf() | Record(), dict():
            return {
                key: canonical(each, _member_type(type_, key), key if isinstance(type_, Record) else "", documents)
                for key, each in value.items()
                if each is not None
            }
        case _:
            return value


def _document(document: str | dict[str, Any], spelled: Callable[[Any], Any]) -> Any:
    """A document, which programs may give as text or as a dict."""
    try:
        return spelled(json.loads(document) if isinstance(document, str) else document)
    except ValueError:
        return document


def _order(item: Any) -> tuple[str, str]:
    return type(item).__name__, str(item)


def _member_type(type_: MapOf | Record, key: str) -> PropertyType:
    if isinstance(type_, MapOf):
        return type_.value
    return type_.fields[key].type if key in type_.fields else Anything()


def same(left: Any, right: Any, type_: PropertyType, name: str = "", documents: Collection[str] = ()) -> bool:
    """Whether two values mean the same to AWS."""
    return canonical(left, type_, name, documents) == canonical(right, type_, name, documents)


def reconcile(given: Any, live: Any, type_: PropertyType, name: str = "", documents: Collection[str] = ()) -> Any:
    """What a program said, with what is different in AWS put in its place.

    Members AWS reports beyond those given are its defaults and are left out; the given spelling and order are kept
    wherever they mean the same.
    """
    if same(given, live, type_, name, documents):
        return given
    if isinstance(type_, OneOf):
        return reconcile(given, live, type_.options[0], name, documents)
    if isinstance(type_, Record) and isinstance(given, dict) and isinstance(live, dict):
        fields = type_.fields
        return {
            key: reconcile(value, live[key], fields[key].type, key, documents)
            if key in live and key in fields
            else value
            for key, value in given.items()
        }
    if isinstance(type_, ListOf) and isinstance(given, list) and isinstance(live, list):
        return _reconcile_lists(given, live, type_, name, documents)
    return live


def _reconcile_lists(
    given: list[Any], live: list[Any], type_: ListOf, name: str, documents: Collection[str]
) -> list[Any]:
    if len(given) != len(live):
        return live
    left = list(live)
    for item in given:
        match = next((c for c in left if same(item, reconcile(item, c, type_.item, name, documents), type_.item)), None)
        if match is None:
            return [reconcile(a, b, type_.item, name, documents) for a, b in zip(given, live, strict=True)]
        left.remove(match)
    return given


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


def _single_items(value: Any) -> Any:
    """AWS policies treat one value and a list of one value alike."""
    if isinstance(value, dict):
        return {key: _single_items(item) for key, item in value.items()}
    if isinstance(value, list):
        items = [_single_items(item) for item in value]
        plain = all(isinstance(item, str) for item in items)
        return items[0] if len(items) == 1 and plain else sorted(items) if plain else items
    return value
