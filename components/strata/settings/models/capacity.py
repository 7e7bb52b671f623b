"""How many servers, and when."""

from collections.abc import Iterator

from pydantic import Field

from strata.problem import ABSENT
from strata.settings import patterns
from strata.settings.models.base import Settings
from strata.settings.models.cron_fields import find_bad_fields
from strata.settings.models.rule import Conflict, rule
from strata.settings.models.time_zone import find_unknown_zone

__all__ = ["CapacitySettings", "ScalingSettings", "ScheduleSettings"]


class CapacitySettings(Settings):
    """How many servers. The live desired capacity belongs to scaling and is never reset by a deploy."""

    min: int = Field(default=2, ge=0, le=1000)
    """Minimum number of servers. Default: 2."""
    max: int = Field(default=4, ge=1, le=1000)
    """Maximum number of servers, without a rollout's surge. Default: 4."""
    initial: int | None = Field(default=None, ge=0, le=1000)
    """Number of servers when the group is created. Default: `min`."""

    @rule("capacity-order", "min is at most max.")
    def _order(self) -> Iterator[Conflict]:
        if self.min > self.max:
            yield Conflict(
                ("max",),
                self.max,
                expected=f"at least min, which is {self.min}",
                fix="Raise max or lower min.",
                reads=(("min",),),
            )

    @rule("capacity-initial", "initial lies between min and max.")
    def _first(self) -> Iterator[Conflict]:
        if self.initial is not None and self.min <= self.max and not self.min <= self.initial <= self.max:
            yield Conflict(
                ("initial",),
                self.initial,
                expected=f"a number from min to max, {self.min} to {self.max}",
                fix="Leave it out to begin with min.",
                reads=(("min",), ("max",)),
            )


class ScalingSettings(Settings):
    """Target tracking: the group grows and shrinks to hold these."""

    cpu_percent: int | None = Field(default=60, ge=1, le=100)
    """Average CPU of the group. Default: 60."""
    requests_per_server: int | None = Field(default=None, ge=1)
    """Requests per minute and server, for a service behind a load balancer. Default: not tracked."""

    @rule("scaling-target", "Scaling tracks something.")
    def _target(self) -> Iterator[Conflict]:
        if self.cpu_percent is None and self.requests_per_server is None:
            yield Conflict(
                (),
                self.model_dump(),
                expected="something to track",
                fix="Set cpu_percent or requests_per_server, or write `scaling: null` for none.",
                reads=(("cpu_percent",), ("requests_per_server",)),
            )


class ScheduleSettings(Settings):
    """A change of capacity at fixed times."""

    recurrence: str = Field(pattern=patterns.CRON, examples=["0 7 * * 1-5"])
    """Five cron fields, such as `0 7 * * 1-5`."""
    time_zone: str = "UTC"
    """IANA time zone of the recurrence. Default: UTC."""
    min: int | None = Field(default=None, ge=0, le=1000)
    """New minimum. Default: unchanged."""
    max: int | None = Field(default=None, ge=1, le=1000)
    """New maximum. Default: unchanged."""
    desired: int | None = Field(default=None, ge=0, le=1000)
    """New desired capacity. Default: unchanged."""

    @rule("schedule-purpose", "A schedule changes something.")
    def _purpose(self) -> Iterator[Conflict]:
        if self.min is None and self.max is None and self.desired is None:
            yield Conflict(
                (),
                ABSENT,
                expected="at least one of min, max and desired",
                fix="Say what the schedule changes, or remove it.",
                reads=(("min",), ("max",), ("desired",)),
            )

    @rule("schedule-zone", "A schedule's time zone exists.")
    def _zone(self) -> Iterator[Conflict]:
        yield from find_unknown_zone(self.time_zone)

    @rule("schedule-cron", "The fields of a recurrence are in range.")
    def _cron(self) -> Iterator[Conflict]:
        yield from find_bad_fields(self.recurrence)
