"""Files of the backend that were cut off, without an engine; with one in tests/integration/test_cut_off_files.py."""

import json
from pathlib import Path

import pytest

from strata.errors import RehearsalError
from strata_rehearsal.workspace.home import Home
from strata_rehearsal.workspace.recovery import repair
from strata_rehearsal.workspace.stack_state import StackState

WHOLE = json.dumps({"version": 3, "checkpoint": {"stack": "dev", "latest": None}})
BEFORE = json.dumps({"version": 3, "checkpoint": {"stack": "dev", "latest": {"resources": []}}})


@pytest.fixture
def state(tmp_path: Path) -> StackState:
    """The files of a stack that was applied, all of them whole."""
    state = StackState(Home(tmp_path), "shop", "dev")
    for folder in (state.file.parent, state.lock_folder, state.history_folder, state.home.pulumi_home / "workspaces"):
        folder.mkdir(parents=True)
    state.meta_file.write_text("version: 1\n")
    state.file.write_text(WHOLE)
    bak(state).write_text(BEFORE)
    (state.home.pulumi_home / "workspaces" / "shop-1-workspace.json").write_text("{}")
    return state


def bak(state: StackState) -> Path:
    return state.file.with_name("dev.json.bak")


def contents(state: StackState) -> dict[Path, str]:
    return {file: file.read_text() for file in state.home.root.rglob("*") if file.is_file()}


def test_whole_files_are_left_as_they_are(state):
    before = contents(state)
    told: list[str] = []
    assert repair(state, told.append) is False
    assert (contents(state), told) == (before, [])


def test_a_backend_that_is_not_there_is_not_made(tmp_path):
    assert repair(StackState(Home(tmp_path), "shop", "dev"), pytest.fail) is False
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("offset", range(len(WHOLE)))
def test_a_state_cut_off_anywhere_is_replaced_by_the_one_before(state, offset):
    state.file.write_text(WHOLE[:offset])
    told: list[str] = []
    assert repair(state, told.append) is True
    assert state.file.read_text() == BEFORE
    assert told == ["the state of stack dev was cut off: going on with the one before it"]


def test_a_first_state_cut_off_is_forgotten_because_nothing_was_made_yet(state):
    bak(state).unlink()
    state.file.write_text("")
    assert repair(state, lambda _: None) is True
    assert not state.exists()


def test_two_states_cut_off_are_an_error_that_says_what_to_do(state):
    state.file.write_text("")
    bak(state).write_text("{")
    with pytest.raises(RehearsalError, match="are both cut off") as error:
        repair(state, lambda _: None)
    fix = "Start the stack from scratch: `strata rehearse dev --stop`, then `strata rehearse dev`."
    assert error.value.fix == fix


def test_a_state_before_that_does_not_know_what_was_made_is_an_error_that_says_what_to_do(state):
    state.file.write_text("")
    with pytest.raises(RehearsalError, match=r"knows nothing of web: .*dev\.json") as error:
        repair(state, lambda _: None, ["urn:pulumi:dev::shop::aws:s3/bucket:Bucket::web"])
    assert "strata rehearse dev --stop" in str(error.value.fix)


@pytest.mark.parametrize(
    "latest", [{"resources": [{"urn": "u::a"}]}, {"pending_operations": [{"resource": {"urn": "u::a"}}]}]
)
def test_a_state_before_that_knows_what_was_made_or_was_being_made_will_do(state, latest):
    state.file.write_text("")
    bak(state).write_text(json.dumps({"checkpoint": {"latest": latest}}))
    assert repair(state, lambda _: None, ["u::a"]) is True


@pytest.mark.parametrize("content", ["", "v", "version", "version:", "version: "])
def test_a_layout_file_cut_off_anywhere_is_written_again(state, content):
    state.meta_file.write_text(content)
    assert repair(state, lambda _: None) is True
    assert state.meta_file.read_text() == "version: 1\n"


def test_a_layout_file_that_is_gone_does_not_hide_the_stacks(state):
    state.meta_file.unlink()
    assert repair(state, lambda _: None) is True
    assert state.meta_file.read_text() == "version: 1\n"


def test_notes_beside_files_and_drafts_are_removed_without_a_word_and_those_of_other_stacks_stay(state):
    neighbour = state.file.with_name("devel.json.attrs")
    gone = [
        state.file.with_name("dev.json.attrs"),
        state.file.with_name("dev.json.bak.attrs"),
        state.file.with_name("dev.json.18ac.tmp"),
        state.meta_file.with_name("meta.yaml.attrs"),
        state.history_folder / "dev-1.history.json.attrs",
    ]
    for file in (neighbour, *gone):
        file.touch()
    assert repair(state, pytest.fail) is False
    assert [file for file in gone if file.exists()] == []
    assert neighbour.exists()


@pytest.mark.parametrize("content", ["", "{", '{"stack": "de'])
def test_what_the_engine_remembers_of_folders_is_removed_if_it_was_cut_off(state, content):
    file = state.home.pulumi_home / "workspaces" / "shop-1-workspace.json"
    file.write_text(content)
    told: list[str] = []
    assert repair(state, told.append) is True
    assert not file.exists()
    assert "nothing is lost with it" in told[0]
