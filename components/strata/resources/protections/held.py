"""What keeps a resource from being lost or read now, as its inputs and options say it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from strata.resources.protections.by_name import REFUSING_DELETION
from strata.resources.protections.by_type import TABLE
from strata.resources.protections.protection import is_on
from strata.resources.resource import Resource
from strata.resources.values import at, is_known, mappings, number, parsed, plain, says_yes

__all__ = ["NAMES", "held_by", "refuses_deletion"]

_Reading = Callable[[Mapping[str, Any]], str | None]


def _on(phrase: str, *path: str) -> _Reading:
    """A switch that is on."""
    return lambda inputs: phrase if _is_on(at(inputs, *path)) else None


def _off(phrase: str, *path: str) -> _Reading:
    """A switch that is off on purpose."""
    return lambda inputs: phrase if str(at(inputs, *path)).lower() == "false" else None


def _days(phrase: str, *path: str) -> _Reading:
    """A number of days above 0."""

    def read(inputs: Mapping[str, Any]) -> str | None:
        days = number(at(inputs, *path))
        return phrase.format(days) if days else None

    return read


def _is_on(value: Any) -> bool:
    return is_known(value) and says_yes(value)


def _volumes(inputs: Mapping[str, Any]) -> str | None:
    disks = [each.get("ebs") for each in mappings(inputs.get("blockDeviceMappings"))]
    told = [at(disk, "encrypted") for disk in disks if disk is not None]
    return "encrypted" if told and all(map(_is_on, told)) else None


def _no_public_access(inputs: Mapping[str, Any]) -> str | None:
    switches = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    return "no public access" if all(_is_on(inputs.get(each)) for each in switches) else None


def _tokens(inputs: Mapping[str, Any]) -> str | None:
    return "IMDSv2" if at(inputs, "metadataOptions", "httpTokens") == "required" else None


def _every_container(phrase: str, holds: Callable[[Mapping[str, Any]], bool]) -> _Reading:
    """What holds for all containers of a task."""

    def read(inputs: Mapping[str, Any]) -> str | None:
        found = mappings(parsed(inputs.get("containerDefinitions")))
        return phrase if found and all(map(holds, found)) else None

    return read


def _rolled_back(inputs: Mapping[str, Any]) -> str | None:
    monitors = ("deploymentCircuitBreaker", "alarms")
    back = any(_is_on(at(inputs, name, "enable")) and _is_on(at(inputs, name, "rollback")) for name in monitors)
    return "ECS goes back by itself" if back else None


_BY_NAME: Final[Mapping[str, _Reading]] = {
    "deletionProtection": _on("AWS deletion protection", "deletionProtection"),
    "deletionProtectionEnabled": _on("AWS deletion protection", "deletionProtectionEnabled"),
    "enableDeletionProtection": _on("AWS deletion protection", "enableDeletionProtection"),
    "skipFinalSnapshot": _off("final snapshot", "skipFinalSnapshot"),
    "backupRetentionPeriod": _days("backups kept {} days", "backupRetentionPeriod"),
    "backupRetentionPeriodDays": _days("backups kept {} days", "backupRetentionPeriodDays"),
    "recoveryWindowInDays": _days("recovery window {} days", "recoveryWindowInDays"),
    "deletionWindowInDays": _days("recovery window {} days", "deletionWindowInDays"),
    "retentionInDays": _days("kept {} days", "retentionInDays"),
    "enableKeyRotation": _on("rotated by AWS", "enableKeyRotation"),
    "multiAz": _on("multi-AZ", "multiAz"),
    "storageEncrypted": _on("encrypted", "storageEncrypted"),
    "encrypted": _on("encrypted", "encrypted"),
    "atRestEncryptionEnabled": _on("encrypted", "atRestEncryptionEnabled"),
    "forceDestroy": _off("not emptied on delete", "forceDestroy"),
}
"""Inputs that mean the same on whatever type has them."""

NAMES: Final = tuple(_BY_NAME)
"""Their names."""

_OF_TYPE: Final[Mapping[str, tuple[_Reading, ...]]] = {
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration": (lambda _: "vault lock",),
    "aws:dynamodb/table:Table": (_on("point-in-time recovery", "pointInTimeRecovery", "enabled"),),
    "aws:ec2/launchTemplate:LaunchTemplate": (_volumes, _tokens),
    "aws:ecr/repository:Repository": (
        lambda inputs: "immutable tags" if inputs.get("imageTagMutability") == "IMMUTABLE" else None,
        _off("not emptied on delete", "forceDelete"),
        _on("images scanned on push", "imageScanningConfiguration", "scanOnPush"),
    ),
    "aws:ecs/service:Service": (_rolled_back,),
    "aws:ecs/taskDefinition:TaskDefinition": (
        _every_container("images by digest", lambda each: "@sha256:" in str(each.get("image"))),
        _every_container("read-only file systems", lambda each: _is_on(each.get("readonlyRootFilesystem"))),
        _on("earlier revisions stay", "skipDestroy"),
    ),
    "aws:efs/backupPolicy:BackupPolicy": (
        lambda inputs: "backed up" if at(inputs, "backupPolicy", "status") == "ENABLED" else None,
    ),
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": (lambda _: "object lock",),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": (_no_public_access,),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (lambda _: "encrypted",),
    "aws:s3/bucketVersioning:BucketVersioning": (
        lambda inputs: "versioned" if at(inputs, "versioningConfiguration", "status") == "Enabled" else None,
    ),
    "aws:secretsmanager/secretRotation:SecretRotation": (lambda _: "rotated by AWS",),
    "docker:index/registryImage:RegistryImage": (_on("stays in its registry", "keepRemotely"),),
    "aws:ssm/parameter:Parameter": (
        lambda _: "AWS keeps 100 versions",
        lambda inputs: "encrypted" if inputs.get("type") == "SecureString" else None,
    ),
}


def held_by(resource: Resource) -> Iterator[str]:
    """What keeps a resource, each a phrase; Pulumi's own first.

    Args:
        resource: the resource.
    """
    inputs = plain(resource.inputs)
    if resource.protected:
        yield "protected by Pulumi"
    if resource.retained:
        yield "kept in AWS on delete"
    if resource.options.delete_before_replace is False:
        yield "new before old"
    found = (read(inputs) for read in (*_BY_NAME.values(), *_OF_TYPE.get(resource.type, ())))
    yield from dict.fromkeys(each for each in found if each)


def refuses_deletion(resource: Resource) -> bool:
    """Whether AWS itself refuses to delete a resource, or may do so: a value that cannot be seen counts as on.

    Args:
        resource: the resource.
    """
    inputs = plain(resource.inputs)
    absent = {row.path: row.absent is True for row in TABLE.get(resource.type, ())}
    return any(
        absent.get(name, False) if inputs.get(name) is None else is_on(inputs[name]) for name in REFUSING_DELETION
    )
