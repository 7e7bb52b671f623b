"""From whatever state a fleet is in to the release asked for, or an error that says why not."""

from dataclasses import replace

import pytest

from strata.errors import BusyError, PreflightError, RolloutError
from strata.rollout.gated_service import DesiredRelease
from strata.rollout.servers.refresh import Status
from strata.settings.models import AlarmGate
from tests.unit.rollout.stand_in import (
    IMAGE,
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


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def test_a_first_deployment_waits_for_every_server(stage):
    stage.aws.become(saved_version="2", servers=servers(3, "2"))
    polls = iter(range(3))
    known = stage.aws.group

    def group(name):
        if next(polls, None) is None:
            stage.aws.become(servers=servers(4, "2"))
        return known(name)

    stage.aws.group = group
    await stage.roll.first(rollout())
    assert stage.console.said == ["web: 4 of 4 servers healthy on web 1.5.0 (ami-0123456789abcdef0)"]
    assert stage.aws.calls == []


async def test_a_first_deployment_that_gets_nowhere_names_the_groups_last_trouble(stage):
    stage.aws.become(saved_version="2", servers=servers(4, "2", healthy=False))
    stage.aws.trouble = "Launching a new EC2 instance: InsufficientInstanceCapacity"
    began = stage.clock.now()
    with pytest.raises(
        RolloutError, match=r"0 of 4 servers became healthy .* within 540 s; .*InsufficientInstanceCapacity"
    ):
        await stage.roll.first(rollout(progress_deadline_seconds=300))
    assert stage.clock.now() - began == 540


async def test_a_first_deployment_on_another_release_rolls_without_anything_to_go_back_to(stage):
    stage.aws.polls = [succeed]
    await stage.roll.first(rollout())
    (preferences,) = stage.aws.started
    assert not preferences.auto_rollback
    assert preferences.skip_matching


async def test_a_rollout_starts_a_numbered_version_and_follows_it_to_the_end(stage):
    stage.aws.polls = [lambda aws: None, succeed]
    await stage.roll.next(rollout(), OLD)
    assert stage.aws.did("start") == [(2,)]
    assert stage.aws.started[0].auto_rollback
    assert stage.console.said[-1].startswith("web: rolled to web 1.5.0")


async def test_a_release_that_every_server_runs_is_saved_and_replaces_none(stage):
    stage.aws.digests["2"] = stage.aws.digests["1"] = "d2"
    await stage.roll.next(rollout(), OLD)
    assert stage.aws.calls == [("save", 2)]


async def test_a_version_that_is_saved_already_is_not_saved_again(stage):
    stage.aws.become(servers=servers(4, "2"), saved_version="2")
    await stage.roll.next(rollout(), OLD)
    assert stage.aws.calls == []


async def test_one_server_on_another_release_makes_it_a_rollout(stage):
    stage.aws.become(servers=(*servers(3, "2"), *servers(1, "1")), saved_version="2")
    stage.aws.polls = [succeed]
    await stage.roll.next(rollout(), OLD)
    assert stage.aws.did("start") == [(2,)]


async def test_a_rolled_back_rollout_fails_with_the_reason(stage):
    stage.aws.polls = [roll_back]
    stage.aws.trouble = "Terminating EC2 instance: i-1: failed a health check"
    with pytest.raises(
        RolloutError, match="was rolled back: alarm web-5xx is in ALARM; the group's last trouble"
    ) as error:
        await stage.roll.next(rollout(), OLD)
    assert "the record still names the release before" in str(error.value)


@pytest.mark.parametrize(
    "status,words",
    [
        (Status.FAILED, "failed; the fleet is mixed"),
        (Status.CANCELLED, "was cancelled; the fleet is mixed"),
        (Status.ROLLBACK_FAILED, "failed, and so did its rollback"),
    ],
)
async def test_every_other_end_fails_too(stage, status, words):
    stage.aws.polls = [lambda aws: aws.turn(status)]
    with pytest.raises(RolloutError, match=words):
        await stage.roll.next(rollout(), OLD)


async def test_row_25_the_word_of_aws_is_not_enough_when_a_server_runs_something_else(stage):
    def claim(aws: Aws) -> None:
        aws.become(servers=(*servers(3, "2"), *servers(1, "1")), saved_version="2")
        aws.turn(Status.SUCCESSFUL, percentage=100)

    stage.aws.polls = [claim]
    with pytest.raises(RolloutError, match="AWS reports success, but 1 servers do not run"):
        await stage.roll.next(rollout(), OLD)


async def test_row_25_nor_when_the_group_launches_something_else(stage):
    def claim(aws: Aws) -> None:
        aws.become(servers=servers(4, "2"))
        aws.turn(Status.SUCCESSFUL, percentage=100)

    stage.aws.polls = [claim]
    with pytest.raises(RolloutError, match="the group launches template version 1"):
        await stage.roll.next(rollout(), OLD)


async def test_a_running_refresh_for_this_release_is_taken_up(stage):
    stage.aws.history = [running("r-7", "2")]
    stage.aws.polls = [succeed]
    await stage.roll.next(rollout(), OLD)
    assert stage.aws.calls == []
    assert "web: adopting refresh r-7, 0 % done" in stage.console.said


@pytest.mark.parametrize(
    "newest, image, made",
    [(2, "another", 2), (1, "another", 2), (3, IMAGE.id, 3), (3, "another", 4)],
    ids=["newest", "listed late", "same", "in the way"],
)
async def test_a_release_that_something_newer_is_in_the_way_of_gets_a_copy(stage, newest, image, made):
    stage.aws.newest_version = lambda _template: (newest, {"InstanceType": "t3.small", "ImageId": image})
    stage.aws.copy_version = lambda _template, version: 4 if version == 2 else pytest.fail("another was copied")
    assert await stage.deployer.made_newest("web", RELEASE) == replace(RELEASE, template_version=made)
    assert stage.console.said == (["web: version 4 of the launch template launches what version 2 does"] * (made == 4))
    assert await stage.deployer.is_there(RELEASE)
    assert not await stage.deployer.is_there(replace(RELEASE, template_version=9))


async def test_what_a_killed_up_has_left_is_named_while_it_runs_and_when_it_has_come(stage):
    asked = DesiredRelease("web-1", RELEASE.image, "d2")
    assert await stage.deployer.brought_by(asked) == ""
    stage.aws.history = [running("r-7", "3")]
    assert await stage.deployer.brought_by(asked) == ""
    stage.aws.history = [running("r-7", "2")]
    assert await stage.deployer.brought_by(asked) == "Refresh r-7 to 1.5.0 is still running (InProgress)"
    stage.aws.history = []
    stage.aws.become(saved_version="2")
    assert await stage.deployer.brought_by(asked) == "The group launches 1.5.0 already"
    assert await stage.deployer.brought_by(replace(asked, template="lt-9")) == ""


async def test_row_05_a_running_refresh_for_another_release_fails_the_rollout(stage):
    stage.aws.history = [running("r-7", "3")]
    with pytest.raises(BusyError, match="refresh r-7 to template version 3 is running"):
        await stage.roll.next(rollout(), OLD)
    assert stage.aws.calls == []


async def test_row_05_or_is_cancelled_first(stage):
    stage.aws.history = [running("r-7", "3")]
    stage.aws.polls = [lambda aws: None, succeed]
    await stage.roll.next(rollout(on_in_progress="supersede"), OLD)
    assert [call[0] for call in stage.aws.calls] == ["cancel", "start"]


async def test_row_05_or_is_waited_for(stage):
    stage.aws.history = [running("r-7", "3")]
    stage.aws.polls = [lambda aws: None, lambda aws: aws.turn(Status.SUCCESSFUL), succeed]
    await stage.roll.next(rollout(on_in_progress="wait"), OLD)
    assert [call[0] for call in stage.aws.calls] == ["start"]
    assert stage.console.ticks[0] == "waiting for refresh r-7 to end: InProgress, 0 %"


async def test_a_scheduled_refresh_is_superseded_whatever_the_settings_say(stage):
    stage.aws.history = [running("r-7", None)]
    stage.aws.polls = [lambda aws: None, succeed]
    await stage.roll.next(rollout(on_in_progress="fail"), OLD)
    assert [call[0] for call in stage.aws.calls] == ["cancel", "start"]


async def test_a_refresh_that_ends_while_it_is_being_cancelled_is_no_error(stage):
    stage.aws.history = [running("r-7", None)]
    stage.aws.refusals["cancel"] = "ActiveInstanceRefreshNotFound"
    stage.aws.polls = [lambda aws: aws.turn(Status.SUCCESSFUL), succeed]
    await stage.roll.next(rollout(), OLD)
    assert [call[0] for call in stage.aws.calls] == ["start"]


async def test_a_refresh_on_its_way_back_is_waited_for(stage):
    stage.aws.history = [running("r-7", "3", Status.ROLLBACK_IN_PROGRESS)]
    stage.aws.polls = [lambda aws: None, lambda aws: aws.turn(Status.ROLLBACK_SUCCESSFUL), succeed]
    await stage.roll.next(rollout(), OLD)
    assert [call[0] for call in stage.aws.calls] == ["start"]


async def test_a_refresh_that_begins_at_the_same_moment_is_busy(stage):
    stage.aws.refusals["start"] = "InstanceRefreshInProgress"
    with pytest.raises(BusyError, match="another refresh began at this moment"):
        await stage.roll.next(rollout(), OLD)


async def test_any_other_refusal_of_the_start_comes_as_it_is(stage):
    stage.aws.refusals["start"] = "AccessDenied"
    with pytest.raises(Refused, match="AccessDenied"):
        await stage.roll.next(rollout(), OLD)


async def test_a_replaced_group_is_waited_for_and_not_refreshed(stage):
    stage.aws.become(servers=servers(4, "2"), saved_version="2")
    await stage.roll.next(rollout(), replace(OLD, group="web-0"))
    assert stage.aws.calls == []
    assert "4 of 4 servers healthy" in stage.console.said[0]


async def test_an_alarm_gets_five_minutes_for_its_first_state(stage):
    stage.aws.alarms = {"web-5xx": ("INSUFFICIENT_DATA", "Unchecked")}
    began = stage.clock.now()
    with pytest.raises(PreflightError, match="alarm web-5xx is INSUFFICIENT_DATA"):
        await stage.roll.next(rollout(alarms=("web-5xx",)), OLD)
    assert stage.clock.now() - began == 300
    assert stage.console.ticks[0] == "web: waiting for the first state of web-5xx"


async def test_an_alarm_that_is_ignored_once_is_not_named_to_aws(stage):
    stage.aws.alarms = {"web-5xx": ("ALARM", "Threshold Crossed"), "web-slow": ("OK", "")}
    stage.aws.polls = [succeed]
    wanted = rollout(alarms=("web-5xx", "web-slow"))
    settings = wanted.spec.settings.model_copy(update={"alarms": AlarmGate.IGNORE_ONCE})
    await stage.roll.next(replace(wanted, spec=replace(wanted.spec, settings=settings)), OLD)
    assert stage.aws.started[0].alarms == ("web-slow",)
    assert "web: ignoring web-5xx for this rollout" in stage.console.warned


async def test_a_retry_is_announced_and_never_means_never(stage):
    failed = replace(running("r-6", "2"), status=Status.ROLLBACK_SUCCESSFUL, reason="alarm web-5xx")
    stage.aws.history, stage.aws.polls = [failed], [succeed]
    await stage.roll.next(rollout(), OLD)
    assert stage.console.said[0] == "web: retry of 1.5.0, which ended RollbackSuccessful: alarm web-5xx"

    refused = Stage(Aws(history=[failed]))
    with pytest.raises(PreflightError, match=r"1.5.0 was tried before and ended RollbackSuccessful"):
        await refused.roll.next(rollout(retry="never"), OLD)


async def test_a_topic_is_told_how_it_went_and_decides_nothing(stage):
    stage.aws.polls = [lambda aws: aws.turn(Status.IN_PROGRESS, percentage=60), succeed]
    stage.aws.refusals["publish"] = "AuthorizationError"
    await stage.roll.next(rollout(topic="arn:topic", checkpoint_percentages=[50, 100]), OLD)
    subjects = [subject for subject, _ in stage.aws.did("publish")]
    assert subjects == ["web rollout 50 %", "web rollout 100 %", "web rollout succeeded"]
    assert any("could not be notified" in each for each in stage.console.warned)

    failing = Stage(Aws(polls=[roll_back]))
    with pytest.raises(RolloutError):
        await failing.roll.next(rollout(topic="arn:topic"), OLD)
    assert [subject for subject, _ in failing.aws.did("publish")] == ["web rollout started", "web rollout failed"]


async def test_a_group_that_is_gone_is_named(stage):
    stage.aws.group = lambda name: None
    with pytest.raises(RolloutError, match="group web-1 does not exist any more"):
        await stage.roll.next(rollout(), OLD)


async def test_a_worker_goes_back_to_its_proven_release_although_the_broken_one_looks_healthy_now_and_then(stage):
    def seems_well(aws):
        aws.become(servers=servers(4, "3"))

    def dies(aws):
        aws.become(servers=servers(1, "3"))

    stage.aws.become(servers=servers(4, "3"), saved_version="3")
    stage.aws.polls = [seems_well, dies, dies, dies, succeed]
    await stage.roll.next(rollout(), RELEASE)
    assert [call[0] for call in stage.aws.calls] == ["start"]
    assert not stage.aws.started[0].auto_rollback
    assert any("template version 3, which is not proven: this rollout" in each for each in stage.console.warned)


async def test_a_saved_version_that_somebody_deleted_is_no_way_back(stage):
    stage.aws.become(servers=servers(4, "9"), saved_version="9")
    stage.aws.polls = [succeed]
    await stage.roll.next(rollout(), OLD)
    assert not stage.aws.started[0].auto_rollback
    assert any("template version 9, which the group launches, was deleted" in each for each in stage.console.warned)
