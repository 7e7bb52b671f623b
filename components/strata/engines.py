"""What RDS knows of each database engine: ports, versions, limits on names, logs, and the order of upgrades."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

__all__ = ["ENGINES", "Engine", "EngineFacts"]


class Engine(StrEnum):
    """The engines of RDS that a database can have."""

    POSTGRES = "postgres"
    MYSQL = "mysql"
    MARIADB = "mariadb"


@dataclass(frozen=True)
class EngineFacts:
    """One engine. Limits are those of CreateDBInstance.

    Args:
        engine: the engine.
        port: where it listens unless told otherwise.
        major_parts: numbers in a major version: 16 is one of PostgreSQL, 8.4 one of MySQL.
        logs: logs it can send to CloudWatch.
        usual_logs: those it sends unless told otherwise.
        username_limit: characters of a master user's name.
        database_limit: characters of a database's name.
        reserved: names that neither a user nor a database can have.
        reserved_databases: names that only a database cannot have.
        raises_replicas: whether RDS itself raises the replicas of a region when a primary gets a new major version.
        insights_on_small: whether Performance Insights runs on micro and small classes.
    """

    engine: Engine
    port: int
    major_parts: int
    logs: tuple[str, ...]
    usual_logs: tuple[str, ...]
    username_limit: int
    database_limit: int
    reserved: frozenset[str]
    reserved_databases: frozenset[str]
    raises_replicas: bool
    insights_on_small: bool

    def names_major(self, version: str) -> bool:
        """Whether a version is a major one alone, such as 16 of PostgreSQL: RDS then chooses the minor one."""
        return len(version.split(".")) == self.major_parts

    def major(self, version: str) -> str:
        """The major version that a version belongs to."""
        return ".".join(version.split(".")[: self.major_parts])

    def family(self, version: str) -> str:
        """The parameter group family of a version, such as postgres16 or mysql8.4."""
        return f"{self.engine}{self.major(version)}"

    def replicas_first(self, old: str, new: str) -> bool:
        """Whether replicas must have a new version before their primary gets it.

        RDS refuses to raise a primary above its replicas, but for PostgreSQL's majors, where it raises the replicas of
        the region together with the primary.
        """
        return old != new and not (self.raises_replicas and self.major(old) != self.major(new))


_MYSQL_LOGS: Final = ("audit", "error", "general", "slowquery", "iam-db-auth-error")
_MYSQL_NAMES: Final = frozenset({"rdsadmin", "rdsrepladmin", "mysql", "root"})
_MYSQL_DATABASES: Final = frozenset({"information_schema", "performance_schema", "sys", "innodb", "tmp"})

ENGINES: Final[Mapping[Engine, EngineFacts]] = MappingProxyType(
    {
        Engine.POSTGRES: EngineFacts(
            Engine.POSTGRES,
            port=5432,
            major_parts=1,
            logs=("postgresql", "upgrade", "iam-db-auth-error"),
            usual_logs=("postgresql", "upgrade"),
            username_limit=63,
            database_limit=63,
            reserved=frozenset({"rdsadmin", "rds_superuser", "rds_replication", "rds_iam", "rds_password", "admin"}),
            reserved_databases=frozenset({"db", "postgres", "template0", "template1"}),
            raises_replicas=True,
            insights_on_small=True,
        ),
        Engine.MYSQL: EngineFacts(
            Engine.MYSQL,
            port=3306,
            major_parts=2,
            logs=_MYSQL_LOGS,
            usual_logs=("error", "slowquery"),
            username_limit=16,
            database_limit=64,
            reserved=_MYSQL_NAMES,
            reserved_databases=_MYSQL_DATABASES,
            raises_replicas=False,
            insights_on_small=False,
        ),
        Engine.MARIADB: EngineFacts(
            Engine.MARIADB,
            port=3306,
            major_parts=2,
            logs=_MYSQL_LOGS,
            usual_logs=("error", "slowquery"),
            username_limit=16,
            database_limit=64,
            reserved=_MYSQL_NAMES,
            reserved_databases=_MYSQL_DATABASES,
            raises_replicas=False,
            insights_on_small=False,
        ),
    }
)
"""The facts of each engine."""
