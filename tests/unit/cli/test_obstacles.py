"""A file where Strata keeps a folder, or a folder where it keeps a file: one sentence with the fix, no bug of ours."""

import errno
from pathlib import Path

import pytest

from strata.cli.run import obstacle, run
from strata.engine.pulumi_cli import Cli
from strata.exit_code import ExitCode
from strata_rehearsal.run import rehearsal_setup

Capture = pytest.CaptureFixture[str]

FILES = (
    *(".strata", ".strata/claims", ".strata/starting/x", ".strata/cloud", ".strata/rollouts", ".strata/rollouts/dev"),
    *(".strata/pulumi", ".strata/pulumi/state", ".strata/pulumi/home", ".strata/pulumi/workspaces"),
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n  strata:stage: dev\n")
    (tmp_path / "__main__.py").write_text("")
    return tmp_path


@pytest.fixture
def toolchain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A CLI that nobody gets to run."""
    cli = Cli(Path("/nowhere/bin/pulumi"), (3, 276, 0), "cache")
    monkeypatch.setattr(rehearsal_setup, "ready_cli", lambda _progress: cli)


def told(capsys: Capture) -> list[str]:
    return capsys.readouterr().err.splitlines()[-2:]


@pytest.mark.usefixtures("toolchain")
@pytest.mark.parametrize("name", FILES)
def test_a_rehearsal_names_what_is_in_its_way(name: str, project: Path, capsys: Capture):
    where = project / name
    where.parent.mkdir(parents=True, exist_ok=True)
    if where.name == "x":
        where.mkdir()
        where = where.parent
        expected = f"error: {where} is a folder, and a file is needed there"
    else:
        where.write_text("somebody's")
        expected = f"error: {where} is a file, and a folder is needed there"
    assert run(["rehearse", "dev", "-C", str(project)]) == ExitCode.FAILED
    error, fix = told(capsys)
    assert error == expected
    assert fix.startswith("  fix: Move ")


def test_a_cache_folder_that_is_a_file_is_named(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
):
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "strata").write_text("somebody's")
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.setenv("PATH", "/nowhere")
    assert run(["rehearse", "dev", "-C", str(project)]) == ExitCode.FAILED
    assert told(capsys)[0] == f"error: {cache / 'strata'} is a file, and a folder is needed there"


@pytest.mark.usefixtures("toolchain")
def test_a_link_to_nowhere_is_named(project: Path, capsys: Capture):
    (project / ".strata").symlink_to(project / "gone")
    assert run(["rehearse", "dev", "-C", str(project)]) == ExitCode.FAILED
    assert told(capsys)[0] == f"error: {project / '.strata'} is a link to nowhere, and a folder is needed there"


@pytest.mark.parametrize("verb", [["--stop"], []], ids=["stop", "run"])
def test_a_folder_that_may_not_be_written_is_named_with_what_to_do(
    verb: list[str], project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
):
    """Whoever runs the tests may be allowed everything, so the system's refusal is made up."""
    where = str(project / ".strata")

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", where)

    monkeypatch.setattr(Path, "mkdir", refused)
    monkeypatch.setattr("strata_rehearsal.run.stack_lock.claim_all", refused)
    assert run(["rehearse", "dev", *verb, "-C", str(project)]) == ExitCode.FAILED
    error, fix = told(capsys)
    assert error == f"error: cannot use {where}: permission denied"
    assert fix.startswith("  fix: Give yourself access to it")


def test_what_is_about_something_else_stays_a_bug(tmp_path: Path):
    assert obstacle(FileExistsError(errno.EEXIST, "File exists", str(tmp_path))) is None
    assert obstacle(FileNotFoundError(errno.ENOENT, "No such file", str(tmp_path / "x"))) is None
    assert obstacle(NotADirectoryError(errno.ENOTDIR, "Not a directory")) is None
