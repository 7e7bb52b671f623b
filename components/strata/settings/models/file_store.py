"""A file system that several servers mount."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from pydantic import Field

from strata.settings import patterns
from strata.settings.models.base import Settings
from strata.settings.models.by_stage import by_stage
from strata.settings.models.rule import Conflict, rule

__all__ = ["AccessPointSettings", "FileStoreSettings", "MountSubnets", "Throughput"]

FILE_DAYS: Final = (1, 7, 14, 30, 60, 90, 180, 270, 365)
"""PutLifecycleConfiguration of EFS: `AFTER_1_DAY`, `AFTER_7_DAYS` and so on."""


class Throughput(StrEnum):
    """How fast a file system is: as fast as asked, growing with what is stored, or as fast as is paid for."""

    ELASTIC = "elastic"
    """As fast as asked, paid by use."""
    BURSTING = "bursting"
    """Grows with what is stored."""
    PROVISIONED = "provisioned"
    """The throughput of `provisioned_mib`, paid by the hour."""


class MountSubnets(StrEnum):
    """Subnets that hold the mount targets."""

    ISOLATED = "isolated"
    """The subnets without a way to the internet, beside the databases."""
    PRIVATE = "private"
    """The servers' own subnets."""


class AccessPointSettings(Settings):
    """The folder servers see as the root, and as whom they write. EFS fixes all of it when it is made."""

    path: str = Field(default="/data", max_length=100, pattern=patterns.FOLDER)
    """Folder, made on first use, at most four deep and 100 characters (EFS). Default: /data."""
    uid: int = Field(default=1000, ge=0, le=4_294_967_295)
    """User every file is read and written as, and owner of the folder. Default: 1000."""
    gid: int = Field(default=1000, ge=0, le=4_294_967_295)
    """Group every file is read and written as, and owner of the folder. Default: 1000."""
    permissions: str = Field(default="0750", pattern=patterns.PERMISSIONS)
    """Permissions of the folder, in octal digits. Default: 0750."""


class FileStoreSettings(Settings):
    """An EFS file system: encrypted, over TLS only, one mount target a zone."""

    throughput: Throughput = Throughput.ELASTIC
    """How its speed is decided. Default: elastic."""
    provisioned_mib: int | None = Field(default=None, ge=1, le=3414)
    """MiB per second, for provisioned throughput only, 1 to 3414 (EFS). Default: none."""
    ia_after_days: int | None = 30
    """Days without access until a file moves to infrequent access, one of EFS' values; null never. Default: 30."""
    archive_after_days: int | None = None
    """Days without access until it moves on to the archive; needs elastic throughput (EFS). Default: never."""
    return_on_access: bool = False
    """The first access brings a file back to standard storage. Default: false."""
    automatic_backups: bool = True
    """AWS Backup's own daily plan for file systems, kept 35 days, whatever the stack's plan does. Default: true."""
    subnets: MountSubnets = MountSubnets.ISOLATED
    """Subnets of the mount targets. Default: isolated; an existing network may have private ones only."""
    zones: int = by_stage(dev=2, staging=2, prod=3, ge=1, le=4)
    """Mount targets, one a zone, from the first; no more than the network has."""
    access_point: AccessPointSettings = AccessPointSettings.model_construct()
    """What servers see of it."""
    tags: dict[str, str] = Field(default={})
    """Further tags for everything of the file system, besides the stack's. Default: none."""
    protect: bool = by_stage(dev=False, staging=True, prod=True)
    """Pulumi refuses to delete or replace its parts, and keeps the file system in AWS if it has to."""

    @rule("file-throughput", "A throughput is provisioned where it is paid for.")
    def _throughput(self) -> Iterator[Conflict]:
        provisioned = self.throughput is Throughput.PROVISIONED
        if provisioned and self.provisioned_mib is None:
            yield Conflict(
                ("provisioned_mib",),
                None,
                expected="the MiB per second to pay for",
                fix="Set provisioned_mib, or use elastic throughput.",
                reads=(("throughput",),),
            )
        if not provisioned and self.provisioned_mib is not None:
            yield Conflict(
                ("provisioned_mib",),
                self.provisioned_mib,
                expected=f"nothing with {self.throughput} throughput (EFS)",
                fix="Leave it out, or set throughput to provisioned.",
                reads=(("throughput",),),
            )

    @rule("file-days", "Files move after days EFS knows.")
    def _file_days(self) -> Iterator[Conflict]:
        for key in ("ia_after_days", "archive_after_days"):
            days = getattr(self, key)
            if days is not None and days not in FILE_DAYS:
                yield Conflict(
                    (key,),
                    days,
                    expected=f"one of {', '.join(map(str, FILE_DAYS))} (EFS)",
                    fix=f"Write {min(FILE_DAYS, key=lambda known: abs(known - days))}.",
                )

    @rule("file-archive", "Files go to the archive where EFS has one, and last.")
    def _archive(self) -> Iterator[Conflict]:
        days, before = self.archive_after_days, self.ia_after_days
        if days is None:
            return
        if self.throughput is not Throughput.ELASTIC:
            yield Conflict(
                ("archive_after_days",),
                days,
                expected=f"nothing with {self.throughput} throughput: the archive needs elastic (EFS)",
                fix="Leave it out, or use elastic throughput.",
                reads=(("throughput",),),
            )
        if before is not None and days <= before:
            yield Conflict(
                ("archive_after_days",),
                days,
                expected=f"more than {before} days: a file moves to infrequent access first (EFS)",
                fix="Archive later, or move to infrequent access earlier.",
                reads=(("ia_after_days",),),
            )
