"""Runs the Pulumi CLI as the person who runs a command would: their own engine, backend and environment."""

import os
import shutil
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final

from strata.engine import pulumi_cli
from strata.engine.engine_run import EngineListener, EngineResult, start_engine
from strata.engine.events import EventLog
from strata.engine.progress import Progress
from strata.engine.pulumi_cli import LANGUAGE_HOST, Cli
from strata.engine.scripts import put_language_host
from strata.engine.set_up_process import in_thread
from strata.engine.stopping import Stopping
from strata.errors import ToolchainError

__all__ = ["run_own_pulumi"]

_DROPPED: Final = frozenset({"PULUMI_ENABLE_STREAMING_JSON_PREVIEW"})
"""Would turn the plan into a stream of events."""


async def run_own_pulumi(
    project: Path,
    command: Sequence[str],
    progress: Progress,
    environment: Mapping[str, str] = MappingProxyType({}),
    *,
    fix: str,
    listener: EngineListener | None = None,
    stopping: Stopping | None = None,
    event_log: EventLog | None = None,
) -> EngineResult:
    """Run a command of the `pulumi` that doctor shows, to its end.

    Args:
        project: folder of the Pulumi project.
        command: what follows `pulumi`.
        progress: called with a `pulumi` that is not used, and why.
        environment: what it gets on top of the caller's environment. Default: nothing.
        fix: what to do where there is none.
        listener: called with every console line as it comes.
        stopping: stops the run at a signal. Default: nothing does but the end of this process.
        event_log: reads the file that the command makes the engine log its events to. Default: it logs none.

    Raises:
        ToolchainError: there is no `pulumi` that is new enough.
    """
    cli = await in_thread(pulumi_cli.find_cli, progress)
    if cli is None:
        raise ToolchainError(
            "there is no Pulumi CLI that is new enough, neither on PATH nor set up by a rehearsal", fix=fix
        )
    with _environment(cli) as own:
        run = await start_engine(
            [str(cli.path), *command],
            folder=project,
            environment={**own, **environment},
            event_log=event_log,
            listener=listener,
        )
        if stopping is None:
            return await run.result()
        with stopping.running(run, lambda: "pulumi"):
            return await run.result()


@contextmanager
def _environment(cli: Cli) -> Generator[Mapping[str, str]]:
    """The caller's environment, with our language host where neither the CLI nor PATH has one."""
    own = {name: value for name, value in os.environ.items() if name not in _DROPPED}
    if cli.has_language_host or shutil.which(LANGUAGE_HOST):
        yield own
        return
    with tempfile.TemporaryDirectory(prefix="strata-host-") as folder:
        put_language_host(Path(folder))
        yield {**own, "PATH": os.pathsep.join([own.get("PATH", os.defpath), folder])}
