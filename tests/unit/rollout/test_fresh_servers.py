"""Fresh servers of the release that runs: those that ran it before do not count, and all of them have to go."""

from dataclasses import replace

import pytest

from strata.errors import RolloutError
from strata.rollout.servers.refresh import Status
from tests.unit.rollout.stand_in import RELEASE, Aws, Stage, rollout, servers


@pytest.fixture
def stage() -> Stage:
    made = Stage()
    made.aws.become(servers=servers(4, "2"), saved_version="2")
    return made


def renewing(stage: Stage, **settings):
    assert stage.aws.live is not None
    worn = frozenset(each.id for each in stage.aws.live.servers)
    return replace(rollout(**settings), worn=worn, can_roll_back=False)


def fresh(aws: Aws) -> None:
    aws.become(servers=tuple(replace(each, id=f"fresh-{each.id}") for each in servers(4, "2")))
    aws.turn(Status.SUCCESSFUL, percentage=100)


def one_left(aws: Aws) -> None:
    fresh(aws)
    assert aws.live is not None
    aws.become(servers=(*aws.live.servers[:3], servers(1, "2")[0]))


async def test_without_being_told_to_nothing_is_replaced_by_the_same(stage):
    await stage.roll.next(rollout(), RELEASE)
    assert stage.aws.did("start") == []


async def test_every_server_is_replaced_although_it_matches(stage):
    stage.aws.polls = [lambda _: None, fresh]
    await stage.roll.next(renewing(stage), RELEASE)
    assert stage.aws.did("start") == [(2,)]
    (preferences,) = stage.aws.started
    assert not preferences.skip_matching
    assert not preferences.auto_rollback, "there is nothing else to go back to"


async def test_a_server_that_was_left_is_no_success(stage):
    stage.aws.polls = [one_left]
    with pytest.raises(RolloutError, match="1 servers do not run"):
        await stage.roll.next(renewing(stage), RELEASE)


async def test_fresh_servers_that_never_become_healthy_are_given_up(stage):
    stage.aws.polls = []
    with pytest.raises(RolloutError, match="no further server of the new release became healthy"):
        await stage.roll.next(renewing(stage, progress_deadline_seconds=300), RELEASE)
    assert stage.aws.did("cancel") == [()], "the old servers stay as they are"
