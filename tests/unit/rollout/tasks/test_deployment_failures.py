"""What fails a service deployment: circuit breaker and alarms, one rule of ECS each."""

from dataclasses import replace

import pytest

from strata.rollout.tasks.deployment import (
    CircuitBreaker,
    DeploymentAlarms,
    DeploymentRules,
    DeploymentStatus,
    FailureThreshold,
    LifecycleStage,
    MonitorStatus,
    RolloutState,
    ServiceView,
    TaskFailure,
    TaskHealth,
    TaskLifecycle,
    ThresholdKind,
    step,
    stop,
)
from strata.rollout.tasks.deployment_plan import plan_deployment
from strata.rollout.tasks.virtual_service import (
    AlarmRings,
    StopRequested,
    TaskLife,
    TasksKilled,
)
from tests.unit.rollout.tasks.services import (
    ALARM,
    BLUE_GREEN,
    BREAKING,
    NEVER_HEALTHY,
    ROLLING,
    SHIFTING,
    SOURCE,
    TARGET,
    UNPULLABLE,
    WATCHED,
    bad,
    begun,
    new,
    rollback_of,
    run,
    service,
    statuses,
    stopped,
)


@pytest.mark.parametrize("desired,failures", [(1, 3), (6, 3), (7, 4), (25, 13), (400, 200), (1000, 200)])
def test_by_default_it_is_half_of_the_desired_count_between_3_and_200(desired, failures):
    assert FailureThreshold().failures(desired) == failures


@pytest.mark.parametrize(
    "kind,value,desired,failures",
    [
        (ThresholdKind.COUNT, 1, 50, 1),
        (ThresholdKind.COUNT, 500, 1, 500),
        (ThresholdKind.BOUNDED_PERCENT, 10, 10, 3),
        (ThresholdKind.UNBOUNDED_PERCENT, 10, 10, 1),
        (ThresholdKind.UNBOUNDED_PERCENT, 100, 1000, 1000),
        (ThresholdKind.UNBOUNDED_PERCENT, 50, 0, 1),
    ],
)
def test_other_kinds_of_thresholds(kind, value, desired, failures):
    assert FailureThreshold(kind, value).failures(desired) == failures


def test_the_threshold_follows_the_latest_desired_count():
    deployment, _ = begun(BREAKING, service(25))
    assert deployment.failure_threshold == 13
    assert step(deployment, service(50), (), 10)[0].failure_threshold == 25


def test_tasks_that_never_run_trip_it_and_it_rolls_back():
    timeline = run(4, BREAKING, life=UNPULLABLE)
    assert statuses(timeline)[-1] is DeploymentStatus.ROLLBACK_SUCCESSFUL
    deployment = timeline.deployment
    assert deployment.breaker_status is MonitorStatus.TRIGGERED
    reason = "Service deployment rolled back because the circuit breaker threshold was exceeded."
    assert deployment.status_reason == reason
    assert min(sample.healthy for sample in timeline.samples) == 4


def test_tasks_whose_checks_fail_trip_it():
    timeline = run(4, BREAKING, life=NEVER_HEALTHY)
    assert timeline.deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
    assert rollback_of(timeline).started_at == 150


def test_once_a_task_has_run_those_that_never_ran_do_not_count():
    deployment, _ = begun(BREAKING, service(3))
    deployment, _ = step(deployment, service(3, new("a", health=TaskHealth.UNKNOWN)), (), 60)
    failed = service(3, *(stopped(name, TaskFailure.NEVER_RAN) for name in "bcd"))
    assert step(deployment, failed, (), 90)[0].failure_count == 0


def test_a_task_that_ran_and_ended_by_itself_never_counts():
    deployment, _ = begun(BREAKING, service(3))
    for stage in (service(3), service(3, new("a", health=TaskHealth.UNKNOWN))):
        deployment, _ = step(deployment, stage, (), 60)
        failed = ServiceView(3, (*stage.tasks, *(stopped(name, TaskFailure.EXITED) for name in "bcd")))
        assert step(deployment, failed, (), 90)[0].failure_count == 0


def test_each_failure_counts_once():
    deployment, _ = begun(BREAKING, service(3))
    view = service(3, stopped("a", TaskFailure.NEVER_RAN))
    for at in (60, 70):
        deployment, _ = step(deployment, view, (), at)
    assert deployment.failure_count == 1


def test_an_unhealthy_task_counts_once_when_found_and_not_again_when_stopped():
    deployment, _ = begun(BREAKING, service(3))
    for lifecycle in (TaskLifecycle.RUNNING, TaskLifecycle.STOPPING, TaskLifecycle.STOPPED):
        view = service(3, new("a", lifecycle=lifecycle, health=TaskHealth.UNHEALTHY))
        deployment, _ = step(deployment, view, (), 60)
        assert deployment.failure_count == 1


def test_what_failed_before_the_deployment_does_not_count():
    deployment, _ = begun(BREAKING, service(3, *(stopped(name, TaskFailure.NEVER_RAN) for name in "abc")))
    assert deployment.failure_count == 0


