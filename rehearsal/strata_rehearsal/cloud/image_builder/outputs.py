"""What comes of a build: AMIs with their snapshots, and the parameters that name them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from moto.ec2.models.amis import Ami
from moto.ec2.utils import random_ami_id
from moto.kms.models import kms_backends
from moto.ssm.models import ssm_backends

from strata_rehearsal.cloud.image_builder.bake_failure import BuildFailure
from strata_rehearsal.cloud.moto_patches.image_marks import attach_watermark, watermarks
from strata_rehearsal.cloud.shared_images import spread, withdraw

__all__ = ["copy_ami", "deregister", "key_arn", "make_ami", "put_parameter", "share", "uses_aws_key"]

AWS_KEY, AWS_MANAGED = "alias/aws/ebs", "AWS"


def make_ami(ec2: Any, name: str, parent: Any, mappings: Sequence[Mapping[str, Any]], **about: Any) -> Any:
    """An AMI of an instance that was built from a parent.

    Args:
        ec2: moto's EC2 of the account and region.
        name: the AMI's name.
        parent: the AMI that the instance was started from.
        mappings: the recipe's block device mappings.
        about: `tags`, `description`, `created_at`, `source_instance`, `watermarks` by their names.

    Raises:
        BuildFailure: an AMI of the account has that name.
    """
    made = _new_ami(ec2, name, parent, about)
    root = next((each for each in mappings if each.get("deviceName") == parent.root_device_name), {})
    wanted = root.get("ebs") or {}
    made.ebs_snapshot.volume.size = wanted.get("volumeSize") or parent.ebs_snapshot.volume.size
    made.strata_volume_type = wanted.get("volumeType", "gp3")
    made.instance_id = about["source_instance"]
    made.source_image_id, made.source_image_region = parent.id, ec2.region_name
    made.image_watermarks = [dict(each) for each in watermarks(parent)]
    for each in about["watermarks"]:
        attach_watermark(made, each)
    if wanted.get("encrypted") or parent.ebs_snapshot.encrypted:
        _encrypt(made, key_arn(ec2, wanted.get("kmsKeyId") or parent.ebs_snapshot.kms_key_id or AWS_KEY))
    made.strata_more_volumes = [_volume(ec2, made, each) for each in mappings if each is not root and each.get("ebs")]
    return made


def copy_ami(ec2: Any, source: Any, name: str, key: str | None, **about: Any) -> Any:
    """A copy of an AMI, in another region, in another account, or under another key.

    Raises:
        BuildFailure: the name is taken, or there is no such key.
    """
    made = _new_ami(ec2, name, source, about)
    made.ebs_snapshot.volume.size = source.ebs_snapshot.volume.size
    made.strata_volume_type = getattr(source, "strata_volume_type", "gp3")
    made.strata_more_volumes = [dict(each) for each in getattr(source, "strata_more_volumes", ())]
    made.source_image_id, made.source_image_region = source.id, source.ec2_backend.region_name
    made.image_watermarks = [dict(each) for each in watermarks(source)]
    if key is not None or source.ebs_snapshot.encrypted:
        _encrypt(made, key_arn(ec2, key or AWS_KEY))
    return made


def deregister(ami: Any) -> None:
    """Remove an AMI and its snapshots, of which nothing is left."""
    ec2 = ami.ec2_backend
    withdraw(ami)
    ec2.amis.pop(ami.id, None)
    ec2.deleted_amis.append(ami.id)
    for snapshot in (ami.ebs_snapshot.id, *(each["Ebs"]["SnapshotId"] for each in ami.strata_more_volumes)):
        ec2.snapshots.pop(snapshot, None)


def share(ami: Any, permissions: Mapping[str, Any]) -> None:
    """Let accounts, organisations or everybody launch an AMI.

    Raises:
        BuildFailure: its key is AWS's own, which no other account can use.
    """
    asked = [
        *({"UserId": each} for each in permissions.get("userIds") or ()),
        *({"Group": each} for each in permissions.get("userGroups") or ()),
        *({"OrganizationArn": each} for each in permissions.get("organizationArns") or ()),
        *({"OrganizationalUnitArn": each} for each in permissions.get("organizationalUnitArns") or ()),
    ]
    if asked and uses_aws_key(ami):
        raise BuildFailure(
            "EC2 Client Error: 'Snapshots encrypted with the AWS Managed CMK can't be shared. "
            "Specify another snapshot.'"
        )
    ami.launch_permissions.extend(each for each in asked if each not in ami.launch_permissions)
    spread(ami)


def uses_aws_key(ami: Any) -> bool:
    """Whether an AMI is encrypted with the key that AWS manages."""
    snapshot, ec2 = ami.ebs_snapshot, ami.ec2_backend
    if not snapshot.encrypted or snapshot.kms_key_id is None:
        return False
    key: Any = kms_backends[ec2.account_id][ec2.region_name].keys.get(snapshot.kms_key_id.rpartition("/")[2])
    return key is not None and key.key_manager == AWS_MANAGED


def key_arn(ec2: Any, key: str) -> str:
    """The ARN of a key by its id, its ARN or its alias.

    Raises:
        BuildFailure: there is no such key.
    """
    kms: Any = kms_backends[ec2.account_id][ec2.region_name]
    name = key.rpartition("/")[2] if ":key/" in key else key
    alias = name.rpartition(":")[2] if ":alias/" in name else name
    found = kms.get_key_id_from_alias(alias) if alias.startswith("alias/") else name
    if found is None or found not in kms.keys:
        raise BuildFailure(f"EC2 Client Error: 'The KMS key {key} does not exist.'")
    if alias == AWS_KEY:
        # moto takes it for a customer's
        kms.keys[found].key_manager = AWS_MANAGED
    return str(kms.keys[found].arn)


def put_parameter(account: str, region: str, name: str, ami: str, data_type: str) -> None:
    """Let a parameter name an AMI."""
    ssm_backends[account][region].put_parameter(
        name, "", ami, "String", "", "", overwrite=True, tags=[], data_type=data_type, tier=None, policies=None
    )


def _new_ami(ec2: Any, name: str, like: Any, about: Mapping[str, Any]) -> Any:
    for each in ec2.amis.values():
        if each.name == name and each.owner_id == ec2.account_id:
            raise BuildFailure(f"EC2 Client Error: 'AMI name {name} is already in use by AMI {each.id}'")
    created_at: datetime = about["created_at"]
    made: Any = Ami(
        ec2,
        random_ami_id(),
        name=name,
        description=about.get("description"),
        virtualization_type="hvm",
        architecture=like.architecture,
        platform=like.platform,
        hypervisor="xen",
        root_device_type="ebs",
        root_device_name=like.root_device_name,
        sriov="simple",
        region_name=f"{ec2.region_name}a",
        creation_date=created_at,
        tags=about["tags"],
    )
    made.image_location = f"{made.owner_id}/{name}"
    made.boot_mode = like.boot_mode
    made.ebs_snapshot.start_time = created_at
    made.ebs_snapshot.add_tags(about["tags"])
    ec2.amis[made.id] = made
    return made


def _volume(ec2: Any, ami: Any, mapping: Mapping[str, Any]) -> dict[str, Any]:
    wanted = mapping["ebs"]
    volume = ec2.create_volume(size=wanted.get("volumeSize", 8), zone_name=f"{ec2.region_name}a")
    snapshot = ec2.create_snapshot(volume.id, f"Created for {ami.id}", ami.owner_id, from_ami=ami.id)
    ec2.delete_volume(volume.id)
    shown: dict[str, Any] = {
        "DeleteOnTermination": wanted.get("deleteOnTermination", True),
        "Encrypted": bool(wanted.get("encrypted")),
        "VolumeSize": wanted.get("volumeSize", 8),
        "VolumeType": wanted.get("volumeType", "gp3"),
        "SnapshotId": snapshot.id,
    }
    if wanted.get("encrypted"):
        shown["KmsKeyId"] = key_arn(ec2, wanted.get("kmsKeyId") or AWS_KEY)
    return {"DeviceName": mapping.get("deviceName"), "Ebs": shown}


def _encrypt(ami: Any, key: str) -> None:
    ami.ebs_snapshot.encrypted, ami.ebs_snapshot.kms_key_id = True, key
