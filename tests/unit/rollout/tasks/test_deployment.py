"""The service deployment: known cases, one rule of ECS each."""

from dataclasses import replace
from itertools import groupby

import pytest

from strata.rollout.tasks.deployment import (
    CircuitBreaker,
    DeploymentAlarms,
    DeploymentConfiguration,
    DeploymentConflict,
    DeploymentRules,
    DeploymentStatus,
    DeploymentStrategy,
    FailureThreshold,
    HookAction,
    HookNotWaiting,
    HookStatus,
    HookTarget,
    InvalidDeploymentConfiguration,
    LifecycleHook,
    LifecycleStage,
    MonitorStatus,
    RolloutState,
    ServiceTask,
    ServiceView,
    TaskFailure,
    TaskHealth,
    TaskLifecycle,
    TaskRevision,
    ThresholdKind,
    configuration_from_api,
    configuration_to_api,
    continue_hook,
    create_deployment,
    deadlock,
    next_wakeup,
    step,
    stop,
    supersede,
    task_ceiling,
    task_floor,
    traffic_course,
    traffic_steps,
)
from strata.rollout.tasks.deployment_plan import plan_deployment
from strata.rollout.tasks.virtual_service import (
    AlarmRings,
    HookAnswered,
    StopRequested,
    Superseded,
    TaskLife,
    TasksKilled,
    TasksScaled,
    simulate_deployment,
)

MINUTE = 60
ALARM = "web-5xx"
SOURCE, TARGET, STALE = TaskRevision

ROLLING = DeploymentConfiguration()
BREAKING = DeploymentConfiguration(circuit_breaker=CircuitBreaker(enable=True, rollback=True))
BLUE_GREEN = DeploymentConfiguration(DeploymentStrategy.BLUE_GREEN, bake_minutes=10)
CANARY = DeploymentConfiguration(DeploymentStrategy.CANARY, canary_percent=10, canary_bake_minutes=5, bake_minutes=10)
LINEAR = DeploymentConfiguration(DeploymentStrategy.LINEAR, linear_step_percent=25, linear_bake_minutes=6)
SHIFTING = pytest.mark.parametrize("shifting", [BLUE_GREEN, CANARY, LINEAR], ids=lambda each: each.strategy)
WATCHED = DeploymentAlarms((ALARM,), enable=True, rollback=True)


def task(name, revision=SOURCE, **changes):
    plain = ServiceTask(name, revision, TaskLifecycle.RUNNING, TaskHealth.HEALTHY, 0.0)
    return replace(plain, **changes)


def service(desired, *tasks, old=None):
    return ServiceView(desired, (*(task(f"old-{n}") for n in range(desired if old is None else old)), *tasks))


def new(name, **changes):
    return task(name, TARGET, **changes)


def stopped(name, failure, revision=TARGET):
    ran = None if failure is TaskFailure.NEVER_RAN else 0.0
    health = TaskHealth.UNKNOWN
    return ServiceTask(name, revision, TaskLifecycle.STOPPED, health, running_since=ran, failure=failure)


def begun(configuration, view, *, alarms=(), can_roll_back=True, **options):
    created = create_deployment(configuration, view, 0, can_roll_back=can_roll_back, **options)
    return step(created, view, alarms, 0)


def paused(stage, **changes):
    return LifecycleHook((stage,), **changes)


def bad(**changes):
    """The life of every new task of the target; the source stays good."""
    return lambda _start, revision: TaskLife(60, **changes) if revision is TARGET else TaskLife(60)


UNPULLABLE = bad(pulls=False)
NEVER_HEALTHY = bad(healthy_after=None, unhealthy_after=90)


def run(desired, configuration, **options):
    return simulate_deployment(desired, configuration, **({"boot_seconds": 60} | options))


def statuses(timeline):
    return [status for status, _ in groupby(sample.status for sample in timeline.samples)]


def weights(timeline):
    return [weight for weight, _ in groupby(sample.production_weight for sample in timeline.samples)]


def stages(timeline):
    return [entered.stage for entered in timeline.stages]


