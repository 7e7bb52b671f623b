"""`strata break-glass`: bad input is one clear error before AWS is asked anything; what is there is shown."""

import json
from pathlib import Path
from typing import Any

import pytest

from strata.cli.run import run
from strata.naming import break_glass_name, record_name
from tests.unit.promotion.test_tainted_services import CLOSED, OPEN

Capture = pytest.CaptureFixture[str]
STACK = "acme/shop/prod"
RECORD = record_name("shop", "prod", "web")
SERVER = "i-0f3c51d29a7e84b61"


@pytest.mark.parametrize(
    "words,said",
    [
        (("open", STACK, "web", "--reason", "x"), "'web' names no server and no task"),
        (("open", STACK, SERVER, "--reason", "  "), "--reason has 0 characters: expected 1 to 500"),
        (("open", STACK, SERVER, "--reason", "x" * 501), "--reason has 501 characters: expected 1 to 500"),
        (("open", STACK, SERVER, "--reason", "x", "--for", "soon"), "'soon' is not a duration"),
        (("open", STACK, SERVER, "--reason", "x", "--for", "14m"), "--for is 14m: expected 15 min to 24 h"),
        (("open", STACK, SERVER, "--reason", "x", "--for", "25h"), "--for is 25h: expected 15 min to 24 h"),
        (("open", STACK, SERVER), "missing option '--reason'"),
        (("close", STACK), "neither INSTANCE nor --expired is given"),
        (("close", STACK, SERVER, "--expired"), "INSTANCE and --expired are both given"),
        (("close", STACK, "--expired", "--fixed-in", "1"), "--expired is given with --fixed-in or --no-change"),
        (("close", STACK, SERVER, "--fixed-in", "1", "--no-change", "x"), "--fixed-in and --no-change are both given"),
        (("close", STACK, SERVER, "--fixed-in", "a b"), "'a b' is no version of an image"),
    ],
)
def test_bad_input_is_one_error(tmp_path: Path, capsys: Capture, words: tuple[str, ...], said: str):
    assert run(["break-glass", *words, "-C", str(tmp_path)]) == 2
    assert said in capsys.readouterr().err


def test_what_is_open_or_keeps_promotions_back_is_listed_and_the_rest_with_all(
    ssm: Any, tmp_path: Path, capsys: Capture
):
    for index, note in enumerate((OPEN, CLOSED, CLOSED)):
        unit = f"i-0000000000000000{index}"
        text = json.loads(note.to_json()) | {"unit": unit, "fixed_in": "1.5.1" if index == 2 else ""}
        ssm.put_parameter(Name=break_glass_name(RECORD, unit), Value=json.dumps(text), Type="String")
    assert run(["break-glass", "list", STACK, "-C", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "i-00000000000000000 is gone, and its note expired at 2026-11-28T20:00:00Z: `strata break-glass" in said
    assert "i-00000000000000001 keeps promotions back" in said
    assert "i-00000000000000002" not in said
    assert run(["break-glass", "list", STACK, "--all", "--json", "-C", str(tmp_path)]) == 0
    notes = json.loads(capsys.readouterr().out)["notes"]
    assert [each["state"] for each in notes] == ["expired", "closed", "closed"]
    assert [(each["seen"], each["as_noted"]) for each in notes] == [("is gone", False), (None, None), (None, None)]


def test_a_dry_run_of_closing_what_is_gone_says_that_it_is(ssm: Any, tmp_path: Path, capsys: Capture):
    for unit, note in ((SERVER, OPEN), (f"{SERVER[:-1]}2", CLOSED)):
        text = json.loads(note.to_json()) | {"unit": unit}
        ssm.put_parameter(Name=break_glass_name(RECORD, unit), Value=json.dumps(text), Type="String")
    assert run(["break-glass", "close", STACK, SERVER, "--dry-run", "-C", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"would close {SERVER} of web, which is gone; nothing was done\n"
    assert run(["break-glass", "close", STACK, f"{SERVER[:-1]}2", "--dry-run", "-C", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"{SERVER[:-1]}2 of web is closed already; nothing was done\n"


def test_a_note_that_was_written_over_is_no_empty_list(ssm: Any, tmp_path: Path, capsys: Capture):
    ssm.put_parameter(Name=break_glass_name(RECORD, SERVER), Value="closed", Type="String")
    assert run(["break-glass", "list", STACK, "-C", str(tmp_path)]) == 2
    assert f"parameter {break_glass_name(RECORD, SERVER)} is no note of break-glass" in capsys.readouterr().out
