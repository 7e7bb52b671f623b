"""A fleet in operation as steps: changes by hand are found and healed, and an emergency ends in a version."""

from collections.abc import Sequence

from demo.by_hand import LET_IN, change_servers, choose_server
from demo.step import Step, rehearse

__all__ = ["HEAL", "OPERATION_STORY", "PROMOTE"]

HEAL = ("drift", "prod", "--heal", "--local")
# prod asks for half an hour, three seconds of the demo, which a fast machine does not need to come this far
PROMOTE = ("image", "promote", "prod", "web", "--from", "staging", "--min-soak", "1m", "--local")

OPERATION_STORY: Sequence[Step] = (
    Step("Version 1.0.0 is live in staging.", rehearse("staging"), shows=(r"succeeded", r"web +1\.0\.0")),
    Step("And in prod, on three servers.", rehearse("prod"), shows=(r"succeeded", r"web +1\.0\.0")),
    Step(
        "What runs in prod is what was released.",
        ("drift", "prod", "--local"),
        shows=(r"3 servers compared: no drift",),
    ),
    Step(
        "At night somebody opens one server of prod to the world, and takes a tag off another one. It is found.",
        ("drift", "prod", "--local"),
        code=5,
        shows=(r"3 servers compared", r"security-groups +i-", r"tags +i-"),
        by_hand=change_servers,
    ),
    Step(
        "Nobody repairs a server: it is replaced. First, which ones, why, and how many must serve all the time.",
        (*HEAL, "--dry-run"),
        code=5,
        shows=(r"to replace: 2; 3 of 3 healthy, the floor is 3", r"batch \d", r"nothing was done"),
    ),
    Step(
        "Then for real: a fresh one first, each time.",
        HEAL,
        shows=(r"2 of 2 replaced, never fewer than 3 healthy",),
    ),
    Step(
        "Everything is as it was released again.",
        ("drift", "prod", "--local"),
        shows=(r"3 servers compared: no drift",),
    ),
    Step(
        "A queue hangs in staging. Somebody has to get into a server: it leaves service, and a fresh one takes over.",
        ("break-glass", "open", "staging", LET_IN, "--reason", "the queue hangs", "--for", "24h", "--local"),
        shows=(r"opened i-.* the queue hangs", r"it is in standby", r"way in: "),
        first=choose_server,
    ),
    Step(
        "That is no drift, and not forgotten either.",
        ("drift", "staging", "--local"),
        shows=(r"no drift", r"held: i-.*break-glass opened by"),
    ),
    Step(
        "What helped by hand is built into version 1.0.1, for staging.",
        ("image", "pin", "staging", "web", "1.0.1", "--local"),
        shows=(r"pinned web 1\.0\.1",),
        first=lambda shop: shop.build("1.0.1"),
    ),
    Step(
        "The rollout replaces all servers but that one.",
        rehearse("staging"),
        shows=(r"is left alone: break-glass", r"succeeded", r"web +1\.0\.1"),
    ),
    Step(
        "Nothing goes from staging to prod while somebody may still change things there by hand.",
        PROMOTE,
        code=3,
        shows=(r"was let into i-.* is not closed", r"break-glass close staging"),
    ),
    Step(
        "It is closed, with the version that has what was done by hand. The server ends.",
        ("break-glass", "close", "staging", LET_IN, "--fixed-in", "1.0.1", "--local"),
        shows=(r"closed i-",),
    ),
    Step(
        "Now the same promotion is let through.",
        PROMOTE,
        shows=(r"proven by shop/staging", r"pinned web 1\.0\.1"),
    ),
    Step("Prod runs it.", rehearse("prod"), shows=(r"succeeded", r"web +1\.0\.1")),
    Step(
        "And nothing else.",
        ("drift", "prod", "--local"),
        shows=(r"web: 1\.0\.1, 3 servers compared: no drift",),
    ),
    Step(
        "Who was let in, why, and what came of it is on record.",
        ("audit", "staging", "--local"),
        shows=(r"release", r"break-glass opened", r"break-glass closed .*fixed in 1\.0\.1"),
    ),
    Step("So is what prod has run.", ("audit", "prod", "--local"), shows=(r"1\.0\.0 +release", r"1\.0\.1 +release")),
)
"""From a change by hand to a fleet that is as it was released."""
