import pytest

from strata.errors import RehearsalError
from strata_rehearsal.plugin.check import Failure, check_inputs
from strata_rehearsal.plugin.engine_values import UNKNOWN
from strata_rehearsal.plugin.provider import Resources
from strata_rehearsal.plugin.schema import resource_schema

SUBNET = resource_schema("aws:ec2/subnet:Subnet").inputs
TEMPLATE = resource_schema("aws:ec2/launchTemplate:LaunchTemplate").inputs
ROLE = resource_schema("aws:iam/role:Role").inputs


def test_an_unknown_property_names_the_one_that_was_meant() -> None:
    found = check_inputs({"vpcId": "vpc-1", "cidrBlok": "10.0.0.0/24"}, SUBNET)
    assert found == [Failure("cidrBlok", "unknown property cidrBlok, did you mean cidrBlock?")]


def test_an_unknown_property_like_no_other_lists_what_there_is() -> None:
    (found,) = check_inputs({"vpcId": "vpc-1", "zzzz": 1}, SUBNET)
    assert "it accepts" in found.reason
    assert "mapPublicIpOnLaunch" in found.reason


def test_a_missing_required_property_is_named() -> None:
    assert check_inputs({}, SUBNET) == [Failure("vpcId", "missing required property vpcId")]


def test_findings_inside_lists_and_dicts_have_their_path() -> None:
    mappings = [{"deviceName": "/dev/sda1"}, {"ebs": {"volumeSize": "big", "volume_tipe": "gp3"}}]
    found = {failure.path: failure.reason for failure in check_inputs({"blockDeviceMappings": mappings}, TEMPLATE)}
    assert found == {
        "blockDeviceMappings[1].ebs.volumeSize": "expected a whole number, got a string",
        "blockDeviceMappings[1].ebs.volume_tipe": "unknown property volume_tipe, did you mean volumeType?",
    }


@pytest.mark.parametrize(
    "value, reason",
    [
        (["10.0.0.0/24"], "expected a string, got a list"),
        ({"a": 1}, "expected a string, got a dict"),
    ],
)
def test_a_wrong_type_says_what_was_expected(value: object, reason: str) -> None:
    assert check_inputs({"vpcId": "vpc-1", "cidrBlock": value}, SUBNET) == [Failure("cidrBlock", reason)]


def test_a_list_where_a_dict_belongs_and_the_reverse() -> None:
    found = check_inputs({"vpcId": "vpc-1", "tags": ["a"]}, SUBNET)
    assert found == [Failure("tags", "expected a dict, got a list")]
    found = check_inputs({"blockDeviceMappings": {"deviceName": "x"}}, TEMPLATE)
    assert found == [Failure("blockDeviceMappings", "expected a list, got a dict")]


@pytest.mark.parametrize("value", [True, "true", "false"])
def test_a_string_that_holds_a_boolean_takes_both_as_the_provider_does(value: object) -> None:
    assert check_inputs({"ebsOptimized": value, "blockDeviceMappings": [{"ebs": {"encrypted": value}}]}, TEMPLATE) == []


@pytest.mark.parametrize("value", [20, "20"])
def test_a_number_may_be_written_as_text(value: object) -> None:
    assert check_inputs({"blockDeviceMappings": [{"ebs": {"volumeSize": value}}]}, TEMPLATE) == []


def test_unknown_values_pass_everywhere() -> None:
    assert check_inputs({"vpcId": UNKNOWN, "tags": UNKNOWN}, SUBNET) == []
    assert check_inputs({"blockDeviceMappings": [UNKNOWN, {"ebs": UNKNOWN}]}, TEMPLATE) == []


def test_a_policy_may_be_text_or_a_document() -> None:
    assert check_inputs({"assumeRolePolicy": "{}"}, ROLE) == []
    assert check_inputs({"assumeRolePolicy": {"Version": "2012-10-17", "Statement": []}}, ROLE) == []
    assert check_inputs({"assumeRolePolicy": ["{}"]}, ROLE) != []


def test_a_finding_never_repeats_the_value_which_may_be_secret() -> None:
    fields = resource_schema("aws:rds/instance:Instance").inputs
    (found,) = check_inputs({"instanceClass": "db.t4g.small", "password": {"hunter2": "hunter2"}}, fields)
    assert "hunter2" not in found.reason


def test_assets_pass_where_the_package_is_open() -> None:
    fields = resource_schema("aws:lambda/function:Function").inputs
    archive = {"4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7", "path": "x"}
    assert check_inputs({"role": "arn", "code": archive}, fields) == []


def test_a_token_nobody_knows_is_an_error_that_names_it(cloud) -> None:
    with pytest.raises(RehearsalError, match="no resource type aws:ec2/vpcs:Vpc") as caught:
        Resources(cloud).check("aws:ec2/vpcs:Vpc", "v", {}, {}, b"")
    assert "aws:ec2/vpc:Vpc" in str(caught.value.fix)


@pytest.mark.parametrize(
    "token, inputs, path",
    [
        ("aws:ec2/securityGroup:SecurityGroup", {"name": "sg-web"}, "name"),
        ("aws:lb/loadBalancer:LoadBalancer", {"name": "internal-web"}, "name"),
        ("aws:lb/loadBalancer:LoadBalancer", {"name": "a" * 33}, "name"),
        ("aws:lb/targetGroup:TargetGroup", {"name": "web-"}, "name"),
        ("aws:ec2/launchTemplate:LaunchTemplate", {"name": "ab"}, "name"),
        ("aws:s3/bucket:Bucket", {"bucket": "Data"}, "bucket"),
        ("aws:autoscaling/group:Group", {"minSize": 1, "maxSize": 1}, "launchTemplate"),
        (
            "aws:autoscaling/group:Group",
            {"minSize": 1, "maxSize": 1, "launchTemplate": {"id": "lt-1"}, "waitForCapacityTimeout": "soon"},
            "waitForCapacityTimeout",
        ),
        ("aws:ssm/parameter:Parameter", {"type": "String"}, "value"),
        ("aws:ssm/parameter:Parameter", {"type": "SecureString", "insecureValue": "x"}, "insecureValue"),
        (
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            {"securityGroupId": "sg-1", "ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0", "cidrIpv6": "::/0"},
            "cidrIpv6",
        ),
    ],
)
def test_what_aws_refuses_beyond_types_is_found_in_the_preview(cloud, token: str, inputs: dict, path: str) -> None:
    _, failures = Resources(cloud).check(token, "thing", {}, inputs, b"seed")
    assert [failure.path for failure in failures] == [path]


def test_a_group_named_sg_by_the_program_cannot_become_a_security_group(cloud) -> None:
    _, failures = Resources(cloud).check("aws:ec2/securityGroup:SecurityGroup", "sg-web", {}, {}, b"seed")
    assert "cannot begin with sg-" in failures[0].reason