class TestConfiguration:
    def test_the_floor_is_rounded_up_and_the_ceiling_down(self):
        configuration = DeploymentConfiguration(min_healthy_percent=50, max_percent=150)
        assert [task_floor(desired, configuration) for desired in (0, 1, 3, 4)] == [0, 1, 2, 2]
        assert [task_ceiling(desired, configuration) for desired in (0, 1, 3, 4)] == [0, 1, 4, 6]

    @pytest.mark.parametrize(
        "desired,lower,upper", [(1, 100, 100), (5, 100, 100), (1, 100, 150), (1, 1, 199), (3, 67, 133)]
    )
    def test_a_configuration_that_can_neither_stop_nor_start_a_task_is_named(self, desired, lower, upper):
        configuration = DeploymentConfiguration(min_healthy_percent=lower, max_percent=upper)
        assert deadlock(desired, configuration)
        timeline = run(desired, configuration)
        assert timeline.stuck
        assert timeline.deployment.status is DeploymentStatus.IN_PROGRESS

    @pytest.mark.parametrize(
        "desired,lower,upper", [(0, 100, 100), (2, 100, 150), (1, 0, 100), (1, 100, 200), (3, 66, 100)]
    )
    def test_a_configuration_that_can_move_does(self, desired, lower, upper):
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
    def test_what_aws_refuses_is_refused(self, changes, problem):
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
    def test_a_hook_waits_only_where_and_as_long_as_aws_lets_it(self, hook, problem):
        with pytest.raises(InvalidDeploymentConfiguration) as refused:
            replace(BLUE_GREEN, hooks=(hook,))
        assert refused.value.problems == (problem,)

    def test_all_findings_come_at_once(self):
        with pytest.raises(InvalidDeploymentConfiguration) as refused:
            DeploymentConfiguration(min_healthy_percent=-1, max_percent=201)
        assert len(refused.value.problems) == 2

    def test_a_hook_waits_a_day_and_then_rolls_back_when_nothing_else_is_said(self):
        hook = paused(LifecycleStage.POST_SCALE_UP)
        assert (hook.timeout_minutes, hook.on_timeout) == (1440, HookAction.ROLLBACK)

    @pytest.mark.parametrize("configuration", [ROLLING, BREAKING, replace(BLUE_GREEN, alarms=WATCHED), CANARY, LINEAR])
    def test_the_api_gives_back_what_it_was_given(self, configuration):
        again = configuration_from_api(configuration_to_api(configuration))
        assert replace(again, bake_minutes=configuration.bake_minutes) == configuration

    def test_an_update_merges_into_the_configuration_so_far(self):
        hooked = replace(CANARY, hooks=(paused(LifecycleStage.PRE_PRODUCTION_TRAFFIC_SHIFT),))
        merged = configuration_from_api({"canaryConfiguration": {"canaryPercent": 20.0}}, defaults=hooked)
        assert merged == replace(hooked, canary_percent=20.0)
        assert configuration_from_api({"lifecycleHooks": []}, defaults=hooked).hooks == ()

    def test_a_strategy_aws_does_not_know_is_refused(self):
        with pytest.raises(InvalidDeploymentConfiguration, match="strategy is RANDOM, must be one of ROLLING"):
            configuration_from_api({"strategy": "RANDOM"})


class TestStates:
    def test_a_new_deployment_is_pending_until_the_first_step(self):
        view = service(2)
        created = create_deployment(ROLLING, view, 100, can_roll_back=True)
        assert created.status is DeploymentStatus.PENDING
        assert next_wakeup(created, view, 100) == 100
        deployment, _ = step(created, view, (), 100)
        assert (deployment.status, deployment.started_at) == (DeploymentStatus.IN_PROGRESS, 100)

    def test_a_good_deployment_goes_from_in_progress_to_successful(self):
        timeline = run(3, ROLLING)
        assert statuses(timeline) == [DeploymentStatus.IN_PROGRESS, DeploymentStatus.SUCCESSFUL]
        assert timeline.deployment.rollout_state is RolloutState.COMPLETED
        assert timeline.deployment.status_reason == "Service deployment completed."

    @pytest.mark.parametrize("configuration", [ROLLING, BLUE_GREEN], ids=["rolling", "blue-green"])
    def test_a_stop_goes_by_rollback_requested_to_rollback_successful(self, configuration):
        view = service(2)
        deployment, _ = begun(configuration, view)
        requested = stop(deployment)
        assert requested.status is DeploymentStatus.ROLLBACK_REQUESTED
        assert next_wakeup(requested, view, 10) == 10
        timeline = run(2, configuration, events=[StopRequested(30)])
        assert statuses(timeline)[-1] is DeploymentStatus.ROLLBACK_SUCCESSFUL
        assert timeline.deployment.rollback.reason == "it was asked for"
        assert timeline.deployment.rollout_state is RolloutState.FAILED

    def test_a_pending_deployment_can_be_stopped(self):
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
    def test_a_stop_of_a_deployment_on_its_way_back_changes_nothing(self, status):
        deployment = replace(begun(ROLLING, service(1))[0], status=status)
        assert stop(deployment) is deployment

    @pytest.mark.parametrize("status", [each for each in DeploymentStatus if each.terminal])
    def test_a_stop_of_a_deployment_that_has_ended_is_a_conflict(self, status):
        deployment = replace(begun(ROLLING, service(1))[0], status=status)
        for request in (stop, supersede):
            with pytest.raises(DeploymentConflict, match=status):
                request(deployment)
        assert DeploymentConflict.code == "ConflictException"

    def test_another_deployment_stops_this_one_where_it_is(self):
        timeline = run(4, DeploymentConfiguration(max_percent=150), events=[Superseded(70)])
        assert statuses(timeline)[-1] is DeploymentStatus.STOPPED
        last = timeline.samples[-1]
        assert (last.source, last.target) == (2, 4)

    def test_the_next_deployment_replaces_what_the_superseded_one_left(self):
        tasks = [task("old-0"), task("left-0", STALE)]
        timeline = run(2, ROLLING, tasks=tasks)
        assert timeline.deployment.status is DeploymentStatus.SUCCESSFUL
        assert timeline.samples[-1].source == 0
        back = run(2, ROLLING, tasks=tasks, events=[StopRequested(30)])
        assert back.deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
        assert back.samples[-1].healthy_source == back.samples[-1].source == 2

    def test_an_ended_deployment_keeps_the_service_as_it_is(self):
        deployment = run(2, ROLLING).deployment
        view = ServiceView(3, [new("a"), new("b", health=TaskHealth.UNHEALTHY)])
        after, orders = step(deployment, view, (), 1000)
        assert after.status is DeploymentStatus.SUCCESSFUL
        assert (orders.keep_target, orders.stop, orders.launch) == (3, ("b",), TARGET)


