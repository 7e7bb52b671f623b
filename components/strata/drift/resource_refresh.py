"""Has the engine compare all resources of a stack with its state, without changing either and without its lock."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from strata.drift.drift_finding import StackDrift, UnreadPart
from strata.drift.resource_look import ResourceLook, resources_of
from strata.engine.engine_run import PREVIEW_ENVIRONMENT, EngineResult
from strata.engine.events import EventLog
from strata.engine.own_pulumi import run_own_pulumi
from strata.engine.progress import Progress
from strata.engine.stopping import Stopping
from strata.errors import StrataError
from strata.project.location import locate
from strata.rehearsal import require_rehearsal

__all__ = ["REFRESH", "with_resources"]

REFRESH: Final = ("refresh", "--preview-only")
"""Runs no program, and writes nothing: so the engine takes no lock for it, and an `up` may be at work meanwhile."""
_FIX: Final = "Install the Pulumi CLI (`strata doctor` shows which), or leave --resources out."


async def with_resources(
    found: StackDrift, cwd: Path, given: str, progress: Progress, stopping: Stopping, *, local: bool
) -> StackDrift:
    """A report with what differs of all resources of the stack; where the engine does not know it, that is not read.

    Args:
        found: what was found of the services.
        cwd: where to look for the project, from there upwards.
        given: the stack as a person names it, for their backend.
        progress: called with what takes long, and with a `pulumi` that is not used.
        stopping: stops the engine at a signal.
        local: use the local AWS of the last rehearsal, and its state.
    """
    project, stack = locate(cwd, given)
    try:
        if local:
            result, state = await _local(project, stack, progress)
        else:
            result, state = await _own(project, given, progress, stopping)
    except StrataError as error:
        return _unread(found, error.message)
    if not result.ok:
        return _unread(found, result.reason)
    ignored = {str(each.get("urn")): each.get("ignoreChanges") or () for each in state}
    look = resources_of(result.steps, ignored, _fix(stack if local else given, local=local))
    return replace(found, resources=look)


def _unread(found: StackDrift, why: str) -> StackDrift:
    part = UnreadPart("", "its resources", why, f"pulumi {' '.join(REFRESH)}")
    return replace(found, resources=ResourceLook(0), unread=(*found.unread, part))


def _fix(stack: str, *, local: bool) -> str:
    command = f"`strata rehearse {stack} --refresh`" if local else f"`pulumi up --refresh --stack {stack}`"
    return f"{command} sets it again, or makes it again where it is gone"


async def _own(
    project: Path, given: str, progress: Progress, stopping: Stopping
) -> tuple[EngineResult, Sequence[Mapping[str, Any]]]:
    """The person's own engine and backend; only its log of events shows what differs, and nothing is kept of that."""
    exported = await run_own_pulumi(
        project, ["stack", "export", "--stack", given, "--non-interactive"], progress, fix=_FIX, stopping=stopping
    )
    if not exported.ok:
        return exported, ()
    state = json.loads(exported.stdout)["deployment"].get("resources") or ()
    with tempfile.TemporaryDirectory(prefix="strata-refresh-") as folder:
        written, kept = Path(folder, "engine"), Path(folder, "events.jsonl")
        refreshed = await run_own_pulumi(
            project,
            [*REFRESH, "--stack", given, "--non-interactive", "--color", "never", "--event-log", str(written)],
            progress,
            # without the second the engine does not know its own `--event-log`
            {**PREVIEW_ENVIRONMENT, "PULUMI_DEBUG_COMMANDS": "true"},
            fix=_FIX,
            stopping=stopping,
            event_log=EventLog(written, kept),
        )
    return refreshed, state


async def _local(project: Path, stack: str, progress: Progress) -> tuple[EngineResult, Sequence[Mapping[str, Any]]]:
    rehearsal = require_rehearsal()
    return await rehearsal.preview(project, stack, progress, REFRESH), rehearsal.resources(project, stack)
