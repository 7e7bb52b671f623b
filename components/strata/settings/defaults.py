"""The defaults of a stack: those its stage decides, and the few that depend on other settings too."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel

from strata.problem import Path
from strata.settings.models import StackSettings, Strategy
from strata.settings.models.by_stage import Applied, StageDefault, put_in, stage_default, stage_defaults
from strata.stage import Stage

__all__ = ["EACH", "STAGE_TABLE", "Row", "decided"]

EACH: Final = "*"
"""In a row's path: every part of that kind in the stack file."""

_CANARY_FROM = 10
"""Servers from which prod pauses at checkpoints: below, ten percent is not a server."""
_LAUNCH_FIRST = 100
_LAUNCH_FIRST_UP_TO = 2
"""Servers up to which a percentage below 100 could take the only one, or half of them, away."""


@dataclass(frozen=True)
class Row:
    """One setting and its default in each stage.

    Args:
        path: where it is in a stack file.
        model: the model that has the field.
        default: what each stage decides.
    """

    path: tuple[str, ...]
    model: type[BaseModel]
    default: StageDefault

    def of(self, stage: Stage) -> Any:
        """The default in a stage."""
        return self.default.of(stage)


def _rows(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[Row]:
    for name, field in model.model_fields.items():
        default, at = stage_default(field), (*path, name)
        if default is None:
            inner = _model_in(field.annotation)
            yield from _rows(inner, (*at, EACH) if get_origin(field.annotation) is dict else at) if inner else ()
        elif isinstance(default.staging, BaseModel):
            yield from _rows_inside(default, at)
        else:
            yield Row(at, model, default)


def _rows_inside(default: StageDefault, path: tuple[str, ...]) -> Iterator[Row]:
    """The rows of a default that is itself settings: one for each field written in it."""
    model = type(default.staging)
    for name in model.model_fields:
        if name in default.staging.model_fields_set:
            values = [getattr(each, name) for each in (default.dev, default.staging, default.prod)]
            yield Row((*path, name), model, StageDefault(*values))


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model of a field, also where it is in a mapping or may be missing."""
    kinds = (annotation, *get_args(annotation))
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


STAGE_TABLE: Final = tuple(_rows(StackSettings))
"""Every setting whose default the stage decides, in the order of the models."""


def decided(settings: StackSettings, stage: Stage) -> list[Applied]:
    """The defaults to put in where a stack file says nothing, one a place.

    Args:
        settings: what the file says; nothing else counts as given.
        stage: the stack's stage.
    """
    found = {default.path: default for default in stage_defaults(settings, stage)}
    filled = put_in(settings, {path: default.value for path, default in found.items()})
    dependent = [*_own_range(filled), *_sizes(filled, stage), *_replicated(filled), *_workers(filled)]
    found |= {default.path: default for default in dependent if not _given(settings, default.path)}
    return list(found.values())


def _own_range(settings: StackSettings) -> Iterator[Applied]:
    if settings.ingress.internal:
        path = ("ingress", "allowed_cidrs")
        yield Applied(path, (settings.network.cidr,), "internal: the network's own range")


def _sizes(settings: StackSettings, stage: Stage) -> Iterator[Applied]:
    """What a rollout does by the number of servers."""
    for name, service in settings.services.items():
        servers, path = service.capacity.min, ("services", name, "rollout")
        if servers <= _LAUNCH_FIRST_UP_TO and service.rollout.min_healthy_percent != _LAUNCH_FIRST:
            why = "one or two servers: a new one comes first"
            yield Applied((*path, "min_healthy_percent"), _LAUNCH_FIRST, why)
        if stage is Stage.PROD and servers >= _CANARY_FROM:
            yield Applied((*path, "checkpoint_percentages"), (10, 50, 100), "prod, from ten servers")


def _replicated(settings: StackSettings) -> Iterator[Applied]:
    """A database of which the file has a replica may have replicas: that decides who keeps its master password."""
    sources = {replica.source for replica in settings.replicas.values()}
    for name in settings.databases:
        if name in sources:
            yield Applied(("databases", name, "replicated"), value=True, why="the stack file has a replica of it")


def _workers(settings: StackSettings) -> Iterator[Applied]:
    """A container service without routes has no requests that a strategy could move."""
    for name, service in settings.container_services.items():
        if not service.routes and service.rollout.strategy is not Strategy.ROLLING:
            path = ("container_services", name, "rollout", "strategy")
            yield Applied(path, Strategy.ROLLING, "a worker has no requests to move")


def _given(settings: Any, path: Path) -> bool:
    """Whether a file or a program wrote a value itself."""
    for part in path:
        if isinstance(settings, Mapping):
            settings = settings[part]
        elif part in settings.model_fields_set:
            settings = getattr(settings, str(part))
        else:
            return False
    return True
