"""Storage and Performance Insights of databases: what RDS takes together."""

from collections.abc import Iterator
from typing import Final

from strata.aws.facts.database_engines import ENGINES
from strata.problem import ABSENT
from strata.settings.models import DatabaseSettings, DatabaseStorageSettings, DatabaseStorageType
from strata.settings.rules.facts import Conflict, Facts, Rule

__all__ = ["RULES"]

PROVISIONED_LEAST_GIB: Final = 100
"""CreateDBInstance: the smallest io1 and io2 storage."""
STRIPED_FROM_GIB: Final = 400
"""RDS spreads larger storage over four volumes; only then gp3 takes iops and throughput."""
GP3_IOPS: Final = (12_000, 64_000)
"""What gp3 of that size includes, and its most."""
IOPS_PER_GIB: Final = {DatabaseStorageType.GP3: 500, DatabaseStorageType.IO1: 50, DatabaseStorageType.IO2: 1000}
"""I/O operations per second and GiB at most."""
IOPS_PER_THROUGHPUT: Final = 4
"""gp3 gives a quarter MiB per second for each I/O operation per second."""
AUTOSCALING_TENTHS: Final = 11
"""RDS wants the limit of autoscaling a tenth above the size at least."""
INSIGHTS_DAYS: Final = (7, *(31 * months for months in range(1, 24)), 731)
"""CreateDBInstance, `PerformanceInsightsRetentionPeriod`."""
_SMALL: Final = ("micro", "small")
_PROVISIONED: Final = (DatabaseStorageType.IO1, DatabaseStorageType.IO2)


def size(facts: Facts) -> Iterator[Conflict]:
    for path, database in facts.each(DatabaseSettings):
        storage, at = database.storage, (*path, "storage")
        if storage.type in _PROVISIONED and storage.size_gib < PROVISIONED_LEAST_GIB:
            yield Conflict(
                (*at, "size_gib"),
                storage.size_gib,
                expected=f"at least {PROVISIONED_LEAST_GIB} for {storage.type}",
                fix=f"Set it to {PROVISIONED_LEAST_GIB} or more, or use gp3.",
                reads=((*at, "type"),),
            )


