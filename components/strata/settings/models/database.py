"""A database and what it is made of."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from strata.aws.facts.database_engines import ENGINES, DatabaseEngine
from strata.settings import patterns
from strata.settings.models.base import Settings
from strata.settings.models.by_stage import by_stage
from strata.settings.models.database_storage import DatabaseStorageSettings
from strata.settings.models.rule import Conflict, rule

__all__ = [
    "ApplyMethod",
    "DatabaseAlarmSettings",
    "DatabaseSettings",
    "ParameterSettings",
    "RestoreSettings",
    "reserved_database",
]

SHORTEST_WINDOW: Final = 30
"""CreateDBInstance: minutes of a window at least."""
INSIGHTS_DAYS: Final = (7, *(31 * months for months in range(1, 24)), 731)
"""CreateDBInstance, `PerformanceInsightsRetentionPeriod`."""
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = 24 * 60
_WEEK: Final = 7 * _DAY


class ApplyMethod(StrEnum):
    """When a changed parameter takes effect; RDS refuses immediate for a static one."""

    IMMEDIATE = "immediate"
    """At once; for dynamic parameters."""
    PENDING_REBOOT = "pending-reboot"
    """When the instance restarts next."""


class ParameterSettings(Settings):
    """One parameter of the engine."""

    value: str = Field(examples=["100"])
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

    @rule("database-restore", "A database is restored from one thing.")
    def _restore(self) -> Iterator[Conflict]:
        if (self.snapshot is None) == (self.source is None):
            yield Conflict(
                (),
                "both" if self.snapshot else "neither",
                expected="either a snapshot, or a source whose backups are used",
                fix="Set one of the two.",
                reads=(("snapshot",), ("source",)),
            )
        elif self.time is not None and self.source is None:
            yield Conflict(
                ("time",),
                self.time,
                expected="nothing: a snapshot has one moment only",
                fix="Remove it, or name the source instead of the snapshot.",
                reads=(("snapshot",), ("source",)),
            )


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

    engine: DatabaseEngine = DatabaseEngine.POSTGRES
    """postgres, mysql or mariadb; cannot be changed later. Default: postgres."""
    version: str = Field(pattern=patterns.ENGINE_VERSION, examples=["16"])
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
    storage: DatabaseStorageSettings = DatabaseStorageSettings.model_construct()
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
    alarms: DatabaseAlarmSettings = DatabaseAlarmSettings.model_construct()
    """Its alarms."""
    notify_topic_arn: str | None = Field(default=None, pattern=patterns.TOPIC)
    """SNS topic that its alarms notify. Default: none."""
    tags: dict[str, str] = Field(default={})
    """Further tags for everything of the database, besides the stack's. Default: none."""
    protect: bool = by_stage(dev=False, staging=True, prod=True)
    """Pulumi refuses to delete or replace it, and AWS keeps it when it is deleted all the same."""

    @rule("database-version", "A version is a major or an exact one of the engine.")
    def _version(self) -> Iterator[Conflict]:
        engine = ENGINES[self.engine]
        count = len(self.version.split("-", maxsplit=1)[0].split("."))
        if count not in (engine.major_parts, engine.major_parts + 1):
            major, minor = ("16", "16.4") if engine.major_parts == 1 else ("8.4", "8.4.3")
            yield Conflict(
                ("version",),
                self.version,
                expected=f'a version of {engine.engine}: a major one like "{major}", or an exact one like "{minor}"',
                fix=f"Write {engine.major_parts} or {engine.major_parts + 1} numbers.",
                reads=(("engine",),),
            )

    @rule("database-username", "The engine accepts the master user's name.")
    def _username(self) -> Iterator[Conflict]:
        engine, name = ENGINES[self.engine], self.username
        if engine.reserves_user(name) or len(name) > engine.username_limit:
            yield Conflict(
                ("username",),
                name,
                expected=f"at most {engine.username_limit} characters, and no name that {engine.engine} reserves",
                fix="Choose another name.",
                reads=(("engine",),),
            )

    @rule("database-database", "The engine accepts the database's name.")
    def _database(self) -> Iterator[Conflict]:
        if self.database is not None:
            yield from reserved_database(self.engine, self.database)

    @rule("database-static", "A parameter that is read at the start waits for a restart.")
    def _static_parameters(self) -> Iterator[Conflict]:
        static = ENGINES[self.engine].static
        for name, parameter in self.parameters.items():
            if name in static and parameter.apply_method is not ApplyMethod.PENDING_REBOOT:
                yield Conflict(
                    ("parameters", name, "apply_method"),
                    parameter.apply_method.value,
                    expected=f"pending-reboot: {self.engine} reads {name} when it starts (RDS: a static parameter)",
                    fix="Write `apply_method: pending-reboot`, and restart the database when it suits you.",
                    reads=(("engine",),),
                )

    @rule("database-logs", "The engine has the logs that are exported.")
    def _log_exports(self) -> Iterator[Conflict]:
        known = ENGINES[self.engine].logs
        for index, log in enumerate(self.log_exports or ()):
            if log not in known or log in (self.log_exports or ())[:index]:
                yield Conflict(
                    ("log_exports", index),
                    log,
                    expected=f"one of {', '.join(known)}, each once: these are the logs of {self.engine}",
                    fix="Correct it, or leave log_exports out.",
                    reads=(("engine",),),
                )

    @rule("database-window", "A window is long enough.")
    def _window_length(self) -> Iterator[Conflict]:
        for key, (begin, end) in _windows(self).items():
            length, round_ = end - begin, _DAY if key == "backup_window" else _WEEK
            if not SHORTEST_WINDOW <= length < _DAY:
                yield Conflict(
                    (key,),
                    getattr(self, key),
                    expected=f"at least {SHORTEST_WINDOW} minutes and less than a day, got {length % round_} minutes",
                    fix="Move its end.",
                )

    @rule("database-windows", "Backups and maintenance have windows of their own.")
    def _window_overlap(self) -> Iterator[Conflict]:
        windows = _windows(self)
        (backup, backup_end), (begin, end) = windows["backup_window"], windows["maintenance_window"]
        # A backup is made every day; the last ones of the week before may reach into its beginning.
        meets = [day for day in range(-1, 15) if backup + day * _DAY < end and begin < backup_end + day * _DAY]
        if meets and self.backup_retention_days:
            yield Conflict(
                ("maintenance_window",),
                self.maintenance_window,
                expected=f"a time apart from the backups at {self.backup_window}: RDS refuses windows that meet",
                fix="Move one of them.",
                reads=(("backup_window",), ("backup_retention_days",)),
            )

    @rule("database-backups", "What is made from backups has backups.")
    def _backups(self) -> Iterator[Conflict]:
        needed = "read replicas are" if self.replicated else "blue/green updates are"
        if not self.backup_retention_days and (self.replicated or self.blue_green_update):
            yield Conflict(
                ("backup_retention_days",),
                0,
                expected=f"at least 1: {needed} made from backups",
                fix="Raise it, or do without replicas and blue_green_update.",
                reads=(("replicated",), ("blue_green_update",)),
            )

    @rule("database-blue-green", "A database with replicas is not updated blue/green.")
    def _blue_green(self) -> Iterator[Conflict]:
        if self.blue_green_update and self.replicated:
            yield Conflict(
                ("blue_green_update",),
                got=True,
                expected="false for a database with read replicas: the provider cannot switch those over",
                fix="Switch it off, or do without replicas.",
                reads=(("replicated",),),
            )

    @rule("database-insights", "RDS knows how long Performance Insights are kept.")
    def _insights_days(self) -> Iterator[Conflict]:
        days = self.performance_insights_days
        if days is not None and days not in INSIGHTS_DAYS:
            longer = next((known for known in INSIGHTS_DAYS if known > days), INSIGHTS_DAYS[-1])
            yield Conflict(
                ("performance_insights_days",),
                days,
                expected="7, 731 or a multiple of 31 up to 713: RDS accepts no other",
                fix=f"Write {longer}.",
            )


