"""Leave when the engine leaves: no process the engine started may outlive it, even if it was killed."""

import os
import stat
import threading
import time
from collections.abc import Callable

__all__ = ["leave_with_engine"]

STDIN = 0
PARENT_POLL_SECONDS = 0.5


def leave_at_once() -> None:
    """End this process without running exit handlers: they may wait for an engine that is gone."""
    os._exit(0)


def leave_with_engine(leave: Callable[[], None] = leave_at_once) -> threading.Thread:
    """Watch the engine from a daemon thread and call `leave` once it is gone.

    The engine holds the write end of a pipe on the standard input of everything it starts and never writes to it, so
    the end of that pipe is the engine's end, however it came about. Where the standard input is something else (a
    process started by hand), a change of the parent process says the same.

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
