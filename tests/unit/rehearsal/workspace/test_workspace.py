import json
from pathlib import Path

import pytest

from strata.errors import RehearsalError
from strata.project.verbatim import REPLACEMENT, read_yaml, without_secrets
from strata_rehearsal.workspace.home import Home
from strata_rehearsal.workspace.stack_state import StackState
from strata_rehearsal.workspace.workspace import ready_workspace

PROJECT = """\
name: shop
runtime: {name: python, options: {virtualenv: venv}}
description: A shop
main: infra
backend: {url: s3://theirs}
options: {refresh: always}
plugins: {providers: [{name: aws, path: ../mine}]}
config:
  shop:colour: {type: string, default: red}
"""

STACK = """\
secretsprovider: awskms://alias/theirs
encryptedkey: abc
encryptionsalt: v1:theirs
config:
  aws:region: eu-west-1   # kept
  shop:when: 22:30
  shop:on: on
  shop:day: 2026-11-20
  shop:token: {secure: v1:abc}
  shop:nested:
    list: [{secure: v1:def}, plain]
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text(PROJECT)
    (folder / "Pulumi.prod.yaml").write_text(STACK)
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "it")


def test_the_copy_keeps_settings_as_they_are_written_and_needs_no_key(home, repository):
    workspace = ready_workspace(home, repository, "prod")
    copy = read_yaml(workspace.folder / "Pulumi.prod.yaml")
    assert set(copy) == {"config"}
    text = (workspace.folder / "Pulumi.prod.yaml").read_text()
    assert "shop:when: 22:30\n" in text
    assert "shop:on: on\n" in text
    assert "shop:day: 2026-11-20\n" in text
    assert copy["config"]["shop:token"] == REPLACEMENT
    assert copy["config"]["shop:nested"] == {"list": [REPLACEMENT, "plain"]}
    assert workspace.replaced == ("shop:token", "shop:nested.list[0]")


def test_the_project_points_at_the_program_and_drops_what_is_not_the_rehearsals(home, repository):
    workspace = ready_workspace(home, repository, "prod")
    project = read_yaml(workspace.folder / "Pulumi.yaml")
    assert set(project) == {"name", "description", "config", "runtime", "main"}
    assert project["main"] == str(repository / "infra")
    assert (workspace.project, workspace.stack) == ("shop", "prod")


def test_nothing_is_written_into_the_repository(home, repository):
    before = {each: each.read_bytes() for each in repository.iterdir()}
    ready_workspace(home, repository, "prod", config={"aws:region": "local"})
    assert {each: each.read_bytes() for each in repository.iterdir()} == before


def test_settings_on_top_replace_whole_values_and_others_can_be_left_out(home, repository):
    endpoints = [{"ec2": "http://127.0.0.1:1"}]
    workspace = ready_workspace(
        home, repository, "prod", config={"shop:nested": 1, "aws:endpoints": endpoints}, without=["shop:token"]
    )
    config = read_yaml(workspace.folder / "Pulumi.prod.yaml")["config"]
    assert (config["shop:nested"], config["aws:endpoints"], config["aws:region"]) == (1, endpoints, "eu-west-1")
    assert "shop:token" not in config


def test_the_salt_the_engine_wrote_outlives_a_refresh_of_the_copy(home, repository):
    folder = ready_workspace(home, repository, "prod").folder
    copy = folder / "Pulumi.prod.yaml"
    copy.write_text("encryptionsalt: v1:ours\n" + copy.read_text())
    ready_workspace(home, repository, "prod")
    assert read_yaml(copy)["encryptionsalt"] == "v1:ours"


def test_stack_files_in_a_folder_of_their_own_are_found(home, repository):
    (repository / "stacks").mkdir()
    (repository / "Pulumi.prod.yaml").rename(repository / "stacks" / "Pulumi.prod.yaml")
    (repository / "Pulumi.yaml").write_text(PROJECT + "stackConfigDir: stacks\n")
    assert ready_workspace(home, repository, "prod").replaced


def test_an_unknown_stack_is_an_error_that_names_the_known_ones(home, repository):
    (repository / "Pulumi.dev.yaml").touch()
    with pytest.raises(RehearsalError, match="no stack 'stagging'") as error:
        ready_workspace(home, repository, "stagging")
    assert error.value.fix == "Use one of: dev, prod."


@pytest.mark.parametrize("name", ["", "a b", "../up", "org/shop/prod"])
def test_what_is_no_stack_name_is_refused_before_anything_is_written(home, repository, name):
    with pytest.raises(RehearsalError, match="is not a stack name"):
        ready_workspace(home, repository, name)
    assert not home.root.exists()


@pytest.mark.parametrize(
    "file,content,message",
    [
        ("Pulumi.yaml", None, "no Pulumi.yaml in"),
        ("Pulumi.yaml", "runtime: python\n", "has no `name`"),
        ("Pulumi.yaml", "- a\n", "holds a list, expected a mapping"),
        ("Pulumi.prod.yaml", "config: off\n", "`config` in .* holds a single value"),
        ("Pulumi.prod.yaml", "config: {a: [\n", "Pulumi.prod.yaml is not YAML"),
    ],
)
def test_a_file_that_is_not_what_pulumi_expects_is_an_error_that_names_it(home, repository, file, content, message):
    (repository / file).unlink()
    if content is not None:
        (repository / file).write_text(content)
    with pytest.raises(RehearsalError, match=message):
        ready_workspace(home, repository, "prod")


def test_a_stack_file_without_settings_is_an_empty_configuration(home, repository):
    (repository / "Pulumi.prod.yaml").write_text("")
    assert ready_workspace(home, repository, "prod").replaced == ()


def test_only_a_mapping_with_secure_alone_is_a_secret():
    value = {"secure": "x", "other": 1}
    assert without_secrets({"a": value}) == ({"a": value}, [])


@pytest.mark.parametrize("content", ["", "encryptionsalt: v1:abc", "encryptionsalt: v1:a\nconfig:\n  {"])
def test_a_salt_cut_off_in_the_private_folder_is_read_from_the_state(home, repository, content):
    work = ready_workspace(home, repository, "prod")
    state = StackState(home, work.project, "prod")
    state.file.parent.mkdir(parents=True)
    provider = {"type": "passphrase", "state": {"salt": "v1:abcdef"}}
    state.file.write_text(json.dumps({"checkpoint": {"latest": {"secrets_providers": provider}}}))
    (work.folder / "Pulumi.prod.yaml").write_text(content)
    ready_workspace(home, repository, "prod")
    assert "encryptionsalt: v1:abcdef\n" in (work.folder / "Pulumi.prod.yaml").read_text()


def test_a_stack_file_cut_off_before_the_stack_was_made_is_written_again(home, repository):
    work = ready_workspace(home, repository, "prod")
    (work.folder / "Pulumi.prod.yaml").write_text("config:\n  {")
    ready_workspace(home, repository, "prod")
    assert "encryptionsalt" not in (work.folder / "Pulumi.prod.yaml").read_text()
