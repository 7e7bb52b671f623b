"""How many servers, their disks and their times."""

import re
from collections.abc import Iterator
from typing import Final
from zoneinfo import available_timezones

from strata.settings.expectations import nearest
from strata.settings.models import ScheduleSettings, ServiceSettings
from strata.settings.problem import ABSENT, Path
from strata.settings.rules.facts import Conflict, Facts, Rule

__all__ = ["RULES"]


def order(facts: Facts) -> Iterator[Conflict]:
    for path, service in facts.each(ServiceSettings):
        low, high = service.capacity.min, service.capacity.max
        if low > high:
            at = (*path, "capacity")
            yield Conflict(
                (*at, "max"),
                high,
                expected=f"at least min, which is {low}",
                fix="Raise max or lower min.",
                reads=((*at, "min"),),
            )


def initial(facts: Facts) -> Iterator[Conflict]:
    for path, service in facts.each(ServiceSettings):
        capacity, at = service.capacity, (*path, "capacity")
        first = capacity.initial
        if first is not None and capacity.min <= capacity.max and not capacity.min <= first <= capacity.max:
            yield Conflict(
                (*at, "initial"),
                first,
                expected=f"a number from min to max, {capacity.min} to {capacity.max}",
                fix="Leave it out to begin with min.",
                reads=((*at, "min"), (*at, "max")),
            )


def scaling_target(facts: Facts) -> Iterator[Conflict]:
    for path, service in facts.each(ServiceSettings):
        scaling = service.scaling
        if scaling is not None and scaling.cpu_percent is None and scaling.requests_per_server is None:
            at = (*path, "scaling")
            yield Conflict(
                at,
                scaling.model_dump(),
                expected="something to track",
                fix="Set cpu_percent or requests_per_server, or write `scaling: null` for none.",
                reads=((*at, "cpu_percent"), (*at, "requests_per_server")),
            )


def scaling_requests(facts: Facts) -> Iterator[Conflict]:
    for path, service in facts.each(ServiceSettings):
        if service.scaling is not None and service.scaling.requests_per_server is not None and not service.routes:
            yield Conflict(
                (*path, "scaling", "requests_per_server"),
                service.scaling.requests_per_server,
                expected="no such target: without routes no request is counted",
                fix="Give the service routes, or scale it by cpu_percent.",
                reads=((*path, "routes"),),
            )


def schedule_order(facts: Facts) -> Iterator[Conflict]:
    for path, service in facts.each(ServiceSettings):
        capacity = service.capacity
        for name, schedule in service.schedules.items():
            at = (*path, "schedules", name)
            low = capacity.min if schedule.min is None else schedule.min
            high = capacity.max if schedule.max is None else schedule.max
            reads = _bounds(path, at)
            if low > high:
                key = "min" if schedule.min is not None else "max"
                yield Conflict(
                    (*at, key),
                    getattr(schedule, key),
                    expected=f"min at most max while it holds, they are {low} and {high}",
                    fix="Set both min and max in the schedule.",
                    reads=reads,
                )
            elif schedule.desired is not None and not low <= schedule.desired <= high:
                yield Conflict(
                    (*at, "desired"),
                    schedule.desired,
                    expected=f"a number from min to max while it holds, {low} to {high}",
                    fix="Set min and max in the schedule too, or another number.",
                    reads=reads,
                )


def schedule_purpose(facts: Facts) -> Iterator[Conflict]:
    for at, schedule in _schedules(facts):
        if schedule.min is None and schedule.max is None and schedule.desired is None:
            yield Conflict(
                at,
                ABSENT,
                expected="at least one of min, max and desired",
                fix="Say what the schedule changes, or remove it.",
                reads=tuple((*at, key) for key in ("min", "max", "desired")),
            )


def schedule_zone(facts: Facts) -> Iterator[Conflict]:
    known = available_timezones()
    for at, schedule in _schedules(facts):
        if schedule.time_zone not in known:
            near = nearest(schedule.time_zone, known)
            yield Conflict(
                (*at, "time_zone"),
                schedule.time_zone,
                expected="a time zone of the IANA database, such as Europe/Berlin",
                fix=f"Did you mean {near}?" if near else "Look it up in the IANA database, or leave it out for UTC.",
            )


_CRON: Final = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")),
    ("day of week", 0, 7, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)
_CRON_PART: Final = re.compile(r"(?:\*|(?P<low>\w+)(?:-(?P<high>\w+))?)(?:/(?P<step>[0-9]+))?")


def schedule_cron(facts: Facts) -> Iterator[Conflict]:
    for at, schedule in _schedules(facts):
        for text, (name, low, high, words) in zip(schedule.recurrence.split(), _CRON, strict=True):
            if not all(_cron_part(part, low, high, words) for part in text.split(",")):
                yield Conflict(
                    (*at, "recurrence"),
                    schedule.recurrence,
                    expected=f"a {name} from {low} to {high} in place of {text}",
                    fix="Write minute, hour, day of month, month and day of week; *, lists, ranges and steps are fine.",
                )


def _cron_part(part: str, low: int, high: int, words: tuple[str, ...]) -> bool:
    found = _CRON_PART.fullmatch(part)
    if found is None or found["step"] == "0":
        return False
    ends = [_cron_number(text, low, words) for text in (found["low"], found["high"]) if text is not None]
    numbers = [end for end in ends if end is not None and low <= end <= high]
    return len(numbers) == len(ends) and numbers == sorted(numbers)


def _cron_number(text: str, low: int, words: tuple[str, ...]) -> int | None:
    if text.isdecimal():
        return int(text)
    return words.index(text.lower()) + low if text.lower() in words else None


def _schedules(facts: Facts) -> Iterator[tuple[Path, ScheduleSettings]]:
    for path, service in facts.each(ServiceSettings):
        for name, schedule in service.schedules.items():
            yield (*path, "schedules", name), schedule


def _bounds(service: Path, schedule: Path) -> tuple[Path, ...]:
    return tuple((*at, key) for at in ((*service, "capacity"), schedule) for key in ("min", "max"))


RULES: Final = (
    Rule("capacity-order", "min is at most max.", order),
    Rule("capacity-initial", "initial lies between min and max.", initial),
    Rule("scaling-target", "Scaling tracks something.", scaling_target),
    Rule("scaling-requests", "Requests are only counted for a service with routes.", scaling_requests),
    Rule("schedule-order", "A schedule leaves min at most desired at most max.", schedule_order),
    Rule("schedule-purpose", "A schedule changes something.", schedule_purpose),
    Rule("schedule-zone", "A schedule's time zone exists.", schedule_zone),
    Rule("schedule-cron", "The fields of a recurrence are in range.", schedule_cron),
)
