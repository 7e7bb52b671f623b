"""What may be at a place of a stack file, in the words messages use, read from the models' JSON schema."""

import json
import re
import shlex
from collections.abc import Mapping
from ipaddress import IPv4Network, ip_network
from typing import Any

from strata.problem import ABSENT, Path, config_path, in_quotes, nearest
from strata.settings.patterns import WORDS
from strata.settings.schema import described_schema

__all__ = [
    "FORMATS",
    "PLACES",
    "example_at",
    "expected_at",
    "expected_key",
    "fix_for",
    "key_pattern_at",
    "kinds_at",
    "known_keys",
    "nullable_at",
    "schema_at",
]

Schema = dict[str, Any]

FORMATS = {"ipv4network": "an IPv4 range such as 10.0.0.0/16"}
"""What each format of the schema means."""

PLACES = frozenset({"properties", "additionalProperties", "patternProperties", "items", "anyOf", "$ref", "$defs"})
"""Keywords of the schema that lead to other schemas rather than limit a value."""

_COMMANDS = frozenset({"command", "entry_point"})
"""Lists of words that a person knows as one line of a shell."""

_PLAIN_ITEM = re.compile(r"(?!(?:true|false|null|yes|no|on|off|y|n)$)(?:-{1,2}|\./)?[A-Za-z/][\w./-]*", re.IGNORECASE)
"""A text that YAML reads as itself between brackets, whoever reads it."""


