"""Processes that must not outlive the one that started them, even if that was killed, and whether one is running."""

import asyncio
import os
import stat
import subprocess
import threading
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from pathlib import Path

__all__ = ["Watchdog", "is_running", "leave_with_engine"]

PROC = Path("/proc")


def is_running(pid: int, name: str) -> bool:
    """Whether process `pid` runs the program `name`, and is neither a zombie nor another program under its old id."""
    state, program = _from_proc(pid) if (PROC / "self" / "stat").exists() else _from_ps(pid)
    return program == name and not state.startswith("Z")


def _from_proc(pid: int) -> tuple[str, str]:
    try:
        line = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return "", ""
    # `pid (program) state ...`, where the program's name may hold blanks and brackets of its own.
    before, _, after = line.rpartition(")")
    return after.split()[0], before.partition("(")[2]


def _from_ps(pid: int) -> tuple[str, str]:
    answer = subprocess.run(["ps", "-o", "state=,comm=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, program = answer.stdout.strip().partition(" ")
    return state, Path(program.strip()).name


STDIN = 0
PARENT_POLL_SECONDS = 0.5


def leave_at_once() -> None:
    """End this process without running exit handlers: they may wait for an engine that is gone."""
    os._exit(0)


def leave_with_engine(leave: Callable[[], None] = leave_at_once) -> threading.Thread:
    """Watch the engine from a daemon thread and call `leave` once it is gone.

    The engine holds the write end of a pipe on the standard input of everything it starts and never writes to it, so
    the end of that pipe is the engine's end, however it came about. Where the standard input is something else (a
    process started by hand), a change of the parent process means the same.

    Call it first thing in `main`: the parent is remembered at the call.
    """
    parent = os.getppid()
    watch = _wait_for_end_of_input if _is_pipe(STDIN) else lambda: _wait_for_parent(parent)

    def run() -> None:
        watch()
        leave()

    watcher = threading.Thread(target=run, name="engine-watch", daemon=True)
    watcher.start()
    return watcher


def _is_pipe(descriptor: int) -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    except OSError:
        # The descriptor is closed.
        return False


def _wait_for_end_of_input() -> None:
    try:
        while os.read(STDIN, 4096):
            pass
    except OSError:
        # A read error on the pipe leaves nothing to watch; treating it as the end cannot leave a process behind.
        return


def _wait_for_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_POLL_SECONDS)


STOP_SECONDS = 5
"""How long an engine may take to finish what it began, before it is killed."""

SCRIPT = """
read -r line && exit
kill -INT -"$1"
left=$2
while kill -0 -"$1" && [ "$left" -gt 0 ]; do sleep 1; left=$((left - 1)); done
kill -KILL -"$1"
"""
"""Waits for a line, or for the end of the pipe without one, which is the end of whoever held it."""


class Watchdog:
    """A shell that waits beside an engine, in a process group of its own; made by `beside`.

    The engine itself cannot watch its starter, and the system kills no children with their parent everywhere.
    """

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    async def beside(cls, group: int) -> "Watchdog":
        """Start one.

        Args:
            group: the engine's process group.
        """
        process = await asyncio.create_subprocess_exec(
            *("/bin/sh", "-c", SCRIPT, "watchdog", str(group), str(STOP_SECONDS)),
            stdin=PIPE,
            stdout=DEVNULL,
            stderr=DEVNULL,
            process_group=0,
        )
        return cls(process)

    async def dismiss(self) -> None:
        """End it, because the engine has ended."""
        await self._process.communicate(b"\n")
