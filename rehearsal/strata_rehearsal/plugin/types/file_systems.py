"""EFS: file systems, their mount targets, access points and policies."""

import secrets
from collections.abc import Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource, dig
from strata_rehearsal.plugin.type_row import (
    ID,
    TAG_KEYS,
    TAGS,
    ApiCall,
    Lookup,
    P,
    PropertyStep,
    Tagging,
    TypeRow,
    sends,
)

__all__ = ["ROWS"]

_NO_SYSTEM = ("FileSystemNotFound",)
_NO_POLICY = ("PolicyNotFound", *_NO_SYSTEM)
_TOKEN = 16
"""Bytes of a token that makes a creation happen once only."""


def _tagging() -> Tagging:
    return Tagging(
        add=ApiCall("tag_resource", {"ResourceId": ID, "Tags": TAGS}),
        remove=ApiCall("untag_resource", {"ResourceId": ID, "TagKeys": TAG_KEYS}),
    )


def _token(resource: LiveResource) -> str:
    return str(resource.inputs.get("creationToken") or secrets.token_hex(_TOKEN))


def _system_arn(resource: LiveResource, system: str) -> str:
    return resource.arn(f"file-system/{system}", "elasticfilesystem")


def _host(resource: LiveResource, system: str) -> str:
    return f"{system}.efs.{resource.region}.{resource.cloud.suffix}"


def _put_lifecycle(resource: LiveResource) -> None:
    """The API wants the list even when it is empty: that is how a lifecycle is taken away."""
    moves = [
        {f"{name[0].upper()}{name[1:]}".replace("ToIa", "ToIA"): value for name, value in policy.items() if value}
        for policy in resource.inputs.get("lifecyclePolicies") or []
    ]
    resource.aws("put_lifecycle_configuration", FileSystemId=resource.id, LifecyclePolicies=moves)


def _lifecycle(resource: LiveResource, _found: Mapping[str, Any]) -> Any:
    return resource.aws("describe_lifecycle_configuration", FileSystemId=resource.id)["LifecyclePolicies"]


def _security_groups(resource: LiveResource, _found: Mapping[str, Any]) -> Any:
    return resource.aws("describe_mount_target_security_groups", MountTargetId=resource.id)["SecurityGroups"]


FILE_SYSTEM = TypeRow(
    tokens=("aws:efs/fileSystem:FileSystem",),
    service="efs",
    create=ApiCall(
        "create_file_system",
        {
            "CreationToken": _token,
            **sends(
                "availabilityZoneName encrypted kmsKeyId performanceMode provisionedThroughputInMibps throughputMode"
            ),
        },
    ),
    id="FileSystemId",
    read=Lookup(ApiCall("describe_file_systems", {"FileSystemId": ID}), "FileSystems[0]", _NO_SYSTEM),
    steps=(
        PropertyStep(
            "throughputMode provisionedThroughputInMibps",
            ApiCall("update_file_system", {"FileSystemId": ID, **sends("throughputMode provisionedThroughputInMibps")}),
            on_create=False,
        ),
        PropertyStep("lifecyclePolicies", _put_lifecycle),
    ),
    delete=ApiCall("delete_file_system", {"FileSystemId": ID}),
    busy=("FileSystemInUse",),
    replace="availabilityZoneName creationToken encrypted kmsKeyId performanceMode",
    renames={"arn": "FileSystemArn", "provisionedThroughputInMibps": "ProvisionedThroughputInMibps"},
    defaults={"throughputMode": "bursting"},
    outputs={
        "arn": lambda r, _: _system_arn(r, r.id),
        "dnsName": lambda r, _: _host(r, r.id),
        "lifecyclePolicies": _lifecycle,
        # Those it had when it was made: mount targets come later, and a refresh would see a change each time.
        "numberOfMountTargets": lambda r, _: r.state.get("numberOfMountTargets", 0),
    },
    tagging=_tagging(),
    recorded="protection",
)

