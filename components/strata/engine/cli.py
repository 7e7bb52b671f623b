"""The Pulumi CLI on this machine: the one on PATH, or the newest that was set up earlier."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from strata.engine.cli_version import (
    MINIMUM,
    Version,
    cache_folder,
    cli_version,
    oldest_usable,
    parse_version,
    sdk_version,
    version_text,
)
from strata.engine.progress import Progress, silent
from strata.errors import ToolchainError

__all__ = ["EXECUTABLE", "LANGUAGE_HOST", "Cli", "cli_cache", "find_cli", "look_for_cli", "newest_cached_cli"]

EXECUTABLE = "pulumi"
LANGUAGE_HOST = "pulumi-language-python"


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


def find_cli(progress: Progress = silent) -> Cli | None:
    """The CLI on PATH if it is new enough, else the newest set up earlier that is, else None. Downloads nothing.

    Args:
        progress: told of every CLI that is there and cannot be used, and why.
    """
    return look_for_cli(progress, [])


def look_for_cli(progress: Progress, too_old: list[Cli]) -> Cli | None:
    """As `find_cli`; what is too old is added to `too_old`."""
    on_path = shutil.which(EXECUTABLE)
    found = _from_path(Path(on_path), too_old, progress) if on_path else None
    found = found or newest_cached_cli(too_old)
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


def newest_cached_cli(too_old: list[Cli]) -> Cli | None:
    """The newest CLI in the cache, if it is new enough; an older one is added to `too_old`."""
    cached = [
        Cli(path, parse_version(path.parents[1].name), "cache")
        for path in cli_cache().glob(f"[0-9]*.*[0-9]/bin/{EXECUTABLE}")
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


def cli_cache() -> Path:
    """Where CLIs are set up, a folder a version."""
    return cache_folder() / "pulumi"
