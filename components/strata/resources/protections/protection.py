"""What one protection is, and how two values of an input are held against each other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = [
    "KEEPS",
    "WORST",
    "Protection",
    "Weaker",
    "dropped",
    "fewer",
    "goes_off",
    "goes_on",
    "is_on",
    "leaves",
    "left_out",
    "lowered",
    "off_if",
    "raised",
    "sooner",
]

KEEPS: Final = object()
"""An absent input leaves what AWS has."""
WORST: Final = object()
"""Nobody knows for all types what an absent input means: before, what AWS has, and after, nothing."""

_OFF_WORDS: Final = frozenset({"disabled", "inactive", "false", "none"})
"""How AWS says in a word that something is off."""

Weaker = Callable[[Any, Any], bool]


@dataclass(frozen=True)
class Protection:
    """An input that protects.

    Args:
        path: where it is among the inputs, with dots; lists of one are stepped into.
        weaker: whether the second value protects less than the first.
        weakened: what it means if so.
        absent: what an absent input means: a value, `KEEPS` or `WORST`. Default: nothing.
        without: what AWS does without the resource, for one of `ADDED`. Default: nothing.
    """

    path: str
    weaker: Weaker
    weakened: str
    absent: Any = None
    without: Any = None


def is_on(value: Any) -> bool:
    """Whether a switch is on, also one that AWS sets with a word."""
    return value.lower() not in {"", *_OFF_WORDS} if isinstance(value, str) else bool(value)


def _length(value: Any) -> float:
    """A length of time; less than none is how AWS says forever, and what is no number is the worst."""
    try:
        number = float(value or 0)
    except (TypeError, ValueError):
        return 0.0
    return number if number >= 0 else float("inf")


def goes_off(old: Any, new: Any) -> bool:
    """Whether a switch that was on no longer is."""
    return is_on(old) and not is_on(new)


def goes_on(old: Any, new: Any) -> bool:
    """Whether a switch that was off no longer is."""
    return is_on(new) and not is_on(old)


def lowered(old: Any, new: Any) -> bool:
    """Whether a length of time, or a number, becomes less."""
    return old is not None and _length(new) < _length(old)


def raised(old: Any, new: Any) -> bool:
    """Whether a length of time, or a number, becomes more."""
    return old is not None and new is not None and _length(new) > _length(old)


def sooner(old: Any, new: Any) -> bool:
    """Days until something is deleted, 0 or nothing meaning never."""
    return bool(new) and (not old or _length(new) < _length(old))


def fewer(old: Any, new: Any) -> bool:
    """Whether a list becomes shorter."""
    return len(new or ()) < len(old or ())


def dropped(old: Any, new: Any) -> bool:
    """Whether a list no longer has something that it had."""
    return any(each not in (new or ()) for each in old or ())


def left_out(old: Any, new: Any) -> bool:
    """Whether something that was named with a value, or switched on by its name, no longer is."""
    after = new if isinstance(new, Mapping) else {}
    return any(after.get(key) != value for key, value in (old or {}).items() if value is not False)


def leaves(value: str) -> Weaker:
    """Whether an input no longer has a value."""
    return lambda old, new: old == value and new != value


def off_if(path: str, what: str, absent: Any = None) -> Protection:
    """A switch that protects while it is on.

    Args:
        path: as for `Protection`.
        what: what goes off with it.
        absent: as for `Protection`.
    """
    return Protection(path, goes_off, f"{what} goes off", absent)
