"""Names, versions, backups and windows of databases, and where replicas come from."""

from collections.abc import Iterator
from typing import Final

from strata.aws.facts.database_engines import ENGINES
from strata.naming import SECURITY_GROUP_RESERVED_PREFIX
from strata.settings.models import ApplyMethod, DatabaseSettings, ReplicaSettings
from strata.settings.rules.facts import Conflict, Facts, Rule

__all__ = ["RULES"]

SHORTEST_WINDOW: Final = 30
"""CreateDBInstance: minutes of a window at least."""
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = 24 * 60
_WEEK: Final = 7 * _DAY


def part_name(facts: Facts) -> Iterator[Conflict]:
    for kind in ("databases", "replicas"):
        for name in getattr(facts.settings, kind):
            if "--" in name or name.endswith("-") or name.startswith(SECURITY_GROUP_RESERVED_PREFIX):
                yield Conflict(
                    (kind, name),
                    name,
                    expected="single dashes, none at the end, and no sg- at the start: instances are named after it",
                    fix="Rename it.",
                )


def version(facts: Facts) -> Iterator[Conflict]:
    for path, database in facts.each(DatabaseSettings):
        engine = ENGINES[database.engine]
        count = len(database.version.split("-", maxsplit=1)[0].split("."))
        if count not in (engine.major_parts, engine.major_parts + 1):
            major, minor = ("16", "16.4") if engine.major_parts == 1 else ("8.4", "8.4.3")
            yield Conflict(
                (*path, "version"),
                database.version,
                expected=f'a version of {engine.engine}: a major one like "{major}", or an exact one like "{minor}"',
                fix=f"Write {engine.major_parts} or {engine.major_parts + 1} numbers.",
                reads=((*path, "engine"),),
            )


def username(facts: Facts) -> Iterator[Conflict]:
    for path, database in facts.each(DatabaseSettings):
        engine, name = ENGINES[database.engine], database.username
        if engine.reserves_user(name) or len(name) > engine.username_limit:
            yield Conflict(
                (*path, "username"),
                name,
                expected=f"at most {engine.username_limit} characters, and no name that {engine.engine} reserves",
                fix="Choose another name.",
                reads=((*path, "engine"),),
            )


def database_name(facts: Facts) -> Iterator[Conflict]:
    for path, database in facts.each(DatabaseSettings):
        engine, name = ENGINES[database.engine], database.database or str(path[-1]).replace("-", "_")
        if engine.reserves_database(name) or len(name) > engine.database_limit:
            yield Conflict(
                (*path, "database"),
                name,
                expected=f"at most {engine.database_limit} characters, and no name that {engine.engine} reserves",
                fix=f"Set another one, such as {name[:20]}_data.",
                reads=((*path, "engine"),),
            )


def static_parameters(facts: Facts) -> Iterator[Conflict]:
    for path, database in facts.each(DatabaseSettings):
        static = ENGINES[database.engine].static
        for name, parameter in database.parameters.items():
            if name in static and parameter.apply_method is not ApplyMethod.PENDING_REBOOT:
                yield Conflict(
                    (*path, "parameters", name, "apply_method"),
                    parameter.apply_method.value,
                    expected=f"pending-reboot: {database.engine} reads {name} when it starts (RDS: a static parameter)",
                    fix="Write `apply_method: pending-reboot`, and restart the database when it suits you.",
                    reads=((*path, "engine"),),
                )


def log_exports(facts: Facts) -> Iterator[Conflict]:
    for path, database in facts.each(DatabaseSettings):
        known = ENGINES[database.engine].logs
        for index, log in enumerate(database.log_exports or ()):
            if log not in known or log in (database.log_exports or ())[:index]:
                yield Conflict(
                    (*path, "log_exports", index),
                    log,
                    expected=f"one of {', '.join(known)}, each once: these are the logs of {database.engine}",
                    fix="Correct it, or leave log_exports out.",
                    reads=((*path, "engine"),),
                )


def window_length(facts: Facts) -> Iterator[Conflict]:
    for path, database in facts.each(DatabaseSettings):
        for key, (begin, end) in _windows(database).items():
            length, round_ = end - begin, _DAY if key == "backup_window" else _WEEK
            if not SHORTEST_WINDOW <= length < _DAY:
                yield Conflict(
                    (*path, key),
                    getattr(database, key),
                    expected=f"at least {SHORTEST_WINDOW} minutes and less than a day, got {length % round_} minutes",
                    fix="Move its end.",
                )


