"""A database and what it is made of."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from strata.aws.facts.database_engines import Engine
from strata.settings import patterns
from strata.settings.models.base import Settings
from strata.settings.models.by_stage import by_stage

__all__ = [
    "ApplyMethod",
    "DatabaseAlarmSettings",
    "DatabaseSettings",
    "DatabaseStorageSettings",
    "DatabaseStorageType",
    "ParameterSettings",
    "RestoreSettings",
]


class DatabaseStorageType(StrEnum):
    """Storage types of RDS that AWS recommends; standard is retired."""

    GP3 = "gp3"
    """General purpose; speed does not depend on size."""
    GP2 = "gp2"
    """General purpose; speed grows with size."""
    IO1 = "io1"
    """Provisioned I/O operations."""
    IO2 = "io2"
    """Provisioned I/O operations, more durable and steadier than io1."""


class ApplyMethod(StrEnum):
    """When a changed parameter takes effect; RDS refuses immediate for a static one."""

    IMMEDIATE = "immediate"
    """At once; for dynamic parameters."""
    PENDING_REBOOT = "pending-reboot"
    """When the instance restarts next."""


class DatabaseStorageSettings(Settings):
    """The storage, always encrypted. Limits: CreateDBInstance, and RDS's page on storage."""

    size_gib: int = Field(default=20, ge=20, le=65_536)
    """Initial size in GiB, at least 100 for io1 and io2. It only ever grows. Default: 20."""
    max_gib: int | None = Field(default=100, ge=20, le=65_536)
    """GiB up to which RDS grows it by itself, at least a tenth above the size; null switches that off. Default: 100."""
    type: DatabaseStorageType = DatabaseStorageType.GP3
    """Storage type. Default: gp3."""
    iops: int | None = Field(default=None, ge=1000, le=256_000)
    """I/O operations per second, for io1 and io2 (required) and gp3 from 400 GiB. Default: what the type includes."""
    throughput_mib: int | None = Field(default=None, ge=500, le=4000)
    """MiB per second, gp3 from 400 GiB only. Default: 500, which gp3 of that size includes; smaller ones have 125."""


class ParameterSettings(Settings):
    """One parameter of the engine."""

    value: str
    """Its value, in quotes."""
    apply_method: ApplyMethod = ApplyMethod.IMMEDIATE
    """When a change takes effect; a static parameter needs pending-reboot. Default: immediate."""


class RestoreSettings(Settings):
    """What a new database is created from. Read when the database is created and never again."""

    snapshot: str | None = Field(default=None, pattern=patterns.SNAPSHOT)
    """Identifier or ARN of an encrypted snapshot. Default: none."""
    source: str | None = Field(default=None, pattern=patterns.DATABASE_IDENTIFIER)
    """Identifier of the instance whose backups are restored to a point in time. Default: none."""
    time: str | None = Field(default=None, pattern=patterns.MOMENT)
    """That point in time, in UTC, such as 2026-01-31T08:30:00Z. Default: the latest there is."""


class DatabaseAlarmSettings(Settings):
    """Alarms of one instance; each can be switched off with null."""

    cpu_percent: float | None = Field(default=80.0, gt=0, le=100)
    """CPU in use, in percent. Default: 80."""
    free_storage_percent: float | None = Field(default=10.0, gt=0, le=90)
    """Minimum free storage, in percent of `storage.size_gib`. Default: 10."""
    freeable_memory_mib: int | None = Field(default=128, ge=1)
    """Minimum freeable memory, in MiB. Default: 128."""
    connections: int | None = Field(default=None, ge=1)
    """Maximum number of connections; what an instance accepts depends on its class. Default: not watched."""
    period_seconds: int = Field(default=300, ge=60, le=3600, multiple_of=60)
    """Length of a data point, a multiple of 60 (CloudWatch). Default: 300."""
    periods: int = Field(default=3, ge=1, le=10)
    """Bad data points in a row that raise an alarm. Default: 3."""


