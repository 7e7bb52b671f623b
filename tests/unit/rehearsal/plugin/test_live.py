"""How rows are carried out, shown on the rows of real types."""

import pytest

from strata_rehearsal.plugin.engine_values import UNKNOWN
from strata_rehearsal.plugin.operation_errors import AwsCallError, HalfMadeError
from strata_rehearsal.plugin.provider import Resources

from .conftest import ScriptedCloud, refused

VPC, TEMPLATE = "aws:ec2/vpc:Vpc", "aws:ec2/launchTemplate:LaunchTemplate"
PARAMETER, BUCKET = "aws:ssm/parameter:Parameter", "aws:s3/bucket:Bucket"
TARGETS, INSTANCE_ROLE = "aws:lb/targetGroup:TargetGroup", "aws:iam/role:Role"


def capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def ignore(_id: str) -> None:
    """Nobody keeps a journal here."""


@pytest.fixture
def network(cloud: ScriptedCloud) -> ScriptedCloud:
    """A cloud that has one VPC."""
    vpc = {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "InstanceTenancy": "default", "OwnerId": "1", "Tags": []}
    cloud.answers |= {
        "create_vpc": {"Vpc": vpc},
        "describe_vpcs": {"Vpcs": [vpc]},
        "describe_vpc_attribute": lambda **asked: {capital(asked["Attribute"]): {"Value": True}},
        "describe_route_tables": {"RouteTables": [{"RouteTableId": "rtb-1"}]},
    }
    return cloud


def test_only_what_is_given_is_set_after_creation(network) -> None:
    resource_id, outputs = Resources(network).create(
        VPC, "v", {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True}, ignore
    )
    assert resource_id == "vpc-1"
    assert network.parameters("create_vpc") == {"CidrBlock": "10.0.0.0/16"}
    modified = [parameters for operation, parameters in network.asked if operation == "modify_vpc_attribute"]
    assert modified == [{"VpcId": "vpc-1", "EnableDnsHostnames": {"Value": True}}]
    assert outputs["arn"] == "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-1"
    assert outputs["mainRouteTableId"] == "rtb-1"
    assert outputs["region"] == "eu-west-1"


def test_the_id_is_told_before_the_resource_is_ready(network) -> None:
    seen: list[int] = []
    Resources(network).create(
        VPC, "v", {"cidrBlock": "10.0.0.0/16", "enableDnsSupport": False}, lambda _id: seen.append(len(network.asked))
    )
    assert network.operations()[: seen[0]] == ["create_vpc"]


def test_a_failure_after_creation_leaves_a_half_made_resource(network) -> None:
    network.answers["modify_vpc_attribute"] = refused("Throttling", "slow down", "ModifyVpcAttribute")
    with pytest.raises(HalfMadeError, match="Throttling: slow down") as caught:
        Resources(network).create(VPC, "v", {"cidrBlock": "10.0.0.0/16", "enableDnsSupport": True}, ignore)
    assert caught.value.resource_id == "vpc-1"
    assert caught.value.outputs["cidrBlock"] == "10.0.0.0/16"


def test_a_half_made_resource_is_finished_by_the_next_update(network) -> None:
    inputs = {"cidrBlock": "10.0.0.0/16", "enableDnsSupport": True}
    Resources(network).update(VPC, "v", "vpc-1", {}, inputs, inputs)
    assert "modify_vpc_attribute" in network.operations()
    assert "create_vpc" not in network.operations()


def test_a_refused_creation_makes_nothing(network) -> None:
    network.answers["create_vpc"] = refused("VpcLimitExceeded", "too many", "CreateVpc")
    with pytest.raises(AwsCallError, match=r"VpcLimitExceeded: too many \(CreateVpc\)"):
        Resources(network).create(VPC, "v", {"cidrBlock": "10.0.0.0/16"}, ignore)


