"""The instance refresh: known cases, one rule of AWS each."""

from dataclasses import replace

import pytest

from strata.rollout.servers.preferences import Preferences, ProtectedInstances, StandbyInstances
from strata.rollout.servers.refresh import (
    LIMIT_SECONDS,
    STALL_SECONDS,
    AlarmState,
    Fleet,
    Irreversible,
    Lifecycle,
    NotActive,
    Server,
    Status,
    Target,
    cancel,
    next_wakeup,
    rollback,
    start,
    step,
)
from strata.rollout.servers.simulation import AlarmChanges, Cancel, Kill, Protect, RollBack, Scale, simulate
from strata.rollout.servers.virtual_group import Life

MINUTE = 60


def server(name, **changes):
    plain = Server(
        id=name,
        matches_desired=False,
        matches_original=True,
        lifecycle=Lifecycle.IN_SERVICE,
        healthy=True,
        in_service_since=-1000.0,
        template_version=1,
    )
    return replace(plain, **changes)


def new(name, **changes):
    return server(name, **{"matches_desired": True, "matches_original": False, "template_version": 2} | changes)


def fleet(count, **changes):
    return Fleet(count, [server(f"old-{number}", age_rank=number, **changes) for number in range(count)])


def begun(preferences, group, *, alarms=None, can_roll_back=True):
    return step(start(preferences, group, 0, can_roll_back=can_roll_back), group, alarms or {}, 0)


def at(timeline, seconds):
    """The group once everything of that moment has happened."""
    return [sample for sample in timeline.samples if sample.at <= seconds][-1]


def statuses(timeline):
    seen = []
    for sample in timeline.samples:
        if not seen or seen[-1] is not sample.status:
            seen.append(sample.status)
    return seen


SURGE = Preferences(min_healthy_percent=100, max_healthy_percent=150, instance_warmup_seconds=60)
UNDOING = replace(SURGE, auto_rollback=True)


def test_the_timeline_aws_documents():
    preferences = Preferences(
        min_healthy_percent=80,
        instance_warmup_seconds=10 * MINUTE,
        checkpoint_percentages=(20, 50),
        checkpoint_delay_seconds=15 * MINUTE,
    )
    timeline = simulate(10, preferences, boot_seconds=0)
    batches = [(batch.at / MINUTE, batch.size) for batch in timeline.batches]
    assert batches == [(0, 2), (25, 2), (35, 1)]
    assert [(pause.at / MINUTE, pause.until / MINUTE, pause.percentage) for pause in timeline.pauses] == [(10, 25, 20)]
    replaced = [(minute, at(timeline, minute * MINUTE).percentage) for minute in (0, 10, 25, 35, 45)]
    assert replaced == [(0, 0), (10, 20), (25, 20), (35, 40), (45, 50)]
    assert timeline.refresh.status is Status.SUCCESSFUL
    assert timeline.refresh.ended_at == 45 * MINUTE
    assert timeline.refresh.instances_to_update == 5
    assert min(sample.warm for sample in timeline.samples) == 8


def test_a_new_refresh_is_pending_and_counts_what_it_will_replace():
    refresh = start(SURGE, fleet(3), 100, can_roll_back=False)
    assert refresh.status is Status.PENDING
    assert refresh.instances_to_update == 3
    assert next_wakeup(refresh, fleet(3), 100) == 100


def test_at_100_percent_nothing_leaves_before_its_successor_is_warm():
    refresh, orders = begun(SURGE, fleet(4))
    assert orders.terminate == ()
    assert orders.capacity == 6
    assert orders.launch is Target.DESIRED
    booted = [new("a", in_service_since=90.0), new("b", in_service_since=90.0)]
    group = Fleet(4, [*fleet(4).servers, *booted])
    _, early = step(refresh, group, {}, 149)
    assert early.terminate == ()
    _, warm = step(refresh, group, {}, 150)
    assert set(warm.terminate) == {"old-0", "old-1"}
    assert warm.capacity == 6


