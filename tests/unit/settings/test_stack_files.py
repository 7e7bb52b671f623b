"""Reading stack files: values, lines, and files that are none."""

from pathlib import Path

import pytest

from strata.errors import SettingsError, UsageError
from strata.project.stack_file import find_stack_file, read_stack_file
from strata.settings.load import load_file

MINIMAL = "config:\n  strata:stage: dev\n"


@pytest.fixture
def write(tmp_path: Path):
    def written(text: str | bytes, name: str = "Pulumi.dev.yaml") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return written


def test_every_value_knows_its_line(write):
    tags = "  strata:tags:\n    a: x\n    b: y\n"
    items = "  strata:list:\n    - 1\n    - k: 2\n"
    found = read_stack_file(write(f"config:\n  aws:region: eu-west-1\n{tags}{items}"))
    assert found.settings == {"tags": {"a": "x", "b": "y"}, "list": [1, {"k": 2}]}
    assert found.lines == {
        ("tags",): 3,
        ("tags", "a"): 4,
        ("tags", "b"): 5,
        ("list",): 6,
        ("list", 0): 7,
        ("list", 1): 8,
        ("list", 1, "k"): 8,
    }
    assert found.region == "eu-west-1"


def test_anchors_and_merges_are_read_as_what_they_stand_for(write):
    found = read_stack_file(
        write("config:\n  strata:a: &base {x: true, y: 1}\n  strata:b: {<<: *base, y: 2}\n  strata:c: *base\n")
    )
    assert found.settings == {"a": {"x": True, "y": 1}, "b": {"x": True, "y": 2}, "c": {"x": True, "y": 1}}


@pytest.mark.parametrize(
    "text,line",
    [
        (MINIMAL + "  strata:stage: prod\n", 3),
        ("config:\n  strata:stage: [dev\n", 3),
        ("config:\n\tstrata:stage: dev\n", 2),
        ("config: !tag\n  strata:stage: dev\n", 1),
        (MINIMAL + "---\na: 1\n", 3),
        ("- config\n", 1),
        ("config: 5\n", 1),
        ("config:\n  strata:stage: 2024-13-45\n  a: *b\n", 3),
    ],
)
def test_a_file_that_is_none_is_one_problem_with_its_line(write, text: str, line: int):
    with pytest.raises(SettingsError) as caught:
        load_file(write(text))
    (problem,) = caught.value.problems
    assert (problem.rule, problem.line, problem.path) == ("yaml", line, ())


@pytest.mark.parametrize("text", ["", "config:\n", "config: {}\n", "encryptionsalt: v1:abc\n"])
def test_a_file_without_settings_misses_its_stage(write, text: str):
    with pytest.raises(SettingsError) as caught:
        load_file(write(text))
    assert [(problem.path, problem.rule) for problem in caught.value.problems] == [(("stage",), "field-missing")]


def test_a_file_that_is_not_text_is_told_so(write):
    with pytest.raises(UsageError, match=r"cannot read Pulumi\.dev\.yaml"):
        load_file(write(b"a: \xff\n"))


def test_a_key_nobody_knows_names_the_one_that_was_meant(write):
    with pytest.raises(SettingsError) as caught:
        load_file(write(MINIMAL + "  strata:netwrok: {}\n  other:netwrok: {}\n"))
    (problem,) = caught.value.problems
    assert (problem.path, problem.line, problem.fix) == (("netwrok",), 3, "Did you mean strata:network?")


def test_a_problem_is_written_with_place_value_expectation_and_fix(write):
    with pytest.raises(SettingsError) as caught:
        load_file(write(MINIMAL + "  strata:network:\n    cidr: 10.0.0.1/16\n"))
    assert str(caught.value) == (
        "Pulumi.dev.yaml has 1 problem\n"
        "  strata:network.cidr (line 4)\n"
        '    got "10.0.0.1/16", expected an IPv4 range such as 10.0.0.0/16\n'
        "    fix: Bits beyond the prefix are set; write 10.0.0.0/16."
    )


def test_a_stack_is_found_by_its_name_with_or_without_organisation(write, tmp_path: Path):
    path = write(MINIMAL)
    assert find_stack_file(tmp_path, "dev") == path
    assert find_stack_file(tmp_path, "acme/shop/dev") == path


def test_a_stack_that_is_not_there_names_those_that_are(write, tmp_path: Path):
    write(MINIMAL, "Pulumi.staging.yaml")
    write("name: shop\n", "Pulumi.yaml")
    with pytest.raises(UsageError) as caught:
        find_stack_file(tmp_path, "stagin")
    assert caught.value.fix == "Did you mean staging? There are staging."
