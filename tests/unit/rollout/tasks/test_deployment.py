"""The service deployment: known cases of a rolling one, one rule of ECS each."""

from dataclasses import replace

import pytest

from strata.rollout.tasks.deployment import (
    DeploymentConfiguration,
    DeploymentConflict,
    DeploymentRules,
    DeploymentStatus,
    RolloutState,
    ServiceView,
    TaskFailure,
    TaskHealth,
    TaskLifecycle,
    create_deployment,
    next_wakeup,
    step,
    stop,
    supersede,
)
from strata.rollout.tasks.virtual_service import (
    StopRequested,
    Superseded,
    TasksKilled,
    TasksScaled,
)
from tests.unit.rollout.tasks.services import (
    BLUE_GREEN,
    BREAKING,
    MINUTE,
    ROLLING,
    STALE,
    TARGET,
    UNPULLABLE,
    bad,
    begun,
    new,
    rollback_of,
    run,
    service,
    statuses,
    stopped,
    task,
)


def test_a_new_deployment_is_pending_until_the_first_step():
    view = service(2)
    created = create_deployment(ROLLING, view, 100, can_roll_back=True)
    assert created.status is DeploymentStatus.PENDING
    assert next_wakeup(created, view, 100) == 100
    deployment, _ = step(created, view, (), 100)
    assert (deployment.status, deployment.started_at) == (DeploymentStatus.IN_PROGRESS, 100)


def test_a_good_deployment_goes_from_in_progress_to_successful():
    timeline = run(3, ROLLING)
    assert statuses(timeline) == [DeploymentStatus.IN_PROGRESS, DeploymentStatus.SUCCESSFUL]
    assert timeline.deployment.rollout_state is RolloutState.COMPLETED
    assert timeline.deployment.status_reason == "Service deployment completed."


@pytest.mark.parametrize("configuration", [ROLLING, BLUE_GREEN], ids=["rolling", "blue-green"])
def test_a_stop_goes_by_rollback_requested_to_rollback_successful(configuration):
    view = service(2)
    deployment, _ = begun(configuration, view)
    requested = stop(deployment)
    assert requested.status is DeploymentStatus.ROLLBACK_REQUESTED
    assert next_wakeup(requested, view, 10) == 10
    timeline = run(2, configuration, events=[StopRequested(30)])
    assert statuses(timeline)[-1] is DeploymentStatus.ROLLBACK_SUCCESSFUL
    assert rollback_of(timeline).reason == "it was asked for"
    assert timeline.deployment.rollout_state is RolloutState.FAILED


def test_a_pending_deployment_can_be_stopped():
    view = service(2)
    created = create_deployment(BLUE_GREEN, view, 0, can_roll_back=True)
    deployment, _ = step(stop(created), view, (), 0)
    assert deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL


@pytest.mark.parametrize(
    "status",
    [
        DeploymentStatus.STOP_REQUESTED,
        DeploymentStatus.ROLLBACK_REQUESTED,
        DeploymentStatus.ROLLBACK_IN_PROGRESS,
    ],
)
def test_a_stop_of_a_deployment_on_its_way_back_changes_nothing(status):
    deployment = replace(begun(ROLLING, service(1))[0], status=status)
    assert stop(deployment) is deployment


@pytest.mark.parametrize("status", [each for each in DeploymentStatus if each.terminal])
def test_a_stop_of_a_deployment_that_has_ended_is_a_conflict(status):
    deployment = replace(begun(ROLLING, service(1))[0], status=status)
    for request in (stop, supersede):
        with pytest.raises(DeploymentConflict, match=status):
            request(deployment)
    assert DeploymentConflict.code == "ConflictException"


def test_another_deployment_stops_this_one_where_it_is():
    timeline = run(4, DeploymentConfiguration(max_percent=150), events=[Superseded(70)])
    assert statuses(timeline)[-1] is DeploymentStatus.STOPPED
    last = timeline.samples[-1]
    assert (last.source, last.target) == (2, 4)


def test_the_next_deployment_replaces_what_the_superseded_one_left():
    tasks = [task("old-0"), task("left-0", STALE)]
    timeline = run(2, ROLLING, tasks=tasks)
    assert timeline.deployment.status is DeploymentStatus.SUCCESSFUL
    assert timeline.samples[-1].source == 0
    back = run(2, ROLLING, tasks=tasks, events=[StopRequested(30)])
    assert back.deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
    assert back.samples[-1].healthy_source == back.samples[-1].source == 2


