"""How a person stops a rehearsal, a preview for the guard or a drill: politely first, at once the second time."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from strata.engine.engine_run import EngineRun

__all__ = ["Stopping"]


class Stopping:
    """Turns signals into the end of what is running; none of its methods waits.

    Args:
        say: called at once with what each request to stop leads to.
    """

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say
        self._task: asyncio.Future[Any] | None = None
        self._run: EngineRun | None = None
        self._goes_on: Callable[[], str] = str
        self._asked = False
        self._stops = False

    def of(self, task: "asyncio.Future[Any]") -> None:
        """The task that carries it out, which is cancelled to end it."""
        self._task = task

    @contextmanager
    def running(self, run: EngineRun, goes_on: Callable[[], str]) -> Generator[None]:
        """The engine changes the stack as long as the block lasts.

        Args:
            run: its run.
            goes_on: describes what is going on right now.
        """
        self._run, self._goes_on = run, goes_on
        try:
            yield
        finally:
            self._run = None

    def ask(self) -> None:
        """What Ctrl-C does. The first lets the engine finish what it began, the second stops it at once."""
        if self._run is None or self._asked:
            self.insist()
            return
        self._asked = True
        self._run.interrupt()
        self._say(f"still running: {self._goes_on()}; press Ctrl-C again to stop watching")

    def insist(self) -> None:
        """What SIGTERM does, and a second Ctrl-C; once more kills the engine."""
        if self._task is None or self._task.done():
            return
        if not self._stops:
            self._say("stopping" if self._run is None else "stopping the engine; what AWS has begun goes on there")
        self._stops = True
        self._task.cancel()