MOUNT_TARGET = TypeRow(
    tokens=("aws:efs/mountTarget:MountTarget",),
    service="efs",
    create=ApiCall(
        "create_mount_target", sends("fileSystemId subnetId ipAddress ipAddressType ipv6Address securityGroups")
    ),
    id="MountTargetId",
    read=Lookup(
        ApiCall("describe_mount_targets", {"MountTargetId": ID}),
        "MountTargets[0]",
        ("MountTargetNotFound", *_NO_SYSTEM),
    ),
    steps=(
        PropertyStep(
            "securityGroups",
            ApiCall(
                "modify_mount_target_security_groups", {"MountTargetId": ID, "SecurityGroups": P("securityGroups")}
            ),
            on_create=False,
        ),
    ),
    delete=ApiCall("delete_mount_target", {"MountTargetId": ID}),
    replace="fileSystemId subnetId ipAddress ipAddressType ipv6Address",
    outputs={
        "dnsName": lambda r, found: _host(r, found["FileSystemId"]),
        "fileSystemArn": lambda r, found: _system_arn(r, found["FileSystemId"]),
        "mountTargetDnsName": lambda r, found: f"{found.get('AvailabilityZoneName')}.{_host(r, found['FileSystemId'])}",
        "securityGroups": _security_groups,
    },
)

ACCESS_POINT = TypeRow(
    tokens=("aws:efs/accessPoint:AccessPoint",),
    service="efs",
    create=ApiCall("create_access_point", {"ClientToken": _token, **sends("fileSystemId posixUser rootDirectory")}),
    id="AccessPointId",
    read=Lookup(ApiCall("describe_access_points", {"AccessPointId": ID}), "AccessPoints[0]", ("AccessPointNotFound",)),
    delete=ApiCall("delete_access_point", {"AccessPointId": ID}),
    replace="fileSystemId posixUser rootDirectory",
    renames={"arn": "AccessPointArn"},
    outputs={"fileSystemArn": lambda r, found: _system_arn(r, found["FileSystemId"])},
    tagging=_tagging(),
)

_PUT_POLICY = ApiCall("put_file_system_policy", sends("fileSystemId policy bypassPolicyLockoutSafetyCheck"))

POLICY = TypeRow(
    tokens=("aws:efs/fileSystemPolicy:FileSystemPolicy",),
    service="efs",
    create=_PUT_POLICY,
    id="FileSystemId",
    read=Lookup(ApiCall("describe_file_system_policy", {"FileSystemId": ID}), "", _NO_POLICY),
    steps=(PropertyStep("policy", _PUT_POLICY, on_create=False),),
    delete=ApiCall("delete_file_system_policy", {"FileSystemId": ID}),
    replace="fileSystemId",
    documents=("policy",),
    defaults={"bypassPolicyLockoutSafetyCheck": False},
)


def _no_backups(resource: LiveResource) -> None:
    resource.aws("put_backup_policy", FileSystemId=resource.id, BackupPolicy={"Status": "DISABLED"})


def _backups(_resource: LiveResource, found: Mapping[str, Any]) -> Any:
    """On its way to a state counts as there."""
    status = str(dig(found, "BackupPolicy.Status"))
    return {"Status": {"ENABLING": "ENABLED", "DISABLING": "DISABLED"}.get(status, status)}


_PUT_BACKUPS = ApiCall("put_backup_policy", sends("fileSystemId backupPolicy"))

BACKUP_POLICY = TypeRow(
    tokens=("aws:efs/backupPolicy:BackupPolicy",),
    service="efs",
    create=_PUT_BACKUPS,
    id=lambda r, _: str(r.inputs["fileSystemId"]),
    read=Lookup(ApiCall("describe_backup_policy", {"FileSystemId": ID}), "", _NO_POLICY),
    steps=(PropertyStep("backupPolicy", _PUT_BACKUPS, on_create=False),),
    delete=_no_backups,
    replace="fileSystemId",
    outputs={"backupPolicy": _backups, "fileSystemId": lambda r, _: r.id},
)

ROWS = (FILE_SYSTEM, MOUNT_TARGET, ACCESS_POINT, POLICY, BACKUP_POLICY)
