"""Fleets of servers that are changed in place."""

from strata.components.maintained_fleet.maintained_fleet import MaintainedFleet

__all__ = ["MaintainedFleet"]
