"""The JSON schema of a stack file, for editors."""

from collections.abc import Mapping
from typing import Any, Final

from strata.settings.defaults import STAGE_TABLE
from strata.settings.descriptions import described_schema
from strata.settings.patterns import WORDS

__all__ = ["stack_file_schema"]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_PREFIX: Final = "strata:"


def stack_file_schema() -> dict[str, Any]:
    """The schema of `Pulumi.<stack>.yaml`, as JSON values.

    It covers the keys below `strata:` and lets everything else in a stack file be. Defaults that the stage decides
    are in descriptions only, because a schema has no stages.
    """
    schema = described_schema()
    definitions = {name: _closed(definition) for name, definition in schema["$defs"].items()}
    for row in STAGE_TABLE:
        definitions[row.model.__name__]["properties"][row.path[-1]].pop("default", None)
    own = {f"{_PREFIX}{name}": _closed(value) for name, value in schema["properties"].items()}
    return {
        "$schema": DIALECT,
        "title": "Pulumi stack file with Strata's settings",
        "type": "object",
        "properties": {
            "config": {
                "type": "object",
                "properties": own,
                "patternProperties": {f"^{_PREFIX}(?!({'|'.join(schema['properties'])})$)": False},
                "required": [f"{_PREFIX}{name}" for name in schema["required"]],
            }
        },
        "required": ["config"],
        "$defs": definitions,
    }


def _closed(schema: Any) -> Any:
    """A schema for editors: unknown names are errors, patterns are explained, defaults of whole parts are left out."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    # pydantic makes titles of the fields' names; a field may be called title, a mapping of fields has no title.
    closed = {key: _closed(value) for key, value in schema.items() if key != "title" or not isinstance(value, str)}
    if isinstance(closed.get("default"), Mapping):
        closed.pop("default")
    if "patternProperties" in closed:
        closed["additionalProperties"] = False
    if isinstance(closed.get("pattern"), str):
        closed.setdefault("description", f"Expected: {WORDS[closed['pattern']]}.")
    return closed
