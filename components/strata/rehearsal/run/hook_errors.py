"""What hooks of a program raised, which the engine passes on as text only."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from strata.exit_code import ExitCode

__all__ = ["HookError", "common_code", "read_hook_errors"]


@dataclass(frozen=True)
class HookError:
    """One error of a hook.

    Args:
        message: its message, without the fix.
        code: what a command that meets it ends with.
    """

    message: str
    code: ExitCode


def read_hook_errors(path: Path) -> tuple[HookError, ...]:
    """The errors a run noted, in the order they happened; a note that was cut off is left out."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ()
    return tuple(found for line in lines if (found := _parsed(line)) is not None)


def _parsed(line: str) -> HookError | None:
    try:
        said = json.loads(line)
        return HookError(str(said["message"]), ExitCode(said["exit_code"]))
    except (KeyError, TypeError, ValueError):
        return None


def common_code(errors: Sequence[str], raised: Iterable[HookError]) -> ExitCode:
    """What a failed run ends with.

    Args:
        errors: every error the engine reported.
        raised: those that hooks raised.

    Returns:
        REFUSED or BUSY where nothing else made the run fail: REFUSED before BUSY, since waiting does not help there.
    """
    known = tuple(raised)
    codes = {each.code for each in known}
    others = [error for error in errors if not any(_first_line(each.message) in error for each in known)]
    if not codes or others or not codes <= {ExitCode.REFUSED, ExitCode.BUSY}:
        return ExitCode.FAILED
    return ExitCode.REFUSED if ExitCode.REFUSED in codes else ExitCode.BUSY


def _first_line(text: str) -> str:
    """The engine indents what follows."""
    return text.split("\n", 1)[0]