def test_50_to_150_launches_four_and_takes_two_out_first():
    _, orders = begun(Preferences(min_healthy_percent=50, max_healthy_percent=150), fleet(4))
    assert len(orders.terminate) == 2
    assert orders.capacity - (4 - 2) == 4


def test_the_rest_of_a_batch_leaves_only_when_all_its_successors_are_warm():
    preferences = Preferences(min_healthy_percent=50, max_healthy_percent=150)
    refresh, orders = begun(preferences, fleet(4))
    old = [each for each in fleet(4).servers if each.id not in orders.terminate]
    booting = [new(name, lifecycle=Lifecycle.PENDING, in_service_since=None) for name in "bcd"]
    refresh, early = step(refresh, Fleet(4, [*old, new("a"), *booting]), {}, 60)
    assert early.terminate == ()
    _, late = step(refresh, Fleet(4, [*old, *(new(name) for name in "abcd")]), {}, 90)
    assert set(late.terminate) == {each.id for each in old}


def test_servers_that_cannot_leave_and_serve_nobody_do_not_raise_the_ceiling():
    stuck = [server(f"stuck-{number}", lifecycle=Lifecycle.PENDING, protected=True) for number in range(2)]
    _, orders = begun(Preferences(min_healthy_percent=80), Fleet(10, [*fleet(8).servers, *stuck]))
    assert (orders.capacity, orders.terminate) == (10, ())


def test_one_server_at_90_percent_is_replaced_although_nothing_is_left():
    _, orders = begun(Preferences(), fleet(1))
    assert orders.terminate == ("old-0",)
    assert orders.capacity == 1


def test_an_ailing_group_is_not_taken_below_its_floor():
    group = Fleet(
        10, [*fleet(8).servers, server("boot-0", lifecycle=Lifecycle.PENDING), server("sick-0", healthy=False)]
    )
    _, orders = begun(Preferences(min_healthy_percent=80), group)
    assert set(orders.terminate) == {"boot-0", "sick-0"}


def test_stepping_again_gives_the_same_orders_until_they_are_obeyed():
    group = fleet(10)
    refresh, orders = begun(Preferences(min_healthy_percent=80), group)
    assert step(refresh, group, {}, 0) == (refresh, orders)
    obeyed = Fleet(
        10,
        [
            replace(each, lifecycle=Lifecycle.TERMINATING) if each.id in orders.terminate else each
            for each in group.servers
        ],
    )
    after, later = step(refresh, obeyed, {}, 1)
    assert later.terminate == ()
    assert after.leaving == frozenset()


def test_to_go_first_are_the_fullest_zone_and_there_the_oldest_version():
    group = Fleet(
        5,
        [
            server("a1", zone="a", template_version=1),
            server("b1", zone="b", template_version=3, age_rank=0),
            server("b2", zone="b", template_version=2, age_rank=5),
            server("b3", zone="b", template_version=2, age_rank=4),
            server("c1", zone="c", template_version=1),
        ],
    )
    _, orders = begun(Preferences(min_healthy_percent=80), group)
    assert orders.terminate == ("b3",)
    _, two = begun(Preferences(min_healthy_percent=60), group)
    assert set(two.terminate) == {"b3", "b2"}


def test_a_zone_that_has_given_up_a_server_is_less_full():
    servers = [server(f"a{number}", zone="a", age_rank=number) for number in range(3)]
    servers += [server(f"b{number}", zone="b", age_rank=number) for number in range(2)]
    _, orders = begun(Preferences(min_healthy_percent=40), Fleet(5, servers))
    assert set(orders.terminate) == {"a0", "a1", "b0"}


def test_skip_matching_leaves_matching_servers_alone():
    group = Fleet(4, [server("old-0"), new("kept-0"), new("kept-1"), new("kept-2")])
    timeline = simulate(
        4, Preferences(min_healthy_percent=75, skip_matching=True), boot_seconds=30, servers=group.servers
    )
    assert [batch.size for batch in timeline.batches] == [1]
    assert timeline.samples[0].percentage == 75