def test_an_update_runs_the_steps_of_what_changed_only(network) -> None:
    old, new = (
        {"enableDnsSupport": True, "enableDnsHostnames": True},
        {"enableDnsSupport": False, "enableDnsHostnames": True},
    )
    Resources(network).update(VPC, "v", "vpc-1", old, old, new)
    assert network.parameters("modify_vpc_attribute") == {"VpcId": "vpc-1", "EnableDnsSupport": {"Value": False}}
    assert network.operations().count("modify_vpc_attribute") == 1


def test_a_property_taken_away_goes_back_to_the_default(network) -> None:
    Resources(network).update(VPC, "v", "vpc-1", {"enableDnsSupport": False}, {"enableDnsSupport": False}, {})
    assert network.parameters("modify_vpc_attribute")["EnableDnsSupport"] == {"Value": True}


def test_default_tags_are_below_the_own_ones(network) -> None:
    object.__setattr__(network.settings, "default_tags", {"team": "x", "stage": "dev"})
    Resources(network).create(VPC, "v", {"cidrBlock": "10.0.0.0/16", "tags": {"stage": "prod"}}, ignore)
    (specification,) = network.parameters("create_vpc")["TagSpecifications"]
    assert {tag["Key"]: tag["Value"] for tag in specification["Tags"]} == {"team": "x", "stage": "prod"}


def test_tags_change_by_what_is_new_and_what_is_gone(network) -> None:
    old = {"tags": {"a": "1", "b": "2"}}
    Resources(network).update(VPC, "v", "vpc-1", {**old, "tagsAll": old["tags"]}, old, {"tags": {"a": "9"}})
    assert network.parameters("delete_tags") == {"Resources": ["vpc-1"], "Tags": [{"Key": "b"}]}
    assert network.parameters("create_tags")["Tags"] == [{"Key": "a", "Value": "9"}]


def test_a_resource_deleted_behind_our_back_is_gone(network) -> None:
    network.answers["describe_vpcs"] = refused("InvalidVpcID.NotFound")
    assert Resources(network).read(VPC, "v", "vpc-1", {}, {"cidrBlock": "10.0.0.0/16"}) is None


def test_an_error_that_is_not_about_absence_is_told(network) -> None:
    network.answers["describe_vpcs"] = refused("UnauthorizedOperation")
    with pytest.raises(AwsCallError, match="UnauthorizedOperation"):
        Resources(network).read(VPC, "v", "vpc-1", {}, {"cidrBlock": "10.0.0.0/16"})


def test_a_refresh_takes_drift_into_the_inputs(network) -> None:
    network.answers["describe_vpcs"] = {
        "Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "Tags": [{"Key": "rogue", "Value": "1"}]}]
    }
    found = Resources(network).read(
        VPC, "v", "vpc-1", {}, {"cidrBlock": "10.0.0.0/16", "enableDnsSupport": False, "tags": {}}
    )
    assert found is not None
    assert found[1] == {"cidrBlock": "10.0.0.0/16", "enableDnsSupport": True, "tags": {"rogue": "1"}}


def test_an_import_takes_every_input_aws_tells(network) -> None:
    found = Resources(network).read(VPC, "v", "vpc-1", {}, {})
    assert found is not None
    assert found[1]["cidrBlock"] == "10.0.0.0/16"
    assert "arn" not in found[1]


def test_deletion_tries_again_while_something_still_uses_it(network) -> None:
    answers = iter([refused("DependencyViolation"), refused("DependencyViolation")])

    def delete(**_parameters: str) -> dict:
        for refusal in answers:
            raise refusal
        return {}

    network.answers["delete_vpc"] = delete
    Resources(network).delete(VPC, "v", "vpc-1", {}, {})
    assert network.operations().count("delete_vpc") == 3


def test_deletion_gives_up_when_patience_ends(network) -> None:
    network.answers["delete_vpc"] = refused("DependencyViolation", "has subnets")
    with pytest.raises(AwsCallError, match="has subnets"):
        Resources(network).delete(VPC, "v", "vpc-1", {}, {})
    assert network.time >= 1120


