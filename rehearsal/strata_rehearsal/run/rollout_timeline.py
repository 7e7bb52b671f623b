"""How a fleet looked over time, and what its rollout was doing: batches, checkpoints, bake time and rollback.

Pure; made from the local AWS's event log, for a terminal, a chart and a verdict.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from strata.rollout.servers.refresh import Status

__all__ = ["FleetSample", "PhaseKind", "RefreshTransition", "RolloutPhase", "RolloutTimeline", "phases_of"]


class PhaseKind(StrEnum):
    """What a rollout does for a while."""

    PENDING = "pending"
    BATCH = "batch"
    CHECKPOINT = "checkpoint"
    BAKE = "bake"
    ROLLBACK = "rollback"
    CANCELLING = "cancelling"


@dataclass(frozen=True)
class RefreshTransition:
    """A moment at which something about a refresh changed.

    Args:
        at: simulated time in epoch seconds.
        status: its status from then on, in AWS's words.
        batch: batches begun by then.
        percentage: of its servers, how many were replaced.
        paused: whether it waits at a checkpoint.
    """

    at: float
    status: str
    batch: int = 0
    percentage: int = 0
    paused: bool = False


@dataclass(frozen=True)
class RolloutPhase:
    """One stretch of a rollout.

    Args:
        kind: what it was.
        began: simulated time in epoch seconds.
        ended: the same.
        number: of a batch its number from 1, of a checkpoint its percentage, else 0.
    """

    kind: PhaseKind
    began: float
    ended: float
    number: int = 0

    @property
    def name(self) -> str:
        """What a person calls it."""
        match self.kind:
            case PhaseKind.BATCH:
                return f"batch {self.number}"
            case PhaseKind.CHECKPOINT:
                return f"checkpoint {self.number} %"
            case _:
                return self.kind.value

    @property
    def short(self) -> str:
        """The same where there is little room."""
        return self.name.removeprefix(f"{self.kind.value} ")


@dataclass(frozen=True)
class FleetSample:
    """A fleet at one moment; it stays so until the next sample.

    Args:
        at: simulated time in epoch seconds.
        desired: servers wanted.
        old: servers of another release, pending or in service.
        new: servers of the release being rolled out, pending or in service.
        healthy: servers in service that pass their health check.
        starting: of both releases, servers that have not been healthy yet and will be.
        never_healthy: of both releases, servers that never became healthy.
        old_unready: how many of the starting and the never healthy ones are of another release.
    """

    at: float
    desired: int
    old: int
    new: int
    healthy: int
    starting: int = 0
    never_healthy: int = 0
    old_unready: int = 0

    @property
    def total(self) -> int:
        return self.old + self.new

    @property
    def old_serving(self) -> int:
        """Servers of another release that have been healthy."""
        return self.old - self.old_unready

    @property
    def new_serving(self) -> int:
        """Servers of the release being rolled out that have been healthy."""
        return self.total - self.old_serving - self.starting - self.never_healthy


@dataclass(frozen=True)
class RolloutTimeline:
    """One service's fleet while it was rolled.

    Args:
        service: its name.
        before: version it came from, empty for a first deployment.
        after: version it was to run.
        samples: the fleet, in order of time.
        floor: healthy servers that were to be kept.
        ceiling: servers that were allowed at once.
        phases: what the rollout was doing when, in order.
        stopped_at: when somebody asked to roll it back or to cancel it, as `FleetSample.at`; None if nobody did.
    """

    service: str
    before: str
    after: str
    samples: Sequence[FleetSample]
    floor: int
    ceiling: int
    phases: Sequence[RolloutPhase] = ()
    stopped_at: float | None = None

    @property
    def seconds(self) -> float:
        """Simulated seconds from the first to the last sample."""
        return self.samples[-1].at - self.samples[0].at if self.samples else 0.0

    @property
    def lowest_healthy(self) -> int:
        return min((sample.healthy for sample in self.samples), default=0)

    @property
    def highest_total(self) -> int:
        return max((sample.total for sample in self.samples), default=0)


def phases_of(transitions: Sequence[RefreshTransition], ended: float) -> tuple[RolloutPhase, ...]:
    """The phases of a refresh, in order and without gaps.

    Args:
        transitions: its changes, in order.
        ended: when it ended, or when it was last looked at.
    """
    limits = [*(transition.at for transition in transitions), ended]
    spans = [
        (*_kind(transition), began, until)
        for transition, (began, until) in zip(transitions, pairwise(limits), strict=True)
    ]
    return tuple(
        _merged(RolloutPhase(kind, began, until, number) for kind, number, began, until in spans if until > began)
    )


def _kind(transition: RefreshTransition) -> tuple[PhaseKind, int]:
    if transition.status == Status.BAKING:
        return PhaseKind.BAKE, 0
    if transition.status == Status.ROLLBACK_IN_PROGRESS:
        return PhaseKind.ROLLBACK, 0
    if transition.status == Status.CANCELLING:
        return PhaseKind.CANCELLING, 0
    if transition.paused:
        return PhaseKind.CHECKPOINT, transition.percentage
    return (PhaseKind.BATCH, transition.batch) if transition.batch else (PhaseKind.PENDING, 0)


def _merged(phases: Iterable[RolloutPhase]) -> Iterable[RolloutPhase]:
    """Neighbours that are one: AWS's percentage moves within a batch."""
    held: RolloutPhase | None = None
    for phase in phases:
        if held is not None and (held.kind, held.number) == (phase.kind, phase.number):
            held = RolloutPhase(held.kind, held.began, phase.ended, held.number)
            continue
        if held is not None:
            yield held
        held = phase
    if held is not None:
        yield held