def test_skip_matching_with_nothing_to_do_succeeds_at_once_without_baking():
    group = Fleet(2, [new("kept-0"), new("kept-1")])
    refresh, orders = begun(replace(SURGE, skip_matching=True, bake_seconds=600), group)
    assert refresh.status is Status.SUCCESSFUL
    assert (refresh.percentage_complete, refresh.ended_at, orders.terminate) == (100, 0, ())


def test_without_skip_matching_every_server_is_replaced():
    refresh, orders = begun(Preferences(min_healthy_percent=0), Fleet(2, [new("kept-0"), new("kept-1")]))
    assert refresh.status is Status.IN_PROGRESS
    assert set(orders.terminate) == {"kept-0", "kept-1"}


def test_a_group_without_capacity_succeeds_at_once():
    refresh, orders = begun(SURGE, Fleet(0, []))
    assert refresh.status is Status.SUCCESSFUL
    assert orders.capacity == 0


def test_a_group_whose_servers_have_all_died_waits_for_new_ones():
    timeline = simulate(2, replace(SURGE, skip_matching=True), boot_seconds=60, servers=())
    assert timeline.refresh.status is Status.SUCCESSFUL
    assert timeline.seconds == 120


def test_a_checkpoint_that_skipped_servers_have_passed_is_no_pause():
    servers = [server("old-0"), server("old-1"), new("kept-0"), new("kept-1")]
    preferences = replace(SURGE, skip_matching=True, checkpoint_percentages=(25, 50, 75, 100))
    timeline = simulate(4, preferences, boot_seconds=60, servers=servers)
    assert [pause.percentage for pause in timeline.pauses] == [75]


def test_checkpoints_that_fall_on_the_same_server_are_one_pause():
    preferences = replace(SURGE, checkpoint_percentages=(10, 50, 100), checkpoint_delay_seconds=300)
    timeline = simulate(2, preferences, boot_seconds=60)
    assert [(pause.at, pause.percentage) for pause in timeline.pauses] == [(120, 50)]


def test_a_batch_is_cut_so_that_it_does_not_overshoot_the_checkpoint():
    preferences = Preferences(min_healthy_percent=50, checkpoint_percentages=(30, 100), checkpoint_delay_seconds=60)
    timeline = simulate(10, preferences, boot_seconds=10)
    assert [batch.size for batch in timeline.batches] == [3, 5, 2]


def test_baking_watches_the_alarms():
    preferences = replace(UNDOING, bake_seconds=600, alarms=("web-5xx",))
    calm = simulate(2, preferences, boot_seconds=60)
    assert statuses(calm) == [Status.IN_PROGRESS, Status.BAKING, Status.SUCCESSFUL]
    assert calm.seconds == 2 * 120 + 600
    fired = simulate(2, preferences, boot_seconds=60, events=[AlarmChanges(400, "web-5xx", AlarmState.ALARM)])
    assert statuses(fired)[-2:] == [Status.ROLLBACK_IN_PROGRESS, Status.ROLLBACK_SUCCESSFUL]
    assert (fired.samples[-1].old, fired.samples[-1].new) == (2, 0)


def test_an_alarm_fails_a_refresh_that_must_not_roll_back_and_its_surge_goes():
    preferences = replace(SURGE, alarms=("web-5xx",))
    timeline = simulate(4, preferences, boot_seconds=60, events=[AlarmChanges(30, "web-5xx", AlarmState.ALARM)])
    assert timeline.refresh.status is Status.FAILED
    assert "web-5xx" in timeline.refresh.status_reason
    assert (timeline.samples[-1].old, timeline.samples[-1].new) == (4, 0)


def test_an_alarm_of_somebody_else_changes_nothing():
    timeline = simulate(2, SURGE, boot_seconds=60, events=[AlarmChanges(30, "other", AlarmState.ALARM)])
    assert timeline.refresh.status is Status.SUCCESSFUL