def test_an_ended_deployment_keeps_the_service_as_it_is():
    deployment = run(2, ROLLING).deployment
    view = ServiceView(3, [new("a"), new("b", health=TaskHealth.UNHEALTHY)])
    after, orders = step(deployment, view, (), 1000)
    assert after.status is DeploymentStatus.SUCCESSFUL
    assert (orders.keep_target, orders.stop, orders.launch) == (3, ("b",), TARGET)


def test_at_100_to_200_all_new_tasks_start_and_no_old_one_stops_before_they_are_healthy():
    deployment, orders = begun(ROLLING, service(4))
    assert (orders.keep_source, orders.keep_target, orders.stop) == (4, 4, ())
    booting = [new(f"new-{n}", lifecycle=TaskLifecycle.PENDING, running_since=None) for n in range(4)]
    assert step(deployment, service(4, *booting), (), 30)[1].stop == ()
    one = [new("new-0"), *booting[1:]]
    assert step(deployment, service(4, *one), (), 60)[1].stop == ("old-0",)


def test_at_50_to_100_old_tasks_stop_first():
    configuration = DeploymentConfiguration(min_healthy_percent=50, max_percent=100)
    deployment, orders = begun(configuration, service(4))
    assert (len(orders.stop), orders.keep_source, orders.keep_target) == (2, 2, 2)
    timeline = run(4, configuration)
    assert min(sample.healthy for sample in timeline.samples) == 2
    assert max(sample.total for sample in timeline.samples) == 4
    assert timeline.seconds == 120
    assert deployment.production_weight == 100


def test_a_running_task_without_any_check_is_healthy_after_40_seconds():
    deployment, _ = begun(ROLLING, service(1))
    view = service(1, new("new-0", health=TaskHealth.UNCHECKED, running_since=100.0))
    assert step(deployment, view, (), 139)[1].stop == ()
    assert next_wakeup(deployment, view, 139) == 140
    assert step(deployment, view, (), 140)[1].stop == ("old-0",)


def test_a_checked_task_is_healthy_by_its_checks_alone():
    deployment, _ = begun(ROLLING, service(1))
    view = service(1, new("new-0", health=TaskHealth.UNKNOWN, running_since=100.0))
    assert step(deployment, view, (), 10_000)[1].stop == ()


def test_a_pending_task_is_not_healthy_whatever_its_checks_say():
    deployment, _ = begun(ROLLING, service(1))
    view = service(1, new("new-0", lifecycle=TaskLifecycle.ACTIVATING))
    assert step(deployment, view, (), 50)[1].stop == ()


def test_it_is_complete_only_when_the_old_tasks_are_gone():
    deployment, _ = begun(ROLLING, service(1))
    deployment, orders = step(deployment, service(1, new("new-0")), (), 60)
    assert (deployment.status, orders.stop) == (DeploymentStatus.IN_PROGRESS, ("old-0",))
    leaving = service(1, task("old-0", lifecycle=TaskLifecycle.DEACTIVATING), new("new-0"), old=0)
    assert step(deployment, leaving, (), 60)[0].status is DeploymentStatus.SUCCESSFUL


def test_nothing_is_true_of_an_empty_service_unless_none_is_desired():
    assert begun(ROLLING, service(0))[0].status is DeploymentStatus.SUCCESSFUL
    assert begun(ROLLING, service(2, old=0))[0].status is DeploymentStatus.IN_PROGRESS


def test_tasks_that_die_meanwhile_are_replaced_by_new_ones():
    timeline = run(4, DeploymentConfiguration(max_percent=125), events=[TasksKilled(10, 2)])
    assert timeline.deployment.status is DeploymentStatus.SUCCESSFUL
    assert not any(sample.source > 2 for sample in timeline.samples if sample.at >= 10)


def test_an_unhealthy_task_is_stopped_and_replaced_at_once():
    deployment, _ = begun(ROLLING, service(2))
    _, orders = step(deployment, service(2, new("a"), new("b", health=TaskHealth.UNHEALTHY)), (), 60)
    assert orders.stop == ("b", "old-0")
    assert orders.keep_target == 2


