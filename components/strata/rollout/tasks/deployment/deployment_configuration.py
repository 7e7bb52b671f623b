"""How a service deployment is to proceed: AWS's deploymentConfiguration, and the bounds that follow from it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from strata.rollout.spec import share
from strata.rollout.tasks.deployment.lifecycle_stages import (
    MOST_HOOK_MINUTES,
    PAUSE_STAGES,
    HookTarget,
    LifecycleHook,
)

__all__ = [
    "CircuitBreaker",
    "DeploymentAlarms",
    "DeploymentConfiguration",
    "DeploymentStrategy",
    "FailureThreshold",
    "InvalidDeploymentConfiguration",
    "ThresholdKind",
    "deadlock",
    "task_ceiling",
    "task_floor",
]

_FULL = 100
_MOST = 200
_MOST_MINUTES = 1440
_LEAST_LINEAR, _LEAST_CANARY = 3.0, 0.1
_FEWEST_FAILURES, _MOST_FAILURES = 3, 200


class DeploymentStrategy(StrEnum):
    """How a service goes from one revision to the next."""

    ROLLING = "ROLLING"
    BLUE_GREEN = "BLUE_GREEN"
    LINEAR = "LINEAR"
    CANARY = "CANARY"

    @property
    def shifts_traffic(self) -> bool:
        """Whether both revisions run in full and the traffic moves, rather than the tasks."""
        return self is not DeploymentStrategy.ROLLING


class ThresholdKind(StrEnum):
    """How the number of failures that fails a deployment is computed."""

    BOUNDED_PERCENT = "BOUNDED_PERCENT"
    COUNT = "COUNT"
    UNBOUNDED_PERCENT = "UNBOUNDED_PERCENT"


@dataclass(frozen=True, slots=True)
class FailureThreshold:
    """How many tasks may fail; the default is AWS's."""

    kind: ThresholdKind = ThresholdKind.BOUNDED_PERCENT
    value: int = 50
    """A count, or a percentage of the latest desired count. Default: 50 percent, bounded to 3-200."""

    def failures(self, desired: int) -> int:
        """The number of failures that fails a deployment of so many tasks."""
        if self.kind is ThresholdKind.COUNT:
            return self.value
        failures = share(desired, self.value)
        if self.kind is ThresholdKind.BOUNDED_PERCENT:
            return min(max(failures, _FEWEST_FAILURES), _MOST_FAILURES)
        return max(1, failures)


@dataclass(frozen=True, slots=True)
class CircuitBreaker:
    """Fails a deployment by the tasks that fail."""

    enable: bool = False
    rollback: bool = False
    threshold: FailureThreshold = FailureThreshold()
    reset_on_healthy_task: bool = True
    """Whether a healthy task sets the count back to 0; a service that loses every second task then never trips it."""


@dataclass(frozen=True, slots=True)
class DeploymentAlarms:
    """Fails a deployment by CloudWatch alarms."""

    names: tuple[str, ...] = ()
    enable: bool = False
    rollback: bool = False
    rolling_bake_seconds: float = 0
    """How long AWS watches after a rolling deployment. It computes this from the alarms' periods; nobody can set it."""


@dataclass(frozen=True, slots=True)
class DeploymentConfiguration:
    """The configuration of one deployment; the defaults are those of the API.

    Raises:
        InvalidDeploymentConfiguration: a value is outside AWS's range; all findings at once.
    """

    strategy: DeploymentStrategy = DeploymentStrategy.ROLLING
    min_healthy_percent: int = 100
    """Share of the desired count that stays running and healthy, 0-100 percent, rounded up. Default: 100."""
    max_percent: int = 200
    """Share of it that may run or start at once, 100-200 percent, rounded down. Default: 200."""
    bake_minutes: int | None = None
    """How long both revisions run after all traffic has shifted, 0-1440. BLUE_GREEN needs it. Default: 0."""
    linear_step_percent: float = 10.0
    """Share of the traffic shifted at each step of LINEAR, 3.0-100.0 in steps of 0.1. Default: 10."""
    linear_bake_minutes: int = 6
    """Pause after each step but the last, 0-1440. Default: 6."""
    canary_percent: float = 5.0
    """Share of the traffic shifted first by CANARY, 0.1-100.0 in steps of 0.1. Default: 5."""
    canary_bake_minutes: int = 10
    """Pause before the rest follows, 0-1440. Default: 10."""
    circuit_breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    alarms: DeploymentAlarms = field(default_factory=DeploymentAlarms)
    hooks: tuple[LifecycleHook, ...] = ()

    def __post_init__(self) -> None:
        if problems := tuple(_problems(self)):
            raise InvalidDeploymentConfiguration(problems)


