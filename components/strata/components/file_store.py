"""An EFS file system, and where servers reach it."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pulumi
import pulumi_aws as aws

from strata.aws.policy_documents import policy
from strata.components.access import Access, Door
from strata.components.base import Component
from strata.components.children import Children
from strata.components.inputs import FileStoreOverrides
from strata.components.network import AnyNetwork, Place, Tier, place
from strata.components.network.security_group import make_security_group
from strata.errors import UsageError
from strata.naming import environment_key
from strata.settings.models import FileStoreSettings, MountSubnets, Throughput
from strata.spectrum import Mutability

__all__ = ["FileStore", "FileStoreChildren"]

_NFS = 2049
"""The port of NFS, which EFS cannot change."""


class FileStoreChildren(Children):
    """What the component FileStore makes."""

    file_system: "aws.efs.FileSystem"
    """The file system."""
    policy: "aws.efs.FileSystemPolicy"
    """The refusal of everything without TLS."""
    backup_policy: "aws.efs.BackupPolicy"
    """Whether EFS backs it up by itself."""
    access_point: "aws.efs.AccessPoint"
    """The folder and the user that servers mount it as."""
    security_group: "aws.ec2.SecurityGroup"
    """Who may reach the mount targets."""
    mount_target: "Sequence[aws.efs.MountTarget]"
    """The mount targets, one a zone."""


class FileStore(Component[FileStoreChildren]):
    """A file system for what needs a shared path: encrypted, mounted over TLS only, one mount target a zone.

    Prefer an `ObjectStore` where the application can speak S3. This is for one that cannot: it wants a folder.

    Args:
        name: the component's name.
        settings: see `FileStoreSettings`.
        network: the network of its mount targets.
        kms_key_arn: key that encrypts it, for ever: EFS cannot change it. Default: AWS's own for EFS.
        overrides: inputs of single children, by the child's name in `FileStoreChildren`. One that exists
            several times is changed everywhere.
        opts: Pulumi options of the component.

    Raises:
        UsageError: the network has too few subnets, or an override does not fit.
    """

    MUTABILITY = Mutability.CONTROLLED

    file_system_id: pulumi.Output[str]
    """Id of the file system."""
    arn: pulumi.Output[str]
    """ARN of the file system."""
    access_point_id: pulumi.Output[str]
    """Id of the access point that servers mount."""
    security_group_id: pulumi.Output[str]
    """Security group of the mount targets; nothing is let in but through doors."""

    def __init__(
        self,
        name: str,
        settings: FileStoreSettings,
        *,
        network: AnyNetwork,
        kms_key_arn: pulumi.Input[str] | None = None,
        overrides: FileStoreOverrides | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, user_tags=settings.tags, protect=settings.protect, overrides=overrides, opts=opts)
        system = self._file_system(settings, kms_key_arn)
        self._policy(system)
        self._backup_policy(settings, system)
        point = self._access_point(settings, system)
        ground = place(self, network, _tier_of(settings), user="a file store")
        # Without a rule: each client's component brings its own.
        group = make_security_group(self, ground.vpc_id, "Mount targets of a Strata file store", suffix="mounts")
        targets = _mount_targets(self, settings, ground, system, group)

        self._access_point_arn = point.arn
        # Who mounts it finds a mount target: nothing learns the id before they are there.
        self.file_system_id = pulumi.Output.all(system.id, *(target.id for target in targets)).apply(lambda ids: ids[0])
        self.arn = system.arn
        self.access_point_id = point.id
        self.security_group_id = group.id
        self.publish()

    @property
    def mount(self) -> Access:
        """Mounting it to read and write: `<NAME>_FILE_SYSTEM`, `<NAME>_ACCESS_POINT`, and a door on port 2049.

        `mount -t efs -o tls,iam,accesspoint=$NAME_ACCESS_POINT $NAME_FILE_SYSTEM: /mnt`
        """
        name = self.pulumi_resource_name
        through = {"StringEquals": {"elasticfilesystem:AccessPointArn": self._access_point_arn}}
        return Access(
            name,
            [
                {
                    "Action": ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
                    "Resource": [self.arn],
                    "Condition": through,
                }
            ],
            {
                environment_key(name, "FILE_SYSTEM"): self.file_system_id,
                environment_key(name, "ACCESS_POINT"): self.access_point_id,
            },
            [Door(name, self.security_group_id, _NFS)],
        )

    @property
    def access(self) -> Access:
        """The same as `mount`."""
        return self.mount

    def _file_system(self, settings: FileStoreSettings, kms_key_arn: pulumi.Input[str] | None) -> "aws.efs.FileSystem":
        inputs: dict[str, Any] = {
            "encrypted": True,
            "throughput_mode": settings.throughput.value,
            "lifecycle_policies": _lifecycle(settings),
        }
        if kms_key_arn is not None:
            inputs["kms_key_id"] = kms_key_arn
        if settings.throughput is Throughput.PROVISIONED:
            inputs["provisioned_throughput_in_mibps"] = settings.provisioned_mib
        return self.child(aws.efs.FileSystem, "file_system", Mutability.CONTROLLED, suffix="files")(**inputs)

    def _policy(self, system: "aws.efs.FileSystem") -> None:
        """With a policy of its own, which allows nobody anything, only roles that may mount it can."""
        document = policy(
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": {"AWS": "*"},
                "Action": "*",
                "Resource": system.arn,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        )
        self.child(
            aws.efs.FileSystemPolicy,
            "policy",
            Mutability.CONTROLLED,
            tagged=False,
        )(file_system_id=system.id, policy=document)

    def _backup_policy(self, settings: FileStoreSettings, system: "aws.efs.FileSystem") -> None:
        status = "ENABLED" if settings.automatic_backups else "DISABLED"
        self.child(
            aws.efs.BackupPolicy,
            "backup_policy",
            Mutability.CONTROLLED,
            tagged=False,
        )(file_system_id=system.id, backup_policy={"status": status})

    def _access_point(self, settings: FileStoreSettings, system: "aws.efs.FileSystem") -> "aws.efs.AccessPoint":
        point = settings.access_point
        owner: aws.efs.AccessPointRootDirectoryCreationInfoArgsDict = {
            "owner_uid": point.uid,
            "owner_gid": point.gid,
            "permissions": point.permissions,
        }
        return self.child(
            aws.efs.AccessPoint,
            "access_point",
            Mutability.CONTROLLED,
        )(
            file_system_id=system.id,
            posix_user={"uid": point.uid, "gid": point.gid},
            root_directory={"path": point.path, "creation_info": owner},
        )


def _lifecycle(settings: FileStoreSettings) -> list[dict[str, str]]:
    """EFS wants one entry for each move."""
    moves: list[dict[str, str]] = []
    if settings.ia_after_days is not None:
        moves.append({"transition_to_ia": _after(settings.ia_after_days)})
    if settings.return_on_access:
        moves.append({"transition_to_primary_storage_class": "AFTER_1_ACCESS"})
    if settings.archive_after_days is not None:
        moves.append({"transition_to_archive": _after(settings.archive_after_days)})
    return moves


def _after(days: int) -> str:
    return f"AFTER_{days}_DAY{'' if days == 1 else 'S'}"


def _tier_of(settings: FileStoreSettings) -> Tier:
    """The subnets its mount targets are in."""
    return Tier.ISOLATED if settings.subnets is MountSubnets.ISOLATED else Tier.PRIVATE


def _mount_targets(
    store: Component,
    settings: FileStoreSettings,
    ground: Place,
    system: "aws.efs.FileSystem",
    group: "aws.ec2.SecurityGroup",
) -> "list[aws.efs.MountTarget]":
    """A mount target in the first subnets of the network, one a zone."""
    return [
        store.child(
            aws.efs.MountTarget,
            "mount_target",
            Mutability.STABLE,
            suffix=f"mount-{index + 1}",
            tagged=False,
        )(
            file_system_id=system.id,
            subnet_id=ground.subnet_ids.apply(partial(_subnet, store.pulumi_resource_name, settings, index)),
            security_groups=[group.id],
        )
        for index in range(settings.zones)
    ]


def _subnet(name: str, settings: FileStoreSettings, index: int, subnet_ids: Sequence[str]) -> str:
    if index >= len(subnet_ids):
        raise UsageError(
            f"file store {name!r} wants {settings.zones} mount targets, the network has {len(subnet_ids)} "
            f"{settings.subnets} subnets",
            fix=f"Set strata:file_stores.{name}.zones to what the network has, or choose other subnets.",
        )
    return subnet_ids[index]