class TestRolling:
    def test_at_100_to_200_all_new_tasks_start_and_no_old_one_stops_before_they_are_healthy(self):
        deployment, orders = begun(ROLLING, service(4))
        assert (orders.keep_source, orders.keep_target, orders.stop) == (4, 4, ())
        booting = [new(f"new-{n}", lifecycle=TaskLifecycle.PENDING, running_since=None) for n in range(4)]
        assert step(deployment, service(4, *booting), (), 30)[1].stop == ()
        one = [new("new-0"), *booting[1:]]
        assert step(deployment, service(4, *one), (), 60)[1].stop == ("old-0",)

    def test_at_50_to_100_old_tasks_stop_first(self):
        configuration = DeploymentConfiguration(min_healthy_percent=50, max_percent=100)
        deployment, orders = begun(configuration, service(4))
        assert (len(orders.stop), orders.keep_source, orders.keep_target) == (2, 2, 2)
        timeline = run(4, configuration)
        assert min(sample.healthy for sample in timeline.samples) == 2
        assert max(sample.total for sample in timeline.samples) == 4
        assert timeline.seconds == 120
        assert deployment.production_weight == 100

    def test_a_running_task_without_any_check_is_healthy_after_40_seconds(self):
        deployment, _ = begun(ROLLING, service(1))
        view = service(1, new("new-0", health=TaskHealth.UNCHECKED, running_since=100.0))
        assert step(deployment, view, (), 139)[1].stop == ()
        assert next_wakeup(deployment, view, 139) == 140
        assert step(deployment, view, (), 140)[1].stop == ("old-0",)

    def test_a_checked_task_is_healthy_by_its_checks_alone(self):
        deployment, _ = begun(ROLLING, service(1))
        view = service(1, new("new-0", health=TaskHealth.UNKNOWN, running_since=100.0))
        assert step(deployment, view, (), 10_000)[1].stop == ()

    def test_a_pending_task_is_not_healthy_whatever_its_checks_say(self):
        deployment, _ = begun(ROLLING, service(1))
        view = service(1, new("new-0", lifecycle=TaskLifecycle.ACTIVATING))
        assert step(deployment, view, (), 50)[1].stop == ()

    def test_it_is_complete_only_when_the_old_tasks_are_gone(self):
        deployment, _ = begun(ROLLING, service(1))
        deployment, orders = step(deployment, service(1, new("new-0")), (), 60)
        assert (deployment.status, orders.stop) == (DeploymentStatus.IN_PROGRESS, ("old-0",))
        leaving = service(1, task("old-0", lifecycle=TaskLifecycle.DEACTIVATING), new("new-0"), old=0)
        assert step(deployment, leaving, (), 60)[0].status is DeploymentStatus.SUCCESSFUL

    def test_nothing_is_true_of_an_empty_service_unless_none_is_desired(self):
        assert begun(ROLLING, service(0))[0].status is DeploymentStatus.SUCCESSFUL
        assert begun(ROLLING, service(2, old=0))[0].status is DeploymentStatus.IN_PROGRESS

    def test_tasks_that_die_meanwhile_are_replaced_by_new_ones(self):
        timeline = run(4, DeploymentConfiguration(max_percent=125), events=[TasksKilled(10, 2)])
        assert timeline.deployment.status is DeploymentStatus.SUCCESSFUL
        assert not any(sample.source > 2 for sample in timeline.samples if sample.at >= 10)

    def test_an_unhealthy_task_is_stopped_and_replaced_at_once(self):
        deployment, _ = begun(ROLLING, service(2))
        _, orders = step(deployment, service(2, new("a"), new("b", health=TaskHealth.UNHEALTHY)), (), 60)
        assert orders.stop == ("b", "old-0")
        assert orders.keep_target == 2

    def test_scale_out_goes_on_meanwhile(self):
        timeline = run(2, ROLLING, events=[TasksScaled(30, 5, autoscaled=True)])
        assert timeline.samples[-1].healthy_target == 5

    def test_autoscaling_does_not_scale_in_meanwhile(self):
        assert begun(ROLLING, service(1))[0].scale_in_suspended
        timeline = run(4, ROLLING, events=[TasksScaled(30, 2, autoscaled=True)])
        assert timeline.samples[-1].target == 4
        assert not timeline.deployment.scale_in_suspended

    def test_a_lower_desired_count_is_obeyed_and_the_floor_follows_it(self):
        timeline = run(6, ROLLING, events=[TasksScaled(30, 2)])
        assert timeline.deployment.status is DeploymentStatus.SUCCESSFUL
        assert timeline.samples[-1].total == 2
        assert min(sample.healthy for sample in timeline.samples) == 2

    def test_a_rollback_starts_tasks_of_the_source_within_the_same_bounds(self):
        configuration = DeploymentConfiguration(min_healthy_percent=100, max_percent=150)
        timeline = run(4, configuration, events=[StopRequested(61)])
        assert timeline.deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
        last = timeline.samples[-1]
        assert (last.healthy_source, last.target, last.production_weight) == (4, 0, 0)
        assert min(sample.healthy for sample in timeline.samples) == 4
        assert max(sample.total for sample in timeline.samples) == 6