def test_an_alarm_without_data_holds_the_refresh_until_there_is_data():
    preferences = replace(SURGE, alarms=("web-5xx",))
    events = [
        AlarmChanges(30, "web-5xx", AlarmState.INSUFFICIENT_DATA),
        AlarmChanges(3000, "web-5xx", AlarmState.OK),
    ]
    timeline = simulate(2, preferences, boot_seconds=60, events=events)
    assert at(timeline, 2999).old == 2
    assert timeline.refresh.status is Status.SUCCESSFUL
    assert timeline.seconds == 3000 + 120


def test_the_time_without_data_is_not_held_against_the_servers():
    preferences = Preferences(min_healthy_percent=50, alarms=("web-5xx",))
    events = [
        AlarmChanges(30, "web-5xx", AlarmState.INSUFFICIENT_DATA),
        AlarmChanges(3625, "web-5xx", AlarmState.OK),
    ]
    timeline = simulate(2, preferences, boot_seconds=60, events=events)
    assert timeline.refresh.status is Status.SUCCESSFUL
    assert timeline.seconds == 3625 + 60


def test_an_alarm_without_data_for_an_hour_fails_the_refresh_even_while_baking():
    preferences = replace(SURGE, bake_seconds=7200, alarms=("web-5xx",))
    events = [AlarmChanges(500, "web-5xx", AlarmState.INSUFFICIENT_DATA)]
    timeline = simulate(2, preferences, boot_seconds=60, events=events)
    assert timeline.refresh.status is Status.FAILED
    assert timeline.seconds == 500 + STALL_SECONDS
    assert "web-5xx" in timeline.refresh.status_reason


def test_an_alarm_that_is_missing_counts_as_one_without_data():
    refresh, orders = begun(replace(SURGE, alarms=("gone",)), fleet(2))
    assert refresh.blind_since == 0
    assert orders.capacity == 2


def always_sick(_launch, target):
    return Life(60, sick_after=30 if target is Target.DESIRED else None)


def test_an_hour_without_progress_fails_the_refresh_and_the_floor_was_kept():
    timeline = simulate(4, replace(SURGE, instance_warmup_seconds=120), boot_seconds=60, life=always_sick)
    assert timeline.refresh.status is Status.FAILED
    assert "not healthy" in timeline.refresh.status_reason
    assert STALL_SECONDS <= timeline.seconds <= STALL_SECONDS + 60 + 120
    assert min(sample.warm for sample in timeline.samples) == 4
    assert timeline.samples[-1].total == 4


def test_a_stalled_refresh_rolls_back_when_asked_to():
    preferences = Preferences(min_healthy_percent=50, instance_warmup_seconds=120, auto_rollback=True)
    timeline = simulate(4, preferences, boot_seconds=60, life=always_sick)
    assert timeline.refresh.status is Status.ROLLBACK_SUCCESSFUL
    assert timeline.refresh.rollback is not None
    assert timeline.refresh.rollback.reason.startswith("no progress for 60 minutes")
    assert (timeline.samples[-1].old, timeline.samples[-1].new) == (4, 0)
    assert (timeline.refresh.percentage_complete, timeline.refresh.instances_to_update) == (0, 0)


def test_a_rollback_that_stalls_has_failed():
    preferences = Preferences(min_healthy_percent=50, instance_warmup_seconds=120, auto_rollback=True)
    timeline = simulate(4, preferences, boot_seconds=60, life=lambda _launch, _target: Life(60, sick_after=30))
    assert timeline.refresh.status is Status.ROLLBACK_FAILED
    assert timeline.refresh.status_reason.startswith("rollback failed: no progress")


def test_a_warm_up_of_two_hours_is_no_stall():
    timeline = simulate(2, replace(SURGE, instance_warmup_seconds=7200), boot_seconds=60)
    assert timeline.refresh.status is Status.SUCCESSFUL
    assert timeline.seconds == 2 * 7260


def test_a_checkpoint_delay_of_two_days_is_no_stall():
    preferences = replace(SURGE, checkpoint_percentages=(50, 100), checkpoint_delay_seconds=172_800)
    assert simulate(4, preferences, boot_seconds=60).refresh.status is Status.SUCCESSFUL


