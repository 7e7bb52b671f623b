"""`strata init`: what a new project says, and that nothing of anybody is lost by it."""

import json
import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from strata.cli.commands import command_of
from strata.exit_code import ExitCode
from strata.new_project.create import create
from strata.new_project.project_files import FILES, NewProject, ServiceKind, project_files
from strata.settings.load import load_file

KINDS = list(ServiceKind)
STACKS = ("dev", "staging", "prod")


def init(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(command_of("init"), words)
    return done.exit_code, done.output


@pytest.fixture(params=KINDS)
def project(request: pytest.FixtureRequest) -> NewProject:
    return NewProject("shop", "till", request.param, "eu-central-1")


def test_every_template_is_a_file_of_the_project_and_the_other_way_round(project: NewProject) -> None:
    assert list(project_files(project)) == list(FILES)
    template = Path(create.__code__.co_filename).parent / "template"
    there = {str(each.relative_to(template)) for each in template.rglob("*.jinja")}
    assert there == {f"{name.lstrip('.')}.jinja" for name in FILES}


def test_no_file_has_a_placeholder_of_its_template_or_another_name(project: NewProject) -> None:
    for name, text in project_files(project).items():
        assert text.endswith("\n"), name
        assert not {"<<", ">>", "{%"} & {text[at : at + 2] for at in range(len(text))}, name
        assert "\n\n\n\n" not in text, name


@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_file_is_valid(project: NewProject, stack: str, tmp_path: Path) -> None:
    create(tmp_path, project_files(project))
    assert load_file(tmp_path / f"Pulumi.{stack}.yaml").settings.stage == stack


def parsed(line: str) -> str:
    """The command of a line, whose words it accepts; it is not run."""
    words = shlex.split(re.sub(r"\$\{\{.*?\}\}", "staging", line))
    end = next((at for at, word in enumerate(words) if word in (">", "|", "&&")), len(words))
    _strata, name, *rest = words[:end]
    command = command_of(name)
    while isinstance(command, click.Group):
        name, rest = f"{name} {rest[0]}", rest[1:]
        command = command.commands[name.rpartition(" ")[2]]
    command.make_context(name, rest)
    return name


def test_the_pipeline_is_yaml_and_every_strata_line_of_it_is_a_command_with_its_options(project: NewProject) -> None:
    files = project_files(project)
    used: set[str] = set()
    for name in FILES:
        if not name.startswith(".github/"):
            continue
        jobs = YAML(typ="safe").load(files[name])["jobs"]
        lines = [line for job in jobs.values() for step in job["steps"] for line in step.get("run", "").splitlines()]
        ours = [line.strip() for line in lines if "strata " in line]
        assert all(line.startswith("strata ") for line in ours), ours
        used |= {parsed(line) for line in ours}
    assert used >= {"explain", "guard", "rehearse", "rollout status"}


def test_every_strata_line_of_the_readme_is_a_command_with_its_options(project: NewProject) -> None:
    lines = [line for line in project_files(project)["README.md"].splitlines() if line.startswith("strata ")]
    assert {parsed(line) for line in lines} >= {"rehearse", "image pin", "image promote", "rollout rollback"}


@pytest.mark.parametrize("line", ["strata guard prod --markdwon", "strata rollout status", "strata rollout statsu x"])
def test_a_line_that_no_command_accepts_is_found(line: str) -> None:
    with pytest.raises((click.UsageError, KeyError)):
        parsed(line)


def test_the_program_is_python(project: NewProject) -> None:
    for name, text in project_files(project).items():
        if name.endswith(".py"):
            compile(text, name, "exec")


def test_init_writes_the_files_and_says_what_to_do_next(tmp_path: Path) -> None:
    code, said = init(str(tmp_path / "shop"))
    assert code == ExitCode.OK
    assert {str(each.relative_to(tmp_path / "shop")) for each in (tmp_path / "shop").rglob("*") if each.is_file()} == {
        *FILES
    }
    assert "name: shop\n" in (tmp_path / "shop/Pulumi.yaml").read_text()
    assert "rehearse staging -C" in said


def test_init_can_say_it_in_json_and_without_writing(tmp_path: Path) -> None:
    code, said = init(str(tmp_path / "shop"), "--dry-run", "--json", "--containers")
    assert code == ExitCode.OK
    assert json.loads(said)["files"] == list(FILES)
    assert not (tmp_path / "shop").exists()


@pytest.mark.parametrize("dry", [(), ("--dry-run",)], ids=["writing", "dry run"])
def test_what_is_there_is_named_and_left_alone(tmp_path: Path, dry: tuple[str, ...]) -> None:
    (tmp_path / "README.md").write_text("mine")
    (tmp_path / "Pulumi.yaml").symlink_to("elsewhere")
    done = CliRunner().invoke(command_of("init"), [str(tmp_path), *dry])
    assert "has Pulumi.yaml, README.md already" in str(done.exception)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["Pulumi.yaml", "README.md"]
    assert (tmp_path / "README.md").read_text() == "mine"


def test_every_wrong_word_is_named_at_once(tmp_path: Path) -> None:
    words = [str(tmp_path / "shop"), "--name", "my shop", "--service", "Web", "--region", "mars"]
    done = CliRunner().invoke(command_of("init"), words)
    assert all(each in str(done.exception) for each in ("'my shop'", "'Web'", "'mars'"))
    assert not (tmp_path / "shop").exists()


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("mine")
    done = CliRunner().invoke(command_of("init"), [str(tmp_path / "shop")])
    assert "is a file" in str(done.exception)


def test_where_writing_fails_halfway_nothing_stays(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    with pytest.raises(UnicodeEncodeError):
        create(folder, {"a/b/first": "fine", "second": "\ud800"})
    assert list(tmp_path.iterdir()) == []


def test_what_the_disk_refuses_is_said(tmp_path: Path) -> None:
    done = CliRunner().invoke(command_of("init"), [str(tmp_path / ("x" * 300)), "--name", "shop"])
    assert "cannot be written: File name too long" in str(done.exception)
