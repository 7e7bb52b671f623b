"""A project with a plugin that makes files instead of servers, for tests of the toolchain itself."""

import asyncio
import os
import stat
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from strata.engine.pulumi_cli import Cli
from strata_rehearsal.workspace.home import ready_home
from strata_rehearsal.workspace.stack_engine import StackEngine
from strata_rehearsal.workspace.workspace import ready_workspace
from tests.integration.support.warm_start import WarmStart

__all__ = ["FileTrial", "is_gone", "new_file_trial", "until"]

PLUGIN = Path(__file__).parents[1] / "toolchain_plugin.py"

PROGRAM = """
    import os
    from pathlib import Path

    import pulumi
    import pulumi_aws as aws

    Path(os.environ["TRIAL"], "processes", str(os.getpid())).touch()
    print("the program speaks")
    config = pulumi.Config()
    for name in config.require_object("names"):
        aws.ssm.Parameter(name, name=name, type="String", insecure_value=config.get("value") or "1")
    pulumi.export("names", config.require_object("names"))
    pulumi.export("token", config.require_secret("token"))
"""

PATIENCE_SECONDS = 60.0


@dataclass
class FileTrial:
    """A project of its own with one stack, `dev`, that has the parameters of `names`."""

    folder: Path
    cli: Cli
    warm: WarmStart | None = None

    @property
    def repository(self) -> Path:
        return self.folder / "repository"

    def engine(self, **config) -> StackEngine:
        home = ready_home(self.folder / "state of it", self.cli, plugins_of=self.folder / "other")
        if self.warm:
            self.warm.put_scripts(home.pulumi_home, str(PLUGIN))
        workspace = ready_workspace(home, self.repository, "dev", config={f"trial:{k}": v for k, v in config.items()})
        return StackEngine(self.cli, home, workspace, {"TRIAL": str(self.folder)})

    def made(self) -> set[str]:
        return {each.name for each in (self.folder / "made").iterdir()}

    def processes(self) -> set[int]:
        return {int(each.name) for each in (self.folder / "processes").iterdir()}

    def write_program(self, text: str) -> None:
        (self.repository / "__main__.py").write_text(textwrap.dedent(text))


def new_file_trial(folder: Path, cli: Cli, warm: WarmStart | None = None) -> FileTrial:
    """Write the project below an empty folder; nothing is applied yet."""
    trial = FileTrial(folder, cli, warm)
    for name in ("repository", "made", "processes"):
        (folder / name).mkdir()
    (trial.repository / "Pulumi.yaml").write_text("name: trial\nruntime: python\n")
    (trial.repository / "Pulumi.dev.yaml").write_text(
        "secretsprovider: awskms://alias/nobody\nencryptedkey: bm9uZQ==\n"
        "config:\n  trial:names: [a, b]\n  trial:token: {secure: v1:bm9uZQ==}\n"
    )
    trial.write_program(PROGRAM)
    plugin = folder / "other" / "plugins" / f"resource-aws-v{metadata.version('pulumi_aws')}" / "pulumi-resource-aws"
    plugin.parent.mkdir(parents=True)
    plugin.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{PLUGIN}" "$@"\n')
    plugin.chmod(plugin.stat().st_mode | stat.S_IXUSR)
    return trial


async def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE_SECONDS:.0f} s in vain until {what}"
        await asyncio.sleep(0.02)


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # Nobody may be there to bury it: in a container whose first process does not, a dead orphan stays a zombie.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
