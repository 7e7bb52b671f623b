"""The Pulumi CLI: found on this machine, or set up once in the user's cache folder."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from strata.errors import ToolchainError
from strata.rehearsal.toolchain.child import until
from strata.rehearsal.toolchain.cli_version import (
    MINIMUM,
    Version,
    cache_folder,
    cli_version,
    oldest_usable,
    parse_version,
    sdk_version,
    version_text,
    version_to_set_up,
)
from strata.rehearsal.toolchain.go_build import build_cli
from strata.rehearsal.toolchain.installer import install_cli
from strata.rehearsal.toolchain.progress import Progress, announced, silent

__all__ = ["EXECUTABLE", "LANGUAGE_HOST", "Cli", "find_cli", "ready_cli", "set_up"]

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
    """The CLI to use: the first on PATH that is new enough, else the newest set up earlier, else one set up now.

    Setting up tries the official installer, which needs its download server, and then a build from Go modules, which
    needs a Go module proxy and about five minutes. Two processes never set up at the same time.

    Args:
        progress: told what is done whenever it takes longer than two seconds.

    Raises:
        ToolchainError: no way worked; the message says why each failed, and what to install.
    """
    too_old: list[Cli] = []
    found = _find(progress, too_old)
    if found is not None:
        return found
    with _held(version_to_set_up(), progress) as folder:
        return _newest_cached([]) or _set_up(folder, version_to_set_up(), too_old, progress)


def set_up(version: Version, progress: Progress = silent) -> Cli:
    """Set a CLI of a certain version up in the user's cache, in the place of one that is there.

    Raises:
        ToolchainError: no way worked.
    """
    with _held(version, progress) as folder:
        return _set_up(folder, version, (), progress)


def find_cli(progress: Progress = silent) -> Cli | None:
    """The CLI on PATH if it is new enough, else the newest set up earlier that is, else None. Downloads nothing.

    Args:
        progress: told of every CLI that is there and cannot be used, and why.
    """
    return _find(progress, [])


def _find(progress: Progress, too_old: list[Cli]) -> Cli | None:
    """As `find_cli`; what is too old is added to `too_old`."""
    on_path = shutil.which(EXECUTABLE)
    found = _from_path(Path(on_path), too_old, progress) if on_path else None
    found = found or _newest_cached(too_old)
    for cli in too_old:
        progress(f"not used: {cli.path} is version {version_text(cli.version)}, {_needs()}")
    return found


def _from_path(path: Path, too_old: list[Cli], progress: Progress) -> Cli | None:
    try:
        version = cli_version(path)
    except ToolchainError as error:
        progress(f"not used: {error.message}")
        return None
    cli = Cli(path, version, "PATH")
    if version >= oldest_usable():
        return cli
    too_old.append(cli)
    return None


def _newest_cached(too_old: list[Cli]) -> Cli | None:
    """The newest CLI in the cache, if it is new enough; an older one is added to `too_old`."""
    cached = [
        Cli(path, parse_version(path.parents[1].name), "cache")
        for path in _cache().glob(f"[0-9]*.*[0-9]/bin/{EXECUTABLE}")
        if os.access(path, os.X_OK)
    ]
    newest = max(cached, key=lambda each: each.version, default=None)
    if newest is None or newest.version >= oldest_usable():
        return newest
    too_old.append(newest)
    return None


def _needs() -> str:
    """What asks for the oldest version that can be used."""
    if sdk_version() > MINIMUM:
        return f"the Python package pulumi {version_text(sdk_version())} needs that version or a newer one"
    return f"Strata needs {version_text(MINIMUM)} or newer"


def _cache() -> Path:
    return cache_folder() / "pulumi"


def _set_up(folder: Path, version: Version, too_old: Sequence[Cli], progress: Progress) -> Cli:
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
                refusals.append(f"{name}: gave version {version_text(answered)}")
                continue
            shutil.rmtree(folder, ignore_errors=True)
            draft.rename(folder)
            return Cli(folder / "bin" / EXECUTABLE, version, name)
    found = "".join(f" ({version_text(cli.version)} is at {cli.path})" for cli in too_old)
    reasons = "\n".join(f"  - {refusal}" for refusal in refusals)
    raise ToolchainError(
        f"no Pulumi CLI {version_text(oldest_usable())} or newer here{found}, "
        f"and {version_text(version)} could not be set up:\n{reasons}",
        fix=_fix(version, too_old),
    )


def _fix(version: Version, too_old: Sequence[Cli]) -> str:
    """What a person can install: a newer CLI, or the Python package of the newest CLI that is here."""
    install = f"Install Pulumi {version_text(version)} (https://www.pulumi.com/docs/install/) and put it on PATH"
    able = [cli.version for cli in too_old if cli.version >= MINIMUM]
    return f"{install}, or pip install pulumi=={version_text(max(able))}." if able else f"{install}."


@contextmanager
def _held(version: Version, progress: Progress) -> Generator[Path]:
    """The folder of a version, which no other process sets up meanwhile."""
    folder = _cache() / version_text(version)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as file:
        with announced(progress, "waiting for another process that sets up the Pulumi CLI"):
            until(lambda: _locked(file))
        yield folder


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
