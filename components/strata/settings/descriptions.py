"""The JSON schema of the settings with what their docstrings say.

pydantic can take the docstrings of fields itself (`use_attribute_docstrings`), but then reads and parses the source of
every model at every import, which each program pays for and only a schema needs.
"""

import ast
import inspect
import textwrap
from functools import cache
from itertools import pairwise
from typing import Any

from pydantic import BaseModel

from strata.settings.models import StackSettings
from strata.settings.models.base import Settings, every_model
from strata.settings.models.by_stage import StageDefault, stage_default
from strata.stage import Stage

__all__ = ["described_schema"]


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
    """The texts below the fields of a model."""
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
