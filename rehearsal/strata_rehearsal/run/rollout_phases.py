"""What a rollout was doing when: the phases of an instance refresh or of a service deployment (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Protocol

from strata.rollout.servers.refresh import Status
from strata.rollout.tasks.deployment import DeploymentStatus, LifecycleStage

__all__ = ["DeploymentTransition", "PhaseKind", "RefreshTransition", "RolloutPhase", "Transition", "phases_of"]


class PhaseKind(StrEnum):
    """What a rollout does for a while."""

    PENDING = "pending"
    BATCH = "batch"
    """Servers only."""
    CHECKPOINT = "checkpoint"
    """Servers only."""
    REPLACE = "replace"
    """Tasks only: a rolling deployment starts new ones and stops old ones."""
    SCALE_UP = "scale up"
    PAUSE = "pause"
    """Tasks only: a hook waits to be continued."""
    TEST = "test traffic"
    SHIFT = "shift"
    BAKE = "bake"
    CLEAN_UP = "clean up"
    ROLLBACK = "rollback"
    CANCELLING = "cancelling"


class Transition(Protocol):
    """A moment at which something about a rollout changed, of servers or of tasks."""

    @property
    def at(self) -> float:
        """Simulated time in epoch seconds."""
        ...

    @property
    def phase(self) -> tuple[PhaseKind, float]:
        """What it does from then on, and the number of that, see `RolloutPhase`."""
        ...

    @property
    def percentage(self) -> int | None:
        """How much of it is done; None where only the tasks themselves say so."""
        ...

    @property
    def traffic(self) -> float | None:
        """Percent of the traffic that goes to what is new; None where a rollout moves none."""
        ...


@dataclass(frozen=True)
class RefreshTransition:
    """A moment at which something about an instance refresh changed.

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

    @property
    def phase(self) -> tuple[PhaseKind, float]:
        """See `Transition`."""
        if self.status == Status.BAKING:
            return PhaseKind.BAKE, 0
        if self.status == Status.ROLLBACK_IN_PROGRESS:
            return PhaseKind.ROLLBACK, 0
        if self.status == Status.CANCELLING:
            return PhaseKind.CANCELLING, 0
        if self.paused:
            return PhaseKind.CHECKPOINT, self.percentage
        return (PhaseKind.BATCH, self.batch) if self.batch else (PhaseKind.PENDING, 0)

    @property
    def traffic(self) -> float | None:
        """A refresh moves none."""
        return None


_OF_STAGE: Mapping[str, PhaseKind] = {
    LifecycleStage.TEST_TRAFFIC_SHIFT: PhaseKind.TEST,
    LifecycleStage.POST_TEST_TRAFFIC_SHIFT: PhaseKind.TEST,
    LifecycleStage.PRE_PRODUCTION_TRAFFIC_SHIFT: PhaseKind.SHIFT,
    LifecycleStage.PRODUCTION_TRAFFIC_SHIFT: PhaseKind.SHIFT,
    LifecycleStage.POST_PRODUCTION_TRAFFIC_SHIFT: PhaseKind.SHIFT,
    LifecycleStage.BAKE_TIME: PhaseKind.BAKE,
    LifecycleStage.CLEAN_UP: PhaseKind.CLEAN_UP,
}
"""The stages after new tasks were started; until then they are scaled up."""

_STOPPING: Mapping[str, PhaseKind] = {
    DeploymentStatus.ROLLBACK_REQUESTED: PhaseKind.ROLLBACK,
    DeploymentStatus.ROLLBACK_IN_PROGRESS: PhaseKind.ROLLBACK,
    DeploymentStatus.STOP_REQUESTED: PhaseKind.CANCELLING,
    DeploymentStatus.PENDING: PhaseKind.PENDING,
}


@dataclass(frozen=True)
class DeploymentTransition:
    """A moment at which something about a service deployment changed.

    Args:
        at: simulated time in epoch seconds.
        status: its status from then on, in AWS's words.
        stage: its lifecycle stage; None for a rolling deployment.
        traffic: percent of the traffic that goes to the new tasks; None for a rolling deployment.
        waits: whether a hook holds it.
        timed: whether it waits for a time to pass.
    """

    at: float
    status: str
    stage: str | None = None
    traffic: float | None = None
    waits: bool = False
    timed: bool = False

    @property
    def phase(self) -> tuple[PhaseKind, float]:
        """See `Transition`."""
        if self.status in _STOPPING:
            return _STOPPING[self.status], 0
        if self.waits:
            return PhaseKind.PAUSE, 0
        if self.stage is None:
            return (PhaseKind.BAKE if self.timed else PhaseKind.REPLACE), 0
        kind = _OF_STAGE.get(self.stage, PhaseKind.SCALE_UP)
        return kind, (self.traffic or 0) if kind is PhaseKind.SHIFT else 0

    @property
    def percentage(self) -> int | None:
        """The share of the traffic that has moved."""
        return None if self.traffic is None else int(self.traffic)


@dataclass(frozen=True)
class RolloutPhase:
    """One stretch of a rollout.

    Args:
        kind: what it was.
        began: simulated time in epoch seconds.
        ended: the same.
        number: of a batch its number from 1, of a checkpoint or a shift its percentage, else 0.
        traffic: percent of the traffic that went to what is new; None where a rollout moves none.
    """

    kind: PhaseKind
    began: float
    ended: float
    number: float = 0
    traffic: float | None = None

    @property
    def name(self) -> str:
        """What a person calls it."""
        match self.kind:
            case PhaseKind.BATCH:
                return f"batch {self.number:g}"
            case PhaseKind.CHECKPOINT | PhaseKind.SHIFT:
                return f"{self.kind.value} {self.number:g} %"
            case _:
                return self.kind.value

    @property
    def short(self) -> str:
        """The same where there is little room."""
        return self.name.removeprefix(f"{self.kind.value} ")


def phases_of(transitions: Sequence[Transition], ended: float) -> tuple[RolloutPhase, ...]:
    """The phases of a rollout, in order and without gaps.

    Args:
        transitions: its changes, in order.
        ended: when it ended, or when it was last looked at.
    """
    limits = [*(transition.at for transition in transitions), ended]
    spans = [
        (*transition.phase, transition.traffic, began, until)
        for transition, (began, until) in zip(transitions, pairwise(limits), strict=True)
    ]
    return tuple(
        _merged(
            RolloutPhase(kind, began, until, number, traffic)
            for kind, number, traffic, began, until in spans
            if until > began
        )
    )


def _merged(phases: Iterable[RolloutPhase]) -> Iterable[RolloutPhase]:
    """Neighbours that are one: AWS's percentage moves within a batch."""
    held: RolloutPhase | None = None
    for phase in phases:
        if held is not None and _alike(held, phase):
            held = RolloutPhase(held.kind, held.began, phase.ended, held.number, held.traffic)
            continue
        if held is not None:
            yield held
        held = phase
    if held is not None:
        yield held


def _alike(one: RolloutPhase, other: RolloutPhase) -> bool:
    same = (one.kind, one.number) == (other.kind, other.number)
    # the traffic moves back at once, and all that follows is one rollback
    return same and (one.traffic == other.traffic or one.kind is PhaseKind.ROLLBACK)
