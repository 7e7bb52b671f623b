"""How an instance refresh is to proceed: AWS's preferences, those of a service, and the capacity bounds that follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from strata.rollout.servers.server_spec import ServerSpec
from strata.rollout.spec import share
from strata.settings.models import AlarmGate, ProtectedServers

__all__ = [
    "FULL",
    "InvalidPreferences",
    "Preferences",
    "ProtectedInstances",
    "StandbyInstances",
    "batch_size",
    "ceiling",
    "floor",
    "lowest",
    "preferences_for",
    "share",
]

E = TypeVar("E", bound=StrEnum)

FULL = 100
"""All of the desired capacity, in percent."""

MOST = 200
"""The most AWS lets a group grow to during a refresh, in percent."""

MAX_DELAY_SECONDS = 172_800
"""The longest checkpoint delay and bake time AWS accepts: 48 hours."""

MAX_ALARMS = 10
"""The most alarms AWS accepts for one refresh."""


class ProtectedInstances(StrEnum):
    """What a refresh does with servers protected from scale-in."""

    REFRESH = "Refresh"
    IGNORE = "Ignore"
    WAIT = "Wait"


class StandbyInstances(StrEnum):
    """What a refresh does with servers in standby."""

    TERMINATE = "Terminate"
    IGNORE = "Ignore"
    WAIT = "Wait"


class InvalidPreferences(ValueError):  # noqa: N818 - reads as what it is
    """AWS would refuse these preferences.

    Attributes:
        problems: every finding, each naming AWS's field, the value and what is allowed.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


@dataclass(frozen=True)
class Preferences:
    """The preferences of one refresh; the defaults are those of the API without a maintenance policy.

    Raises:
        InvalidPreferences: a value is outside AWS's range; all findings at once.
    """

    min_healthy_percent: int = 90
    """Share of the desired capacity that stays healthy and warm, 0-100 percent. Default: 90."""
    max_healthy_percent: int = 100
    """Share of it that may run at once, 100-200 percent, at most 100 above the minimum. Default: 100."""
    instance_warmup_seconds: int = 0
    """Seconds in service after which a healthy new server counts. Default: 0; AWS itself uses the group's."""
    checkpoint_percentages: tuple[int, ...] = ()
    """Shares replaced, 1-100 percent ascending, at which it pauses; a last one below 100 ends it. Default: none."""
    checkpoint_delay_seconds: int = 3600
    """Length of the pause at a checkpoint, 0-172800 seconds. Default: 3600."""
    bake_seconds: int = 0
    """Seconds to keep watching the alarms after the last server, 0-172800. Default: 0."""
    skip_matching: bool = False
    """Leave servers alone that already run the desired configuration. Default: false."""
    auto_rollback: bool = False
    """Go back to the original configuration when the refresh fails. Default: false."""
    scale_in_protected: ProtectedInstances = ProtectedInstances.WAIT
    """Servers protected from scale-in. Default: Wait, which fails the refresh after an hour."""
    standby: StandbyInstances = StandbyInstances.WAIT
    """Servers in standby. Default: Wait, which fails the refresh after an hour."""
    alarms: tuple[str, ...] = ()
    """Names of at most 10 CloudWatch alarms that stop the refresh. Default: none."""

    def __post_init__(self) -> None:
        if problems := tuple(_problems(self)):
            raise InvalidPreferences(problems)

    @property
    def replaced_percent(self) -> int:
        """Share of the fleet that is replaced in the end: the last checkpoint, or all."""
        return self.checkpoint_percentages[-1] if self.checkpoint_percentages else FULL

    @classmethod
    def from_api(cls, values: Mapping[str, Any], *, defaults: "Preferences | None" = None) -> "Preferences":
        """Read the `Preferences` of StartInstanceRefresh.

        Args:
            values: the structure with AWS's field names; may be empty.
            defaults: what an absent field means, such as the group's maintenance policy and its warm-up.

        Raises:
            InvalidPreferences: AWS would refuse them.
        """
        unset = defaults or cls()
        if "MaxHealthyPercentage" in values and "MinHealthyPercentage" not in values:
            raise InvalidPreferences(("MaxHealthyPercentage needs MinHealthyPercentage",))
        checkpoints = tuple(values.get("CheckpointPercentages") or unset.checkpoint_percentages)
        if "CheckpointDelay" in values and not checkpoints:
            raise InvalidPreferences(("CheckpointDelay needs CheckpointPercentages",))
        return cls(
            min_healthy_percent=values.get("MinHealthyPercentage", unset.min_healthy_percent),
            max_healthy_percent=values.get("MaxHealthyPercentage", unset.max_healthy_percent),
            instance_warmup_seconds=values.get("InstanceWarmup", unset.instance_warmup_seconds),
            checkpoint_percentages=checkpoints,
            checkpoint_delay_seconds=values.get("CheckpointDelay", unset.checkpoint_delay_seconds),
            bake_seconds=values.get("BakeTime", unset.bake_seconds),
            skip_matching=values.get("SkipMatching", unset.skip_matching),
            auto_rollback=values.get("AutoRollback", unset.auto_rollback),
            scale_in_protected=_member(
                ProtectedInstances, "ScaleInProtectedInstances", values, unset.scale_in_protected
            ),
            standby=_member(StandbyInstances, "StandbyInstances", values, unset.standby),
            alarms=tuple((values.get("AlarmSpecification") or {}).get("Alarms") or unset.alarms),
        )

    def to_api(self) -> dict[str, Any]:
        """The `Preferences` of StartInstanceRefresh; fields that AWS refuses without their partner are left out."""
        values: dict[str, Any] = {
            "MinHealthyPercentage": self.min_healthy_percent,
            "MaxHealthyPercentage": self.max_healthy_percent,
            "InstanceWarmup": self.instance_warmup_seconds,
            "SkipMatching": self.skip_matching,
            "AutoRollback": self.auto_rollback,
            "ScaleInProtectedInstances": self.scale_in_protected.value,
            "StandbyInstances": self.standby.value,
        }
        if self.checkpoint_percentages:
            values["CheckpointPercentages"] = list(self.checkpoint_percentages)
            values["CheckpointDelay"] = self.checkpoint_delay_seconds
        if self.bake_seconds:
            values["BakeTime"] = self.bake_seconds
        if self.alarms:
            values["AlarmSpecification"] = {"Alarms": list(self.alarms)}
        return values