class InvalidDeploymentConfiguration(ValueError):  # noqa: N818 - reads as what it is
    """AWS would refuse this configuration.

    Attributes:
        problems: every finding, each naming AWS's field, the value and what is allowed.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


def task_floor(desired: int, configuration: DeploymentConfiguration) -> int:
    """The fewest running and healthy tasks: the share of the desired count, rounded up."""
    return share(desired, configuration.min_healthy_percent)


def task_ceiling(desired: int, configuration: DeploymentConfiguration) -> int:
    """The most running and pending tasks: the share rounded down, or both revisions in full when traffic is shifted."""
    if configuration.strategy.shifts_traffic:
        return 2 * desired
    return desired * configuration.max_percent // _FULL


def deadlock(desired: int, configuration: DeploymentConfiguration) -> str | None:
    """Why a deployment of so many tasks could neither stop nor start one, if so; refuse such a configuration."""
    if configuration.strategy.shifts_traffic or not desired:
        return None
    lowest, highest = task_floor(desired, configuration), task_ceiling(desired, configuration)
    if lowest < desired or highest > desired:
        return None
    lower, upper = configuration.min_healthy_percent, configuration.max_percent
    if lower == upper == _FULL:
        return "minimumHealthyPercent and maximumPercent are both 100: no task can be stopped or started"
    return (
        f"a desired count of {desired} with minimumHealthyPercent {lower} and maximumPercent {upper} keeps {lowest} "
        f"and allows {highest}, for the maximum is rounded down: no task can be stopped or started"
    )


def _problems(configuration: DeploymentConfiguration) -> Iterator[str]:
    yield from _bound_problems(configuration)
    yield from _traffic_problems(configuration)
    yield from _monitor_problems(configuration)
    for hook in configuration.hooks:
        yield from _hook_problems(hook)
    if configuration.hooks and not configuration.strategy.shifts_traffic:
        yield "lifecycleHooks wait at the stages of a strategy that shifts traffic, ROLLING has none"


def _bound_problems(configuration: DeploymentConfiguration) -> Iterator[str]:
    lower, upper = configuration.min_healthy_percent, configuration.max_percent
    if not 0 <= lower <= _FULL:
        yield f"minimumHealthyPercent is {lower}, must be 0 to 100"
    if not _FULL <= upper <= _MOST:
        yield f"maximumPercent is {upper}, must be 100 to 200"


def _traffic_problems(configuration: DeploymentConfiguration) -> Iterator[str]:
    if configuration.strategy is DeploymentStrategy.BLUE_GREEN and configuration.bake_minutes is None:
        yield "bakeTimeInMinutes is missing, BLUE_GREEN needs it"
    minutes = (
        ("bakeTimeInMinutes", configuration.bake_minutes or 0),
        ("linearConfiguration.stepBakeTimeInMinutes", configuration.linear_bake_minutes),
        ("canaryConfiguration.canaryBakeTimeInMinutes", configuration.canary_bake_minutes),
    )
    for name, value in minutes:
        if not 0 <= value <= _MOST_MINUTES:
            yield f"{name} is {value}, must be 0 to {_MOST_MINUTES}"
    shares = (
        ("linearConfiguration.stepPercent", configuration.linear_step_percent, _LEAST_LINEAR),
        ("canaryConfiguration.canaryPercent", configuration.canary_percent, _LEAST_CANARY),
    )
    for name, percent, least in shares:
        if not least <= percent <= _FULL or round(percent, 1) != percent:
            yield f"{name} is {percent:g}, must be {least:g} to 100 in steps of 0.1"


def _monitor_problems(configuration: DeploymentConfiguration) -> Iterator[str]:
    threshold, alarms = configuration.circuit_breaker.threshold, configuration.alarms
    if threshold.value < 1:
        yield f"thresholdConfiguration.value is {threshold.value}, must be 1 or more"
    if alarms.enable and not alarms.names:
        yield "alarms are enabled and alarmNames is empty"
    if alarms.rolling_bake_seconds < 0:
        yield f"the alarms' bake time is {alarms.rolling_bake_seconds:g} s, must be 0 or more"


def _hook_problems(hook: LifecycleHook) -> Iterator[str]:
    if hook.target is not HookTarget.PAUSE:
        yield f"a lifecycle hook has the targetType {hook.target}, only PAUSE is simulated"
    if not hook.stages:
        yield "lifecycleStages of a hook is empty"
    for stage in hook.stages:
        if stage not in PAUSE_STAGES:
            yield f"a PAUSE hook cannot wait at {stage}"
    if not 1 <= hook.timeout_minutes <= MOST_HOOK_MINUTES:
        yield f"timeoutInMinutes is {hook.timeout_minutes}, must be 1 to {MOST_HOOK_MINUTES}"