def test_scale_out_goes_on_meanwhile():
    timeline = run(2, ROLLING, events=[TasksScaled(30, 5, autoscaled=True)])
    assert timeline.samples[-1].healthy_target == 5


def test_autoscaling_does_not_scale_in_meanwhile():
    assert begun(ROLLING, service(1))[0].scale_in_suspended
    timeline = run(4, ROLLING, events=[TasksScaled(30, 2, autoscaled=True)])
    assert timeline.samples[-1].target == 4
    assert not timeline.deployment.scale_in_suspended


def test_a_lower_desired_count_is_obeyed_and_the_floor_follows_it():
    timeline = run(6, ROLLING, events=[TasksScaled(30, 2)])
    assert timeline.deployment.status is DeploymentStatus.SUCCESSFUL
    assert timeline.samples[-1].total == 2
    assert min(sample.healthy for sample in timeline.samples) == 2


def test_a_rollback_starts_tasks_of_the_source_within_the_same_bounds():
    configuration = DeploymentConfiguration(min_healthy_percent=100, max_percent=150)
    timeline = run(4, configuration, events=[StopRequested(61)])
    assert timeline.deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
    last = timeline.samples[-1]
    assert (last.healthy_source, last.target, last.production_weight) == (4, 0, 0)
    assert min(sample.healthy for sample in timeline.samples) == 4
    assert max(sample.total for sample in timeline.samples) == 6


def test_a_launch_that_never_ran_is_retried_with_a_growing_delay():
    starts = []
    ticks = []
    run(1, ROLLING, life=UNPULLABLE, watcher=ticks.append, cut_off_seconds=5000)
    for tick in ticks:
        active = sum(each.active and each.revision is TARGET for each in tick.view.tasks)
        starts += [tick.at] * (tick.orders.keep_target - active)
    assert starts == [0, 60 + 240, 360 + 480, 900 + 960, 1920 + 1620, 3600 + 1620][: len(starts)]
    assert len(starts) >= 5


def test_one_task_takes_about_20_minutes_to_fail_thrice_and_five_take_a_few():
    pull = bad(pulls=False)
    one, five = run(1, BREAKING, life=pull), run(5, BREAKING, life=pull)
    assert 12 * MINUTE < rollback_of(one).started_at < 21 * MINUTE
    assert rollback_of(five).started_at < 5 * MINUTE


def test_a_task_that_ran_is_replaced_without_delay():
    timeline = run(1, ROLLING, life=bad(healthy_after=None, exits_after=30), cut_off_seconds=400)
    assert timeline.stuck
    assert max(sample.at for sample in timeline.samples if sample.target) > 350
    assert timeline.deployment.retry_at is None


def test_a_task_that_runs_ends_the_delay():
    deployment, _ = begun(ROLLING, service(2))
    deployment, orders = step(deployment, service(2, stopped("a", TaskFailure.NEVER_RAN)), (), 60)
    assert (deployment.retry_at, orders.keep_target) == (300, 0)
    deployment, orders = step(deployment, service(2, new("b")), (), 70)
    assert (deployment.retry_at, orders.keep_target) == (None, 2)


def test_the_delay_is_a_parameter():
    rules = DeploymentRules(retry_first_seconds=10, retry_factor=3, retry_most_seconds=50)
    assert [rules.retry_pause(streak) for streak in (1, 2, 3, 1000)] == [10, 30, 50, 50]


def test_stepping_again_gives_the_same_orders_until_they_are_obeyed():
    deployment, orders = begun(DeploymentConfiguration(min_healthy_percent=50), service(10))
    assert step(deployment, service(10), (), 0) == (deployment, orders)


def test_a_deployment_that_has_ended_has_no_next_time():
    timeline = run(1, BLUE_GREEN)
    assert next_wakeup(timeline.deployment, service(1), 10_000) is None


def test_the_next_time_is_the_end_of_the_bake_time():
    deployment, _ = begun(BLUE_GREEN, service(1))
    deployment, _ = step(deployment, service(1, new("new-0")), (), 60)
    assert next_wakeup(deployment, service(1, new("new-0")), 60) == deployment.bake_until == 660
