"""What is wrong with settings that a program writes itself, in a person's words."""

from collections.abc import Sequence

import pulumi
from pydantic import BaseModel
from pydantic_core import ErrorDetails

from strata.arguments import TOO_LATE, said
from strata.errors import UsageError
from strata.suggest import nearest

__all__ = ["refusal"]


def refusal(model: type[BaseModel], errors: Sequence[ErrorDetails]) -> UsageError:
    """One error for everything a settings class was handed and cannot be.

    Args:
        model: the settings class.
        errors: what pydantic found.
    """
    fixes = dict.fromkeys(fix for error in errors if (fix := _fix(model, error)))
    known = f"Its settings are {', '.join(model.model_fields)}."
    problems = "; ".join(_problem(error) for error in errors)
    return UsageError(f"{model.__name__}: {problems}", fix=" ".join(fixes) or known)


def _problem(error: ErrorDetails) -> str:
    path = ".".join(map(str, error["loc"]))
    where = f"{path}: " if path else ""
    if error["type"] == "extra_forbidden":
        return f"{where}no setting of that name"
    if error["type"] == "missing":
        return f"{where}it is required"
    expected = error["msg"].removeprefix("Value error, ")
    return f"{where}{expected[:1].lower()}{expected[1:]}, got {said(error['input'])}"


def _fix(model: type[BaseModel], error: ErrorDetails) -> str | None:
    if isinstance(error["input"], pulumi.Output):
        return TOO_LATE
    if error["type"] == "extra_forbidden" and len(error["loc"]) == 1:
        near = nearest(str(error["loc"][0]), model.model_fields)
        return f"Did you mean {near}?" if near else None
    return None
