"""What holds for every service deployment, whatever happens to it."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from strata.rollout.tasks.deployment import (
    PAUSE_STAGES,
    CircuitBreaker,
    DeploymentAlarms,
    DeploymentConfiguration,
    DeploymentRules,
    DeploymentStatus,
    DeploymentStrategy,
    FailureThreshold,
    HookAction,
    LifecycleHook,
    LifecycleStage,
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
    is_healthy,
    next_wakeup,
    step,
    stop,
    supersede,
    task_ceiling,
    task_floor,
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

ALARM = "web-5xx"
SLOW = settings(max_examples=100)
CUT_OFF = 8000
PATIENT = 400_000
SOURCE, TARGET, STALE = TaskRevision

NEXT = {
    DeploymentStatus.PENDING: {
        DeploymentStatus.IN_PROGRESS,
        DeploymentStatus.SUCCESSFUL,
        DeploymentStatus.STOPPED,
        DeploymentStatus.ROLLBACK_IN_PROGRESS,
        DeploymentStatus.ROLLBACK_SUCCESSFUL,
        DeploymentStatus.ROLLBACK_FAILED,
    },
    DeploymentStatus.IN_PROGRESS: {
        DeploymentStatus.SUCCESSFUL,
        DeploymentStatus.STOPPED,
        DeploymentStatus.ROLLBACK_IN_PROGRESS,
        DeploymentStatus.ROLLBACK_SUCCESSFUL,
        DeploymentStatus.ROLLBACK_FAILED,
    },
    DeploymentStatus.ROLLBACK_IN_PROGRESS: {
        DeploymentStatus.ROLLBACK_SUCCESSFUL,
        DeploymentStatus.ROLLBACK_FAILED,
        DeploymentStatus.STOPPED,
    },
}

HOOKS = st.builds(
    LifecycleHook,
    st.sets(st.sampled_from(sorted(PAUSE_STAGES)), min_size=1, max_size=3).map(lambda stages: tuple(sorted(stages))),
    st.integers(1, 60),
    st.sampled_from(HookAction),
)
BREAKERS = st.builds(
    CircuitBreaker,
    enable=st.booleans(),
    rollback=st.booleans(),
    threshold=st.builds(FailureThreshold, st.sampled_from(ThresholdKind), st.integers(1, 100)),
    reset_on_healthy_task=st.booleans(),
)


@st.composite
def configurations(draw, **fixed):
    strategy = draw(st.sampled_from(DeploymentStrategy))
    enabled = draw(st.booleans())
    bake = draw(st.sampled_from([0, 120]))
    chosen: dict[str, Any] = {
        "strategy": strategy,
        "min_healthy_percent": draw(st.sampled_from([0, 33, 50, 67, 100]) | st.integers(0, 100)),
        "max_percent": draw(st.sampled_from([100, 125, 150, 200]) | st.integers(100, 200)),
        "bake_minutes": draw(st.sampled_from([0, 5])),
        "linear_step_percent": draw(st.integers(30, 1000)) / 10,
        "linear_bake_minutes": draw(st.sampled_from([0, 2])),
        "canary_percent": draw(st.integers(1, 1000)) / 10,
        "canary_bake_minutes": draw(st.sampled_from([0, 5])),
        "circuit_breaker": draw(BREAKERS),
        "alarms": DeploymentAlarms((ALARM,), enabled, draw(st.booleans()), bake) if enabled else DeploymentAlarms(),
        "hooks": tuple(draw(st.lists(HOOKS, max_size=2))) if strategy.shifts_traffic else (),
    }
    return DeploymentConfiguration(**chosen | fixed)


TIMES = st.integers(0, 2000)
SCALING = st.builds(TasksScaled, TIMES, st.integers(0, 12), st.booleans())
KILLS = st.builds(TasksKilled, TIMES, st.integers(1, 4), st.sampled_from([SOURCE, TARGET]))
EVENTS = st.one_of(
    SCALING,
    KILLS,
    st.builds(AlarmRings, TIMES, st.just(ALARM), st.booleans()),
    st.builds(StopRequested, TIMES),
    st.builds(Superseded, TIMES),
    st.builds(HookAnswered, TIMES, st.sampled_from(HookAction)),
)
GOOD = TaskLife(60)
LIVES = st.lists(
    st.sampled_from(
        [
            GOOD,
            GOOD,
            TaskLife(60, healthy_after=20),
            TaskLife(45, checked=False),
            TaskLife(30, pulls=False),
            TaskLife(60, healthy_after=None, unhealthy_after=90),
            TaskLife(60, healthy_after=10, unhealthy_after=100),
            TaskLife(60, healthy_after=10, exits_after=150),
            TaskLife(600),
        ]
    ),
    min_size=1,
    max_size=6,
)


@st.composite
def gated(draw):
    """Rollouts that wait before each shift, and are answered at some times or never."""
    rollout = draw(rollouts(events=st.one_of(SCALING, KILLS, st.builds(HookAnswered, TIMES))))
    hook = LifecycleHook((LifecycleStage.PRE_PRODUCTION_TRAFFIC_SHIFT,), draw(st.integers(1, 60)))
    shifting = draw(st.sampled_from([each for each in DeploymentStrategy if each.shifts_traffic]))
    configuration = replace(rollout["configuration"], strategy=shifting, bake_minutes=1, hooks=(hook,))
    return rollout | {"configuration": configuration}


@st.composite
def rollouts(draw, lives=LIVES, events=EVENTS):
    drawn = draw(lives)
    chosen: dict[str, Any] = {
        "desired": draw(st.integers(0, 8)),
        "configuration": draw(configurations()),
        "boot_seconds": 60,
        "drain_seconds": draw(st.sampled_from([0, 30])),
        "events": draw(st.lists(events, max_size=4)),
        "life": lambda start, _revision: drawn[start % len(drawn)],
        "can_roll_back": draw(st.booleans()),
        "test_listener": draw(st.booleans()),
        "rules": DeploymentRules(
            retry_first_seconds=draw(st.sampled_from([60, 240])),
            breaker_covers_traffic_shifts=draw(st.booleans()),
            scale_up_limit_seconds=3600,
        ),
        "cut_off_seconds": CUT_OFF,
    }
    return chosen


def watched(rollout):
    """Every tick of a rollout, and its timeline."""
    ticks = []
    return simulate_deployment(**rollout, watcher=ticks.append), ticks


def healthy(tick, tasks):
    return [task for task in tasks if is_healthy(task, tick.deployment.rules, tick.at)]


def left(tick):
    return [task for task in tick.view.tasks if task.active and task.id not in tick.orders.stop]


def of(revision, tasks):
    return [task for task in tasks if task.revision is revision]


def started(tick):
    here = left(tick)
    return {
        SOURCE: max(0, tick.orders.keep_source - len(of(SOURCE, here))),
        TARGET: max(0, tick.orders.keep_target - len(of(TARGET, here))),
    }


@SLOW
@given(rollouts())
def test_no_order_takes_a_rolling_service_below_its_floor(rollout):
    if rollout["configuration"].strategy.shifts_traffic:
        return
    _, ticks = watched(rollout)
    for tick in ticks:
        bound = task_floor(tick.view.desired, rollout["configuration"])
        before, after = len(healthy(tick, tick.view.tasks)), len(healthy(tick, left(tick)))
        assert after >= min(before, bound), tick.at


@SLOW
@given(rollouts())
def test_no_order_takes_tasks_from_a_revision_that_serves(rollout):
    if not rollout["configuration"].strategy.shifts_traffic:
        return
    _, ticks = watched(rollout)
    for tick in ticks:
        shares = ((SOURCE, tick.orders.source_production_weight), (TARGET, tick.orders.production_weight))
        for revision, weight in shares:
            if weight:
                there = len(healthy(tick, of(revision, tick.view.tasks)))
                assert len(healthy(tick, of(revision, left(tick)))) >= min(there, tick.view.desired)


@SLOW
@given(rollouts())
def test_nothing_is_started_above_the_ceiling(rollout):
    _, ticks = watched(rollout)
    for tick in ticks:
        launches = sum(started(tick).values())
        if launches:
            assert len(left(tick)) + launches <= task_ceiling(tick.view.desired, rollout["configuration"])


@SLOW
@given(rollouts())
def test_only_tasks_that_are_there_are_ordered_to_stop_and_each_once(rollout):
    _, ticks = watched(rollout)
    for tick in ticks:
        assert len(tick.orders.stop) == len(set(tick.orders.stop))
        assert set(tick.orders.stop) <= {task.id for task in tick.view.tasks if task.active}


@SLOW
@given(rollouts())
def test_it_goes_by_known_ways_and_stays_where_it_ended(rollout):
    timeline, ticks = watched(rollout)
    for before, after in pairwise(tick.deployment.status for tick in ticks):
        assert after is before or after in NEXT[before]
    assert timeline.stuck != timeline.deployment.status.terminal
    assert (timeline.deployment.ended_at is not None) == timeline.deployment.status.terminal


@SLOW
@given(rollouts())
def test_stepping_again_changes_nothing_and_the_next_time_is_in_the_future(rollout):
    _, ticks = watched(rollout)
    for tick in ticks:
        assert step(tick.deployment, tick.view, tick.alarms, tick.at) == (tick.deployment, tick.orders)
        wakeup = next_wakeup(tick.deployment, tick.view, tick.at)
        assert wakeup is None or wakeup > tick.at


@SLOW
@given(rollouts())
def test_the_weights_add_up_and_move_by_the_steps_of_the_strategy(rollout):
    _, ticks = watched(rollout)
    allowed = {0.0, *traffic_steps(rollout["configuration"])}
    for tick in ticks:
        orders = tick.orders
        assert orders.production_weight + orders.source_production_weight == 100
        assert orders.production_weight in allowed
        assert orders.test_weight in ({0, 100} if rollout["test_listener"] else {0})
    forward = [tick.orders.production_weight for tick in ticks if tick.deployment.rollback is None]
    assert forward == sorted(forward)


@SLOW
@given(rollouts())
def test_it_never_succeeds_without_a_healthy_task_of_the_target(rollout):
    timeline, ticks = watched(rollout)
    last = ticks[-1]
    if timeline.deployment.status is DeploymentStatus.SUCCESSFUL:
        assert len(healthy(last, of(TARGET, last.view.tasks))) >= last.view.desired
        assert not of(SOURCE, left(last))
        assert last.orders.production_weight == 100


@SLOW
@given(rollouts())
def test_after_a_rollback_only_the_source_serves(rollout):
    timeline, ticks = watched(rollout)
    last = ticks[-1]
    if timeline.deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL:
        assert rollout["can_roll_back"]
        assert len(healthy(last, of(SOURCE, last.view.tasks))) >= last.view.desired
        assert not of(TARGET, left(last))
        assert last.orders.production_weight == last.orders.test_weight == 0


@SLOW
@given(rollouts())
def test_launches_follow_the_direction(rollout):
    _, ticks = watched(rollout)
    shifting = rollout["configuration"].strategy.shifts_traffic
    for tick in ticks:
        launches = started(tick)
        if tick.deployment.halted or tick.orders.launch is None:
            assert not any(launches.values())
        if tick.deployment.rollback is not None:
            assert not launches[TARGET]
        elif not shifting:
            assert not launches[SOURCE]


@SLOW
@given(rollouts())
def test_no_traffic_goes_to_the_target_before_it_was_healthy_in_full(rollout):
    _, ticks = watched(rollout)
    if not rollout["configuration"].strategy.shifts_traffic:
        return
    first = next((tick for tick in ticks if tick.orders.production_weight), None)
    if first:
        full = [tick for tick in ticks if len(healthy(tick, of(TARGET, tick.view.tasks))) >= tick.view.desired]
        assert full
        assert full[0].at <= first.at


def moves(rollout):
    """Whether there is always something that a task could be stopped or started for, at every desired count."""
    counts = [rollout["desired"], *(event.desired for event in rollout["events"] if isinstance(event, TasksScaled))]
    return not any(deadlock(desired, rollout["configuration"]) for desired in counts)


@SLOW
@given(gated())
def test_no_traffic_moves_that_nobody_let_move(rollout):
    answers = [event for event in rollout["events"] if isinstance(event, HookAnswered)]
    timeline, ticks = watched(rollout)
    weights = [tick.orders.production_weight for tick in ticks]
    assert sum(after > before for before, after in pairwise([0, *weights])) <= len(answers)
    if not answers:
        assert timeline.deployment.status is not DeploymentStatus.SUCCESSFUL


@SLOW
@given(rollouts(lives=st.just([GOOD]), events=st.one_of(SCALING, KILLS)).filter(moves))
def test_deaths_and_scaling_never_keep_good_tasks_from_arriving(rollout):
    timeline, _ = watched(rollout | {"cut_off_seconds": PATIENT})
    held = timeline.deployment.hooks
    if any(hook.on_timeout is HookAction.ROLLBACK for hook in held):
        ends = {DeploymentStatus.ROLLBACK_SUCCESSFUL, DeploymentStatus.ROLLBACK_FAILED}
    else:
        ends = {DeploymentStatus.SUCCESSFUL}
    assert timeline.deployment.status in ends


@st.composite
def troubles(draw):
    """Tasks fail a number of times, and are good afterwards."""
    rollout = draw(rollouts())
    fates = draw(LIVES)
    return rollout | {"life": lambda start, _revision: fates[start] if start < len(fates) else GOOD}


@SLOW
@given(troubles().filter(moves))
def test_after_finite_trouble_it_ends_or_is_stuck_only_where_ecs_is(rollout):
    timeline, _ = watched(rollout | {"cut_off_seconds": PATIENT})
    if timeline.stuck:
        assert timeline.deployment.halted
        assert not rollout["can_roll_back"]
        assert not rollout["configuration"].strategy.shifts_traffic


@SLOW
@given(rollouts())
def test_a_stop_ends_every_deployment_that_can_go_back_to_good_tasks(rollout):
    bad = TaskLife(60, healthy_after=None, unhealthy_after=90)
    lives = {"life": lambda _start, revision: bad if revision is TARGET else GOOD, "can_roll_back": True}
    rollout |= lives | {"events": [StopRequested(500)]}
    if moves(rollout):
        timeline, _ = watched(rollout)
        ends = {DeploymentStatus.ROLLBACK_SUCCESSFUL, DeploymentStatus.STOPPED}
        assert timeline.deployment.status in ends if rollout["desired"] else not timeline.stuck


@st.composite
def held(draw, *, lasts):
    """Rollouts whose gate lets them continue once the new tasks have lasted, which all or none of them do."""
    events = st.one_of(st.builds(TasksScaled, TIMES, st.integers(1, 12), st.booleans()), KILLS)
    rollout, seconds = draw(rollouts(events=events)), draw(st.integers(1, 300))
    hook = LifecycleHook((LifecycleStage.PRE_PRODUCTION_TRAFFIC_SHIFT,), draw(st.integers(1, 60)))
    shifting = draw(st.sampled_from([each for each in DeploymentStrategy if each.shifts_traffic]))
    lives = [
        TaskLife(45, healthy_after=20, **{end: 20 + draw(st.integers(0, seconds))})
        for end in draw(st.lists(st.sampled_from(["exits_after", "unhealthy_after"]), min_size=1, max_size=4))
    ]
    configuration = replace(rollout["configuration"], strategy=shifting, bake_minutes=1, hooks=(hook,))
    return rollout | {
        "configuration": configuration,
        "desired": draw(st.integers(1, 8)),
        "life": lambda start, revision: GOOD if lasts or revision is SOURCE else lives[start % len(lives)],
        "answer_hooks": True,
        "min_ready_seconds": seconds,
    }


@SLOW
@given(held(lasts=False))
def test_a_release_whose_tasks_never_last_never_gets_a_request(rollout):
    _, ticks = watched(rollout)
    assert {tick.orders.production_weight for tick in ticks} == {0}


@SLOW
@given(held(lasts=True))
def test_no_request_moves_before_a_new_task_has_lasted_and_those_of_a_good_release_do(rollout):
    timeline, ticks = watched(rollout | {"events": [], "can_roll_back": True})
    moved = next((tick.at for tick in ticks if tick.orders.production_weight), None)
    wait = rollout["min_ready_seconds"]
    # at one and the same moment either may come first
    assume(wait != rollout["configuration"].hooks[0].timeout_minutes * 60)
    if wait < rollout["configuration"].hooks[0].timeout_minutes * 60:
        assert (moved, timeline.deployment.status) == (60 + wait, DeploymentStatus.SUCCESSFUL)
    else:
        assert (moved, timeline.deployment.status) == (None, DeploymentStatus.ROLLBACK_SUCCESSFUL)


@SLOW
@given(configurations())
def test_the_api_gives_back_what_it_was_given(configuration):
    again = configuration_from_api(
        configuration_to_api(configuration), rolling_bake_seconds=configuration.alarms.rolling_bake_seconds
    )
    assert configuration_to_api(again) == configuration_to_api(configuration)
    assert (again.hooks, again.circuit_breaker) == (configuration.hooks, configuration.circuit_breaker)


@SLOW
@given(st.integers(0, 30), configurations(), st.integers(0, 300), st.sampled_from([0, 30]))
def test_a_plan_stays_within_its_bounds(desired, configuration, boot, drain):
    plan = plan_deployment(desired, configuration, boot_seconds=boot, drain_seconds=drain)
    assert plan.floor <= plan.lowest_capacity <= desired <= plan.highest_total <= plan.ceiling
    assert plan.estimated_seconds <= plan.settled_seconds
    assert (plan.estimated_seconds == float("inf")) == bool(deadlock(desired, configuration))
    if desired and configuration.strategy.shifts_traffic:
        assert plan.highest_total == 2 * desired
        assert plan.weights[-1] == 100


TASKS = st.builds(
    ServiceTask,
    id=st.integers(0, 9).map(str),
    revision=st.sampled_from(TaskRevision),
    lifecycle=st.sampled_from(TaskLifecycle),
    health=st.sampled_from(TaskHealth),
    running_since=st.none() | st.floats(0, 5000),
    failure=st.none() | st.sampled_from(TaskFailure),
)
VIEWS = st.builds(ServiceView, st.integers(0, 6), st.lists(TASKS, max_size=10, unique_by=lambda task: task.id))
REQUESTS = st.sampled_from([None, None, None, "stop", "supersede", *HookAction])
CHAOS = st.lists(
    st.tuples(VIEWS, st.sampled_from([(), (ALARM,)]), st.integers(0, 2000), REQUESTS), min_size=1, max_size=8
)


def ask(deployment, request, now):
    if deployment.status.terminal or request is None:
        return deployment
    if request == "stop":
        return stop(deployment)
    if request == "supersede":
        return supersede(deployment)
    waiting = [hook for hook in deployment.hooks if hook.waits and now < hook.expires_at]
    return continue_hook(deployment, waiting[0].id, request, now) if waiting else deployment


@SLOW
@given(configurations(), CHAOS, st.booleans(), st.booleans())
def test_a_service_that_obeys_nothing_never_confuses_the_deployment(configuration, chaos, source, listener):
    now = 0.0
    deployment = create_deployment(configuration, chaos[0][0], now, can_roll_back=source, test_listener=listener)
    for view, alarms, seconds, request in chaos:
        deployment = ask(deployment, request, now)
        deployment, orders = step(deployment, view, alarms, now)
        assert step(deployment, view, alarms, now) == (deployment, orders)
        assert set(orders.stop) <= {task.id for task in view.tasks if task.active}
        assert min(orders.keep_source, orders.keep_target) >= 0
        wakeup = next_wakeup(deployment, view, now)
        assert wakeup is None or wakeup > now
        if deployment.rollback is not None:
            assert deployment.launched is SOURCE
        now += seconds
