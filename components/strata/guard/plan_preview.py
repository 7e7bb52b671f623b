"""Has the engine make a plan: the person's own engine and backend, or those of a rehearsal."""

import os
import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from strata.engine.engine_run import EngineResult
from strata.engine.progress import Progress
from strata.errors import ToolchainError
from strata.guard.plan import Plan, read_plan
from strata.rehearsal import require_rehearsal

if TYPE_CHECKING:
    from strata.engine.pulumi_cli import Cli

__all__ = ["OPTIONS", "local_plan", "plan_of", "real_plan"]

OPTIONS: Final = ("--json", "--show-replacement-steps", "--show-sames")
"""Without them a plan does not show what is used by whom, nor which end of a replacement comes first."""
_DROPPED: Final = frozenset({"PULUMI_ENABLE_STREAMING_JSON_PREVIEW"})
"""Would turn the plan into a stream of events."""


def plan_of(result: EngineResult, *, destroy: bool = False) -> Plan:
    """The plan a preview printed.

    Args:
        result: how the preview ended.
        destroy: whether a destroy was previewed.

    Raises:
        UsageError: there is none in what it printed.
    """
    return read_plan(result.stdout, failed=not result.ok, said=result.stderr, destroys=destroy)


async def real_plan(project: Path, stack: str, progress: Progress, *, destroy: bool = False) -> Plan:
    """Preview a stack as the person who runs this would: with their backend, and the `pulumi` that doctor shows.

    Args:
        project: folder of the Pulumi project.
        stack: its name.
        progress: called with a `pulumi` that is not used, and why.
        destroy: preview a destroy instead of an `up`.

    Raises:
        ToolchainError: there is no `pulumi` that is new enough.
    """
    from strata.engine.engine_run import PREVIEW_ENVIRONMENT, start_engine
    from strata.engine.pulumi_cli import find_cli
    from strata.engine.set_up_process import in_thread

    cli = await in_thread(find_cli, progress)
    if cli is None:
        raise ToolchainError(
            "there is no Pulumi CLI that is new enough, neither on PATH nor set up by a rehearsal",
            fix="Install the Pulumi CLI (`strata doctor` shows which), or name a plan made elsewhere with --plan FILE.",
        )
    with _environment(cli) as environment:
        run = await start_engine(
            [str(cli.path), *_command(destroy), "--stack", stack, "--non-interactive", "--color", "never", *OPTIONS],
            folder=project,
            environment={**environment, **PREVIEW_ENVIRONMENT},
        )
        return plan_of(await run.result(), destroy=destroy)


@contextmanager
def _environment(cli: "Cli") -> Generator[Mapping[str, str]]:
    """The caller's environment, with our language host where neither the CLI nor PATH has one."""
    from strata.engine.pulumi_cli import LANGUAGE_HOST
    from strata.engine.scripts import put_language_host

    own = {name: value for name, value in os.environ.items() if name not in _DROPPED}
    if cli.has_language_host or shutil.which(LANGUAGE_HOST):
        yield own
        return
    with tempfile.TemporaryDirectory(prefix="strata-host-") as folder:
        put_language_host(Path(folder))
        yield {**own, "PATH": os.pathsep.join([own.get("PATH", os.defpath), folder])}


async def local_plan(project: Path, stack: str, progress: Progress, *, destroy: bool = False) -> Plan:
    """Preview a stack against the local AWS of its rehearsals.

    Args:
        project: folder of the Pulumi project.
        stack: its name.
        progress: called with what takes long.
        destroy: preview a destroy instead of an `up`.

    Raises:
        SettingsError, UsageError: the stack file is wrong.
        ToolchainError, RehearsalError: the preview could not be started, or the local AWS of earlier rehearsals is
            gone.
        BusyError: another command is at work on the stack.
    """
    result = await require_rehearsal().preview(project, stack, progress, [*_command(destroy), *OPTIONS])
    return plan_of(result, destroy=destroy)


def _command(destroy: bool) -> list[str]:  # noqa: FBT001 - one caller, one meaning
    return ["destroy", "--preview-only"] if destroy else ["preview"]
