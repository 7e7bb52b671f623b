"""The words of SQL that each engine keeps for itself: RDS takes none of them as a database's or a master user's name.

PostgreSQL: appendix C of its manual, the words that are reserved or reserved but for functions and types. MySQL: the
section "Keywords and Reserved Words" of its manual, the words reserved in 8.0 and 8.4. MariaDB: the page "Reserved
Words" of its knowledge base. Words that are reserved in some versions only are left to RDS.
"""

from typing import Final

__all__ = ["MARIADB", "MYSQL", "POSTGRES", "words"]


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


POSTGRES: Final = words(
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

_SHARED: Final = words(
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

MYSQL: Final = _SHARED | words(
    """
    cube cume_dist dense_rank empty first_value function generated get grouping groups io_after_gtids io_before_gtids
    json_table lag last_value lateral lead master_bind nth_value ntile of optimizer_costs percent_rank rank row stored
    system virtual
    """
)

MARIADB: Final = _SHARED | words(
    """
    current_role delete_domain_id do_domain_ids general ignore_domain_ids ignore_server_ids master_heartbeat_period
    offset page_checksum parse_vcol_expr portion ref_system_id returning slow stats_auto_recalc stats_persistent
    stats_sample_pages
    """
)
