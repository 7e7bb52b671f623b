"""A gate between AWS and the weather: outages, lost answers, and what is gone or only seems to be."""

import threading
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from strata.aws.outage import Patience
from strata.errors import BusyError, RolloutError
from strata.rollout.roll import Roll
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.refresh import Status
from strata.rollout.servers.server_deployer import ServerDeployer
from tests.unit.rollout.stand_in import (
    POLL_SECONDS,
    RELEASE,
    Aws,
    Refused,
    Stage,
    roll_back,
    rollout,
    running,
    servers,
    succeed,
)

OLD = replace(RELEASE, template_version=1, digest="d1")


class Unavailable(Refused):
    """AWS's answer with a status of 503."""

    def __init__(self) -> None:
        super().__init__("ServiceUnavailable")
        metadata: Any = {"HTTPStatusCode": 503}
        self.response["ResponseMetadata"] = metadata


@dataclass
class Weather:
    """Makes calls of the stand-in fail for a while, and forgets the answers of some that AWS has acted upon."""

    aws: Aws
    left: dict[str, int]
    lost: dict[str, int] = field(default_factory=dict[str, int])

    def __getattr__(self, name: str) -> Any:
        real = getattr(self.aws, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            if self.left.get(name, 0) > 0:
                self.left[name] -= 1
                raise Unavailable
            answer = real(*args, **kwargs)
            if self.lost.get(name, 0) > 0:
                self.lost[name] -= 1
                raise Unavailable
            return answer

        return call


@pytest.fixture
def stage() -> Stage:
    return Stage()


def roll(stage: Stage, *, failing: dict[str, int] | None = None, lost: dict[str, int] | None = None) -> Roll:
    driver: Any = Weather(stage.aws, failing or {}, lost or {})
    patience = Patience(stage.clock, stage.console.say, pause_seconds=POLL_SECONDS)
    aws = AsyncDriver(driver, lambda: None, patience)
    deployer = ServerDeployer(aws, stage.clock, stage.console, POLL_SECONDS)
    return Roll(deployer, stage.clock, stage.console, POLL_SECONDS)


@pytest.mark.parametrize(
    "call", ["refreshes", "refresh", "group", "release_digests", "alarm_states", "image", "start_refresh"]
)
async def test_twenty_minutes_without_an_answer_end_no_rollout(stage, call):
    stage.aws.polls = [succeed]
    stage.aws.alarms = {"web-5xx": ("OK", "")}
    await roll(stage, failing={call: 80}).next(rollout(alarms=("web-5xx",)), OLD)
    assert stage.aws.did("start") == [(2,)]
    reports = [each for each in stage.console.said if each.startswith("no answer from AWS")]
    assert len(reports) == 20
    assert "AWS answers again after 20 min" in stage.console.said


async def test_after_half_an_hour_the_gate_gives_up_saying_what_it_saw_last(stage):
    stage.aws.polls = [lambda aws: aws.turn(Status.IN_PROGRESS, percentage=40)]
    story = roll(stage)
    weather: Any = story._aws.driver
    stage.aws.polls.append(lambda aws: weather.left.update(refresh=10_000))
    with pytest.raises(RolloutError) as error:
        await story.next(rollout(), OLD)
    assert "AWS has not answered for 30 min" in error.value.message
    assert "last seen: web to 1.5.0: InProgress 40 %, 4 healthy (0 new) of 4, 4 in all" in error.value.message
    assert "a rollout that was started goes on in AWS" in error.value.message
    assert "adopts the rollout where it is" in str(error.value)


async def test_time_in_which_nothing_could_be_seen_is_no_lack_of_progress(stage):
    """With a deadline of 840 s and an outage of 20 minutes."""
    story = roll(stage)
    weather: Any = story._aws.driver
    stage.aws.polls = [lambda _aws: weather.left.update(group=80), lambda _aws: None, lambda _aws: None, succeed]
    await story.next(rollout(progress_deadline_seconds=600), OLD)
    assert stage.aws.did("roll back") == []


async def test_servers_of_a_first_release_are_given_the_time_of_an_outage_too(stage):
    stage.aws.become(saved_version="2", servers=servers(3, "2"))
    story = roll(stage)
    weather: Any = story._aws.driver
    looks = iter(range(100))
    known = stage.aws.group

    def group(name):
        look = next(looks)
        if look == 1:
            weather.left["group"] = 80
        if look == 3:
            stage.aws.become(servers=servers(4, "2"))
        return known(name)

    stage.aws.group = group
    await story.first(rollout(progress_deadline_seconds=300))
    assert "web: 4 of 4 servers healthy on web 1.5.0 (ami-0123456789abcdef0)" in stage.console.said


async def test_a_refresh_whose_start_was_not_heard_of_is_found_and_followed(stage):
    stage.aws.polls = [succeed]
    await roll(stage, lost={"start_refresh": 1}).next(rollout(), OLD)
    assert stage.aws.did("start") == [(2,)]
    assert any("rolling to web 1.5.0 (ami-0123456789abcdef0) as refresh r-1" in each for each in stage.console.said)


async def test_a_start_that_botocore_repeated_by_itself_is_found_and_followed(stage):
    """Its second request meets the refresh that the first, whose answer was lost, has started."""
    real = stage.aws.start_refresh

    def start(*args: Any) -> str:
        real(*args)
        raise Refused("InstanceRefreshInProgress")

    stage.aws.start_refresh = start
    stage.aws.polls = [succeed]
    await roll(stage).next(rollout(), OLD)
    assert stage.aws.did("start") == [(2,)]


async def test_a_refresh_of_somebody_else_is_not_taken_for_the_one_that_was_not_heard_of(stage):
    def start(*_args: Any) -> str:
        stage.aws.history.insert(0, running("r-9", "3"))
        raise Refused("InstanceRefreshInProgress")

    stage.aws.start_refresh = start
    with pytest.raises(BusyError, match="another refresh began at this moment"):
        await roll(stage).next(rollout(), OLD)


async def test_a_refresh_of_last_week_is_not_taken_for_the_one_that_was_not_heard_of(stage):
    stage.aws.history = [replace(running("r-0", "2"), status=Status.CANCELLED)]
    stage.aws.polls = [succeed]
    await roll(stage, failing={"start_refresh": 1}).next(rollout(), OLD)
    assert stage.aws.did("start") == [(2,)]
    assert stage.aws.history[0].id == "r-2"


def under_the_floor(aws: Aws) -> None:
    aws.become(servers=(*servers(3, "1"), *servers(1, "2", healthy=False)))


def back_on_it(aws: Aws) -> None:
    aws.become(servers=servers(4, "1"))


async def test_a_rollback_that_aws_does_not_take_for_a_minute_is_asked_for_until_it_does(stage):
    stage.aws.polls = [back_on_it, under_the_floor, under_the_floor, *[lambda _aws: None] * 4, roll_back]
    with pytest.raises(RolloutError, match="was rolled back"):
        await roll(stage, failing={"roll_back": 4}).next(rollout(), OLD)
    assert len(stage.aws.did("roll back")) == 1


async def test_a_rollback_whose_answer_is_lost_is_asked_for_once_and_not_cancelled(stage):
    stage.aws.polls = [back_on_it, under_the_floor, under_the_floor, lambda _aws: None, roll_back]
    with pytest.raises(RolloutError, match="was rolled back"):
        await roll(stage, lost={"roll_back": 1}).next(rollout(), OLD)
    assert [call[0] for call in stage.aws.calls] == ["start", "roll back"]


async def test_a_rollback_asked_for_twice_by_botocore_is_not_cancelled(stage):
    real = stage.aws.roll_back

    def twice(group: str) -> None:
        real(group)
        raise Refused("IrreversibleInstanceRefresh")

    stage.aws.roll_back = twice
    stage.aws.polls = [back_on_it, under_the_floor, under_the_floor, lambda _aws: None, roll_back]
    with pytest.raises(RolloutError, match="was rolled back"):
        await roll(stage).next(rollout(), OLD)
    assert stage.aws.did("cancel") == []


@pytest.mark.parametrize(
    "settings,call,operation",
    [
        ({}, "roll_back", "rollback-instance-refresh"),
        ({"auto_rollback": False}, "cancel", "cancel-instance-refresh"),
    ],
)
async def test_a_rollout_that_cannot_be_stopped_says_loudly_what_to_run(stage, settings, call, operation):
    stage.aws.polls = [back_on_it, under_the_floor, under_the_floor]
    with pytest.raises(RolloutError, match="AWS has not answered for 30 min"):
        await roll(stage, failing={call: 10_000}).next(rollout(**settings), OLD)
    (loud,) = [each for each in stage.console.warned if "COULD NOT BE STOPPED" in each]
    assert f"aws autoscaling {operation} --auto-scaling-group-name web-1" in loud


@pytest.mark.parametrize("refusal", ["AccessDenied"])
async def test_a_stop_that_aws_refuses_says_loudly_what_to_run(stage, refusal):
    stage.aws.polls = [back_on_it, under_the_floor, under_the_floor]
    stage.aws.refusals["roll back"] = refusal
    with pytest.raises(Refused, match=refusal):
        await roll(stage).next(rollout(), OLD)
    assert any("rollback-instance-refresh --auto-scaling-group-name web-1" in each for each in stage.console.warned)


async def test_superseding_is_asked_for_until_it_is_taken(stage):
    stage.aws.history = [running("r-7", "3")]
    stage.aws.polls = [*[lambda _aws: None] * 4, succeed]
    await roll(stage, failing={"cancel": 3}).next(rollout(on_in_progress="supersede"), OLD)
    assert [call[0] for call in stage.aws.calls] == ["cancel", "start"]


async def test_saving_a_version_is_repeated(stage):
    stage.aws.digests["2"] = stage.aws.digests["1"] = "d2"
    await roll(stage, failing={"save_version": 2}, lost={"save_version": 1}).next(rollout(), OLD)
    assert set(stage.aws.calls) == {("save", 2)}


@pytest.mark.parametrize("empty,ends", [(1, False), (2, False), (3, True)])
async def test_one_empty_answer_about_the_group_ends_no_gate(stage, empty, ends):
    stage.aws.polls = [succeed]
    known, answers = stage.aws.group, iter([None] * empty)
    stage.aws.group = lambda name: next(answers, known(name))
    if ends:
        with pytest.raises(RolloutError, match="group web-1 does not exist any more"):
            await roll(stage).next(rollout(), OLD)
    else:
        await roll(stage).next(rollout(), OLD)
        assert stage.aws.did("start") == [(2,)]


@pytest.mark.parametrize("empty,ends", [(1, False), (3, True)])
async def test_one_empty_answer_about_the_refresh_ends_no_gate(stage, empty, ends):
    stage.aws.polls = [succeed]
    known, answers = stage.aws.refresh, iter([None] * empty)
    stage.aws.refresh = lambda group, identity: next(answers, known(group, identity))
    if ends:
        with pytest.raises(RolloutError, match="AWS knows no instance refresh r-1 of group web-1 any more"):
            await roll(stage).next(rollout(), OLD)
    else:
        await roll(stage).next(rollout(), OLD)


def watched(aws: Aws) -> None:
    aws.history[0] = replace(aws.history[0], alarms=("web-5xx", "web-slow"))


def delete_alarm(aws: Aws) -> None:
    del aws.alarms["web-5xx"]


async def test_an_alarm_that_is_deleted_during_the_rollout_is_reported_as_that(stage):
    stage.aws.alarms = {"web-5xx": ("OK", ""), "web-slow": ("OK", "")}
    stage.aws.polls = [watched, delete_alarm, lambda _aws: None, roll_back]
    with pytest.raises(RolloutError, match=r"was rolled back: web-5xx gated the rollout and was deleted"):
        await roll(stage).next(rollout(alarms=("web-5xx", "web-slow")), OLD)
    assert len(stage.aws.did("roll back")) == 1


async def test_one_answer_without_an_alarm_is_no_deletion(stage):
    stage.aws.alarms = {"web-5xx": ("OK", ""), "web-slow": ("OK", "")}

    def back(aws: Aws) -> None:
        aws.alarms["web-5xx"] = ("OK", "")

    stage.aws.polls = [watched, delete_alarm, back, succeed]
    await roll(stage).next(rollout(alarms=("web-5xx", "web-slow")), OLD)
    assert stage.aws.did("roll back") == []


async def test_a_topic_out_of_reach_holds_up_nothing(stage):
    stage.aws.polls = [succeed]
    began = stage.clock.now()
    await roll(stage, failing={"publish": 10_000}).next(rollout(topic="arn:topic"), OLD)
    assert stage.clock.now() == began
    assert any("could not be notified" in each for each in stage.console.warned)


async def test_the_reason_of_a_rollback_is_not_lost_over_the_groups_activities(stage):
    stage.aws.polls = [roll_back]
    with pytest.raises(RolloutError, match=r"was rolled back: alarm web-5xx is in ALARM; the group's activities could"):
        await roll(stage, failing={"last_trouble": 10_000}).next(rollout(), OLD)


async def test_a_topic_that_does_not_answer_blinds_no_gate(stage):
    """The first message hangs until the rollout has ended."""
    ended, told = threading.Event(), stage.aws.publish

    def publish(topic: str, subject: str, message: str) -> None:
        assert ended.wait(30)
        told(topic, subject, message)

    def end(aws: Aws) -> None:
        succeed(aws)
        ended.set()

    stage.aws.publish = publish
    stage.aws.polls = [lambda aws: None, end]
    await roll(stage).next(rollout(topic="arn:topic"), OLD)
    assert [subject for subject, _ in stage.aws.did("publish")] == ["web rollout started", "web rollout succeeded"]


async def test_subscribers_hear_that_a_gate_gave_up_on_an_outage(stage):
    with pytest.raises(RolloutError, match="a rollout that was started goes on in AWS"):
        await roll(stage, failing={"refresh": 10_000}).next(rollout(topic="arn:topic"), OLD)
    (began, message), (subject, last) = stage.aws.did("publish")
    assert (began, message) == ("web rollout started", f"web: rolling to {RELEASE.image}")
    assert subject == "web rollout no longer watched"
    assert "a rollout that was started goes on in AWS" in last


async def test_subscribers_hear_that_a_rollout_could_not_be_stopped(stage):
    stage.aws.polls = [back_on_it, under_the_floor, under_the_floor]
    stage.aws.refusals["roll back"] = "AccessDenied"
    with pytest.raises(Exception, match="AccessDenied"):
        await roll(stage).next(rollout(topic="arn:topic"), OLD)
    assert [subject for subject, _ in stage.aws.did("publish")][-1] == "web rollout no longer watched"


async def test_subscribers_hear_of_a_refusal_while_the_end_is_judged(stage):
    def refuse(aws: Aws) -> None:
        succeed(aws)
        aws.become(saved_version="1")
        aws.refusals["save"] = "AccessDenied"
        aws.digests["1"] = "d2"

    stage.aws.polls = [refuse]
    with pytest.raises(Exception, match="AccessDenied"):
        await roll(stage).next(rollout(topic="arn:topic"), OLD)
    assert [subject for subject, _ in stage.aws.did("publish")][-1] == "web rollout failed"


async def test_an_outage_of_sns_too_hides_no_reason_of_the_gate(stage):
    failing = {"refresh": 10_000, "publish": 10_000}
    with pytest.raises(RolloutError, match="a rollout that was started goes on in AWS"):
        await roll(stage, failing=failing).next(rollout(topic="arn:topic"), OLD)
    assert any("arn:topic could not be notified" in each for each in stage.console.warned)
