"""A server that RunInstances has launched, outside of any group."""

from dataclasses import dataclass, field
from typing import Any

from strata_rehearsal.cloud.faults import Fault
from strata_rehearsal.cloud.world import ScheduledEvent

__all__ = ["CommandEnd", "SingleServer"]


@dataclass(frozen=True)
class CommandEnd:
    """When and how a command ends, if nothing stops it before."""

    at: float
    code: int
    output: str


@dataclass
class SingleServer:
    """One server by itself.

    Args:
        instance: as moto has it.
        service: the service whose tags it has; empty without any.
        image: id of its image.
        token: the client token it was launched with.
        asked: with what else, to tell a repeated request from another one.
        faults: what it suffers from.
        boot: when it will have booted; None once it has, or where it never will.
        commands: those that were sent to it, by what they are.
    """

    instance: Any
    service: str
    image: str
    token: str
    asked: str
    faults: frozenset[Fault]
    boot: ScheduledEvent | None = None
    commands: dict[str, CommandEnd] = field(default_factory=dict[str, CommandEnd])
