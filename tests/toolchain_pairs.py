"""Pairs of Pulumi's Python package and CLI that are tried, and what gets them: `python -m tests.toolchain_pairs`."""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from strata.engine.bootstrap.set_up import set_up
from strata.engine.pulumi_cli import EXECUTABLE, MINIMUM, PINNED, cache_folder, parse_version, version_text

__all__ = ["PAIRS", "Pair"]

OLDEST_PACKAGE = "3.238.0"
"""The lower bound of components/pyproject.toml."""

NEWEST = os.environ.get("STRATA_NEWEST_CLI") or version_text(PINNED)
"""The newest CLI that is to be had; `make toolchain-matrix NEWEST=...` tries one before it is pinned."""


@dataclass(frozen=True)
class Pair:
    """A Python package and a CLI.

    Args:
        package: version of the Python package.
        cli: version of the CLI.
    """

    package: str
    cli: str

    def __str__(self) -> str:
        return f"package {self.package} CLI {self.cli}"

    @property
    def executable(self) -> Path:
        """The CLI in the user's cache."""
        return cache_folder() / "pulumi" / self.cli / "bin" / EXECUTABLE

    @property
    def package_folder(self) -> Path | None:
        """Where another version of the package is kept; None for the installed one."""
        if self.package == metadata.version("pulumi"):
            return None
        return cache_folder() / "package" / self.package

    def missing(self) -> str | None:
        """What is not on this machine, in words."""
        if not self.executable.exists():
            return f"the Pulumi CLI {self.cli}"
        if self.package_folder is not None and not self.package_folder.exists():
            return f"the Python package pulumi {self.package}"
        return None

    def environment(self, folder: Path) -> dict[str, str]:
        """The environment in which this pair is the one that is found.

        Args:
            folder: comes first on PATH, and is made.
        """
        folder.mkdir()
        (folder / EXECUTABLE).symlink_to(self.executable)
        first = [] if self.package_folder is None else [str(self.package_folder)]
        return {
            **os.environ,
            "PATH": os.pathsep.join([str(folder), os.environ["PATH"]]),
            "PYTHONPATH": os.pathsep.join([*first, *filter(None, [os.environ.get("PYTHONPATH")])]),
        }

    def get(self) -> None:
        """Put both into the user's cache, unless they are there."""
        if not self.executable.exists():
            set_up(parse_version(self.cli), print)
        folder = self.package_folder
        if folder is None or folder.exists():
            return
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as parent:
            draft = Path(parent) / folder.name
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(draft)]
            subprocess.run([*pip, f"pulumi=={self.package}"], check=True)
            draft.rename(folder)


PAIRS = tuple(
    dict.fromkeys(
        (
            Pair(OLDEST_PACKAGE, version_text(MINIMUM)),
            Pair(OLDEST_PACKAGE, NEWEST),
            Pair(metadata.version("pulumi"), version_text(PINNED)),
            Pair(metadata.version("pulumi"), NEWEST),
        )
    )
)
"""The oldest of both, the oldest package under the newest CLI, what is pinned, and the newest CLI."""


if __name__ == "__main__":
    for pair in PAIRS:
        pair.get()
        sys.stdout.write(f"{pair}: ready\n")
