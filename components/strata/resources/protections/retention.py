"""How long things are kept, and how often copies are made: lifecycles, plans of backups, and schedules."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

from strata.aws.facts.recurrence import HORIZON_DAYS, recurrence_of

__all__ = [
    "fewer_snapshots",
    "less_replicated",
    "more_images_expire",
    "more_tags_move",
    "other_tags_move",
    "rarer",
    "sooner_deleted",
    "sooner_expired",
]

_EVERY_MORNING: Final = "cron(0 5 ? * * *)"
"""When AWS Backup runs a rule that names no time."""
_HOURS: Final = MappingProxyType({"HOURS": 1, "DAYS": 24, "WEEKS": 168, "MONTHS": 730, "YEARS": 8760})
_FIXED: Final = MappingProxyType({"IMMUTABLE": 3, "IMMUTABLE_WITH_EXCLUSION": 2, "MUTABLE_WITH_EXCLUSION": 1})
"""How firmly the tags of a repository stay at their images; 0 for those that move."""
_FOREVER: Final = float("inf")
_UNSEEN: Final = 0.0
"""Days where they cannot be seen, or where a date is in their place: the worst."""
_FIRST: Final = date(2025, 1, 1)
"""Any day does: the four years from here on have every date, 29 February too."""
_CRON: Final = re.compile(r"cron\((?P<five>\S+ \S+ \S+ \S+ \S+) (?P<years>\S+)\)")
_RATE: Final = re.compile(r"rate\((?P<number>[1-9][0-9]*) (?P<unit>minute|hour|day)s?\)")
_MINUTES: Final = {"minute": 1, "hour": 60, "day": 24 * 60}
_NUMBER: Final = re.compile(r"(?<![/0-9])[1-7](?![0-9])")
_ALWAYS: Final = "*"


@dataclass(frozen=True)
class _Expiry:
    """When a lifecycle's rule deletes.

    Args:
        days: the age.
        spared: how many newer versions stay whatever their age.
        reach: the filter of the rule: which objects it is about.
    """

    days: float
    spared: float
    reach: Mapping[str, Any]

    def harsher(self, than: "_Expiry") -> bool:
        return self.days < than.days or self.spared < than.spared or not _within(self.reach, than.reach)


def sooner_expired(old: Any, new: Any) -> bool:
    """Whether some rule of a bucket's lifecycle lets more objects, or more of their old versions, expire, or sooner."""
    before = _expiries(old)
    return any(key not in before or expiry.harsher(before[key]) for key, expiry in _expiries(new).items())


def more_images_expire(old: Any, new: Any) -> bool:
    """Whether a registry's lifecycle, as JSON text, has a rule that it did not have. What cannot be read counts as one.

    What a rule expires follows from its whole selection and from the rules before it, which claim images and thereby
    spare them. So a changed rule is a new one, and so is one that comes after a rule that is gone.
    """
    before, after = _image_rules(old), _image_rules(new)
    if before is None or after is None:
        return old != new
    gone = min((_order(rule) for rule in before if rule not in after), default=_FOREVER)
    return any(rule not in before or _order(rule) > gone for rule in after)


def more_tags_move(old: Any, new: Any) -> bool:
    """Whether more tags of a repository's images can be moved to other images."""
    return _FIXED.get(str(new), 0) < _FIXED.get(str(old), 0)


def other_tags_move(old: Any, new: Any) -> bool:
    """Whether a repository's tags have an exception that they did not have.

    Where tags move in general, an exception fixes some; the setting that says so is another input, so that the worse
    is assumed.
    """
    before = old if isinstance(old, list) else []
    return new is not None and (not isinstance(new, list) or any(each not in before for each in new))


def sooner_deleted(old: Any, new: Any) -> bool:
    """Whether a backup plan has lost a rule or a rule's copy, keeps one for a shorter time, or makes it less often."""
    after = _kept(new)
    times = {str(rule.get("ruleName")): rule for rule in _listed(new)}
    return any(after.get(name, -1.0) < days for name, days in _kept(old).items()) or any(
        _runs_less(rule, times.get(str(rule.get("ruleName")), {})) for rule in _listed(old)
    )


