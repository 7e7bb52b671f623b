"""What a rollout was doing when: its batches, checkpoints, bake time and rollback, from the local AWS's event log."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from strata.rollout.servers.refresh import Status

__all__ = ["PhaseKind", "RolloutPhase", "Turn", "phases_of"]


class PhaseKind(StrEnum):
    """What a rollout does for a while."""

    PENDING = "pending"
    BATCH = "batch"
    CHECKPOINT = "checkpoint"
    BAKE = "bake"
    ROLLBACK = "rollback"
    CANCELLING = "cancelling"


@dataclass(frozen=True)
class Turn:
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


def phases_of(turns: Sequence[Turn], ended: float) -> tuple[RolloutPhase, ...]:
    """The phases of a refresh, in order and without gaps.

    Args:
        turns: its changes, in order.
        ended: when it ended, or when it was last looked at.
    """
    limits = [*(turn.at for turn in turns), ended]
    told = [(*_kind(turn), began, until) for turn, (began, until) in zip(turns, pairwise(limits), strict=True)]
    return tuple(
        _merged(RolloutPhase(kind, began, until, number) for kind, number, began, until in told if until > began)
    )


def _kind(turn: Turn) -> tuple[PhaseKind, int]:
    if turn.status == Status.BAKING:
        return PhaseKind.BAKE, 0
    if turn.status == Status.ROLLBACK_IN_PROGRESS:
        return PhaseKind.ROLLBACK, 0
    if turn.status == Status.CANCELLING:
        return PhaseKind.CANCELLING, 0
    if turn.paused:
        return PhaseKind.CHECKPOINT, turn.percentage
    return (PhaseKind.BATCH, turn.batch) if turn.batch else (PhaseKind.PENDING, 0)


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
