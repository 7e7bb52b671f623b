"""Following a refresh: credentials that expire, and a rollout that must not go on."""

from collections.abc import Callable
from typing import Any

import pytest

from strata.errors import RolloutError
from strata.rollout.deployer import Outcome
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.refresh import Status
from strata.rollout.watcher import Watcher
from tests.unit.rollout.stand_in import POLL_SECONDS, Aws, Refused, Stage, roll_back, rollout, running, servers, succeed


class NoCredentialsError(Exception):
    """What botocore raises when there are none left."""


def failing(*errors: Exception) -> Callable[[], str]:
    left = list(errors)

    def call() -> str:
        if left:
            raise left.pop(0)
        return "answer"

    return call


def calls(renewed: list[str]) -> AsyncDriver:
    driver: Any = Aws()
    return AsyncDriver(driver, lambda: renewed.append("renewed"))


@pytest.mark.parametrize(
    "code", ["ExpiredToken", "ExpiredTokenException", "RequestExpired", "UnrecognizedClientException"]
)
async def test_expired_credentials_are_asked_for_again(code):
    renewed: list[str] = []
    assert await calls(renewed)(failing(Refused(code))) == "answer"
    assert renewed == ["renewed"]


@pytest.mark.parametrize("second", [Refused("ExpiredToken"), NoCredentialsError("unable to locate credentials")])
async def test_without_fresh_ones_the_error_says_that_the_rollout_goes_on(second):
    with pytest.raises(RolloutError, match="goes on in AWS") as error:
        await calls([])(failing(Refused("ExpiredToken"), second))
    assert "adopts the rollout where it is" in str(error.value)


@pytest.mark.parametrize("errors", [(Refused("AccessDenied"),), (Refused("ExpiredToken"), Refused("AccessDenied"))])
async def test_other_errors_come_as_they_are(errors):
    with pytest.raises(Refused, match="AccessDenied"):
        await calls([])(failing(*errors))


async def nothing(_refresh: object) -> None:
    """No notifications."""


async def follow(stage: Stage, **settings: Any) -> Outcome:
    stage.aws.history.insert(0, running("r-1", "2"))
    watcher = Watcher(stage.deployer, stage.clock, stage.console, POLL_SECONDS)
    return await watcher.follow(rollout(**settings), "r-1", reached=nothing)


def under_the_floor(aws: Aws) -> None:
    aws.become(servers=(*servers(3, "1"), *servers(1, "2", healthy=False)))


def back_on_it(aws: Aws) -> None:
    aws.become(servers=servers(4, "1"))


async def test_a_fleet_under_its_floor_for_two_polls_is_rolled_back():
    stage = Stage(Aws(polls=[back_on_it, under_the_floor, under_the_floor, roll_back]))
    outcome = await follow(stage)
    assert [call[0] for call in stage.aws.calls] == ["roll back"]
    assert outcome.gave_up == "3 healthy, under the floor of 4"
    assert outcome.reason == outcome.gave_up
    assert outcome.lowest_healthy == 3
    assert stage.console.warned == ["web: stopping the rollout: 3 healthy, under the floor of 4"]


async def test_one_poll_under_the_floor_is_none():
    stage = Stage(Aws(polls=[back_on_it, under_the_floor, back_on_it, under_the_floor, succeed]))
    outcome = await follow(stage)
    assert stage.aws.calls == []
    assert outcome.last.status is Status.SUCCESSFUL
    assert outcome.gave_up is None


async def test_what_cannot_be_rolled_back_is_cancelled():
    stage = Stage(Aws(polls=[back_on_it, under_the_floor, under_the_floor]))
    stage.aws.refusals["roll back"] = "IrreversibleInstanceRefresh"
    await follow(stage)
    assert [call[0] for call in stage.aws.calls] == ["cancel"]


async def test_without_auto_rollback_it_is_cancelled():
    stage = Stage(Aws(polls=[back_on_it, under_the_floor, under_the_floor]))
    await follow(stage, auto_rollback=False)
    assert [call[0] for call in stage.aws.calls] == ["cancel"]


@pytest.mark.parametrize("refused,settings", [("roll back", {}), ("cancel", {"auto_rollback": False})])
async def test_a_refresh_that_ends_at_the_same_moment_is_no_error(refused, settings):
    stage = Stage(Aws(polls=[back_on_it, under_the_floor, under_the_floor, roll_back]))
    stage.aws.refusals[refused] = "ActiveInstanceRefreshNotFound"
    outcome = await follow(stage, **settings)
    assert outcome.last.status is Status.ROLLBACK_SUCCESSFUL
    assert stage.aws.calls == []


async def test_a_stop_that_aws_refuses_is_an_error():
    stage = Stage(Aws(polls=[back_on_it, under_the_floor, under_the_floor]))
    stage.aws.refusals["roll back"] = "AccessDenied"
    with pytest.raises(Refused, match="AccessDenied"):
        await follow(stage)


async def test_servers_that_never_become_healthy_end_it_at_the_deadline():
    stage = Stage()
    began = stage.clock.now()
    stage.aws.polls = [lambda aws: None] * 57 + [roll_back]
    outcome = await follow(stage, progress_deadline_seconds=600)
    assert outcome.gave_up == "no further server of the new release became healthy within 840 s"
    assert stage.clock.now() - began == 840
