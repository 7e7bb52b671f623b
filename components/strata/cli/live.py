"""What a rehearsal shows while it runs: lines that stay, and on a terminal the fleets as they are now."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from strata.rehearsal.run.replay import Fleet, Replay

__all__ = ["Display", "display"]

STYLES = {"error": "red", "warning": "yellow"}
ENDED = "update failed"
"""The engine's last word; the report says it better."""


class Display:
    """Follows a rehearsal, and draws it if there is a terminal.

    Args:
        console: where lines go.
        live: what is redrawn; none without a terminal.
    """

    def __init__(self, console: Console, live: Live | None) -> None:
        self._console = console
        self._live = live

    def progress(self, text: str, /) -> None:
        """A step that takes long."""
        self._print(text, "dim")

    def say(self, severity: str, text: str) -> None:
        """Something the engine, a gate or the program said."""
        # the report ends with the errors, where they are looked for
        if severity == "error" or text == ENDED:
            return
        self._print(text if severity == "info" else f"{severity}: {text}", STYLES.get(severity, ""))

    def fleet(self, replay: Replay) -> None:
        """The fleets as they are now."""
        if self._live is not None:
            self._live.update(_table(replay))

    def _print(self, text: str, style: str) -> None:
        self._console.print(Text(text.rstrip(), style=style), soft_wrap=True)


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
        yield Display(console, None)
        return
    with Live(console=console, transient=True, refresh_per_second=8) as live:
        yield Display(console, live)


def _table(replay: Replay) -> Table:
    table = Table.grid(padding=(0, 2))
    for fleet in replay.fleets.values():
        if fleet.looks:
            table.add_row(*_row(fleet))
    return table


def _row(fleet: Fleet) -> tuple[Text, ...]:
    look = fleet.looks[-1]
    newest = max(look.servers, default=0)
    new = look.servers.get(newest, 0)
    old = sum(look.servers.values()) - new
    enough = look.healthy >= look.desired
    return (
        Text(fleet.service, style="bold"),
        Text("\N{FULL BLOCK}" * old, style="bright_black") + Text("\N{FULL BLOCK}" * new, style="blue"),
        Text(f"{old} old, {new} new" if old else f"{new} servers"),
        Text(f"{look.healthy} of {look.desired} healthy", style="green" if enough else "yellow"),
    )
