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

from strata.settings.models import StackSettings
from strata.settings.models.base import Settings

__all__ = ["described_schema"]


@cache
def described_schema() -> dict[str, Any]:
    """The schema of everything below `strata:`. It is shared: who changes it copies it first."""
    schema = StackSettings.model_json_schema()
    definitions = schema["$defs"]
    for model in _models(Settings):
        found = schema if model is StackSettings else definitions.get(model.__name__)
        if found is not None:
            for name, text in _docstrings(model).items():
                found["properties"][name].setdefault("description", text)
    return schema


def _models(base: type[Settings]) -> list[type[Settings]]:
    return [each for child in base.__subclasses__() for each in (child, *_models(child))]


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
