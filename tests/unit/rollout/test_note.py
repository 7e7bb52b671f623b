"""What a gate leaves for the next reader."""

import json
from dataclasses import replace

import pytest

from strata.errors import BusyError, RolloutError
from strata.naming import note_name
from strata.rollout.note import Journal, Note, Phase, read_note
from strata.rollout.servers.refresh import Status
from tests.unit.rollout.stand_in import IMAGE, RELEASE, Stage, roll_back, rollout, running, servers, succeed
from tests.unit.rollout.test_watch import back_on_it, under_the_floor

OLD = replace(RELEASE, template_version=1, digest="d1")
NAME = "/strata/shop/prod/web/last-rollout"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def kept(stage: Stage):
    note = read_note(stage.aws.kept.get(NAME))
    assert note is not None
    return note


def test_the_note_is_beside_the_record():
    assert note_name("/strata/shop/prod/web/release") == NAME


async def test_a_rollout_says_what_it_rolls_to_since_when_and_when_its_gate_gives_up(stage):
    stage.aws.polls = [succeed]
    await stage.roll.next(rollout(alarms=()), OLD)
    note = kept(stage)
    assert (note.image, note.digest, note.rollout_id, note.phase) == (IMAGE, "d2", "r-1", Phase.SUCCEEDED)
    assert note.began == "1970-01-12T13:46:40+00:00"
    assert note.gives_up_after == rollout().spec.patience_seconds


async def test_after_a_rollback_the_reason_is_the_gates_and_not_that_a_user_asked(stage):
    def requested(aws):
        aws.turn(Status.ROLLBACK_SUCCESSFUL, "Rollback requested by a user")

    stage.aws.polls = [back_on_it, under_the_floor, under_the_floor, requested]
    with pytest.raises(RolloutError, match="3 healthy, under the floor of 4"):
        await stage.roll.next(rollout(), OLD)
    assert kept(stage).phase is Phase.FAILED
    assert "3 healthy, under the floor of 4" in kept(stage).reason


async def test_the_reason_is_kept_before_aws_is_asked_to_roll_back(stage):
    stage.aws.polls = [back_on_it, under_the_floor, under_the_floor]
    stage.aws.refusals["roll back"] = "AccessDenied"
    with pytest.raises(Exception, match="AccessDenied"):
        await stage.roll.next(rollout(), OLD)
    assert (kept(stage).phase, kept(stage).reason) == (Phase.STOPPING, "3 healthy, under the floor of 4")


async def test_who_takes_a_rollout_up_keeps_its_beginning(stage):
    stage.aws.polls = [succeed]
    await stage.roll.next(rollout(), OLD)
    began = kept(stage).began
    stage.aws.become(servers=servers(4, "1"), saved_version="1")
    stage.aws.history = [running("r-1", "2")]
    stage.clock.time += 600
    stage.aws.polls = [roll_back]
    with pytest.raises(RolloutError):
        await stage.roll.next(rollout(), OLD)
    assert kept(stage).began == began
    assert kept(stage).phase is Phase.FAILED


async def test_what_is_rolled_is_noted_before_it_is_started(stage):
    """A client may die in between: a rollback that finds the rollout has no other name for what it leaves."""
    noted: list[Note] = []

    def die(*_: object) -> str:
        noted.append(kept(stage))
        raise KeyboardInterrupt

    stage.aws.start_refresh = die
    with pytest.raises(KeyboardInterrupt):
        await stage.roll.next(rollout(), OLD)
    (note,) = noted
    assert (note.image, note.digest, note.rollout_id, note.phase) == (IMAGE, "d2", None, Phase.ROLLING)
    assert kept(stage) == note

    stage.aws.history = [running("r-1", "2")]
    stage.aws.polls = [roll_back]
    stage.clock.time += 600
    with pytest.raises(RolloutError):
        await stage.roll.next(rollout(), OLD)
    assert (kept(stage).rollout_id, kept(stage).phase, kept(stage).began) == ("r-1", Phase.FAILED, note.began)


async def test_a_rollout_that_could_not_be_started_says_so(stage):
    stage.aws.refusals["start"] = "AccessDenied"
    with pytest.raises(Exception, match="AccessDenied"):
        await stage.roll.next(rollout(), OLD)
    assert (kept(stage).rollout_id, kept(stage).phase) == (None, Phase.FAILED)
    assert "AccessDenied" in kept(stage).reason


async def test_where_somebody_else_has_begun_at_this_moment_the_note_stays_theirs(stage):
    theirs = Note(replace(IMAGE, version="1.7.0"), "d3", "r-9", "then", Phase.ROLLING)

    def begun(*_: object) -> str:
        raise BusyError("web: refresh r-9 has begun")

    stage.aws.kept[NAME] = theirs.to_json()
    stage.aws.start_refresh = begun
    with pytest.raises(BusyError):
        await stage.roll.next(rollout(), OLD)
    assert kept(stage) == theirs


