"""Finds the server or the task that a person names, and the service of the stack that it is of."""

import re
from typing import Final

from strata.break_glass.glass_driver import GlassDriver
from strata.break_glass.glass_task_driver import GlassTaskDriver
from strata.break_glass.glass_unit import GlassUnit
from strata.break_glass.server_unit import ServerUnit
from strata.break_glass.task_unit import TaskUnit
from strata.errors import UsageError
from strata.naming import record_name
from strata.rollout.break_glass_note import BreakGlass, GlassMode
from strata.rollout.record import ServerRelease, TaskRelease, readable
from strata.rollout.stack_place import StackPlace
from strata.rollout.stack_services import records_of

__all__ = ["find_unit", "require_unit", "runs_elsewhere"]

_SERVER: Final = re.compile(r"i-[0-9a-f]{8,17}")
_TASK: Final = re.compile(r"(?:arn:[^:]+:ecs:[^:]+:\d+:task/(?:[^/]+/)?)?([0-9a-f]{32})")


def require_unit(given: str) -> str:
    """The id of what a person names as a server or as a task.

    Args:
        given: as it was given.

    Raises:
        UsageError: it is none.
    """
    task = _TASK.fullmatch(given)
    if task is not None:
        return task[1]
    if _SERVER.fullmatch(given):
        return given
    raise UsageError(
        f"{given!r} names no server and no task: expected the id of an instance, such as i-0f3c51d29a7e84b61, or the "
        "id or the ARN of a task",
        fix="The consoles of EC2 and of ECS show them.",
    )


def find_unit(place: StackPlace, unit: str) -> GlassUnit | None:
    """The server or the task of a stack with an id; None where no group and no service has it.

    Args:
        place: the stack.
        unit: as `require_unit` gives it.

    Raises:
        UsageError: it is another stack's, or nobody's.
    """
    return _server(place, unit) if _SERVER.fullmatch(unit) else _task(place, unit)


def runs_elsewhere(place: StackPlace, note: BreakGlass) -> bool:
    """Whether the server of a note runs although no group has it. A task never leaves its service."""
    return note.mode is not GlassMode.TASK and GlassDriver(place.clients).runs(note.unit)


def _task(place: StackPlace, unit: str) -> TaskUnit | None:
    driver = GlassTaskDriver(place.clients)
    for service, value in sorted(records_of(place).items()):
        release = readable(TaskRelease, value)
        found = driver.task_of(release.service, unit) if release is not None else None
        if release is not None and found is not None:
            return TaskUnit(driver, place.clock, place.stack, service, found, release)
    return None


def _server(place: StackPlace, unit: str) -> ServerUnit | None:
    driver = GlassDriver(place.clients)
    name = driver.group_of(unit)
    group = driver.group(name) if name is not None else None
    server = next((each for each in group.servers if each.id == unit), None) if group is not None else None
    if group is None or server is None:
        return None
    tags = group.tags
    if (tags.get("strata:project"), tags.get("strata:stack")) != (place.project, place.stack):
        raise UsageError(
            f"{unit} is a server of group {group.name}, which is none of {place.title}",
            fix=_whose(tags.get("strata:project"), tags.get("strata:stack")),
        )
    service = tags.get("strata:service", "")
    record = record_name(place.project, place.stack, service)
    release = readable(ServerRelease, driver.parameters([record]).get(record))
    return ServerUnit(driver, place.stack, service, group, server, release)


def _whose(project: str | None, stack: str | None) -> str:
    if project and stack:
        return f"Its tags say that it is of {project}/{stack}: name that stack."
    return "Its group was not made by Strata: use what it was made with."
