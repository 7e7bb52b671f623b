"""Every command about a stack that is not there, and about one of which nothing was ever released."""

import pytest

from tests.contract.command_leaves import LEAVES
from tests.contract.documents.spoken import leaf_of, local_lines
from tests.contract.permissions.account import Account
from tests.contract.permissions.runs import RUNS

WITHOUT_STACK = {"schema": "it is of every stack", "init": "there is none before it"}
ENGINE = ("guard servers", "rehearse servers")
"""What runs an engine looks for the stack before."""
LINES = [*(each.line for each in RUNS), *ENGINE, *local_lines()]
UNRELEASED = {
    "assess": (2, "shop/blank has no Auto Scaling group in eu-west-1"),
    "audit": (0, "Nothing is known to have happened."),
    "backup drill": (2, "the stack has no database instance of the component 'orders'"),
    "break-glass open": (2, "of shop/blank"),
    "break-glass close": (2, "nobody was let into"),
    "break-glass list": (0, "no break-glass of shop/blank"),
    "doctor": (0, "ok    account"),
    "drift": (5, "/web/release  is not there, so that there is nothing to compare"),
    "image list": (0, "pinned"),
    "image pin": (0, "would pin web 3.1.0"),
    "image promote": (0, "would"),
    "image prune": (0, "nothing was removed"),
    "image bake": (2, "has no image pipeline 'base'"),
    "image status": (2, "has no image pipeline 'base'"),
    "image add": (2, "has no image pipeline 'base'"),
    "image diff": (2, "has no image pipeline 'base'"),
    "image revoke": (0, "would revoke"),
    "image unrevoke": (2, "is not revoked"),
    "image unveto": (2, "is not vetoed"),
    "rollout history": (2, "nothing shows that"),
    "rollout refresh": (2, "nothing shows that"),
    "rollout rollback": (2, "nothing shows that"),
    "rollout plan": (0, "first deployment"),
    "rollout status": (0, "not deployed"),
    "rollout watch": (0, "not deployed"),
}
"""What a command ends with where the stack file is there and nothing is released, and what it then says."""
LOOKS_ONLY = ("image pin", "image promote", "image revoke")
"""They need no release, and are only tried here."""
OF_FILES = {"explain", "guard", "image packer", "rehearse", "spectrum"}
"""They look at the stack file, and at nothing that was released."""


def of_another_stack(line: str, stack: str) -> str:
    """The line about another stack."""
    words = line.split()
    words[words.index("--stack") + 1 if "--stack" in words else len(leaf_of(line).split())] = stack
    return " ".join(words)


def first_line(name: str, about: str = "") -> str:
    return next(each for each in LINES if leaf_of(each) == name and about in each)


@pytest.mark.parametrize("name", [name for name, _ in LEAVES if name not in WITHOUT_STACK])
def test_a_stack_that_is_not_there_is_bad_input_and_one_error(account: Account, name: str):
    ended, out, err = account.told(of_another_stack(first_line(name), "nowhere"))
    said = err if name != "doctor" else out
    assert ended == 2, out + err
    assert "nowhere" in said
    assert said.count("error: ") == (0 if name == "doctor" else 1), said
    assert "fix: " in said
    assert "Traceback" not in said


def test_every_command_has_a_row():
    assert {*UNRELEASED} | OF_FILES | {*WITHOUT_STACK} == {name for name, _ in LEAVES}


@pytest.mark.parametrize("kind", ["servers", "tasks"])
@pytest.mark.parametrize("name", UNRELEASED)
def test_where_nothing_was_released_a_command_says_so(account: Account, name: str, kind: str):
    if not any(leaf_of(each) == name and kind in each for each in LINES):
        assert kind == "tasks", f"no run of {name} is about servers"
        return
    stack = {"servers": "blank", "tasks": "blank-tasks"}[kind]
    line = of_another_stack(first_line(name, kind), stack) + (" --dry-run" if name in LOOKS_ONLY else "")
    ended, out, err = account.told(line)
    code, words = UNRELEASED[name]
    assert ended == code, out + err
    assert words in out + err
    assert err.count("error: ") == (1 if code in (1, 2) else 0), err
    assert "Traceback" not in err
