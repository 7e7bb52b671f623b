"""What a program and its hooks raised, which the engine passes on as text only, and what a failed run makes of it."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from strata.exit_code import ExitCode

__all__ = ["HookError", "common_code", "errors_explained", "read_hook_errors"]

_MISSING = re.compile(r"ProfileNotFound: The config profile \((.+)\) could not be found")
_PRIORITY: Final = "PriorityInUse"
_FREE_PRIORITY: Final = (
    "fix: Give the route another priority. Or remove what has this one in a run of its own first, such as a service "
    "that is to have another name: what is new is made before anything goes."
)
_IN_ORDER = (ExitCode.BAD_INPUT, ExitCode.REFUSED, ExitCode.BUSY)


@dataclass(frozen=True)
class HookError:
    """One error of a program or of a hook of it.

    Args:
        message: its message, without the fix.
        code: what a command that meets it ends with.
    """

    message: str
    code: ExitCode


def read_hook_errors(path: Path) -> tuple[HookError, ...]:
    """The errors a run noted, each once, in the order they arose; a note that was cut off is left out."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ()
    return tuple(dict.fromkeys(found for line in lines if (found := _parsed(line)) is not None))


def _parsed(line: str) -> HookError | None:
    try:
        noted = json.loads(line)
        return HookError(str(noted["message"]), ExitCode(noted["exit_code"]))
    except (KeyError, TypeError, ValueError):
        return None


def common_code(errors: Sequence[str], raised: Iterable[HookError]) -> ExitCode:
    """What a failed run ends with.

    Args:
        errors: every error the engine reported.
        raised: those that arose in the program and its hooks; one that was dealt with there is none of the engine's.

    Returns:
        BAD_INPUT, REFUSED or BUSY where nothing else made the run fail, the first of them that applies: a program that
        is wrong comes before what it asks for, and waiting does not help against a refusal.
    """
    known = [each for each in raised if any(_first_line(each.message) in error for error in errors)]
    codes = {each.code for each in known}
    others = [error for error in errors if not any(_first_line(each.message) in error for each in known)]
    if not codes or others or not codes <= set(_IN_ORDER):
        return ExitCode.FAILED
    return next(code for code in _IN_ORDER if code in codes)


def _first_line(text: str) -> str:
    """The engine indents what follows."""
    return text.split("\n", 1)[0]


def errors_explained(errors: Iterable[str]) -> Iterator[str]:
    """The errors of a run, those with a fix that is known here.

    A session with a profile that nobody has here is one sentence in place of its traceback.

    Args:
        errors: as the engine reports them.
    """
    for error in errors:
        if missing := _MISSING.search(error):
            yield (
                f"the program names the AWS profile {missing[1]!r}, which is not on this machine\n"
                f"fix: Rehearse with AWS_PROFILE={missing[1]} in the environment, and a stand-in is made for it."
            )
        elif _PRIORITY in error:
            yield f"{error.rstrip()}\n{_FREE_PRIORITY}"
        else:
            yield error
