"""Set the Pulumi CLI up with the official installer, where its download server can be reached."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from strata.engine.progress import Progress, announced
from strata.engine.pulumi_cli import Version, parse_version, version_text
from strata.engine.set_up_process import run
from strata.errors import ToolchainError

__all__ = ["install", "install_cli"]

INSTALLER = "https://get.pulumi.com/install.sh"
REACH_SECONDS = 5.0
MODULE = "strata.engine.bootstrap.installer"


def install_cli(root: Path, version: Version, progress: Progress) -> None:
    """Install the CLI and its language hosts as `root/bin/*`.

    The installer runs in a process of its own, which ends with this command.

    Args:
        root: an empty folder.
        version: the version to install.
        progress: called with the download if it takes longer than two seconds.

    Raises:
        ToolchainError: the download server cannot be reached, or the installer failed.
    """
    _reach(progress)
    with announced(progress, "downloading the Pulumi CLI"):
        done = run(
            [sys.executable, "-P", "-m", MODULE, str(root), version_text(version)],
            # the script it downloads first goes with the folder
            environment={**os.environ, "TMPDIR": str(root)},
        )
    if done.returncode != 0:
        raise ToolchainError(done.stderr.strip() or f"the installer ended with {done.returncode}")


def install(root: Path, version: Version) -> None:
    """Run the official installer, here.

    Args:
        root: an empty folder.
        version: the version to install.

    Raises:
        ToolchainError: it failed.
    """
    # The automation package is slow to import, and only a set-up needs it.
    from pulumi.automation import PulumiCommand
    from semver import VersionInfo

    try:
        PulumiCommand.install(root=str(root), version=VersionInfo(*version))
    except (OSError, subprocess.SubprocessError) as error:
        output = getattr(error, "output", None)
        detail = output.decode(errors="replace").strip() if isinstance(output, bytes) and output else str(error)
        raise ToolchainError(f"the installer failed: {detail}") from error


def _reach(progress: Progress) -> None:
    """The installer itself knows no time limit, so a network that swallows packets is found out here."""
    try:
        with announced(progress, "looking for the Pulumi download server"):
            urllib.request.urlopen(urllib.request.Request(INSTALLER, method="HEAD"), timeout=REACH_SECONDS).close()
    except (OSError, urllib.error.URLError) as error:
        raise ToolchainError(f"{INSTALLER} cannot be reached ({error})") from error


def _main(root: str, version: str) -> int:
    try:
        install(Path(root), parse_version(version))
    except ToolchainError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
