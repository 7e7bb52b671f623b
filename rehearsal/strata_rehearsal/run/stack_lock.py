"""One command at a time on the rehearsal of a stack, however close together they were started."""

import fcntl
import json
import os
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from strata.errors import BusyError

__all__ = ["claim", "claim_all", "starting"]

FOLDER = "claims"
SUFFIX = ".lock"


@contextmanager
def claim(state_folder: Path, stack: str) -> Generator[None]:
    """Hold the stack's rehearsal. The system releases the lock of a process that was killed.

    Args:
        state_folder: where the project's rehearsals keep everything.
        stack: name of the stack.

    Raises:
        BusyError: another command is at work on it.
    """
    folder = state_folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{stack}{SUFFIX}").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(
                f"the rehearsal of stack {stack} is in use by {_holder(file)}",
                fix="Wait for it to end, or end it with Ctrl-C.",
            ) from None
        file.truncate(0)
        json.dump({"pid": os.getpid(), "since": time.time()}, file)
        file.flush()
        yield


@contextmanager
def claim_all(state_folder: Path) -> Generator[None]:
    """Hold the rehearsals of all stacks, to take away what they share.

    Raises:
        BusyError: a command is at work on one of them.
    """
    with ExitStack() as held:
        for file in sorted((state_folder / FOLDER).glob(f"*{SUFFIX}")):
            held.enter_context(claim(state_folder, file.name.removesuffix(SUFFIX)))
        yield


@contextmanager
def starting(state_folder: Path) -> Generator[None]:
    """Have the stacks of a project take turns at starting what they share, a few seconds each."""
    state_folder.mkdir(parents=True, exist_ok=True)
    with (state_folder / "starting").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _holder(file: IO[str]) -> str:
    """Who holds a lock, in words; what it wrote may not be there yet."""
    file.seek(0)
    try:
        holder = json.loads(file.read())
        since = time.strftime("%H:%M:%S", time.localtime(holder["since"]))
    except (ValueError, KeyError, TypeError):
        return "another command"
    return f"process {holder['pid']}, since {since}"
