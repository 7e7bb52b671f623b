"""Set up a Pulumi CLI once in the user's cache folder, by the first way that works."""

import fcntl
import shutil
import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from strata.engine.bootstrap.go_build import build_cli
from strata.engine.bootstrap.installer import install_cli
from strata.engine.progress import Progress, announced, silent
from strata.engine.pulumi_cli import (
    EXECUTABLE,
    MINIMUM,
    Cli,
    Version,
    cli_cache,
    cli_version,
    look_for_cli,
    newest_cached_cli,
    oldest_usable,
    version_text,
    version_to_set_up,
)
from strata.engine.set_up_process import until
from strata.errors import ToolchainError

__all__ = ["ready_cli", "set_up"]

Way = Callable[[Path, Version, Progress], None]
"""Sets a CLI of a version up below a folder, as `bin/pulumi`; raises ToolchainError where that is impossible."""

WAYS: tuple[tuple[str, Way], ...] = (("the official installer", install_cli), ("Go modules", build_cli))


def ready_cli(progress: Progress = silent) -> Cli:
    """The CLI to use: the first on PATH that is new enough, else the newest set up earlier, else one set up now.

    Setting up tries the official installer, which needs its download server, and then a build from Go modules, which
    needs a Go module proxy and about five minutes. Two processes never set up at the same time.

    Args:
        progress: called with what is done whenever it takes longer than two seconds.

    Raises:
        ToolchainError: no way worked; the message gives the reason of each failure, and what to install.
    """
    too_old: list[Cli] = []
    found = look_for_cli(progress, too_old)
    if found is not None:
        return found
    with _held(version_to_set_up(), progress) as folder:
        return newest_cached_cli([]) or _set_up(folder, version_to_set_up(), too_old, progress)


def set_up(version: Version, progress: Progress = silent) -> Cli:
    """Set a CLI of a certain version up in the user's cache, in the place of one that is there.

    Raises:
        ToolchainError: no way worked.
    """
    with _held(version, progress) as folder:
        return _set_up(folder, version, (), progress)


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
    folder = cli_cache() / version_text(version)
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
