"""The parts of a stack file: what each describes one component, or a set of them by name."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args, get_origin

from strata.problem import Path
from strata.settings.models import Settings, StackSettings

__all__ = ["changed_parts", "named_part", "parts", "place_of"]


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