def test_what_is_gone_already_counts_as_deleted(network) -> None:
    network.answers["delete_vpc"] = refused("InvalidVpcID.NotFound")
    Resources(network).delete(VPC, "v", "vpc-1", {}, {})


@pytest.fixture
def template(cloud: ScriptedCloud) -> ScriptedCloud:
    meta = {
        "LaunchTemplateId": "lt-1",
        "LaunchTemplateName": "web",
        "LatestVersionNumber": 2,
        "DefaultVersionNumber": 1,
    }
    data = {
        "ImageId": "ami-2",
        "BlockDeviceMappings": [{"DeviceName": "a", "Ebs": {"VolumeSize": 8, "Encrypted": True}}],
    }
    cloud.answers |= {
        "create_launch_template": {"LaunchTemplate": meta},
        "create_launch_template_version": {"LaunchTemplateVersion": {"VersionNumber": 2}},
        "describe_launch_templates": {"LaunchTemplates": [meta]},
        "describe_launch_template_versions": {"LaunchTemplateVersions": [{"LaunchTemplateData": data}]},
    }
    return cloud


def test_a_new_image_is_a_new_version_and_not_the_default(template) -> None:
    old, new = {"name": "web", "imageId": "ami-1"}, {"name": "web", "imageId": "ami-2"}
    outputs = Resources(template).update(TEMPLATE, "web", "lt-1", {**old, "latestVersion": 1}, old, new)
    sent = template.parameters("create_launch_template_version")
    assert sent == {"LaunchTemplateId": "lt-1", "LaunchTemplateData": {"ImageId": "ami-2"}}
    assert "modify_launch_template" not in template.operations()
    assert (outputs["latestVersion"], outputs["defaultVersion"]) == (2, 1)


def test_the_default_follows_when_asked_to(template) -> None:
    old = {"name": "web", "imageId": "ami-1", "updateDefaultVersion": True}
    Resources(template).update(TEMPLATE, "web", "lt-1", old, old, {**old, "imageId": "ami-2"})
    assert template.parameters("modify_launch_template") == {"LaunchTemplateId": "lt-1", "DefaultVersion": "2"}


def test_a_tag_makes_no_new_version(template) -> None:
    old = {"name": "web", "imageId": "ami-2"}
    Resources(template).update(TEMPLATE, "web", "lt-1", old, old, {**old, "tags": {"cost": "7"}})
    assert "create_launch_template_version" not in template.operations()
    assert "create_tags" in template.operations()


