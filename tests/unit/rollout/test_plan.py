"""Plans of rollouts."""

import time
from dataclasses import replace

import pytest

from strata.rollout.servers.preferences import Preferences, ProtectedInstances, StandbyInstances
from strata.rollout.servers.refresh import LIMIT_SECONDS
from strata.rollout.servers.rollout_plan import plan_rollout

CALM = Preferences(scale_in_protected=ProtectedInstances.REFRESH, standby=StandbyInstances.IGNORE)


def plan(desired, *, boot=60, drain=0, **preferences):
    return plan_rollout(desired, replace(CALM, **preferences), boot_seconds=boot, drain_seconds=drain)


def warnings(found):
    return {warning.id for warning in found.warnings}


@pytest.mark.parametrize(
    "desired,lower,upper,sizes,low,high",
    [
        (10, 90, 100, [1] * 10, 9, 10),
        (10, 80, 100, [2] * 5, 8, 10),
        (10, 100, 100, [1] * 10, 10, 11),
        (10, 0, 100, [10], 0, 10),
        (4, 50, 150, [4], 2, 6),
        (10, 100, 110, [1] * 10, 10, 11),
        (10, 100, 125, [3, 3, 3, 1], 10, 13),
        (1, 90, 100, [1], 0, 1),
        (1, 100, 200, [1], 1, 2),
        (3, 67, 100, [1] * 3, 2, 3),
        (10, 90, 110, [2] * 5, 9, 11),
    ],
)
def test_known_groups_are_replaced_in_known_batches(desired, lower, upper, sizes, low, high):
    found = plan(desired, min_healthy_percent=lower, max_healthy_percent=upper)
    assert [batch.size for batch in found.batches] == sizes
    assert (found.lowest_capacity, found.highest_total) == (low, high)
    assert found.replaced == desired
    assert found.surge == high - desired


def test_the_estimate_is_boot_and_warm_up_of_each_batch_then_pauses_and_bake():
    found = plan(
        10,
        boot=90,
        drain=60,
        min_healthy_percent=100,
        max_healthy_percent=150,
        instance_warmup_seconds=30,
        checkpoint_percentages=(10, 100),
        checkpoint_delay_seconds=300,
        bake_seconds=600,
    )
    assert [(batch.at_seconds, batch.size) for batch in found.batches] == [(0, 1), (420, 5), (540, 4)]
    assert [(pause.at_seconds, pause.seconds, pause.percent) for pause in found.pauses] == [(120, 300, 10)]
    assert found.estimated_seconds == 3 * 120 + 300 + 600
    assert found.settled_seconds == found.estimated_seconds


def test_the_last_servers_drain_after_the_rollout_has_ended():
    found = plan(2, drain=60, min_healthy_percent=100, max_healthy_percent=100)
    assert found.settled_seconds == found.estimated_seconds + 60


def test_a_group_that_would_lose_its_last_server_is_an_outage():
    assert "rollout-outage" in warnings(plan(1, min_healthy_percent=90))
    assert "rollout-outage" in warnings(plan(4, min_healthy_percent=0))
    assert "cannot be refreshed without an outage" in plan(1, min_healthy_percent=90).warnings[0].text
    assert not warnings(plan(1, min_healthy_percent=100))


def test_a_floor_that_rounding_makes_impossible_is_named():
    found = plan(3, min_healthy_percent=67)
    assert warnings(found) == {"rollout-below-floor"}
    assert "floor of 3" in found.warnings[0].text
    assert not warnings(plan(3, min_healthy_percent=67, max_healthy_percent=134))


def test_more_than_45_minutes_is_called_long_and_14_days_impossible():
    exactly = plan(1, boot=45 * 60, min_healthy_percent=100)
    longer = plan(1, boot=45 * 60 + 1, min_healthy_percent=100)
    assert (warnings(exactly), warnings(longer)) == (set(), {"rollout-long"})
    endless = plan(500, boot=3000, min_healthy_percent=100)
    assert endless.estimated_seconds > LIMIT_SECONDS
    assert warnings(endless) == {"rollout-exceeds-limit"}


def test_servers_that_boot_longer_than_aws_waits_are_named():
    assert "rollout-stalls" in warnings(plan(1, boot=3600, min_healthy_percent=100))
    assert "rollout-stalls" not in warnings(plan(1, boot=3599, min_healthy_percent=100))


def test_a_last_checkpoint_under_100_leaves_servers_behind():
    found = plan(10, min_healthy_percent=80, checkpoint_percentages=(20, 50))
    assert found.replaced == 5
    assert "rollout-partial" in warnings(found)
    assert "replaces 5 of 10 servers in 3 batches of up to 2" in found.describe()


def test_waiting_for_protected_servers_is_named():
    assert "rollout-waits" in warnings(plan(4, scale_in_protected=ProtectedInstances.WAIT))
    assert "rollout-waits" in warnings(plan(4, standby=StandbyInstances.WAIT))


def test_an_empty_group_has_nothing_to_replace():
    found = plan(0)
    assert found.batches == ()
    assert found.estimated_seconds == 0
    assert found.describe() == ("no servers to replace",)


def test_the_description_says_what_a_reviewer_asks():
    found = plan(
        8,
        boot=90,
        min_healthy_percent=100,
        max_healthy_percent=125,
        instance_warmup_seconds=30,
        checkpoint_percentages=(10, 100),
        checkpoint_delay_seconds=300,
        bake_seconds=600,
        auto_rollback=True,
        alarms=("web-5xx",),
    )
    assert found.describe() == (
        "replaces 8 servers in 5 batches of up to 2",
        "keeps at least 8 of 8 healthy (floor 8), runs up to 10 at once (ceiling 10)",
        "pauses 5 min with 12 % replaced, after 2 min",
        "takes about 25 min, the last 10 min to bake",
        "stops on alarm web-5xx in ALARM: goes back to the release before",
        "stops on 60 min without a further healthy new server: goes back to the release before",
    )


def test_a_rollout_of_ten_thousand_servers_one_at_a_time_is_planned_at_once():
    began = time.perf_counter()
    found = plan(10_000, min_healthy_percent=100, max_healthy_percent=100)
    assert time.perf_counter() - began < 1
    assert len(found.batches) == 10_000
    assert found.estimated_seconds == 600_000
