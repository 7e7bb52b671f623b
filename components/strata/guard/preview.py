"""Has the engine make a plan: the person's own engine and backend, or those of a rehearsal."""

import os
import shutil
from pathlib import Path
from typing import Final

from strata.errors import ToolchainError
from strata.guard.plan import Plan, read_plan
from strata.rehearsal.toolchain.progress import Progress
from strata.rehearsal.toolchain.result import EngineResult

__all__ = ["OPTIONS", "local_plan", "plan_of", "real_plan"]

OPTIONS: Final = ("--json", "--show-replacement-steps", "--show-sames")
"""Without them a plan does not tell what is used by whom, nor which end of a replacement comes first."""

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


async def real_plan(project: Path, stack: str, *, destroy: bool = False) -> Plan:
    """Preview a stack as the person who runs this would, with their `pulumi` and their backend.

    Args:
        project: folder of the Pulumi project.
        stack: its name.
        destroy: preview a destroy instead of an `up`.

    Raises:
        ToolchainError: there is no `pulumi` on PATH.
    """
    from strata.rehearsal.toolchain.run import start_engine

    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise ToolchainError(
            "there is no pulumi on PATH", fix="Install the Pulumi CLI, or name a plan made elsewhere with --plan FILE."
        )
    run = await start_engine(
        [pulumi, *_command(destroy), "--stack", stack, "--non-interactive", "--color", "never", *OPTIONS],
        folder=project,
        environment={name: value for name, value in os.environ.items() if name not in _DROPPED},
    )
    return plan_of(await run.result(), destroy=destroy)


async def local_plan(project: Path, stack: str, progress: Progress, *, destroy: bool = False) -> Plan:
    """Preview a stack against the local AWS of its rehearsals.

    Args:
        project: folder of the Pulumi project.
        stack: its name.
        progress: told what takes long.
        destroy: preview a destroy instead of an `up`.

    Raises:
        SettingsError, UsageError: the stack file is wrong.
        ToolchainError, RehearsalError: the preview could not be started.
        BusyError: another command is at work on the stack.
    """
    from strata.rehearsal.run.claim import claim
    from strata.rehearsal.run.conduct import Script, prepare, read_settings, require_ready
    from strata.rehearsal.run.request import Request
    from strata.settings.stack_file import read_stack

    request = Request(project, stack)
    file = read_stack(project, stack)
    script = read_settings(request) if "stage" in file.settings else Script.without_strata(file)
    require_ready(request)
    with claim(request.state_folder, stack):
        engine, _ = await prepare(request, script, progress)
        command, *more = _command(destroy)
        return plan_of(await (await engine.start(command, [*more, *OPTIONS])).result(), destroy=destroy)


def _command(destroy: bool) -> list[str]:  # noqa: FBT001 - one caller, one meaning
    return ["destroy", "--preview-only"] if destroy else ["preview"]
