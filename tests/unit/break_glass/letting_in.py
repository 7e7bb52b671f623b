"""Lets somebody into a server of a fleet of the drift tests, as the command does."""

from typing import Any

from strata.break_glass.opening import GlassOrder, OpenedGlass, open_break_glass
from strata.rollout.stack_place import StackPlace
from tests.unit.drift.drifting_fleet import DriftingFleet

__all__ = ["let_in", "place_of"]


def place_of(fleet: DriftingFleet) -> StackPlace:
    """The stack of a fleet."""
    any_clients: Any = fleet.client
    return StackPlace("shop", "prod", any_clients, fleet.aws.clock)


def let_in(
    fleet: DriftingFleet, server: str, *, hours: float = 2, dry_run: bool = False, in_service: bool = False
) -> OpenedGlass:
    """Open break-glass of a server."""
    order = GlassOrder(server, "the queue hangs", hours * 3600, in_service=in_service)
    return open_break_glass(place_of(fleet), order, dry_run=dry_run)
