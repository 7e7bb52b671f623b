"""What a rehearsal shows while it runs: lines that stay, and on a terminal the fleets as they are now."""

import os
import re
import sys
from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.text import Text

from strata.cli.local_words import in_local_words
from strata.cli.output import note_warning
from strata_rehearsal.cli.view import View
from strata_rehearsal.run.replay import Replay

__all__ = ["Display", "display"]

STYLES = {"error": "red", "warning": "yellow"}
COUNT = re.compile(r"\d")
ENDED = "update failed"
"""The engine's last line; the report explains it better."""


class Display:
    """Follows a rehearsal, and draws it if there is a terminal.

    Args:
        console: where lines go.
        view: what is redrawn; none without a terminal.
        steps: whether each step is a line of its own, for want of a view.
    """

    def __init__(self, console: Console, view: View | None, *, steps: bool = False) -> None:
        self._console = console
        self._view = view
        self._steps = steps

    def progress(self, text: str, /) -> None:
        """A step that takes long."""
        self._print(text, "dim")

    def say(self, severity: str, text: str) -> None:
        """A line of the engine, a gate or the program."""
        # the report ends with the errors, where they are looked for
        if severity == "error" or text == ENDED:
            return
        if severity == "warning":
            note_warning(text)
        self._print(text if severity == "info" else f"{severity}: {text}", STYLES.get(severity, ""))

    def step(self, text: str) -> None:
        """What is done next; a rising count gets no line of its own."""
        if self._view is not None:
            self._view.step(text)
        elif self._steps and not COUNT.search(text):
            self._print(text, "dim")

    def fleet(self, replay: Replay) -> None:
        """The fleets as they are now."""
        if self._view is not None:
            self._view.fleet(replay)

    def _print(self, text: str, style: str) -> None:
        self._console.print(Text(in_local_words(text.rstrip()), style=style), soft_wrap=True)


@contextmanager
def display(*, quiet: bool) -> Generator[Display]:
    """A display for one run.

    Args:
        quiet: lines go to stderr and nothing is drawn, because stdout carries a document.
    """
    console = Console(
        file=sys.stderr if quiet else sys.stdout, highlight=False, no_color=bool(os.environ.get("NO_COLOR"))
    )
    if quiet or not console.is_terminal or console.is_dumb_terminal or os.environ.get("CI"):
        yield Display(console, None, steps=not quiet)
        return
    view = View()
    with Live(view, console=console, transient=True, refresh_per_second=8):
        yield Display(console, view)
