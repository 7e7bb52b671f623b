"""What RDS knows of each database engine: ports, versions, names, logs, reserved words, and the order of upgrades."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

__all__ = ["ENGINES", "LEAST_ZONES", "RESERVED_USER_PREFIX", "DatabaseEngine", "EngineFacts"]

LEAST_ZONES: Final = 2
"""CreateDBSubnetGroup: zones that its subnets cover at least."""
RESERVED_USER_PREFIX: Final = "pg_"
"""How the names of PostgreSQL's own roles begin."""


class DatabaseEngine(StrEnum):
    """The engines of RDS that a database can have."""

    POSTGRES = "postgres"
    """PostgreSQL."""
    MYSQL = "mysql"
    """MySQL."""
    MARIADB = "mariadb"
    """MariaDB."""


@dataclass(frozen=True)
class EngineFacts:
    """One engine. Limits are those of CreateDBInstance.

    Args:
        engine: the engine.
        port: where it listens unless configured otherwise.
        major_parts: numbers in a major version: 16 is one of PostgreSQL, 8.4 one of MySQL.
        logs: logs it can send to CloudWatch.
        usual_logs: those it sends unless configured otherwise.
        username_limit: characters of a master user's name.
        database_limit: characters of a database's name.
        words: words of its SQL that neither a user nor a database can be named after.
        reserved: other names that neither a user nor a database can have.
        reserved_databases: names that only a database cannot have.
        static: parameters that only a restart changes, as far as they are static in every version.
        raises_replicas: whether RDS itself raises the replicas of a region when a primary gets a new major version.
        insights_on_small: whether Performance Insights runs on micro and small classes.
    """

    engine: DatabaseEngine
    port: int
    major_parts: int
    logs: tuple[str, ...]
    usual_logs: tuple[str, ...]
    username_limit: int
    database_limit: int
    words: frozenset[str]
    reserved: frozenset[str]
    reserved_databases: frozenset[str]
    static: frozenset[str]
    raises_replicas: bool
    insights_on_small: bool

    def reserves_user(self, name: str) -> bool:
        """Whether RDS refuses a name for the master user."""
        lower = name.lower()
        return lower in self.words | self.reserved or lower.startswith(RESERVED_USER_PREFIX)

    def reserves_database(self, name: str) -> bool:
        """Whether RDS refuses a name for the database it makes in an instance."""
        return name.lower() in self.words | self.reserved | self.reserved_databases

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


def _words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


_POSTGRES_WORDS: Final = _words(
    """
    all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
    column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
    current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze
    from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
    localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
    returning right select session_user similar some symmetric table tablesample then to trailing true union unique
    user using variadic verbose when where window with
    """
)

_SHARED_WORDS: Final = _words(
    """
    accessible add all alter analyze and as asc asensitive before between bigint binary blob both by call cascade case
    change char character check collate column condition constraint continue convert create cross current_date
    current_time current_timestamp current_user cursor database databases day_hour day_microsecond day_minute
    day_second dec decimal declare default delayed delete desc describe deterministic distinct distinctrow div double
    drop dual each else elseif enclosed escaped except exists exit explain false fetch float float4 float8 for force
    foreign from fulltext grant group having high_priority hour_microsecond hour_minute hour_second if ignore in index
    infile inner inout insensitive insert int int1 int2 int3 int4 int8 integer intersect interval into is iterate join
    key keys kill leading leave left like limit linear lines load localtime localtimestamp lock long longblob longtext
    loop low_priority master_ssl_verify_server_cert match maxvalue mediumblob mediumint mediumtext middleint
    minute_microsecond minute_second mod modifies natural not no_write_to_binlog null numeric on optimize option
    optionally or order out outer outfile over partition precision primary procedure purge range read reads read_write
    real recursive references regexp release rename repeat replace require resignal restrict return revoke right rlike
    rows row_number schema schemas second_microsecond select sensitive separator set show signal smallint spatial
    specific sql sqlexception sqlstate sqlwarning sql_big_result sql_calc_found_rows sql_small_result ssl starting
    straight_join table terminated then tinyblob tinyint tinytext to trailing trigger true undo union unique unlock
    unsigned update usage use using utc_date utc_time utc_timestamp values varbinary varchar varcharacter varying when
    where while window with write xor year_month zerofill
    """
)

_MYSQL_WORDS: Final = _SHARED_WORDS | _words(
    """
    cube cume_dist dense_rank empty first_value function generated get grouping groups io_after_gtids io_before_gtids
    json_table lag last_value lateral lead master_bind nth_value ntile of optimizer_costs percent_rank rank row stored
    system virtual
    """
)

