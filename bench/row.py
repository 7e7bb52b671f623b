"""What is measured: rows with a goal, and the topics that measure them together."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Measured", "Plan", "Row", "Topic"]


@dataclass(frozen=True)
class Row:
    """One line of the result.

    Args:
        key: its name on the command line.
        title: what it says to a person.
        unit: unit of the value.
        goal: the most the value should be. None where no goal was set.
        no_goal: why there is none; empty with a goal.
    """

    key: str
    title: str
    unit: str
    goal: float | None = None
    no_goal: str = ""


@dataclass(frozen=True)
class Measured:
    """What was found for a row.

    Args:
        value: in the row's unit.
        detail: what it was made from, in words.
        curve: further points by name, where one value is not the whole answer. Default: none.
    """

    value: float
    detail: str
    curve: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True)
class Plan:
    """How a run measures.

    Args:
        rounds: repetitions of everything that varies; medians are taken over them.
        folder: a temporary folder that a topic may fill; it is removed after the topic.
        wanted: keys of the rows asked for; a topic may leave out what only other rows need.
    """

    rounds: int
    folder: Path
    wanted: Collection[str]


@dataclass(frozen=True)
class Topic:
    """Rows that come out of the same work.

    Args:
        rows: in the order they are shown.
        measure: does the work; gives a value for at least every row that is wanted.
    """

    rows: tuple[Row, ...]
    measure: Callable[[Plan], Mapping[str, Measured]]
