"""A file system that several servers mount."""

from enum import StrEnum

from pydantic import Field

from strata.settings import patterns
from strata.settings.models.base import Settings
from strata.settings.models.by_stage import by_stage

__all__ = ["AccessPointSettings", "FileStoreSettings", "MountSubnets", "Throughput"]


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
    access_point: AccessPointSettings = AccessPointSettings()
    """What servers see of it."""
    tags: dict[str, str] = Field(default={})
    """Further tags for everything of the file system, besides the stack's. Default: none."""
    protect: bool = by_stage(dev=False, staging=True, prod=True)
    """Pulumi refuses to delete or replace its parts, and keeps the file system in AWS if it has to."""
