"""Configuration is read in one place: the stack's own file, where it is, and what `Pulumi.yaml` adds."""

import json
from pathlib import Path

import pytest

from strata.cli.run import run
from strata.errors import SettingsError, UsageError
from strata.project.location import locate
from strata.project.stack_file import find_stack_file, read_stack

PROJECT = """\
name: shop
runtime: python
stackConfigDir: stacks
config:
  aws:region: eu-north-1
  aws:profile: {value: shop-prod}
  strata:tags: {value: {team: web, cost: "0042"}}
  strata:stage: prod
  strata:images:
    value:
      web: {version: 1.4.2, id: ami-0f3c51d29a7e84b61}
  colour: {type: string, default: red}
  shop:size: 4
  shop:unset: {type: string}
  list: [a, b]
"""
STACK = "config:\n  strata:stage: dev\n  shop:colour: blue\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.dev.yaml").write_text(STACK)
    return tmp_path


def test_values_of_pulumi_yaml_are_those_of_every_stack_that_does_not_say_otherwise(project: Path):
    found = read_stack(project, "dev")
    assert found.settings["stage"] == "dev"
    assert found.settings["tags"] == {"team": "web", "cost": "0042"}
    assert found.settings["images"]["web"]["version"] == "1.4.2"
    assert found.provider == {"region": "eu-north-1", "profile": "shop-prod"}
    assert {key: it for key, it in found.config.items() if key.startswith("shop:")} == {
        "shop:colour": "blue",
        "shop:size": 4,
        "shop:list": ["a", "b"],
    }


def test_explain_shows_what_pulumi_yaml_says_and_that_it_does(project: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["explain", "dev", "-C", str(project), "--json"]) == 0
    settings = {each["path"]: each for each in json.loads(capsys.readouterr().out)["settings"]}
    team = settings["strata:tags.team"]
    assert (team["value"], team["origin"], team["line"]) == ("web", "Pulumi.yaml", 7)
    assert settings["strata:stage"]["origin"] == "stack file"


def test_a_problem_of_pulumi_yaml_names_that_file_and_its_line(project: Path, capsys: pytest.CaptureFixture[str]):
    (project / "Pulumi.yaml").write_text(PROJECT.replace('"0042"', "0042"))
    assert run(["explain", "dev", "-C", str(project)]) == 2
    assert "strata:tags.cost (Pulumi.yaml line 7)" in capsys.readouterr().err


def test_a_mapping_without_value_is_refused_as_pulumi_refuses_it(project: Path):
    (project / "Pulumi.yaml").write_text("name: shop\nruntime: python\nconfig:\n  strata:tags: {team: web}\n")
    (project / "Pulumi.dev.yaml").write_text(STACK)
    with pytest.raises(SettingsError) as caught:
        read_stack(project, "dev")
    (problem,) = caught.value.problems
    assert (problem.line, problem.fix) == (4, "Write strata:tags: {value: ...}.")


def test_the_old_spelling_of_the_folder_of_stack_files_works(project: Path):
    (project / "Pulumi.yaml").write_text("name: shop\nruntime: python\nconfig: stacks\n")
    assert find_stack_file(project, "dev").parent.name == "stacks"


def test_a_stack_file_that_pulumi_would_not_read_is_not_read(tmp_path: Path):
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yml").write_text(STACK)
    with pytest.raises(UsageError, match=r"Pulumi reads Pulumi\.dev\.yaml only"):
        find_stack_file(tmp_path, "dev")


@pytest.mark.parametrize("given", ["dev", "acme/dev", "acme/shop/dev"])
def test_a_stack_has_one_bare_name_however_it_is_named(project: Path, given: str):
    assert locate(project, given) == (project, "dev")


def test_a_stack_of_another_project_is_refused_in_one_sentence(project: Path):
    with pytest.raises(UsageError) as caught:
        locate(project, "acme/blog/dev")
    assert "a stack of the project blog" in caught.value.message
    assert caught.value.fix is not None
    assert "acme/shop/dev" in caught.value.fix


@pytest.mark.parametrize("given", ["", "/dev", "acme//dev", "a/b/c/d", "acme/shop/", "../dev", "a b"])
def test_what_is_no_name_of_a_stack_is_refused_with_the_forms_there_are(project: Path, given: str):
    with pytest.raises(UsageError, match="is not a stack name") as caught:
        locate(project, given)
    assert caught.value.fix is not None
    assert "ORGANISATION/PROJECT/STACK" in caught.value.fix


@pytest.mark.parametrize(
    "command",
    [
        ["explain"],
        ["doctor"],
        ["guard", "--plan", "plan.json"],
        ["rehearse", "--stop"],
        ["rollout", "status"],
        ["rollout", "plan", "--local"],
        ["backup", "drill", "--local"],
        ["spectrum"],
    ],
)
def test_every_command_knows_a_stack_by_its_full_name(
    command: list[str], project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(project)
    (project / "plan.json").write_text('{"steps": []}')
    (project / "__main__.py").write_text("import strata\nstrata.Stack.load()\n")
    database = ["orders"] if command[0] == "backup" else []
    verb, options = command[: 1 + (command[0] in ("rollout", "backup"))], command
    said: dict[str, tuple[int, str]] = {}
    for name in ("dev", "acme/dev", "acme/shop/dev"):
        code = run([*verb, name, *database, *options[len(verb) :]])
        said[name] = (code, "".join(capsys.readouterr()))
    assert said["acme/dev"] == said["acme/shop/dev"] == said["dev"]
    assert "strata bug" not in said["dev"][1]
