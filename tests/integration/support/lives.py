"""What services live through in the stories about rollouts: one after the other, whatever deployer rolls them."""

import re
from collections.abc import Callable, Mapping, Sequence

from strata_rehearsal.cloud.faults import FaultKind
from tests.integration.support.rolled import Rolled
from tests.integration.support.rolled_tasks import STRATEGIES
from tests.integration.support.stories import ACTIVE, Act, Cue, Ending, Life, Story

__all__ = ["ABANDONED", "CLEAN", "ENDINGS", "LIVES", "PREVIEWS", "RETRIED", "SHORT_PAUSE_MINUTES", "WAYS"]

WAYS = ("servers", *STRATEGIES)
"""How a service is rolled."""
BAD, GOOD = "0.9.0", "1.0.0"
SHORT_PAUSE_MINUTES = 5
"""How long a deployment waits for a gate that is gone."""


def _nothing(_rolled: Rolled) -> None:
    """It is bad already."""


def succeeded(rolled: Rolled) -> list[str]:
    return [rolled.SUCCEEDED]


def let_start(rolled: Rolled) -> None:
    """What has waited starts."""
    rolled.let_start()


def superseded(rolled: Rolled) -> str:
    return rolled.SUPERSEDED


def went_back(rolled: Rolled) -> list[str]:
    return [rolled.WENT_BACK]


def spoiled(version: str, kind: FaultKind | None = None, after: float | None = None) -> Callable[[Rolled], None]:
    """A release is bad from now on. Default: nothing of it can be launched."""
    return lambda rolled: rolled.spoil(version, kind or rolled.NOT_LAUNCHED, after)


def revoked(version: str, reason: str) -> Callable[[Rolled], None]:
    """Somebody revokes a release of which nothing has started yet; what starts after it, on the way back, does."""

    def happens(rolled: Rolled) -> None:
        rolled.revoke(version, reason)
        rolled.let_next_start()

    return happens


def failed(version: str, recorded: str, spoil: Callable[[Rolled], None] | None = None, *says: str) -> Act:
    """A bad release that runs nowhere in the end, while the record names the one before."""
    error = (
        rf"{{name}}: the rollout to {{name}} {re.escape(version)} .* was rolled back.*still names the release before"
    )
    return Act(version, spoil or _nothing, error=error, records=recorded, began=went_back, says=says)