def test_failures_of_old_tasks_do_not_count():
    deployment, _ = begun(BREAKING, service(3))
    failed = service(3, *(stopped(name, TaskFailure.UNHEALTHY, SOURCE) for name in "abc"))
    assert step(deployment, failed, (), 60)[0].failure_count == 0


@pytest.mark.parametrize("resets,count", [(True, 0), (False, 1)])
def test_a_healthy_task_resets_the_count_by_default(resets, count):
    breaker = replace(BREAKING.circuit_breaker, reset_on_healthy_task=resets)
    deployment, _ = begun(replace(BREAKING, circuit_breaker=breaker), service(3))
    deployment, _ = step(deployment, service(3, stopped("a", TaskFailure.NEVER_RAN)), (), 60)
    assert deployment.failure_count == 1
    assert step(deployment, service(3, new("b")), (), 90)[0].failure_count == count


def test_with_the_default_a_service_that_loses_every_second_task_never_trips_it():
    def life(start, revision):
        fails = revision is TARGET and start % 2
        return TaskLife(60, unhealthy_after=30) if fails else TaskLife(60)

    assert run(4, BREAKING, life=life).deployment.status is DeploymentStatus.SUCCESSFUL


def test_a_crash_loop_that_is_healthy_for_a_moment_never_trips_it_by_default():
    brief = bad(unhealthy_after=30)
    assert run(2, BREAKING, life=brief, cut_off_seconds=7200).deployment.rollback is None
    cumulative = replace(BREAKING.circuit_breaker, reset_on_healthy_task=False)
    timeline = run(2, replace(BREAKING, circuit_breaker=cumulative), life=brief)
    assert timeline.deployment.status in (DeploymentStatus.ROLLBACK_SUCCESSFUL, DeploymentStatus.SUCCESSFUL)


def test_without_rollback_the_deployment_stops_launches_no_more_and_old_tasks_keep_running():
    configuration = replace(BREAKING, circuit_breaker=CircuitBreaker(enable=True))
    timeline = run(4, configuration, life=UNPULLABLE)
    deployment = timeline.deployment
    assert (deployment.status, deployment.rollout_state) == (DeploymentStatus.STOPPED, RolloutState.FAILED)
    _, orders = step(deployment, service(4), (), 5000)
    assert (orders.keep_source, orders.keep_target, orders.launch, orders.stop) == (4, 0, None, ())


def test_a_first_deployment_that_fails_has_nothing_to_go_back_to_and_is_stuck():
    timeline = run(2, BREAKING, life=UNPULLABLE, can_roll_back=False)
    deployment = timeline.deployment
    assert timeline.stuck
    assert (deployment.status, deployment.rollback) == (DeploymentStatus.IN_PROGRESS, None)
    assert deployment.breaker_status is MonitorStatus.TRIGGERED
    assert "no completed deployment to roll back to" in deployment.status_reason
    _, orders = step(deployment, service(2, old=0), (), 99_999)
    assert (orders.keep_target, orders.launch) == (0, None)


def test_a_stuck_deployment_starts_nothing_more():
    timeline = run(2, BREAKING, life=UNPULLABLE, can_roll_back=False)
    assert timeline.seconds == 360
    assert timeline.deployment.failure_count == 4


def test_a_container_that_exits_at_once_never_ran_although_it_has_a_start_time():
    deployment, _ = begun(BREAKING, service(3))
    at_once = replace(stopped("a", TaskFailure.NEVER_RAN), running_since=59.0)
    deployment, _ = step(deployment, service(3, at_once), (), 60)
    assert (deployment.failure_count, deployment.has_run, deployment.retry_at) == (1, False, 300)


def test_checks_that_fail_while_a_task_is_being_stopped_are_no_failure():
    deployment, _ = begun(BREAKING, service(3))
    deployment, _ = step(deployment, service(3, new("a", health=TaskHealth.UNKNOWN)), (), 60)
    draining = service(3, new("a", lifecycle=TaskLifecycle.STOPPING, health=TaskHealth.UNHEALTHY))
    assert step(deployment, draining, (), 90)[0].failure_count == 0


def test_on_the_way_back_old_tasks_that_never_stopped_do_not_begin_the_second_stage():
    deployment, _ = begun(BREAKING, service(4))
    view = service(4, new("a"), old=2)
    deployment, _ = step(stop(deployment), view, (), 60)
    assert deployment.status is DeploymentStatus.ROLLBACK_IN_PROGRESS
    failed = service(4, *(stopped(name, TaskFailure.NEVER_RAN, SOURCE) for name in "bcd"), old=2)
    deployment, _ = step(deployment, failed, (), 120)
    assert deployment.status is DeploymentStatus.ROLLBACK_FAILED


def test_a_first_deployment_that_is_stopped_has_failed():
    timeline = run(2, BREAKING, life=UNPULLABLE, can_roll_back=False, events=[StopRequested(5000)])
    assert timeline.deployment.status is DeploymentStatus.ROLLBACK_FAILED


def test_a_rollback_that_fails_has_nothing_to_go_back_to():
    nothing_runs = lambda _start, _revision: TaskLife(60, pulls=False)  # noqa: E731
    events = [TasksKilled(30, 2)]
    timeline = run(2, BREAKING, life=nothing_runs, events=events)
    assert timeline.deployment.status is DeploymentStatus.ROLLBACK_FAILED
    assert not timeline.stuck