def fewer_snapshots(old: Any, new: Any) -> bool:
    """Whether a lifecycle of snapshots has lost a schedule, makes snapshots less often, or keeps fewer of them."""
    after = {str(each.get("name")): each for each in _listed(new)}
    return any(
        (other := after.get(str(each.get("name")))) is None
        or rarer(_when(each), _when(other))
        or any(now < was for was, now in zip(_keeps(each), _keeps(other), strict=True))
        for each in _listed(old)
    )


def less_replicated(old: Any, new: Any) -> bool:
    """Whether some objects of a bucket that were replicated by a rule no longer are."""
    after = _replicated(new)
    return any(key not in after or not _within(reach, after[key]) for key, reach in _replicated(old).items())


def _expiries(rules: Any) -> dict[tuple[str, str], _Expiry]:
    """What a bucket's rules delete, current and older versions, by the rule's id."""
    found: dict[tuple[str, str], _Expiry] = {}
    for at, rule in enumerate(_listed(rules)):
        # A bucket's own `lifecycleRules`, the older way to say it, are enabled by a flag.
        if rule.get("status", "Enabled" if rule.get("enabled") else None) != "Enabled":
            continue
        name = str(rule.get("id") or at)
        found.update({(name, what): expiry for what, expiry in _expiries_of(rule)})
    return found


def _expiries_of(rule: Mapping[str, Any]) -> Iterator[tuple[str, _Expiry]]:
    reach = _reach(rule)
    for what in ("expiration", "noncurrentVersionExpiration"):
        below = rule.get(what)
        if below is None and (several := _listed(rule.get(f"{what}s"))):
            # The older `BucketV2` has a list of one in its place.
            below = several[0]
        if isinstance(below, str):
            yield what, _Expiry(_UNSEEN, _UNSEEN, reach)
        elif isinstance(below, Mapping) and set(_said(below)) != {"expiredObjectDeleteMarker"}:
            days = _days(below.get("noncurrentDays", below.get("days")))
            yield what, _Expiry(days, _days(below.get("newerNoncurrentVersions")), reach)