class TestLaunches:
    def test_a_launch_that_never_ran_is_retried_with_a_growing_delay(self):
        starts = []
        ticks = []
        run(1, ROLLING, life=UNPULLABLE, watcher=ticks.append, cut_off_seconds=5000)
        for tick in ticks:
            active = sum(each.active and each.revision is TARGET for each in tick.view.tasks)
            starts += [tick.at] * (tick.orders.keep_target - active)
        assert starts == [0, 60 + 240, 360 + 480, 900 + 960, 1920 + 1620, 3600 + 1620][: len(starts)]
        assert len(starts) >= 5

    def test_one_task_takes_about_20_minutes_to_fail_thrice_and_five_take_a_few(self):
        pull = bad(pulls=False)
        one, five = run(1, BREAKING, life=pull), run(5, BREAKING, life=pull)
        assert 12 * MINUTE < one.deployment.rollback.started_at < 21 * MINUTE
        assert five.deployment.rollback.started_at < 5 * MINUTE

    def test_a_task_that_ran_is_replaced_without_delay(self):
        timeline = run(1, ROLLING, life=bad(healthy_after=None, exits_after=30), cut_off_seconds=400)
        assert timeline.stuck
        assert max(sample.at for sample in timeline.samples if sample.target) > 350
        assert timeline.deployment.retry_at is None

    def test_a_task_that_runs_ends_the_delay(self):
        deployment, _ = begun(ROLLING, service(2))
        deployment, orders = step(deployment, service(2, stopped("a", TaskFailure.NEVER_RAN)), (), 60)
        assert (deployment.retry_at, orders.keep_target) == (300, 0)
        deployment, orders = step(deployment, service(2, new("b")), (), 70)
        assert (deployment.retry_at, orders.keep_target) == (None, 2)

    def test_the_delay_is_a_parameter(self):
        rules = DeploymentRules(retry_first_seconds=10, retry_factor=3, retry_most_seconds=50)
        assert [rules.retry_pause(streak) for streak in (1, 2, 3, 1000)] == [10, 30, 50, 50]


