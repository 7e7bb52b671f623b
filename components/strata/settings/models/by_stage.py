"""Defaults that the stage decides: written at their fields, and put in where nothing is given."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo

from strata.problem import Path
from strata.stage import Stage

__all__ = [
    "Applied",
    "StageDefault",
    "by_stack",
    "by_stage",
    "inner_settings",
    "left_to_the_stack",
    "put_in",
    "stage_default",
    "stage_defaults",
]

Value = TypeVar("Value")
Model = TypeVar("Model", bound=BaseModel)

_BY_STACK = object()


@dataclass(frozen=True)
class StageDefault:
    """The default of one field in each stage. Staging's is also what a model built in Python has."""

    dev: Any
    staging: Any
    prod: Any

    def of(self, stage: Stage) -> Any:
        """The default in a stage."""
        return {Stage.DEV: self.dev, Stage.STAGING: self.staging, Stage.PROD: self.prod}[stage]


@dataclass(frozen=True)
class Applied:
    """A default that is put in: where, what, and why it is that value."""

    path: Path
    value: Any
    why: str


def by_stage(*, dev: Value, staging: Value, prod: Value, **limits: Any) -> Value:
    """A field of a settings model whose default depends on the stage.

    A default that is itself settings decides only the fields written in it.

    Args:
        dev: the default in dev.
        staging: the default in staging, and in a model built in Python.
        prod: the default in prod.
        limits: what `pydantic.Field` is given besides.
    """
    field: Any = Field(default=staging, **limits)
    field.metadata.append(StageDefault(dev, staging, prod))
    return field


def by_stack(default: Value, **limits: Any) -> Value:
    """A field whose default the rest of the stack may change, as `strata.settings.defaults` does.

    Args:
        default: what it is otherwise.
        limits: what `pydantic.Field` is given besides.
    """
    field: Any = Field(default=default, **limits)
    field.metadata.append(_BY_STACK)
    return field


def stage_default(field: FieldInfo) -> StageDefault | None:
    """What `by_stage` says of a field; None for one whose default is the same everywhere."""
    return next((each for each in field.metadata if isinstance(each, StageDefault)), None)


def stage_defaults(settings: BaseModel, stage: Stage, path: Path = (), *, given: bool = True) -> Iterator[Applied]:
    """The stage's default for everything below some settings that is not given.

    Args:
        settings: settings, of which only what a file or a program wrote counts as given.
        stage: the stage.
        path: where they are.
        given: whether they are given themselves, and not a default.
    """
    for name, field in type(settings).model_fields.items():
        value, written = getattr(settings, name), given and name in settings.model_fields_set
        default, at = stage_default(field), (*path, name)
        if default is None:
            for key, inner in inner_settings(value):
                yield from stage_defaults(inner, stage, (*at, *key), given=written)
        elif isinstance(wanted := default.of(stage), BaseModel):
            for key in wanted.model_fields_set:
                if not (written and key in value.model_fields_set):
                    yield Applied((*at, key), getattr(wanted, key), stage.value)
        elif not written:
            yield Applied(at, default.of(stage), stage.value)


def left_to_the_stack(settings: BaseModel, path: Path = ()) -> Iterator[Path]:
    """The places that are not given and whose default the rest of the stack may change.

    Args:
        settings: the settings.
        path: where they are.
    """
    for name, field in type(settings).model_fields.items():
        if _BY_STACK in field.metadata and name not in settings.model_fields_set:
            yield (*path, name)
        for key, inner in inner_settings(getattr(settings, name)):
            yield from left_to_the_stack(inner, (*path, name, *key))


def inner_settings(value: Any) -> Iterator[tuple[Path, BaseModel]]:
    """The settings in the value of a field, with their place in it."""
    match value:
        case BaseModel():
            yield (), value
        case Mapping():
            yield from (((key,), each) for key, each in value.items() if isinstance(each, BaseModel))
        case tuple():
            yield from (((index,), each) for index, each in enumerate(value) if isinstance(each, BaseModel))
        case _:
            return


def put_in(settings: Model, values: Mapping[Path, Any], *, given: bool = False) -> Model:
    """Settings with other values at some places.

    Args:
        settings: the settings.
        values: by their paths.
        given: whether these count as given from now on.
    """
    update: dict[str, Any] = {
        str(name): _changed(getattr(settings, str(name)), below, given=given)
        for name, below in _by_first(values).items()
    }
    changed = settings.model_copy(update=update)
    if not given:
        # Pydantic counts as given what a copy is updated with.
        changed.model_fields_set.intersection_update(settings.model_fields_set)
    return changed


def _changed(value: Any, values: Mapping[Path, Any], *, given: bool) -> Any:
    if () in values:
        return values[()]
    match value:
        case BaseModel():
            return put_in(value, values, given=given)
        case Mapping():
            inner = {key: _changed(value[key], below, given=given) for key, below in _by_first(values).items()}
            return {**value, **inner}
        case _:
            below = _by_first(values)
            return tuple(
                _changed(each, below[index], given=given) if index in below else each
                for index, each in enumerate(value)
            )


def _by_first(values: Mapping[Path, Any]) -> dict[str | int, dict[Path, Any]]:
    """Values by the first step of their paths, and then by the rest."""
    grouped: dict[str | int, dict[Path, Any]] = {}
    for (first, *rest), value in values.items():
        grouped.setdefault(first, {})[tuple(rest)] = value
    return grouped