def test_a_refresh_ends_after_14_days():
    preferences = Preferences(min_healthy_percent=100, instance_warmup_seconds=86_400)
    timeline = simulate(20, preferences, boot_seconds=60)
    assert timeline.refresh.status is Status.FAILED
    assert timeline.seconds == LIMIT_SECONDS
    assert "14 days" in timeline.refresh.status_reason


def test_a_rollback_replaces_only_what_does_not_run_the_original():
    launched = []

    def life(_launch, target):
        launched.append(target)
        return Life(60)

    timeline = simulate(4, SURGE, boot_seconds=60, life=life, events=[RollBack(150)])
    before = at(timeline, 149)
    assert (before.old, before.new) == (2, 4)
    assert timeline.refresh.status is Status.ROLLBACK_SUCCESSFUL
    assert launched == [Target.DESIRED] * 4 + [Target.ORIGINAL] * 2
    assert (timeline.samples[-1].old, timeline.samples[-1].new) == (4, 0)
    assert min(sample.warm for sample in timeline.samples) == 4


def test_a_rollback_spares_servers_that_serve_although_they_are_not_warm_yet_while_the_floor_needs_them():
    wanted = Preferences(min_healthy_percent=75, max_healthy_percent=125, instance_warmup_seconds=600)
    refresh, _ = begun(wanted, fleet(4))
    fresh = [new("fresh-0", in_service_since=0.0), new("fresh-1", in_service_since=0.0)]
    stayed = [each for each in fleet(4).servers if each.id not in refresh.leaving][:2]
    group = Fleet(4, [*stayed, *fresh])
    _, orders = step(rollback(refresh, group, 1, "asked to"), group, {}, 1)
    assert len(orders.terminate) == 1, "three of four must go on serving"
    booting = replace(group, servers=[*stayed, new("boots", lifecycle=Lifecycle.PENDING), fresh[0]])
    _, orders = step(rollback(refresh, booting, 1, "asked to"), booting, {}, 1)
    assert orders.terminate == ("boots",), "what serves nobody goes at once, what serves holds the floor"


def test_a_rollback_keeps_bad_servers_that_serve_until_the_load_balancer_has_found_their_successors_healthy():
    wanted = Preferences(min_healthy_percent=100, max_healthy_percent=150, instance_warmup_seconds=600)
    refresh, _ = begun(wanted, fleet(4))
    bad = [new(f"bad-{n}", in_service_since=0.0) for n in range(2)]
    back = [server(f"back-{n}", in_service_since=1.0, receives_requests=False) for n in range(2)]
    group = Fleet(4, [*fleet(4).servers[:2], *bad, *back])
    _, orders = step(rollback(refresh, group, 1, "asked to"), group, {}, 1)
    assert orders.terminate == ()
    passed = replace(group, servers=[replace(each, receives_requests=True) for each in group.servers])
    _, orders = step(rollback(refresh, passed, 1, "asked to"), passed, {}, 1)
    assert sorted(orders.terminate) == ["bad-0", "bad-1"]


def test_the_percentage_falls_in_a_rollback_and_the_details_keep_where_it_was():
    timeline = simulate(
        10, replace(SURGE, max_healthy_percent=120), boot_seconds=60, events=[RollBack(370, "too slow")]
    )
    details = timeline.refresh.rollback
    assert details is not None
    assert (details.reason, details.started_at, details.percentage_complete) == ("too slow", 370, 60)
    assert details.instances_to_update == 4
    falling = [sample.percentage for sample in timeline.samples if sample.at >= 370]
    assert falling == sorted(falling, reverse=True)
    assert falling[0] == 60
    assert falling[-1] == 0
    assert at(timeline, timeline.seconds - 1).percentage == 20


