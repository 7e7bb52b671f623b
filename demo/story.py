"""The life of an image as steps."""

from collections.abc import Sequence

from demo.step import Step, rehearse

__all__ = ["STORY"]

STORY: Sequence[Step] = (
    Step("Version 1.0.0 goes live in staging.", rehearse("staging"), shows=(r"succeeded", r"web +1\.0\.0")),
    Step("And in prod.", rehearse("prod"), shows=(r"succeeded", r"web +1\.0\.0")),
    Step(
        "Version 1.1.0 was built. Staging is told to run it: one line of its stack file.",
        ("image", "pin", "staging", "web", "1.1.0", "--local"),
        shows=(r"pinned web 1\.1\.0",),
        first=lambda shop: shop.build("1.1.0"),
    ),
    Step(
        "It replaces what runs, behind the load balancer; `up` is green only if it is healthy.",
        rehearse("staging"),
        shows=(r"succeeded", r"web +1\.1\.0"),
    ),
    Step(
        "What staging has proven is promoted: the same image, with the proof.",
        # prod asks for half an hour, three seconds of the demo, which a fast machine does not need to come this far
        ("image", "promote", "prod", "web", "--from", "staging", "--min-soak", "1m", "--local"),
        shows=(r"proven by shop/staging", r"pinned web 1\.1\.0"),
    ),
    Step("Prod runs it.", rehearse("prod"), shows=(r"succeeded", r"web +1\.1\.0")),
    Step(
        "Version 1.2.0 is pinned in staging, and it is bad.",
        ("image", "pin", "staging", "web", "1.2.0", "--local"),
        shows=(r"pinned web 1\.2\.0",),
        first=lambda shop: shop.build("1.2.0"),
    ),
    Step(
        "Nothing of it stays: the rollout is taken back, `up` is red, and 1.1.0 serves on.",
        rehearse("staging", "--fault", "web=unhealthy"),
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
        rehearse("staging"),
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
        rehearse("prod"),
        code=3,
        shows=(r"vetoed.*loses orders",),
        first=lambda shop: shop.swap("prod"),
    ),
    Step(
        "With the pin of the rollback nothing is replaced.",
        rehearse("prod"),
        shows=(r"succeeded", r"web +1\.0\.0"),
        first=lambda shop: shop.swap("prod"),
    ),
    Step(
        "File, record and what runs agree: there is nothing left to do.",
        rehearse("prod"),
        shows=(r"succeeded in [\d.]+ s \(\d+ unchanged\)",),
    ),
    Step("Nor is there in staging.", rehearse("staging"), shows=(r"succeeded in [\d.]+ s \(\d+ unchanged\)",)),
    Step("And it is all on record.", ("rollout", "history", "prod", "web", "--local"), shows=(r"1\.[01]\.0",)),
)
"""From the first release to the way back."""
