"""A look for drift at a stack as a person names it."""

from collections.abc import Collection
from datetime import UTC, date, datetime
from pathlib import Path

from strata.aws.target import plain_errors
from strata.clock import Clock, utc_text
from strata.drift.acceptance_file import open_acceptance_file
from strata.drift.container_reading import look_for_task_drift
from strata.drift.contents.contents_look import ContentsLook
from strata.drift.drift_driver import DriftDriver
from strata.drift.drift_finding import StackDrift
from strata.drift.drift_kinds import DriftKind
from strata.drift.drift_reading import DriftReading
from strata.drift.fix_names import LOCAL
from strata.drift.set_aside import set_aside
from strata.drift.task_drift_driver import TaskDriftDriver
from strata.errors import UsageError
from strata.rollout.stack_place import StackPlace, find_stack
from strata.rollout.stack_services import services_asked

__all__ = ["day_of", "look_at_stack", "place_to_compare"]


def place_to_compare(cwd: Path, given: str, *, local: bool) -> StackPlace:
    """A stack with the settings that say what is wanted of it.

    Args:
        cwd: where to look for the project, from there upwards: what is wanted of groups is in its stack file.
        given: the stack as a person names it.
        local: ask the local AWS of the last rehearsal.

    Raises:
        SettingsError: the stack file has problems.
        UsageError: there is no such project or stack.
    """
    return find_stack(cwd, given, local=local, needs_project=True)


def look_at_stack(
    place: StackPlace,
    given: str,
    service: str | None,
    ignored: Collection[DriftKind] = (),
    *,
    needs_services: bool = True,
    deep: bool = False,
) -> StackDrift:
    """Compare services of a stack with their releases.

    Args:
        place: the stack, with its settings.
        given: as a person named it.
        service: one service. Default: all of the stack.
        ignored: kinds of differences that do not count this time. Default: all count.
        needs_services: whether a stack without services is a mistake.
        deep: whether servers compare themselves with what their images were baked with.

    Raises:
        AwsError: AWS cannot be reached, or refused what everything else rests on.
        SettingsError: the file of what is accepted has problems.
        UsageError: there is no such service, or no service at all.
    """
    settings = place.settings
    if settings is None:
        raise TypeError("a stack whose project is needed has settings")
    names = services_asked(settings, given, service)
    if not names and needs_services:
        raise UsageError(
            f"{given} has no services to compare", fix="Add one under strata:services, or name another stack."
        )
    accepted = open_acceptance_file(place.folder, place.stack).accepted if place.folder is not None else ()
    servers = {name: each for name, each in settings.services.items() if name in names}
    containers = {name: each for name, each in settings.container_services.items() if name in names}
    if deep and not servers:
        raise UsageError(
            f"--deep is about servers, and {service or given} runs none: the digest of an image says what is in a task",
            fix="Leave --deep out.",
        )
    with plain_errors():
        inside, promotion = ContentsLook(place.clients, place.clock) if deep else None, settings.promotion
        driver = DriftDriver(place.clients)
        reading = DriftReading(driver, place.clock, place.project, place.stack, inside, promotion=promotion)
        found = reading.look(servers, settings.images)
        tasks, unread = look_for_task_drift(
            lambda: TaskDriftDriver(place.clients), place.clock, place.project, place.stack, containers
        )
    local = {LOCAL: "yes"} if place.local else {}
    services = tuple(each.with_names(local) for each in (*found.services, *tasks))
    return set_aside(
        StackDrift(
            found.stack,
            services,
            (*found.unread, *unread),
            at=utc_text(place.clock.now()),
            in_place=tuple(sorted(settings.maintained)) if service is None else (),
        ),
        accepted,
        ignored=ignored,
        asked=names,
        known={*settings.services, *settings.container_services},
        today=day_of(place.clock),
    )


def day_of(clock: Clock) -> date:
    """The day it is, in UTC."""
    return datetime.fromtimestamp(clock.now(), UTC).date()
