"""Commands in places that are not as expected: no extra, a disk that cannot be written, a dumb terminal, no Python."""

import errno
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from strata.cli.output import styled
from strata.cli.run import run
from strata.engine.events import Changes
from strata.exit_code import ExitCode
from strata_rehearsal import needs
from strata_rehearsal.cli.report import print_report
from strata_rehearsal.run import rehearsal_setup
from strata_rehearsal.run.rehearsal_report import RehearsalOutcome, RehearsalReport

Capture = pytest.CaptureFixture[str]
Project = Callable[..., Path]

RUNS_THE_PROGRAM = (["rehearse", "dev"], ["guard", "dev", "--local"], ["spectrum", "dev"])


@pytest.fixture
def project(tmp_path: Path) -> Project:
    def make(description: str = "name: shop\nruntime: python\n", program: str = "__main__.py") -> Path:
        (tmp_path / "Pulumi.yaml").write_text(description)
        (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n  strata:stage: dev\n")
        if program:
            (tmp_path / program).write_text("")
        return tmp_path

    return make


@pytest.fixture
def untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    """No toolchain is looked for, let alone set up."""

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("minutes would have gone into a toolchain first")

    monkeypatch.setattr(rehearsal_setup, "ready_cli", forbidden)
    monkeypatch.setattr(rehearsal_setup, "ready_home", forbidden)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("arguments", RUNS_THE_PROGRAM[:2], ids=" ".join)
def test_without_the_rehearsal_extra_the_way_to_install_it_is_told_before_anything_is_set_up(
    arguments: list[str], project: Project, monkeypatch: pytest.MonkeyPatch, capsys: Capture
):
    monkeypatch.setattr(needs, "find_spec", lambda name: None if name in ("moto", "flask") else object())
    folder = project()
    assert run([*arguments, "-C", str(folder)]) == ExitCode.FAILED
    told = capsys.readouterr().err
    assert told.splitlines() == [
        "error: the packages of the local AWS are not installed: moto, flask",
        "  fix: Install them with pip install 'pulumi-strata[rehearsal]'.",
    ]
    assert not (folder / ".strata").exists()


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("arguments", RUNS_THE_PROGRAM, ids=" ".join)
@pytest.mark.parametrize("said", ["runtime: nodejs", "runtime: yaml", "runtime: {name: go, options: {}}"])
def test_a_stack_of_another_language_is_refused_in_one_sentence(
    said: str, arguments: list[str], project: Project, capsys: Capture
):
    folder = project(f"name: shop\n{said}\n")
    assert run([*arguments, "-C", str(folder)]) == ExitCode.BAD_INPUT
    told = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"error: Pulumi.yaml has runtime \w+, and Strata runs Python programs only", told[0])
    assert told[1].startswith("  fix: ")
    assert len(told) == 2
    assert not (folder / ".strata").exists()


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("arguments", RUNS_THE_PROGRAM, ids=" ".join)
def test_a_project_without_a_program_says_which_file_is_missing(
    arguments: list[str], project: Project, capsys: Capture
):
    folder = project(program="")
    assert run([*arguments, "-C", str(folder)]) == ExitCode.BAD_INPUT
    told = capsys.readouterr().err
    assert f"there is no program: {folder / '__main__.py'} does not exist" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("main", ["infra", "infra/shop.py"])
def test_a_program_elsewhere_is_found(main: str, project: Project):
    folder = project(f"name: shop\nruntime:\n  name: python\nmain: {main}\n", program="")
    (folder / "infra").mkdir()
    (folder / "infra" / "__main__.py").write_text("")
    (folder / "infra" / "shop.py").write_text("")
    assert run(["spectrum", "dev", "-C", str(folder)]) == ExitCode.OK


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_a_disk_that_cannot_be_written_is_one_sentence_with_the_file_and_a_fix(
    number: int, project: Project, monkeypatch: pytest.MonkeyPatch, capsys: Capture
):
    folder = project()
    place = folder / ".strata"

    def refused(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), str(place))

    monkeypatch.setattr(rehearsal_setup, "ready_cli", refused)
    assert run(["rehearse", "dev", "-C", str(folder)]) == ExitCode.FAILED
    told = capsys.readouterr().err.splitlines()
    assert told[0] == f"error: cannot use {place}: {os.strerror(number).lower()}"
    assert told[1].startswith("  fix: ")
    assert len(told) == 2
    assert run(["rehearse", "dev", "-C", str(folder), "--json"]) == ExitCode.FAILED
    assert str(place) in json.loads(capsys.readouterr().out)["error"]["message"]


