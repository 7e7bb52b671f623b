"""The plan of a service deployment, and the simulation it is made with."""

from dataclasses import replace

import pytest

from strata.rollout.tasks.deployment import (
    CircuitBreaker,
    FailureThreshold,
    HookAction,
    LifecycleStage,
    ThresholdKind,
)
from strata.rollout.tasks.deployment_plan import plan_deployment
from strata.rollout.tasks.virtual_service import (
    HookAnswered,
    TaskLife,
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


def test_requests_that_are_refused_are_written_down():
    configuration = replace(BLUE_GREEN, hooks=(paused(LifecycleStage.POST_SCALE_UP, timeout_minutes=1),))
    timeline = run(1, configuration, events=[HookAnswered(120)])
    assert timeline.refused == ("lifecycle hook hook-2-1 has timed out",)


def test_it_says_when_the_last_old_task_is_gone():
    timeline = run(2, ROLLING, drain_seconds=90)
    assert (timeline.seconds, timeline.settled_seconds) == (60, 150)


def test_a_life_that_fails_in_no_time_is_refused():
    with pytest.raises(ValueError, match="must live for some time"):
        TaskLife(0, pulls=False)
    with pytest.raises(ValueError, match="must live for some time"):
        TaskLife(0, exits_after=0)


def test_the_plan_of_a_rolling_deployment():
    plan = plan_deployment(4, replace(BREAKING, max_percent=150), boot_seconds=60, drain_seconds=30)
    assert (plan.floor, plan.ceiling, plan.lowest_capacity, plan.highest_total, plan.surge) == (4, 6, 4, 6, 2)
    assert (plan.estimated_seconds, plan.settled_seconds, plan.stages, plan.weights) == (120, 150, (), ())
    assert plan.aborts == ("3 failed tasks in a row without a healthy one: goes back to the revision before",)
    assert plan.describe() == (
        "replaces 4 tasks by ROLLING",
        "keeps at least 4 of 4 healthy (floor 4), runs up to 6 at once (ceiling 6)",
        "takes about 2 min",
        "stops on 3 failed tasks in a row without a healthy one: goes back to the revision before",
    )


def test_the_plan_of_a_canary():
    hook = paused(LifecycleStage.PRE_PRODUCTION_TRAFFIC_SHIFT)
    plan = plan_deployment(2, replace(CANARY, alarms=WATCHED, hooks=(hook,)), boot_seconds=60)
    assert (plan.lowest_capacity, plan.highest_total, plan.ceiling) == (2, 4, 4)
    assert plan.weights == (10, 100)
    assert [(each.at_seconds, each.stage, each.seconds) for each in plan.stages if each.seconds] == [
        (0, LifecycleStage.SCALE_UP, 60),
        (60, LifecycleStage.PRODUCTION_TRAFFIC_SHIFT, 300),
        (360, LifecycleStage.BAKE_TIME, 600),
    ]
    assert plan.hooks == (LifecycleStage.PRE_PRODUCTION_TRAFFIC_SHIFT,) * 2
    assert (
        "waits up to 24 h before each shift of traffic to be continued; unanswered, it goes back to the revision before"
    ) in plan.describe()
    assert plan.estimated_seconds == 960
    assert plan.aborts == ("alarm web-5xx in ALARM: goes back to the revision before",)
    assert plan.warnings == ()


def test_the_time_for_which_new_tasks_must_last_is_part_of_the_plan_once():
    hook = paused(LifecycleStage.PRE_PRODUCTION_TRAFFIC_SHIFT)
    configuration = replace(CANARY, alarms=WATCHED, hooks=(hook,))
    plan = plan_deployment(2, configuration, boot_seconds=60, min_ready_seconds=90)
    assert [(each.at_seconds, each.stage, each.seconds) for each in plan.stages if each.seconds] == [
        (0, LifecycleStage.SCALE_UP, 60),
        (60, LifecycleStage.PRE_PRODUCTION_TRAFFIC_SHIFT, 90),
        (150, LifecycleStage.PRODUCTION_TRAFFIC_SHIFT, 300),
        (450, LifecycleStage.BAKE_TIME, 600),
    ]
    assert "PRE_PRODUCTION_TRAFFIC_SHIFT for 90 s after 60 s: 0 % of the traffic on the new tasks" in plan.describe()
    assert plan.estimated_seconds == 960 + 90
    # nobody is asked, so nobody holds
    alone = plan_deployment(2, replace(configuration, hooks=()), boot_seconds=60, min_ready_seconds=90)
    assert alone.estimated_seconds == 960


@pytest.mark.parametrize(
    "desired,configuration,first,found",
    [
        (1, replace(BREAKING, max_percent=150), False, {"deployment-cannot-move"}),
        (1, replace(BREAKING, min_healthy_percent=0, max_percent=100), False, {"deployment-outage"}),
        (1, replace(CANARY, bake_minutes=60, alarms=WATCHED), False, {"deployment-long"}),
        (1, ROLLING, False, {"deployment-unwatched"}),
        (1, replace(BLUE_GREEN, circuit_breaker=BREAKING.circuit_breaker), False, {"deployment-unwatched"}),
        (1, replace(ROLLING, circuit_breaker=CircuitBreaker(enable=True)), False, {"deployment-no-rollback"}),
        (1, replace(BLUE_GREEN, alarms=replace(WATCHED, rollback=False)), False, {"deployment-no-rollback"}),
        (
            2,
            replace(
                ROLLING,
                circuit_breaker=replace(BREAKING.circuit_breaker, threshold=FailureThreshold(ThresholdKind.COUNT, 21)),
            ),
            False,
            {"deployment-breaker-late"},
        ),
        (2, BREAKING, True, {"deployment-nothing-to-go-back-to"}),
        (
            1,
            replace(
                BLUE_GREEN,
                alarms=WATCHED,
                hooks=(paused(LifecycleStage.POST_SCALE_UP, on_timeout=HookAction.CONTINUE),),
            ),
            False,
            {"deployment-hook-continues"},
        ),
    ],
)
def test_warnings(desired, configuration, first, found):
    plan = plan_deployment(desired, configuration, boot_seconds=60, first=first)
    assert {warning.id for warning in plan.warnings} == found
    assert (plan.estimated_seconds == float("inf")) == (found == {"deployment-cannot-move"})


def test_a_deployment_that_takes_weeks_is_planned_to_its_end():
    plan = plan_deployment(
        2, replace(LINEAR, linear_step_percent=3, linear_bake_minutes=1440, bake_minutes=1440), boot_seconds=60
    )
    assert plan.estimated_seconds == 60 + 34 * 86_400
    assert plan.weights[-1] == 100
