"""A rehearsal tells what became of the playbooks of fleets that are changed in place, and fails where one did."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from strata.engine.engine_run import EngineResult
from strata.engine.events import Changes
from strata_rehearsal.run.playbook_runs import PlaybookRun, await_playbooks
from strata_rehearsal.run.rehearsal_report import RehearsalOutcome
from strata_rehearsal.run.reporting import outcome_of

NOW = 1_000_000.0
DONE = PlaybookRun("legacy", "Success", {"Success": 4}, applied=True)
BROKEN = PlaybookRun("legacy", "Failed", {"Failed": 1, "Skipped": 3}, applied=True)


class Steps:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


def association(counts: dict[str, int], status: str = "Pending", *, at: float | None = NOW, only: bool = False) -> Any:
    last = {} if at is None else {"LastExecutionDate": datetime.fromtimestamp(at, UTC)}
    return {
        "Targets": [{"Key": "tag:aws:autoscaling:groupName", "Values": ["legacy-group"]}],
        "Overview": {"Status": status, "AssociationStatusAggregatedCount": counts},
        "ApplyOnlyAtCronInterval": only,
        **last,
    }


def awaited(*looks: Any, servers: int = 4) -> tuple[tuple[PlaybookRun, ...], float]:
    """What is told after these looks, of which the last one is seen again and again, and how long it took."""
    clock, left = Steps(), list(looks)

    async def ask() -> Any:
        return [left.pop(0) if len(left) > 1 else left[0]], {"legacy-group": servers}

    told = asyncio.run(await_playbooks(ask, clock, {"legacy-group": "legacy"}, since=NOW))
    return told, clock.at - NOW


def test_it_is_waited_for_until_it_has_ended_on_every_server():
    told, waited = awaited(
        association({"InProgress": 1, "Pending": 3}),
        association({"InProgress": 1, "Success": 3}),
        association({"Success": 4}, "Success"),
    )
    assert told == (DONE,)
    assert waited == 60


def test_a_server_on_which_nothing_was_begun_yet_is_waited_for():
    told, waited = awaited(association({}, at=None), association({"Success": 4}, "Success"))
    assert (told, waited) == ((DONE,), 30)


def test_what_waits_for_its_window_is_not_waited_for():
    told, waited = awaited(association({}, at=None, only=True))
    assert (told, waited) == ((PlaybookRun("legacy", "Pending"),), 0)
    assert str(told[0]) == "legacy: its playbook was applied to no server yet"


def test_a_server_that_is_never_reached_is_not_waited_for_forever():
    told, waited = awaited(association({"Pending": 1, "Success": 3}))
    assert told[0].status == "Pending"
    assert 1800 <= waited < 2000


def test_associations_of_others_are_left_out():
    other = association({"Pending": 9})
    other["Targets"] = [{"Key": "tag:aws:autoscaling:groupName", "Values": ["others"]}]
    assert awaited(other) == ((), 0)


def test_what_failed_before_the_rehearsal_began_is_told_and_fails_nothing():
    ((run,), _) = awaited(association({"Failed": 1, "Skipped": 3}, "Failed", at=NOW - 60))
    assert not run.failed
    assert str(run) == "legacy: its playbook ended Failed on its servers (1 Failed, 3 Skipped), by an earlier run"


@pytest.mark.parametrize(
    "run, outcome", [(DONE, RehearsalOutcome.SUCCEEDED), (BROKEN, RehearsalOutcome.FAILED)], ids=["done", "broken"]
)
def test_a_rehearsal_fails_where_a_playbook_has_failed(run: PlaybookRun, outcome: RehearsalOutcome):
    went_well = EngineResult(("up",), 0, 1.0, Changes(), (), {}, "", "", interrupted=False)
    assert outcome_of(went_well, (), (), (), (run,)) is outcome
