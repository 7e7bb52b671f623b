"""The parts of a stack file, each of which describes one component, and what a rule across them looks at."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, TypeVar, get_args, get_origin

from strata.clock import clock_from_environment
from strata.problem import Path
from strata.settings.dates import today
from strata.settings.models import Settings, StackSettings

__all__ = ["Facts", "changed_parts", "named_part", "parts", "place_of"]

Part = TypeVar("Part", bound=Settings)


def parts(settings: StackSettings) -> Iterator[tuple[Path, Settings]]:
    """Every part with its path, such as `network` or `services.web`."""
    for field, value in _fields(settings):
        if isinstance(value, Settings):
            yield (field,), value
        elif isinstance(value, Mapping):
            for name, inner in value.items():
                if isinstance(inner, Settings):
                    yield (field, name), inner


def changed_parts(settings: StackSettings, change: Callable[[Settings], Settings]) -> StackSettings:
    """The settings with every part changed."""
    update: dict[str, Any] = {}
    for field, value in _fields(settings):
        if isinstance(value, Settings):
            update[field] = change(value)
        elif isinstance(value, Mapping):
            update[field] = {
                name: change(inner) if isinstance(inner, Settings) else inner for name, inner in value.items()
            }
    return settings.model_copy(update=update)


def named_part(field: str) -> bool:
    """Whether a field of the stack's settings holds several parts by name."""
    return get_origin(StackSettings.model_fields[field].annotation) is dict


def place_of(model: type[Settings]) -> str:
    """The field of the stack's settings that holds parts of a model.

    Raises:
        KeyError: there is none.
    """
    for field, info in StackSettings.model_fields.items():
        if info.annotation is model or model in get_args(info.annotation):
            return field
    raise KeyError(model.__name__)


def _fields(settings: StackSettings) -> Iterator[tuple[str, Any]]:
    for field in StackSettings.model_fields:
        yield field, getattr(settings, field)


@dataclasses.dataclass(frozen=True)
class Facts:
    """The settings of a stack, and what is known about them.

    Args:
        settings: with defaults put in.
        raw: what the stack file itself says.
        region: AWS region of the stack. Default: not known.
        today: the day the settings are read. Default: the system's.
        now: the moment they are read, in epoch seconds. Default: the clock's, which in a rehearsal is that of its AWS.
    """

    settings: StackSettings
    raw: Mapping[str, Any]
    region: str | None = None
    today: date = dataclasses.field(default_factory=today)
    now: float = dataclasses.field(default_factory=lambda: clock_from_environment().now())

    def each(self, model: type[Part]) -> Iterator[tuple[Path, Part]]:
        """Every part of a kind with its path, such as every service."""
        for path, part in parts(self.settings):
            if isinstance(part, model):
                yield path, part

    def says(self, path: Path) -> bool:
        """Whether the stack file itself says something at a place."""
        at: Any = self.raw
        for part in path:
            if not isinstance(at, Mapping) or part not in at:
                return False
            at = at[part]
        return True
