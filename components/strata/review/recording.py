"""What a stack consists of, and of which commit: recorded from its program without an engine, or from a rehearsal."""

import os
import runpy
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pulumi.runtime import MockCallArgs

from strata.errors import StrataError, UsageError
from strata.project.location import project_name, python_program
from strata.project.stack_file import read_stack
from strata.project.verbatim import without_secrets
from strata.rehearsal import require_rehearsal
from strata.resources.resource import read_resource
from strata.stage import Stage
from strata.testing import CloudMocks, Graph, images_pinned_by, run

__all__ = ["Recording", "Revision", "read_state", "record", "revision_of"]

TIMEOUT: Final = 10.0
"""Seconds for an answer of git: a review without a commit is better than none."""


@dataclass(frozen=True)
class Recording:
    """What there is of a stack, or would be.

    Args:
        graph: its resources.
        stage: the stack's stage; prod, the strictest, where its file says none.
        source: what was read, for a person.
    """

    graph: Graph
    stage: Stage
    source: str


class _AnyLookup(CloudMocks):
    """Mocks that answer every lookup, those they do not know with what was asked."""

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        try:
            return super().call(args)
        except NotImplementedError:
            return {"id": args.token, **args.args}, []


def record(project: Path, stack: str) -> Recording:
    """Run the program of a stack in this process, with AWS's answers made up and no secret decrypted.

    Args:
        project: the folder with `Pulumi.yaml`.
        stack: name of the stack.

    Raises:
        StrataError: whatever the program raises on purpose, such as a wrong stack file.
        UsageError: there is no such stack, or the program cannot be run without AWS.
    """
    config, _ = without_secrets(dict(read_stack(project, stack).config))
    main = python_program(project)
    mocks = _AnyLookup(images=images_pinned_by(config), region=str(config.get("aws:region") or CloudMocks.region))
    with _as_python_would(main):
        try:
            graph = run(
                lambda: runpy.run_path(str(main), run_name="__main__"),
                config=_config(config),
                mocks=mocks,
                project=project_name(project),
                stack=stack.rsplit("/", 1)[-1],
            )
        except StrataError:
            raise
        except Exception as error:
            detail = str(error).split("\n", 1)[0]
            raise UsageError(
                f"the program of {stack} cannot be recorded: {type(error).__name__}: {detail}",
                fix="It must run without AWS: what it reads from a lookup or another stack is made up here.",
            ) from error
    return Recording(graph, _stage(config), "the program and its stack file")


def read_state(project: Path, stack: str) -> Recording:
    """Read what the last rehearsal of a stack left; nothing is started.

    Args:
        project: the folder with `Pulumi.yaml`.
        stack: name of the stack.

    Raises:
        UsageError: there is no such stack, or it was never rehearsed.
        ToolchainError: the extra `rehearsal` is not installed.
    """
    config = read_stack(project, stack).config
    state = require_rehearsal().resources(project, stack)
    resources = tuple(read_resource(each) for each in state if not each.get("delete"))
    if not resources:
        raise UsageError(f"{stack} has no rehearsal", fix=f"Rehearse it first: `strata rehearse {stack}`.")
    return Recording(Graph(resources, {}, {}, ()), _stage(config), "the state of its last rehearsal")


def _config(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration as Pulumi hands it to a program."""
    return {key: str(value).lower() if isinstance(value, bool) else value for key, value in config.items()}


def _stage(config: Mapping[str, Any]) -> Stage:
    try:
        return Stage(str(config.get("strata:stage")))
    except ValueError:
        return Stage.PROD


@contextmanager
def _as_python_would(main: Path) -> Generator[None]:
    """The program's folder first on the path and as working folder; what it prints is not the report."""
    folder = main if main.is_dir() else main.parent
    before, path = Path.cwd(), list(sys.path)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        os.chdir(before)
        sys.path[:] = path


@dataclass(frozen=True)
class Revision:
    """A commit.

    Args:
        commit: its id, shortened.
        changed: whether the project's folder has changes that are not in it.
    """

    commit: str
    changed: bool

    def __str__(self) -> str:
        return f"{self.commit}{' with uncommitted changes' if self.changed else ''}"


def revision_of(project: Path) -> Revision | None:
    """The commit a project's folder is at; None where git or a commit is missing.

    Args:
        project: the folder with `Pulumi.yaml`.
    """
    commit = _git(project, "rev-parse", "--short=12", "HEAD")
    return Revision(commit, bool(_git(project, "status", "--porcelain", "--", "."))) if commit else None


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
