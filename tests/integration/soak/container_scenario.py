"""Random rollouts of container services: everything about them follows from their seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from strata_rehearsal.cloud.faults import OF_FLEETS_ONLY, FaultKind
from tests.integration.support.bounds import Bounds

__all__ = ["ContainerFlock", "ContainerScenario", "Round", "TaskBounds", "container_flocks"]

ROUNDS = 5
"""Rollouts of a stack, one after the other."""

STRATEGIES = ("rolling", "blue-green", "linear", "canary")
"""Each is that of one service of a stack: their gates run side by side, and one kill ends them all."""

PERCENTAGES = ((100, 150), (100, 200), (75, 125), (50, 100), (50, 150), (0, 100))
LARGEST = 6
MOST_SCALE_OUT = 2
FIRST_CALLS, LAST_CALLS = 100, 400
"""API calls of a run between which it is killed: the first are those of the program, most others those of its gates."""

SHOWS_LATE = (FaultKind.CRASH, FaultKind.OUT_OF_MEMORY)
NEVER_PROVEN = frozenset({*SHOWS_LATE, FaultKind.UNHEALTHY, FaultKind.CANNOT_PULL, FaultKind.NO_CAPACITY})
"""Faults that show while a rollout still watches: no record may name their image."""


@dataclass
class TaskBounds(Bounds):
    """The floor and the ceiling of a container service.

    Args:
        shifts: whether requests move, from as many old tasks to as many new ones.
    """

    shifts: bool = False

    def ceiling(self, desired: int) -> int:
        """ECS rounds it down."""
        return 2 * desired if self.shifts else desired * self.max_percent // 100

    def look(self, at: float, desired: int, healthy: int, total: int, died: int) -> None:
        """Where requests move, no death excuses a missing task: they move to tasks that last, and no fault is later."""
        super().look(at, desired, healthy, total, 0 if self.shifts else died)


@dataclass(frozen=True)
class ContainerScenario:
    """One service, however often it is rolled."""

    name: str
    strategy: str
    size: int
    min_percent: int
    max_percent: int
    routed: bool
    boot_seconds: int
    drain_seconds: int
    on_in_progress: str
    priority: int
    shift: tuple[tuple[str, float], ...]
    """The settings that only its strategy has."""

    @property
    def service(self) -> str:
        return self.name

    def bounds(self) -> Bounds:
        """What must hold of its tasks at every moment."""
        return TaskBounds(self.min_percent, self.max_percent, shifts=self.strategy != STRATEGIES[0])

    def settings(self) -> dict[str, Any]:
        """As the stack file has it."""
        rollout: dict[str, Any] = {
            "strategy": self.strategy,
            "min_healthy_percent": self.min_percent,
            "on_in_progress": self.on_in_progress,
            "progress_deadline_seconds": 300,
            # time passes so much faster than a connection is made again that minutes are no measure here
            "outage_deadline_seconds": 43_200,
            **dict(self.shift),
        }
        if self.strategy == STRATEGIES[0]:
            rollout["max_healthy_percent"] = self.max_percent
        return {
            "capacity": {"min": self.size, "max": self.size + MOST_SCALE_OUT},
            "scaling": None,
            "boot_seconds": self.boot_seconds,
            "drain_seconds": self.drain_seconds,
            "health": {"interval_seconds": 5, "timeout_seconds": 2, "unhealthy_threshold": 2},
            "routes": [{"priority": self.priority, "paths": [f"/{self.priority}/*"]}] if self.routed else [],
            "rollout": rollout,
        }


@dataclass(frozen=True)
class Round:
    """One rollout of all services of a stack, which is killed.

    Args:
        faults: by service, what is wrong with its new image and after how many simulated seconds it shows.
        killed_at: which API call of the run kills `up`.
        insists: whether the killed `up` is run again before another image is tried.
        weather: share of the gates' requests that meet a fault on the way to AWS.
    """

    seed: int
    faults: dict[str, tuple[FaultKind, float]]
    killed_at: int
    insists: bool
    weather: float

    @property
    def version(self) -> str:
        return f"2.{self.seed}.0"


@dataclass(frozen=True)
class ContainerFlock:
    """The container services of one stack, and what happens to them."""

    seed: int
    scenarios: tuple[ContainerScenario, ...]
    rounds: tuple[Round, ...]


def container_flocks(first: int, rounds: int) -> Iterator[ContainerFlock]:
    """Flocks that hold the rounds from `first` on."""
    last = first + rounds
    for seed in range(first, last, ROUNDS):
        yield _flock(seed, min(ROUNDS, last - seed))


def _flock(seed: int, rounds: int) -> ContainerFlock:
    chance = random.Random(f"containers {seed}")  # noqa: S311  to be repeated, not to be secret
    scenarios = tuple(_draw(seed, number, each, chance) for number, each in enumerate(STRATEGIES, start=1))
    return ContainerFlock(seed, scenarios, tuple(_round(each, scenarios) for each in range(seed, seed + rounds)))


def _draw(seed: int, number: int, strategy: str, chance: random.Random) -> ContainerScenario:
    size = chance.randint(1, LARGEST)
    rolling = strategy == STRATEGIES[0]
    low, high = chance.choice([each for each in PERCENTAGES if not rolling or _has_room(*each, size)])
    shift: dict[str, float] = {} if rolling else {"bake_minutes": chance.randint(1, 3)}
    if strategy == "linear":
        shift |= {"linear_step_percent": chance.choice((25, 50)), "linear_bake_minutes": chance.randint(1, 2)}
    if strategy == "canary":
        shift |= {"canary_percent": chance.choice((5, 10)), "canary_bake_minutes": chance.randint(1, 3)}
    return ContainerScenario(
        name=f"c{seed}-{strategy}",
        strategy=strategy,
        size=size,
        min_percent=low,
        max_percent=high,
        routed=not rolling or chance.random() < 0.7,
        boot_seconds=chance.randint(15, 40),
        drain_seconds=chance.choice((0, 10, 30)),
        on_in_progress=chance.choice(("wait", "supersede")),
        priority=number,
        shift=tuple(shift.items()),
    )


def _has_room(low: int, high: int, size: int) -> bool:
    """Settings refuse percentages that leave no room to replace a task, for any number the service may have."""
    sizes = range(size, size + MOST_SCALE_OUT + 1)
    return all(-(-each * low // 100) < each or each * high // 100 > each for each in sizes)


def _round(seed: int, scenarios: tuple[ContainerScenario, ...]) -> Round:
    chance = random.Random(f"round {seed}")  # noqa: S311  to be repeated, not to be secret
    faults: dict[str, tuple[FaultKind, float]] = {}
    for each in scenarios:
        # nothing checks a worker, and no alarm watches one
        unseen = set[FaultKind]() if each.routed else {FaultKind.UNHEALTHY, FaultKind.ALARM}
        kinds = [kind for kind in FaultKind if kind not in OF_FLEETS_ONLY | unseen]
        kind, after = chance.choice(kinds), chance.choice((1.0, 10.0, 15.0))
        if chance.random() < 0.5:
            faults[each.service] = (kind, after)
    return Round(
        seed=seed,
        faults=faults,
        killed_at=chance.randint(FIRST_CALLS, LAST_CALLS),
        insists=chance.random() < 0.5,
        weather=chance.choice((0.0, 0.02, 0.1)),
    )
