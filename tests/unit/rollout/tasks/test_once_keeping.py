"""Notes of what ran once are removed when no release that is still known depends on them, and no sooner."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from strata.clock import utc_text
from strata.rollout.once_note import OnceNote, OncePhase
from strata.rollout.record import ImageRef, TaskRelease
from strata.rollout.run_once import once_keeping
from strata.rollout.run_once.once_keeping import forget_unneeded, unneeded_notes
from strata.settings.models import Compatible, RunOnceSettings
from tests.unit.rehearsal.cloud.shop import ROLLING
from tests.unit.rollout.tasks.rolled_shop import RECORD, RolledShop

DAY = datetime(2026, 1, 1, tzinfo=UTC)
MIGRATE = RunOnceSettings(name="migrate", command=("migrate",))


def release(number: int) -> TaskRelease:
    image = ImageRef("web", f"1.0.{number}", f"registry/web@sha256:{number:064}")
    return TaskRelease(image=image, digest=f"d{number}", service="web-1", task_definition=f"web:{number}")


def history(first: int, count: int) -> list[tuple[str, datetime]]:
    """One release a day, recorded at noon."""
    return [(release(each).to_json(), DAY + timedelta(days=each, hours=12)) for each in range(first, first + count)]


def note(number: int, phase: OncePhase = OncePhase.SUCCEEDED, **changes: Any) -> OnceNote:
    """Of the release of a day, begun in its morning."""
    began = utc_text((DAY + timedelta(days=number, hours=11)).timestamp())
    made = OnceNote.begun(MIGRATE, release(number).image, f"d{number}", at=began, by="ann")
    return replace(made if phase is OncePhase.RUNNING else made.end(phase, at=began), **changes)


def values(*notes: OnceNote) -> dict[str, str]:
    return {each.name(RECORD): each.to_json() for each in notes}


def test_what_ran_for_releases_that_the_record_no_longer_knows_is_needed_no_more():
    """Its oldest version is of day 50: what was begun that very morning is of the release that is kept."""
    notes = values(*(note(each) for each in range(150)))
    found = unneeded_notes(notes, history(50, 100))
    assert found == sorted(note(each).name(RECORD) for each in range(50))


@pytest.mark.parametrize("kept", [1, 50, 99])
def test_while_the_record_has_its_first_release_everything_is_needed(kept: int):
    notes = values(*(note(each, OncePhase.FAILED) for each in range(-20, kept)))
    assert unneeded_notes(notes, history(0, kept)) == []
    assert unneeded_notes(notes, []) == []


STAYS: dict[str, OnceNote] = {
    "what may run": note(3, OncePhase.RUNNING),
    "what came back, and is known": note(3, digest="d60"),
    "what bars the way back to a release that is kept": note(51, digest="of none", compatible=Compatible.NONE),
    "what failed since": note(120, OncePhase.FAILED, digest="of none"),
    "what is told of the future": note(900),
}


@pytest.mark.parametrize("what", STAYS)
def test_what_matters_stays(what: str):
    assert unneeded_notes(values(STAYS[what]), history(50, 100)) == []


def test_what_cannot_be_read_stays_and_what_bars_no_way_back_that_is_left_does_not():
    name = note(3).name(RECORD)
    assert unneeded_notes({name: "hello"}, history(50, 100)) == []
    barred = note(3, compatible=Compatible.NONE)
    assert not any(barred.bars(at) for _, at in history(50, 100))
    assert unneeded_notes(values(barred), history(50, 100)) == [name]


class Kept:
    """Parameter Store, with what somebody does between two looks."""

    def __init__(self, notes: dict[str, str]) -> None:
        self.notes = notes
        self.anew: dict[str, str] = {}

    def once_values(self, _record: str) -> dict[str, str]:
        return dict(self.notes)

    def dated_history(self, _record: str) -> list[tuple[str, datetime]]:
        self.notes |= self.anew
        return history(50, 100)

    def parameters(self, names: list[str]) -> dict[str, str]:
        return {each: self.notes[each] for each in names if each in self.notes}

    def forget_once(self, name: str) -> None:
        del self.notes[name]


def test_what_is_begun_anew_meanwhile_is_not_removed():
    notes = [note(each, OncePhase.FAILED) for each in range(150)]
    kept: Any = Kept(values(*notes))
    again = notes[7].again(MIGRATE, at=notes[7].began, by="bob")
    kept.anew = values(again)
    forget_unneeded(kept, RECORD)
    assert set(kept.notes) == {each.name(RECORD) for each in (notes[7], *notes[50:])}
    assert kept.notes[again.name(RECORD)] == again.to_json()


@pytest.fixture
def migrated(shop: RolledShop) -> RolledShop:
    """A shop whose record keeps two versions, and that has run something for three releases before them."""
    shop.begin(ROLLING)
    network = {"awsvpcConfiguration": {"subnets": shop.aws.subnets, "assignPublicIp": "DISABLED"}}
    shop.parameters = {"networkConfiguration": network, "platformVersion": "1.4.0"}
    shop.before = MIGRATE
    now = datetime.fromtimestamp(shop.now(), UTC)
    shop.driver.dated_history = lambda _record: [(release(1000).to_json(), now - timedelta(hours=1))] * 2
    for number in (1, 2, 3):
        old = replace(note(number), began="2020-01-01T00:00:00Z")
        shop.aws.ssm.put_parameter(Name=old.name(RECORD), Value=old.to_json(), Type="String")
    return shop


def digests(shop: RolledShop) -> set[str]:
    return {name.rpartition("/")[2] for name in shop.driver.once_values(RECORD)}


async def test_who_has_run_something_removes_what_is_needed_no_more(
    migrated: RolledShop, monkeypatch: pytest.MonkeyPatch
):
    good = migrated.release("good")
    await migrated.deployer.run_before(migrated.rollout(good))
    assert digests(migrated) == {"d1", "d2", "d3", good.digest}, "so few are no trouble"
    monkeypatch.setattr(once_keeping, "KEPT_VERSIONS", 2)
    better = migrated.release("better")
    await migrated.deployer.run_before(migrated.rollout(better))
    assert digests(migrated) == {good.digest, better.digest}
    assert migrated.console.warned == []


async def test_who_may_remove_nothing_is_warned_and_rolls(migrated: RolledShop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(once_keeping, "KEPT_VERSIONS", 2)

    def denied(_name: str) -> None:
        raise PermissionError("ssm:DeleteParameter is not allowed")

    migrated.driver.forget_once = denied
    good = migrated.release("good")
    await migrated.up(good)
    assert migrated.running == {"good"}
    (said,) = [each for each in migrated.console.warned if "old notes" in each]
    assert said == "web: old notes of what ran once were not removed: ssm:DeleteParameter is not allowed"