class TestCircuitBreaker:
    @pytest.mark.parametrize("desired,failures", [(1, 3), (6, 3), (7, 4), (25, 13), (400, 200), (1000, 200)])
    def test_by_default_it_is_half_of_the_desired_count_between_3_and_200(self, desired, failures):
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
    def test_other_kinds_of_thresholds(self, kind, value, desired, failures):
        assert FailureThreshold(kind, value).failures(desired) == failures

    def test_the_threshold_follows_the_latest_desired_count(self):
        deployment, _ = begun(BREAKING, service(25))
        assert deployment.failure_threshold == 13
        assert step(deployment, service(50), (), 10)[0].failure_threshold == 25

    def test_tasks_that_never_run_trip_it_and_it_rolls_back(self):
        timeline = run(4, BREAKING, life=UNPULLABLE)
        assert statuses(timeline)[-1] is DeploymentStatus.ROLLBACK_SUCCESSFUL
        deployment = timeline.deployment
        assert deployment.breaker_status is MonitorStatus.TRIGGERED
        reason = "Service deployment rolled back because the circuit breaker threshold was exceeded."
        assert deployment.status_reason == reason
        assert min(sample.healthy for sample in timeline.samples) == 4

    def test_tasks_whose_checks_fail_trip_it(self):
        timeline = run(4, BREAKING, life=NEVER_HEALTHY)
        assert timeline.deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
        assert timeline.deployment.rollback.started_at == 150

    def test_once_a_task_has_run_those_that_never_ran_do_not_count(self):
        deployment, _ = begun(BREAKING, service(3))
        deployment, _ = step(deployment, service(3, new("a", health=TaskHealth.UNKNOWN)), (), 60)
        failed = service(3, *(stopped(name, TaskFailure.NEVER_RAN) for name in "bcd"))
        assert step(deployment, failed, (), 90)[0].failure_count == 0

    def test_a_task_that_ran_and_ended_by_itself_never_counts(self):
        deployment, _ = begun(BREAKING, service(3))
        for stage in (service(3), service(3, new("a", health=TaskHealth.UNKNOWN))):
            deployment, _ = step(deployment, stage, (), 60)
            failed = ServiceView(3, (*stage.tasks, *(stopped(name, TaskFailure.EXITED) for name in "bcd")))
            assert step(deployment, failed, (), 90)[0].failure_count == 0

    def test_each_failure_counts_once(self):
        deployment, _ = begun(BREAKING, service(3))
        view = service(3, stopped("a", TaskFailure.NEVER_RAN))
        for at in (60, 70):
            deployment, _ = step(deployment, view, (), at)
        assert deployment.failure_count == 1

    def test_an_unhealthy_task_counts_once_when_found_and_not_again_when_stopped(self):
        deployment, _ = begun(BREAKING, service(3))
        for lifecycle in (TaskLifecycle.RUNNING, TaskLifecycle.STOPPING, TaskLifecycle.STOPPED):
            view = service(3, new("a", lifecycle=lifecycle, health=TaskHealth.UNHEALTHY))
            deployment, _ = step(deployment, view, (), 60)
            assert deployment.failure_count == 1

    def test_what_failed_before_the_deployment_does_not_count(self):
        deployment, _ = begun(BREAKING, service(3, *(stopped(name, TaskFailure.NEVER_RAN) for name in "abc")))
        assert deployment.failure_count == 0

    def test_failures_of_old_tasks_do_not_count(self):
        deployment, _ = begun(BREAKING, service(3))
        failed = service(3, *(stopped(name, TaskFailure.UNHEALTHY, SOURCE) for name in "abc"))
        assert step(deployment, failed, (), 60)[0].failure_count == 0

    @pytest.mark.parametrize("resets,count", [(True, 0), (False, 1)])
    def test_a_healthy_task_resets_the_count_by_default(self, resets, count):
        breaker = replace(BREAKING.circuit_breaker, reset_on_healthy_task=resets)
        deployment, _ = begun(replace(BREAKING, circuit_breaker=breaker), service(3))
        deployment, _ = step(deployment, service(3, stopped("a", TaskFailure.NEVER_RAN)), (), 60)
        assert deployment.failure_count == 1
        assert step(deployment, service(3, new("b")), (), 90)[0].failure_count == count

    def test_with_the_default_a_service_that_loses_every_second_task_never_trips_it(self):
        def life(start, revision):
            fails = revision is TARGET and start % 2
            return TaskLife(60, unhealthy_after=30) if fails else TaskLife(60)

        assert run(4, BREAKING, life=life).deployment.status is DeploymentStatus.SUCCESSFUL

    def test_a_crash_loop_that_is_healthy_for_a_moment_never_trips_it_by_default(self):
        brief = bad(unhealthy_after=30)
        assert run(2, BREAKING, life=brief, cut_off_seconds=7200).deployment.rollback is None
        cumulative = replace(BREAKING.circuit_breaker, reset_on_healthy_task=False)
        timeline = run(2, replace(BREAKING, circuit_breaker=cumulative), life=brief)
        assert timeline.deployment.status in (DeploymentStatus.ROLLBACK_SUCCESSFUL, DeploymentStatus.SUCCESSFUL)

    def test_without_rollback_the_deployment_stops_launches_no_more_and_old_tasks_keep_running(self):
        configuration = replace(BREAKING, circuit_breaker=CircuitBreaker(enable=True))
        timeline = run(4, configuration, life=UNPULLABLE)
        deployment = timeline.deployment
        assert (deployment.status, deployment.rollout_state) == (DeploymentStatus.STOPPED, RolloutState.FAILED)
        _, orders = step(deployment, service(4), (), 5000)
        assert (orders.keep_source, orders.keep_target, orders.launch, orders.stop) == (4, 0, None, ())

    def test_a_first_deployment_that_fails_has_nothing_to_go_back_to_and_is_stuck(self):
        timeline = run(2, BREAKING, life=UNPULLABLE, can_roll_back=False)
        deployment = timeline.deployment
        assert timeline.stuck
        assert (deployment.status, deployment.rollback) == (DeploymentStatus.IN_PROGRESS, None)
        assert deployment.breaker_status is MonitorStatus.TRIGGERED
        assert "no completed deployment to roll back to" in deployment.status_reason
        _, orders = step(deployment, service(2, old=0), (), 99_999)
        assert (orders.keep_target, orders.launch) == (0, None)

    def test_a_first_deployment_that_is_stopped_has_failed(self):
        timeline = run(2, BREAKING, life=UNPULLABLE, can_roll_back=False, events=[StopRequested(5000)])
        assert timeline.deployment.status is DeploymentStatus.ROLLBACK_FAILED

    def test_a_rollback_that_fails_has_nothing_to_go_back_to(self):
        nothing_runs = lambda _start, _revision: TaskLife(60, pulls=False)  # noqa: E731
        events = [TasksKilled(30, 2)]
        timeline = run(2, BREAKING, life=nothing_runs, events=events)
        assert timeline.deployment.status is DeploymentStatus.ROLLBACK_FAILED
        assert not timeline.stuck

    def test_it_is_disabled_when_off_and_complete_at_the_end(self):
        assert run(1, ROLLING).deployment.breaker_status is MonitorStatus.DISABLED
        assert begun(BREAKING, service(1))[0].breaker_status is MonitorStatus.MONITORING
        assert run(1, BREAKING).deployment.breaker_status is MonitorStatus.MONITORING_COMPLETE

    def test_whether_it_works_in_blue_green_is_a_rule_of_its_own(self):
        configuration = replace(BLUE_GREEN, circuit_breaker=BREAKING.circuit_breaker)
        plain = run(2, configuration, life=NEVER_HEALTHY, cut_off_seconds=7200)
        assert (plain.stuck, plain.deployment.breaker_status) == (True, MonitorStatus.DISABLED)
        covered = run(2, configuration, life=NEVER_HEALTHY, rules=DeploymentRules(breaker_covers_traffic_shifts=True))
        assert covered.deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL


