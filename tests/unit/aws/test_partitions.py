"""Partitions are AWS's own, and a region nobody has heard of is not judged."""

import json
import subprocess
import sys
from typing import Any

import boto3
import pytest

from strata import testing
from strata.aws.facts.partitions import partition_of, partitions
from strata.components.backup import Backup
from strata.components.network import Network
from strata.errors import SettingsError
from strata.settings.load import load
from strata.settings.models import BackupSettings, NetworkSettings

TOPIC = "arn:{0}:sns:{1}:123456789012:releases"


def loaded(partition: str, region: str) -> None:
    service = {"notify_topic_arn": TOPIC.format(partition, region)}
    images = {"web": {"version": "1.0.0", "id": "ami-0123456789abcdef0"}}
    raw: dict[str, Any] = {"stage": "dev", "images": images, "services": {"web": service}}
    load(raw, source="Pulumi.dev.yaml", region=region)


@pytest.mark.parametrize(
    "region,partition",
    [
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("us-isof-south-1", "aws-iso-f"),
    ],
)
def test_a_topic_in_any_partition_of_aws_is_taken_and_in_another_one_refused(region: str, partition: str):
    loaded(partition, region)
    other = "aws" if partition != "aws" else "aws-eusc"
    with pytest.raises(SettingsError) as caught:
        loaded(other, region)
    assert [problem.rule for problem in caught.value.problems] == ["arn-partition"]
    assert f"partition {partition}" in caught.value.problems[0].expected


@pytest.mark.parametrize("region", ["xx-new-1", "us-isox-east-1", "moon-base-1"])
@pytest.mark.parametrize("partition", ["aws", "aws-moon"])
def test_a_region_that_is_not_known_is_not_judged(region: str, partition: str):
    assert partition_of(region) is None
    loaded(partition, region)


def test_every_partition_of_botocore_is_known_with_its_regions():
    session = boto3.Session()
    names = session.get_available_partitions()
    assert {each.name for each in partitions()} >= set(names)
    for name in names:
        for region in session.get_available_regions("ec2", name):
            found = partition_of(region)
            assert found is not None
            assert found.name == name


def test_nothing_of_the_sdk_is_imported_to_know_them():
    code = (
        "import sys; from strata.aws.facts.partitions import partition_of; "
        "partition_of('x'); print('botocore' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_role_trusts_the_same_service_in_china_as_anywhere():
    def program() -> None:
        Network("main", NetworkSettings())
        Backup("backup", BackupSettings())

    mocks = testing.CloudMocks(
        partition="aws-cn", dns_suffix="amazonaws.com.cn", region="cn-north-1", zones=["cn-north-1a", "cn-north-1b"]
    )
    roles = list(testing.run(program, mocks=mocks).of_type("Role"))
    trusted = {
        statement["Principal"]["Service"]
        for role in roles
        for statement in json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    }
    assert trusted == {"vpc-flow-logs.amazonaws.com", "backup.amazonaws.com"}
