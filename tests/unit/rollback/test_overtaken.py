"""Of two rollbacks straight through AWS, each to something else, the one that has lost is told so, and by whom."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from strata.clock import SystemClock, utc_text
from strata.errors import RefusedError, RolloutError
from strata.exit_code import ExitCode
from strata.naming import note_name
from strata.rollback import service_history
from strata.rollback.past_fleets import UnfinishedRollout
from strata.rollback.rollback_plan import RollbackPlan, plan_rollback
from strata.rollback.rollback_steps import RollbackReport, rollback_now
from strata.rollback.service_place import ServicePlace
from strata.rollout.note import Note, Phase
from strata.rollout.record import Release, read_release
from tests.unit.rollback.past import release
from tests.unit.rollback.test_interrupted import Dying, held, ssm
from tests.unit.rollback.test_rollback_plan import RECORD, Group
from tests.unit.rollout.stand_in import Memory

__all__ = ["ssm"]


@dataclass
class Rolls:
    """Rolls nothing; something happens meanwhile."""

    meanwhile: Callable[[], Awaitable[None]] | None = None
    fails: bool = False
    rolled: list[str] = field(default_factory=list[str])

    async def made_newest(self, release: Release) -> Release:
        return release

    async def take_back(self, rollout_id: str, *, forward: bool) -> str:
        return f"{rollout_id} {forward}"

    async def roll(self, release: Release) -> None:
        if self.meanwhile is not None:
            await self.meanwhile()
        if self.fails:
            raise RolloutError("web: refresh r-1 was cancelled")
        self.rolled.append(release.image.version)

    async def renew(self) -> None:
        raise AssertionError


@pytest.fixture
def group(monkeypatch: pytest.MonkeyPatch, ssm: Any) -> Group:
    del ssm
    found = Group()
    monkeypatch.setattr(service_history, "fleet_of", lambda *_: found)
    return found


def planned(to: str) -> RollbackPlan:
    clients: Any = Dying()
    place = ServicePlace("shop", "prod", clients, SystemClock(), unread="there is no project here", service="web")
    return plan_rollback(place, wanted=to, now=True)


async def back(to: str, rolls: Rolls | None = None, console: Memory | None = None) -> RollbackReport:
    return await rollback_now(planned(to), "slow", rolls or Rolls(), console or Memory())


def recorded(ssm: Any) -> str:
    return read_release(held(ssm, RECORD)[RECORD]).image.version


def begun(to: str) -> Any:
    """Somebody else begins, and gets no further yet."""
    plan = planned(to)
    plan.place.record.begin(plan.leaving, plan.release, plan.past.record.newest)
    return plan


@pytest.mark.parametrize("fails", [True, False], ids=["superseded", "late"])
async def test_who_is_overtaken_by_what_is_recorded_ends_with_3_and_leaves_the_record_alone(
    ssm: Any, group: Group, fails: bool
):
    del group

    async def other() -> None:
        await back("1.0.0")

    rolls = Rolls(other, fails)
    with pytest.raises(RefusedError) as lost:
        await back("1.1.0", rolls)
    assert lost.value.exit_code is ExitCode.REFUSED
    said = lost.value.message
    outcome = "refresh r-1 was cancelled" if fails else "it has brought 1.1.0"
    assert said.startswith(f"web: this rollback, to 1.1.0, is overtaken: {outcome}; another rollback, to 1.0.0, was")
    assert " by N/A" in said, "as moto calls everybody"
    assert said.endswith("1.0.0 is what the record names now")
    assert "strata rollout status prod web" in (lost.value.fix or "")
    assert "strata rollout rollback prod web --to 1.1.0 --now" in (lost.value.fix or "")
    assert recorded(ssm) == "1.0.0"


async def test_who_has_brought_a_release_that_another_rollback_is_about_to_replace_ends_with_3(ssm: Any, group: Group):
    async def other() -> None:
        plan = begun("1.0.0")
        group.unfinished = UnfinishedRollout("r-2", plan.release.digest, "ami-1", forward=True)

    with pytest.raises(RefusedError, match=r"overtaken: it has brought 1\.1\.0; another rollback, to 1\.0\.0") as lost:
        await back("1.1.0", Rolls(other))
    assert "its rollout is running (r-2), and the record names 1.1.0 until then" in lost.value.message
    assert recorded(ssm) == "1.1.0", "that is proven, until the other has brought its own"
    group.unfinished = None


async def test_a_newer_rollback_of_which_nothing_is_seen_yet_is_told_too(ssm: Any, group: Group):
    del group

    async def other() -> None:
        begun("1.0.0")

    with pytest.raises(RefusedError, match="it may replace what runs at any moment") as lost:
        await back("1.1.0", Rolls(other))
    assert "the record names 1.1.0 now" in lost.value.message
    assert recorded(ssm) == "1.1.0"


async def test_who_came_after_the_other_has_won_and_is_told_of_it(ssm: Any, group: Group):
    del group
    plan, console = planned("1.1.0"), Memory()
    begun("1.0.0")
    report = await rollback_now(plan, "slow", Rolls(), console)
    assert report.recorded.image.version == recorded(ssm) == "1.1.0"
    assert any("another rollback, to 1.0.0, was begun at" in each for each in console.warned)


@pytest.mark.parametrize("last, code", [("1.1.0", 0), ("1.0.0", 3)])
async def test_whose_rollout_took_the_place_of_the_others_has_won_also_where_it_was_noted_first(
    ssm: Any, group: Group, last: str, code: int
):
    del group
    first = "1.0.0" if last == "1.1.0" else "1.1.0"

    async def other() -> None:
        begun("1.0.0")
        for version in (first, last):
            made = release(version)
            note = Note(made.image, made.digest, f"r-{version}", utc_text(SystemClock().now()), Phase.ROLLING)
            ssm.put_parameter(Name=note_name(RECORD), Value=note.to_json(), Type="String", Overwrite=True)

    console = Memory()
    if code:
        with pytest.raises(RefusedError, match="it may replace what runs"):
            await back("1.1.0", Rolls(other))
    else:
        await back("1.1.0", Rolls(other), console)
        assert any("another rollback, to 1.0.0, was begun at" in each for each in console.warned)


async def test_the_same_rollback_by_two_is_no_other_one(ssm: Any, group: Group):
    del group

    async def same() -> None:
        await back("1.1.0")

    assert (await back("1.1.0", Rolls(same))).recorded.image.version == recorded(ssm) == "1.1.0"


async def test_a_rollback_that_was_over_before_is_no_other_one(ssm: Any, group: Group):
    del group
    begun("1.0.0")
    with pytest.raises(RolloutError, match="refresh r-1 was cancelled"):
        await back("1.1.0", Rolls(fails=True))
    assert recorded(ssm) == "1.2.0"


def test_the_plan_knows_what_was_noted_before(ssm: Any, group: Group):
    del ssm, group
    assert planned("1.1.0").noted == 0
    begun("1.0.0")
    assert planned("1.1.0").noted == 1
