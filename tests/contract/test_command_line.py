"""What scripts rely on: exit codes, names of commands, options they all have."""

import click
import pytest

from strata.cli.commands import COMMANDS, command_of
from strata.errors import ExitCode as ReExported
from strata.errors import StrataError
from strata.exit_code import ExitCode
from tests.contract.command_leaves import LEAVES, options_of


def test_exit_codes_never_change():
    assert {code.name: code.value for code in ExitCode} == {
        "OK": 0,
        "FAILED": 1,
        "BAD_INPUT": 2,
        "REFUSED": 3,
        "WARNINGS": 4,
        "DRIFT": 5,
        "BUSY": 6,
        "INTERRUPTED": 130,
    }
    assert ReExported is ExitCode


def errors(kind: type[StrataError] = StrataError) -> list[type[StrataError]]:
    return [kind, *(below for child in kind.__subclasses__() for below in errors(child))]


def test_every_error_ends_with_one_of_them():
    codes = {kind.__name__: kind.exit_code for kind in errors() if kind.__module__ == "strata.errors"}
    assert codes == {
        "StrataError": ExitCode.FAILED,
        "SettingsError": ExitCode.BAD_INPUT,
        "UsageError": ExitCode.BAD_INPUT,
        "AwsError": ExitCode.FAILED,
        "ImageError": ExitCode.FAILED,
        "DefinitionError": ExitCode.BAD_INPUT,
        "UnusableImageError": ExitCode.REFUSED,
        "PreflightError": ExitCode.REFUSED,
        "RefusedError": ExitCode.REFUSED,
        "RolloutError": ExitCode.FAILED,
        "BusyError": ExitCode.BUSY,
        "DrillError": ExitCode.FAILED,
        "ToolchainError": ExitCode.FAILED,
        "RehearsalError": ExitCode.FAILED,
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_what_the_command_says_of_itself(name: str):
    command = command_of(name)
    assert command.name == name
    assert command.get_short_help_str(limit=200) == COMMANDS[name].summary


@pytest.mark.parametrize("name,command", LEAVES, ids=[name for name, _ in LEAVES])
def test_every_command_can_answer_in_json(name: str, command: click.Command):
    options = {option for parameter in command.params for option in parameter.opts}
    assert "--json" in options, f"{name} has no --json"


@pytest.mark.parametrize("name,command", LEAVES, ids=[name for name, _ in LEAVES])
def test_the_stack_comes_first_and_its_project_can_be_named(name: str, command: click.Command):
    arguments = [parameter.name for parameter in command.params if isinstance(parameter, click.Argument)]
    if name == "schema":
        assert arguments == [], "the schema is that of every stack"
        return
    if name == "init":
        assert arguments == ["directory"], "there is no project before it"
        return
    if name in ("image revoke", "image unrevoke"):
        assert arguments == ["name", "version"], "it is for all stacks of an account and region"
        assert "--stack" in {option for parameter in command.params for option in parameter.opts}
    else:
        assert arguments[0] == "stack", f"{name} does not begin with STACK"
    assert "-C" in {option for parameter in command.params for option in parameter.opts}


@pytest.mark.parametrize("name,command", LEAVES, ids=[name for name, _ in LEAVES])
def test_no_command_prompts(name: str, command: click.Command):
    assert not any(getattr(parameter, "prompt", None) for parameter in command.params), f"{name} prompts"


@pytest.mark.parametrize("name,command", LEAVES, ids=[name for name, _ in LEAVES])
def test_every_command_and_option_is_explained(name: str, command: click.Command):
    assert command.help, f"{name} has no docstring"
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.opts[0]} has no help"


READERS = {
    "assess": "it reads AWS",
    "audit": "it reads AWS",
    "break-glass list": "it reads AWS",
    "doctor": "it looks at the machine",
    "explain": "it reads the stack file",
    "guard": "it judges a plan",
    "image diff": "it reads AWS",
    "image list": "it reads AWS",
    "image packer": "it prints a template",
    "image status": "it reads AWS",
    "rehearse": "it is the trial itself: no account is touched",
    "rollout history": "it reads AWS",
    "rollout plan": "it reads AWS",
    "rollout status": "it reads AWS",
    "rollout watch": "it reads AWS",
    "schema": "it prints what it knows",
    "spectrum": "it runs the program under mocks, and writes the file that it is told to",
}
"""Commands that change no stack file and no AWS. tests/contract/faults sees which of the others write to AWS."""


@pytest.mark.parametrize("name,command", LEAVES, ids=[name for name, _ in LEAVES])
def test_what_changes_something_can_be_tried_without_changing_it(name: str, command: click.Command):
    tried = "--dry-run" in options_of(command)
    assert tried is not (name in READERS), f"give {name} a --dry-run, or say in READERS why it changes nothing"


def test_only_commands_are_readers():
    assert set(READERS) <= {name for name, _ in LEAVES}


@pytest.mark.parametrize("name,command", LEAVES, ids=[name for name, _ in LEAVES])
def test_every_command_has_an_example(name: str, command: click.Command):
    assert f"strata {name} " in " ".join((command.help or "").split()), f"the help of {name} has no example"
