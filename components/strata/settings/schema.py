"""The JSON schema of the settings with what their docstrings say, and that of a stack file, for editors.

pydantic can take the docstrings of fields itself (`use_attribute_docstrings`), but then reads and parses the source of
every model at every import, which each program pays for and only a schema needs.
"""

import ast
import inspect
import textwrap
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from typing import Any, Final

from pydantic import BaseModel

from strata.settings.defaults import STAGE_TABLE
from strata.settings.models import StackSettings
from strata.settings.models.base import Settings, every_model
from strata.settings.models.by_stage import StageDefault, stage_default
from strata.settings.patterns import WORDS
from strata.stage import Stage

__all__ = ["described_schema", "stack_file_schema"]

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


@cache
def described_schema() -> dict[str, Any]:
    """The schema of everything below `strata:`. It is shared: who changes it copies it first."""
    schema = StackSettings.model_json_schema()
    definitions = schema["$defs"]
    for model in every_model():
        found = schema if model is StackSettings else definitions.get(model.__name__)
        if found is not None:
            for name, text in _docstrings(model).items():
                told = " ".join(filter(None, (text, _stage_text(stage_default(model.model_fields[name])))))
                found["properties"][name].setdefault("description", told)
    return schema


def _stage_text(default: StageDefault | None) -> str:
    """The default of each stage in a sentence: staging's, and those that differ from it."""
    if default is None:
        return ""
    usual, prod, dev = (_words(default.of(stage)) for stage in (Stage.STAGING, Stage.PROD, Stage.DEV))
    others = [f"{stage} {words}" for stage, words in (("prod", prod), ("dev", dev)) if words != usual]
    return f"Default: {'; '.join([usual, *others])}."


def _words(value: Any) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case BaseModel():
            return ", ".join(f"`{name}` {_words(getattr(value, name))}" for name in sorted(value.model_fields_set))
        case _:
            return str(value)


def _docstrings(model: type[Settings]) -> dict[str, str]:
    """The texts below the fields of a model, its bases' included."""
    bases = [base for base in reversed(model.__mro__) if issubclass(base, Settings) and base is not Settings]
    return {name: text for base in bases for name, text in _own_docstrings(base).items()}


def _own_docstrings(model: type[Settings]) -> dict[str, str]:
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    if not isinstance(definition, ast.ClassDef):
        raise TypeError(f"expected the source of a class, got {ast.dump(definition)[:80]}")
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in pairwise(definition.body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
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
