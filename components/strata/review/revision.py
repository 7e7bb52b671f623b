"""Which commit of a project is looked at."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["Revision", "revision_of"]

TIMEOUT: Final = 10.0
"""Seconds for an answer of git: a review without a commit is better than none."""


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
