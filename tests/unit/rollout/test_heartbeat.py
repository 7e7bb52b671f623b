"""The heartbeat of a gate: before a refresh starts, with each look at it, and never afterwards."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from strata.errors import PreflightError, RolloutError
from strata.rollout.servers.refresh import Status
from strata.rollout.servers.server_plan import preview_lines
from tests.unit.rollout.stand_in import IMAGE, POLL_SECONDS, RELEASE, Aws, Stage, rollout, running, servers, succeed

OLD = replace(RELEASE, template_version=1, digest="d1")
ALARM = "/strata/shop/prod/web/heartbeat"
GUARDED: dict[str, Any] = {"heartbeat_minutes": 5}


def counted(stage: Stage, *, after: int, state: str = "ALARM") -> None:
    """The alarm becomes OK when it has counted some heartbeats."""
    stage.aws.alarms[ALARM] = (state, "")
    note = partial(Aws.beat, stage.aws)

    def beat(heartbeat) -> None:
        note(heartbeat)
        if len(stage.aws.did("beat")) >= after:
            stage.aws.alarms[ALARM] = ("OK", "")

    stage.aws.beat = beat  # pyright: ignore[reportAttributeAccessIssue]


def nothing(_aws: Aws) -> None:
    """A look that sees no change."""


def order(aws: Aws) -> list[str]:
    return [call[0] for call in aws.calls]


@pytest.fixture
def stage() -> Stage:
    found = Stage()
    counted(found, after=3)
    return found


async def test_a_rollout_without_the_setting_has_no_heartbeat(stage):
    stage.aws.polls = [nothing, succeed]
    await stage.roll.next(rollout(alarms=()), OLD)
    assert stage.aws.did("beat") == []
    assert stage.aws.started[0].alarms == ()


async def test_it_begins_before_the_refresh_goes_on_through_the_watch_and_ends_with_it(stage):
    stage.aws.polls = [nothing] * 40 + [lambda aws: aws.turn(Status.BAKING, percentage=100)] * 20 + [succeed]
    await stage.roll.next(rollout(**GUARDED), OLD)
    assert order(stage.aws)[:4] == ["beat"] * 3 + ["start"]
    assert stage.aws.started[0].alarms == (ALARM,)
    assert len(stage.aws.did("beat")) == 3 + 60, "one with each look at a refresh that goes forward"
    assert order(stage.aws)[-1] == "beat"
    assert stage.console.warned == []


async def test_the_alarms_of_the_service_gate_it_too(stage):
    stage.aws.alarms["web-5xx"] = ("OK", "")
    stage.aws.polls = [succeed]
    await stage.roll.next(rollout(alarms=("web-5xx",), **GUARDED), OLD)
    assert stage.aws.started[0].alarms == ("web-5xx", ALARM)


async def test_an_alarm_that_was_ok_before_is_believed_after_three_minutes(stage):
    counted(stage, after=1, state="OK")
    began = stage.clock.now()
    stage.aws.polls = [succeed]
    await stage.roll.next(rollout(**GUARDED), OLD)
    assert stage.clock.now() - began == 180


async def test_an_alarm_that_the_heartbeat_made_ok_is_believed_at_once(stage):
    began = stage.clock.now()
    stage.aws.polls = [succeed]
    await stage.roll.next(rollout(**GUARDED), OLD)
    assert stage.clock.now() - began == 2 * POLL_SECONDS


async def test_an_alarm_that_never_sees_it_refuses_the_start(stage):
    counted(stage, after=1_000_000)
    with pytest.raises(PreflightError, match=f"alarm {ALARM} is ALARM after 900 s of heartbeats"):
        await stage.roll.next(rollout(**GUARDED), OLD)
    assert stage.aws.did("start") == []


async def test_an_alarm_that_is_not_there_refuses_it(stage):
    counted(stage, after=1_000_000)
    del stage.aws.alarms[ALARM]
    with pytest.raises(PreflightError, match=f"alarm {ALARM} does not exist"):
        await stage.roll.next(rollout(**GUARDED), OLD)
    assert stage.aws.did("start") == []


async def test_a_first_heartbeat_that_aws_refuses_refuses_it_and_names_the_permission(stage):
    stage.aws.refusals["beat"] = "AccessDenied"
    with pytest.raises(PreflightError, match="does not accept the gate's heartbeat: AccessDenied") as error:
        await stage.roll.next(rollout(**GUARDED), OLD)
    assert "cloudwatch:PutMetricData" in str(error.value)
    assert stage.aws.did("start") == []


async def test_a_heartbeat_that_fails_is_a_warning_and_no_verdict(stage):
    def refuse(aws: Aws) -> None:
        aws.refusals["beat"] = "InternalFailure"

    stage.aws.polls = [nothing, refuse, refuse, nothing, succeed]
    await stage.roll.next(rollout(**GUARDED), OLD)
    (warned,) = stage.console.warned
    assert "a heartbeat was not accepted (InternalFailure); EC2 takes the rollout back" in warned
    assert "web: heartbeats are accepted again" in stage.console.said
    assert stage.console.said[-1].startswith("web: rolled to web 1.5.0")


async def test_what_misses_it_fails_the_rollout_with_its_name(stage):
    stage.aws.polls = [nothing, lambda aws: aws.turn(Status.ROLLBACK_SUCCESSFUL, f"alarm {ALARM} is in ALARM")]
    with pytest.raises(RolloutError, match=f"was rolled back: alarm {ALARM} is in ALARM"):
        await stage.roll.next(rollout(**GUARDED), OLD)


async def test_a_rollback_needs_none(stage):
    back: list[Callable[[Aws], None]] = [lambda aws: aws.turn(Status.ROLLBACK_IN_PROGRESS)] * 9
    stage.aws.polls = [nothing, *back, lambda aws: aws.turn(Status.ROLLBACK_SUCCESSFUL)]
    with pytest.raises(RolloutError):
        await stage.roll.next(rollout(**GUARDED), OLD)
    assert len(stage.aws.did("beat")) == 3 + 1


async def test_an_up_that_adopts_the_refresh_sends_it_at_once(stage):
    stage.aws.history = [replace(running("r-7", "2"), alarms=(ALARM,))]
    stage.aws.polls = [nothing, nothing, succeed]
    began = stage.clock.now()
    await stage.roll.next(rollout(**GUARDED), OLD)
    assert order(stage.aws) == ["beat", "beat"]
    assert stage.clock.now() - began == 2 * POLL_SECONDS


async def test_also_when_the_setting_was_taken_off_meanwhile(stage):
    stage.aws.history = [replace(running("r-7", "2"), alarms=(ALARM,))]
    stage.aws.polls = [nothing, nothing, succeed]
    await stage.roll.next(rollout(), OLD)
    assert len(stage.aws.did("beat")) == 2


async def test_a_refresh_that_waits_for_none_gets_none(stage):
    stage.aws.history = [running("r-7", "2")]
    stage.aws.polls = [nothing, nothing, succeed]
    await stage.roll.next(rollout(**GUARDED), OLD)
    assert stage.aws.did("beat") == []


async def test_a_rollout_with_nothing_to_go_back_to_is_not_bound_to_it(stage):
    stage.aws.polls = [nothing, succeed]
    await stage.roll.first(rollout(**GUARDED))
    assert stage.aws.started[0].alarms == ()
    assert stage.aws.did("beat") == []
    assert "web: no heartbeat guards this rollout: there is nothing to go back to" in stage.console.said


async def test_an_alarm_in_alarm_is_no_trouble_when_nothing_is_to_be_replaced(stage):
    stage.aws.become(servers=servers(4, "2"), saved_version="2")
    await stage.roll.next(rollout(**GUARDED), RELEASE)
    assert stage.console.warned == []
    assert stage.aws.did("beat") == []


async def test_who_stops_watching_learns_that_it_goes_back(stage):
    stage.aws.polls = [nothing, succeed]
    await stage.roll.next(rollout(**GUARDED), OLD)
    (said,) = [line for line in stage.console.said if "rolling to" in line]
    assert said.endswith("press Ctrl-C twice to stop watching, it goes back by itself after 5 min without a heartbeat")


async def test_the_plan_names_it(stage):
    lines = await preview_lines(stage.calls, rollout(**GUARDED).spec, OLD, image=IMAGE, digest="d2")
    assert "  starts some minutes later, when the alarm of its heartbeat is OK" in lines
    assert any("stops on 5 min without a heartbeat of the gate" in line for line in lines)
    plain = await preview_lines(stage.calls, rollout().spec, OLD, image=IMAGE, digest="d2")
    assert not any("heartbeat" in line for line in plain)
