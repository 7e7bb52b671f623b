"""What a simulated refresh did, tick by tick. Times are seconds after its start."""

from collections.abc import Mapping
from dataclasses import dataclass

from strata.rollout.servers.refresh import AlarmState, Fleet, Orders, Refresh, Status

__all__ = ["BatchBegun", "Pause", "Sample", "Tick", "Timeline"]


@dataclass(frozen=True, slots=True)
class Sample:
    """The group right after it obeyed the orders of one tick."""

    at: float
    status: Status
    percentage: int
    desired: int
    old: int
    """Servers pending or in service on the original configuration."""
    new: int
    """The same on the desired one."""
    healthy: int
    """Servers in service and healthy."""
    warm: int
    """Those of them that are also warmed up; this is what the floor is about."""

    @property
    def total(self) -> int:
        """Servers pending or in service; this is what the ceiling is about."""
        return self.old + self.new


@dataclass(frozen=True, slots=True)
class BatchBegun:
    """A batch and when it began."""

    at: float
    size: int


@dataclass(frozen=True, slots=True)
class Pause:
    """The delay at a checkpoint."""

    at: float
    until: float
    percentage: int


@dataclass(frozen=True, slots=True)
class Tick:
    """All there is to know about one step: what went in and what came out."""

    at: float
    refresh: Refresh
    """After the step."""
    fleet: Fleet
    """Before it obeyed."""
    alarms: Mapping[str, AlarmState]
    orders: Orders


@dataclass(frozen=True)
class Timeline:
    """The whole run."""

    refresh: Refresh
    samples: tuple[Sample, ...]
    batches: tuple[BatchBegun, ...]
    pauses: tuple[Pause, ...]
    refused: tuple[str, ...]
    """Cancels and rollbacks the refresh refused, in the words of its error."""
    settled_seconds: float
    """When the last server taken out was gone; not before the end of the refresh."""

    @property
    def seconds(self) -> float:
        """How long the refresh took, from its start to its end."""
        return self.samples[-1].at
