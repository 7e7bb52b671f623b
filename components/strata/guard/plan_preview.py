"""Has the engine make a plan: the person's own engine and backend, or those of a rehearsal."""

from pathlib import Path
from typing import Final

from strata.engine.engine_run import EngineResult
from strata.engine.progress import Progress
from strata.guard.plan import Plan, read_plan
from strata.rehearsal import require_rehearsal

__all__ = ["OPTIONS", "local_plan", "plan_of", "real_plan"]

OPTIONS: Final = ("--json", "--show-replacement-steps", "--show-sames")
"""Without them a plan does not show what is used by whom, nor which end of a replacement comes first."""


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
    from strata.engine.engine_run import PREVIEW_ENVIRONMENT
    from strata.engine.own_pulumi import run_own_pulumi

    result = await run_own_pulumi(
        project,
        [*_command(destroy), "--stack", stack, "--non-interactive", "--color", "never", *OPTIONS],
        progress,
        PREVIEW_ENVIRONMENT,
        fix="Install the Pulumi CLI (`strata doctor` shows which), or name a plan made elsewhere with --plan FILE.",
    )
    return plan_of(result, destroy=destroy)


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