def reserved_database(engine: DatabaseEngine, name: str) -> Iterator[Conflict]:
    """A conflict for a name that the engine has no database of.

    Args:
        engine: the engine.
        name: the name of the database in it.
    """
    known = ENGINES[engine]
    if known.reserves_database(name) or len(name) > known.database_limit:
        yield Conflict(
            ("database",),
            name,
            expected=f"at most {known.database_limit} characters, and no name that {known.engine} reserves",
            fix=f"Set another one, such as {name[:20]}_data.",
            reads=(("engine",),),
        )


def _windows(database: DatabaseSettings) -> dict[str, tuple[int, int]]:
    """Beginning and end in minutes; an end before its beginning is the next day's, or week's."""
    backup = [_minutes(text) for text in database.backup_window.split("-")]
    maintenance = [_minutes(text) for text in database.maintenance_window.split("-")]
    return {
        "backup_window": (backup[0], backup[1] if backup[1] >= backup[0] else backup[1] + _DAY),
        "maintenance_window": (
            maintenance[0],
            maintenance[1] if maintenance[1] >= maintenance[0] else maintenance[1] + _WEEK,
        ),
    }


def _minutes(text: str) -> int:
    *day, hours, minutes = text.split(":")
    return (_DAYS.index(day[0]) * _DAY if day else 0) + int(hours) * 60 + int(minutes)
