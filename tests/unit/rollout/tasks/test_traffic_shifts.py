"""Blue/green, linear and canary: stages, weights and hooks, one rule of ECS each."""

from dataclasses import replace

import pytest

from strata.rollout.tasks.deployment import (
    DeploymentStatus,
    HookAction,
    HookNotWaiting,
    HookStatus,
    LifecycleStage,
    ServiceView,
    TaskLifecycle,
    continue_hook,
    step,
    stop,
    task_ceiling,
    traffic_course,
    traffic_steps,
)
from strata.rollout.tasks.virtual_service import (
    HookAnswered,
    StopRequested,
    TaskLife,
    TasksKilled,
    TasksScaled,
)
from tests.unit.rollout.tasks.services import (
    BLUE_GREEN,
    CANARY,
    LINEAR,
    NEVER_HEALTHY,
    SHIFTING,
    STALE,
    begun,
    new,
    paused,
    rollback_of,
    run,
    service,
    stages,
    task,
    weights,
)


def test_blue_green_goes_through_its_stages():
    course = traffic_course(BLUE_GREEN, test_listener=True, reconcile=True)
    assert [(each.stage, each.production_weight, each.test_weight) for each in course] == [
        (LifecycleStage.RECONCILE_SERVICE, 0, 0),
        (LifecycleStage.PRE_SCALE_UP, 0, 0),
        (LifecycleStage.SCALE_UP, 0, 0),
        (LifecycleStage.POST_SCALE_UP, 0, 0),
        (LifecycleStage.TEST_TRAFFIC_SHIFT, 0, 100),
        (LifecycleStage.POST_TEST_TRAFFIC_SHIFT, 0, 100),
        (LifecycleStage.PRE_PRODUCTION_TRAFFIC_SHIFT, 0, 100),
        (LifecycleStage.PRODUCTION_TRAFFIC_SHIFT, 100, 100),
        (LifecycleStage.POST_PRODUCTION_TRAFFIC_SHIFT, 100, 100),
        (LifecycleStage.BAKE_TIME, 100, 100),
        (LifecycleStage.CLEAN_UP, 100, 100),
    ]


def test_without_a_test_listener_there_is_no_test_traffic():
    course = traffic_course(BLUE_GREEN, test_listener=False, reconcile=False)
    assert not {LifecycleStage.TEST_TRAFFIC_SHIFT, LifecycleStage.POST_TEST_TRAFFIC_SHIFT} & {
        each.stage for each in course
    }
    assert {each.test_weight for each in course} == {0}


def test_the_stage_before_a_shift_is_reported_as_the_shift():
    assert LifecycleStage.PRE_PRODUCTION_TRAFFIC_SHIFT.reported is LifecycleStage.PRODUCTION_TRAFFIC_SHIFT
    assert LifecycleStage.BAKE_TIME.reported is LifecycleStage.BAKE_TIME


@pytest.mark.parametrize(
    "configuration,steps",
    [
        (BLUE_GREEN, (100,)),
        (CANARY, (10, 100)),
        (replace(CANARY, canary_percent=0.1), (0.1, 100)),
        (replace(CANARY, canary_percent=100), (100,)),
        (LINEAR, (25, 50, 75, 100)),
        (replace(LINEAR, linear_step_percent=30), (30, 60, 90, 100)),
        (replace(LINEAR, linear_step_percent=33.3), (33.3, 66.6, 99.9, 100)),
        (replace(LINEAR, linear_step_percent=100), (100,)),
    ],
)
def test_the_steps_of_the_traffic(configuration, steps):
    assert traffic_steps(configuration) == steps


@SHIFTING
def test_the_traffic_moves_step_by_step_and_capacity_doubles(shifting):
    timeline = run(3, shifting)
    assert timeline.deployment.status is DeploymentStatus.SUCCESSFUL
    assert weights(timeline) == [0, *traffic_steps(shifting)]
    assert max(sample.total for sample in timeline.samples) == 6 == task_ceiling(3, shifting)
    last = timeline.samples[-1]
    assert (last.source, last.target, last.production_weight) == (0, 3, 100)


def test_canary_bakes_after_the_first_step_and_at_the_end():
    timeline = run(1, CANARY)
    assert [(entered.at, entered.stage) for entered in timeline.stages] == [
        (0, LifecycleStage.SCALE_UP),
        (60, LifecycleStage.PRODUCTION_TRAFFIC_SHIFT),
        (60 + 300, LifecycleStage.BAKE_TIME),
        (360 + 600, LifecycleStage.CLEAN_UP),
    ]


def test_linear_does_not_bake_after_the_last_step():
    assert run(1, LINEAR).seconds == 60 + 3 * 360


