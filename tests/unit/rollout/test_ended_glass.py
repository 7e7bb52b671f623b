"""A server that somebody put back in service in the middle of break-glass: a rollout says so, and closes the note."""

from dataclasses import replace

from strata.naming import break_glass_name
from strata.rollout.break_glass_note import BreakGlass, GlassMode, GlassPhase, read_break_glass
from tests.unit.rollout.stand_in import IMAGE, RELEASE, Stage, rollout, servers, succeed

RECORD = "/strata/shop/prod/web/release"
OLD = replace(RELEASE, template_version=1, digest="d1", image=replace(IMAGE, version="1.4.0", id="ami-0aa"))
NOON = "2026-11-30T12:00:00Z"


def let_in(stage: Stage, unit: str) -> BreakGlass:
    note = BreakGlass("web", unit, GlassMode.STANDBY, GlassPhase.OPEN, "the queue hangs", "ann", NOON, NOON)
    stage.aws.kept[break_glass_name(RECORD, unit)] = note.to_json()
    return note


def noted(stage: Stage, unit: str) -> BreakGlass:
    found = read_break_glass(stage.aws.kept[break_glass_name(RECORD, unit)])
    assert found is not None
    return found


async def test_a_rollout_says_that_it_ends_one_that_was_put_back_and_closes_its_note():
    stage = Stage()
    server = servers(4, "1")[0].id
    let_in(stage, server)
    stage.aws.polls = [succeed]
    await stage.roll.next(rollout(), OLD)
    said = f"{server} was put back in service, and break-glass opened by ann at {NOON} until {NOON}: the queue hangs"
    assert any(said in each and "the rollout ends it like any other server" in each for each in stage.console.warned)
    closed = noted(stage, server)
    assert (closed.phase, closed.closed_by, closed.unanswered) == (GlassPhase.CLOSED, "the rollout to 1.5.0", True)
    assert closed.closed_at
    assert closed.end_seen == "group web-1 had ended it when the rollout to 1.5.0 had"
    assert any(each.startswith(f"web: {server} is gone, so its break-glass is closed") for each in stage.console.warned)


async def test_one_that_is_in_standby_or_runs_in_no_group_stays_noted():
    stage = Stage()
    held = replace(servers(5, "1")[4], lifecycle="Standby")
    stage.aws.become(servers=(*servers(4, "1"), held))
    stage.aws.detached = {"i-out"}
    let_in(stage, held.id)
    let_in(stage, "i-out")

    def done(aws):
        succeed(aws)
        aws.become(servers=(*servers(4, "2"), held))

    stage.aws.polls = [done]
    await stage.roll.next(rollout(), OLD)
    assert noted(stage, held.id).is_open
    assert noted(stage, "i-out").is_open
    assert any("i-out is not in group web-1 any more" in each for each in stage.console.warned)


async def test_what_cannot_be_told_is_a_warning_and_no_failure():
    stage = Stage()
    stage.aws.become(saved_version="2", servers=servers(4, "2"))
    stage.aws.refusals["glass"] = "ThrottledAway"
    await stage.roll.next(rollout(), OLD)
    assert any(
        "whether it has ended a server of break-glass could not be told: ThrottledAway" in each
        for each in stage.console.warned
    )


async def test_one_whose_note_cannot_be_read_is_left_alone():
    stage = Stage()
    stage.aws.kept[break_glass_name(RECORD, "i-9")] = "mine"
    stage.aws.become(saved_version="2", servers=servers(4, "2"))
    await stage.roll.next(rollout(), OLD)
    assert stage.aws.kept[break_glass_name(RECORD, "i-9")] == "mine"
