"""Policy documents: whether a new one grants more than the old one."""

import json
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

__all__ = ["wider"]

_SETS: Final = ("Action", "Resource", "Principal")


def wider(old: Any, new: Any) -> bool:
    """Whether a policy grants something that another one did not. What cannot be read counts as wider.

    Args:
        old: the policy before, as JSON text or a mapping; nothing grants nothing.
        new: the policy after.
    """
    before, after = _statements(old), _statements(new)
    if before is None or after is None:
        return old != new
    grants = [each for each in before if each.get("Effect") == "Allow"]
    denials = [each for each in after if each.get("Effect") == "Deny"]
    granted = any(not any(_within(each, other) for other in grants) for each in after if each.get("Effect") != "Deny")
    # A denial stays if one of the new ones covers it, under no more conditions.
    freed = any(not any(_within(each, other) for other in denials) for each in before if each.get("Effect") == "Deny")
    return granted or freed


def _statements(policy: Any) -> list[Mapping[str, Any]] | None:
    """The statements of a policy, None where it cannot be read."""
    if policy in (None, ""):
        return []
    if isinstance(policy, str):
        try:
            policy = json.loads(policy)
        except ValueError:
            return None
    if not isinstance(policy, Mapping):
        return None
    found = policy.get("Statement", [])
    found = [found] if isinstance(found, Mapping) else found
    return found if isinstance(found, list) and all(isinstance(each, Mapping) for each in found) else None


def _within(inner: Mapping[str, Any], outer: Mapping[str, Any]) -> bool:
    """Whether a statement reaches no further than another."""
    if any(_negated(each) for each in (inner, outer)):
        return dict(inner) == dict(outer)
    conditions = outer.get("Condition") or {}
    narrowed = all((inner.get("Condition") or {}).get(key) == value for key, value in conditions.items())
    return narrowed and all(_covered(_names(inner.get(key)), _names(outer.get(key))) for key in _SETS)


def _negated(statement: Mapping[str, Any]) -> bool:
    return any(f"Not{key}" in statement for key in _SETS)


def _names(value: Any) -> list[str]:
    """What a statement lists, principals with their kind."""
    match value:
        case None:
            return []
        case Mapping():
            return [f"{kind}:{name}" for kind, below in value.items() for name in _names(below)]
        case str():
            return [value]
        case _:
            return [str(each) for each in value]


def _covered(inner: Iterable[str], outer: Iterable[str]) -> bool:
    patterns = list(outer)
    return all(any(name == pattern or fnmatchcase(name, pattern) for pattern in patterns) for name in inner)
