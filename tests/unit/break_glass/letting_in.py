"""Lets somebody into a server of a fleet of the drift tests, as the command does."""

from typing import Any

from strata.break_glass.opening import GlassOrder, OpenedGlass, open_break_glass
from strata.clock import utc_text
from strata.naming import break_glass_name
from strata.rollout.break_glass_note import BreakGlass, GlassMode, GlassPhase
from strata.rollout.stack_place import StackPlace
from strata.tags import TAINTED_TAG
from tests.unit.drift.drifting_fleet import DriftingFleet
from tests.unit.drift.drifting_tasks import RECORD, DriftingTasks

__all__ = ["let_in", "let_into_task", "place_of", "taint_task"]


def place_of(fleet: DriftingFleet | DriftingTasks) -> StackPlace:
    """The stack of a fleet."""
    any_clients: Any = fleet.client
    return StackPlace("shop", "prod", any_clients, fleet.aws.clock)


def let_in(
    fleet: DriftingFleet, server: str, *, hours: float = 2, dry_run: bool = False, in_service: bool = False
) -> OpenedGlass:
    """Open break-glass of a server."""
    order = GlassOrder(server, "the queue hangs", hours * 3600, in_service=in_service)
    return open_break_glass(place_of(fleet), order, dry_run=dry_run)


def taint_task(tasks: DriftingTasks, task: str) -> None:
    """Mark a task of a service, and note nothing."""
    arn = next(each["taskArn"] for each in tasks.shop.tasks() if each["taskArn"].endswith(task))
    tasks.aws.ecs.tag_resource(resourceArn=arn, tags=[{"key": TAINTED_TAG, "value": "2026-11-28T12:00:00Z ann"}])


def let_into_task(tasks: DriftingTasks, task: str, *, hours: float = 2) -> BreakGlass:
    """What an open leaves of a task whose service has a way in."""
    now = tasks.aws.clock.now()
    note = BreakGlass(
        service="web",
        unit=task,
        mode=GlassMode.TASK,
        phase=GlassPhase.OPEN,
        reason="it leaks",
        by="ann",
        at=utc_text(now),
        until=utc_text(now + 3600 * hours),
    )
    tasks.put(break_glass_name(RECORD, task), note.to_json())
    taint_task(tasks, task)
    return note