def autoscaling(facts: Facts) -> Iterator[Conflict]:
    for path, database in facts.each(DatabaseSettings):
        storage, at = database.storage, (*path, "storage")
        least = -(-storage.size_gib * AUTOSCALING_TENTHS // 10)
        if storage.max_gib is not None and storage.max_gib < least:
            yield Conflict(
                (*at, "max_gib"),
                storage.max_gib,
                expected=f"at least {least}, a tenth above size_gib, which is {storage.size_gib}",
                fix=f"Set it to {least} or more, or to null for no autoscaling.",
                reads=((*at, "size_gib"),),
            )


def iops(facts: Facts) -> Iterator[Conflict]:
    for path, database in facts.each(DatabaseSettings):
        storage, at = database.storage, (*path, "storage")
        wrong = _iops_expected(storage)
        if wrong:
            expected, fix = wrong
            yield Conflict(
                (*at, "iops"),
                ABSENT if storage.iops is None else storage.iops,
                expected,
                fix,
                reads=((*at, "type"), (*at, "size_gib")),
            )


def _iops_expected(storage: DatabaseStorageSettings) -> tuple[str, str] | None:
    kind, wanted = storage.type, storage.iops
    if wanted is None:
        return (f"a number: {kind} includes none", "Set iops, or use gp3.") if kind in _PROVISIONED else None
    if kind is DatabaseStorageType.GP2:
        return "nothing: gp2 derives it from its size", "Remove it, or use gp3."
    if kind is DatabaseStorageType.GP3 and storage.size_gib < STRIPED_FROM_GIB:
        return f"nothing: gp3 below {STRIPED_FROM_GIB} GiB has 3000", f"Remove it, or take {STRIPED_FROM_GIB} GiB."
    return _iops_range(storage, wanted)


def _iops_range(storage: DatabaseStorageSettings, wanted: int) -> tuple[str, str] | None:
    kind, most = storage.type, storage.size_gib * IOPS_PER_GIB[storage.type]
    low, high = GP3_IOPS
    if kind is DatabaseStorageType.GP3 and not low <= wanted <= high:
        return f"a number from {low} to {high} for gp3", f"Leave it out for {low}, or use io2 for more."
    if wanted > most:
        return f"at most {most}, {IOPS_PER_GIB[kind]} for each GiB of {kind}", "Lower it, or raise size_gib."
    if kind is not DatabaseStorageType.GP3 and 2 * wanted < storage.size_gib:
        return f"at least {-(-storage.size_gib // 2)}, half of size_gib", "Raise it, or use gp3."
    return None


def throughput(facts: Facts) -> Iterator[Conflict]:
    for path, database in facts.each(DatabaseSettings):
        storage, at = database.storage, (*path, "storage")
        if storage.throughput_mib is None:
            continue
        most = (storage.iops or GP3_IOPS[0]) // IOPS_PER_THROUGHPUT
        if storage.type is not DatabaseStorageType.GP3 or storage.size_gib < STRIPED_FROM_GIB:
            expected, fix = (
                f"nothing: only gp3 from {STRIPED_FROM_GIB} GiB takes it",
                f"Remove it, or use gp3 of {STRIPED_FROM_GIB} GiB.",
            )
        elif storage.throughput_mib > most:
            wanted = storage.throughput_mib * IOPS_PER_THROUGHPUT
            expected, fix = f"at most {most}, a quarter of iops", f"Set iops to {wanted} or more."
        else:
            continue
        yield Conflict(
            (*at, "throughput_mib"),
            storage.throughput_mib,
            expected,
            fix,
            reads=((*at, "type"), (*at, "size_gib"), (*at, "iops")),
        )


def insights_days(facts: Facts) -> Iterator[Conflict]:
    for path, database in facts.each(DatabaseSettings):
        days = database.performance_insights_days
        if days is not None and days not in INSIGHTS_DAYS:
            longer = next((known for known in INSIGHTS_DAYS if known > days), INSIGHTS_DAYS[-1])
            yield Conflict(
                (*path, "performance_insights_days"),
                days,
                expected="7, 731 or a multiple of 31 up to 713: RDS takes no other",
                fix=f"Write {longer}.",
            )


def insights_class(facts: Facts) -> Iterator[Conflict]:
    """The database's own class, and those of its replicas, which have what it has."""
    for path, database in facts.each(DatabaseSettings):
        if database.performance_insights_days is None or ENGINES[database.engine].insights_on_small:
            continue
        classes = {(*path, "instance_class"): database.instance_class} | {
            ("replicas", name, "instance_class"): replica.instance_class
            for name, replica in facts.settings.replicas.items()
            if replica.source == path[-1] and replica.instance_class is not None
        }
        for at, name in classes.items():
            if name.rpartition(".")[2] in _SMALL:
                yield Conflict(
                    at,
                    name,
                    expected=f"a larger class: Performance Insights of {database.engine} do not run on this one",
                    fix="Take a medium one, or set performance_insights_days of the database to null.",
                    reads=((*path, "engine"), (*path, "performance_insights_days")),
                )


RULES: Final = (
    Rule("database-storage", "Storage is as large as its type asks for.", size),
    Rule("database-autoscaling", "Storage has room to grow.", autoscaling),
    Rule("database-iops", "Storage has iops that fit its type and size.", iops),
    Rule("database-throughput", "Storage has a throughput that fits its type, size and iops.", throughput),
    Rule("database-insights", "RDS knows how long Performance Insights are kept.", insights_days),
    Rule("database-insights-class", "The class of an instance runs Performance Insights.", insights_class),
)
