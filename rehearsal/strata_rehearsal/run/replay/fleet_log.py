"""What the readers of the event log share: the fleets and rollouts they rebuild."""

from dataclasses import dataclass, field

from strata_rehearsal.run.replay.fleet_history import FleetHistory, Rolled

__all__ = ["FleetLog"]


@dataclass
class FleetLog:
    """Everything that is known so far."""

    fleets: dict[str, FleetHistory] = field(default_factory=dict[str, FleetHistory])
    rolled: dict[str, Rolled] = field(default_factory=dict[str, Rolled])
    changed: set[str] = field(default_factory=set[str])
    """Keys of the fleets that want a look at the end of this moment."""
    tags: dict[str, str] = field(default_factory=dict[str, str])
    """The tag by which a container image was named besides its digest, by digest."""
