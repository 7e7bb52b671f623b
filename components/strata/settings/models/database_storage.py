"""The storage of a database."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from pydantic import Field

from strata.problem import ABSENT
from strata.settings.models.base import Settings
from strata.settings.models.rule import Conflict, rule

__all__ = ["DatabaseStorageSettings", "DatabaseStorageType"]


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


PROVISIONED_LEAST_GIB: Final = 100
"""CreateDBInstance: the smallest io1 and io2 storage."""
STRIPED_FROM_GIB: Final = 400
"""RDS spreads larger storage over four volumes; only then gp3 accepts iops and throughput."""
GP3_IOPS: Final = (12_000, 64_000)
"""What gp3 of that size includes, and its most."""
IOPS_PER_GIB: Final = {DatabaseStorageType.GP3: 500, DatabaseStorageType.IO1: 50, DatabaseStorageType.IO2: 1000}
"""I/O operations per second and GiB at most."""
IOPS_PER_THROUGHPUT: Final = 4
"""gp3 gives a quarter MiB per second for each I/O operation per second."""
AUTOSCALING_TENTHS: Final = 11
"""RDS wants the limit of autoscaling a tenth above the size at least."""
_PROVISIONED: Final = (DatabaseStorageType.IO1, DatabaseStorageType.IO2)


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

    @rule("database-storage", "Storage is as large as its type asks for.")
    def _size(self) -> Iterator[Conflict]:
        if self.type in _PROVISIONED and self.size_gib < PROVISIONED_LEAST_GIB:
            yield Conflict(
                ("size_gib",),
                self.size_gib,
                expected=f"at least {PROVISIONED_LEAST_GIB} for {self.type}",
                fix=f"Set it to {PROVISIONED_LEAST_GIB} or more, or use gp3.",
                reads=(("type",),),
            )

    @rule("database-autoscaling", "Storage has room to grow.")
    def _autoscaling(self) -> Iterator[Conflict]:
        least = -(-self.size_gib * AUTOSCALING_TENTHS // 10)
        if self.max_gib is not None and self.max_gib < least:
            yield Conflict(
                ("max_gib",),
                self.max_gib,
                expected=f"at least {least}, a tenth above size_gib, which is {self.size_gib}",
                fix=f"Set it to {least} or more, or to null for no autoscaling.",
                reads=(("size_gib",),),
            )

    @rule("database-iops", "Storage has iops that fit its type and size.")
    def _iops(self) -> Iterator[Conflict]:
        wrong = _iops_expected(self)
        if wrong:
            expected, fix = wrong
            yield Conflict(
                ("iops",),
                ABSENT if self.iops is None else self.iops,
                expected,
                fix,
                reads=(("type",), ("size_gib",)),
            )

    @rule("database-throughput", "Storage has a throughput that fits its type, size and iops.")
    def _throughput(self) -> Iterator[Conflict]:
        if self.throughput_mib is None:
            return
        most = (self.iops or GP3_IOPS[0]) // IOPS_PER_THROUGHPUT
        if self.type is not DatabaseStorageType.GP3 or self.size_gib < STRIPED_FROM_GIB:
            expected, fix = (
                f"nothing: only gp3 from {STRIPED_FROM_GIB} GiB accepts it",
                f"Remove it, or use gp3 of {STRIPED_FROM_GIB} GiB.",
            )
        elif self.throughput_mib > most:
            wanted = self.throughput_mib * IOPS_PER_THROUGHPUT
            expected, fix = f"at most {most}, a quarter of iops", f"Set iops to {wanted} or more."
        else:
            return
        yield Conflict(
            ("throughput_mib",),
            self.throughput_mib,
            expected,
            fix,
            reads=(("type",), ("size_gib",), ("iops",)),
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
