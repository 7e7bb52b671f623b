"""Changing moto in place, once, and restoring it: patching twice gives the same as patching once."""

from collections.abc import Callable
from inspect import getattr_static
from typing import Any

__all__ = ["replace", "restore", "wrap"]

_originals: dict[tuple[Any, str], Any] = {}
_ABSENT = object()


def replace(owner: Any, name: str, value: Any) -> None:
    """Put `value` in place of the attribute `name` of a class or module."""
    _originals.setdefault((owner, name), _had(owner, name))
    setattr(owner, name, value)


def wrap(owner: Any, name: str, around: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Put `around(what moto had there)` in place of the attribute `name` of a class or module."""
    replace(owner, name, around(_originals.setdefault((owner, name), _had(owner, name))))


def restore() -> None:
    """Restore moto as it was, for a process that continues without a local AWS."""
    for (owner, name), original in _originals.items():
        if original is _ABSENT:
            delattr(owner, name)
        else:
            setattr(owner, name, original)
    _originals.clear()


def _had(owner: Any, name: str) -> Any:
    found = getattr_static(owner, name, _ABSENT)
    # as a plain function it would be handed an instance
    return found if isinstance(found, staticmethod) else getattr(owner, name, _ABSENT)
