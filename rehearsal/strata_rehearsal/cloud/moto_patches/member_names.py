"""Under which names moto looks for a member of an answer, worked out once for each kind of object.

moto tries up to a dozen spellings of every member, in what it has of a resource, and works them out again for each
member of each item: three quarters of an answer with the hundred events of a container service.
"""

from typing import Any

from moto.core.constants import MISSING
from moto.core.serialize import (
    DEFAULT_ALIAS_PROVIDERS,
    AttributePickerContext,
    ResponseSerializer,
    XFormedAttributePicker,
)
from moto.core.utils import get_value

from strata_rehearsal.cloud.patches import wrap

__all__ = ["keeps_names", "names_of", "patch", "transformed"]

_KEPT = "strata_names"
"""Where a shape of botocore's keeps the names of its values, by the class of what they are in."""
_ENDS = "strata_ends"
"""Where a picker of moto's keeps how the keys end that it transforms."""


def patch() -> None:
    """Look for members under the same names, in the same order."""
    wrap(ResponseSerializer, "get_value", _quicker)


def _quicker(original: Any) -> Any:
    def get(self: Any, value: Any, key: str, shape: Any) -> Any:
        picker, kind = self._value_picker, type(value)
        if not keeps_names(picker):
            return original(self, value, key, shape)
        names = names_of(picker, value, key, shape)
        if kind is dict:
            found = None
            for name in names:
                if name in value:
                    found = value[name]
                    break
        else:
            found = _attribute(value, names)
        if picker.response_transformers and key.endswith(transformed(picker)):
            return _transform(picker, ".".join((*self.path, key)), found)
        return found

    return get


def _attribute(value: Any, names: tuple[str, ...]) -> Any:
    for name in names:
        found = get_value(value, name, MISSING)
        if found is not MISSING:
            return found
    return None


def keeps_names(picker: Any) -> bool:
    """Whether a picker of moto's looks for a member under the same names in everything of a kind."""
    return type(picker) is XFormedAttributePicker and picker.alias_providers is DEFAULT_ALIAS_PROVIDERS


def names_of(picker: XFormedAttributePicker, value: Any, key: str, shape: Any) -> tuple[str, ...]:
    """The names under which a member may be in `value`, in the order in which moto tries them."""
    try:
        return shape.__dict__[_KEPT][type(value)]
    except KeyError:
        return _worked_out(picker, value, key, shape)


def _worked_out(picker: XFormedAttributePicker, value: Any, key: str, shape: Any) -> tuple[str, ...]:
    context = AttributePickerContext(obj=value, key=key, shape=shape)
    names = tuple(dict.fromkeys(picker.get_possible_keys(context)))
    kept: dict[type, tuple[str, ...]] = shape.__dict__.setdefault(_KEPT, {})
    kept[type(value)] = names
    return names


def _transform(picker: XFormedAttributePicker, whole: str, found: Any) -> Any:
    for path, transform in picker.response_transformers.items():
        if whole.endswith(path):
            return transform(found)
    return found


def transformed(picker: XFormedAttributePicker) -> tuple[str, ...]:
    """How the keys end that a picker transforms; there is a picker for each answer."""
    ends: tuple[str, ...] | None = picker.__dict__.get(_ENDS)
    if ends is None:
        ends = tuple({path.rpartition(".")[2] for path in picker.response_transformers})
        picker.__dict__[_ENDS] = ends
    return ends
