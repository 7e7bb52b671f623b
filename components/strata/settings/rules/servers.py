"""Disk, logs, health check and name of a service."""

from collections.abc import Iterator
from typing import Final

from strata.naming import SECURITY_GROUP_RESERVED_PREFIX
from strata.problem import ABSENT, Path
from strata.settings.models import DiskType, ServiceSettings
from strata.settings.rules.facts import Conflict, Facts, Rule

__all__ = ["RULES"]

GP3_IOPS: Final = (3000, 16_000)
"""EBS: what gp3 includes, and its most."""
GP3_IOPS_PER_THROUGHPUT: Final = 4
"""EBS: gp3 gives a quarter MiB per second for each I/O operation per second."""
IOPS_PER_GIB: Final = {DiskType.GP3: 500, DiskType.IO2: 1000}
"""EBS: I/O operations per second and GiB at most; gp3 includes its 3000 at any size."""
IO2_LEAST_GIB: Final = 4
"""EBS: the smallest io2 volume."""
RETENTION_DAYS: Final = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180),
    *(365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""PutRetentionPolicy, `retentionInDays`."""


def health_timeout(facts: Facts) -> Iterator[Conflict]:
    for path, service in facts.each(ServiceSettings):
        timeout, interval = service.health.timeout_seconds, service.health.interval_seconds
        if timeout >= interval:
            at = (*path, "health")
            yield Conflict(
                (*at, "timeout_seconds"),
                timeout,
                expected=f"less than interval_seconds, which is {interval}",
                fix="Lower it, or raise interval_seconds.",
                reads=((*at, "interval_seconds"),),
            )


def health_codes(facts: Facts) -> Iterator[Conflict]:
    for path, service in facts.each(ServiceSettings):
        for part in service.health.codes.split(","):
            ends = [int(code) for code in part.split("-")]
            if ends != sorted(ends) or part.count("-") > 1:
                yield Conflict(
                    (*path, "health", "codes"),
                    service.health.codes,
                    expected=f"a range from the lower to the higher code in place of {part}",
                    fix=f"Write {min(ends)}-{max(ends)}.",
                )


def disk_iops(facts: Facts) -> Iterator[Conflict]:
    for path, service in facts.each(ServiceSettings):
        disk, at = service.disk, (*path, "disk")
        wrong = _iops_expected(disk.type, disk.iops)
        if wrong:
            expected, fix = wrong
            yield Conflict(
                (*at, "iops"), ABSENT if disk.iops is None else disk.iops, expected, fix, reads=((*at, "type"),)
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


def disk_ratio(facts: Facts) -> Iterator[Conflict]:
    for path, service in facts.each(ServiceSettings):
        disk, at = service.disk, (*path, "disk")
        per_gib = IOPS_PER_GIB.get(disk.type)
        if disk.iops is None or per_gib is None or _iops_expected(disk.type, disk.iops):
            continue
        most = max(disk.size_gib * per_gib, GP3_IOPS[0] if disk.type is DiskType.GP3 else 0)
        if disk.iops > most:
            yield Conflict(
                (*at, "iops"),
                disk.iops,
                expected=f"at most {most}, {per_gib} for each of {disk.size_gib} GiB of {disk.type}",
                fix="Lower it, or raise size_gib.",
                reads=((*at, "type"), (*at, "size_gib")),
            )


def disk_throughput(facts: Facts) -> Iterator[Conflict]:
    for path, service in facts.each(ServiceSettings):
        disk, at = service.disk, (*path, "disk")
        if disk.throughput_mib is None:
            continue
        most = (disk.iops or GP3_IOPS[0]) // GP3_IOPS_PER_THROUGHPUT
        if disk.type is not DiskType.GP3:
            expected, fix = "nothing: only gp3 takes it", "Remove it, or use gp3."
        elif disk.throughput_mib > most:
            expected, fix = (
                f"at most {most}, a quarter of iops",
                f"Set iops to {disk.throughput_mib * GP3_IOPS_PER_THROUGHPUT} or more.",
            )
        else:
            continue
        yield Conflict(
            (*at, "throughput_mib"), disk.throughput_mib, expected, fix, reads=((*at, "type"), (*at, "iops"))
        )


def disk_size(facts: Facts) -> Iterator[Conflict]:
    for path, service in facts.each(ServiceSettings):
        if service.disk.type is DiskType.IO2 and service.disk.size_gib < IO2_LEAST_GIB:
            yield Conflict(
                (*path, "disk", "size_gib"),
                service.disk.size_gib,
                expected=f"at least {IO2_LEAST_GIB} for io2",
                fix=f"Set it to {IO2_LEAST_GIB} or more, or use gp3.",
                reads=((*path, "disk", "type"),),
            )


def retention(facts: Facts) -> Iterator[Conflict]:
    places: list[tuple[Path, int]] = [
        (("network", "flow_logs", "retention_days"), facts.settings.network.flow_logs.retention_days),
        *(((*path, "log_retention_days"), service.log_retention_days) for path, service in facts.each(ServiceSettings)),
    ]
    for path, days in places:
        if days not in RETENTION_DAYS:
            longer = next((known for known in RETENTION_DAYS if known > days), RETENTION_DAYS[-1])
            yield Conflict(
                path,
                days,
                expected=f"one of {', '.join(map(str, RETENTION_DAYS))}: CloudWatch Logs takes no other",
                fix=f"Write {longer}.",
            )


def service_name(facts: Facts) -> Iterator[Conflict]:
    for path, _ in facts.each(ServiceSettings):
        name = str(path[-1])
        if name.startswith(SECURITY_GROUP_RESERVED_PREFIX) or name.endswith("-"):
            yield Conflict(
                path,
                name,
                expected="a name that neither begins with sg- nor ends with a dash: security groups are named after it",
                fix="Rename the service.",
            )


RULES: Final = (
    Rule("health-timeout", "A health check's timeout is shorter than its interval.", health_timeout),
    Rule("health-codes", "Ranges of HTTP codes rise.", health_codes),
    Rule("disk-iops", "A disk's iops fit its type.", disk_iops),
    Rule("disk-ratio", "A disk is large enough for its iops.", disk_ratio),
    Rule("disk-throughput", "A disk's throughput fits its type and iops.", disk_throughput),
    Rule("disk-size", "A disk is as large as its type asks for.", disk_size),
    Rule("retention", "CloudWatch Logs knows the retention.", retention),
    Rule("service-name", "Security groups can be named after a service.", service_name),
)
