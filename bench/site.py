"""A local AWS, a toolchain and projects of the bench's own, all in a temporary folder."""

import asyncio
import shutil
from collections.abc import Coroutine, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ruamel.yaml import YAML

from strata.engine.bootstrap.set_up import ready_cli
from strata.engine.engine_run import EngineResult
from strata.engine.pulumi_cli import Cli
from strata_rehearsal.cloud.cloud_process import DEFAULT_SPEED, CloudHandle, start, stop
from strata_rehearsal.cloud.machine_images import Image
from strata_rehearsal.run.aws_config import OWN_KEYS, aws_config
from strata_rehearsal.workspace.home import Home, ready_home
from strata_rehearsal.workspace.stack_engine import StackEngine
from strata_rehearsal.workspace.workspace import ready_workspace

__all__ = ["REFERENCE", "REGION", "Site", "copy_reference", "done", "open_site", "write_project"]

REPOSITORY = Path(__file__).parents[1]
REFERENCE = ("Pulumi.yaml", "Pulumi.staging.yaml", "__main__.py")
REGION = "eu-west-1"

Result = TypeVar("Result")


@dataclass(frozen=True)
class Site:
    """Where engines run.

    Args:
        folder: everything is below it.
        cli: the Pulumi CLI.
        home: Pulumi home and backend.
        cloud: the local AWS.
    """

    folder: Path
    cli: Cli
    home: Home
    cloud: CloudHandle

    def engine(self, project: Path, stack: str) -> StackEngine:
        """The engine on a stack, which is made."""
        workspace = ready_workspace(
            self.home, project, stack, config=aws_config(self.cloud.endpoint, REGION), without=OWN_KEYS
        )
        engine = StackEngine(self.cli, self.home, workspace, environment={"STRATA_CLOCK": self.cloud.clock.variable()})
        asyncio.run(engine.create_stack())
        return engine


@contextmanager
def open_site(folder: Path, *, images: Iterable[Image] = (), speed: float = DEFAULT_SPEED) -> Generator[Site]:
    """Start a local AWS, and stop it in the end.

    Args:
        folder: where it keeps its files.
        images: machine images that exist.
        speed: simulated seconds per real second. Default: a rehearsal's.
    """
    cli = ready_cli()
    home = ready_home(folder / "pulumi", cli)
    cloud = start(folder / "cloud", speed=speed, images=images)
    try:
        yield Site(folder, cli, home, cloud)
    finally:
        stop(folder / "cloud")


def done(work: Coroutine[Any, Any, EngineResult]) -> EngineResult:
    """Run the engine.

    Raises:
        RuntimeError: it did not succeed; what took how long would say nothing.
    """
    result = asyncio.run(work)
    if not result.ok:
        raise RuntimeError(f"the engine failed: {result.reason}")
    return result


def copy_reference(folder: Path) -> Path:
    """The reference stack in a folder of its own."""
    folder.mkdir(parents=True)
    for name in REFERENCE:
        shutil.copy(REPOSITORY / name, folder / name)
    return folder


def write_project(folder: Path, *, name: str, stack: str, program: Path | str, config: Mapping[str, Any]) -> Path:
    """A project.

    Args:
        folder: where; made.
        name: of the project.
        stack: of its stack.
        program: its folder, or its text.
        config: of the stack, by full key.
    """
    folder.mkdir(parents=True)
    if isinstance(program, str):
        (folder / "__main__.py").write_text(program, encoding="utf-8")
    main = str(program) if isinstance(program, Path) else "."
    for file, content in (
        ("Pulumi.yaml", {"name": name, "runtime": "python", "main": main}),
        (f"Pulumi.{stack}.yaml", {"config": dict(config)}),
    ):
        with (folder / file).open("w", encoding="utf-8") as stream:
            YAML(typ="safe").dump(content, stream)
    return folder
