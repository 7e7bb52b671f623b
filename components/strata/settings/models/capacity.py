"""How many servers, and when."""

from pydantic import Field

from strata.settings import patterns
from strata.settings.models.base import Settings

__all__ = ["CapacitySettings", "ScalingSettings", "ScheduleSettings"]


class CapacitySettings(Settings):
    """How many servers. The live desired capacity belongs to scaling and is never reset by a deploy."""

    min: int = Field(default=2, ge=0, le=1000)
    """Minimum number of servers. Default: 2."""
    max: int = Field(default=4, ge=1, le=1000)
    """Maximum number of servers, without a rollout's surge. Default: 4."""
    initial: int | None = Field(default=None, ge=0, le=1000)
    """Number of servers when the group is created. Default: `min`."""


class ScalingSettings(Settings):
    """Target tracking: the group grows and shrinks to hold these."""

    cpu_percent: int | None = Field(default=60, ge=1, le=100)
    """Average CPU of the group. Default: 60."""
    requests_per_server: int | None = Field(default=None, ge=1)
    """Requests per minute and server, for a service behind a load balancer. Default: not tracked."""


class ScheduleSettings(Settings):
    """A change of capacity at fixed times."""

    recurrence: str = Field(pattern=patterns.CRON)
    """Five cron fields, such as `0 7 * * 1-5`."""
    time_zone: str = "UTC"
    """IANA time zone of the recurrence. Default: UTC."""
    min: int | None = Field(default=None, ge=0, le=1000)
    """New minimum. Default: unchanged."""
    max: int | None = Field(default=None, ge=1, le=1000)
    """New maximum. Default: unchanged."""
    desired: int | None = Field(default=None, ge=0, le=1000)
    """New desired capacity. Default: unchanged."""
