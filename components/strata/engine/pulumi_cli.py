"""The Pulumi CLI on this machine: the one on PATH, or the newest that was set up earlier, and which version it must be.

A CLI is asked for its version once: the answer is remembered by path, size and time of change.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from strata.engine.progress import Progress, silent
from strata.engine.set_up_process import run
from strata.errors import ToolchainError

__all__ = [
    "EXECUTABLE",
    "LANGUAGE_HOST",
    "MINIMUM",
    "PINNED",
    "Cli",
    "Version",
    "cache_folder",
    "cli_cache",
    "cli_version",
    "find_cli",
    "look_for_cli",
    "newest_cached_cli",
    "oldest_usable",
    "parse_version",
    "sdk_version",
    "version_text",
    "version_to_set_up",
]

EXECUTABLE = "pulumi"
LANGUAGE_HOST = "pulumi-language-python"

Version = tuple[int, int, int]

MINIMUM: Version = (3, 248, 0)
"""The oldest CLI that Strata is tried with.

The release gate lives by hooks that fail an update by raising, which is so from 3.238 on; 3.248 is the first of those
that is served as a Go module.
"""

PINNED: Version = (3, 276, 0)
"""The CLI that is set up where there is none: the newest that is served as a Go module, which not every version is."""

ASK_SECONDS = 60.0
"""Longer than any working CLI needs to print its version, even on a busy machine that starts it for the first time."""


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
        progress: called with every CLI that is there and cannot be used, and why.
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


def cache_folder() -> Path:
    """Where what is slow to set up is kept for every checkout: `$XDG_CACHE_HOME/strata`, else `~/.cache/strata`."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "strata"


def sdk_version() -> Version:
    """The version of the installed Python package `pulumi`."""
    return parse_version(metadata.version("pulumi"))


def oldest_usable() -> Version:
    """The oldest CLI that the installed Python package works with.

    A CLI newer than the package is what people have, and works. An older one may lack what the package asks it for.
    """
    return max(MINIMUM, sdk_version())


def version_to_set_up() -> Version:
    """The CLI that is set up where there is none: the pinned one, or the Python package's version if that is newer."""
    return max(PINNED, sdk_version())


def version_text(version: Version) -> str:
    """A version as people write it: `3.276.0`."""
    return ".".join(str(part) for part in version)


def parse_version(text: str) -> Version:
    """Read `v3.250.0`, with or without the `v` and with anything after it.

    Raises:
        ToolchainError: there is no version at the start of the text.
    """
    found = re.match(r"\s*v?(\d+)\.(\d+)\.(\d+)", text)
    if found is None:
        raise ToolchainError(f"expected a Pulumi version such as v3.250.0, got {text.strip()!r}")
    major, minor, patch = (int(part) for part in found.groups())
    return major, minor, patch


def cli_version(path: Path) -> Version:
    """The version of the CLI at `path`, without starting it if it has been asked before.

    A script (what version managers put on PATH) may lead somewhere else at every call, so it is asked each time.

    Raises:
        ToolchainError: the file cannot be run, or does not answer with a version.
    """
    real = path.resolve()
    if _is_script(real):
        return _ask(path)
    remembered_in = cache_folder() / "pulumi" / "versions.json"
    state = real.stat()
    key = f"{real}:{state.st_size}:{state.st_mtime_ns}"
    remembered = _read(remembered_in)
    if key in remembered:
        return parse_version(remembered[key])
    version = _ask(path)
    others = {other: text for other, text in remembered.items() if not other.startswith(f"{real}:")}
    _write(remembered_in, {**others, key: version_text(version)})
    return version


def _is_script(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"#!"


def _ask(path: Path) -> Version:
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true", "PULUMI_HOME": home}
        try:
            answer = run([path, "version"], environment=environment, timeout=ASK_SECONDS)
            answer.check_returncode()
        except (OSError, subprocess.SubprocessError) as error:
            raise ToolchainError(f"{path} does not answer `pulumi version`: {error}") from error
    return parse_version(answer.stdout)


def _read(file: Path) -> dict[str, str]:
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError):
        # Nothing remembered yet, or a file cut short: the CLI is asked again.
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def _write(file: Path, versions: dict[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix="versions-", delete=False) as draft:
        json.dump(versions, draft, indent=1)
    Path(draft.name).replace(file)
