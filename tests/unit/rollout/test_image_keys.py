"""Whether Auto Scaling may use the key that an image is encrypted with."""

import json

import pytest

from strata.rollout.servers.driver import Driver
from strata_rehearsal.cloud.image_builder.build_servers import ec2_of
from strata_rehearsal.cloud.image_builder.outputs import AWS_KEY, key_arn
from tests.unit.rehearsal.cloud.conftest import Aws, bare, clients

__all__ = ["bare", "clients"]

ROLE = "arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"


@pytest.fixture
def driver(bare: Aws) -> Driver:
    return Driver(lambda service: getattr(bare, service))


def policy(principal: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_key_of_the_owner_has_to_name_the_role_in_a_grant_or_in_its_policy(bare: Aws, driver: Driver) -> None:
    key = bare.kms.create_key(Policy=policy("arn:aws:iam::123456789012:root"))["KeyMetadata"]["Arn"]
    assert not driver.auto_scaling_may_use(key)
    bare.kms.create_grant(KeyId=key, GranteePrincipal=ROLE, Operations=["Decrypt", "CreateGrant"])
    assert driver.auto_scaling_may_use(key)
    assert driver.auto_scaling_may_use(bare.kms.create_key(Policy=policy(ROLE))["KeyMetadata"]["Arn"])


def test_the_key_of_aws_for_ebs_needs_neither(bare: Aws, driver: Driver) -> None:
    key = key_arn(ec2_of("123456789012", "eu-west-1"), AWS_KEY)
    assert bare.kms.describe_key(KeyId=key)["KeyMetadata"]["KeyManager"] == "AWS"
    assert driver.auto_scaling_may_use(key)
