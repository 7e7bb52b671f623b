"""How the containers of a service are replaced, and what stops it."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from pydantic import Field

from strata.settings.models.by_stage import by_stage
from strata.settings.models.rollout import GateSettings
from strata.settings.models.rule import Conflict, rule

__all__ = ["ContainerRolloutSettings", "Strategy"]

LONGEST_BAKE_MINUTES: Final = 1440
"""DeploymentConfiguration: a day."""
LONGEST_READY_SECONDS: Final = 3600
LONGEST_PAUSE_MINUTES: Final = 20_160
"""DeploymentLifecycleHookTimeoutConfiguration: two weeks."""
SHARES: Final = ("canary_percent", "linear_step_percent")
"""CanaryConfiguration and LinearConfiguration: these are multiples of 0.1."""


class Strategy(StrEnum):
    """How Amazon ECS brings a new release before the users."""

    ROLLING = "rolling"
    """Task by task, on one target group."""
    BLUE_GREEN = "blue-green"
    """All tasks beside the old ones, then all requests at once."""
    LINEAR = "linear"
    """All tasks beside the old ones, then the requests in equal steps."""
    CANARY = "canary"
    """All tasks beside the old ones, then a few requests, then the rest."""

    @property
    def shifts_traffic(self) -> bool:
        """Whether requests move from one target group to the other."""
        return self is not Strategy.ROLLING


_MINUTE: Final = 60
_SHIFTING: Final = frozenset(Strategy) - {Strategy.ROLLING}
_FIELDS: Final[Mapping[str, frozenset[Strategy]]] = {
    "max_healthy_percent": frozenset({Strategy.ROLLING}),
    "bake_minutes": _SHIFTING,
    "pause_minutes": _SHIFTING,
    "min_ready_seconds": _SHIFTING,
    "canary_percent": frozenset({Strategy.CANARY}),
    "canary_bake_minutes": frozenset({Strategy.CANARY}),
    "linear_step_percent": frozenset({Strategy.LINEAR}),
    "linear_bake_minutes": frozenset({Strategy.LINEAR}),
}
"""Settings that only some strategies read."""
_WHY: Final[Mapping[str, str]] = {
    "max_healthy_percent": "new tasks come beside all the old ones",
    "bake_minutes": "ECS itself decides by the alarms how long it watches a rolling deployment",
    "pause_minutes": "ECS pauses only before it moves requests",
    "min_ready_seconds": "ECS gives each task its requests as soon as it is healthy, and waits for nobody",
}


class ContainerRolloutSettings(GateSettings):
    """How containers are replaced. Percentages and times are those of an Amazon ECS service deployment."""

    strategy: Strategy = by_stage(dev=Strategy.ROLLING, staging=Strategy.CANARY, prod=Strategy.CANARY)
    """How requests come to the new release; a worker, which has none, is always rolled."""
    min_healthy_percent: int = by_stage(dev=50, staging=100, prod=100, ge=0, le=100)
    """Minimum of healthy tasks, in percent of desired, rounded up (ECS)."""
    max_healthy_percent: int = Field(default=200, ge=100, le=200)
    """Maximum number of tasks, in percent of desired, rounded down (ECS); for rolling only. Default: 200."""
    bake_minutes: int = by_stage(dev=0, staging=5, prod=10, ge=0, le=LONGEST_BAKE_MINUTES)
    """Minutes to watch the new release with all requests before the old one goes, at most a day (ECS); not for
    rolling."""
    pause_minutes: int = by_stage(dev=15, staging=30, prod=30, ge=0, le=LONGEST_PAUSE_MINUTES)
    """Minutes that ECS waits, before every move of requests, for `up` to find all new tasks healthy; if nobody is
    there any more, it goes back by itself. At most two weeks (ECS); 0 waits for nobody; not for rolling."""
    min_ready_seconds: int = by_stage(dev=30, staging=60, prod=120, ge=0, le=LONGEST_READY_SECONDS)
    """Seconds that all new tasks must have been healthy without interruption before any request moves to them, as
    Kubernetes has it for pods: what dies soon after its start gets none. At least a minute less than `pause_minutes`;
    not for rolling."""
    canary_percent: float = Field(default=10.0, ge=0.1, le=100)
    """Requests that the new release gets first, in percent; for canary only. Default: 10."""
    canary_bake_minutes: int = Field(default=5, ge=0, le=LONGEST_BAKE_MINUTES)
    """Minutes to watch it with these, at most a day (ECS); for canary only. Default: 5."""
    linear_step_percent: float = Field(default=10.0, ge=3, le=100)
    """Requests that each step moves, in percent; for linear only. Default: 10."""
    linear_bake_minutes: int = Field(default=6, ge=0, le=LONGEST_BAKE_MINUTES)
    """Minutes to watch after each step but the last, at most a day (ECS); for linear only. Default: 6."""

    @rule("rollout-shares", "Shares of requests have one decimal at most.")
    def _decimals(self) -> Iterator[Conflict]:
        for name in SHARES:
            share: float = getattr(self, name)
            if round(share, 1) != share:
                yield Conflict(
                    (name,), share, expected="a multiple of 0.1: ECS accepts no other", fix=f"Write {share:.1f}."
                )

    @rule("rollout-min-ready", "ECS waits for longer than new tasks have to be healthy.")
    def _min_ready(self) -> Iterator[Conflict]:
        if not self.strategy.shifts_traffic:
            return
        at, longest = ("min_ready_seconds",), _MINUTE * (self.pause_minutes - 1)
        if not self.pause_minutes and self.min_ready_seconds and at[0] in self.model_fields_set:
            yield Conflict(
                at,
                self.min_ready_seconds,
                expected="nothing: with pause_minutes 0, requests move as soon as the new tasks are healthy",
                fix="Remove it, or raise pause_minutes.",
                reads=(("pause_minutes",),),
            )
        elif self.pause_minutes and self.min_ready_seconds > longest:
            yield Conflict(
                at,
                self.min_ready_seconds,
                expected=f"at most {longest}, a minute less than pause_minutes: after those ECS goes back",
                fix="Lower it, or raise pause_minutes.",
                reads=(("pause_minutes",),),
            )

    @rule("rollout-strategy-fields", "A strategy is given no setting of another one.")
    def _of_another(self) -> Iterator[Conflict]:
        for name, strategies in _FIELDS.items():
            if name in self.model_fields_set and self.strategy not in strategies:
                why = _WHY.get(name, f"only {' and '.join(sorted(strategies))} has it")
                yield Conflict(
                    (name,),
                    getattr(self, name),
                    expected=f"nothing for the strategy {self.strategy}: {why}",
                    fix=f"Remove it, or set strategy to {' or '.join(sorted(strategies))}.",
                    reads=(("strategy",),),
                )