def test_green_scales_to_all_of_the_desired_count_before_any_traffic():
    timeline = run(3, BLUE_GREEN, life=lambda start, _revision: TaskLife(60 + 60 * start))
    shifted = next(sample for sample in timeline.samples if sample.production_weight)
    assert (shifted.at, shifted.healthy_target) == (180, 3)


def test_blue_keeps_all_its_tasks_until_the_clean_up():
    timeline = run(3, BLUE_GREEN, events=[TasksKilled(100, 1)])
    before = [sample for sample in timeline.samples if sample.stage is not LifecycleStage.CLEAN_UP]
    assert {sample.source for sample in before if sample.status is DeploymentStatus.IN_PROGRESS} == {3}


def test_both_revisions_scale_out_meanwhile():
    timeline = run(2, BLUE_GREEN, events=[TasksScaled(200, 4)])
    assert max(sample.source for sample in timeline.samples) == 4
    assert timeline.samples[-1].healthy_target == 4


def test_test_traffic_goes_to_green_first():
    ticks = []
    configuration = replace(BLUE_GREEN, hooks=(paused(LifecycleStage.POST_TEST_TRAFFIC_SHIFT),))
    run(1, configuration, test_listener=True, watcher=ticks.append, cut_off_seconds=600)
    assert (ticks[-1].orders.test_weight, ticks[-1].orders.production_weight) == (100, 0)


def test_the_service_is_reconciled_when_more_than_one_revision_is_active():
    left = [task("old-0"), task("old-1"), task("left-0", STALE)]
    timeline = run(2, BLUE_GREEN, tasks=left)
    assert stages(timeline)[0] is LifecycleStage.RECONCILE_SERVICE
    assert timeline.deployment.status is DeploymentStatus.SUCCESSFUL
    assert LifecycleStage.RECONCILE_SERVICE not in stages(run(2, BLUE_GREEN))


def test_a_green_that_never_gets_healthy_holds_the_scale_up_for_a_day():
    timeline = run(2, BLUE_GREEN, life=NEVER_HEALTHY)
    assert rollback_of(timeline).started_at == 86_400
    assert rollback_of(timeline).stage is LifecycleStage.SCALE_UP
    assert timeline.deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
    assert weights(timeline) == [0]


@SHIFTING
@pytest.mark.parametrize("at", [30, 61, 400])
def test_a_stop_shifts_all_traffic_back_before_green_is_cleaned_up(shifting, at):
    ticks = []
    timeline = run(2, shifting, events=[StopRequested(at)], watcher=ticks.append)
    assert timeline.deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
    assert timeline.seconds == at
    assert timeline.samples[-1].target == 0
    for tick in ticks:
        if any(name.startswith("new") for name in tick.orders.stop):
            assert tick.orders.production_weight == 0


def test_in_the_clean_up_blue_is_started_again_before_traffic_goes_back():
    deployment, _ = begun(BLUE_GREEN, service(1))
    for at in (60, 660):
        deployment, _ = step(deployment, service(1, new("new-0")), (), at)
    booting = task("old-1", lifecycle=TaskLifecycle.PENDING)
    gone = task("old-0", lifecycle=TaskLifecycle.STOPPING)
    view = ServiceView(2, [gone, booting, new("new-0")])
    turned, orders = step(stop(deployment), view, (), 661)
    assert (turned.stage, orders.production_weight) == (LifecycleStage.SCALE_UP, 100)
    assert (orders.keep_source, orders.stop) == (2, ())
    view = ServiceView(2, [task("old-1"), task("old-2"), new("new-0")])
    turned, orders = step(turned, view, (), 700)
    assert (orders.production_weight, orders.stop) == (0, ("new-0",))


def test_a_first_deployment_that_fails_has_no_blue_to_go_back_to():
    timeline = run(2, BLUE_GREEN, can_roll_back=False, events=[StopRequested(30)])
    assert timeline.deployment.status is DeploymentStatus.ROLLBACK_FAILED


def test_a_first_deployment_goes_through_the_stages_too():
    timeline = run(2, CANARY, can_roll_back=False)
    assert timeline.deployment.status is DeploymentStatus.SUCCESSFUL
    assert max(sample.total for sample in timeline.samples) == 2


def test_source_and_target_share_all_of_the_traffic():
    ticks = []
    run(1, replace(LINEAR, linear_step_percent=33.3), watcher=ticks.append)
    pairs = {(tick.orders.source_production_weight, tick.orders.production_weight) for tick in ticks}
    assert pairs == {(100, 0), (66.7, 33.3), (33.4, 66.6), (0.1, 99.9), (0, 100)}


