import json
from pathlib import Path

import pytest

from strata.errors import RehearsalError
from strata_rehearsal.workspace.home import Home
from strata_rehearsal.workspace.stack_state import StackState


@pytest.fixture
def state(tmp_path: Path) -> StackState:
    state = StackState(Home(tmp_path), "shop", "dev")
    state.file.parent.mkdir(parents=True)
    state.lock_folder.mkdir(parents=True)
    return state


def write(state: StackState, deployment) -> None:
    state.file.write_text(json.dumps({"version": 3, "checkpoint": {"stack": "dev", "latest": deployment}}))


def test_a_stack_that_was_never_made_has_nothing(tmp_path):
    state = StackState(Home(tmp_path), "shop", "dev")
    assert (state.exists(), state.locks(), state.pending(), state.resources()) == (False, [], [], [])


def test_a_stack_that_was_made_and_never_applied_has_no_resources(state):
    write(state, None)
    assert (state.exists(), state.resources()) == (True, [])


def test_resources_and_open_operations_are_read_from_the_checkpoint(state):
    write(
        state,
        {"resources": [{"urn": "u"}], "pending_operations": [{"type": "creating", "resource": {"urn": "urn::t::web"}}]},
    )
    assert state.resources() == [{"urn": "u"}]
    assert [(each.kind, each.name) for each in state.pending()] == [("creating", "web")]


def test_locks_name_their_holder_and_one_cut_short_counts_as_nobodys(state):
    (state.lock_folder / "a.json").write_text('{"pid": 7, "hostname": "h", "username": "u"}')
    (state.lock_folder / "b.json").write_text('{"pi')
    assert [(each.pid, each.host) for each in state.locks()] == [(7, "h"), (0, "")]


def test_a_checkpoint_that_cannot_be_read_is_an_error_with_a_way_out(state):
    state.file.write_text("{")
    with pytest.raises(RehearsalError, match="the state of stack dev cannot be read") as error:
        state.pending()
    assert "rehearse dev --stop" in str(error.value.fix)


def test_forgetting_a_stack_leaves_its_neighbours(state):
    write(state, None)
    (state.file.parent / "dev.json.bak").touch()
    neighbour = state.file.parent / "devel.json"
    neighbour.touch()
    (state.lock_folder / "a.json").write_text("{}")
    state.remove()
    assert (state.exists(), state.locks()) == (False, [])
    assert list(state.file.parent.iterdir()) == [neighbour]
