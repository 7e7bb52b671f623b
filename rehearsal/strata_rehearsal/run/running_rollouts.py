"""What rollouts are doing right now, in words."""

from collections.abc import Container
from dataclasses import dataclass

from strata_rehearsal.run.replay import FleetHistory, Replay, Rolled
from strata_rehearsal.run.rollout_phases import PhaseKind, phases_of

__all__ = ["RunningRollout", "describe_activity", "running_rollouts"]


@dataclass(frozen=True)
class RunningRollout:
    """A rollout that runs.

    Args:
        fleet: the key of its fleet's history.
        service: its service.
        target: the version its servers or tasks get, or the empty text if none has it yet.
        phase: `batch 2`, `checkpoint 50 %`, `shift 10 %`, `bake`, `rollback` ...
        progress: how much of it is done, in words; empty where the phase says so.
    """

    fleet: str
    service: str
    target: str
    phase: str
    progress: str

    @property
    def state(self) -> str:
        """All of it but the service."""
        to = f"to {self.target}, " if self.target else ""
        return f"{to}{self.phase}{f', {self.progress}' if self.progress else ''}"

    def __str__(self) -> str:
        return f"{self.service} rolls {self.state}"


def running_rollouts(replay: Replay, known: Container[str] = ()) -> list[RunningRollout]:
    """The rollouts that run, in the order they began.

    Args:
        replay: everything that happened.
        known: rollouts that are left out. Default: none.
    """
    return [
        _running_rollout(replay, each)
        for each in replay.rolled.values()
        if each.ended_at is None and each.id not in known
    ]


def _running_rollout(replay: Replay, rolled: Rolled) -> RunningRollout:
    last = rolled.transitions[-1]
    # what began this very moment has no length yet
    phases = phases_of(rolled.transitions, last.at + 1.0)
    fleet = replay.fleets[rolled.fleet]
    image = fleet.images.get(rolled.target) if rolled.target else None
    return RunningRollout(
        fleet=fleet.key,
        service=fleet.service,
        target=replay.version(image) if image else "",
        phase=phases[-1].name,
        progress=_progress(rolled, fleet, phases[-1].kind),
    )


def _progress(rolled: Rolled, fleet: FleetHistory, phase: PhaseKind) -> str:
    last = rolled.transitions[-1]
    if last.traffic is not None:
        return "" if phase is PhaseKind.SHIFT else f"{last.traffic:g} % of the traffic"
    return f"{_replaced(rolled, fleet) if last.percentage is None else last.percentage} %"


def _replaced(rolled: Rolled, fleet: FleetHistory) -> int:
    """Of the tasks that are wanted, the percentage that is new and healthy."""
    if rolled.target is None or not fleet.looks or not fleet.desired:
        return 0
    return min(100, 100 * fleet.looks[-1].healthy_of.get(rolled.target, 0) // fleet.desired)


def describe_activity(replay: Replay, known: Container[str] = ()) -> str:
    """What is going on, in one line; without a rollout it is the engine's work."""
    running = [str(each) for each in running_rollouts(replay, known)]
    return "; ".join(running) if running else "the engine finishes what it has begun"
