"""What rollouts are doing right now, in words."""

from collections.abc import Container
from dataclasses import dataclass

from strata_rehearsal.run.replay import Replay, Rolled
from strata_rehearsal.run.rollout_timeline import phases_of

__all__ = ["RunningRollout", "describe_activity", "running_rollouts"]


@dataclass(frozen=True)
class RunningRollout:
    """A rollout that runs.

    Args:
        service: its service.
        target: the version its servers get, or the empty text if no server has it yet.
        phase: `batch 2`, `checkpoint 50 %`, `bake`, `rollback` ...
        percentage: of its servers, how many were replaced.
    """

    service: str
    target: str
    phase: str
    percentage: int

    @property
    def state(self) -> str:
        """All of it but the service."""
        to = f"to {self.target}, " if self.target else ""
        return f"{to}{self.phase}, {self.percentage} %"

    def __str__(self) -> str:
        return f"{self.service} rolls {self.state}"


def running_rollouts(replay: Replay, known: Container[str] = ()) -> list[RunningRollout]:
    """The rollouts that run, in the order they began.

    Args:
        replay: everything that happened.
        known: refreshes that are left out. Default: none.
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
    fleet = replay.fleets[rolled.group]
    image = fleet.images.get(rolled.target) if rolled.target else None
    return RunningRollout(
        service=fleet.service,
        target=replay.version(image) if image else "",
        phase=phases[-1].name,
        percentage=last.percentage,
    )


def describe_activity(replay: Replay, known: Container[str] = ()) -> str:
    """What is going on, in one line; without a rollout it is the engine's work."""
    running = [str(each) for each in running_rollouts(replay, known)]
    return "; ".join(running) if running else "the engine finishes what it has begun"
