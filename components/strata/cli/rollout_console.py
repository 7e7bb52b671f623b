"""Progress of a rollout that a command itself carries out, as lines."""

from strata.cli.output import echo, print_warning

__all__ = ["LineConsole"]


class LineConsole:
    """A console of plain lines; where nothing is rewritten, a tick is printed when it says something new.

    Args:
        err: whether lines go to stderr, because stdout carries a document.
    """

    def __init__(self, *, err: bool) -> None:
        self._err = err
        self._last = ""

    def tick(self, text: str) -> None:
        if text != self._last:
            self._last = text
            echo(text, err=self._err)

    def say(self, text: str) -> None:
        echo(text, err=self._err)

    def warn(self, text: str) -> None:
        print_warning(text)
