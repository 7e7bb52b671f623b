"""What commands say of freeze windows: `rollout plan` and `status`, `image pin`, and the report of a rehearsal."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from strata.cli.run import run
from strata.clock import utc_text
from strata.naming import record_name
from strata.settings.freeze_spans import NOT_FROZEN, look_at_freezes
from strata.settings.models import FreezeSettings
from strata.settings.stack_freezes import freezes_of_program
from strata_rehearsal.run.rehearsal_report import left_out
from tests.unit.cli.test_image_command import World, world
from tests.unit.rollback.past import release

__all__ = ["world"]

Capture = pytest.CaptureFixture[str]
OPEN = '{ reason: the sale, start: "2001-01-01", until: "2999-12-31" }'
AHEAD = '{ reason: stocktaking, start: "2999-01-01", until: "2999-12-31" }'
SAID = "a freeze window is open until 3000-01-01T00:00:00Z: the sale"


def freeze(folder: Path, *windows: str) -> None:
    file = folder / "Pulumi.staging.yaml"
    file.write_text(f"{file.read_text()}  strata:freezes: [{', '.join(windows)}]\n")


@pytest.fixture
def shop(ssm: Any, tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.staging.yaml").write_text(
        "config:\n  aws:region: eu-west-1\n  strata:stage: staging\n  strata:images: {}\n  strata:services: {}\n"
    )
    ssm.put_parameter(Name=record_name("shop", "staging", "web"), Value=release("1.4.2").to_json(), Type="String")
    return tmp_path


def status(folder: Path, capsys: Capture, *words: str) -> str:
    assert run(["rollout", "status", "staging", *words, "-C", str(folder)]) == 0
    return capsys.readouterr().out


def test_the_status_shows_what_is_open_and_else_what_comes_next(shop: Path, capsys: Capture):
    assert "freeze" not in status(shop, capsys)
    freeze(shop, AHEAD)
    assert "next freeze window: stocktaking (2999-01-01T00:00:00Z to 3000-01-01T00:00:00Z)" in status(shop, capsys)
    found = json.loads(status(shop, capsys, "--json"))["freeze"]
    assert (found["open"], found["until"], found["coming"]["reason"]) == ([], None, "stocktaking")


def test_the_status_of_a_frozen_stack_says_why_and_until_when(shop: Path, capsys: Capture):
    freeze(shop, OPEN, AHEAD)
    assert f"no new release is rolled out: {SAID}" in status(shop, capsys)
    found = json.loads(status(shop, capsys, "--json"))["freeze"]
    assert [each["reason"] for each in found["open"]] == ["the sale"]
    assert found["until"] == "3000-01-01T00:00:00Z"


def test_a_pin_is_written_while_frozen_with_a_note(world: World, capsys: Capture):
    freeze(world.folder, OPEN)
    assert run(["image", "pin", "staging", "web", "1.5.0", "-C", str(world.folder)]) == 0
    said = capsys.readouterr().out
    assert f"note: {SAID}" in said
    assert "until then `pulumi up` refuses to roll it out" in said
    assert "pinned web 1.5.0" in re.sub(r"\x1b\[[0-9;]*m", "", said)
    assert run(["image", "pin", "staging", "web", "1.4.2", "-C", str(world.folder), "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["version"] == "1.4.2"
    assert f"note: {SAID}" in printed.err


def test_a_rehearsal_reports_that_a_real_up_would_be_refused_now():
    now = 1_800_000_000.0
    window = FreezeSettings(reason="the sale", start=utc_text(now - 1), until=utc_text(now + 60))
    said = left_out(look_at_freezes([window], now))
    assert said.startswith("strata:freezes was left out; a real `up` refuses to roll out another release now: ")
    assert utc_text(now + 60) in said
    assert left_out(NOT_FROZEN) == left_out(look_at_freezes([window], now + 60)) == ""


def test_a_day_without_quotes_is_the_day_that_was_meant(shop: Path, capsys: Capture):
    freeze(shop, "{ reason: the sale, start: 2001-01-01, until: 2999-12-31 }")
    assert f"no new release is rolled out: {SAID}" in status(shop, capsys)


@pytest.mark.parametrize("written", ["2001-01-01T00:00:00Z", "2001-01-01T10:00:00+01:00"])
def test_a_moment_without_quotes_is_refused_as_pulumi_would_change_it(shop: Path, capsys: Capture, written: str):
    freeze(shop, f"{{ reason: the sale, start: {written}, until: 2999-12-31 }}")
    assert run(["rollout", "status", "staging", "-C", str(shop)]) == 2
    assert f'Put it in quotes: "{written}".' in capsys.readouterr().err


@pytest.mark.parametrize(
    "said, reasons",
    [
        (None, []),
        ('[{"reason": "a", "start": "2026-12-18 00:00:00 +0000 UTC", "until": "2027-01-03"}]', ["a"]),
    ],
    ids=["nothing", "days as Pulumi hands them out"],
)
def test_a_program_reads_the_windows_of_its_stack(
    monkeypatch: pytest.MonkeyPatch, said: str | None, reasons: list[str]
):
    monkeypatch.setattr("pulumi.Config.get", lambda _self, _key: said)
    assert [each.reason for each in freezes_of_program()] == reasons


@pytest.mark.parametrize("said", ["tomorrow", '[{"reason": "a"}]', "{}"])
def test_windows_that_nobody_understands_do_not_count_as_none(monkeypatch: pytest.MonkeyPatch, said: str):
    from strata.errors import SettingsError

    monkeypatch.setattr("pulumi.Config.get", lambda _self, _key: said)
    with pytest.raises(SettingsError, match="freezes"):
        freezes_of_program()