def window_overlap(facts: Facts) -> Iterator[Conflict]:
    for path, database in facts.each(DatabaseSettings):
        windows = _windows(database)
        (backup, backup_end), (begin, end) = windows["backup_window"], windows["maintenance_window"]
        # A backup is made every day; the last ones of the week before may reach into its beginning.
        meets = [day for day in range(-1, 15) if backup + day * _DAY < end and begin < backup_end + day * _DAY]
        if meets and database.backup_retention_days:
            yield Conflict(
                (*path, "maintenance_window"),
                database.maintenance_window,
                expected=f"a time apart from the backups at {database.backup_window}: RDS refuses windows that meet",
                fix="Move one of them.",
                reads=((*path, "backup_window"), (*path, "backup_retention_days")),
            )


def backups(facts: Facts) -> Iterator[Conflict]:
    for path, database in facts.each(DatabaseSettings):
        needed = "read replicas are" if database.replicated else "blue/green updates are"
        if not database.backup_retention_days and (database.replicated or database.blue_green_update):
            yield Conflict(
                (*path, "backup_retention_days"),
                0,
                expected=f"at least 1: {needed} made from backups",
                fix="Raise it, or do without replicas and blue_green_update.",
                reads=((*path, "replicated"), (*path, "blue_green_update")),
            )


def blue_green(facts: Facts) -> Iterator[Conflict]:
    for path, database in facts.each(DatabaseSettings):
        if database.blue_green_update and database.replicated:
            yield Conflict(
                (*path, "blue_green_update"),
                got=True,
                expected="false for a database with read replicas: the provider cannot switch those over",
                fix="Switch it off, or do without replicas.",
                reads=((*path, "replicated"),),
            )


def restore(facts: Facts) -> Iterator[Conflict]:
    for path, database in facts.each(DatabaseSettings):
        given = database.restore
        if given is None:
            continue
        at = (*path, "restore")
        if (given.snapshot is None) == (given.source is None):
            yield Conflict(
                at,
                "both" if given.snapshot else "neither",
                expected="either a snapshot, or a source whose backups are used",
                fix="Set one of the two.",
                reads=((*at, "snapshot"), (*at, "source")),
            )
        elif given.time is not None and given.source is None:
            yield Conflict(
                (*at, "time"),
                given.time,
                expected="nothing: a snapshot has one moment only",
                fix="Remove it, or name the source instead of the snapshot.",
                reads=((*at, "snapshot"), (*at, "source")),
            )


def replica_source(facts: Facts) -> Iterator[Conflict]:
    for path, replica in facts.each(ReplicaSettings):
        source = facts.settings.databases.get(replica.source)
        if source is None:
            known = ", ".join(sorted(facts.settings.databases)) or "none"
            yield Conflict(
                (*path, "source"),
                replica.source,
                expected=f"a database of this stack; there are {known}",
                fix=f"Name one of them, or add strata:databases.{replica.source}.",
                reads=(("databases",),),
            )
        elif not source.replicated:
            yield Conflict(
                (*path, "source"),
                replica.source,
                expected="a database that may have replicas; this one says replicated: false",
                fix=f"Remove strata:databases.{replica.source}.replicated.",
                reads=(("databases", replica.source),),
            )


def replica_name(facts: Facts) -> Iterator[Conflict]:
    for name in facts.settings.replicas:
        if name in facts.settings.databases:
            yield Conflict(
                ("replicas", name),
                name,
                expected="a name that no database has: variables of its readers are named after it",
                fix=f"Rename it, for example to {name}-reader.",
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


RULES: Final = (
    Rule("database-name", "RDS takes instances named after a database or a replica.", part_name),
    Rule("database-version", "A version is a major or an exact one of the engine.", version),
    Rule("database-username", "The engine takes the master user's name.", username),
    Rule("database-database", "The engine takes the database's name.", database_name),
    Rule("database-static", "A parameter that is read at the start waits for a restart.", static_parameters),
    Rule("database-logs", "The engine has the logs that are exported.", log_exports),
    Rule("database-window", "A window is long enough.", window_length),
    Rule("database-windows", "Backups and maintenance have windows of their own.", window_overlap),
    Rule("database-backups", "What is made from backups has backups.", backups),
    Rule("database-blue-green", "A database with replicas is not updated blue/green.", blue_green),
    Rule("database-restore", "A database is restored from one thing.", restore),
    Rule("replica-source", "A replica has a source in the stack.", replica_source),
    Rule("replica-name", "A replica is not named like a database.", replica_name),
)