_MARIADB_WORDS: Final = _SHARED_WORDS | _words(
    """
    current_role delete_domain_id do_domain_ids general ignore_domain_ids ignore_server_ids master_heartbeat_period
    offset page_checksum parse_vcol_expr portion ref_system_id returning slow stats_auto_recalc stats_persistent
    stats_sample_pages
    """
)
"""The words of SQL that each engine reserves: RDS accepts none of them as a database's or a master user's name.

PostgreSQL: appendix C of its manual, the words that are reserved or reserved but for functions and types. MySQL: the
section "Keywords and Reserved Words" of its manual, the words reserved in 8.0 and 8.4. MariaDB: the page "Reserved
Words" of its knowledge base. Words that are reserved in some versions only are left to RDS."""

_MYSQL_LOGS: Final = ("audit", "error", "general", "slowquery", "iam-db-auth-error")
_MYSQL_NAMES: Final = frozenset({"rdsadmin", "rdsrepladmin", "mysql", "root"})
_MYSQL_DATABASES: Final = frozenset({"information_schema", "performance_schema", "sys", "innodb", "tmp"})

_POSTGRES_STATIC: Final = _words(
    """
    autovacuum_freeze_max_age autovacuum_multixact_freeze_max_age cron.database_name huge_pages max_connections
    max_files_per_process max_locks_per_transaction max_logical_replication_workers max_pred_locks_per_transaction
    max_prepared_transactions max_replication_slots max_wal_senders max_worker_processes pg_stat_statements.max
    rds.logical_replication shared_buffers shared_preload_libraries superuser_reserved_connections
    track_activity_query_size track_commit_timestamp wal_buffers
    """
)
"""What the manual marks "can only be set at server start", and RDS's own switch of logical replication."""
_MARIADB_STATIC: Final = _words(
    """
    back_log ft_max_word_len ft_min_word_len ft_query_expansion_limit innodb_autoinc_lock_mode
    innodb_buffer_pool_instances innodb_ft_cache_size innodb_ft_max_token_size innodb_ft_min_token_size
    innodb_ft_sort_pll_degree innodb_ft_total_cache_size innodb_rollback_on_timeout innodb_sort_buffer_size
    lower_case_table_names performance_schema skip_name_resolve table_open_cache_instances thread_stack
    """
)
"""Variables that the manuals of MySQL and MariaDB both mark "Dynamic: No"."""
_MYSQL_STATIC: Final = _MARIADB_STATIC | _words(
    """
    innodb_dedicated_server innodb_flush_method innodb_log_file_size innodb_log_files_in_group innodb_page_cleaners
    innodb_purge_threads innodb_read_io_threads innodb_write_io_threads
    """
)

ENGINES: Final[Mapping[DatabaseEngine, EngineFacts]] = MappingProxyType(
    {
        DatabaseEngine.POSTGRES: EngineFacts(
            DatabaseEngine.POSTGRES,
            port=5432,
            major_parts=1,
            logs=("postgresql", "upgrade", "iam-db-auth-error"),
            usual_logs=("postgresql", "upgrade"),
            username_limit=63,
            database_limit=63,
            words=_POSTGRES_WORDS,
            reserved=frozenset({"rdsadmin", "rds_superuser", "rds_replication", "rds_iam", "rds_password", "admin"}),
            reserved_databases=frozenset({"db", "postgres", "template0", "template1"}),
            static=_POSTGRES_STATIC,
            raises_replicas=True,
            insights_on_small=True,
        ),
        DatabaseEngine.MYSQL: EngineFacts(
            DatabaseEngine.MYSQL,
            port=3306,
            major_parts=2,
            logs=_MYSQL_LOGS,
            usual_logs=("error", "slowquery"),
            username_limit=16,
            database_limit=64,
            words=_MYSQL_WORDS,
            reserved=_MYSQL_NAMES,
            reserved_databases=_MYSQL_DATABASES,
            static=_MYSQL_STATIC,
            raises_replicas=False,
            insights_on_small=False,
        ),
        DatabaseEngine.MARIADB: EngineFacts(
            DatabaseEngine.MARIADB,
            port=3306,
            major_parts=2,
            logs=_MYSQL_LOGS,
            usual_logs=("error", "slowquery"),
            username_limit=16,
            database_limit=64,
            words=_MARIADB_WORDS,
            reserved=_MYSQL_NAMES,
            reserved_databases=_MYSQL_DATABASES,
            static=_MARIADB_STATIC,
            raises_replicas=False,
            insights_on_small=False,
        ),
    }
)
"""The facts of each engine."""
