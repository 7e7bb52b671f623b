"""An immutable service."""

from collections.abc import Iterator
from math import ceil
from typing import Annotated, Final

from pydantic import Field

from strata.settings import patterns
from strata.settings.models.base import Name, Settings
from strata.settings.models.by_stage import by_stage
from strata.settings.models.capacity import CapacitySettings, ScalingSettings, ScheduleSettings
from strata.settings.models.disk import DiskSettings
from strata.settings.models.ingress import HealthSettings, RouteSettings
from strata.settings.models.limits import leaks, unknown_retention
from strata.settings.models.rollout import ALL, AlarmSettings, RolloutSettings
from strata.settings.models.rule import Conflict, rule

__all__ = ["ServiceSettings"]

ENVIRONMENT_BYTES: Final = 11_264
"""EC2 takes 16 KiB of user data; the environment is encoded in it, which makes it a third larger."""


class ServiceSettings(Settings):
    """An immutable service: servers from one image, replaced and never changed."""

    image: Name | None = None
    """Name of its pin under `images`. Default: the service's own name."""
    instance_type: str = Field(default="t3.small", pattern=patterns.INSTANCE_TYPE)
    """EC2 instance type. Default: t3.small."""
    capacity: CapacitySettings = CapacitySettings.model_construct()
    """How many servers."""
    port: int = Field(default=8080, ge=1, le=65_535)
    """Port the application listens on. Default: 8080. Changing it under a live service interrupts it: the target group
    is replaced, and the servers of the release before answer on the old port."""
    routes: tuple[RouteSettings, ...] = ()
    """Requests it receives from the shared load balancer; none makes it a worker. Default: none."""
    boot_seconds: int = Field(default=60, ge=1, le=3600)
    """Seconds from launch until the application answers: the one timing a user gives. Default: 60."""
    health: HealthSettings = HealthSettings.model_construct()
    """The load balancer's health check."""
    drain_seconds: int = Field(default=60, ge=0, le=3600)
    """Seconds a server has to finish its work before it is terminated. Default: 60."""
    disk: DiskSettings = DiskSettings.model_construct()
    """The root volume."""
    scaling: ScalingSettings | None = ScalingSettings.model_construct()
    """Target tracking; null switches it off. Default: CPU at 60 %."""
    schedules: dict[Name, ScheduleSettings] = Field(default={})
    """Scheduled capacity by name. Default: none."""
    max_instance_lifetime_days: int | None = by_stage(dev=None, staging=14, prod=30, ge=1, le=365)
    """Days until a server is replaced by a fresh one, 1 to 365 (EC2)."""
    log_retention_days: int = by_stage(dev=7, staging=30, prod=90)
    """Days that logs are kept, one of the values CloudWatch Logs accepts."""
    environment: dict[Annotated[str, Field(pattern=patterns.ENVIRONMENT_KEY)], str] = Field(default={})
    """Configuration in user data, part of the release: a change rolls. Never a secret. Default: none."""
    alarms: AlarmSettings = AlarmSettings.model_construct()
    """The alarms that gate a rollout."""
    rollout: RolloutSettings = RolloutSettings.model_construct()
    """How servers are replaced."""
    notify_topic_arn: str | None = Field(default=None, pattern=patterns.TOPIC)
    """SNS topic notified of a rollout's start, checkpoints, success and failure. Default: none."""
    tags: dict[str, str] = Field(default={})
    """Further tags for everything of this service, besides the stack's. Default: none."""
    protect: bool = by_stage(dev=False, staging=False, prod=True)
    """Pulumi refuses to delete or replace its role, profile and security group."""

    @rule("scaling-requests", "Requests are only counted for a service with routes.")
    def _requests(self) -> Iterator[Conflict]:
        if self.scaling is not None and self.scaling.requests_per_server is not None and not self.routes:
            yield Conflict(
                ("scaling", "requests_per_server"),
                self.scaling.requests_per_server,
                expected="no such target: without routes no request is counted",
                fix="Give the service routes, or scale it by cpu_percent.",
                reads=(("routes",),),
            )

    @rule("schedule-order", "A schedule leaves min at most desired at most max.")
    def _scheduled(self) -> Iterator[Conflict]:
        for name, schedule in self.schedules.items():
            at = ("schedules", name)
            low = self.capacity.min if schedule.min is None else schedule.min
            high = self.capacity.max if schedule.max is None else schedule.max
            reads = tuple((*place, key) for place in (("capacity",), at) for key in ("min", "max"))
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

    @rule("retention", "CloudWatch Logs knows the retention.")
    def _retention(self) -> Iterator[Conflict]:
        yield from unknown_retention("log_retention_days", self.log_retention_days)

    @rule("environment-size", "The environment fits into user data.")
    def _environment(self) -> Iterator[Conflict]:
        found = sum(len(f"{key}={value}\n".encode()) for key, value in self.environment.items())
        if found > ENVIRONMENT_BYTES:
            yield Conflict(
                ("environment",),
                f"{found} bytes",
                expected=f"at most {ENVIRONMENT_BYTES} bytes: it is part of the user data",
                fix="Keep large values in S3 or in a parameter, and set their names.",
            )

    @rule("environment-lines", "A value of the environment is one line.")
    def _lines(self) -> Iterator[Conflict]:
        for key, value in self.environment.items():
            if any(character in value for character in "\n\r\0"):
                yield Conflict(
                    ("environment", key),
                    # It may be a key in several lines: the value is not told.
                    f"{len(value.splitlines())} lines" if "\n" in value else "a control character",
                    expected="a text on one line: an environment file has a line for each value",
                    fix="Encode it, for example as JSON or base64.",
                )

    @rule("environment-secret", "The environment holds no secrets.")
    def _secrets(self) -> Iterator[Conflict]:
        yield from leaks(("environment",), self.environment, "whoever may describe the launch template can read it")

    @rule("rollout-floor", "The floor leaves room to replace a server, or a new one comes first.")
    def _floor(self) -> Iterator[Conflict]:
        low, high = self.rollout.min_healthy_percent, self.rollout.max_healthy_percent
        stuck = _without_room(low, high, range(max(1, self.capacity.min), self.capacity.max + 1))
        if low < ALL and stuck is not None:
            yield Conflict(
                ("rollout", "min_healthy_percent"),
                low,
                expected=f"room to replace a server: of {stuck}, {low} % are {stuck} and nothing may be added",
                fix=f"Set it to 100, which launches first, or to at most {100 * (stuck - 1) // stuck}.",
                reads=(("rollout", "max_healthy_percent"), ("capacity", "min"), ("capacity", "max")),
            )

    @rule("checkpoints-delay", "A checkpoint delay needs checkpoints.")
    def _checkpoint_delay(self) -> Iterator[Conflict]:
        at = ("rollout", "checkpoint_delay_seconds")
        if at[1] in self.rollout.model_fields_set and not self.rollout.checkpoint_percentages:
            yield Conflict(
                at,
                self.rollout.checkpoint_delay_seconds,
                expected="no delay: there are no checkpoints",
                fix="Set checkpoint_percentages, or remove the delay.",
                reads=(("rollout", "checkpoint_percentages"), ("capacity", "min")),
            )


def _without_room(low: int, high: int, sizes: range) -> int | None:
    """The smallest fleet in which neither a server may go nor one may come first."""
    return next((size for size in sizes if ceil(size * low / 100) == size == ceil(size * high / 100)), None)