def test_it_is_disabled_when_off_and_complete_at_the_end():
    assert run(1, ROLLING).deployment.breaker_status is MonitorStatus.DISABLED
    assert begun(BREAKING, service(1))[0].breaker_status is MonitorStatus.MONITORING
    assert run(1, BREAKING).deployment.breaker_status is MonitorStatus.MONITORING_COMPLETE


def test_whether_it_works_in_blue_green_is_a_rule_of_its_own():
    configuration = replace(BLUE_GREEN, circuit_breaker=BREAKING.circuit_breaker)
    plain = run(2, configuration, life=NEVER_HEALTHY, cut_off_seconds=7200)
    assert (plain.stuck, plain.deployment.breaker_status) == (True, MonitorStatus.DISABLED)
    covered = run(2, configuration, life=NEVER_HEALTHY, rules=DeploymentRules(breaker_covers_traffic_shifts=True))
    assert covered.deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL


ALARMED = replace(BREAKING, alarms=replace(WATCHED, rolling_bake_seconds=300))


def test_an_alarm_while_new_tasks_run_rolls_back():
    configuration = replace(ALARMED, max_percent=125)
    timeline = run(4, configuration, events=[AlarmRings(90, ALARM)])
    deployment = timeline.deployment
    assert deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
    assert (deployment.alarm_status, deployment.triggered_alarms) == (MonitorStatus.TRIGGERED, (ALARM,))
    assert rollback_of(timeline).started_at == 90
    assert deployment.breaker_status is MonitorStatus.MONITORING_COMPLETE


def test_watching_begins_with_the_first_new_task_that_runs():
    timeline = run(2, ALARMED, events=[AlarmRings(10, ALARM), AlarmRings(30, ALARM, ringing=False)])
    assert timeline.deployment.status is DeploymentStatus.SUCCESSFUL


def test_a_rolling_deployment_bakes_and_its_old_state_stays_in_progress():
    ticks = []
    timeline = run(2, ALARMED, watcher=ticks.append)
    assert timeline.seconds == 60 + 300
    baking = [tick.deployment for tick in ticks if tick.deployment.bake_until is not None]
    assert {each.bake_until for each in baking} == {360}
    assert all(each.rollout_state is RolloutState.IN_PROGRESS for each in baking)


def test_an_alarm_in_the_bake_time_rolls_back_by_starting_old_tasks_again():
    timeline = run(2, ALARMED, events=[AlarmRings(200, ALARM)])
    assert timeline.deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
    assert timeline.seconds == 260
    assert min(sample.healthy for sample in timeline.samples) == 2


def test_an_alarm_that_rings_at_the_start_is_left_out():
    timeline = run(2, ALARMED, ringing=[ALARM])
    assert timeline.deployment.status is DeploymentStatus.SUCCESSFUL
    assert timeline.deployment.ignored_alarms == {ALARM}


def test_without_rollback_an_alarm_stops_the_deployment():
    configuration = replace(ROLLING, alarms=replace(WATCHED, rollback=False, rolling_bake_seconds=300))
    timeline = run(2, configuration, events=[AlarmRings(100, ALARM)])
    assert timeline.deployment.status is DeploymentStatus.STOPPED
    assert timeline.samples[-1].healthy_target == 2


def test_another_alarm_and_one_that_is_not_enabled_change_nothing():
    assert run(2, ALARMED, events=[AlarmRings(90, "other")]).deployment.status is DeploymentStatus.SUCCESSFUL
    off = replace(ROLLING, alarms=DeploymentAlarms((ALARM,)))
    timeline = run(2, off, events=[AlarmRings(10, ALARM)])
    assert timeline.deployment.status is DeploymentStatus.SUCCESSFUL
    assert timeline.deployment.alarm_status is MonitorStatus.DISABLED


@SHIFTING
def test_until_the_clean_up_a_rollback_is_a_traffic_shift(shifting):
    configuration = replace(shifting, alarms=WATCHED, bake_minutes=10)
    bake = plan_deployment(3, configuration, boot_seconds=60).estimated_seconds - 60
    timeline = run(3, configuration, events=[AlarmRings(bake, ALARM)])
    assert rollback_of(timeline).stage is LifecycleStage.BAKE_TIME
    assert timeline.deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
    assert timeline.seconds == bake
    assert all(sample.healthy_source == 3 for sample in timeline.samples)


def test_in_the_clean_up_no_alarm_is_watched():
    configuration = replace(BLUE_GREEN, alarms=WATCHED)
    deployment, _ = begun(configuration, service(1))
    late = service(1, new("new-0"))
    for at in (60, 60 + 600):
        deployment, _ = step(deployment, late, (), at)
    assert deployment.stage is LifecycleStage.CLEAN_UP
    assert deployment.alarm_status is MonitorStatus.MONITORING_COMPLETE
    assert step(deployment, late, (ALARM,), 700)[0].status is DeploymentStatus.IN_PROGRESS