class DatabaseSettings(Settings):
    """A primary database on RDS. Limits: CreateDBInstance."""

    engine: Engine = Engine.POSTGRES
    """postgres, mysql or mariadb; cannot be changed later. Default: postgres."""
    version: str = Field(pattern=patterns.ENGINE_VERSION)
    """A major version alone, such as "16", with which RDS keeps the minor one up to date, or an exact one, such as
    "16.4", with which it does not. In quotes."""
    instance_class: str = Field(default="db.t4g.medium", pattern=patterns.DATABASE_CLASS)
    """Instance class. Default: db.t4g.medium."""
    database: str | None = Field(default=None, pattern=patterns.DATABASE)
    """Name of the database made in it; cannot be changed later. Default: the component's name, _ in place of -."""
    username: str = Field(default="dbadmin", pattern=patterns.DATABASE_USER)
    """The master user; cannot be changed later. Default: dbadmin."""
    port: int | None = Field(default=None, ge=1150, le=65_535)
    """Port it listens on, 1150 to 65535 (RDS). Default: the engine's, 5432 or 3306."""
    storage: DatabaseStorageSettings = DatabaseStorageSettings()
    """The storage."""
    multi_az: bool = by_stage(dev=False, staging=False, prod=True)
    """A standby in another zone."""
    backup_retention_days: int = by_stage(dev=1, staging=7, prod=30, ge=0, le=35)
    """Days automated backups are kept, at most 35; 0 means none."""
    backup_window: str = Field(default="02:00-03:00", pattern=patterns.BACKUP_WINDOW)
    """When backups are made each day, in UTC, at least half an hour. Default: 02:00-03:00."""
    maintenance_window: str = Field(default="sun:03:30-sun:04:30", pattern=patterns.MAINTENANCE_WINDOW)
    """When RDS maintains it each week, in UTC, at least half an hour and apart from backups. Default:
    sun:03:30-sun:04:30."""
    apply_immediately: bool = by_stage(dev=True, staging=True, prod=False)
    """Changes are made at once, not in the next maintenance window."""
    performance_insights_days: int | None = by_stage(dev=None, staging=7, prod=7)
    """Days Performance Insights are kept: 7, 731 or up to 23 months of 31; null switches them off."""
    log_exports: tuple[str, ...] | None = None
    """Logs sent to CloudWatch. Default: postgresql and upgrade for postgres, error and slowquery for the others."""
    iam_users: tuple[Annotated[str, Field(pattern=patterns.DATABASE_USER)], ...] = ()
    """Database users that whoever is given the credentials may log in as with a role; any switches IAM authentication
    on. Default: none."""
    parameters: dict[Annotated[str, Field(pattern=patterns.ENGINE_PARAMETER)], ParameterSettings] = Field(default={})
    """Parameters of the engine by name. Default: the engine's own."""
    replicated: bool = False
    """Read replicas may be made of it. Default: whether the stack file has one."""
    blue_green_update: bool = False
    """Changes are made on a copy, which then takes its place; needs backups, and no replicas. Default: false."""
    deletion_protection: bool = by_stage(dev=False, staging=True, prod=True)
    """AWS refuses to delete it."""
    final_snapshot: bool = by_stage(dev=False, staging=True, prod=True)
    """A final snapshot is taken before it is deleted, and its backups stay."""
    restore: RestoreSettings | None = None
    """What it is created from; ignored once it exists. Default: nothing."""
    alarms: DatabaseAlarmSettings = DatabaseAlarmSettings()
    """Its alarms."""
    notify_topic_arn: str | None = Field(default=None, pattern=patterns.TOPIC)
    """SNS topic that its alarms notify. Default: none."""
    tags: dict[str, str] = Field(default={})
    """Further tags for everything of the database, besides the stack's. Default: none."""
    protect: bool = by_stage(dev=False, staging=True, prod=True)
    """Pulumi refuses to delete or replace it, and AWS keeps it when it is deleted all the same."""
