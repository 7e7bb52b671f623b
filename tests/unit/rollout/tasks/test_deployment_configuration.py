"""The configuration of a service deployment: what ECS refuses, and the bounds that follow."""

from dataclasses import replace

import pytest

from strata.rollout.tasks.deployment import (
    CircuitBreaker,
    DeploymentAlarms,
    DeploymentConfiguration,
    DeploymentStatus,
    DeploymentStrategy,
    FailureThreshold,
    HookAction,
    HookTarget,
    InvalidDeploymentConfiguration,
    LifecycleHook,
    LifecycleStage,
    ThresholdKind,
    configuration_from_api,
    configuration_to_api,
    deadlock,
    task_ceiling,
    task_floor,
)
from tests.unit.rollout.tasks.services import (
    BLUE_GREEN,
    BREAKING,
    CANARY,
    LINEAR,
    ROLLING,
    WATCHED,
    paused,
    run,
)


def test_the_floor_is_rounded_up_and_the_ceiling_down():
    configuration = DeploymentConfiguration(min_healthy_percent=50, max_percent=150)
    assert [task_floor(desired, configuration) for desired in (0, 1, 3, 4)] == [0, 1, 2, 2]
    assert [task_ceiling(desired, configuration) for desired in (0, 1, 3, 4)] == [0, 1, 4, 6]


@pytest.mark.parametrize(
    "desired,lower,upper", [(1, 100, 100), (5, 100, 100), (1, 100, 150), (1, 1, 199), (3, 67, 133)]
)
def test_a_configuration_that_can_neither_stop_nor_start_a_task_is_named(desired, lower, upper):
    configuration = DeploymentConfiguration(min_healthy_percent=lower, max_percent=upper)
    assert deadlock(desired, configuration)
    timeline = run(desired, configuration)
    assert timeline.stuck
    assert timeline.deployment.status is DeploymentStatus.IN_PROGRESS


@pytest.mark.parametrize(
    "desired,lower,upper", [(0, 100, 100), (2, 100, 150), (1, 0, 100), (1, 100, 200), (3, 66, 100)]
)
def test_a_configuration_that_can_move_does(desired, lower, upper):
    configuration = DeploymentConfiguration(min_healthy_percent=lower, max_percent=upper)
    assert deadlock(desired, configuration) is None
    assert run(desired, configuration).deployment.status is DeploymentStatus.SUCCESSFUL


@pytest.mark.parametrize(
    "changes,problem",
    [
        ({"min_healthy_percent": 101}, "minimumHealthyPercent is 101, must be 0 to 100"),
        ({"max_percent": 99}, "maximumPercent is 99, must be 100 to 200"),
        ({"strategy": DeploymentStrategy.BLUE_GREEN}, "bakeTimeInMinutes is missing, BLUE_GREEN needs it"),
        ({"bake_minutes": 1441}, "bakeTimeInMinutes is 1441, must be 0 to 1440"),
        ({"linear_step_percent": 2.9}, "linearConfiguration.stepPercent is 2.9, must be 3 to 100 in steps of 0.1"),
        (
            {"linear_step_percent": 3.05},
            "linearConfiguration.stepPercent is 3.05, must be 3 to 100 in steps of 0.1",
        ),
        ({"linear_bake_minutes": -1}, "linearConfiguration.stepBakeTimeInMinutes is -1, must be 0 to 1440"),
        ({"canary_percent": 0}, "canaryConfiguration.canaryPercent is 0, must be 0.1 to 100 in steps of 0.1"),
        ({"canary_bake_minutes": 1441}, "canaryConfiguration.canaryBakeTimeInMinutes is 1441, must be 0 to 1440"),
        ({"alarms": DeploymentAlarms(enable=True)}, "alarms are enabled and alarmNames is empty"),
        ({"alarms": DeploymentAlarms(rolling_bake_seconds=-1)}, "the alarms' bake time is -1 s, must be 0 or more"),
        (
            {"circuit_breaker": CircuitBreaker(threshold=FailureThreshold(ThresholdKind.COUNT, 0))},
            "thresholdConfiguration.value is 0, must be 1 or more",
        ),
        (
            {"hooks": (paused(LifecycleStage.POST_SCALE_UP),)},
            "lifecycleHooks wait at the stages of a strategy that shifts traffic, ROLLING has none",
        ),
    ],
)
def test_what_aws_refuses_is_refused(changes, problem):
    with pytest.raises(InvalidDeploymentConfiguration) as refused:
        DeploymentConfiguration(**changes)
    assert refused.value.problems == (problem,)


@pytest.mark.parametrize(
    "hook,problem",
    [
        (paused(LifecycleStage.PRODUCTION_TRAFFIC_SHIFT), "a PAUSE hook cannot wait at PRODUCTION_TRAFFIC_SHIFT"),
        (paused(LifecycleStage.TEST_TRAFFIC_SHIFT), "a PAUSE hook cannot wait at TEST_TRAFFIC_SHIFT"),
        (paused(LifecycleStage.BAKE_TIME), "a PAUSE hook cannot wait at BAKE_TIME"),
        (LifecycleHook(()), "lifecycleStages of a hook is empty"),
        (
            paused(LifecycleStage.POST_SCALE_UP, timeout_minutes=20_161),
            "timeoutInMinutes is 20161, must be 1 to 20160",
        ),
        (
            paused(LifecycleStage.POST_SCALE_UP, target=HookTarget.AWS_LAMBDA),
            "a lifecycle hook has the targetType AWS_LAMBDA, only PAUSE is simulated",
        ),
    ],
)
def test_a_hook_waits_only_where_and_as_long_as_aws_lets_it(hook, problem):
    with pytest.raises(InvalidDeploymentConfiguration) as refused:
        replace(BLUE_GREEN, hooks=(hook,))
    assert refused.value.problems == (problem,)


def test_all_findings_come_at_once():
    with pytest.raises(InvalidDeploymentConfiguration) as refused:
        DeploymentConfiguration(min_healthy_percent=-1, max_percent=201)
    assert len(refused.value.problems) == 2


def test_a_hook_waits_a_day_and_then_rolls_back_when_nothing_else_is_said():
    hook = paused(LifecycleStage.POST_SCALE_UP)
    assert (hook.timeout_minutes, hook.on_timeout) == (1440, HookAction.ROLLBACK)


@pytest.mark.parametrize("configuration", [ROLLING, BREAKING, replace(BLUE_GREEN, alarms=WATCHED), CANARY, LINEAR])
def test_the_api_gives_back_what_it_was_given(configuration):
    again = configuration_from_api(configuration_to_api(configuration))
    assert replace(again, bake_minutes=configuration.bake_minutes) == configuration


def test_an_update_merges_into_the_configuration_so_far():
    hooked = replace(CANARY, hooks=(paused(LifecycleStage.PRE_PRODUCTION_TRAFFIC_SHIFT),))
    merged = configuration_from_api({"canaryConfiguration": {"canaryPercent": 20.0}}, defaults=hooked)
    assert merged == replace(hooked, canary_percent=20.0)
    assert configuration_from_api({"lifecycleHooks": []}, defaults=hooked).hooks == ()


def test_a_strategy_aws_does_not_know_is_refused():
    with pytest.raises(InvalidDeploymentConfiguration, match="strategy is RANDOM, must be one of ROLLING"):
        configuration_from_api({"strategy": "RANDOM"})
