"""`strata backup drill`: what it prints, for people and for programs."""

import asyncio
import json
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from strata.cli.run import run
from strata.errors import DrillError
from strata.restore_drill import drill as drill_module
from strata.restore_drill.databases import CopyCheck, Snapshot
from strata.restore_drill.drill import DrillReport

Capture = pytest.CaptureFixture[str]
TAKEN = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def report(*, version: str = "16.3") -> DrillReport:
    checks = (CopyCheck("version", "16.3", version), CopyCheck("original untouched", {"id": "a"}, {"id": "a"}))
    return DrillReport("orders", "orders-1a2b3c4", Snapshot("rds:orders", "automated", TAKEN), 5400, 600, checks)


class Ready:
    """A drill that is over at once."""

    def __init__(self, outcome: DrillReport | Exception, say: Any) -> None:
        self.outcome, self.say = outcome, say

    async def run(self, database: str) -> DrillReport:
        self.say(f"restoring {database}")
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.fixture
def drilled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text("config:\n  strata:stage: prod\n")

    def drill(outcome: DrillReport | Exception | signal.Signals, *arguments: str) -> int:
        def ready(*_: Any, say: Any, **__: Any) -> Ready:
            return Endless(outcome, say) if isinstance(outcome, signal.Signals) else Ready(outcome, say)

        monkeypatch.setattr(drill_module, "prepare_drill", ready)
        return run(["backup", "drill", "prod", "orders", "-C", str(tmp_path), *arguments])

    return drill


def test_a_drill_that_passed_says_how_long_it_took_and_how_old_the_backup_was(drilled, capsys: Capture):
    assert drilled(report()) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "restoring orders"
    assert lines[1].split() == ["ok", "version", "16.3"]
    assert lines[-1] == "orders: restored in 10 min from a backup 90 min old"


def test_a_drill_that_did_not_pass_ends_with_1_and_says_what_differs(drilled, capsys: Capture):
    assert drilled(report(version="15.2")) == 1
    assert "15.2, expected 16.3" in capsys.readouterr().out


def test_as_json_the_document_stands_alone(drilled, capsys: Capture):
    assert drilled(report(), "--json") == 0
    told = capsys.readouterr()
    document = json.loads(told.out)
    assert (document["stack"], document["passed"], document["restore_seconds"]) == ("prod", True, 600)
    assert document["backup"] == {
        "id": "rds:orders",
        "kind": "automated",
        "taken_at": "2026-03-01T03:00:00+00:00",
        "age_seconds": 5400,
    }
    assert told.err == "restoring orders\n"


def test_a_drill_that_broke_says_why(drilled, capsys: Capture):
    assert drilled(DrillError("no backup", fix="Wait."), "--json") == 1
    assert json.loads(capsys.readouterr().out)["error"] == {"message": "no backup", "fix": "Wait."}


def test_without_a_local_aws_there_is_nothing_to_drill_there(tmp_path: Path, capsys: Capture):
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text("config:\n  strata:stage: prod\n")
    assert run(["backup", "drill", "prod", "orders", "-C", str(tmp_path), "--local"]) == 2
    assert "no local AWS is running" in capsys.readouterr().err


class Endless(Ready):
    """A drill that is told to leave while the copy is there."""

    def __init__(self, number: signal.Signals, say: Any) -> None:
        super().__init__(report(), say)
        self.number = number

    async def run(self, database: str) -> DrillReport:
        os.kill(os.getpid(), self.number)
        try:
            await asyncio.Event().wait()
        finally:
            self.say("deleting the copy")
        return report()


@pytest.fixture
def signals_as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: pytest.fail("nobody minded the signal"))
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("signals_as_before")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda each: each.name)
def test_a_drill_that_is_told_to_leave_deletes_its_copy_first(drilled, number: signal.Signals, capsys: Capture):
    assert drilled(number) == 130
    told = capsys.readouterr()
    assert told.out.splitlines() == ["stopping", "deleting the copy"]
    assert told.err.strip() == "interrupted"
