"""When the gate gives up on a rollout by itself."""

from dataclasses import replace

import pytest

from strata.rollout.health_gate import HealthGate, Poll
from strata.rollout.servers.refresh import FORWARD, Status
from strata.rollout.servers.server_spec import ServerSpec
from strata.settings.models import HealthSettings, RolloutSettings


def spec(**settings: object) -> ServerSpec:
    return ServerSpec(
        service="web",
        settings=RolloutSettings.model_validate({"progress_deadline_seconds": 600, **settings}),
        health=HealthSettings(),
        boot_seconds=60,
        drain_seconds=60,
        record="/strata/shop/dev/web/release",
    )


def poll(
    at: float, *, healthy: int, new: int = 0, old: int = 4, desired: int = 4, status: Status = Status.IN_PROGRESS
) -> Poll:
    return Poll(
        at=at,
        going_forward=status in FORWARD,
        baking=status is Status.BAKING,
        percentage=0,
        desired=desired,
        old=old,
        healthy_new=new,
        healthy=healthy,
    )


def test_two_polls_under_the_floor_end_the_rollout() -> None:
    gate = HealthGate(spec())
    assert gate.observe(poll(0, healthy=4)) is None
    assert gate.observe(poll(15, healthy=3)) is None
    assert gate.observe(poll(30, healthy=3)) == "3 healthy, under the floor of 4"


def test_one_poll_under_the_floor_does_not() -> None:
    gate = HealthGate(spec())
    for at, healthy in ((0, 4), (15, 3), (30, 4), (45, 3), (60, 4)):
        assert gate.observe(poll(at, healthy=healthy)) is None


@pytest.mark.parametrize("failed, words", [(1, "1 server of the new"), (3, "3 servers of the new")])
def test_a_release_that_waits_and_goes_on_failing_is_stopped_at_once_for_that(failed: int, words: str) -> None:
    seen = replace(poll(0, healthy=4, new=4), failed=failed)
    assert HealthGate(spec()).observe(seen) == f"{words} release failed, of 4 desired"
    assert HealthGate(spec()).observe(replace(seen, going_forward=False)) is None


def test_a_fleet_that_was_sick_before_is_not_judged_until_it_is_well() -> None:
    gate = HealthGate(spec())
    for at, healthy in ((0, 1), (15, 1), (30, 2), (45, 4), (60, 3)):
        assert gate.observe(poll(at, healthy=healthy)) is None
    assert gate.observe(poll(75, healthy=3)) is not None


def test_the_way_back_from_a_release_that_never_worked_is_not_stopped_because_its_servers_come_and_go() -> None:
    gate = HealthGate(spec(), cure=True)
    for at, healthy in ((0, 4), (15, 4), (30, 0), (45, 1), (60, 0), (75, 4), (90, 0), (105, 0)):
        assert gate.observe(poll(at, healthy=healthy)) is None
    assert "within 750 s" in (gate.observe(poll(750, healthy=0)) or "")


def test_servers_of_a_fresh_scale_out_are_given_time_to_boot() -> None:
    gate = HealthGate(spec())
    assert gate.observe(poll(0, healthy=4)) is None
    for at in (15, 30, 60, 120):
        assert gate.observe(poll(at, healthy=4, desired=8)) is None


def test_a_scale_out_that_never_boots_counts_in_the_end() -> None:
    gate = HealthGate(spec(progress_deadline_seconds=3600))
    gate.observe(poll(0, healthy=4))
    verdicts = [gate.observe(poll(at, healthy=4, desired=8)) for at in range(15, 300, 15)]
    assert verdicts[-1] == "4 healthy, under the floor of 8"


def test_no_further_healthy_server_within_the_deadline_ends_the_rollout() -> None:
    gate = HealthGate(spec())
    assert gate.observe(poll(0, healthy=4)) is None
    assert gate.observe(poll(300, healthy=5, new=1)) is None
    assert gate.observe(poll(1049, healthy=5, new=1)) is None
    assert (
        gate.observe(poll(1050, healthy=5, new=1)) == "no further server of the new release became healthy within 750 s"
    )


def test_a_new_server_that_comes_and_goes_is_no_progress() -> None:
    gate = HealthGate(spec())
    gate.observe(poll(0, healthy=5, new=1))
    verdicts = [gate.observe(poll(at, healthy=4 + at % 2, new=at % 2)) for at in range(1, 752)]
    assert verdicts[-1] is not None


def test_the_pause_of_a_checkpoint_is_no_standstill() -> None:
    gate = HealthGate(spec(checkpoint_percentages=(50, 100), checkpoint_delay_seconds=900))
    gate.observe(poll(0, healthy=4, new=2, old=2))
    assert gate.observe(poll(1649, healthy=4, new=2, old=2)) is None
    assert gate.observe(poll(1650, healthy=4, new=2, old=2)) is not None


def test_baking_is_no_standstill_but_the_floor_holds() -> None:
    gate = HealthGate(spec())
    gate.observe(poll(0, healthy=4, new=4, old=0))
    assert gate.observe(poll(5000, healthy=4, new=4, old=0, status=Status.BAKING)) is None
    assert gate.observe(poll(5015, healthy=3, new=3, old=0, status=Status.BAKING)) is None
    assert gate.observe(poll(5030, healthy=3, new=3, old=0, status=Status.BAKING)) is not None


@pytest.mark.parametrize(
    "status", [status for status in Status if status.terminal or "Rollback" in status or status is Status.CANCELLING]
)
def test_a_rollout_on_its_way_out_is_left_alone(status: Status) -> None:
    gate = HealthGate(spec())
    gate.observe(poll(0, healthy=4))
    assert [gate.observe(poll(at, healthy=0, status=status)) for at in (15, 30, 45)] == [None] * 3
