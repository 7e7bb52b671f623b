"""What may happen to a simulated refresh from outside. Times are seconds after its start."""

from dataclasses import dataclass

from strata.rollout.servers.refresh import AlarmState

__all__ = ["AlarmChanges", "Cancel", "Event", "Kill", "Protect", "RollBack", "Scale"]


@dataclass(frozen=True)
class Scale:
    """The desired capacity becomes another one."""

    at: float
    desired: int


@dataclass(frozen=True)
class Kill:
    """Servers die on their own, the oldest first."""

    at: float
    count: int = 1
    new: bool = False
    """Kill servers launched since the start instead of those that were there."""


@dataclass(frozen=True)
class Protect:
    """Protection from scale-in is set on the oldest servers in service, or taken off all."""

    at: float
    count: int


@dataclass(frozen=True)
class AlarmChanges:
    """An alarm changes its state. Alarms are OK until then."""

    at: float
    name: str
    state: AlarmState


@dataclass(frozen=True)
class Cancel:
    """Someone cancels the refresh."""

    at: float


@dataclass(frozen=True)
class RollBack:
    """Someone asks for the rollback."""

    at: float
    reason: str = "asked for"


Event = Scale | Kill | Protect | AlarmChanges | Cancel | RollBack
