"""The root volume of a server."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from pydantic import Field

from strata.problem import ABSENT
from strata.settings.models.base import Settings
from strata.settings.models.rule import Conflict, rule

__all__ = ["DiskSettings", "DiskType"]


class DiskType(StrEnum):
    """EBS volume types a root volume can have."""

    GP3 = "gp3"
    """General purpose; speed does not depend on size."""
    GP2 = "gp2"
    """General purpose; speed grows with size."""
    IO2 = "io2"
    """Provisioned I/O operations."""


GP3_IOPS: Final = (3000, 16_000)
"""EBS: what gp3 includes, and its most."""
GP3_IOPS_PER_THROUGHPUT: Final = 4
"""EBS: gp3 gives a quarter MiB per second for each I/O operation per second."""
IOPS_PER_GIB: Final = {DiskType.GP3: 500, DiskType.IO2: 1000}
"""EBS: I/O operations per second and GiB at most; gp3 includes its 3000 at any size."""
IO2_LEAST_GIB: Final = 4
"""EBS: the smallest io2 volume."""


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

    @rule("disk-iops", "A disk's iops fit its type.")
    def _operations(self) -> Iterator[Conflict]:
        wrong = _iops_expected(self.type, self.iops)
        if wrong:
            expected, fix = wrong
            yield Conflict(("iops",), ABSENT if self.iops is None else self.iops, expected, fix, reads=(("type",),))

    @rule("disk-ratio", "A disk is large enough for its iops.")
    def _ratio(self) -> Iterator[Conflict]:
        per_gib = IOPS_PER_GIB.get(self.type)
        if self.iops is None or per_gib is None or _iops_expected(self.type, self.iops):
            return
        most = max(self.size_gib * per_gib, GP3_IOPS[0] if self.type is DiskType.GP3 else 0)
        if self.iops > most:
            yield Conflict(
                ("iops",),
                self.iops,
                expected=f"at most {most}, {per_gib} for each of {self.size_gib} GiB of {self.type}",
                fix="Lower it, or raise size_gib.",
                reads=(("type",), ("size_gib",)),
            )

    @rule("disk-throughput", "A disk's throughput fits its type and iops.")
    def _speed(self) -> Iterator[Conflict]:
        if self.throughput_mib is None:
            return
        most = (self.iops or GP3_IOPS[0]) // GP3_IOPS_PER_THROUGHPUT
        if self.type is not DiskType.GP3:
            expected, fix = "nothing: only gp3 takes it", "Remove it, or use gp3."
        elif self.throughput_mib > most:
            expected, fix = (
                f"at most {most}, a quarter of iops",
                f"Set iops to {self.throughput_mib * GP3_IOPS_PER_THROUGHPUT} or more.",
            )
        else:
            return
        yield Conflict(("throughput_mib",), self.throughput_mib, expected, fix, reads=(("type",), ("iops",)))

    @rule("disk-size", "A disk is as large as its type asks for.")
    def _size(self) -> Iterator[Conflict]:
        if self.type is DiskType.IO2 and self.size_gib < IO2_LEAST_GIB:
            yield Conflict(
                ("size_gib",),
                self.size_gib,
                expected=f"at least {IO2_LEAST_GIB} for io2",
                fix=f"Set it to {IO2_LEAST_GIB} or more, or use gp3.",
                reads=(("type",),),
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
