"""Rebuilds from the local AWS's event log what every fleet looked like: groups of servers, and container services.

There is one history for both. What is different about servers and tasks is which events say how they are.
"""

from strata_rehearsal.run.replay.fleet_history import (
    FleetHistory,
    FleetRevision,
    Look,
    Made,
    Origin,
    Rolled,
    samples_between,
)
from strata_rehearsal.run.replay.replay import Replay

__all__ = ["FleetHistory", "FleetRevision", "Look", "Made", "Origin", "Replay", "Rolled", "samples_between"]
