"""What is wrong with settings that a program writes itself, in a person's words."""

from collections.abc import Iterable, Sequence

import pulumi
from pydantic import BaseModel
from pydantic_core import ErrorDetails

from strata.arguments import TOO_LATE, said
from strata.errors import UsageError
from strata.problem import Path, nearest, shown
from strata.settings.models.by_stage import left_to_the_stack, put_in, stage_defaults
from strata.settings.models.rule import Conflict, own_conflicts
from strata.stage import Stage

__all__ = ["certain", "disagreement", "refusal"]


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
    where = _place(error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{where}no setting of that name"
    if error["type"] == "missing":
        return f"{where}it is required"
    expected = error["msg"].removeprefix("Value error, ")
    return f"{where}{expected[:1].lower()}{expected[1:]}, got {said(error['input'])}"


def _place(path: Path) -> str:
    return f"{'.'.join(map(str, path))}: " if path else ""


def _fix(model: type[BaseModel], error: ErrorDetails) -> str | None:
    if isinstance(error["input"], pulumi.Output):
        return TOO_LATE
    if error["type"] == "extra_forbidden" and len(error["loc"]) == 1:
        near = nearest(str(error["loc"][0]), model.model_fields)
        return f"Did you mean {near}?" if near else None
    return None


def certain(settings: BaseModel) -> list[Conflict]:
    """What the models' own rules find whatever the stage and the rest of the stack make of what is not given.

    Args:
        settings: as a program wrote them.
    """
    found = {(rule.id, conflict.path): conflict for rule, conflict in own_conflicts(settings)}
    for stage in Stage if found else ():
        defaults = {each.path: each.value for each in stage_defaults(settings, stage)}
        there = {(rule.id, conflict.path) for rule, conflict in own_conflicts(put_in(settings, defaults))}
        found = {key: conflict for key, conflict in found.items() if key in there}
    open_places = list(left_to_the_stack(settings)) if found else []
    return [
        conflict
        for conflict in found.values()
        if not any(path[: len(place)] == place for path in (conflict.path, *conflict.reads) for place in open_places)
    ]


def disagreement(model: type[BaseModel], conflicts: Iterable[Conflict]) -> UsageError:
    """One error for settings that do not go together, in the words a stack file gets.

    Args:
        model: the settings class.
        conflicts: what its rules found.
    """
    found = list(conflicts)
    problems = "; ".join(f"{_place(each.path)}got {shown(each.got)}, expected {each.expected}" for each in found)
    return UsageError(f"{model.__name__}: {problems}", fix=" ".join(dict.fromkeys(each.fix for each in found)))
