"""An immutable service, and the root volume of its servers."""

from collections.abc import Iterator
from enum import StrEnum
from math import ceil
from typing import Annotated, Final

from pydantic import Field

from strata.problem import ABSENT
from strata.settings import patterns
from strata.settings.models.base import Name, Settings
from strata.settings.models.by_stage import by_stage
from strata.settings.models.capacity import CapacitySettings, ScalingSettings, ScheduleSettings
from strata.settings.models.ingress import HealthSettings, RouteSettings
from strata.settings.models.periodic_refresh import PeriodicRefreshSettings
from strata.settings.models.rollout import ALL, AlarmSettings, RolloutSettings
from strata.settings.models.rule import Conflict, broken_lines, leaks, oversized, rule, unknown_retention
from strata.settings.models.verify import find_unasked

__all__ = ["DiskSettings", "DiskType", "ServiceSettings"]

ENVIRONMENT_BYTES: Final = 11_264
"""EC2 accepts 16 KiB of user data; the environment is encoded in it, which makes it a third larger."""
GP3_IOPS: Final = (3000, 16_000)
"""EBS: what gp3 includes, and its most."""
GP3_IOPS_PER_THROUGHPUT: Final = 4
"""EBS: gp3 gives a quarter MiB per second for each I/O operation per second."""
IO2_LEAST_GIB: Final = 4
"""EBS: the smallest io2 volume."""


class DiskType(StrEnum):
    """EBS volume types a root volume can have."""

    GP3 = "gp3"
    """General purpose; speed does not depend on size."""
    GP2 = "gp2"
    """General purpose; speed grows with size."""
    IO2 = "io2"
    """Provisioned I/O operations."""


IOPS_PER_GIB: Final = {DiskType.GP3: 500, DiskType.IO2: 1000}
"""EBS: I/O operations per second and GiB at most; gp3 includes its 3000 at any size."""


class DiskSettings(Settings):
    """The root volume, always encrypted. Limits: EBS volume types."""

    size_gib: int = Field(default=20, ge=1, le=16_384)
    """GiB, at least the image's own size. Default: 20."""
    type: DiskType = DiskType.GP3
    """Volume type. Default: gp3."""
    iops: int | None = Field(default=None, ge=100, le=256_000)
    """I/O operations per second, for gp3 (3000 to 16000) and io2 (required). Default: what the type includes."""
    throughput_mib: int | None = Field(default=None, ge=125, le=1000)
    """MiB per second, gp3 only. Default: 125, which gp3 includes."""

    @rule("disk-iops", "A disk's iops fit its type.")
    def _operations(self) -> Iterator[Conflict]:
        wrong = _iops_expected(self.type, self.iops)
        if wrong:
            expected, fix = wrong
            yield Conflict(("iops",), ABSENT if self.iops is None else self.iops, expected, fix, reads=(("type",),))

    @rule("disk-ratio", "A disk is large enough for its iops.")
    def _ratio(self) -> Iterator[Conflict]:
        per_gib = IOPS_PER_GIB.get(self.type)
        if self.iops is None or per_gib is None or _iops_expected(self.type, self.iops):
            return
        most = max(self.size_gib * per_gib, GP3_IOPS[0] if self.type is DiskType.GP3 else 0)
        if self.iops > most:
            yield Conflict(
                ("iops",),
                self.iops,
                expected=f"at most {most}, {per_gib} for each of {self.size_gib} GiB of {self.type}",
                fix="Lower it, or raise size_gib.",
                reads=(("type",), ("size_gib",)),
            )

    @rule("disk-throughput", "A disk's throughput fits its type and iops.")
    def _speed(self) -> Iterator[Conflict]:
        if self.throughput_mib is None:
            return
        most = (self.iops or GP3_IOPS[0]) // GP3_IOPS_PER_THROUGHPUT
        if self.type is not DiskType.GP3:
            expected, fix = "nothing: only gp3 accepts it", "Remove it, or use gp3."
        elif self.throughput_mib > most:
            expected, fix = (
                f"at most {most}, a quarter of iops",
                f"Set iops to {self.throughput_mib * GP3_IOPS_PER_THROUGHPUT} or more.",
            )
        else:
            return
        yield Conflict(("throughput_mib",), self.throughput_mib, expected, fix, reads=(("type",), ("iops",)))

    @rule("disk-size", "A disk is as large as its type asks for.")
    def _size(self) -> Iterator[Conflict]:
        if self.type is DiskType.IO2 and self.size_gib < IO2_LEAST_GIB:
            yield Conflict(
                ("size_gib",),
                self.size_gib,
                expected=f"at least {IO2_LEAST_GIB} for io2",
                fix=f"Set it to {IO2_LEAST_GIB} or more, or use gp3.",
                reads=(("type",),),
            )


def _iops_expected(kind: DiskType, iops: int | None) -> tuple[str, str] | None:
    low, high = GP3_IOPS
    match kind:
        case DiskType.IO2 if iops is None:
            return "a number: io2 includes none", "Set iops, or use gp3."
        case DiskType.GP2 if iops is not None:
            return "nothing: gp2 derives it from its size", "Remove it, or use gp3."
        case DiskType.GP3 if iops is not None and not low <= iops <= high:
            return f"a number from {low} to {high} for gp3", "Leave it out for 3000, or use io2 for more."
        case _:
            return None


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
    refresh_every: PeriodicRefreshSettings | None = None
    """When all servers are replaced by fresh ones of the same release. Default: never; a lifetime replaces them one by
    one, whenever they reach it."""
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

    @property
    def least(self) -> int:
        """Servers that it has at any time: none where a schedule lets it have none."""
        return 0 if any(each.min == 0 for each in self.schedules.values()) else self.capacity.min

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
        yield from oversized(self.environment, ENVIRONMENT_BYTES, "user data")

    @rule("environment-lines", "A value of the environment is one line.")
    def _lines(self) -> Iterator[Conflict]:
        yield from broken_lines(self.environment)

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

    @rule("verify-route", "A request that verifies a release reaches the service.")
    def _asked(self) -> Iterator[Conflict]:
        yield from find_unasked(self.rollout.verify, self.routes, ("rollout", "verify"))


def _without_room(low: int, high: int, sizes: range) -> int | None:
    """The smallest fleet in which neither a server may go nor one may come first."""
    return next((size for size in sizes if ceil(size * low / 100) == size == ceil(size * high / 100)), None)
