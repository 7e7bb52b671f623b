"""The Pulumi CLI: found on this machine, or set up once in the user's cache folder."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from strata.errors import ToolchainError
from strata.rehearsal.toolchain.cli_version import MINIMUM, Version, cache_folder, cli_version, sdk_version
from strata.rehearsal.toolchain.go_build import build_cli
from strata.rehearsal.toolchain.installer import install_cli
from strata.rehearsal.toolchain.progress import Progress, announced, silent

__all__ = ["Cli", "find_cli", "ready_cli"]

EXECUTABLE = "pulumi"
LANGUAGE_HOST = "pulumi-language-python"

Way = Callable[[Path, Version, Progress], None]
"""Sets a CLI of a version up below a folder, as `bin/pulumi`; raises ToolchainError where that is impossible."""

WAYS: tuple[tuple[str, Way], ...] = (("the official installer", install_cli), ("Go modules", build_cli))


@dataclass(frozen=True)
class Cli:
    """A Pulumi CLI that can carry a rehearsal.

    Attributes:
        path: the executable.
        version: its version, such as `(3, 250, 0)`.
        source: where it was found, in words.
    """

    path: Path
    version: Version
    source: str

    @property
    def has_language_host(self) -> bool:
        """Whether the engine finds a Python language host beside this CLI, as in the official distribution."""
        return os.access(self.path.resolve().with_name(LANGUAGE_HOST), os.X_OK)


def ready_cli(progress: Progress = silent) -> Cli:
    """The CLI to use: the first on PATH that is new enough, else the one set up earlier, else one set up now.

    Setting up tries the official installer, which needs its download server, and then a build from Go modules, which
    needs a Go module proxy and about five minutes. Two processes never set up at the same time.

    Args:
        progress: told what is done whenever it takes longer than two seconds.

    Raises:
        ToolchainError: no way worked; the message says why each failed, and what to install.
    """
    found = find_cli(progress)
    if found is not None:
        return found
    version = sdk_version()
    folder = _folder(version)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _held(folder.with_name(f"{folder.name}.lock"), progress):
        return _cached(version) or _set_up(folder, version, progress)


def find_cli(progress: Progress = silent) -> Cli | None:
    """The CLI on PATH if it is new enough, else the one set up earlier, else None. Downloads nothing."""
    on_path = shutil.which(EXECUTABLE)
    return (_usable(Path(on_path), progress) if on_path else None) or _cached(sdk_version())


def _usable(path: Path, progress: Progress) -> Cli | None:
    try:
        version = cli_version(path)
    except ToolchainError as error:
        progress(f"not used: {error.message}")
        return None
    if version < MINIMUM:
        progress(f"not used: {path} is version {_text(version)}, the release gate needs {_text(MINIMUM)} or newer")
        return None
    return Cli(path, version, "PATH")


def _cached(version: Version) -> Cli | None:
    path = _folder(version) / "bin" / EXECUTABLE
    return Cli(path, version, "cache") if os.access(path, os.X_OK) else None


def _folder(version: Version) -> Path:
    return cache_folder() / "pulumi" / _text(version)


def _set_up(folder: Path, version: Version, progress: Progress) -> Cli:
    refusals: list[str] = []
    for name, way in WAYS:
        # Made beside its final place and moved there complete: an interrupted set-up is never taken for a CLI.
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix="new-") as parent:
            draft = Path(parent) / folder.name
            draft.mkdir()
            try:
                way(draft, version, progress)
                answered = cli_version(draft / "bin" / EXECUTABLE)
            except ToolchainError as error:
                refusals.append(f"{name}: {error.message}")
                continue
            if answered != version:
                refusals.append(f"{name}: gave version {_text(answered)}")
                continue
            shutil.rmtree(folder, ignore_errors=True)
            draft.rename(folder)
            return Cli(folder / "bin" / EXECUTABLE, version, name)
    reasons = "\n".join(f"  - {refusal}" for refusal in refusals)
    raise ToolchainError(
        f"no Pulumi CLI {_text(MINIMUM)} or newer here, and {_text(version)} could not be set up:\n{reasons}",
        fix=f"Install Pulumi {_text(version)} (https://www.pulumi.com/docs/install/) and put it on PATH.",
    )


@contextmanager
def _held(lock: Path, progress: Progress) -> Generator[None]:
    with lock.open("w") as file:
        with announced(progress, "waiting for another process that sets up the Pulumi CLI"):
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _text(version: Version) -> str:
    return ".".join(str(part) for part in version)
