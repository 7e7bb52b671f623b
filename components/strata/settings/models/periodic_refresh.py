"""When a fleet is replaced by fresh servers of the same release."""

from collections.abc import Iterator
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Final

from pydantic import Field

from strata.settings import patterns
from strata.settings.models.base import Settings
from strata.settings.models.cron_fields import find_bad_fields
from strata.settings.models.rule import Conflict, rule
from strata.settings.models.time_zone import find_unknown_zone

if TYPE_CHECKING:
    from strata.aws.facts.recurrence import Recurrence

__all__ = ["PeriodicRefreshSettings"]

_LONGEST_WINDOW: Final = 1440
"""CreateSchedule of EventBridge Scheduler, `MaximumWindowInMinutes`."""
_LOOKED_AT: Final = 1000
"""Times in a row that are looked at for the shortest pause: six weeks of one that fires every hour."""


class PeriodicRefreshSettings(Settings):
    """A refresh of the fleet at fixed times: the same release, on fresh servers.

    EventBridge Scheduler starts an instance refresh within the floor and the ceiling of `rollout`. No gate watches it:
    what a server runs is the release that is proven already. It is over once a release is rolled out.
    """

    recurrence: str = Field(pattern=patterns.CRON, examples=["0 3 * * 0"])
    """When, as five cron fields, such as `0 3 * * 0` for Sundays at three; once an hour at most."""
    time_zone: str = "UTC"
    """IANA time zone of the recurrence. Default: UTC."""
    window_minutes: int = Field(default=0, ge=0, le=_LONGEST_WINDOW)
    """Minutes within which EventBridge Scheduler starts it, at most a day. Default: 0, at that minute."""

    @rule("refresh-zone", "The time zone of a periodic refresh exists.")
    def _zone(self) -> Iterator[Conflict]:
        yield from find_unknown_zone(self.time_zone)

    @rule("refresh-cron", "The fields of a recurrence are in range.")
    def _cron(self) -> Iterator[Conflict]:
        yield from find_bad_fields(self.recurrence)

    @rule("refresh-often", "A fleet is refreshed once an hour at most.")
    def _often(self) -> Iterator[Conflict]:
        known = self._known
        if known is not None and len(known.minutes) > 1:
            yield Conflict(
                ("recurrence",),
                self.recurrence,
                expected="one minute, such as 0, so that it fires once an hour at most",
                fix="Write one number as the first field.",
            )

    @rule("refresh-days", "A recurrence restricts the day of the month or the day of the week.")
    def _either_day(self) -> Iterator[Conflict]:
        known = self._known
        if known is not None and known.either_day:
            yield Conflict(
                ("recurrence",),
                self.recurrence,
                expected="a * for the day of the month or the day of the week: EventBridge Scheduler knows no either",
                fix="Restrict one of them, such as `0 3 * * 0` or `0 3 1 * *`.",
            )

    @rule("refresh-window", "The window of a refresh is over before the next one begins.")
    def _window(self) -> Iterator[Conflict]:
        known = self._known
        if known is None or known.either_day or len(known.minutes) > 1:
            return
        times = list(islice(known.from_a_leap_year(), _LOOKED_AT))
        if not times:
            yield Conflict(
                ("recurrence",),
                self.recurrence,
                expected="a day that exists",
                fix="Write one that every year has, such as `0 3 1 * *`.",
            )
        shortest = min((int((later - at).total_seconds()) // 60 for at, later in pairwise(times)), default=None)
        if shortest is not None and self.window_minutes >= shortest:
            yield Conflict(
                ("window_minutes",),
                self.window_minutes,
                expected=f"less than {shortest}, after which the next one begins",
                fix="Lower it, or let it be less often.",
                reads=(("recurrence",),),
            )

    @property
    def _known(self) -> "Recurrence | None":
        """None where a field is not right, which is said; in UTC, whose days are all of one length."""
        from strata.aws.facts.recurrence import recurrence_of

        return recurrence_of(self.recurrence)
