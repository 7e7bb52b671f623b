"""Finds the server or the task that a person names, and the service of the stack that it is of."""

import re
from typing import Final

from strata.break_glass.glass_driver import GlassDriver
from strata.break_glass.glass_unit import GlassUnit
from strata.break_glass.server_unit import ServerUnit
from strata.errors import UsageError
from strata.naming import record_name
from strata.rollout.break_glass_note import BreakGlass
from strata.rollout.record import ServerRelease, readable
from strata.rollout.stack_place import StackPlace

__all__ = ["find_unit", "require_unit", "runs_elsewhere"]

_SERVER: Final = re.compile(r"i-[0-9a-f]{8,17}")


def require_unit(given: str) -> str:
    """What a person names as a server, as AWS has it.

    Args:
        given: as it was given.

    Raises:
        UsageError: it is none.
    """
    if _SERVER.fullmatch(given):
        return given
    raise UsageError(
        f"{given!r} names no server: expected the id of an instance, such as i-0f3c51d29a7e84b61",
        fix="`strata drift STACK --json` and the console of EC2 show the ids of servers.",
    )


def find_unit(place: StackPlace, unit: str) -> GlassUnit | None:
    """The server of a stack with an id; None where no group has it.

    Args:
        place: the stack.
        unit: as `require_unit` gives it.

    Raises:
        UsageError: it is another stack's, or nobody's.
    """
    return _server(place, unit)


def runs_elsewhere(place: StackPlace, note: BreakGlass) -> bool:
    """Whether the server of a note runs although no group has it."""
    return GlassDriver(place.clients).runs(note.unit)


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