def test_text_that_is_a_boolean_goes_to_aws_as_one(template) -> None:
    mappings = [{"deviceName": "a", "ebs": {"encrypted": "true", "volumeSize": 8, "deleteOnTermination": "false"}}]
    specifications = [{"resourceType": "instance", "tags": {"Name": "web"}}]
    inputs = {"name": "web", "blockDeviceMappings": mappings, "tagSpecifications": specifications}
    _, outputs = Resources(template).create(TEMPLATE, "web", inputs, ignore)
    data = template.parameters("create_launch_template")["LaunchTemplateData"]
    assert data["BlockDeviceMappings"][0]["Ebs"] == {"Encrypted": True, "VolumeSize": 8, "DeleteOnTermination": False}
    assert data["TagSpecifications"] == [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web"}]}]
    assert outputs["blockDeviceMappings"] == [{"deviceName": "a", "ebs": {"volumeSize": 8, "encrypted": "true"}}]


def test_a_preview_of_a_new_image_does_not_know_the_version(cloud) -> None:
    old = {"name": "web", "imageId": "ami-1"}
    state = {**old, "latestVersion": 1, "arn": "arn:lt"}
    resources = Resources(cloud)
    assert resources.preview_update(TEMPLATE, state, old, {**old, "imageId": "ami-2"})["latestVersion"] == UNKNOWN
    assert resources.preview_update(TEMPLATE, state, old, {**old, "tags": {"a": "1"}})["latestVersion"] == 1
    assert cloud.asked == []


def test_a_preview_of_a_creation_knows_the_inputs_and_asks_nobody(cloud) -> None:
    outputs = Resources(cloud).preview_create(VPC, {"cidrBlock": "10.0.0.0/16", "tags": {"a": "1"}, "__defaults": []})
    assert outputs["cidrBlock"] == "10.0.0.0/16"
    assert outputs["arn"] == outputs["mainRouteTableId"] == UNKNOWN
    assert outputs["tagsAll"] == {"a": "1"}
    assert "__defaults" not in outputs
    assert cloud.asked == []


def test_a_name_from_a_prefix_is_made_once(cloud) -> None:
    role = {"RoleName": "x", "AssumeRolePolicyDocument": {}, "Path": "/"}
    cloud.answers |= {
        "create_role": lambda **parameters: {"Role": {**role, "RoleName": parameters["RoleName"]}},
        "get_role": lambda **asked: {"Role": {**role, **asked}},
    }
    inputs = {"namePrefix": "web-", "assumeRolePolicy": "{}"}
    resource_id, outputs = Resources(cloud).create(INSTANCE_ROLE, "r", inputs, ignore)
    assert resource_id.startswith("web-")
    assert outputs["name"] == resource_id


def test_an_insecure_value_is_read_back_under_its_own_name(cloud) -> None:
    found = {"Name": "/x", "Type": "String", "Value": "1", "Version": 1, "ARN": "arn:x"}
    cloud.answers |= {
        "get_parameter": {"Parameter": found},
        "describe_parameters": {"Parameters": [{"Tier": "Standard"}]},
    }
    inputs = {"name": "/x", "type": "String", "insecureValue": "1"}
    _, outputs = Resources(cloud).create(PARAMETER, "p", inputs, ignore)
    assert cloud.parameters("put_parameter") == {"Name": "/x", "Type": "String", "Value": "1"} | {"DataType": "text"}
    assert (outputs["insecureValue"], outputs["value"]) == ("1", "1")


def test_attributes_of_a_target_group_are_set_and_read_back(cloud) -> None:
    group = {"TargetGroupArn": "arn:x:targetgroup/web/1", "TargetGroupName": "web", "Port": 80, "HealthCheckPath": "/"}
    attributes = [{"Key": "deregistration_delay.timeout_seconds", "Value": "60"}]
    cloud.answers |= {
        "create_target_group": {"TargetGroups": [group]},
        "describe_target_groups": {"TargetGroups": [group]},
        "describe_target_group_attributes": {"Attributes": attributes},
    }
    _, outputs = Resources(cloud).create(TARGETS, "t", {"name": "web", "port": 80, "deregistrationDelay": 60}, ignore)
    assert {"Key": "deregistration_delay.timeout_seconds", "Value": "60"} in cloud.parameters(
        "modify_target_group_attributes"
    )["Attributes"]
    assert outputs["deregistrationDelay"] == 60
    assert outputs["arnSuffix"] == "targetgroup/web/1"
    assert cloud.operations().count("describe_target_group_attributes") == 1


def test_a_bucket_keeps_the_tags_that_are_left(cloud) -> None:
    cloud.answers["get_bucket_tagging"] = {"TagSet": [{"Key": "a", "Value": "1"}]}
    state = {"bucket": "data", "tagsAll": {"a": "1", "b": "2"}}
    Resources(cloud).update(
        BUCKET,
        "d",
        "data",
        state,
        {"bucket": "data", "tags": state["tagsAll"]},
        {
            "bucket": "data",
            "tags": {"a": "1"},
        },
    )
    assert cloud.parameters("put_bucket_tagging")["Tagging"] == {"TagSet": [{"Key": "a", "Value": "1"}]}
    assert "delete_bucket_tagging" not in cloud.operations()
