"""The life of an image as steps: what a person does, what comes of it, and what is shown of that."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from subprocess import CompletedProcess

from demo.shop import Shop

__all__ = ["STORY", "Step"]

SPEED = "600"
"""Of the simulated time: a bake of ten minutes is a second."""


@dataclass(frozen=True)
class Step:
    """A command, and what comes of it.

    Args:
        told: what it is about, in a sentence.
        words: of the command.
        code: what it ends with.
        shows: patterns of the lines that are printed, in their order; each must occur.
        first: what happens before it.
    """

    told: str
    words: Sequence[str]
    code: int = 0
    shows: Sequence[str] = ()
    first: Callable[[Shop], None] = field(default=lambda _shop: None)

    def run(self, shop: Shop) -> CompletedProcess[str]:
        """What happens."""
        self.first(shop)
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


def _rehearse(stack: str, *more: str) -> tuple[str, ...]:
    return ("rehearse", stack, "--speed", SPEED, *more)


STORY: Sequence[Step] = (
    Step("Version 1.0.0 goes live in staging.", _rehearse("staging"), shows=(r"succeeded", r"web +1\.0\.0")),
    Step("And in prod.", _rehearse("prod"), shows=(r"succeeded", r"web +1\.0\.0")),
    Step(
        "Version 1.1.0 was built. Staging is told to run it: one line of its stack file.",
        ("image", "pin", "staging", "web", "1.1.0", "--local"),
        shows=(r"pinned web 1\.1\.0",),
        first=lambda shop: shop.build("1.1.0"),
    ),
    Step(
        "It replaces what runs, behind the load balancer; `up` is green only if it is healthy.",
        _rehearse("staging"),
        shows=(r"succeeded", r"web +1\.1\.0"),
    ),
    Step(
        "What staging has proven is promoted: the same image, with the proof.",
        # prod asks for half an hour, three seconds of the demo, which a fast machine does not need to come this far
        ("image", "promote", "prod", "web", "--from", "staging", "--min-soak", "1m", "--local"),
        shows=(r"proven by shop/staging", r"pinned web 1\.1\.0"),
    ),
    Step("Prod runs it.", _rehearse("prod"), shows=(r"succeeded", r"web +1\.1\.0")),
    Step(
        "Version 1.2.0 is pinned in staging, and it is bad.",
        ("image", "pin", "staging", "web", "1.2.0", "--local"),
        shows=(r"pinned web 1\.2\.0",),
        first=lambda shop: shop.build("1.2.0"),
    ),
    Step(
        "Nothing of it stays: the rollout is taken back, `up` is red, and 1.1.0 serves on.",
        _rehearse("staging", "--fault", "web=unhealthy"),
        code=1,
        shows=(r"rolled back", r"web +1\.1\.0"),
    ),
    Step(
        "So it cannot be promoted: what staging has proven is 1.1.0, which prod pins already.",
        ("image", "promote", "prod", "web", "--from", "staging", "--local"),
        shows=(r"Pulumi\.prod\.yaml pins web 1\.1\.0 .*already",),
    ),
    Step(
        "Staging is told to run 1.1.0 again, which it never left.",
        ("image", "pin", "staging", "web", "1.1.0", "--local"),
        shows=(r"pinned web 1\.1\.0 .* in place of 1\.2\.0",),
    ),
    Step(
        "So nothing is replaced.",
        _rehearse("staging"),
        shows=(r"every (server|task) runs 1\.1\.0 already, none is replaced", "succeeded"),
    ),
    Step(
        "Why 1.2.0 failed is on record.",
        ("rollout", "history", "staging", "web", "--local"),
        shows=(r"1\.2\.0 .*no further", r"1\.1\.0 .*recorded now"),
    ),
    Step(
        "At night 1.1.0 turns out to lose orders in prod. One command goes back, without an engine.",
        ("rollout", "rollback", "prod", "web", "--now", "--reason", "loses orders", "--local"),
        shows=(r"back from 1\.1\.0 to", r"rolled to|deployed", r"runs web 1\.0\.0"),
        first=lambda shop: shop.remember("prod"),
    ),
    Step(
        "The pipeline still has the old stack file. It is refused.",
        _rehearse("prod"),
        code=3,
        shows=(r"vetoed.*loses orders",),
        first=lambda shop: shop.swap("prod"),
    ),
    Step(
        "With the pin of the rollback nothing is replaced.",
        _rehearse("prod"),
        shows=(r"succeeded", r"web +1\.0\.0"),
        first=lambda shop: shop.swap("prod"),
    ),
    Step(
        "File, record and what runs agree: there is nothing left to do.",
        _rehearse("prod"),
        shows=(r"succeeded in [\d.]+ s \(\d+ unchanged\)",),
    ),
    Step("Nor is there in staging.", _rehearse("staging"), shows=(r"succeeded in [\d.]+ s \(\d+ unchanged\)",)),
    Step("And it is all on record.", ("rollout", "history", "prod", "web", "--local"), shows=(r"1\.[01]\.0",)),
)
"""From the first release to the way back."""
