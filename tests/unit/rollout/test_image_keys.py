"""Whether Auto Scaling may use the key that an image is encrypted with."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from strata.rollout.servers.driver import Driver
from strata.rollout.servers.views import ImageView
from strata_rehearsal.cloud.image_builder.build_servers import ec2_of
from strata_rehearsal.cloud.image_builder.outputs import AWS_KEY, key_arn
from tests.unit.rehearsal.cloud.conftest import Aws, bare, clients

__all__ = ["bare", "clients"]

HERE, THERE = "123456789012", "222222222222"
LAUNCH = ("Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKeyWithoutPlaintext", "DescribeKey", "CreateGrant")
ROLE = "arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"


@pytest.fixture
def driver(bare: Aws) -> Driver:
    return Driver(lambda service: getattr(bare, service))


def policy(principal: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_key_of_the_owner_has_to_name_the_role_in_a_grant_or_in_its_policy(bare: Aws, driver: Driver) -> None:
    key = bare.kms.create_key(Policy=policy("arn:aws:iam::123456789012:root"))["KeyMetadata"]["Arn"]
    assert not driver.auto_scaling_may_use(key, HERE)
    bare.kms.create_grant(KeyId=key, GranteePrincipal=ROLE, Operations=LAUNCH)
    assert driver.auto_scaling_may_use(key, HERE)
    assert driver.auto_scaling_may_use(bare.kms.create_key(Policy=policy(ROLE))["KeyMetadata"]["Arn"], HERE)


def test_a_key_of_another_account_has_to_name_the_role_of_this_one_in_a_grant(bare: Aws, driver: Driver) -> None:
    role = ROLE.replace(HERE, THERE)
    key = bare.kms.create_key(Policy=policy(role))["KeyMetadata"]["Arn"]
    bare.kms.create_grant(KeyId=key, GranteePrincipal=ROLE, Operations=LAUNCH)
    assert not driver.auto_scaling_may_use(key, THERE)
    bare.kms.create_grant(KeyId=key, GranteePrincipal=f"{role}_shop", Operations=LAUNCH)
    assert driver.auto_scaling_may_use(key, THERE)


@pytest.mark.parametrize("too_little", [("DescribeKey",), ("Decrypt", "DescribeKey"), LAUNCH[:-1], LAUNCH[1:]])
def test_a_grant_without_all_that_a_disk_takes_is_no_right_to_use_a_key(
    bare: Aws, driver: Driver, too_little: Sequence[str]
) -> None:
    key = bare.kms.create_key(Policy=policy("arn:aws:iam::123456789012:root"))["KeyMetadata"]["Arn"]
    bare.kms.create_grant(KeyId=key, GranteePrincipal=ROLE, Operations=too_little)
    assert not driver.auto_scaling_may_use(key, HERE)
    missing = [each for each in LAUNCH if each not in too_little]
    bare.kms.create_grant(KeyId=key, GranteePrincipal=f"{ROLE}_shop", Operations=missing)
    # what one role lacks, another one does not make up for
    assert not driver.auto_scaling_may_use(key, HERE)
    bare.kms.create_grant(KeyId=key, GranteePrincipal=ROLE, Operations=missing)
    assert driver.auto_scaling_may_use(key, HERE)


def test_snapshots_that_another_account_keeps_to_itself_are_no_error(bare: Aws, driver: Driver) -> None:
    key = bare.kms.create_key()["KeyMetadata"]["Arn"]
    disk = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8, "Encrypted": True, "KmsKeyId": key}}
    made = bare.ec2.register_image(Name="web", RootDeviceName="/dev/xvda", BlockDeviceMappings=[disk])["ImageId"]
    (found,) = bare.ec2.describe_images(ImageIds=[made])["Images"]
    own = found["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    of_nobody = ImageView("ami-1", "available", "x86_64", "/dev/xvda", ("snap-00000000000000000",))
    assert driver.image_keys(replace(of_nobody, encrypted_snapshots=(own, *of_nobody.encrypted_snapshots))) == [key]
    assert driver.image_keys(of_nobody) == []


def test_the_key_of_aws_for_ebs_needs_neither(bare: Aws, driver: Driver) -> None:
    key = key_arn(ec2_of("123456789012", "eu-west-1"), AWS_KEY)
    assert bare.kms.describe_key(KeyId=key)["KeyMetadata"]["KeyManager"] == "AWS"
    assert driver.auto_scaling_may_use(key, HERE)
