"""What the local AWS adds to moto's S3, EFS and AWS Backup."""

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError
from moto.s3.models import s3_backends

from .conftest import REGION, Aws


def code(refusal: pytest.ExceptionInfo[ClientError]) -> str:
    return refusal.value.response["Error"]["Code"]


@pytest.fixture
def bucket(bare: Aws) -> Iterator[str]:
    bare.s3.create_bucket(Bucket="uploads-1", CreateBucketConfiguration={"LocationConstraint": REGION})
    versioned = {"Status": "Enabled"}
    bare.s3.put_bucket_versioning(Bucket="uploads-1", VersioningConfiguration=versioned)
    yield "uploads-1"
    for backends in s3_backends.values():
        for backend in backends.values():
            # moto keeps what is in a bucket in files that it leaves open
            backend.reset()


LOCK = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}}


def test_a_bucket_that_holds_anything_cannot_be_deleted(bare: Aws, bucket: str) -> None:
    bare.s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    bare.s3.delete_object(Bucket=bucket, Key="a")
    with pytest.raises(ClientError) as refusal:
        bare.s3.delete_bucket(Bucket=bucket)
    assert code(refusal) == "BucketNotEmpty", "its old version is still there"


def test_a_lock_can_be_put_on_a_bucket_in_use_and_keeps_its_versions(bare: Aws, bucket: str) -> None:
    bare.s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    bare.s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=LOCK)
    shown = bare.s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
    assert shown["Rule"]["DefaultRetention"]["Days"] == 1
    with pytest.raises(ClientError) as refusal:
        bare.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert code(refusal) == "InvalidBucketState"


def test_a_lock_needs_versions(bare: Aws) -> None:
    bare.s3.create_bucket(Bucket="plain-1", CreateBucketConfiguration={"LocationConstraint": REGION})
    with pytest.raises(ClientError) as refusal:
        bare.s3.put_object_lock_configuration(Bucket="plain-1", ObjectLockConfiguration=LOCK)
    assert code(refusal) == "InvalidBucketState"


def test_a_file_systems_throughput_policy_and_backups_change(bare: Aws) -> None:
    system = bare.efs.create_file_system(CreationToken="a", Encrypted=True)["FileSystemId"]
    bare.efs.update_file_system(FileSystemId=system, ThroughputMode="provisioned", ProvisionedThroughputInMibps=64.0)
    (shown,) = bare.efs.describe_file_systems(FileSystemId=system)["FileSystems"]
    assert (shown["ThroughputMode"], shown["ProvisionedThroughputInMibps"]) == ("provisioned", 64.0)

    bare.efs.put_backup_policy(FileSystemId=system, BackupPolicy={"Status": "ENABLED"})
    assert bare.efs.describe_backup_policy(FileSystemId=system)["BackupPolicy"] == {"Status": "ENABLED"}

    bare.efs.put_file_system_policy(FileSystemId=system, Policy="{}")
    bare.efs.delete_file_system_policy(FileSystemId=system)
    with pytest.raises(ClientError) as refusal:
        bare.efs.describe_file_system_policy(FileSystemId=system)
    assert code(refusal) == "PolicyNotFound"


@pytest.mark.parametrize("operation", ["describe_backup_policy", "describe_file_system_policy", "update_file_system"])
def test_a_file_system_that_is_gone_is_said_to_be(bare: Aws, operation: str) -> None:
    with pytest.raises(ClientError) as refusal:
        getattr(bare.efs, operation)(FileSystemId="fs-01234567")
    assert code(refusal) == "FileSystemNotFound"


def test_a_plan_changes_in_place_and_goes_after_what_it_covers(bare: Aws) -> None:
    def document(days: int) -> dict:
        rule = {"RuleName": "daily", "TargetBackupVaultName": "kept", "Lifecycle": {"DeleteAfterDays": days}}
        return {"BackupPlanName": "kept", "Rules": [rule]}

    made = bare.backup.create_backup_plan(BackupPlan=document(7))
    plan = made["BackupPlanId"]
    changed = bare.backup.update_backup_plan(BackupPlanId=plan, BackupPlan=document(35))
    assert (changed["BackupPlanId"], changed["VersionId"] == made["VersionId"]) == (plan, False)
    (rule,) = bare.backup.get_backup_plan(BackupPlanId=plan)["BackupPlan"]["Rules"]
    assert rule["Lifecycle"] == {"DeleteAfterDays": 35}

    wanted = {"SelectionName": "all", "IamRoleArn": "arn:aws:iam::123456789012:role/backup", "Resources": ["*"]}
    selection = bare.backup.create_backup_selection(BackupPlanId=plan, BackupSelection=wanted)["SelectionId"]
    shown = bare.backup.get_backup_selection(BackupPlanId=plan, SelectionId=selection)
    assert shown["BackupSelection"] == wanted
    with pytest.raises(ClientError) as refusal:
        bare.backup.delete_backup_plan(BackupPlanId=plan)
    assert code(refusal) == "InvalidRequestException"
    bare.backup.delete_backup_selection(BackupPlanId=plan, SelectionId=selection)
    with pytest.raises(ClientError) as gone:
        bare.backup.get_backup_selection(BackupPlanId=plan, SelectionId=selection)
    assert code(gone) == "ResourceNotFoundException"
    assert bare.backup.delete_backup_plan(BackupPlanId=plan)["BackupPlanId"] == plan
