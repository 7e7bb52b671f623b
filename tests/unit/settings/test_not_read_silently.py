"""What Pulumi would have read and Strata cannot, and files that Pulumi refuses: one sentence, with the right file."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from strata.caution import Caution
from strata.cli.run import run
from strata.errors import SettingsError, UsageError
from strata.project.location import project_name, python_program
from strata.project.project_config import project_config
from strata.project.stack_file import find_stack_file, read_stack

PROJECT = "name: shop\nruntime: python\n"
STACK = "config:\n  strata:stage: dev\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    (tmp_path / "Pulumi.dev.yaml").write_text(STACK)
    return tmp_path


@pytest.mark.parametrize(
    "named,names",
    [
        ("[acme/prod]", "environment acme/prod"),
        ("[acme/prod, acme/keys]", "environments acme/prod, acme/keys"),
        ("acme/prod", "environment acme/prod"),
        ("[{acme/prod: {merge: false}}]", "environment acme/prod"),
        ("{imports: [acme/prod]}", "environment acme/prod"),
        ("{values: {a: 1}}", "environment written there"),
    ],
)
def test_an_environment_of_pulumi_cloud_is_not_ignored_without_a_word(project: Path, named: str, names: str):
    (project / "Pulumi.dev.yaml").write_text(f"environment: {named}\n{STACK}")
    with pytest.warns(Caution, match=f"Pulumi.dev.yaml takes values from the Pulumi ESC {names}, which only"):
        read_stack(project, "dev")


@pytest.mark.parametrize("named", ["", "[]", "null"])
def test_no_environment_is_no_caution(project: Path, named: str):
    (project / "Pulumi.dev.yaml").write_text(f"environment: {named}\n{STACK}")
    assert read_stack(project, "dev").settings == {"stage": "dev"}


@pytest.mark.parametrize("command", [["explain"], ["rollout", "plan", "--local"], ["rehearse"], ["spectrum"]])
def test_every_command_tells_once_of_an_environment_it_did_not_read(
    project: Path, command: list[str], capsys: pytest.CaptureFixture[str]
):
    (project / "Pulumi.dev.yaml").write_text(f"environment: [acme/prod]\n{STACK}  strata:tags: {{a: 1}}\n")
    verb = command[: 1 + (command[0] == "rollout")]
    run([*verb, "dev", *command[len(verb) :], "-C", str(project)])
    said = capsys.readouterr()
    assert said.err.count("warning: Pulumi.dev.yaml takes values from the Pulumi ESC environment acme/prod") == 1
    assert "pulumi env run acme/prod -- strata" in said.err
    assert "warning" not in said.out


def test_a_caution_stays_out_of_the_document(project: Path, capsys: pytest.CaptureFixture[str]):
    (project / "Pulumi.dev.yaml").write_text(f"environment: [acme/prod]\n{STACK}")
    assert run(["explain", "dev", "--json", "-C", str(project)]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["stack"] == "dev"
    assert "acme/prod" in said.err


def test_doctor_has_the_environment_among_its_findings(project: Path, capsys: pytest.CaptureFixture[str]):
    (project / "Pulumi.dev.yaml").write_text(f"environment: [acme/prod]\n{STACK}")
    run(["doctor", "dev", "--json", "-C", str(project)])
    said = capsys.readouterr()
    (found,) = (each for each in json.loads(said.out)["checks"] if each["check"] == "stack file")
    assert found["health"] == "warn"
    assert "acme/prod" in found["said"]
    assert said.err == ""


@pytest.mark.parametrize(
    "key,read", [("name", project_name), ("main", python_program), ("stackConfigDir", project_config)]
)
@pytest.mark.parametrize(
    "written,told",
    [
        ("5", '5, expected a text\n  fix: Put it in quotes: "5".'),
        ("0042", '0042, expected a text\n  fix: Put it in quotes: "0042".'),
        ("2024-01-31", '2024-01-31, expected a text\n  fix: Put it in quotes: "2024-01-31".'),
        ("true", 'true, expected a text\n  fix: Put it in quotes: "true".'),
        ("[a, b]", '["a", "b"], expected a text\n  fix: Write a single text.'),
        ("{a: b}", "a mapping, expected a text\n  fix: Write a single text."),
    ],
)
def test_what_pulumi_yaml_has_in_place_of_a_text_is_refused_in_one_sentence(
    project: Path, key: str, read: Callable[[Path], object], written: str, told: str
):
    others = "".join(f"{each}: shop\n" for each in ("name",) if each != key)
    (project / "Pulumi.yaml").write_text(f"runtime: python\n{others}{key}: {written}\n")
    line = 2 if key == "name" else 3
    with pytest.raises(UsageError) as caught:
        read(project)
    assert str(caught.value) == f"{key} in Pulumi.yaml (line {line}) is {told}"


@pytest.mark.parametrize("command", ["explain", "doctor", "spectrum", "rehearse"])
@pytest.mark.parametrize("key", ["main", "stackConfigDir", "config"])
def test_a_nul_in_a_path_is_no_bug_of_ours(project: Path, key: str, command: str, capsys: pytest.CaptureFixture[str]):
    (project / "Pulumi.yaml").write_text(f'{PROJECT}{key}: "a\\0b"\n')
    code = run([command, "dev", "-C", str(project)])
    said = "".join(capsys.readouterr())
    if (command, key) == ("explain", "main"):
        # needs no program
        assert code == 0
        return
    assert f'{key} in Pulumi.yaml (line 3) has a NUL character in it: "a\\u0000b"' in said
    # to doctor a program is one thing of many
    assert code == (0 if (command, key) == ("doctor", "main") else 2)


@pytest.mark.parametrize("written", ["5", "[a]", "true"])
def test_configuration_that_is_no_mapping_is_refused_as_pulumi_refuses_it(project: Path, written: str):
    (project / "Pulumi.yaml").write_text(f"{PROJECT}config: {written}\n")
    with pytest.raises(UsageError, match=r"config in Pulumi\.yaml \(line 3\) is .*, expected a mapping"):
        read_stack(project, "dev")


def test_a_folder_of_stack_files_is_below_the_project_even_with_a_slash_before_it(project: Path):
    (project / "stacks").mkdir()
    (project / "Pulumi.dev.yaml").rename(project / "stacks" / "Pulumi.dev.yaml")
    (project / "Pulumi.yaml").write_text(f"{PROJECT}stackConfigDir: /stacks\n")
    assert find_stack_file(project, "dev") == project / "stacks" / "Pulumi.dev.yaml"


@pytest.mark.parametrize("broken,line", [("\tx: 1\n", 3), ("main: [a\n", 4), ("name: again\n", 3)])
@pytest.mark.parametrize("read", [lambda folder: read_stack(folder, "dev"), project_name, python_program])
def test_a_syntax_problem_of_pulumi_yaml_names_that_file_and_its_line(project: Path, broken: str, line: int, read):
    (project / "Pulumi.yaml").write_text(PROJECT + broken)
    with pytest.raises(SettingsError) as caught:
        read(project)
    (problem,) = caught.value.problems
    assert str(problem).startswith(f"  Pulumi.yaml (line {line})\n")
    assert problem.as_json()["path"] == "Pulumi.yaml"
    assert "the stack file" not in str(caught.value)


def test_a_syntax_problem_of_a_stack_file_names_that_file(project: Path):
    (project / "Pulumi.dev.yaml").write_text(f"{STACK}  strata:stage: prod\n")
    with pytest.raises(SettingsError) as caught:
        read_stack(project, "dev")
    assert str(caught.value).splitlines()[1] == "  Pulumi.dev.yaml (line 3)"
