"""What the record may say of a group that wants no servers."""

from dataclasses import replace

import pytest

from strata.errors import PreflightError
from strata.naming import note_name, veto_name
from strata.rollout.gated_service import DesiredRelease
from strata.rollout.note import Phase, read_note
from strata.rollout.record import NOTHING_PROVEN
from strata.rollout.servers.server_deferral import kept_value
from strata.rollout.servers.views import Launches
from tests.unit.rollout.stand_in import IMAGE, RELEASE, Stage, rollout, running, servers

RECORD = "/strata/shop/prod/web/release"
OLD = replace(RELEASE, template_version=1, digest="d1", image=replace(IMAGE, version="1.4.0"))
ASKED = DesiredRelease("web-1", IMAGE, "d2", "lt-1", 2)


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.aws.kept[RECORD] = OLD.to_json()
    stage.aws.become(desired=0, servers=())
    return stage


async def kept(stage: Stage, asked: DesiredRelease = ASKED) -> str | None:
    return await kept_value(stage.calls, stage.clock, stage.console, rollout().spec, asked, stage.aws.kept.get(RECORD))


async def test_the_record_of_an_empty_group_goes_on_naming_what_is_proven(stage):
    assert await kept(stage) == OLD.to_json()
    assert stage.aws.calls == [("save", 2)]
    (told,) = stage.console.warned
    assert "web 1.5.0 (ami-0123456789abcdef0) is not proven: no server ran it" in told
    assert "The record still names web 1.4.0" in told
    assert "Pin 1.4.0 to go back." in told
    note = read_note(stage.aws.kept[note_name(RECORD)])
    assert note is not None
    assert (note.phase, note.digest) == (Phase.NOT_PROVEN, "d2")


async def test_nobody_is_told_to_go_back_to_a_version_that_must_not_run(stage):
    stage.aws.kept[veto_name(RECORD, "1.4.0")] = "loses orders"
    await kept(stage)
    (told,) = stage.console.warned
    assert "The record still names web 1.4.0" in told
    assert "to go back" not in told


async def test_the_next_up_over_nothing_says_it_again_and_changes_nothing(stage):
    await kept(stage)
    stage.aws.calls.clear()
    assert await kept(stage) == OLD.to_json()
    assert stage.aws.calls == []
    assert len(stage.console.warned) == 2


async def test_a_service_that_has_never_run_has_a_record_that_names_nothing(stage):
    del stage.aws.kept[RECORD]
    assert await kept(stage) == NOTHING_PROVEN
    stage.aws.kept[RECORD] = NOTHING_PROVEN
    assert await kept(stage) == NOTHING_PROVEN
    assert "The record still names no release" in stage.console.warned[-1]


@pytest.mark.parametrize("recorded", [OLD.to_json(), NOTHING_PROVEN, None])
async def test_as_soon_as_there_are_servers_the_gate_decides(stage, recorded):
    stage.aws.become(desired=2, servers=servers(2, "2"))
    stage.aws.kept.pop(RECORD)
    if recorded:
        stage.aws.kept[RECORD] = recorded
    assert await kept(stage) is None
    assert stage.aws.calls == []


async def test_also_before_the_first_of_them_has_booted(stage):
    stage.aws.become(desired=2)
    assert await kept(stage) is None


async def test_and_while_a_refresh_is_running(stage):
    stage.aws.history = [running("r-1", "2")]
    assert await kept(stage) is None
    assert stage.aws.calls == []


@pytest.mark.parametrize("version, said", [("2", 1), ("1", 0), (None, 0)])
async def test_a_rollout_to_something_else_that_nobody_watches_is_reported_where_the_record_is_asked_for(
    stage, version, said
):
    stage.aws.become(desired=2, servers=servers(2, "1"))
    stage.aws.history = [replace(running("r-1", "2"), version=version)]
    assert await kept(stage, replace(ASKED, digest="d1", template_version=1)) is None
    assert len(stage.console.warned) == said
    for each in stage.console.warned:
        assert "not the release web 1.4.0" in each
        assert "refresh r-1 is running (InProgress, 0 %), and brings something else" in each
        assert "`strata rollout watch prod web` follows it" in each


async def test_a_revert_to_what_is_proven_is_the_gates(stage):
    assert await kept(stage, replace(ASKED, digest="d1", template_version=3)) is None
    assert stage.aws.calls == []


async def test_a_preview_touches_nothing(stage):
    assert await kept(stage, replace(ASKED, template=None, template_version=None)) == OLD.to_json()
    assert stage.aws.calls == []
    assert note_name(RECORD) not in stage.aws.kept


async def test_a_preview_of_a_change_that_may_bring_the_first_servers_does_not_hide_the_rollout(stage):
    await kept(stage, replace(ASKED, template=None, template_version=None))
    (told,) = stage.console.warned
    assert "the group wants no server now" in told
    assert "If this change gives the group servers, `up` rolls or proves it at once." in told


async def test_a_group_the_gate_does_not_understand_is_left_to_the_gate_that_refuses_it(stage):
    stage.aws.become(launches=Launches.MIXED)
    assert await kept(stage) is None
    assert stage.aws.calls == []


async def test_an_image_that_is_vetoed_is_not_launched_at_the_next_scale_out(stage):
    stage.aws.kept[veto_name(RECORD, "1.5.0")] = "slow"
    with pytest.raises(PreflightError, match=r"must not be launched:\n.*vetoed for this service: slow"):
        await kept(stage)
    assert stage.aws.calls == []


async def test_up_says_where_a_service_is_not_what_its_record_names(stage):
    stage.aws.become(desired=2, servers=servers(2, "3"), saved_version="3")
    assert await kept(stage, replace(ASKED, digest="d1")) is None
    (told,) = stage.console.warned
    assert told.startswith("web: not the release web 1.4.0 (ami-0123456789abcdef0): 2 servers on template version 3; ")
    assert told.endswith("the group launches template version 3; no healthy server runs 1.4.0")


async def test_a_group_that_has_just_been_replaced_is_not_called_another_release(stage):
    stage.aws.become(name="web-2", desired=2, servers=())
    assert await kept(stage, replace(ASKED, fleet="web-2", digest="d1")) is None
    assert stage.console.warned == []


async def test_a_record_that_cannot_be_read_is_the_engines_to_write_over(stage):
    stage.aws.kept[RECORD] = "nonsense"
    stage.aws.become(desired=2, servers=servers(2, "2"))
    assert await kept(stage) is None


async def test_a_group_that_is_gone_is_the_gates_to_say(stage):
    stage.aws.live = None
    assert await kept(stage) is None
