"""From a command line to an exit code, whatever happens on the way."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from strata.cli import commands
from strata.cli.output import invocation
from strata.cli.run import DEBUG_VARIABLE, run
from strata.errors import BusyError, PreflightError, RolloutError, StrataError, UsageError
from strata.exit_code import ExitCode

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """A command `fail` that raises what is put into the list."""
    raised: list[BaseException] = []

    @click.command("fail")
    @click.option("--json", "as_json", is_flag=True)
    def fail(*, as_json: bool) -> None:
        raise raised[0]

    entry = commands.Entry("strata.cli.fail", "Fails.")
    monkeypatch.setattr(commands, "COMMANDS", {**commands.COMMANDS, "fail": entry})
    monkeypatch.setattr(commands, "command_of", lambda name: fail)
    monkeypatch.delenv(DEBUG_VARIABLE, raising=False)
    return raised


@pytest.mark.parametrize(
    "error,code",
    [
        (StrataError("it went wrong"), ExitCode.FAILED),
        (RolloutError("it went wrong"), ExitCode.FAILED),
        (UsageError("it went wrong"), ExitCode.BAD_INPUT),
        (PreflightError("it went wrong"), ExitCode.REFUSED),
        (BusyError("it went wrong"), ExitCode.BUSY),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
        (click.Abort(), ExitCode.INTERRUPTED),
        (click.UsageError("it went wrong"), ExitCode.BAD_INPUT),
        (ValueError("it went wrong"), ExitCode.FAILED),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_decides_the_exit_code(failing: list[BaseException], error: BaseException, code: int):
    failing.append(error)
    assert run(["fail"]) == code


def test_an_error_is_told_with_its_fix_on_stderr(failing: list[BaseException], capsys: Capture):
    failing.append(UsageError("the door is locked", fix="Turn the key."))
    run(["fail"])
    assert capsys.readouterr() == ("", "error: the door is locked\n  fix: Turn the key.\n")


def test_an_error_as_json_is_a_document_on_stdout(failing: list[BaseException], capsys: Capture):
    failing.append(UsageError("the door is locked", fix="Turn the key."))
    run(["fail", "--json"])
    out, err = capsys.readouterr()
    assert json.loads(out) == {
        "error": {"message": "the door is locked", "fix": "Turn the key."},
        "warnings": [],
    }
    assert err == ""


def test_a_bug_is_one_line_and_no_traceback(failing: list[BaseException], capsys: Capture):
    failing.append(KeyError("sesame"))
    assert run(["fail"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: strata bug: KeyError: 'sesame'\n")
    assert "Traceback" not in said


def test_a_bug_shows_its_traceback_when_asked(
    failing: list[BaseException], capsys: Capture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(DEBUG_VARIABLE, "1")
    failing.append(KeyError("sesame"))
    assert run(["fail"]) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments,message",
    [
        (["explian"], "no command 'explian'. Did you mean explain?"),
        (["zzz"], "no command 'zzz'. There are "),
        (["explain"], "missing argument 'STACK'"),
        (["explain", "prod", "--wrong"], "no such option"),
        (["--wrong"], "no such option"),
        (["explain", "prod", "a", "b"], "got unexpected extra argument"),
    ],
)
def test_a_wrong_command_line_is_bad_input(arguments: list[str], message: str, capsys: Capture):
    assert run(arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: {message}")
    assert "--help" in said


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["--version"], ["explain", "--help"]])
def test_asking_for_help_is_no_failure(arguments: list[str], capsys: Capture):
    assert run(arguments) == 0
    assert "strata" in capsys.readouterr().out


def test_help_lists_every_command_with_its_summary(capsys: Capture):
    run(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    for name, entry in commands.COMMANDS.items():
        assert f"{name} {entry.summary}" in said


def test_help_imports_nothing_slow():
    script = (
        "import sys\n"
        "from strata.cli.run import run\n"
        "run(['--help'])\n"
        "slow = {'pulumi', 'pulumi_aws', 'pydantic', 'boto3', 'moto', 'rich', 'grpc'} & set(sys.modules)\n"
        "sys.exit(f'imported {slow}' if slow else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_installed_command_leaves_with_the_exit_code(tmp_path: Path):
    command = Path(sys.executable).with_name("strata")
    environment = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(
        [command, "explain", "prod", "-C", tmp_path], capture_output=True, text=True, check=False, env=environment
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: no Pulumi.yaml in")


def test_a_next_command_can_be_typed_where_the_program_is_not_on_path(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(tmp_path / ".venv" / "bin" / "strata")])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert invocation() == ".venv/bin/strata"
    program = tmp_path / "strata"
    program.touch(mode=0o755)
    assert invocation() == "strata"
