"""How rollouts being watched are shown: on a terminal lines that are written again, elsewhere a line per change."""

import asyncio
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

__all__ = ["Watching", "watching"]


class Watching:
    """Shows what a look saw, and stops looking at a signal.

    Args:
        console: where lines go.
        live: what is written again; none without a terminal.
    """

    def __init__(self, console: Console, live: Live | None) -> None:
        self._console = console
        self._live = live
        self._shown: tuple[str, ...] = ()
        self._task: asyncio.Future[Any] | None = None
        self._stopped = False
        self._goes_on = "no answer had come yet"

    def show(self, lines: Sequence[str], goes_on: str) -> None:
        """Show the lines of a look.

        Args:
            lines: a line each service.
            goes_on: what continues in AWS after the watching.
        """
        self._goes_on = goes_on
        if self._live is not None:
            self._live.update(Group(*(Text(line) for line in lines)), refresh=True)
            return
        for line in lines:
            if line not in self._shown:
                self._console.print(Text(line), soft_wrap=True)
        self._shown = tuple(lines)

    def of(self, task: "asyncio.Future[Any]") -> None:
        self._task = task

    def ask(self) -> None:
        """Nothing but the watching can be stopped, so once is enough."""
        if self._task is None or self._task.done():
            return
        if not self._stopped:
            self._console.print(f"stopped watching; {self._goes_on}", highlight=False, soft_wrap=True)
        self._stopped = True
        self._task.cancel()

    def insist(self) -> None:
        self.ask()


@contextmanager
def watching(*, quiet: bool) -> Generator[Watching]:
    """Something to show looks on.

    Args:
        quiet: nothing is shown, because stdout carries a document.
    """
    console = Console(highlight=False, no_color=bool(os.environ.get("NO_COLOR")), quiet=quiet)
    if quiet or not console.is_terminal or console.is_dumb_terminal or os.environ.get("CI"):
        yield Watching(console, None)
        return
    with Live(console=console, transient=True, auto_refresh=False) as live:
        yield Watching(console, live)