class TestAlarms:
    ALARMED = replace(BREAKING, alarms=replace(WATCHED, rolling_bake_seconds=300))

    def test_an_alarm_while_new_tasks_run_rolls_back(self):
        configuration = replace(self.ALARMED, max_percent=125)
        timeline = run(4, configuration, events=[AlarmRings(90, ALARM)])
        deployment = timeline.deployment
        assert deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
        assert (deployment.alarm_status, deployment.triggered_alarms) == (MonitorStatus.TRIGGERED, (ALARM,))
        assert deployment.rollback.started_at == 90
        assert deployment.breaker_status is MonitorStatus.MONITORING_COMPLETE

    def test_watching_begins_with_the_first_new_task_that_runs(self):
        timeline = run(2, self.ALARMED, events=[AlarmRings(10, ALARM), AlarmRings(30, ALARM, ringing=False)])
        assert timeline.deployment.status is DeploymentStatus.SUCCESSFUL

    def test_a_rolling_deployment_bakes_and_its_old_state_stays_in_progress(self):
        ticks = []
        timeline = run(2, self.ALARMED, watcher=ticks.append)
        assert timeline.seconds == 60 + 300
        baking = [tick.deployment for tick in ticks if tick.deployment.bake_until is not None]
        assert {each.bake_until for each in baking} == {360}
        assert all(each.rollout_state is RolloutState.IN_PROGRESS for each in baking)

    def test_an_alarm_in_the_bake_time_rolls_back_by_starting_old_tasks_again(self):
        timeline = run(2, self.ALARMED, events=[AlarmRings(200, ALARM)])
        assert timeline.deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
        assert timeline.seconds == 260
        assert min(sample.healthy for sample in timeline.samples) == 2

    def test_an_alarm_that_rings_at_the_start_is_left_out(self):
        timeline = run(2, self.ALARMED, ringing=[ALARM])
        assert timeline.deployment.status is DeploymentStatus.SUCCESSFUL
        assert timeline.deployment.ignored_alarms == {ALARM}

    def test_without_rollback_an_alarm_stops_the_deployment(self):
        configuration = replace(ROLLING, alarms=replace(WATCHED, rollback=False, rolling_bake_seconds=300))
        timeline = run(2, configuration, events=[AlarmRings(100, ALARM)])
        assert timeline.deployment.status is DeploymentStatus.STOPPED
        assert timeline.samples[-1].healthy_target == 2

    def test_another_alarm_and_one_that_is_not_enabled_change_nothing(self):
        assert run(2, self.ALARMED, events=[AlarmRings(90, "other")]).deployment.status is DeploymentStatus.SUCCESSFUL
        off = replace(ROLLING, alarms=DeploymentAlarms((ALARM,)))
        timeline = run(2, off, events=[AlarmRings(10, ALARM)])
        assert timeline.deployment.status is DeploymentStatus.SUCCESSFUL
        assert timeline.deployment.alarm_status is MonitorStatus.DISABLED

    @SHIFTING
    def test_until_the_clean_up_a_rollback_is_a_traffic_shift(self, shifting):
        configuration = replace(shifting, alarms=WATCHED, bake_minutes=10)
        bake = plan_deployment(3, configuration, boot_seconds=60).estimated_seconds - 60
        timeline = run(3, configuration, events=[AlarmRings(bake, ALARM)])
        assert timeline.deployment.rollback.stage is LifecycleStage.BAKE_TIME
        assert timeline.deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
        assert timeline.seconds == bake
        assert all(sample.healthy_source == 3 for sample in timeline.samples)

    def test_in_the_clean_up_no_alarm_is_watched(self):
        configuration = replace(BLUE_GREEN, alarms=WATCHED)
        deployment, _ = begun(configuration, service(1))
        late = service(1, new("new-0"))
        for at in (60, 60 + 600):
            deployment, _ = step(deployment, late, (), at)
        assert deployment.stage is LifecycleStage.CLEAN_UP
        assert deployment.alarm_status is MonitorStatus.MONITORING_COMPLETE
        assert step(deployment, late, (ALARM,), 700)[0].status is DeploymentStatus.IN_PROGRESS


