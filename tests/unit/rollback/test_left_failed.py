"""What a rollback in a hurry leaves where the last rollout has failed: that, and not the release that runs on."""

from dataclasses import replace

import pytest

from strata.naming import note_name, veto_name
from strata.rollback import rollback_plan
from strata.rollback.rollback_plan import RollbackPlan
from strata.rollout.begun_rollback import BegunRollback
from strata.rollout.note import Note, Phase
from strata.rollout.record import ImageRef
from tests.unit.rollback.past import RECORD, release
from tests.unit.rollback.test_rollback_plan import World, ends, world

__all__ = ["world"]

BAD = Note(ImageRef("web", "1.2.0", "ami-1.2.0"), "d-1.2.0", "r-9", "2026-11-30T03:00:00+00:00", Phase.FAILED, "sick")


@pytest.fixture
def failed(world: World) -> World:
    """1.1.0 runs and is recorded; the rollout to 1.2.0 failed."""
    world.write(release("1.0.0"), release("1.1.0"))
    note(world, BAD)
    return world


def note(world: World, value: Note) -> None:
    world.ssm.put_parameter(Name=note_name(RECORD), Value=value.to_json(), Type="String", Overwrite=True)


def pin(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setattr(rollback_plan, "pinned_image", lambda *_: (version, f"ami-{version}"))


def begin(plan: RollbackPlan) -> None:
    plan.place.record.begin(plan.leaving, plan.release, plan.past.record.newest)


@pytest.mark.parametrize("phase", [Phase.FAILED, Phase.ROLLING, Phase.STOPPING])
@pytest.mark.parametrize("to", [None, "1.1.0"], ids=["newest", "named"])
def test_what_was_taken_back_already_is_left_whether_or_not_its_gate_could_note_it(
    failed: World, phase: Phase, to: str | None
):
    note(failed, replace(BAD, phase=phase))
    plan = failed.plan(now=True, to=to)
    assert (ends(plan), plan.left_failed, plan.vetoes) == (("1.2.0", "1.1.0"), True, True)


def test_where_the_stack_file_still_pins_it_it_is_left_too(failed: World, monkeypatch: pytest.MonkeyPatch):
    pin(monkeypatch, "1.2.0")
    assert ends(failed.plan(now=True)) == ("1.2.0", "1.1.0")


def test_what_the_stack_file_has_left_since_is_not_left_again(failed: World, monkeypatch: pytest.MonkeyPatch):
    pin(monkeypatch, "1.1.0")
    plan = failed.plan(now=True)
    assert (ends(plan), plan.left_failed) == (("1.1.0", "1.0.0"), False)


def test_what_is_vetoed_since_is_not_left_again_where_no_stack_file_is_known(failed: World):
    failed.ssm.put_parameter(Name=veto_name(RECORD, "1.2.0"), Value="sick", Type="String")
    assert ends(failed.plan(now=True)) == ("1.1.0", "1.0.0")


def test_whoever_names_an_older_version_leaves_what_runs(failed: World):
    plan = failed.plan(now=True, to="1.0.0")
    assert (ends(plan), plan.left_failed) == (("1.1.0", "1.0.0"), False)


@pytest.mark.parametrize(
    "other",
    [
        replace(BAD, phase=Phase.SUCCEEDED),
        replace(BAD, phase=Phase.NOT_PROVEN),
        replace(BAD, image=ImageRef("web", "1.1.0", "ami-1.1.0")),
    ],
    ids=["succeeded", "nothing ran", "other settings"],
)
def test_no_other_note_keeps_what_runs_from_being_left(failed: World, other: Note):
    note(failed, other)
    assert ends(failed.plan(now=True)) == ("1.1.0", "1.0.0")


def test_given_twice_it_goes_back_once(failed: World):
    begin(failed.plan(now=True))
    again = failed.plan(now=True)
    assert ends(again) == ("1.2.0", "1.1.0"), "killed before its veto"
    failed.ssm.put_parameter(Name=veto_name(RECORD, "1.2.0"), Value="sick", Type="String")
    again = failed.plan(now=True)
    assert (ends(again), again.arrived) == (("1.2.0", "1.1.0"), True)


def test_a_rollback_is_over_once_another_rollout_has_begun_after_it(failed: World):
    begun = BegunRollback("d-1.4.0", "1.4.0", "d-1.1.0", "1.1.0", "2026-11-29T03:00:00Z", 2)
    failed.ssm.put_parameter(Name="/strata/shop/prod/web/rollback", Value=begun.to_json(), Type="String")
    plan = failed.plan(now=True)
    assert (ends(plan), plan.begun) == (("1.2.0", "1.1.0"), None)
    note(failed, replace(BAD, began="2026-11-28T03:00:00+00:00"))
    assert failed.plan(now=True).begun == begun, "one that had begun before it was left by it"
