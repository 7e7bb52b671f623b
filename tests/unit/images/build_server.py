"""A server that builds: a file system below a folder, and a PATH that holds stubs and the tools of every system."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from strata.images.recipe.definition import Definition
from strata.images.recipe.documents import recipe_of
from strata.images.recipe.steps import BAKE_FOLDER, BakeStage, stages

__all__ = ["FILES", "BuildServer"]

FILES: Final = {
    "etc/os-release": 'ID="amzn"\nPRETTY_NAME="Amazon Linux 2023"\n',
    "etc/app.conf": "port = 8080\n",
    "etc/größe.conf": "1\n",
    "etc/Zone.conf": "2\n",
    "etc/machine-id": "0123456789abcdef\n",
    "etc/ssh/ssh_host_rsa_key": "secret",
    "boot/vmlinuz-6.1.0-1": "",
    "root/.bash_history": "ls\n",
    "root/.ssh/authorized_keys": "ssh-rsa a\n",
    "root/.cache/pip/http/0/1": "wheel",
    "root/.ansible/tmp/facts": "facts",
    "root/.aws/credentials": "secret",
    "home/ec2-user/.ssh/authorized_keys": "ssh-rsa b\n",
    "home/ec2-user/.cache/motd": "news",
    "var/cache/dnf/amazonlinux-0/repodata/primary.xml": "index",
    "var/cache/apt/pkgcache.bin": "index",
    "var/cache/apt/srcpkgcache.bin": "index",
    "var/lib/apt/lists/deb.example_dists_stable_InRelease": "index",
    "var/lib/cloud/instances/i-1/user-data.txt": "user data",
    "var/lib/systemd/random-seed": "seed",
    "var/log/messages": "started\n",
}
_TOOLS: Final = (
    *("awk", "base64", "bash", "cat", "chmod", "cp", "cut", "date", "dirname", "find", "grep", "install", "ls"),
    *("mkdir", "mv", "printf", "rm", "sed", "sh", "sort", "stat", "tee", "touch", "tr", "truncate", "xargs"),
)
_RPM: Final = r"""case "$*" in
  *--all*) printf 'zlib\t0:1.2.11-33.amzn2023\tx86_64\nbash\t5:5.2.15-1.amzn2023\tx86_64\n' ;;
  *) echo "package is not installed"; exit 1 ;;
esac"""


class BuildServer:
    """A server.

    Args:
        folder: an empty one.
    """

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.bake = folder / "bake"
        self.tools = folder / "bin"
        self._called = folder / "called"
        self.tools.mkdir()
        for path, text in FILES.items():
            self.write(path, text)
        for name in _TOOLS:
            place = shutil.which(name)
            assert place is not None, f"this machine has no {name}, which a step may call"
            (self.tools / name).symlink_to(place)
        (self.tools / "python3").symlink_to(sys.executable)
        self.stub("rpm", _RPM)

    def write(self, path: str, text: str) -> Path:
        """Write a file below the root."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        return file

    def read(self, path: str) -> str:
        """A file below the root."""
        return (self.root / path).read_text("utf-8")

    def stub(self, name: str, script: str = "") -> None:
        """Put a command on the PATH, which notes how it is called and then runs a script."""
        file = self.tools / name
        file.unlink(missing_ok=True)
        file.write_text(f'#!{shutil.which("sh")}\necho "{name} $*" >> {self._called}\n{script}\n', "utf-8")
        file.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        """How the stubs were called."""
        return self._called.read_text("utf-8").splitlines() if self._called.exists() else []

    def ordered(self, order: str = "0f1e", version: str = "1.5.0") -> None:
        """Leave what the step `order` leaves."""
        self.bake.mkdir(exist_ok=True)
        lines = (f"STRATA_APP=web\nSTRATA_VERSION={version}\nSTRATA_ORDER={order}\nSTRATA_GIT_SHA=abc\n",)
        (self.bake / "order.env").write_text("".join(lines), "utf-8")

    def run(
        self, definition: Definition, stage: str, step: str, environment: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run a step of a definition as Image Builder would, on this file system.

        Args:
            definition: what is baked.
            stage: a stage of it.
            step: a step of that.
            environment: more of what the step is started with.
        """
        return self.bash(_script(stages(definition, recipe_of(definition).version), stage, step), None, environment)

    def bash(
        self, script: str, folder: Path | None, environment: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run a script on this file system.

        Args:
            script: what bash runs.
            folder: where it is started. None: where the tests are.
            environment: more of what it is started with.
        """
        for theirs, here in ((BAKE_FOLDER, str(self.bake)), ("\nroot=\n", f"\nroot={self.root}\n")):
            script = script.replace(theirs, here)
        started = {
            "PATH": str(self.tools),
            "HOME": str(self.root / "root"),
            "STRATA_ROOT": str(self.root),
            **(environment or {}),
        }
        bash = os.fspath(self.tools / "bash")
        return subprocess.run(
            [bash, "-c", script], env=started, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False
        )


def _script(found: tuple[BakeStage, ...], stage: str, step: str) -> str:
    (script,) = (each.script for one in found if one.name == stage for each in one.steps if each.name == step)
    return script