STAGES = pytest.mark.parametrize(
    "stage",
    [
        LifecycleStage.PRE_SCALE_UP,
        LifecycleStage.POST_SCALE_UP,
        LifecycleStage.POST_TEST_TRAFFIC_SHIFT,
        LifecycleStage.PRE_PRODUCTION_TRAFFIC_SHIFT,
        LifecycleStage.POST_PRODUCTION_TRAFFIC_SHIFT,
    ],
)


@STAGES
def test_a_hook_holds_the_deployment_until_it_is_continued(stage):
    configuration = replace(BLUE_GREEN, hooks=(paused(stage),))
    ticks = []
    timeline = run(1, configuration, test_listener=True, events=[HookAnswered(3000)], watcher=ticks.append)
    held = next(tick.deployment for tick in ticks if any(hook.waits for hook in tick.deployment.hooks))
    assert (held.stage, held.hooks[0].status) == (stage, HookStatus.AWAITING_ACTION)
    assert timeline.deployment.hooks[0].status is HookStatus.SUCCEEDED
    assert timeline.deployment.status is DeploymentStatus.SUCCESSFUL
    assert timeline.seconds > 3000


@STAGES
def test_a_hook_that_nobody_answers_rolls_back_at_its_timeout(stage):
    configuration = replace(BLUE_GREEN, hooks=(paused(stage, timeout_minutes=30),))
    timeline = run(1, configuration, test_listener=True)
    assert timeline.deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
    assert timeline.deployment.hooks[0].status is HookStatus.TIMED_OUT
    assert rollback_of(timeline).reason == f"a lifecycle hook of {stage} timed out"
    assert weights(timeline)[-1] == 0


def test_a_hook_may_continue_at_its_timeout():
    hook = paused(LifecycleStage.POST_SCALE_UP, timeout_minutes=30, on_timeout=HookAction.CONTINUE)
    timeline = run(1, replace(BLUE_GREEN, hooks=(hook,)))
    assert timeline.deployment.status is DeploymentStatus.SUCCESSFUL
    assert timeline.deployment.hooks[0].status is HookStatus.TIMED_OUT
    assert timeline.seconds == 60 + 1800 + 600


def test_before_production_traffic_it_waits_at_every_step():
    configuration = replace(LINEAR, hooks=(paused(LifecycleStage.PRE_PRODUCTION_TRAFFIC_SHIFT),))
    timeline = run(1, configuration, answer_hooks=True)
    assert len(timeline.deployment.hooks) == len({hook.id for hook in timeline.deployment.hooks}) == 4
    assert weights(timeline) == [0, 25, 50, 75, 100]


def test_an_answer_may_roll_back():
    configuration = replace(CANARY, hooks=(paused(LifecycleStage.POST_PRODUCTION_TRAFFIC_SHIFT),))
    timeline = run(1, configuration, events=[HookAnswered(2000, HookAction.ROLLBACK)])
    assert timeline.deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
    assert timeline.deployment.hooks[0].status is HookStatus.FAILED
    assert weights(timeline) == [0, 10, 100, 0]


def test_only_a_hook_that_waits_can_be_answered():
    configuration = replace(BLUE_GREEN, hooks=(paused(LifecycleStage.PRE_SCALE_UP, timeout_minutes=1),))
    deployment, _ = begun(configuration, service(1))
    with pytest.raises(HookNotWaiting, match="no lifecycle hook other"):
        continue_hook(deployment, "other", HookAction.CONTINUE, 10)
    name = deployment.hooks[0].id
    with pytest.raises(HookNotWaiting, match="has timed out"):
        continue_hook(deployment, name, HookAction.CONTINUE, 60)
    answered = continue_hook(deployment, name, HookAction.CONTINUE, 59)
    with pytest.raises(HookNotWaiting, match="is SUCCEEDED"):
        continue_hook(answered, name, HookAction.CONTINUE, 59)
    assert HookNotWaiting.code == "InvalidParameterException"


def test_a_hook_is_closed_when_the_deployment_is_stopped():
    configuration = replace(BLUE_GREEN, hooks=(paused(LifecycleStage.POST_SCALE_UP),))
    timeline = run(1, configuration, events=[StopRequested(100), HookAnswered(110)])
    assert timeline.deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
    assert timeline.deployment.hooks[0].status is HookStatus.FAILED


def test_no_bound_of_time_runs_while_a_hook_waits():
    configuration = replace(BLUE_GREEN, hooks=(paused(LifecycleStage.POST_SCALE_UP, timeout_minutes=20_160),))
    timeline = run(1, configuration, events=[HookAnswered(10 * 86_400)])
    assert timeline.deployment.status is DeploymentStatus.SUCCESSFUL
