"""How the containers of a service are replaced, and what stops it."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from pydantic import Field

from strata.aws.facts.load_balancing import LONGEST_CONDITION, LONGEST_HEADER
from strata.settings import patterns
from strata.settings.models.base import Settings
from strata.settings.models.by_stage import by_stage
from strata.settings.models.rollout import GateSettings
from strata.settings.models.rule import Conflict, rule
from strata.settings.models.verify import no_time_for

__all__ = ["ContainerRolloutSettings", "Strategy", "TestRuleSettings"]

LONGEST_BAKE_MINUTES: Final = 1440
"""DeploymentConfiguration: a day."""
LONGEST_READY_SECONDS: Final = 3600
LONGEST_PAUSE_MINUTES: Final = 20_160
"""DeploymentLifecycleHookTimeoutConfiguration: two weeks."""
_HOST_HEADER: Final = "host"
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


class TestRuleSettings(Settings):
    """The listener rule of test requests: those of the service's route that have a header.

    Amazon ECS leads them to the new tasks as soon as all of those are healthy, and any other request later. Whoever
    sends the header reaches the new release, so it must not be relied on to keep anybody out.
    """

    __test__ = False  # no class of tests

    priority: int = Field(ge=1, le=50_000, examples=[9])
    """Order among all routes of the load balancer, unique, 1 to 50000 (ELB's limit), before the service's route."""
    header: str = Field(default="X-Strata-Test", pattern=patterns.HTTP_HEADER, max_length=LONGEST_HEADER)
    """Header that a test request has. Default: X-Strata-Test."""
    value: str = Field(default="true", pattern=patterns.TEST_HEADER_VALUE, max_length=LONGEST_CONDITION)
    """Its value, without wildcards; ELB compares it without case. Default: true."""

    @rule("test-rule-host", "A rule for a host is a condition of its own (ELB).")
    def _host(self) -> Iterator[Conflict]:
        if self.header.lower() == _HOST_HEADER:
            yield Conflict(
                ("header",),
                self.header,
                expected="another header: ELB accepts no condition of that kind for the host",
                fix="Remove it for X-Strata-Test.",
            )


_MINUTE: Final = 60
_SHIFTING: Final = frozenset(Strategy) - {Strategy.ROLLING}
_FIELDS: Final[Mapping[str, frozenset[Strategy]]] = {
    "max_healthy_percent": frozenset({Strategy.ROLLING}),
    "bake_minutes": _SHIFTING,
    "pause_minutes": _SHIFTING,
    "min_ready_seconds": _SHIFTING,
    "test_rule": _SHIFTING,
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
    "test_rule": "ECS gives each task its requests as soon as it is healthy, whatever they are",
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

    test_rule: TestRuleSettings | None = None
    """A listener rule for test requests, by which `verify` asks the new tasks before any other request moves to them.
    Default: none; then it asks when all requests have moved. Not for rolling."""

    @rule("rollout-test-rule", "A listener rule for test requests is there for what verifies the release.")
    def _tested(self) -> Iterator[Conflict]:
        if self.test_rule is not None and self.verify is None and self.strategy.shifts_traffic:
            yield Conflict(
                ("test_rule",),
                self.test_rule.model_dump(),
                expected="nothing without verify: it is what sends test requests",
                fix="Set rollout.verify, or remove it.",
                reads=(("verify",),),
            )

    @rule("verify-test-time", "A release is verified by test requests while ECS waits for it.")
    def _time_to_test(self) -> Iterator[Conflict]:
        if self.test_rule is not None and self.strategy.shifts_traffic:
            yield from no_time_for(self.verify, ("pause_minutes",), self.pause_minutes, reads=(("test_rule",),))

    @rule("verify-test-header", "The header of test requests is set by its rule alone.")
    def _test_header(self) -> Iterator[Conflict]:
        if self.test_rule is None or self.verify is None:
            return
        for name, value in self.verify.headers.items():
            if name.lower() == self.test_rule.header.lower():
                yield Conflict(
                    ("verify", "headers", name),
                    value,
                    expected="nothing: test requests have it anyway, as test_rule says",
                    fix="Remove it.",
                    reads=(("test_rule", "header"),),
                )

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
