"""`pulumi up` of a rollback by its pin, with the engine, the backend and the environment of who runs the command."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from strata.engine.engine_run import EngineResult
from strata.engine.events import Event
from strata.engine.own_pulumi import run_own_pulumi
from strata.engine.stopping import Stopping
from strata.errors import NOTED_ERRORS, BusyError, RefusedError, RolloutError, StrataError
from strata.exit_code import ExitCode

__all__ = ["pulumi_up"]

_LOCKED: Final = ("currently locked", "update is currently in progress")
"""What the engine says of a stack that somebody else holds: its own backends, and Pulumi Cloud."""
_AGAIN: Final = "Run the same command again, which continues; --now rolls back through AWS without the engine."


class _Listener:
    """Passes on what the engine prints."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def console(self, line: str, /) -> None:
        self._say(line)

    def event(self, event: Event, /) -> None:
        """Nothing: its lines say it."""


async def pulumi_up(project: Path, stack: str, say: Callable[[str], None], stopping: Stopping) -> None:
    """Apply a stack.

    Args:
        project: folder of the Pulumi project.
        stack: as the caller named it.
        say: called with every line that the engine prints.
        stopping: stops it at a signal.

    Raises:
        BusyError: another run holds the stack, or another rollout is running.
        RefusedError: the gate, or a policy of Strata, refused.
        RolloutError: it failed.
        ToolchainError: there is no Pulumi CLI.
    """
    with tempfile.NamedTemporaryFile("r", prefix="strata-errors-", encoding="utf-8") as notes:
        result = await run_own_pulumi(
            project,
            ["up", "--yes", "--skip-preview", "--stack", stack, "--non-interactive", "--color", "never"],
            say,
            {NOTED_ERRORS: notes.name},
            fix="Install the Pulumi CLI (`strata doctor` shows which), or roll back through AWS with --now.",
            listener=_Listener(say),
            stopping=stopping,
        )
        noted = [code for line in notes if (code := _code(line)) is not None]
    if not result.ok:
        raise _error(result, noted)


def _code(line: str) -> ExitCode | None:
    try:
        found: Any = json.loads(line)
        return ExitCode(found["exit_code"])
    except (KeyError, TypeError, ValueError):
        return None


def _error(result: EngineResult, noted: list[ExitCode]) -> StrataError:
    said = f"`pulumi up` failed: {result.reason}"
    if any(each in result.stderr + result.stdout for each in _LOCKED):
        return BusyError(said, fix=_AGAIN)
    kinds: dict[ExitCode, type[StrataError]] = {ExitCode.BUSY: BusyError, ExitCode.REFUSED: RefusedError}
    common = noted[0] if noted and all(each is noted[0] for each in noted) else ExitCode.FAILED
    return kinds.get(common, RolloutError)(said, fix=_AGAIN)