def _reach(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    """Which objects a rule is about, an empty mapping meaning all of them."""
    said = rule.get("filter") or {key: rule[key] for key in ("prefix", "tags") if rule.get(key)}
    if not isinstance(said, Mapping):
        return {}
    both = said.get("and")
    return {key: value for key, value in _said(both if isinstance(both, Mapping) else said).items() if value}


def _said(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a program said, without the notes a bridged provider makes among it."""
    return {key: value for key, value in values.items() if not key.startswith("__")}


def _within(inner: Mapping[str, Any], outer: Mapping[str, Any]) -> bool:
    """Whether a filter lets nothing through that another one holds back."""
    return all(
        str(inner.get(key, "")).startswith(str(value)) if key == "prefix" else inner.get(key) == value
        for key, value in outer.items()
    )


def _image_rules(policy: Any) -> list[Mapping[str, Any]] | None:
    """The rules of a registry's lifecycle without what only orders and describes them; None where it cannot be read."""
    if policy in (None, ""):
        return []
    try:
        found = json.loads(policy) if isinstance(policy, str) else policy
    except ValueError:
        return None
    rules = found.get("rules") if isinstance(found, Mapping) else None
    if not isinstance(rules, list):
        return None
    return [{key: value for key, value in each.items() if key != "description"} for each in _listed(rules)]


def _order(rule: Mapping[str, Any]) -> float:
    return _days(rule.get("rulePriority"))


def _replicated(rules: Any) -> dict[str, Mapping[str, Any]]:
    """What each enabled rule of a replication is about, by the rule's id."""
    return {
        str(rule.get("id") or at): _reach(rule)
        for at, rule in enumerate(_listed(rules))
        if rule.get("status", "Enabled") == "Enabled"
    }


def _kept(rules: Any) -> dict[tuple[str, str], float]:
    """Days for which a plan's rules keep their backups and copies, by the rule's name and the vault of a copy."""
    found: dict[tuple[str, str], float] = {}
    for rule in _listed(rules):
        name = str(rule.get("ruleName"))
        found[name, ""] = _lifetime(rule)
        found.update(
            {(name, str(each.get("destinationVaultArn"))): _lifetime(each) for each in _listed(rule.get("copyActions"))}
        )
    return found


def _runs_less(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a backup plan's rule runs less often, or no longer between the times it runs at."""
    ends = bool(old.get("enableContinuousBackup")) and new.get("enableContinuousBackup") is not True
    return ends or rarer(old.get("schedule") or _EVERY_MORNING, new.get("schedule") or _EVERY_MORNING)


def _when(schedule: Mapping[str, Any]) -> str | None:
    """When a schedule of snapshots makes one; None where that cannot be seen."""
    made = schedule.get("createRule")
    if not isinstance(made, Mapping):
        return None
    return made.get("cronExpression") or f"rate({made.get('interval')} hours)"


def _keeps(schedule: Mapping[str, Any]) -> tuple[float, float]:
    """How many snapshots a schedule keeps, and for how many hours; none where that cannot be seen."""
    rule = schedule.get("retainRule")
    if rule is None:
        return _FOREVER, _FOREVER
    if not isinstance(rule, Mapping):
        return _UNSEEN, _UNSEEN
    count, interval = rule.get("count"), rule.get("interval")
    hours = _days(interval) * _HOURS.get(str(rule.get("intervalUnit")), 0) if interval else _FOREVER
    return _days(count) if count else _FOREVER, hours


def _lifetime(made: Mapping[str, Any]) -> float:
    lifecycle = made.get("lifecycle") or {}
    days = lifecycle.get("deleteAfter") if isinstance(lifecycle, Mapping) else lifecycle
    return _FOREVER if days in (None, 0) else _days(days)


def _listed(rules: Any) -> Sequence[Mapping[str, Any]]:
    return [each for each in rules if isinstance(each, Mapping)] if isinstance(rules, list) else []


def _days(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else _UNSEEN


@dataclass(frozen=True)
class _Pace:
    """How often a schedule fires.

    Args:
        times: in four years.
        gap: the most days from one to the next.
        years: the field of years, or a star.
    """

    times: float
    gap: float
    years: str = _ALWAYS

    def rarer(self, than: "_Pace") -> bool:
        ends = self.years not in (_ALWAYS, than.years)
        return ends or self.times < than.times or self.gap > than.gap


def rarer(old: Any, new: Any) -> bool:
    """Whether something happens less often by a new schedule, never again among it.

    A schedule that cannot be read, such as one with `L` or `#`, counts as rarer than any other.

    Args:
        old: such as `cron(0 5 ? * * *)` or `rate(1 day)`; nothing is none, which fires never.
        new: the schedule after.
    """
    if old == new or not old:
        return False
    before, after = _pace(old), _pace(new)
    return before is None or after is None or after.rarer(before)


def _pace(text: Any) -> _Pace | None:
    rate = _RATE.fullmatch(str(text))
    if rate:
        minutes = int(rate["number"]) * _MINUTES[rate["unit"]]
        return _Pace(HORIZON_DAYS * 24 * 60 / minutes, max(1.0, minutes / _MINUTES["day"]))
    cron = _CRON.fullmatch(str(text))
    if not cron:
        return None
    *fields, weekdays = cron["five"].replace("?", "*").split()
    # AWS counts the days of the week from 1, which is Sunday.
    weekdays = _NUMBER.sub(lambda found: str(int(found[0]) - 1), weekdays)
    recurrence = recurrence_of(" ".join([*fields, weekdays]))
    if recurrence is None:
        return None
    days = [at for at in range(HORIZON_DAYS) if recurrence.on(_FIRST + timedelta(days=at))]
    gaps = [later - earlier for earlier, later in pairwise([*days, *(day + HORIZON_DAYS for day in days[:1])])]
    times = len(days) * len(recurrence.hours) * len(recurrence.minutes)
    return _Pace(times, max(gaps, default=float("inf")), cron["years"])
