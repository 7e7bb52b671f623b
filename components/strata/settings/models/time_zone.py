"""Time zones of the IANA database."""

from collections.abc import Iterator
from functools import cache

from strata.problem import nearest
from strata.settings.models.rule import Conflict

__all__ = ["find_unknown_zone", "time_zones"]


@cache
def time_zones() -> frozenset[str]:
    """Their names."""
    # Only for stacks with schedules or freezes, which few programs have.
    from zoneinfo import available_timezones

    return frozenset(available_timezones())


def find_unknown_zone(time_zone: str) -> Iterator[Conflict]:
    """That the `time_zone` of a setting does not exist.

    Args:
        time_zone: its value.
    """
    if time_zone in time_zones():
        return
    near = nearest(time_zone, time_zones())
    yield Conflict(
        ("time_zone",),
        time_zone,
        expected="a time zone of the IANA database, such as Europe/Berlin",
        fix=f"Did you mean {near}?" if near else "Look it up in the IANA database, or leave it out for UTC.",
    )
