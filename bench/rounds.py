"""Repetition. A busy machine slows everything for a while, so what is compared is measured in turns."""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

__all__ = ["Pair", "Spent", "children_cpu", "in_turns", "timed"]


@dataclass(frozen=True)
class Spent:
    """What one piece of work took.

    Args:
        seconds: by the clock on the wall.
        cpu: processor seconds of the processes it started and waited for.
    """

    seconds: float
    cpu: float


@dataclass(frozen=True)
class Pair:
    """Two things measured in turns.

    Args:
        ours: all rounds of the first.
        theirs: all rounds of the second.
    """

    ours: tuple[Spent, ...]
    theirs: tuple[Spent, ...]

    @property
    def ratio(self) -> float:
        """Median over the rounds of the first's seconds by the second's."""
        return median(ours.seconds / theirs.seconds for ours, theirs in zip(self.ours, self.theirs, strict=True))

    @property
    def cpu_ratio(self) -> float:
        """The same of processor seconds."""
        return median(ours.cpu / theirs.cpu for ours, theirs in zip(self.ours, self.theirs, strict=True))

    def seconds(self) -> tuple[float, float]:
        """Median seconds of both."""
        return median(each.seconds for each in self.ours), median(each.seconds for each in self.theirs)

    def cpu(self) -> tuple[float, float]:
        """Median processor seconds of both."""
        return median(each.cpu for each in self.ours), median(each.cpu for each in self.theirs)


def in_turns(rounds: int, ours: Callable[[], object], theirs: Callable[[], object]) -> Pair:
    """Measure two things in turns, the first of each round by turns too, after one round that does not count.

    Args:
        rounds: how often.
        ours: the first.
        theirs: the second.
    """
    ours()
    theirs()
    pairs: list[tuple[Spent, Spent]] = []
    for turn in range(rounds):
        if turn % 2:
            late = timed(theirs)
            pairs.append((timed(ours), late))
        else:
            pairs.append((timed(ours), timed(theirs)))
    return Pair(tuple(first for first, _ in pairs), tuple(second for _, second in pairs))


def timed(work: Callable[[], object]) -> Spent:
    """Do it once."""
    before, began = children_cpu(), time.perf_counter()
    work()
    return Spent(time.perf_counter() - began, children_cpu() - before)


def children_cpu() -> float:
    """Processor seconds of all processes this one started that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