class TestTrafficShifts:
    def test_blue_green_goes_through_its_stages(self):
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

    def test_without_a_test_listener_there_is_no_test_traffic(self):
        course = traffic_course(BLUE_GREEN, test_listener=False, reconcile=False)
        assert not {LifecycleStage.TEST_TRAFFIC_SHIFT, LifecycleStage.POST_TEST_TRAFFIC_SHIFT} & {
            each.stage for each in course
        }
        assert {each.test_weight for each in course} == {0}

    def test_the_stage_before_a_shift_is_reported_as_the_shift(self):
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
    def test_the_steps_of_the_traffic(self, configuration, steps):
        assert traffic_steps(configuration) == steps

    @SHIFTING
    def test_the_traffic_moves_step_by_step_and_capacity_doubles(self, shifting):
        timeline = run(3, shifting)
        assert timeline.deployment.status is DeploymentStatus.SUCCESSFUL
        assert weights(timeline) == [0, *traffic_steps(shifting)]
        assert max(sample.total for sample in timeline.samples) == 6 == task_ceiling(3, shifting)
        last = timeline.samples[-1]
        assert (last.source, last.target, last.production_weight) == (0, 3, 100)

    def test_canary_bakes_after_the_first_step_and_at_the_end(self):
        timeline = run(1, CANARY)
        assert [(entered.at, entered.stage) for entered in timeline.stages] == [
            (0, LifecycleStage.SCALE_UP),
            (60, LifecycleStage.PRODUCTION_TRAFFIC_SHIFT),
            (60 + 300, LifecycleStage.BAKE_TIME),
            (360 + 600, LifecycleStage.CLEAN_UP),
        ]

    def test_linear_does_not_bake_after_the_last_step(self):
        assert run(1, LINEAR).seconds == 60 + 3 * 360

    def test_green_scales_to_all_of_the_desired_count_before_any_traffic(self):
        timeline = run(3, BLUE_GREEN, life=lambda start, _revision: TaskLife(60 + 60 * start))
        shifted = next(sample for sample in timeline.samples if sample.production_weight)
        assert (shifted.at, shifted.healthy_target) == (180, 3)

    def test_blue_keeps_all_its_tasks_until_the_clean_up(self):
        timeline = run(3, BLUE_GREEN, events=[TasksKilled(100, 1)])
        before = [sample for sample in timeline.samples if sample.stage is not LifecycleStage.CLEAN_UP]
        assert {sample.source for sample in before if sample.status is DeploymentStatus.IN_PROGRESS} == {3}

    def test_both_revisions_scale_out_meanwhile(self):
        timeline = run(2, BLUE_GREEN, events=[TasksScaled(200, 4)])
        assert max(sample.source for sample in timeline.samples) == 4
        assert timeline.samples[-1].healthy_target == 4

    def test_test_traffic_goes_to_green_first(self):
        ticks = []
        configuration = replace(BLUE_GREEN, hooks=(paused(LifecycleStage.POST_TEST_TRAFFIC_SHIFT),))
        run(1, configuration, test_listener=True, watcher=ticks.append, cut_off_seconds=600)
        assert (ticks[-1].orders.test_weight, ticks[-1].orders.production_weight) == (100, 0)

    def test_the_service_is_reconciled_when_more_than_one_revision_is_active(self):
        left = [task("old-0"), task("old-1"), task("left-0", STALE)]
        timeline = run(2, BLUE_GREEN, tasks=left)
        assert stages(timeline)[0] is LifecycleStage.RECONCILE_SERVICE
        assert timeline.deployment.status is DeploymentStatus.SUCCESSFUL
        assert LifecycleStage.RECONCILE_SERVICE not in stages(run(2, BLUE_GREEN))

    def test_a_green_that_never_gets_healthy_holds_the_scale_up_for_a_day(self):
        timeline = run(2, BLUE_GREEN, life=NEVER_HEALTHY)
        assert timeline.deployment.rollback.started_at == 86_400
        assert timeline.deployment.rollback.stage is LifecycleStage.SCALE_UP
        assert timeline.deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
        assert weights(timeline) == [0]

    @SHIFTING
    @pytest.mark.parametrize("at", [30, 61, 400])
    def test_a_stop_shifts_all_traffic_back_before_green_is_cleaned_up(self, shifting, at):
        ticks = []
        timeline = run(2, shifting, events=[StopRequested(at)], watcher=ticks.append)
        assert timeline.deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
        assert timeline.seconds == at
        assert timeline.samples[-1].target == 0
        for tick in ticks:
            if any(name.startswith("new") for name in tick.orders.stop):
                assert tick.orders.production_weight == 0

    def test_in_the_clean_up_blue_is_started_again_before_traffic_goes_back(self):
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

    def test_a_first_deployment_that_fails_has_no_blue_to_go_back_to(self):
        timeline = run(2, BLUE_GREEN, can_roll_back=False, events=[StopRequested(30)])
        assert timeline.deployment.status is DeploymentStatus.ROLLBACK_FAILED

    def test_a_first_deployment_goes_through_the_stages_too(self):
        timeline = run(2, CANARY, can_roll_back=False)
        assert timeline.deployment.status is DeploymentStatus.SUCCESSFUL
        assert max(sample.total for sample in timeline.samples) == 2

    def test_source_and_target_share_all_of_the_traffic(self):
        ticks = []
        run(1, replace(LINEAR, linear_step_percent=33.3), watcher=ticks.append)
        pairs = {(tick.orders.source_production_weight, tick.orders.production_weight) for tick in ticks}
        assert pairs == {(100, 0), (66.7, 33.3), (33.4, 66.6), (0.1, 99.9), (0, 100)}


