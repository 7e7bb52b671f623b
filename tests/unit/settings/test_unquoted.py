"""Values without quotes: what a person wrote is quoted back, and what Pulumi would make of it is said."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from strata.errors import SettingsError
from strata.problem import Problem, shown
from strata.settings.load import load, load_file

PIN = "config:\n  strata:stage: dev\n  strata:images: {{web: {{version: {0}, id: ami-0123456789abcdef0}}}}\n"
TAG = "config:\n  strata:stage: dev\n  strata:tags: {{since: {0}}}\n"
PIN_A = PIN.format("a").replace("{", "{{").replace("}", "}}")
PORT = f"{PIN_A}  strata:services: {{{{web: {{{{port: {{0}}}}}}}}}}\n"
RUNTIME = "config:\n  strata:stage: dev\n  strata:runtime: {{shop: {{values: {{LEVEL: {0}}}}}}}\n"
KEY = "config:\n  strata:stage: dev\n  strata:tags: {{{0}: x}}\n"


def problem_of(tmp_path: Path, text: str) -> Problem:
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_file(file)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize("template", [PIN, TAG, RUNTIME], ids=["version", "tag", "runtime"])
@pytest.mark.parametrize(
    "written",
    [
        *("1.10", "16.10", "1.0", "1e3", "+5", "5.", "12345678901234567890123"),
        *("0042", "089", "012345678901", "017", "0x1F", "0o17", "0b11", "1_000"),
        *("2024-01-31", "2024-1-3", "2001-12-14T21:59:43Z", "2001-12-14 21:59:43"),
        *("yes", "No", "ON", "off", "y"),
        *(".inf", ".nan"),
    ],
)
def test_the_fix_for_a_text_without_quotes_is_the_text_as_it_was_written(tmp_path: Path, template: str, written: str):
    problem = problem_of(tmp_path, template.format(written))
    assert shown(problem.got) == written
    assert f'"{written}"' in problem.fix
    assert problem.line is not None


@pytest.mark.parametrize("written", ["null", "~"])
def test_nothing_where_a_text_belongs_is_quoted_as_it_was_written(tmp_path: Path, written: str):
    problem = problem_of(tmp_path, TAG.format(written))
    assert (shown(problem.got), problem.fix) == (written, f'Put it in quotes: "{written}".')


def test_a_commit_that_looks_like_a_number_is_the_text_it_is(tmp_path: Path):
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(PIN.format("7e12345"))
    assert load_file(file).settings.images["web"].version == "7e12345"


@pytest.mark.parametrize(
    "written,fix",
    [
        ("0080", "Write 80."),
        ("0100", "Write 64, or 100."),
        ("0x50", "Write 80."),
        ("8_080", "Write 8080."),
    ],
)
def test_a_number_whose_digits_mislead_is_refused_with_what_pulumi_makes_of_it(tmp_path: Path, written: str, fix: str):
    problem = problem_of(tmp_path, PORT.format(written))
    assert (shown(problem.got), problem.fix) == (written, fix)


@pytest.mark.parametrize("written,means", [("yes", "true"), ("Off", "false")])
def test_yes_where_true_belongs_is_told_to_be_true(tmp_path: Path, written: str, means: str):
    text = f"config:\n  strata:stage: dev\n  strata:ingress: {{internal: {written}}}\n"
    assert problem_of(tmp_path, text).fix == f"Write {means}."


@pytest.mark.parametrize("written", ["1.10", "0x10", "012", "2024-01-31"])
def test_a_key_pulumi_makes_another_one_of_must_be_quoted(tmp_path: Path, written: str):
    problem = problem_of(tmp_path, KEY.format(written))
    assert problem.fix == f'Put it in quotes: "{written}".'


@pytest.mark.parametrize("written", ["", "~", "null", "Null"])
def test_a_whole_setting_that_is_nothing_is_left_out(tmp_path: Path, written: str):
    problem = problem_of(tmp_path, f"config:\n  strata:stage: dev\n  strata:tags: {written}\n")
    assert problem.fix == "Leave strata:tags out."


def test_null_stays_what_switches_a_setting_off(tmp_path: Path):
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(PORT.format("80").replace("port: 80", "max_instance_lifetime_days: null"))
    assert load_file(file).settings.services["web"].max_instance_lifetime_days is None


@pytest.mark.parametrize("written", ['"2024-01-31"', "'yes'", '"0042"', '"1.10"', '"null"'])
def test_what_is_in_quotes_is_a_text(tmp_path: Path, written: str):
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(TAG.format(written))
    assert load_file(file).settings.tags["since"] == written[1:-1]


def test_every_value_without_quotes_is_told_at_once(tmp_path: Path):
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text("config:\n  strata:stage: dev\n  strata:tags: {a: 1.10, b: 2024-01-31, c: yes, d: 0042, e: fine}\n")
    with pytest.raises(SettingsError) as caught:
        load_file(file)
    assert {problem.path[-1] for problem in caught.value.problems} == {"a", "b", "c", "d"}


def test_the_last_day_of_an_override_may_stand_without_quotes_and_is_a_day_everywhere():
    def until(value: str) -> str:
        raw: dict[str, Any] = {"stage": "dev", "teardown": {"until": value, "reason": "it is over"}}
        loaded = load(raw, source="x", on=date(2026, 11, 27))
        assert loaded.settings.teardown is not None
        return loaded.settings.teardown.until

    assert until("2026-12-01") == until("2026-12-01 00:00:00 +0000 UTC") == "2026-12-01"


def test_a_program_that_is_handed_a_date_refuses_what_became_of_it():
    raw = {"stage": "dev", "tags": {"since": "2024-01-31 00:00:00 +0000 UTC"}}
    with pytest.raises(SettingsError) as caught:
        load(raw, source="config of stack dev")
    (problem,) = caught.value.problems
    assert (problem.path, problem.fix) == (("tags", "since"), 'Put it in quotes: "2024-01-31".')


def test_a_program_that_is_handed_a_float_does_not_guess_its_digits():
    with pytest.raises(SettingsError) as caught:
        load({"stage": "dev", "images": {"web": {"version": 16.1}}}, source="config of stack dev")
    assert "16.1" not in caught.value.problems[0].fix