def test_a_rollback_has_no_checkpoints_no_bake_time_and_no_alarms():
    preferences = replace(
        SURGE, checkpoint_percentages=(50, 100), bake_seconds=600, alarms=("web-5xx",), auto_rollback=True
    )
    timeline = simulate(4, preferences, boot_seconds=60, events=[AlarmChanges(200, "web-5xx", AlarmState.ALARM)])
    assert statuses(timeline) == [Status.IN_PROGRESS, Status.ROLLBACK_IN_PROGRESS, Status.ROLLBACK_SUCCESSFUL]
    assert timeline.seconds == 320


def test_a_rollback_is_refused_where_there_is_nothing_to_go_back_to():
    refresh, _ = begun(SURGE, fleet(2), can_roll_back=False)
    with pytest.raises(Irreversible):
        rollback(refresh, fleet(2), 10, "asked for")
    with pytest.raises(Irreversible):
        start(UNDOING, fleet(2), 0, can_roll_back=False)


def test_a_second_rollback_and_one_after_the_end_are_refused():
    refresh, _ = begun(SURGE, fleet(2))
    turned = rollback(refresh, fleet(2), 10, "asked for")
    with pytest.raises(NotActive):
        rollback(turned, fleet(2), 11, "again")
    ended, _ = step(turned, fleet(2), {}, 12)
    assert ended.status is Status.ROLLBACK_SUCCESSFUL
    with pytest.raises(NotActive):
        rollback(ended, fleet(2), 13, "again")
    with pytest.raises(NotActive):
        cancel(ended, 13)


def test_a_cancel_undoes_nothing_and_the_servers_above_the_capacity_that_serve_nobody_go():
    timeline = simulate(4, SURGE, boot_seconds=60, events=[Cancel(150)])
    assert timeline.refresh.status is Status.CANCELLED
    last = timeline.samples[-1]
    assert (last.old, last.new, last.warm) == (2, 2, 4)


def test_servers_above_the_capacity_stay_when_they_are_protected_or_hold_the_floor():
    refresh, _ = begun(SURGE, fleet(5))
    asked = cancel(refresh, 10)
    guarded = [new(f"guarded-{number}", protected=True) for number in range(3)]
    _, orders = step(asked, Fleet(2, [*fleet(2).servers, *guarded]), {}, 10)
    assert set(orders.terminate) == {"old-0", "old-1"}
    booting = [replace(each, lifecycle=Lifecycle.PENDING) for each in guarded]
    _, orders = step(asked, Fleet(2, [*fleet(2).servers, *booting]), {}, 10)
    assert orders.terminate == ()


def test_a_cancel_passes_through_cancelling_and_launches_the_original_again():
    refresh, _ = begun(SURGE, fleet(2))
    asked = cancel(refresh, 10)
    assert asked.status is Status.CANCELLING
    with pytest.raises(NotActive):
        cancel(asked, 10)
    ended, orders = step(asked, fleet(2), {}, 10)
    assert ended.status is Status.CANCELLED
    assert (orders.capacity, orders.launch) == (2, Target.ORIGINAL)


def test_a_rollback_can_be_cancelled():
    refresh, _ = begun(SURGE, fleet(2))
    turned = rollback(refresh, fleet(2), 10, "asked for")
    assert step(cancel(turned, 11), fleet(2), {}, 11)[0].status is Status.CANCELLED


def test_launches_use_the_desired_configuration_after_success_only():
    done, orders = begun(SURGE, Fleet(0, []))
    assert (done.status, orders.launch) == (Status.SUCCESSFUL, Target.DESIRED)
    turned = rollback(begun(SURGE, fleet(2))[0], fleet(2), 10, "asked for")
    assert step(turned, fleet(2), {}, 10)[1].launch is Target.ORIGINAL


@pytest.mark.parametrize("rule,replaced", [(ProtectedInstances.REFRESH, 4), (ProtectedInstances.IGNORE, 3)])
def test_protected_servers_are_replaced_or_ignored_as_asked(rule, replaced):
    timeline = simulate(4, replace(SURGE, scale_in_protected=rule), boot_seconds=60, events=[Protect(0, 1)])
    assert timeline.refresh.status is Status.SUCCESSFUL
    assert timeline.refresh.percentage_complete == 100
    assert timeline.samples[-1].new == replaced
    assert timeline.samples[-1].total == 4


