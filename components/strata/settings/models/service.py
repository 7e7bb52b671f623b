"""An immutable service."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from strata.settings import patterns
from strata.settings.models.base import Name, Settings
from strata.settings.models.by_stage import by_stage
from strata.settings.models.capacity import CapacitySettings, ScalingSettings, ScheduleSettings
from strata.settings.models.ingress import HealthSettings, RouteSettings
from strata.settings.models.rollout import AlarmSettings, RolloutSettings

__all__ = ["DiskSettings", "DiskType", "ServiceSettings"]


class DiskType(StrEnum):
    """EBS volume types a root volume can have."""

    GP3 = "gp3"
    """General purpose; speed does not depend on size."""
    GP2 = "gp2"
    """General purpose; speed grows with size."""
    IO2 = "io2"
    """Provisioned I/O operations."""


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


class ServiceSettings(Settings):
    """An immutable service: servers from one image, replaced and never changed."""

    image: Name | None = None
    """Name of its pin under `images`. Default: the service's own name."""
    instance_type: str = Field(default="t3.small", pattern=patterns.INSTANCE_TYPE)
    """EC2 instance type. Default: t3.small."""
    capacity: CapacitySettings = CapacitySettings()
    """How many servers."""
    port: int = Field(default=8080, ge=1, le=65_535)
    """Port the application listens on. Default: 8080. Changing it under a live service interrupts it: the target group
    is replaced, and the servers of the release before answer on the old port."""
    routes: tuple[RouteSettings, ...] = ()
    """Requests it receives from the shared load balancer; none makes it a worker. Default: none."""
    boot_seconds: int = Field(default=60, ge=1, le=3600)
    """Seconds from launch until the application answers: the one timing a user gives. Default: 60."""
    health: HealthSettings = HealthSettings()
    """The load balancer's health check."""
    drain_seconds: int = Field(default=60, ge=0, le=3600)
    """Seconds a server has to finish its work before it is terminated. Default: 60."""
    disk: DiskSettings = DiskSettings()
    """The root volume."""
    scaling: ScalingSettings | None = ScalingSettings()
    """Target tracking; null switches it off. Default: CPU at 60 %."""
    schedules: dict[Name, ScheduleSettings] = Field(default={})
    """Scheduled capacity by name. Default: none."""
    max_instance_lifetime_days: int | None = by_stage(dev=None, staging=14, prod=30, ge=1, le=365)
    """Days until a server is replaced by a fresh one, 1 to 365 (EC2)."""
    log_retention_days: int = by_stage(dev=7, staging=30, prod=90)
    """Days that logs are kept, one of the values CloudWatch Logs accepts."""
    environment: dict[Annotated[str, Field(pattern=patterns.ENVIRONMENT_KEY)], str] = Field(default={})
    """Configuration in user data, part of the release: a change rolls. Never a secret. Default: none."""
    alarms: AlarmSettings = AlarmSettings()
    """The alarms that gate a rollout."""
    rollout: RolloutSettings = RolloutSettings()
    """How servers are replaced."""
    notify_topic_arn: str | None = Field(default=None, pattern=patterns.TOPIC)
    """SNS topic notified of a rollout's start, checkpoints, success and failure. Default: none."""
    tags: dict[str, str] = Field(default={})
    """Further tags for everything of this service, besides the stack's. Default: none."""
    protect: bool = by_stage(dev=False, staging=False, prod=True)
    """Pulumi refuses to delete or replace its role, profile and security group."""
