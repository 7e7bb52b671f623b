"""What a service deployment will do, before it runs: capacity, stages, duration, what stops it, and warnings.

The plan is the deployment itself, run on a virtual service in which every task gets healthy and every hook is answered
as the gate does it: once the new tasks have lasted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any

from strata.durations import duration_text
from strata.rollout.plan_warning import PlanWarning
from strata.rollout.tasks.deployment import (
    DeploymentConfiguration,
    DeploymentRules,
    HookAction,
    LifecycleStage,
    task_ceiling,
    task_floor,
)
from strata.rollout.tasks.deployment_warnings import find_deployment_warnings
from strata.rollout.tasks.virtual_service import DeploymentTimeline, simulate_deployment

__all__ = ["DeploymentPlan", "PlannedStage", "plan_deployment"]

_WAITS = {
    LifecycleStage.POST_TEST_TRAFFIC_SHIFT: "after the shift of test requests",
    LifecycleStage.PRE_PRODUCTION_TRAFFIC_SHIFT: "before each shift of traffic",
}


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """A stage that takes time or moves traffic."""

    at_seconds: float
    stage: LifecycleStage
    production_weight: float
    """Percent of the production traffic that goes to the new tasks."""
    seconds: float


@dataclass(frozen=True, slots=True)
class DeploymentPlan:
    """What the deployment of a healthy service will do."""

    desired: int
    configuration: DeploymentConfiguration
    floor: int
    """Running and healthy tasks that are kept."""
    ceiling: int
    """The most tasks that may run or start at once."""
    lowest_capacity: int
    """The fewest running and healthy tasks at any moment."""
    highest_total: int
    """The most tasks that run or start at any moment."""
    stages: tuple[PlannedStage, ...]
    """Empty for ROLLING."""
    hooks: tuple[LifecycleStage, ...]
    """Where it waits to be continued, in order."""
    estimated_seconds: float
    """From the start until success, with bake times and the time for which new tasks must be healthy before requests
    move; infinite where nothing can move."""
    settled_seconds: float
    """Until the last old task has drained and is gone; not before `estimated_seconds`."""
    warnings: tuple[PlanWarning, ...]

    @property
    def surge(self) -> int:
        """Tasks above the desired count that run, and are paid for, meanwhile."""
        return max(0, self.highest_total - self.desired)

    @property
    def weights(self) -> tuple[float, ...]:
        """The new tasks' share of the production traffic after each shift, in percent."""
        return tuple(dict.fromkeys(stage.production_weight for stage in self.stages if stage.production_weight))

    @property
    def aborts(self) -> tuple[str, ...]:
        """What stops the deployment on its way."""
        breaker, alarms = self.configuration.circuit_breaker, self.configuration.alarms
        found = [f"alarm {name} in ALARM: {_end(rollback=alarms.rollback)}" for name in alarms.names if alarms.enable]
        if breaker.enable and not self.configuration.strategy.shifts_traffic:
            failures = breaker.threshold.failures(self.desired)
            counted = "in a row without a healthy one" if breaker.reset_on_healthy_task else "in all"
            found.append(f"{failures} failed tasks {counted}: {_end(rollback=breaker.rollback)}")
        return tuple(found)

    def course(self) -> dict[str, Any]:
        """Its stages, and where it waits to be continued, for JSON."""
        stages = [
            {
                "lifecycle_stage": each.stage.value,
                "at_seconds": round(each.at_seconds),
                "seconds": round(each.seconds),
                "traffic_percent": each.production_weight,
            }
            for each in self.stages
        ]
        return {"stages": stages, "waits_at": [each.value for each in dict.fromkeys(self.hooks)]}

    def describe(self) -> tuple[str, ...]:
        """The plan as lines of text, for a preview."""
        return tuple(self._lines())

    def _lines(self) -> Iterator[str]:
        tasks = f"{self.desired} {'task' if self.desired == 1 else 'tasks'}"
        yield f"replaces {tasks} by {self.configuration.strategy}"
        kept, running = f"{self.lowest_capacity} of {self.desired}", f"{self.highest_total} at once"
        yield f"keeps at least {kept} healthy (floor {self.floor}), runs up to {running} (ceiling {self.ceiling})"
        for stage in self.stages:
            if stage.seconds:
                length, since = duration_text(stage.seconds), duration_text(stage.at_seconds)
                traffic = f"{stage.production_weight:g} % of the traffic on the new tasks"
                yield f"{stage.stage} for {length} after {since}: {traffic}"
        yield from self._waits()
        if self.estimated_seconds < inf:
            yield f"takes about {duration_text(self.estimated_seconds)}"
        yield from (f"stops on {reason}" for reason in self.aborts)
        yield from (f"warning: {warning.text}" for warning in self.warnings)

    def _waits(self) -> Iterator[str]:
        for hook in self.configuration.hooks:
            goes_on = hook.on_timeout is HookAction.CONTINUE
            for stage in hook.stages:
                if stage in self.hooks:
                    yield (
                        f"waits up to {duration_text(60 * hook.timeout_minutes)} {_WAITS.get(stage, f'at {stage}')} to "
                        f"be continued; unanswered, it {'goes on' if goes_on else _end(rollback=True)}"
                    )


def plan_deployment(
    desired: int,
    configuration: DeploymentConfiguration,
    *,
    boot_seconds: float,
    drain_seconds: float = 0,
    min_ready_seconds: float = 0,
    test_listener: bool = False,
    first: bool = False,
    rules: DeploymentRules | None = None,
) -> DeploymentPlan:
    """Plan the deployment of a service in which every task is healthy and old.

    Args:
        desired: the desired count.
        configuration: how the deployment is to proceed.
        boot_seconds: from the start of a task until it is healthy.
        drain_seconds: how long a task that is stopped drains. Default: 0.
        min_ready_seconds: how long new tasks must have been healthy before a hook is answered. Default: 0.
        test_listener: whether a listener rule carries test traffic.
        first: whether it is the service's first deployment: nothing runs yet.
        rules: what AWS decides.
    """
    timeline = simulate_deployment(
        desired,
        configuration,
        boot_seconds=boot_seconds,
        drain_seconds=drain_seconds,
        can_roll_back=not first,
        test_listener=test_listener,
        rules=rules,
        answer_hooks=True,
        min_ready_seconds=min_ready_seconds,
        # with healthy tasks and answered hooks it ends or comes to rest, if only after weeks
        cut_off_seconds=inf,
    )
    lowest = min(sample.healthy for sample in timeline.samples)
    seconds = inf if timeline.stuck else timeline.seconds
    return DeploymentPlan(
        desired=desired,
        configuration=configuration,
        floor=task_floor(desired, configuration),
        ceiling=task_ceiling(desired, configuration),
        lowest_capacity=lowest,
        highest_total=max(sample.total for sample in timeline.samples),
        stages=tuple(_planned(timeline)),
        hooks=tuple(hook.stage for hook in timeline.deployment.hooks),
        estimated_seconds=seconds,
        settled_seconds=max(seconds, timeline.settled_seconds),
        warnings=tuple(find_deployment_warnings(desired, configuration, lowest, seconds, first=first)),
    )


def _planned(timeline: DeploymentTimeline) -> Iterator[PlannedStage]:
    for number, entered in enumerate(timeline.stages, start=1):
        end = timeline.stages[number].at if number < len(timeline.stages) else timeline.seconds
        yield PlannedStage(entered.at, entered.stage, entered.production_weight, end - entered.at)


def _end(*, rollback: bool) -> str:
    return "goes back to the revision before" if rollback else "stops where it is"