def test_waiting_for_a_protected_server_fails_after_an_hour():
    timeline = simulate(4, SURGE, boot_seconds=60, events=[Protect(0, 1)])
    assert timeline.refresh.status is Status.FAILED
    assert "1 servers are protected" in timeline.refresh.status_reason
    assert timeline.samples[-1].new == 3


def test_waiting_for_a_protected_server_ends_when_it_is_released():
    timeline = simulate(4, SURGE, boot_seconds=60, events=[Protect(0, 1), Protect(1800, 0)])
    assert timeline.refresh.status is Status.SUCCESSFUL
    assert timeline.seconds == 1800 + 120


@pytest.mark.parametrize(
    "rule,status,left",
    [
        (StandbyInstances.IGNORE, Status.SUCCESSFUL, True),
        (StandbyInstances.TERMINATE, Status.SUCCESSFUL, False),
        (StandbyInstances.WAIT, Status.FAILED, True),
    ],
)
def test_standby_servers_are_ignored_terminated_or_waited_for(rule, status, left):
    servers = [*fleet(2).servers, server("resting", lifecycle=Lifecycle.STANDBY)]
    terminated = set()
    timeline = simulate(
        2,
        replace(SURGE, standby=rule),
        boot_seconds=60,
        servers=servers,
        observer=lambda tick: terminated.update(tick.orders.terminate),
    )
    assert timeline.refresh.status is status
    assert ("resting" not in terminated) is left


def test_a_scale_out_launches_the_desired_configuration_and_raises_the_bounds():
    timeline = simulate(4, SURGE, boot_seconds=60, events=[Scale(30, 8)])
    assert timeline.refresh.status is Status.SUCCESSFUL
    assert (timeline.samples[-1].old, timeline.samples[-1].new) == (0, 8)
    assert at(timeline, 30).new == 4


def test_a_scale_in_takes_old_servers_and_keeps_the_floor():
    timeline = simulate(8, SURGE, boot_seconds=60, events=[Scale(30, 4)])
    assert timeline.refresh.status is Status.SUCCESSFUL
    assert all(sample.warm >= 4 for sample in timeline.samples)
    assert timeline.samples[-1].total == 4


def test_scaling_to_zero_ends_the_refresh_well():
    timeline = simulate(4, SURGE, boot_seconds=60, events=[Scale(30, 0)])
    assert timeline.refresh.status is Status.SUCCESSFUL
    assert timeline.samples[-1].total == 0


def test_an_old_server_that_dies_is_replaced_by_a_new_one():
    timeline = simulate(4, replace(SURGE, max_healthy_percent=125), boot_seconds=60, events=[Kill(30)])
    assert timeline.refresh.status is Status.SUCCESSFUL
    assert (timeline.samples[-1].old, timeline.samples[-1].new) == (0, 4)
    assert sum(batch.size for batch in timeline.batches) <= 4


def test_a_new_server_that_dies_is_launched_again():
    timeline = simulate(4, SURGE, boot_seconds=60, events=[Kill(70, new=True)])
    assert timeline.refresh.status is Status.SUCCESSFUL
    assert timeline.samples[-1].new == 4
    assert timeline.seconds == 130 + 60 + 120


def test_an_ended_refresh_needs_no_wakeup():
    refresh, _ = begun(SURGE, Fleet(0, []))
    assert next_wakeup(refresh, Fleet(0, []), 0) is None


def test_the_next_wakeup_is_the_end_of_a_warm_up_and_else_the_stall():
    refresh, _ = begun(SURGE, fleet(4))
    assert next_wakeup(refresh, fleet(4), 0) == STALL_SECONDS
    warming = Fleet(4, [*fleet(4).servers, new("a", in_service_since=90.0), new("b", lifecycle=Lifecycle.PENDING)])
    refresh, _ = step(refresh, warming, {}, 90)
    assert next_wakeup(refresh, warming, 90) == 150
