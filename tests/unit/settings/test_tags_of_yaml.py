"""Explicit tags of YAML: each scalar is what Pulumi makes of it, and what a person is shown is what was written."""

from pathlib import Path
from typing import Any

import pytest

from strata.errors import SettingsError
from strata.problem import Problem, shown
from strata.project.stack_file import read_stack_file
from strata.settings.load import load_file

MOMENT = "2024-01-31 00:00:00 +0000 UTC"


def read(tmp_path: Path, written: str, key: str = "strata:v") -> Any:
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(f"config:\n  {key}: {{a: {written}}}\n")
    return read_stack_file(file).settings["v"]["a"]


def problem_of(tmp_path: Path, text: str) -> Problem:
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(f"config:\n  strata:stage: dev\n{text}\n")
    with pytest.raises(SettingsError) as caught:
        load_file(file)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    "written,value",
    [
        ("!!int 0042", 34),
        ('!!int "0042"', 34),
        ("!<tag:yaml.org,2002:int> 0042", 34),
        ("! 0042", 34),
        ('! "0042"', "0042"),
        ("! yes", "yes"),
        ("! ~", None),
        ("!!int 9223372036854775808", 9223372036854776000),
        ("!!float 1", 1),
        ("!!float 0042", 34),
        ('!!float "1.5"', 1.5),
        ("!!float 0x1F", 31),
        ("!!float 1_0", 10),
        ("!!bool true", True),
        ('!!bool "false"', False),
        ("!!timestamp 2024-01-31", MOMENT),
        ('!!timestamp "2024-01-31"', MOMENT),
        ("!!null ~", None),
        ('!!null ""', None),
        ("!!str 0042", "0042"),
        ("!!str ~", "~"),
        ("!!str 2024-01-31", "2024-01-31"),
        ("!!binary aGVsbG8=", "hello"),
        ("!!foo bar", "bar"),
        ("!!foo 0042", "0042"),
    ],
)
def test_a_scalar_with_a_tag_is_what_pulumi_makes_of_it(tmp_path: Path, written: str, value: Any):
    found = read(tmp_path, written)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    "written,said",
    [
        ("!!bool yes", "cannot decode !!str `yes` as a !!bool"),
        ("!!bool 1", "cannot decode !!int `1` as a !!bool"),
        ("!!int 1.5", "cannot decode !!float `1.5` as a !!int"),
        ("!!int abc", "cannot decode !!str `abc` as a !!int"),
        ("!!int 2024-01-31", "cannot decode !!str `2024-01-31` as a !!int"),
        ("!!int ", "cannot decode !!null `` as a !!int"),
        ("!!float abc", "cannot decode !!str `abc` as a !!float"),
        ("!!float 9223372036854775808", "cannot decode !!int `9223372036854775808` as a !!float"),
        ("!!timestamp abc", "cannot decode !!str `abc` as a !!timestamp"),
        ("!!timestamp 2024", "cannot decode !!int `2024` as a !!timestamp"),
        ("!!null abc", "cannot decode !!str `abc` as a !!null"),
        ("!!binary a", "!!binary value contains invalid base64 data"),
    ],
)
def test_what_pulumi_cannot_read_under_its_tag_is_refused_in_its_words(tmp_path: Path, written: str, said: str):
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, written)
    (problem,) = caught.value.problems
    assert (problem.got, problem.line) == (said, 2)


@pytest.mark.parametrize(
    "written,source",
    [
        ("!!int 0042", "!!int 0042"),
        ('!!int "0042"', "!!int 0042"),
        ("!!float 1.10", "!!float 1.10"),
        ("!!float 16.10", "!!float 16.10"),
        ("!!timestamp 2024-01-31", "!!timestamp 2024-01-31"),
        ("!!int 42", "!!int 42"),
    ],
)
def test_the_fix_has_the_digits_as_they_were_written_and_says_to_drop_the_tag(
    tmp_path: Path, written: str, source: str
):
    problem = problem_of(tmp_path, f"  strata:tags: {{since: {written}}}")
    tag, text = source.split()
    assert shown(problem.got) == source
    assert problem.fix == f'Put it in quotes, without {tag}: "{text}".'


def test_a_lone_exclamation_mark_makes_no_text_of_a_number(tmp_path: Path):
    problem = problem_of(tmp_path, "  strata:tags: {since: ! 0042}")
    assert (shown(problem.got), problem.fix) == ("0042", 'Put it in quotes: "0042".')


def test_a_number_with_a_tag_is_written_as_the_number_it_is(tmp_path: Path):
    pin = "  strata:images: {web: {version: a, id: ami-0123456789abcdef0}}\n"
    problem = problem_of(tmp_path, f"{pin}  strata:services: {{web: {{port: !!int 0100}}}}")
    assert (shown(problem.got), problem.fix) == ("!!int 0100", "Write 64, or 100.")


@pytest.mark.parametrize("written", ["!!str 1.10", '!!str "2024-01-31"', "!!binary aGVsbG8="])
def test_a_tag_that_makes_a_text_is_as_good_as_quotes(tmp_path: Path, written: str):
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(f"config:\n  strata:stage: dev\n  strata:tags: {{since: {written}}}\n")
    assert isinstance(load_file(file).settings.tags["since"], str)


def test_a_key_with_a_tag_is_a_problem_only_where_it_becomes_another_one(tmp_path: Path):
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text("config:\n  strata:stage: dev\n  strata:tags: {!!int 42: a, !!str 0042: b}\n")
    assert {"42", "0042"} <= load_file(file).settings.tags.keys()
    problem = problem_of(tmp_path, "  strata:tags: {!!int 0042: x}")
    assert (shown(problem.got), problem.fix) == ("!!int 0042", 'Put it in quotes, without !!int: "0042".')