class TestHooks:
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
    def test_a_hook_holds_the_deployment_until_it_is_continued(self, stage):
        configuration = replace(BLUE_GREEN, hooks=(paused(stage),))
        ticks = []
        timeline = run(1, configuration, test_listener=True, events=[HookAnswered(3000)], watcher=ticks.append)
        held = next(tick.deployment for tick in ticks if any(hook.waits for hook in tick.deployment.hooks))
        assert (held.stage, held.hooks[0].status) == (stage, HookStatus.AWAITING_ACTION)
        assert timeline.deployment.hooks[0].status is HookStatus.SUCCEEDED
        assert timeline.deployment.status is DeploymentStatus.SUCCESSFUL
        assert timeline.seconds > 3000

    @STAGES
    def test_a_hook_that_nobody_answers_rolls_back_at_its_timeout(self, stage):
        configuration = replace(BLUE_GREEN, hooks=(paused(stage, timeout_minutes=30),))
        timeline = run(1, configuration, test_listener=True)
        assert timeline.deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
        assert timeline.deployment.hooks[0].status is HookStatus.TIMED_OUT
        assert timeline.deployment.rollback.reason == f"a lifecycle hook of {stage} timed out"
        assert weights(timeline)[-1] == 0

    def test_a_hook_may_continue_at_its_timeout(self):
        hook = paused(LifecycleStage.POST_SCALE_UP, timeout_minutes=30, on_timeout=HookAction.CONTINUE)
        timeline = run(1, replace(BLUE_GREEN, hooks=(hook,)))
        assert timeline.deployment.status is DeploymentStatus.SUCCESSFUL
        assert timeline.deployment.hooks[0].status is HookStatus.TIMED_OUT
        assert timeline.seconds == 60 + 1800 + 600

    def test_before_production_traffic_it_waits_at_every_step(self):
        configuration = replace(LINEAR, hooks=(paused(LifecycleStage.PRE_PRODUCTION_TRAFFIC_SHIFT),))
        timeline = run(1, configuration, answer_hooks=True)
        assert len(timeline.deployment.hooks) == len({hook.id for hook in timeline.deployment.hooks}) == 4
        assert weights(timeline) == [0, 25, 50, 75, 100]

    def test_an_answer_may_roll_back(self):
        configuration = replace(CANARY, hooks=(paused(LifecycleStage.POST_PRODUCTION_TRAFFIC_SHIFT),))
        timeline = run(1, configuration, events=[HookAnswered(2000, HookAction.ROLLBACK)])
        assert timeline.deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
        assert timeline.deployment.hooks[0].status is HookStatus.FAILED
        assert weights(timeline) == [0, 10, 100, 0]

    def test_only_a_hook_that_waits_can_be_answered(self):
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

    def test_a_hook_is_closed_when_the_deployment_is_stopped(self):
        configuration = replace(BLUE_GREEN, hooks=(paused(LifecycleStage.POST_SCALE_UP),))
        timeline = run(1, configuration, events=[StopRequested(100), HookAnswered(110)])
        assert timeline.deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
        assert timeline.deployment.hooks[0].status is HookStatus.FAILED

    def test_no_bound_of_time_runs_while_a_hook_waits(self):
        configuration = replace(BLUE_GREEN, hooks=(paused(LifecycleStage.POST_SCALE_UP, timeout_minutes=20_160),))
        timeline = run(1, configuration, events=[HookAnswered(10 * 86_400)])
        assert timeline.deployment.status is DeploymentStatus.SUCCESSFUL


class TestSteps:
    def test_stepping_again_gives_the_same_orders_until_they_are_obeyed(self):
        deployment, orders = begun(DeploymentConfiguration(min_healthy_percent=50), service(10))
        assert step(deployment, service(10), (), 0) == (deployment, orders)

    def test_a_deployment_that_has_ended_has_no_next_time(self):
        timeline = run(1, BLUE_GREEN)
        assert next_wakeup(timeline.deployment, service(1), 10_000) is None

    def test_the_next_time_is_the_end_of_the_bake_time(self):
        deployment, _ = begun(BLUE_GREEN, service(1))
        deployment, _ = step(deployment, service(1, new("new-0")), (), 60)
        assert next_wakeup(deployment, service(1, new("new-0")), 60) == deployment.bake_until == 660


class TestSimulation:
    def test_requests_that_are_refused_are_written_down(self):
        configuration = replace(BLUE_GREEN, hooks=(paused(LifecycleStage.POST_SCALE_UP, timeout_minutes=1),))
        timeline = run(1, configuration, events=[HookAnswered(120)])
        assert timeline.refused == ("lifecycle hook hook-2-1 has timed out",)

    def test_it_says_when_the_last_old_task_is_gone(self):
        timeline = run(2, ROLLING, drain_seconds=90)
        assert (timeline.seconds, timeline.settled_seconds) == (60, 150)

    def test_a_life_that_fails_in_no_time_is_refused(self):
        with pytest.raises(ValueError, match="must live for some time"):
            TaskLife(0, pulls=False)
        with pytest.raises(ValueError, match="must live for some time"):
            TaskLife(0, exits_after=0)


class TestPlan:
    def test_the_plan_of_a_rolling_deployment(self):
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

    def test_the_plan_of_a_canary(self):
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
        assert plan.estimated_seconds == 960
        assert plan.aborts == ("alarm web-5xx in ALARM: goes back to the revision before",)
        assert plan.warnings == ()

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
                    circuit_breaker=replace(
                        BREAKING.circuit_breaker, threshold=FailureThreshold(ThresholdKind.COUNT, 21)
                    ),
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
    def test_warnings(self, desired, configuration, first, found):
        plan = plan_deployment(desired, configuration, boot_seconds=60, first=first)
        assert {warning.id for warning in plan.warnings} == found
        assert (plan.estimated_seconds == float("inf")) == (found == {"deployment-cannot-move"})
