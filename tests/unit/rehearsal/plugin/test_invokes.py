import json

import pytest

from strata.errors import RehearsalError
from strata_rehearsal.plugin.invokes import invoke
from strata_rehearsal.plugin.provider_settings import ProviderSettings

from .conftest import ScriptedCloud

TOKEN = "aws:iam/getPolicyDocument:getPolicyDocument"


def document(cloud, **arguments) -> dict:
    result = invoke(cloud, TOKEN, arguments)
    assert json.loads(result["json"]) == json.loads(result["minifiedJson"])
    return json.loads(result["json"])


def test_statements_become_a_policy(cloud) -> None:
    made = document(
        cloud,
        statements=[
            {
                "sid": "Assume",
                "actions": ["sts:AssumeRole"],
                "principals": [{"type": "Service", "identifiers": ["ec2.amazonaws.com"]}],
                "conditions": [{"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["1"]}],
            }
        ],
    )
    assert made == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Assume",
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "ec2.amazonaws.com"},
                "Condition": {"StringEquals": {"aws:SourceAccount": "1"}},
            }
        ],
    }


def test_everyone_is_a_star(cloud) -> None:
    made = document(
        cloud, statements=[{"actions": ["s3:GetObject"], "principals": [{"type": "*", "identifiers": ["*"]}]}]
    )
    assert made["Statement"][0]["Principal"] == "*"


def test_an_override_takes_the_place_of_its_sid(cloud) -> None:
    override = json.dumps({"Statement": [{"Sid": "A", "Effect": "Deny", "Action": "*"}]})
    made = document(cloud, statements=[{"sid": "A", "actions": ["s3:*"]}], overridePolicyDocuments=[override])
    assert [statement["Effect"] for statement in made["Statement"]] == ["Deny"]


def test_one_sid_twice_is_an_error(cloud) -> None:
    source = json.dumps({"Statement": {"Sid": "A", "Effect": "Deny", "Action": "*"}})
    with pytest.raises(RehearsalError, match="the Sid 'A'"):
        document(cloud, sourcePolicyDocuments=[source], statements=[{"sid": "A", "actions": ["s3:*"]}])


def test_a_function_a_rehearsal_does_not_have_is_named(cloud) -> None:
    with pytest.raises(RehearsalError, match="no function aws:ec2/getAmiz:getAmiz") as caught:
        invoke(cloud, "aws:ec2/getAmiz:getAmiz", {})
    assert "aws:ec2/getAmi:getAmi" in str(caught.value.fix)


@pytest.mark.parametrize(
    "region, partition, suffix",
    [
        ("eu-west-1", "aws", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
        ("eusc-de-east-1", "aws-eusc", "amazonaws.eu"),
        ("us-iso-east-1", "aws-iso", "c2s.ic.gov"),
        ("xx-new-1", "aws", "amazonaws.com"),
    ],
)
def test_the_partition_of_a_region_is_known_without_a_client(region, partition, suffix) -> None:
    cloud = ScriptedCloud(ProviderSettings(region, {}))
    found = invoke(cloud, "aws:index/getPartition:getPartition", {})
    assert (found["partition"], found["dnsSuffix"]) == (partition, suffix)
    assert cloud._clients == {}
    assert cloud.asked == []


def image(number: int, **more) -> dict:
    return {"ImageId": f"ami-{number}", "Name": f"web-{number}", "CreationDate": f"2026-0{number}-01", **more}


def test_the_newest_image_only_when_asked_for(cloud) -> None:
    cloud.answers["describe_images"] = {"Images": [image(1), image(2)]}
    with pytest.raises(RehearsalError, match="returned 2 images: ami-1, ami-2"):
        invoke(cloud, "aws:ec2/getAmi:getAmi", {"owners": ["self"]})
    assert invoke(cloud, "aws:ec2/getAmi:getAmi", {"owners": ["self"], "mostRecent": True})["id"] == "ami-2"


def test_no_image_is_an_error(cloud) -> None:
    cloud.answers["describe_images"] = {"Images": [image(1)]}
    with pytest.raises(RehearsalError, match="no image"):
        invoke(cloud, "aws:ec2/getAmi:getAmi", {"nameRegex": "^api-"})


def test_an_image_comes_with_its_root_snapshot_and_tags(cloud) -> None:
    mapping = {"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": "snap-1", "VolumeSize": 8, "Encrypted": False}}
    found = image(1, RootDeviceName="/dev/xvda", BlockDeviceMappings=[mapping], Tags=[{"Key": "app", "Value": "web"}])
    cloud.answers["describe_images"] = {"Images": [found]}
    result = invoke(cloud, "aws:ec2/getAmi:getAmi", {"owners": ["self"]})
    assert (result["rootSnapshotId"], result["tags"], result["rootDeviceName"]) == (
        "snap-1",
        {"app": "web"},
        "/dev/xvda",
    )
    assert result["blockDeviceMappings"][0]["ebs"] == {
        "snapshot_id": "snap-1",
        "volume_size": "8",
        "encrypted": "false",
    }


def test_zones_are_sorted_and_can_be_left_out(cloud) -> None:
    zones = [{"ZoneName": f"eu-west-1{z}", "ZoneId": f"euw1-az{n}"} for n, z in ((2, "b"), (1, "a"), (3, "c"))]
    cloud.answers["describe_availability_zones"] = {"AvailabilityZones": zones}
    result = invoke(cloud, "aws:index/getAvailabilityZones:getAvailabilityZones", {"excludeNames": ["eu-west-1c"]})
    assert result["names"] == ["eu-west-1a", "eu-west-1b"]
    assert result["zoneIds"] == ["euw1-az1", "euw1-az2"]
