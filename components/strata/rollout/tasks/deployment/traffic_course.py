"""The course of a traffic-shifting deployment: its stages in order, with the weights that hold at each."""

from collections.abc import Iterator
from dataclasses import dataclass

from strata.rollout.tasks.deployment.deployment_configuration import DeploymentConfiguration, DeploymentStrategy
from strata.rollout.tasks.deployment.lifecycle_stages import LifecycleStage

__all__ = ["ALL_TRAFFIC", "CourseStage", "traffic_course", "traffic_steps"]

ALL_TRAFFIC = 100.0
"""The weights of source and target add up to this."""

_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class CourseStage:
    """A stage of one deployment."""

    stage: LifecycleStage
    production_weight: float
    """Percent of the production traffic that goes to the target from the beginning of the stage."""
    test_weight: float
    """The same of the test traffic."""
    wait_seconds: float = 0
    """How long it lasts at least: the bake time, or the pause after a step."""


def traffic_steps(configuration: DeploymentConfiguration) -> tuple[float, ...]:
    """The target's share of the production traffic after each step, in percent; the last is all of it."""
    if configuration.strategy is DeploymentStrategy.CANARY and configuration.canary_percent < ALL_TRAFFIC:
        return (configuration.canary_percent, ALL_TRAFFIC)
    if configuration.strategy is DeploymentStrategy.LINEAR:
        step = round(configuration.linear_step_percent * 10)
        return (*(tenths / 10 for tenths in range(step, 1000, step)), ALL_TRAFFIC)
    return (ALL_TRAFFIC,)


def traffic_course(
    configuration: DeploymentConfiguration, *, test_listener: bool, reconcile: bool
) -> tuple[CourseStage, ...]:
    """The stages of a deployment.

    Args:
        configuration: its strategy, steps and bake times; a rolling deployment has no course.
        test_listener: whether there is a listener rule for test traffic.
        reconcile: whether more than one revision is active at the start.
    """
    if not configuration.strategy.shifts_traffic:
        return ()
    return tuple(_stages(configuration, test_listener=test_listener, reconcile=reconcile))


def _stages(configuration: DeploymentConfiguration, *, test_listener: bool, reconcile: bool) -> Iterator[CourseStage]:
    if reconcile:
        yield CourseStage(LifecycleStage.RECONCILE_SERVICE, 0, 0)
    for stage in (LifecycleStage.PRE_SCALE_UP, LifecycleStage.SCALE_UP, LifecycleStage.POST_SCALE_UP):
        yield CourseStage(stage, 0, 0)
    test = ALL_TRAFFIC if test_listener else 0
    if test_listener:
        yield CourseStage(LifecycleStage.TEST_TRAFFIC_SHIFT, 0, test)
        yield CourseStage(LifecycleStage.POST_TEST_TRAFFIC_SHIFT, 0, test)
    before = 0.0
    for weight in traffic_steps(configuration):
        yield CourseStage(LifecycleStage.PRE_PRODUCTION_TRAFFIC_SHIFT, before, test)
        pause = _step_bake(configuration) if weight < ALL_TRAFFIC else 0
        yield CourseStage(LifecycleStage.PRODUCTION_TRAFFIC_SHIFT, weight, test, pause)
        before = weight
    yield CourseStage(LifecycleStage.POST_PRODUCTION_TRAFFIC_SHIFT, ALL_TRAFFIC, test)
    bake = (configuration.bake_minutes or 0) * _MINUTE
    yield CourseStage(LifecycleStage.BAKE_TIME, ALL_TRAFFIC, test, bake)
    yield CourseStage(LifecycleStage.CLEAN_UP, ALL_TRAFFIC, test)


def _step_bake(configuration: DeploymentConfiguration) -> float:
    if configuration.strategy is DeploymentStrategy.CANARY:
        return configuration.canary_bake_minutes * _MINUTE
    return configuration.linear_bake_minutes * _MINUTE
