"""A step of a story: what a person does, what comes of it, and what is shown of that."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from subprocess import CompletedProcess

from demo.shop import Shop

__all__ = ["Step", "rehearse"]

SPEED = "600"
"""Of the simulated time: a bake of ten minutes is a second."""


@dataclass(frozen=True)
class Step:
    """A command, and what comes of it.

    Args:
        told: what it is about, in a sentence.
        words: of the command; those that the shop has named stand for something else, see `Shop.named`.
        code: what it ends with.
        shows: patterns of the lines that are printed, in their order; each must occur.
        first: what happens before it.
        by_hand: what somebody does with AWS before it; gives that as commands, to show it.
    """

    told: str
    words: Sequence[str]
    code: int = 0
    shows: Sequence[str] = ()
    first: Callable[[Shop], None] = field(default=lambda _shop: None)
    by_hand: Callable[[Shop], Sequence[str]] = field(default=lambda _shop: ())

    def begin(self, shop: Shop) -> Sequence[str]:
        """Let happen what happens before it; gives what of that is shown."""
        self.first(shop)
        return self.by_hand(shop)

    def run(self, shop: Shop) -> CompletedProcess[str]:
        """What happens."""
        self.begin(shop)
        return shop.run(self.words)

    def shown(self, output: str) -> list[str]:
        """The lines that are worth a look."""
        return [line for line in output.splitlines() if any(re.search(pattern, line) for pattern in self.shows)]

    def problem(self, done: CompletedProcess[str]) -> str:
        """What is not as it should be; empty where all is."""
        if done.returncode != self.code:
            return f"it ended with {done.returncode}, expected {self.code}"
        missing = [pattern for pattern in self.shows if not re.search(pattern, done.stdout)]
        return f"it does not say {', '.join(missing)}" if missing else ""


def rehearse(stack: str, *more: str) -> tuple[str, ...]:
    """The words that put a stack live on the local AWS."""
    return ("rehearse", stack, "--speed", SPEED, *more)