DISTURBED: Life = {
    "nobody in the way": Story((Act(GOOD),)),
    "another one is in progress": Story(
        (
            Act(
                "2.0.0",
                before=lambda rolled: rolled.start_foreign(),
                error=r"{name}: {called} .*is running.*`rollout.on_in_progress: wait` or `supersede`",
                records=GOOD,
                began=lambda _rolled: [ACTIVE],
            ),
        )
    ),
    "another one is waited for": Story(
        (
            Act(
                "2.0.0",
                cue=Cue("waiting for {called} to end", lambda rolled: rolled.end_foreign()),
                began=succeeded,
                called=superseded,
            ),
        ),
        settings={"on_in_progress": "wait"},
    ),
    "another one is superseded": Story(
        (
            Act(
                "3.0.0",
                before=lambda rolled: rolled.start_foreign(),
                began=lambda rolled: [rolled.SUCCEEDED, rolled.SUPERSEDED],
                says=("{name}: superseding {called}",),
            ),
        ),
        settings={"on_in_progress": "supersede"},
    ),
    "a schedule deploys the same again": Story(
        (
            Act(
                "4.0.0",
                before=lambda rolled: rolled.start_again(),
                began=lambda rolled: [rolled.SUCCEEDED, rolled.SUPERSEDED],
                says=("{name}: superseding {called}",),
            ),
        )
    ),
}
UNLUCKY: Life = {
    "the first image is bad": Story(
        (
            Act(
                BAD,
                before=spoiled(BAD, FaultKind.UNHEALTHY),
                error=r"{name}: 0 of 2 \w+ became healthy on {name} 0\.9\.0 ",
                records=None,
                # the group waits for its servers once more, the service deploys once more
                began=None,
            ),
            Act(
                BAD,
                error=r"{name}: .*{name} 0\.9\.0 .*Pin an image that works and run `pulumi up` again\.$",
                records=None,
                began=None,
            ),
            Act(GOOD, began=succeeded),
        )
    ),
    "an unhealthy release is retried": Story(
        (
            failed("2.0.0", GOOD, spoiled("2.0.0", FaultKind.UNHEALTHY)),
            failed("2.0.0", GOOD, None, "{name}: retry of 2.0.0, which ended {went_back}"),
            Act("2.0.1", began=succeeded),
        )
    ),
    "a release dies": Story(
        (
            # ECS may have called it successful before: then the gate deploys the release before
            Act(
                "3.0.0",
                before=spoiled("3.0.0", FaultKind.CRASH, 45.0),
                error=r"{name}: .*{name} 3\.0\.0 .*(was rolled back|the gate has deployed task definition)",
                records="2.0.1",
                began=None,
                dips=True,
            ),
            Act("3.0.1", began=succeeded),
        )
    ),
    "a release cannot be launched": Story((failed("4.0.0", "3.0.1", spoiled("4.0.0")), Act("4.0.1", began=succeeded))),
    "a release is reverted": Story(
        (
            failed("5.0.0", "4.0.1", spoiled("5.0.0", FaultKind.ALARM, 60.0)),
            Act("4.0.1", says=("{name}: every", "runs 4.0.1 already, none is replaced")),
        )
    ),
    "a release is revoked while it is rolled out": Story(
        (
            Act(
                "6.0.0",
                cue=Cue("{name}: rolling to", revoked("6.0.0", "holds a leaked key")),
                error=(
                    r"{name}: the rollout to {name} 6\.0\.0 .* was rolled back: image {name} 6\.0\.0 .* is revoked: "
                    "holds a leaked key.*still names the release before"
                ),
                records="4.0.1",
                began=went_back,
            ),
        ),
        held=True,
    ),
    "another one follows it": Story((Act("6.0.1", began=succeeded),)),
    "a healthy release does not do what it is for": Story(
        (
            # AWS may have called it successful before all attempts have failed: then the gate itself goes back
            Act(
                "7.0.0",
                before=spoiled("7.0.0", FaultKind.WRONG_ANSWER),
                error=(
                    r"{name}: .*{name} 7\.0\.0 (?=.*(was rolled back|the gate has (deployed task def|gone back)))"
                    r".*verification failed in 2 attempts: GET http://.* answered 500 '{name} 7\.0\.0 does not work'"
                ),
                records="6.0.1",
                began=None,
            ),
            Act("7.0.1", began=succeeded, says=("answered 200 as 7.0.1, 5 of 5 requests",)),
        ),
        verified=True,
    ),
}
INTERRUPTED: Life = {
    "abandoned": Story(
        (
            Act(GOOD),
            Act(
                "2.0.0",
                cue=Cue("{name}: rolling to"),
                records=GOOD,
                began=lambda rolled: [rolled.SUCCEEDED if rolled.goes_on else rolled.WENT_BACK],
                left_alone=True,
            ),
        ),
        pause_minutes=SHORT_PAUSE_MINUTES,
    ),
    "ended without a gate": Story((Act("2.0.0", began=lambda rolled: [] if rolled.goes_on else [rolled.SUCCEEDED]),)),
    "interrupted": Story(
        (
            Act("3.0.0", cue=Cue("{name}: rolling to"), records="2.0.0", began=lambda _rolled: [ACTIVE]),
            Act("3.0.0", cue=Cue("{name}: adopting {called}"), records="2.0.0", called=lambda _rolled: ACTIVE),
            Act("3.0.0", cue=Cue("{name}: adopting {called}", let_start), called=lambda rolled: rolled.SUCCEEDED),
        ),
        held=True,
    ),
    "started by a colleague": Story(
        (
            Act(
                "2.0.0",
                before=lambda rolled: rolled.start_back_to("2.0.0"),
                cue=Cue("{name}: adopting {called}", let_start),
                began=succeeded,
            ),
            Act("2.0.0"),
        ),
        held=True,
    ),
}
ENDINGS = {1: Ending.KILLED, 3: Ending.KILLED, 4: Ending.TWO_INTERRUPTS, 6: Ending.ONE_INTERRUPT}
"""What becomes of the `up`s of the interrupted life that do not end by themselves."""
RETRIED, ABANDONED = 3, 1
"""After which `up`s a release has failed, and a killed one has left its rollout to AWS."""
CLEAN = ("--refresh", "--expect-no-changes")
PREVIEWS: Mapping[int, Sequence[str]] = {RETRIED: (), 5: CLEAN, 7: CLEAN, 11: CLEAN, 13: CLEAN, 15: CLEAN}
"""After which `up`s of the other two there is a preview: a failed one, and good ones."""
LIVES: Mapping[str, tuple[Life, Sequence[str]]] = {
    "disturbed": (DISTURBED, ("servers", "rolling", "canary")),
    "unlucky": (UNLUCKY, WAYS),
    "interrupted": (INTERRUPTED, WAYS),
}
"""Each with the ways in which services go through it."""
