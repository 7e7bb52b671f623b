"""An instance refresh run on a virtual group and a virtual clock: for plans and for tests."""

from strata.rollout.servers.simulation.events import AlarmChanges, Cancel, Event, Kill, Protect, RollBack, Scale
from strata.rollout.servers.simulation.group import Life, VirtualGroup
from strata.rollout.servers.simulation.run import Observer, simulate
from strata.rollout.servers.simulation.timeline import BatchBegun, Pause, Sample, Tick, Timeline

__all__ = [
    "AlarmChanges",
    "BatchBegun",
    "Cancel",
    "Event",
    "Kill",
    "Life",
    "Observer",
    "Pause",
    "Protect",
    "RollBack",
    "Sample",
    "Scale",
    "Tick",
    "Timeline",
    "VirtualGroup",
    "simulate",
]
