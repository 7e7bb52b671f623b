"""An instance refresh run on a virtual group and a virtual clock: for plans and for tests."""

from strata.rollout.simulation.events import AlarmTurns, Cancel, Event, Kill, Protect, RollBack, Scale
from strata.rollout.simulation.group import Life, VirtualGroup
from strata.rollout.simulation.run import Observer, simulate
from strata.rollout.simulation.timeline import BatchBegun, Pause, Sample, Tick, Timeline

__all__ = [
    "AlarmTurns",
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
