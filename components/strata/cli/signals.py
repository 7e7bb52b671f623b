"""Signals of a command that works on an event loop: they stop it in good order, without a traceback."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

__all__ = ["Stoppable", "run_stoppable", "stoppable"]

T = TypeVar("T")


class Stoppable(Protocol):
    """What is notified of signals; none of its methods may wait."""

    def of(self, task: "asyncio.Future[Any]") -> None:
        """The task that is cancelled to stop."""

    def ask(self) -> None:
        """Ctrl-C was pressed."""

    def insist(self) -> None:
        """The system asks to stop, or the terminal was closed."""


def run_stoppable(work: "Coroutine[Any, Any, T]", stopping: Stoppable) -> T:
    """Carry out `work` on an event loop of its own.

    Raises:
        KeyboardInterrupt: it was stopped.
    """
    try:
        return asyncio.run(stoppable(work, stopping))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


async def stoppable(work: "Coroutine[Any, Any, T]", stopping: Stoppable) -> T:
    """Carry out `work`, stoppable by signals as long as the event loop exists, its cleaning up included."""
    task = asyncio.ensure_future(work)
    stopping.of(task)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, stopping.ask)
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stopping.insist)
    return await task