def _problems(preferences: Preferences) -> list[str]:
    lower, upper = preferences.min_healthy_percent, preferences.max_healthy_percent
    delay, bake = preferences.checkpoint_delay_seconds, preferences.bake_seconds
    steps = preferences.checkpoint_percentages
    checks = (
        (0 <= lower <= FULL, f"MinHealthyPercentage is {lower}, must be 0 to 100"),
        (FULL <= upper <= MOST, f"MaxHealthyPercentage is {upper}, must be 100 to 200"),
        (upper - lower <= FULL, f"MaxHealthyPercentage {upper} is more than 100 above MinHealthyPercentage {lower}"),
        (
            preferences.instance_warmup_seconds >= 0,
            f"InstanceWarmup is {preferences.instance_warmup_seconds}, must be 0 or more",
        ),
        (
            all(1 <= step <= FULL for step in steps) and list(steps) == sorted(set(steps)),
            f"CheckpointPercentages are {list(steps)}, must be ascending and unique, 1 to 100",
        ),
        (0 <= delay <= MAX_DELAY_SECONDS, f"CheckpointDelay is {delay}, must be 0 to {MAX_DELAY_SECONDS}"),
        (0 <= bake <= MAX_DELAY_SECONDS, f"BakeTime is {bake}, must be 0 to {MAX_DELAY_SECONDS}"),
        (
            len(preferences.alarms) <= MAX_ALARMS,
            f"AlarmSpecification names {len(preferences.alarms)} alarms, must be at most {MAX_ALARMS}",
        ),
    )
    return [problem for holds, problem in checks if not holds]


def _member(kind: type[E], field: str, values: Mapping[str, Any], unset: E) -> E:
    value = values.get(field, unset)
    if value not in set(kind):
        allowed = ", ".join(kind)
        raise InvalidPreferences((f"{field} is {value}, must be one of {allowed}",))
    return kind(value)


def floor(desired: int, preferences: Preferences) -> int:
    """Healthy and warm servers a refresh is asked to keep. `lowest` is what it can keep."""
    return share(desired, preferences.min_healthy_percent)


def ceiling(desired: int, preferences: Preferences) -> int:
    """The most servers in service and pending at once; with 100/100 AWS launches one above the desired capacity."""
    if desired and preferences.min_healthy_percent == preferences.max_healthy_percent == FULL:
        return desired + 1
    return share(desired, preferences.max_healthy_percent)


def lowest(desired: int, preferences: Preferences) -> int:
    """The floor after AWS's rule that a refresh replaces at least one server at a time.

    It differs from `floor` only where rounding leaves no room on either side, as with one server and 90/100: AWS then
    goes one below what was asked.
    """
    if desired and floor(desired, preferences) == desired == ceiling(desired, preferences):
        return desired - 1
    return floor(desired, preferences)


def batch_size(desired: int, preferences: Preferences) -> int:
    """Servers replaced at a time, before it is cut to what remains or to the next checkpoint; at least one."""
    above = ceiling(desired, preferences) - desired
    if preferences.min_healthy_percent == FULL:
        return max(1, above)
    return max(1, desired - floor(desired, preferences) + above)


def preferences_for(
    spec: ServerSpec,
    *,
    alarms: tuple[str, ...] = (),
    can_roll_back: bool = True,
    skip_matching: bool = True,
    keeps_standby: bool = False,
    keeps_protected: bool = False,
) -> Preferences:
    """The preferences of the instance refresh that rolls a service by its spec.

    Args:
        spec: how the service is rolled.
        alarms: alarms AWS is to watch; the caller leaves out those it must ignore.
        can_roll_back: whether there is a good release to go back to.
        skip_matching: whether servers that run the release already are left alone.
        keeps_standby: whether servers in standby are left alone whatever the settings say.
        keeps_protected: whether those protected from scale-in are.
    """
    settings = spec.settings
    refresh_protected = settings.scale_in_protected is ProtectedServers.REPLACE and not keeps_protected
    terminate_standby = settings.standby is ProtectedServers.REPLACE and not keeps_standby
    checkpoints = settings.checkpoint_percentages
    return Preferences(
        min_healthy_percent=settings.min_healthy_percent,
        max_healthy_percent=settings.max_healthy_percent,
        instance_warmup_seconds=spec.warm_up_seconds,
        checkpoint_percentages=checkpoints,
        checkpoint_delay_seconds=settings.checkpoint_delay_seconds if checkpoints else 0,
        bake_seconds=settings.bake_seconds,
        skip_matching=skip_matching,
        auto_rollback=spec.goes_back and can_roll_back,
        scale_in_protected=ProtectedInstances.REFRESH if refresh_protected else ProtectedInstances.IGNORE,
        standby=StandbyInstances.TERMINATE if terminate_standby else StandbyInstances.IGNORE,
        alarms=alarms if settings.alarms is not AlarmGate.OFF else (),
    )
