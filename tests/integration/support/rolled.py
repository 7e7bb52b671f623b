"""What a story about rollouts needs of a deployer: one service, what it is told to run, what runs, what others do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from strata_rehearsal.cloud.faults import FaultKind

__all__ = ["ENDLESS_SECONDS", "Rolled", "Started", "version_question"]

ENDLESS_SECONDS = 1_000_000


def version_question(priority: int) -> dict[str, Any]:
    """How a service is verified that has the route of a priority: a request for its version."""
    return {"path": f"/{priority}/version", "expect": {"body": "{version}"}, "attempts": 2}


@dataclass(frozen=True)
class Started:
    """A rollout of a service, whoever started it.

    Args:
        id: as AWS has it.
        called: what the gate calls it in its messages.
        status: in AWS's words.
        active: whether it has not ended.
    """

    id: str
    called: str
    status: str
    active: bool


class Rolled(Protocol):
    """One service of a stack."""

    DEPLOYER: ClassVar[str]
    """Its name in the product's list."""
    SUCCEEDED: ClassVar[str]
    WENT_BACK: ClassVar[str]
    """How a rollout ends that was taken back."""
    SUPERSEDED: ClassVar[str]
    """How one ends that makes room for another."""
    NOT_LAUNCHED: ClassVar[FaultKind]
    """What keeps all of a release from being launched."""

    @property
    def name(self) -> str:
        """The service's."""
        ...

    @property
    def desired(self) -> int:
        """How many servers or tasks it wants; fewer healthy ones are never seen."""
        ...

    @property
    def ceiling(self) -> int:
        """How many there are at most, by its settings."""
        ...

    @property
    def goes_on(self) -> bool:
        """Whether AWS goes on with a rollout that no gate watches any more, or takes it back."""
        ...

    # what the program says

    def describe(self, priority: int, *, held: bool, pause_minutes: int, verified: bool, **rollout: Any) -> None:
        """Put the service into the stack file.

        Args:
            priority: of its route.
            held: whether what is started from now on waits until `let_start`, however late that comes.
            pause_minutes: how long a rollout that moves requests waits for its gate before it does.
            verified: whether a release is asked for its version, by test requests where there can be such.
            rollout: further settings of its rollout.
        """
        ...

    def pin(self, version: str) -> None:
        """Let the program ask for a release from now on."""
        ...

    def image(self, version: str) -> str:
        """What AWS knows a release's image by."""
        ...

    # what happens to it

    def spoil(self, version: str, kind: FaultKind, after: float | None = None) -> None:
        """Let whatever runs a release suffer from a fault."""
        ...

    def revoke(self, version: str, reason: str) -> None:
        """What somebody does who learns of a leak: the release must not run anywhere from now on."""
        ...

    def let_start(self) -> None:
        """What is starting, and has waited, takes as long from now on as anywhere."""
        ...

    def let_next_start(self) -> None:
        """What is started from now on takes as long as anywhere; what waits already waits on."""
        ...

    def start_foreign(self) -> None:
        """What a colleague does by hand: a rollout to a release Strata knows nothing of, which never ends by itself."""
        ...

    def start_again(self) -> None:
        """What a schedule does: what is deployed is deployed once more, without end, and no release is named."""
        ...

    def start_back_to(self, version: str) -> None:
        """What a colleague does in an emergency: a rollout to a release that ran before."""
        ...

    def end_foreign(self) -> None:
        """The colleague stops what runs."""
        ...

    # what is true of it

    @property
    def rollouts(self) -> Sequence[Started]:
        """Everybody's, newest first; what made the service is none."""
        ...

    @property
    def recorded(self) -> str | None:
        """The version that the record names."""
        ...

    @property
    def launches(self) -> str:
        """What is launched from now on, see `image`."""
        ...

    @property
    def running(self) -> Mapping[str, str]:
        """What each server in service, or each task that takes a place, runs, see `image`."""
        ...

    @property
    def serving(self) -> frozenset[str]:
        """ARNs of the target groups that requests are sent to."""
        ...
