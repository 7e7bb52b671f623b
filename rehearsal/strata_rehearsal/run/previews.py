"""A preview of a stack against the local AWS of its rehearsals."""

from collections.abc import Sequence
from pathlib import Path

from strata.engine.engine_run import EngineResult
from strata.engine.progress import Progress
from strata.errors import RehearsalError
from strata.project.stack_file import read_stack
from strata_rehearsal.run.claim import claim
from strata_rehearsal.run.conduct import Script, forgotten, prepare, read_settings, require_ready
from strata_rehearsal.run.request import RehearsalRequest

__all__ = ["preview"]


async def preview(project: Path, stack: str, progress: Progress, command: Sequence[str]) -> EngineResult:
    """Run a previewing command of the engine.

    Args:
        project: folder of the Pulumi project.
        stack: its name.
        progress: told what takes long.
        command: the engine's command and its options.

    Raises:
        SettingsError, UsageError: the stack file is wrong.
        ToolchainError, RehearsalError: the preview could not be started, or the local AWS of earlier rehearsals is
            gone.
        BusyError: another command is at work on the stack.
    """
    request = RehearsalRequest(project, stack)
    file = read_stack(project, stack)
    script = read_settings(request) if "stage" in file.settings else Script.without_strata(file)
    require_ready(request)
    if forgotten(request):
        raise RehearsalError(
            "the local AWS has stopped, and everything that was rehearsed on it is gone: there is nothing to judge a "
            "plan against",
            fix=f"Put the stack up again, strata rehearse {stack}, from the code you want to compare with.",
        )
    with claim(request.state_folder, stack):
        engine, _ = await prepare(request, script, progress)
        return await (await engine.start(command[0], list(command[1:]))).result()
