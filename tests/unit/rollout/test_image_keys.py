"""Whether Auto Scaling may use the key that an image is encrypted with."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

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
    assert driver.auto_scaling_may_use(key, HERE).allowed is False
    bare.kms.create_grant(KeyId=key, GranteePrincipal=ROLE, Operations=LAUNCH)
    assert driver.auto_scaling_may_use(key, HERE).allowed
    assert driver.auto_scaling_may_use(bare.kms.create_key(Policy=policy(ROLE))["KeyMetadata"]["Arn"], HERE).allowed


def test_a_key_of_another_account_has_to_name_the_role_of_this_one_in_a_grant(bare: Aws, driver: Driver) -> None:
    role = ROLE.replace(HERE, THERE)
    key = bare.kms.create_key(Policy=policy(role))["KeyMetadata"]["Arn"]
    bare.kms.create_grant(KeyId=key, GranteePrincipal=ROLE, Operations=LAUNCH)
    assert driver.auto_scaling_may_use(key, THERE).allowed is False
    bare.kms.create_grant(KeyId=key, GranteePrincipal=f"{role}_shop", Operations=LAUNCH)
    assert driver.auto_scaling_may_use(key, THERE).allowed


@pytest.mark.parametrize("too_little", [("DescribeKey",), ("Decrypt", "DescribeKey"), LAUNCH[:-1], LAUNCH[1:]])
def test_a_grant_without_all_that_a_disk_takes_is_no_right_to_use_a_key(
    bare: Aws, driver: Driver, too_little: Sequence[str]
) -> None:
    key = bare.kms.create_key(Policy=policy("arn:aws:iam::123456789012:root"))["KeyMetadata"]["Arn"]
    bare.kms.create_grant(KeyId=key, GranteePrincipal=ROLE, Operations=too_little)
    assert driver.auto_scaling_may_use(key, HERE).allowed is False
    missing = [each for each in LAUNCH if each not in too_little]
    bare.kms.create_grant(KeyId=key, GranteePrincipal=f"{ROLE}_shop", Operations=missing)
    # what one role lacks, another one does not make up for
    assert driver.auto_scaling_may_use(key, HERE).allowed is False
    bare.kms.create_grant(KeyId=key, GranteePrincipal=ROLE, Operations=missing)
    assert driver.auto_scaling_may_use(key, HERE).allowed


USE = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
"""As AWS documents it, with `ATTACH` in a statement of its own.
https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html"""
ATTACH: dict[str, Any] = {"Action": "kms:CreateGrant", "Condition": {"Bool": {"kms:GrantIsForAWSResource": True}}}
ALL: dict[str, Any] = {"Action": "kms:*"}
THROUGH_EC2 = {"kms:ViaService": "ec2.eu-west-1.amazonaws.com", "kms:CallerAccount": HERE}
ORGANISATION: dict[str, Any] = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
OUTSIDE: dict[str, Any] = {
    "Effect": "Deny",
    "Action": "kms:CreateGrant",
    "Condition": {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}},
}
ROOT = "arn:aws:iam::123456789012:root"
Statements = list[dict[str, Any]]
POLICIES: Mapping[str, tuple[bool | None, Statements]] = {
    "as AWS documents it": (True, [{"Action": USE}, ATTACH]),
    "everything": (True, [ALL]),
    "everything, in capitals": (True, [{"Action": "KMS:*"}]),
    "everything of everything": (True, [{"Action": "*"}]),
    "all but deleting": (True, [{"NotAction": ["kms:ScheduleKeyDeletion", "kms:Put*"]}]),
    "anybody of the account who asks by EC2": (
        *(True, [ALL | {"Principal": "*", "Condition": {"StringEquals": THROUGH_EC2}}]),
    ),
    "whoever is the role": (
        *(True, [ALL | {"Principal": {"AWS": "*"}, "Condition": {"ArnLike": {"aws:PrincipalArn": f"{ROLE}_shop"}}}]),
    ),
    "this key by its ARN": (True, [ALL | {"Resource": "arn:aws:kms:*:123456789012:key/*"}]),
    "what is refused to others": (
        *(True, [ALL, ALL | {"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::123456789012:role/dev"}}]),
    ),
    "what is refused without TLS": (
        *(True, [ALL, ALL | {"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]),
    ),
    "grants for AWS alone": (
        True,
        [
            ALL,
            {
                "Effect": "Deny",
                "Action": "kms:CreateGrant",
                "Condition": {"BoolIfExists": {"kms:GrantIsForAWSResource": "false"}},
            },
        ],
    ),
    "looking alone": (False, [{"Action": "kms:DescribeKey"}]),
    "no grants": (False, [{"Action": USE}]),
    "no data keys": (False, [{"Action": [each for each in USE if "Data" not in each]}, ATTACH]),
    "data keys that are seen": (False, [{"Action": [*USE[:3], "kms:GenerateDataKey", "kms:DescribeKey"]}, ATTACH]),
    "use as if it were a grant": (False, [{"Action": USE, "Condition": ATTACH["Condition"]}, ATTACH]),
    "all but grants": (False, [{"NotAction": "kms:CreateGrant"}]),
    "nothing": (False, [{"NotAction": "kms:*"}]),
    "another key": (False, [ALL | {"Resource": "arn:aws:kms:eu-west-1:123456789012:key/0"}]),
    "another role": (False, [ALL | {"Principal": {"AWS": "arn:aws:iam::123456789012:role/dev"}}]),
    "the account, whose policies let the role nothing": (False, [ALL | {"Principal": {"AWS": ROOT}}]),
    "the service": (False, [ALL | {"Principal": {"Service": "autoscaling.amazonaws.com"}}]),
    "whoever asks by another service": (
        *(False, [ALL | {"Condition": {"StringLike": {"kms:ViaService": ["rds.*", "s3.*"]}}}]),
    ),
    "what is refused again": (False, [ALL, {"Effect": "Deny", "Action": "kms:CreateGrant"}]),
    "what is refused to the whole account": (
        *(False, [ALL, {"Effect": "Deny", "Action": "kms:Decrypt", "Principal": {"AWS": HERE}}]),
    ),
    "an organisation": (None, [ALL | {"Principal": "*", "Condition": ORGANISATION}]),
    "grants by a tag": (None, [{"Action": USE}, ATTACH | {"Condition": {"Null": {"aws:ResourceTag/a": "true"}}}]),
    "what is refused outside of a network": (*(None, [ALL, OUTSIDE]),),
    "whoever is not somebody": (None, [ALL | {"Principal": None, "NotPrincipal": {"AWS": ROOT}}]),
    "some by a condition, and too little": (False, [{"Action": "kms:Decrypt", "Condition": ORGANISATION}]),
}


def statement(about: Mapping[str, Any]) -> dict[str, Any]:
    whole: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Resource": "*", **about}
    return {key: value for key, value in whole.items() if value is not None}


@pytest.mark.parametrize("lets", POLICIES)
def test_a_policy_lets_a_group_launch_only_by_all_that_a_disk_takes(bare: Aws, driver: Driver, lets: str) -> None:
    allowed, statements = POLICIES[lets]
    document = {"Version": "2012-10-17", "Statement": [statement(each) for each in statements]}
    key = bare.kms.create_key(Policy=json.dumps(document))["KeyMetadata"]["Arn"]
    found = driver.auto_scaling_may_use(key, HERE)
    assert found.allowed is allowed
    assert bool(found.lacking) is (allowed is False)
    assert bool(found.unjudged) >= (allowed is None)
    bare.kms.create_grant(KeyId=key, GranteePrincipal=ROLE, Operations=LAUNCH)
    assert driver.auto_scaling_may_use(key, HERE).allowed


def test_what_a_policy_lacks_a_grant_of_the_same_role_makes_up_for(bare: Aws, driver: Driver) -> None:
    document = {"Version": "2012-10-17", "Statement": [statement({"Action": USE})]}
    key = bare.kms.create_key(Policy=json.dumps(document))["KeyMetadata"]["Arn"]
    bare.kms.create_grant(KeyId=key, GranteePrincipal=f"{ROLE}_shop", Operations=["CreateGrant"])
    found = driver.auto_scaling_may_use(key, HERE)
    assert (found.allowed, found.lacking) == (False, ("CreateGrant",))
    assert found.lack == "its grants and policy do not let it CreateGrant"
    bare.kms.create_grant(KeyId=key, GranteePrincipal=ROLE, Operations=["CreateGrant"])
    assert driver.auto_scaling_may_use(key, HERE).allowed


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
    assert driver.auto_scaling_may_use(key, HERE).allowed
