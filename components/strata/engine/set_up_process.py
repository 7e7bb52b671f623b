"""Child processes of a set-up: they end with the command that wants it, however far they are.

A build takes minutes. A command that is stopped meanwhile has its event loop cancelled, but not the thread the
build waits in, nor the build. So a thread started by `in_thread` is notified, and ends what it runs: the whole group of
processes, politely first, because a compiler then removes what it has half written.
"""

import asyncio
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from strata.errors import ToolchainError

__all__ = ["in_thread", "run", "until"]

P = ParamSpec("P")
T = TypeVar("T")

_POLL_SECONDS: Final = 0.2
_POLITE_SECONDS: Final = 2.0
"""From a group of processes being asked to end to its being killed."""

_leaving: ContextVar[threading.Event | None] = ContextVar("leaving", default=None)


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """As `asyncio.to_thread`; when this is cancelled, what the function runs by `run` ends, and so does the function.

    Raises:
        whatever the function raises.
    """
    leaving = threading.Event()
    before = _leaving.set(leaving)
    try:
        return await asyncio.to_thread(function, *args, **kwargs)
    except asyncio.CancelledError:
        leaving.set()
        raise
    finally:
        _leaving.reset(before)


def run(
    command: Sequence[str | Path],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    timeout: float | None = None,
    stderr: int = subprocess.PIPE,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in a group of its own.

    Args:
        command: the program and its arguments.
        folder: where it runs. Default: here.
        environment: what it sees. Default: ours.
        timeout: seconds it may take. Default: any time.
        stderr: where its messages go, as `subprocess` has it. Default: apart from what it prints.

    Raises:
        OSError: it cannot be started.
        TimeoutExpired: it took longer.
        ToolchainError: the command that wanted it is being stopped.
    """
    _go_on()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        start_new_session=True,
    )
    with _ended(process):
        out, err = _output(process, command, timeout)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def until(reached: Callable[[], bool]) -> None:
    """Wait until something is so.

    Args:
        reached: whether it is.

    Raises:
        ToolchainError: the command that wanted it is being stopped.
    """
    leaving = _leaving.get() or threading.Event()
    while not reached():
        leaving.wait(_POLL_SECONDS)
        _go_on()


def _go_on() -> None:
    leaving = _leaving.get()
    if leaving is not None and leaving.is_set():
        raise ToolchainError("stopped while the toolchain was being set up")


def _output(process: subprocess.Popen[str], command: Sequence[str | Path], timeout: float | None) -> tuple[str, str]:
    began = time.monotonic()
    while True:
        try:
            return process.communicate(timeout=_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            _go_on()
            if timeout is not None and time.monotonic() - began > timeout:
                raise subprocess.TimeoutExpired(list(command), timeout) from None


@contextmanager
def _ended(process: subprocess.Popen[str]) -> Generator[None]:
    """Whatever happens in the block, nothing of the process's group is left if it does not end well."""
    try:
        yield
    except BaseException:
        _signal(process, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_POLITE_SECONDS)
        # with what it started and did not wait for
        _signal(process, signal.SIGKILL)
        process.communicate()
        raise


def _signal(process: subprocess.Popen[str], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        # nothing of the group is left
        return
