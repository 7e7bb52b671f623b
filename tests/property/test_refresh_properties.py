"""What holds for every instance refresh, whatever happens to it."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strata.rollout.servers.plan_course import calculate_course, simulate_course
from strata.rollout.servers.preferences import (
    Preferences,
    ProtectedInstances,
    StandbyInstances,
    batch_size,
    ceiling,
    floor,
    lowest,
    share,
)
from strata.rollout.servers.refresh import (
    LIMIT_SECONDS,
    AlarmState,
    Fleet,
    Lifecycle,
    Server,
    Status,
    Target,
    cancel,
    next_wakeup,
    rollback,
    start,
    step,
)
from strata.rollout.servers.rollout_plan import plan_rollout
from strata.rollout.servers.simulation import AlarmChanges, Cancel, Kill, Protect, RollBack, Scale, simulate
from strata.rollout.servers.virtual_group import Life

ALARM = "web-5xx"
FORWARD = {Status.PENDING, Status.IN_PROGRESS, Status.BAKING}
NEXT = {
    Status.PENDING: {Status.IN_PROGRESS},
    Status.IN_PROGRESS: {
        Status.BAKING,
        Status.SUCCESSFUL,
        Status.FAILED,
        Status.CANCELLED,
        Status.ROLLBACK_IN_PROGRESS,
        Status.ROLLBACK_SUCCESSFUL,
    },
    Status.BAKING: {
        Status.SUCCESSFUL,
        Status.FAILED,
        Status.CANCELLED,
        Status.ROLLBACK_IN_PROGRESS,
        Status.ROLLBACK_SUCCESSFUL,
    },
    Status.ROLLBACK_IN_PROGRESS: {Status.ROLLBACK_SUCCESSFUL, Status.ROLLBACK_FAILED, Status.CANCELLED},
}

SLOW = settings(max_examples=100)


@st.composite
def percentages(draw):
    lower = draw(st.sampled_from([0, 1, 33, 50, 67, 80, 90, 99, 100]) | st.integers(0, 100))
    return lower, draw(st.integers(100, lower + 100)) if lower else 100


@st.composite
def preferences(draw, **fixed):
    lower, upper = draw(percentages())
    chosen: dict[str, Any] = {
        "min_healthy_percent": lower,
        "max_healthy_percent": upper,
        "instance_warmup_seconds": draw(st.sampled_from([0, 30, 300])),
        "checkpoint_percentages": tuple(sorted(draw(st.sets(st.integers(1, 100), max_size=3)))),
        "checkpoint_delay_seconds": draw(st.sampled_from([0, 60, 900])),
        "bake_seconds": draw(st.sampled_from([0, 600])),
        "skip_matching": draw(st.booleans()),
        "auto_rollback": draw(st.booleans()),
        "scale_in_protected": draw(st.sampled_from(ProtectedInstances)),
        "standby": draw(st.sampled_from(StandbyInstances)),
        "alarms": draw(st.sampled_from([(), (ALARM,)])),
    }
    return Preferences(**chosen | fixed)


TIMES = st.integers(0, 3000)
EVENTS = st.one_of(
    st.builds(Scale, TIMES, st.integers(0, 30)),
    st.builds(Kill, TIMES, st.integers(1, 4), st.booleans()),
    st.builds(Protect, TIMES, st.integers(0, 2)),
    st.builds(AlarmChanges, TIMES, st.just(ALARM), st.sampled_from(AlarmState)),
    st.builds(Cancel, TIMES),
    st.builds(RollBack, TIMES),
)
LIVES = st.lists(
    st.builds(Life, st.sampled_from([10.0, 45.0, 60.0, 600.0]), st.sampled_from([None, None, None, 5.0, 90.0, 400.0])),
    min_size=1,
    max_size=12,
)


@st.composite
def rollouts(draw):
    chosen = draw(preferences())
    # EC2 Auto Scaling waits for the warm-up, not for checks of target groups that end after it
    checked = draw(st.lists(st.integers(0, chosen.instance_warmup_seconds), min_size=1, max_size=4))
    lives = [replace(life, checked_after=checked[n % len(checked)]) for n, life in enumerate(draw(LIVES))]
    drawn: dict[str, Any] = {
        "desired": draw(st.integers(0, 24)),
        "preferences": chosen,
        "boot_seconds": 60,
        "drain_seconds": draw(st.sampled_from([0, 60])),
        "events": draw(st.lists(EVENTS, max_size=5)),
        "life": lambda launch, _target: lives[launch % len(lives)],
    }
    return drawn


def watched(rollout):
    """Every tick of a rollout, and its timeline."""
    ticks = []
    return simulate(**rollout, observer=ticks.append), ticks


def ready(tick, servers):
    warmup = tick.refresh.preferences.instance_warmup_seconds
    return sum(
        server.lifecycle is Lifecycle.IN_SERVICE
        and server.healthy
        and (server.id in tick.refresh.present or server.in_service_since + warmup <= tick.at)
        for server in servers
    )


def serving(_tick, servers):
    """What the load balancer counts: it knows its own checks, and nothing of warm-ups."""
    return sum(server.serving for server in servers)


def active(servers):
    return [server for server in servers if server.lifecycle in (Lifecycle.PENDING, Lifecycle.IN_SERVICE)]


def left(tick):
    return [server for server in tick.fleet.servers if server.id not in tick.orders.terminate]


@pytest.mark.parametrize("count", [ready, serving])
@SLOW
@given(rollouts())
def test_no_order_takes_the_fleet_below_the_floor(count, rollout):
    _, ticks = watched(rollout)
    for tick in ticks:
        bound = lowest(tick.fleet.desired, rollout["preferences"])
        before, after = count(tick, tick.fleet.servers), count(tick, left(tick))
        assert after >= min(before, bound), tick.at


@SLOW
@given(rollouts().filter(lambda rollout: not any(isinstance(event, Protect) for event in rollout["events"])))
def test_never_more_servers_than_the_ceiling(rollout):
    _, ticks = watched(rollout)
    for tick in ticks:
        capacity = tick.orders.capacity
        assert tick.fleet.desired <= capacity
        assert capacity <= max(tick.fleet.desired, ceiling(tick.fleet.desired, rollout["preferences"]))
        assert len(active(left(tick))) <= capacity


@SLOW
@given(rollouts())
def test_protected_servers_that_the_refresh_is_to_leave_alone_stay(rollout):
    _, ticks = watched(rollout)
    if rollout["preferences"].scale_in_protected is ProtectedInstances.REFRESH:
        return
    for tick in ticks:
        protected = {server.id for server in tick.fleet.servers if server.protected}
        assert not protected & set(tick.orders.terminate) - tick.refresh.leaving


@SLOW
@given(rollouts())
def test_it_always_ends_in_a_terminal_status_and_by_known_ways(rollout):
    timeline, ticks = watched(rollout)
    assert timeline.refresh.status.terminal
    assert timeline.seconds <= 2 * LIMIT_SECONDS
    way = [tick.refresh.status for tick in ticks]
    for before, after in pairwise(way):
        assert after is before or after in NEXT[before]
    assert timeline.refresh.ended_at == timeline.seconds


@SLOW
@given(rollouts())
def test_the_percentage_rises_and_falls_only_in_a_rollback(rollout):
    timeline, ticks = watched(rollout)
    for before, after in pairwise(ticks):
        earlier, later = before.refresh.percentage_complete, after.refresh.percentage_complete
        assert earlier >= later if after.refresh.rollback else earlier <= later
    assert all(0 <= sample.percentage <= 100 for sample in timeline.samples)


@SLOW
@given(rollouts())
def test_stepping_again_changes_nothing_and_there_is_always_a_next_time(rollout):
    _, ticks = watched(rollout)
    for tick in ticks:
        assert step(tick.refresh, tick.fleet, tick.alarms, tick.at) == (tick.refresh, tick.orders)
        wakeup = next_wakeup(tick.refresh, tick.fleet, tick.at)
        assert (wakeup is None) == tick.refresh.status.terminal
        assert wakeup is None or wakeup > tick.at


@SLOW
@given(rollouts())
def test_only_servers_that_are_there_are_ordered_out_and_each_once(rollout):
    _, ticks = watched(rollout)
    for tick in ticks:
        here = {server.id for server in tick.fleet.servers if server.lifecycle is not Lifecycle.TERMINATING}
        assert set(tick.orders.terminate) <= here
        assert max(Counter(tick.orders.terminate).values(), default=1) == 1


@SLOW
@given(rollouts())
def test_a_success_has_replaced_its_share_and_a_rollback_everything(rollout):
    timeline, ticks = watched(rollout)
    refresh, wanted = timeline.refresh, rollout["preferences"]
    last = ticks[-1]
    kept = sum(server.protected for server in active(last.fleet.servers))
    if refresh.status is Status.ROLLBACK_SUCCESSFUL and not kept:
        assert all(server.matches_original for server in active(left(last)))
        assert refresh.percentage_complete == refresh.instances_to_update == 0
    baked = wanted.bake_seconds and refresh.status is Status.SUCCESSFUL
    if refresh.status is Status.SUCCESSFUL and not kept and not baked:
        new = [server for server in active(left(last)) if server.matches_desired]
        assert ready(last, new) >= share(last.fleet.desired, wanted.replaced_percent)


STEADY = st.lists(
    st.one_of(st.builds(Scale, TIMES, st.integers(0, 30)), st.builds(Kill, TIMES, st.integers(1, 4), st.booleans())),
    max_size=6,
)


@SLOW
@given(st.integers(0, 24), preferences(), STEADY, st.none() | st.builds(RollBack, TIMES), st.sampled_from([0, 60]))
def test_deaths_and_scaling_never_keep_good_servers_from_arriving(desired, wanted, events, asked, drain):
    happenings = [*events, *([asked] if asked else [])]
    timeline = simulate(desired, wanted, boot_seconds=60, drain_seconds=drain, events=happenings)
    ways = {Status.SUCCESSFUL, Status.ROLLBACK_SUCCESSFUL} if asked else {Status.SUCCESSFUL}
    assert timeline.refresh.status in ways


@SLOW
@given(rollouts())
def test_launches_follow_the_direction(rollout):
    _, ticks = watched(rollout)
    for tick in ticks:
        forward = tick.refresh.status in FORWARD or tick.refresh.status is Status.SUCCESSFUL
        assert (tick.orders.launch is Target.DESIRED) == forward


@SLOW
@given(st.integers(1, 60), preferences(skip_matching=False, alarms=(), checkpoint_delay_seconds=900))
def test_a_checkpoint_is_neither_undershot_nor_overshot(desired, wanted):
    ticks = []
    timeline = simulate(desired, wanted, boot_seconds=60, observer=ticks.append)
    assert timeline.refresh.status is Status.SUCCESSFUL
    pauses = [tick for tick in ticks if tick.refresh.waiting_until is not None]
    counts = {share(desired, percent) for percent in wanted.checkpoint_percentages[:-1]}
    for tick in pauses:
        new = [server for server in tick.fleet.servers if server.matches_desired]
        assert ready(tick, new) == len(active(new)) in counts
    assert len(timeline.pauses) == len(counts - {share(desired, wanted.replaced_percent)})
    last = timeline.samples[-1]
    assert (last.new, last.total) == (share(desired, wanted.replaced_percent), desired)


@SLOW
@given(st.integers(0, 60), preferences(skip_matching=False), st.integers(1, 300), st.sampled_from([0, 30, 600]))
def test_the_simulated_and_the_calculated_course_of_a_healthy_group_are_the_same(desired, wanted, boot, drain):
    assert simulate_course(desired, wanted, boot_seconds=boot, drain_seconds=drain) == calculate_course(
        desired, wanted, boot_seconds=boot, drain_seconds=drain
    )


@SLOW
@given(st.integers(1, 60), preferences(), st.integers(0, 300))
def test_a_plan_stays_within_its_bounds(desired, wanted, boot):
    plan = plan_rollout(desired, wanted, boot_seconds=boot)
    assert lowest(desired, wanted) <= plan.lowest_capacity <= desired <= plan.highest_total <= plan.ceiling
    assert plan.replaced == share(desired, wanted.replaced_percent)
    assert all(batch.size <= batch_size(desired, wanted) for batch in plan.batches)
    assert plan.floor == floor(desired, wanted)
    if plan.lowest_capacity < plan.floor:
        assert {"rollout-outage", "rollout-below-floor"} & {warning.id for warning in plan.warnings}


SERVERS = st.builds(
    Server,
    id=st.integers(0, 9).map(str),
    matches_desired=st.booleans(),
    matches_original=st.booleans(),
    lifecycle=st.sampled_from(Lifecycle),
    healthy=st.booleans(),
    receives_requests=st.booleans(),
    in_service_since=st.floats(0, 5000),
    protected=st.booleans(),
    zone=st.sampled_from("ab"),
    template_version=st.integers(1, 3),
    age_rank=st.integers(0, 3),
)
FLEETS = st.builds(Fleet, st.integers(0, 8), st.lists(SERVERS, max_size=10, unique_by=lambda server: server.id))
CHAOS = st.lists(
    st.tuples(
        FLEETS,
        st.sampled_from(AlarmState),
        st.integers(0, 2000),
        st.sampled_from([None, None, None, "cancel", "rollback"]),
    ),
    min_size=1,
    max_size=8,
)


@SLOW
@given(preferences(), CHAOS)
def test_a_group_that_obeys_nothing_never_confuses_the_refresh(wanted, chaos):
    now = 0.0
    refresh = start(wanted, chaos[0][0], now, can_roll_back=True)
    for fleet, alarm, seconds, request in chaos:
        if request == "cancel" and not refresh.status.terminal:
            refresh = cancel(refresh, now)
        if request == "rollback" and refresh.status in FORWARD:
            refresh = rollback(refresh, fleet, now, "asked for")
        alarms = {ALARM: alarm}
        refresh, orders = step(refresh, fleet, alarms, now)
        assert step(refresh, fleet, alarms, now) == (refresh, orders)
        assert orders.capacity >= fleet.desired
        assert set(orders.terminate) <= {server.id for server in fleet.servers}
        now += seconds
