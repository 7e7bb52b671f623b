"""The schemas of docs/documents, and what a document is held to them by."""

import json
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

__all__ = ["all_schemas", "file_of", "objects_of", "problems_of", "properties_of", "schema_of"]

SCHEMAS = Path(__file__).resolve().parents[3] / "docs" / "documents"
ENDING = ".schema.json"
FORMATS = FormatChecker(())


@FORMATS.checks("date-time", raises=ValueError)
def _moment(value: object) -> bool:
    """A date, a time and a zone."""
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def file_of(leaf: str) -> Path:
    """The file of a command's schema."""
    return SCHEMAS / f"{leaf.replace(' ', '-')}{ENDING}"


@cache
def schema_of(leaf: str) -> Any:
    """The schema of what a command prints.

    Args:
        leaf: the command, as `image diff`; `error` for what each prints that fails.
    """
    return json.loads(file_of(leaf).read_text(encoding="utf-8"))


def all_schemas() -> dict[str, Any]:
    """Every schema there is, by the name of its file without the ending."""
    names = sorted(each.name.removesuffix(ENDING) for each in SCHEMAS.glob(f"*{ENDING}"))
    return {name: schema_of(name) for name in names}


def problems_of(leaf: str, document: Any) -> list[str]:
    """In what a document is not what the schema says; empty where it is.

    Args:
        leaf: the command.
        document: as it was printed, and read.
    """
    found = Draft202012Validator(schema_of(leaf), format_checker=FORMATS).iter_errors(document)
    # of a choice, what is wrong with the branch that comes nearest
    nearest = [best_match([each]) for each in found]
    return [f"{each.json_path}: {each.message}" for each in nearest if each is not None]


def objects_of(schema: Any, path: str = "$") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object that a schema describes, however deep, and where it is."""
    if not isinstance(schema, dict):
        return
    if "object" in _types(schema):
        yield path, schema
    for number, each in enumerate(schema.get("oneOf", ())):
        yield from objects_of(each, f"{path}<{number}>")
    for name, each in schema.get("properties", {}).items():
        yield from objects_of(each, f"{path}.{name}")
    yield from objects_of(schema.get("items"), f"{path}[]")
    yield from objects_of(schema.get("additionalProperties"), f"{path}{{}}")


def properties_of(schema: Any) -> Iterator[tuple[str, set[str]]]:
    """Every named property of a schema with its types, however deep; `nothing` is no type."""
    for _, each in objects_of(schema):
        for name, inner in each.get("properties", {}).items():
            kinds = _types(inner) if isinstance(inner, dict) else set[str]()
            yield name, {"number" if kind == "integer" else kind for kind in kinds} - {"null"}


def _types(schema: dict[str, Any]) -> set[str]:
    if "const" in schema:
        return {"string"}
    found = schema.get("type", ())
    return {found} if isinstance(found, str) else set(found)