def _resolved(schema: Schema) -> Schema:
    """The schema behind references, without the alternative null."""
    while "$ref" in schema:
        schema = described_schema()["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    return _resolved(_branches(schema)[0]) if "anyOf" in schema else schema


def _branches(schema: Schema) -> list[Schema]:
    """The alternatives of a schema without null, a long form before its short one."""
    return [branch for branch in schema.get("anyOf", [schema]) if branch.get("type") != "null"]


def _nullable(schema: Schema) -> bool:
    return any(branch.get("type") == "null" for branch in schema.get("anyOf", ()))


def schema_at(path: Path) -> Schema | None:
    """The schema of a value, unresolved, so that its default and description are there; None where nothing is known."""
    schema: Schema = described_schema()
    for part in path:
        parent = _resolved(schema)
        match part:
            case int() if "items" in parent:
                schema = parent["items"]
            case str() if part in parent.get("properties", {}):
                schema = parent["properties"][part]
            case str() if isinstance(parent.get("additionalProperties"), dict):
                schema = parent["additionalProperties"]
            case str() if parent.get("patternProperties"):
                (schema,) = parent["patternProperties"].values()
            case _:
                return None
    return schema


def kinds_at(path: Path) -> list[Schema]:
    """The alternatives at a place, references resolved and without null; empty where nothing is known."""
    schema = schema_at(path)
    return [_resolved(branch) for branch in _branches(schema)] if schema else []


def nullable_at(path: Path) -> bool:
    """Whether null may be at a place."""
    schema = schema_at(path)
    return schema is not None and _nullable(schema)


def example_at(path: Path) -> Any:
    """A value that may be at the place of a required setting: every required field has an example."""
    schema = schema_at(path)
    return schema["examples"][0] if schema else None


def known_keys(path: Path) -> list[str]:
    """The keys a mapping may have, in the order of the model."""
    schema = schema_at(path)
    return list(_resolved(schema).get("properties", {})) if schema else []


def expected_at(path: Path) -> str:
    """What may be at a place, in words that follow "expected"."""
    schema = schema_at(path)
    if schema is None:
        return "no such setting"
    words = " or ".join(_words(_resolved(branch)) for branch in _branches(schema))
    # Where null is the default, leaving the setting out says it better.
    return f"{words}, or null" if _nullable(schema) and schema.get("default") is not None else words


def expected_key(path: Path) -> str:
    """What the keys of the mapping at a place must look like."""
    pattern = key_pattern_at(path)
    return _pattern(pattern) if pattern else "a text"


def key_pattern_at(path: Path) -> str:
    """What the keys of the mapping at a place match; an empty text, which every key matches, where all may be."""
    schema = schema_at(path)
    patterns = list(_resolved(schema).get("patternProperties", {})) if schema else []
    return patterns[0] if patterns else ""


def _words(schema: Schema) -> str:
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    match schema.get("type"):
        case "integer" | "number" as kind:
            noun = "a whole number" if kind == "integer" else "a number"
            return noun + _range(schema)
        case "boolean":
            return "true or false"
        case "array":
            least = f" of at least {schema['minItems']}" if schema.get("minItems") else ""
            return f"a list{least}, each {_words(_resolved(schema['items']))}"
        case "object":
            return f"a mapping of at most {schema['maxProperties']}" if "maxProperties" in schema else "a mapping"
        case _:
            return _text(schema)


def _text(schema: Schema) -> str:
    if "pattern" in schema:
        return _pattern(schema["pattern"])
    if "format" in schema:
        return FORMATS[schema["format"]]
    if "maxLength" in schema:
        return f"a text of at most {schema['maxLength']} characters"
    return "a text"


def _pattern(pattern: str) -> str:
    return WORDS[pattern]


def _range(schema: Schema) -> str:
    low, above, high = schema.get("minimum"), schema.get("exclusiveMinimum"), schema.get("maximum")
    step = f", a multiple of {schema['multipleOf']}" if "multipleOf" in schema else ""
    match low, above, high:
        case None, None, None:
            return step
        case None, None, _:
            return f" of at most {high:g}{step}"
        case None, _, None:
            return f" above {above:g}{step}"
        case None, _, _:
            return f" above {above:g} and at most {high:g}{step}"
        case _, _, None:
            return f" of at least {low}{step}"
        case _:
            return f" from {low} to {high}{step}"


def fix_for(path: Path, got: Any, written: str | None = None) -> str:
    """What to do about a value that may not stand at a place.

    Args:
        path: the place.
        got: the value.
        written: its source, if it is there without quotes. Default: not known.
    """
    schema = schema_at(path)
    if got is ABSENT:
        return f"Add {config_path(path)}: {expected_at(path)}."
    branches = [_resolved(branch) for branch in _branches(schema)] if schema else []
    specific = (_specific_fix(path, branch, got, written) for branch in branches)
    return next(filter(None, specific), None) or _as_mapping(branches, got) or _general_fix(schema or {}, path)


def _specific_fix(path: Path, schema: Schema, got: Any, written: str | None) -> str | None:
    kind = schema.get("type")
    if "enum" in schema:
        # AWS writes its own words in capitals and with underscores
        near = nearest(str(got).lower().replace("_", "-"), map(str, schema["enum"]))
        return f"Did you mean {near}?" if near else None
    if kind == "string" and isinstance(got, int | float):
        return _quoted(got, written)
    if kind in ("integer", "number", "boolean") and isinstance(got, str) and _unquoted(kind, got):
        return f"Write {got.strip()} without quotes."
    if schema.get("format") == "ipv4network" and isinstance(got, str):
        return _network_fix(got)
    return _fix_of_many(path, schema, got)


def _fix_of_many(path: Path, schema: Schema, got: Any) -> str | None:
    """What to do where a list or a mapping belongs."""
    kind = schema.get("type")
    if kind == "array" and got is not None and not isinstance(got, list):
        return _as_list(path, got)
    if kind == "object" and isinstance(got, Mapping) and len(got) > schema.get("maxProperties", len(got)):
        return f"Remove {len(got) - schema['maxProperties']} of them."
    return None


def _as_mapping(branches: list[Schema], got: Any) -> str | None:
    """What to do where nothing but a mapping belongs; what has a short form may be meant as that."""
    if got is None or isinstance(got, Mapping) or [each.get("type") for each in branches] != ["object"]:
        return None
    required = branches[0].get("required")
    keys = f": below it, each on a line, {', '.join(required)}" if required else ""
    return f"Write it as a mapping{keys}."


def _as_list(path: Path, got: Any) -> str:
    if isinstance(got, Mapping):
        return "Write it as a list, each entry after a dash, even if there is one only."
    words = [str(got)]
    if path[-1] in _COMMANDS:
        try:
            words = shlex.split(str(got))
        except ValueError:
            return "Write it as a list of words: no shell takes it apart."
    return f"Write it as a list: [{', '.join(map(_item, words))}]."


def _item(text: str) -> str:
    """A text as an item of a list in YAML's short form."""
    return text if _PLAIN_ITEM.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _quoted(got: float, written: str | None) -> str:
    """A number in place of a text. What it was before it was a number, only its source shows: 1.10 is 1.1."""
    if isinstance(got, bool):
        return "Put it in quotes, if text is meant."
    if written is None and isinstance(got, float):
        return "Put it in quotes in the stack file, digit for digit."
    return in_quotes(str(got) if written is None else written)


def _unquoted(kind: str, text: str) -> bool:
    if kind == "boolean":
        return text.strip() in ("true", "false")
    return text.strip().lstrip("-").replace(".", "", 1 if kind == "number" else 0).isdigit()


def _network_fix(text: str) -> str | None:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    if not isinstance(network, IPv4Network):
        return "Use an IPv4 range; IPv6 is not supported."
    return f"Bits beyond the prefix are set; write {network}."


def _general_fix(schema: Schema, path: Path) -> str:
    # what is nothing by default may be required by other settings, as a pin and its proof are in prod
    leave = ", or leave it out for its default" if schema.get("default") is not None else ""
    return f"Correct {config_path(path)}{leave}."