async def test_a_rollout_that_succeeded_after_all_has_no_reason_of_an_earlier_gate(stage):
    stage.aws.polls = [back_on_it, under_the_floor, under_the_floor]
    stage.aws.refusals["roll back"] = "AccessDenied"
    with pytest.raises(Exception, match="AccessDenied"):
        await stage.roll.next(rollout(), OLD)
    stage.aws.polls = [succeed]
    await stage.roll.next(rollout(), OLD)
    assert (kept(stage).phase, kept(stage).reason) == (Phase.SUCCEEDED, "")


async def test_a_note_that_cannot_be_kept_is_said_once_and_decides_nothing(stage):
    stage.aws.refusals["note"] = "AccessDeniedException"
    stage.aws.polls = [succeed]
    await stage.roll.next(rollout(), OLD)
    assert [line for line in stage.console.warned if NAME in line] == [
        f"web: why this rollout ends could not be kept in {NAME}: An error occurred (AccessDeniedException)"
    ]


@pytest.mark.parametrize("text", [None, "", "{}", "[]", "no json", json.dumps({"image": {}, "alarms": [], "phase": 1})])
def test_a_note_that_cannot_be_read_is_none(text):
    assert read_note(text) is None


async def test_a_long_reason_fits_a_parameter(stage):
    stage.aws.polls = [lambda aws: aws.turn(Status.FAILED, "x" * 9000)]
    with pytest.raises(RolloutError):
        await stage.roll.next(rollout(), OLD)
    assert len(stage.aws.kept[NAME]) < 4096


async def launched_over_nothing(stage: Stage, *, digest: str = "d2") -> None:
    """What a gate leaves that found an empty group."""
    journal = Journal(stage.calls, stage.clock, stage.console)
    wanted = rollout()
    await journal.begin(replace(wanted, release=replace(RELEASE, digest=digest)))
    await journal.enter(wanted, Phase.NOT_PROVEN, "no server ran it: the group wants none")


@pytest.mark.parametrize("digest", ["d2", "d3"])
async def test_a_later_proof_ends_what_said_not_proven(stage, digest):
    await launched_over_nothing(stage, digest=digest)
    assert kept(stage).phase is Phase.NOT_PROVEN
    stage.aws.become(servers=servers(4, "2"), saved_version="2")
    await stage.roll.next(rollout(), OLD)
    assert (kept(stage).phase, kept(stage).digest, kept(stage).reason) == (Phase.SUCCEEDED, "d2", "")


async def test_a_release_taken_back_over_nothing_leaves_no_note_of_the_other(stage):
    await launched_over_nothing(stage, digest="d3")
    stage.aws.become(desired=0, servers=(), saved_version="3")
    await stage.roll.next(rollout(), replace(RELEASE, template_version=1))
    assert (kept(stage).phase, kept(stage).digest) == (Phase.SUCCEEDED, "d2")


async def test_a_first_release_that_is_proven_later_is_noted_as_that(stage):
    await launched_over_nothing(stage)
    stage.aws.become(servers=servers(4, "2"), saved_version="2")
    await stage.roll.first(rollout())
    assert kept(stage).phase is Phase.SUCCEEDED


async def test_a_gate_that_was_killed_leaves_no_note_of_a_rollout_that_is_proven_since(stage):
    stage.aws.polls = [back_on_it]
    journal = Journal(stage.calls, stage.clock, stage.console)
    await journal.begin(rollout(), "r-1")
    stage.aws.become(servers=servers(4, "2"), saved_version="2")
    await stage.roll.next(rollout(), OLD)
    assert (kept(stage).phase, kept(stage).rollout_id) == (Phase.SUCCEEDED, "r-1")


async def test_why_another_release_failed_stays_known_when_nothing_has_to_be_rolled(stage):
    stage.aws.polls = [roll_back]
    with pytest.raises(RolloutError):
        await stage.roll.next(rollout(), OLD)
    stage.aws.become(servers=servers(4, "1"), saved_version="1")
    stage.aws.digests["4"] = "d1"
    reverted = replace(RELEASE, template_version=4, digest="d1")
    await stage.roll.next(replace(rollout(), release=reverted), OLD)
    assert (kept(stage).phase, kept(stage).digest) == (Phase.FAILED, "d2")


async def test_a_proof_without_a_note_before_writes_none(stage):
    stage.aws.become(servers=servers(4, "2"), saved_version="2")
    await stage.roll.first(rollout())
    assert stage.aws.kept == {}