def test_a_file_that_should_be_there_and_is_not_is_still_a_bug(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: Capture
):
    def gone(*_: object, **__: object) -> None:
        raise FileNotFoundError(errno.ENOENT, "No such file", "/nowhere")

    monkeypatch.setattr(rehearsal_setup, "ready_cli", gone)
    assert run(["rehearse", "dev", "-C", str(project())]) == ExitCode.FAILED
    assert "strata bug: FileNotFoundError" in capsys.readouterr().err


def on_a_terminal(arguments: list[str], **environment: str) -> bytes:
    """What a command writes to a terminal."""
    inside, outside = pty.openpty()
    variables = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "CI")}
    command = Path(sys.executable).with_name("strata")
    done = subprocess.Popen([command, *arguments], stdin=outside, stdout=outside, env={**variables, **environment})
    os.close(outside)
    shown = b""
    while True:
        try:
            more = os.read(inside, 65536)
        except OSError:
            break
        if not more:
            break
        shown += more
    os.close(inside)
    assert done.wait() == 0
    return shown


def test_a_dumb_terminal_is_sent_no_colours(project: Project):
    folder = project()
    arguments = ["explain", "dev", "network", "-C", str(folder)]
    assert b"\x1b[" in on_a_terminal(arguments, TERM="xterm-256color")
    dumb = on_a_terminal(arguments, TERM="dumb")
    assert b"strata:network.cidr" in dumb
    assert b"\x1b" not in dumb


def test_nothing_is_redrawn_on_a_dumb_terminal():
    script = (
        "from strata_rehearsal.cli.live import display\n"
        "with display(quiet=False) as shown:\n"
        "    print('live' if shown._view else 'lines')\n"
    )
    seen = {
        term: subprocess.run(
            [sys.executable, "-c", f"import pty, sys; pty.spawn([sys.executable, '-c', {script!r}])"],
            env={**{key: value for key, value in os.environ.items() if key != "CI"}, "TERM": term},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            check=True,
        ).stdout
        for term in ("dumb", "xterm")
    }
    assert "lines" in seen["dumb"]
    assert "\x1b" not in seen["dumb"]
    assert "live" in seen["xterm"]


@pytest.mark.parametrize("term,plain", [("dumb", True), ("unknown", True), ("xterm", False)])
def test_styles_follow_the_terminal(term: str, plain: bool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", term)
    assert (styled("x", bold=True) == "x") is plain


def test_the_printed_aws_line_works_as_pasted(tmp_path: Path, capsys: Capture):
    report = RehearsalReport(
        "dev", RehearsalOutcome.SUCCEEDED, 1.0, "http://127.0.0.1:4711", "eu-west-1", Changes(), (), (), {}, ()
    )
    print_report(report, project=tmp_path)
    (line,) = [each for each in capsys.readouterr().out.splitlines() if " aws " in each]
    stub = tmp_path / "aws"
    stub.write_text('#!/bin/sh\necho "$AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY ${AWS_PROFILE-none} $@"\n')
    stub.chmod(0o755)
    # a person at work has a profile of a real account, and no keys
    variables = {"PATH": f"{tmp_path}:/usr/bin:/bin", "AWS_PROFILE": "prod"}
    done = subprocess.run(["/bin/sh", "-c", line], env=variables, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [
        *("test", "test", "none"),
        *("--endpoint-url", "http://127.0.0.1:4711", "--region", "eu-west-1"),
        *("autoscaling", "describe-auto-scaling-groups"),
    ]
