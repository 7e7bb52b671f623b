"""How many servers, their disks and their times."""

from collections.abc import Iterator
from itertools import combinations
from typing import Final
from zoneinfo import available_timezones

from strata.aws.facts.recurrence import FIELDS, meeting, numbers, recurrence_of
from strata.problem import ABSENT, Path
from strata.settings.models import ScheduleSettings, ServiceSettings
from strata.settings.rules.facts import Conflict, Facts, Rule
from strata.suggest import nearest

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


def schedule_cron(facts: Facts) -> Iterator[Conflict]:
    for at, schedule in _schedules(facts):
        for index, (text, (name, low, high, _)) in enumerate(zip(schedule.recurrence.split(), FIELDS, strict=True)):
            if numbers(text, index) is None:
                yield Conflict(
                    (*at, "recurrence"),
                    schedule.recurrence,
                    expected=f"a {name} from {low} to {high} in place of {text}",
                    fix="Write minute, hour, day of month, month and day of week; *, lists, ranges and steps are fine.",
                )


def schedule_apart(facts: Facts) -> Iterator[Conflict]:
    for path, service in facts.each(ServiceSettings):
        known = {
            name: recurrence_of(each.recurrence, each.time_zone)
            for name, each in service.schedules.items()
            if each.time_zone in available_timezones()
        }
        for (first, one), (second, other) in combinations(known.items(), 2):
            moment = meeting(one, other, facts.today) if one and other else None
            if moment is not None:
                at = (*path, "schedules")
                yield Conflict(
                    (*at, second, "recurrence"),
                    service.schedules[second].recurrence,
                    expected=f"a time of its own: {first} fires at {moment:%Y-%m-%dT%H:%MZ} too, and EC2 Auto Scaling "
                    "refuses two scheduled actions at one time",
                    fix="Move one of them by a minute, or put both changes into one schedule.",
                    reads=(
                        (*at, second, "time_zone"),
                        (*at, first, "recurrence"),
                        (*at, first, "time_zone"),
                    ),
                )


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
    Rule("schedule-apart", "No two schedules of a service fire at one time.", schedule_apart),
)
