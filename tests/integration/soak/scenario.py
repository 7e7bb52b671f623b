"""A random rollout: everything about it follows from its seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from strata_rehearsal.cloud.faults import OF_FLEETS_ONLY, OF_TASKS_ONLY, FaultKind
from tests.integration.support import routed, worker
from tests.integration.support.bounds import Bounds, share

__all__ = ["FLOCK", "Flock", "Intervention", "Scenario", "flock_of", "flocks"]

FLOCK = 5
"""Rollouts that share a stack: their gates run side by side, and what happens to one must not touch the others."""

PERCENTAGES = (
    (100, 100),
    (100, 110),
    (100, 150),
    (100, 200),
    (90, 100),
    (90, 110),
    (75, 125),
    (50, 100),
    (50, 150),
    (0, 100),
)
SMALL = 3
LARGEST = 40
MOST_SCALE_OUT = 10
STATUS_CHECK_SECONDS = 60
BAKE_SECONDS = 120
SHOWS_LATE = (FaultKind.CRASH, FaultKind.ALARM)


class Intervention(StrEnum):
    """What somebody else does to a group while it is rolled."""

    CANCEL = "cancel"
    ROLL_BACK = "roll back"
    RESTART = "restart"
    """A refresh without a desired configuration, as a schedule starts it."""
    PROTECT = "protect"
    """One server is protected from scale-in."""


@dataclass(frozen=True)
class Scenario:
    """One service and what happens while it is rolled from a good image to another one.

    Args:
        fault: what is wrong with the new image; None is nothing.
        fault_after: simulated seconds in service until it shows.
        scale_out: servers wanted in addition, in the middle of the rollout.
        scale_at: simulated seconds after its beginning.
        deaths: servers killed from outside.
        death_at: simulated seconds after its beginning.
        interventions: what operators do to it by hand, each with the simulated seconds after its beginning.
    """

    seed: int
    size: int
    min_percent: int
    max_percent: int
    routed: bool
    boot_seconds: int
    drain_seconds: int
    bake_seconds: int
    checkpoints: tuple[int, ...]
    on_in_progress: str
    fault: FaultKind | None
    fault_after: float
    scale_out: int
    scale_at: float
    deaths: int
    death_at: float
    interventions: tuple[tuple[Intervention, float], ...]

    @property
    def service(self) -> str:
        return f"s{self.seed}"

    def bounds(self) -> Bounds:
        """What must hold of its fleet at every moment."""
        return Bounds(self.min_percent, self.max_percent)

    def settings(self) -> dict[str, Any]:
        """As the stack file has it."""
        rollout: dict[str, Any] = {
            "min_healthy_percent": self.min_percent,
            "max_healthy_percent": self.max_percent,
            "bake_seconds": self.bake_seconds,
            "on_in_progress": self.on_in_progress,
            "progress_deadline_seconds": 400,
            # time passes so much faster than a connection is made again that minutes are no measure here
            "outage_deadline_seconds": 43_200,
        }
        if self.checkpoints:
            rollout |= {"checkpoint_percentages": list(self.checkpoints), "checkpoint_delay_seconds": 60}
        settings = {
            "boot_seconds": self.boot_seconds,
            "drain_seconds": self.drain_seconds,
            "health": {"interval_seconds": 5, "timeout_seconds": 2, "unhealthy_threshold": 2},
            "rollout": rollout,
        }
        capacity = (self.size, self.size + MOST_SCALE_OUT)
        return routed(self.seed + 1, capacity, **settings) if self.routed else worker(capacity, **settings)


@dataclass(frozen=True)
class Flock:
    """The rollouts of one stack.

    Args:
        killed_at: which API call after the start of the rollouts kills `up`; 0 is none.
        insists: whether the killed `up` is run again before another image is tried.
        faults_per_request: share of the gates' requests that meet a fault on the way to AWS.
    """

    scenarios: tuple[Scenario, ...]
    killed_at: int
    insists: bool
    faults_per_request: float


def flocks(seeds: int) -> Iterator[Flock]:
    """Flocks that hold the seeds from 0 on."""
    return (flock_of(first) for first in range(0, seeds, FLOCK))


def flock_of(seed: int) -> Flock:
    """The flock that holds a seed."""
    first = seed - seed % FLOCK
    chance = random.Random(f"flock {first}")  # noqa: S311  to be repeated, not to be secret
    killed_at = chance.randint(1, 250) if chance.random() < 0.6 else 0
    scenarios = tuple(_draw(each) for each in range(first, first + FLOCK))
    return Flock(scenarios, killed_at, chance.random() < 0.5, chance.choice((0.0, 0.02, 0.1)))


def _draw(seed: int) -> Scenario:
    chance = random.Random(seed)  # noqa: S311  to be repeated, not to be secret
    size = chance.randint(1, SMALL) if chance.random() < 0.3 else chance.randint(1, LARGEST)
    low, high = chance.choice([each for each in PERCENTAGES if _has_room(*each, size)])
    behind = chance.random() < 0.7
    kinds = [
        kind
        for kind in FaultKind
        if kind not in OF_TASKS_ONLY | OF_FLEETS_ONLY and (behind or kind is not FaultKind.ALARM)
    ]
    fault = chance.choice(kinds) if chance.random() < 0.5 else None
    return Scenario(
        seed=seed,
        size=size,
        min_percent=low,
        max_percent=high,
        routed=behind,
        # EC2's own checks take a minute: a worker that counts sooner is released before anybody can know that it is ill
        boot_seconds=chance.randint(5, 30) + (0 if behind else STATUS_CHECK_SECONDS),
        drain_seconds=chance.choice((0, 10, 30)),
        # what shows only in service is for the bake time to find; without one the new release just goes on dying
        bake_seconds=BAKE_SECONDS if fault in SHOWS_LATE else chance.choice((0, 0, BAKE_SECONDS)),
        checkpoints=chance.choice(((), (), (20, 100), (10, 50, 100))),
        on_in_progress=chance.choice(("wait", "supersede")),
        fault=fault,
        fault_after=chance.choice((1.0, 30.0, 90.0)),
        scale_out=chance.randint(1, MOST_SCALE_OUT) if chance.random() < 0.35 else 0,
        scale_at=chance.uniform(0, 300),
        deaths=chance.randint(1, 3) if chance.random() < 0.35 else 0,
        death_at=chance.uniform(0, 300),
        interventions=tuple(
            (chance.choice(list(Intervention)), chance.uniform(0, 400)) for _ in range(chance.choice((0, 0, 1, 2)))
        ),
    )


def _has_room(low: int, high: int, size: int) -> bool:
    """Settings refuse percentages that leave no room to replace a server, for any size the group may have."""
    sizes = range(size, size + MOST_SCALE_OUT + 1)
    return low == 100 or not any(share(each, low) == each == share(each, high) for each in sizes)
