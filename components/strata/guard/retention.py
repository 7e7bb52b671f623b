"""How long things are kept, where a rule says so: lifecycles of buckets and plans of backups."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

__all__ = ["sooner_deleted", "sooner_expired"]

_FOREVER: Final = float("inf")
_UNSEEN: Final = 0.0
"""Days where they cannot be seen, or where a date stands in their place: the worst."""


def sooner_expired(old: Any, new: Any) -> bool:
    """Whether some rule of a bucket's lifecycle lets objects, or their old versions, expire sooner than before."""
    before = _expiries(old)
    return any(days < before.get(key, _FOREVER) for key, days in _expiries(new).items())


def sooner_deleted(old: Any, new: Any) -> bool:
    """Whether a backup plan has lost a rule, or keeps what a rule makes for a shorter time."""
    after = _kept(new)
    return any(after.get(name, -1.0) < days for name, days in _kept(old).items())


def _expiries(rules: Any) -> dict[tuple[str, str], float]:
    """Days until current and older versions expire, by the rule's id."""
    found: dict[tuple[str, str], float] = {}
    for at, rule in enumerate(_listed(rules)):
        if rule.get("status") != "Enabled":
            continue
        name = str(rule.get("id") or at)
        for key, field in (("expiration", "days"), ("noncurrentVersionExpiration", "noncurrentDays")):
            below = rule.get(key)
            if isinstance(below, Mapping) and set(below) != {"expiredObjectDeleteMarker"}:
                found[name, key] = _days(below.get(field))
            elif isinstance(below, str):
                found[name, key] = _UNSEEN
    return found


def _kept(rules: Any) -> dict[str, float]:
    """Days for which a plan's rules keep their backups, by the rule's name."""
    found: dict[str, float] = {}
    for rule in _listed(rules):
        lifecycle = rule.get("lifecycle") or {}
        days = lifecycle.get("deleteAfter") if isinstance(lifecycle, Mapping) else lifecycle
        found[str(rule.get("ruleName"))] = _FOREVER if days in (None, 0) else _days(days)
    return found


def _listed(rules: Any) -> Sequence[Mapping[str, Any]]:
    return [each for each in rules if isinstance(each, Mapping)] if isinstance(rules, list) else []


def _days(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else _UNSEEN
