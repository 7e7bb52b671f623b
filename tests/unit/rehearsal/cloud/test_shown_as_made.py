"""What moto shows other than AWS does, and the real provider would take for drift."""

import pytest
from botocore.exceptions import ClientError

from tests.unit.rehearsal.cloud.conftest import OLD, Aws

TRACKING = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"}, "TargetValue": 50.0}


def put_policy(aws: Aws, **values) -> dict:
    aws.autoscaling.put_scaling_policy(
        AutoScalingGroupName="web",
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration=TRACKING,
        **values,
    )
    [policy] = aws.autoscaling.describe_policies(AutoScalingGroupName="web")["ScalingPolicies"]
    return policy


def test_a_scaling_policy_is_on_and_has_no_forecast(aws: Aws):
    aws.group()
    policy = put_policy(aws)
    assert policy["Enabled"] is True
    assert "PredictiveScalingConfiguration" not in policy


def test_a_scaling_policy_can_be_switched_off_and_on(aws: Aws):
    aws.group()
    assert put_policy(aws, Enabled=False)["Enabled"] is False
    assert put_policy(aws, Enabled=True)["Enabled"] is True


def test_tags_of_a_launch_template_are_not_those_of_its_servers(aws: Aws):
    servers = {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "server"}]}
    template = aws.ec2.create_launch_template(
        LaunchTemplateName="tagged",
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": [{"Key": "Name", "Value": "template"}]}],
        LaunchTemplateData={"ImageId": OLD, "TagSpecifications": [servers]},
    )["LaunchTemplate"]
    found = aws.ec2.describe_launch_template_versions(LaunchTemplateId=template["LaunchTemplateId"])
    [version] = found["LaunchTemplateVersions"]
    assert version["LaunchTemplateData"]["TagSpecifications"] == [servers]
    [shown] = aws.ec2.describe_launch_templates(LaunchTemplateIds=[template["LaunchTemplateId"]])["LaunchTemplates"]
    assert shown["Tags"] == [{"Key": "Name", "Value": "template"}]


def test_a_launch_template_shows_the_tags_it_has_now(aws: Aws):
    tag = {"Key": "cost-centre", "Value": "shop"}
    aws.ec2.create_tags(Resources=[aws.template], Tags=[tag])
    [shown] = aws.ec2.describe_launch_templates(LaunchTemplateIds=[aws.template])["LaunchTemplates"]
    assert shown["Tags"] == [tag]


def rule_between_groups(aws: Aws) -> tuple[str, dict]:
    source, target = (
        aws.ec2.create_security_group(GroupName=name, Description=name, VpcId=aws.vpc)["GroupId"]
        for name in ("source", "target")
    )
    pair = {"GroupId": source, "Description": "From the load balancer"}
    permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [pair]}
    [rule] = aws.ec2.authorize_security_group_ingress(GroupId=target, IpPermissions=[permission])["SecurityGroupRules"]
    return target, rule


def shown_rule(aws: Aws, rule: dict) -> dict:
    found = aws.ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
    return found["SecurityGroupRules"][0]


def test_a_rule_between_security_groups_keeps_its_description(aws: Aws):
    _, rule = rule_between_groups(aws)
    assert shown_rule(aws, rule)["Description"] == "From the load balancer"


def test_a_rule_between_security_groups_can_name_another_group(aws: Aws):
    target, rule = rule_between_groups(aws)
    other = aws.ec2.create_security_group(GroupName="other", Description="other", VpcId=aws.vpc)["GroupId"]

    change_rule(aws, target, rule, ReferencedGroupId=other)

    assert shown_rule(aws, rule)["ReferencedGroupInfo"]["GroupId"] == other
    [group] = aws.ec2.describe_security_groups(GroupIds=[target])["SecurityGroups"]
    assert [pair["GroupId"] for each in group["IpPermissions"] for pair in each["UserIdGroupPairs"]] == [other]


def test_a_rule_cannot_name_a_group_that_is_not_there(aws: Aws):
    target, rule = rule_between_groups(aws)

    with pytest.raises(ClientError, match=r"InvalidGroup\.NotFound"):
        change_rule(aws, target, rule, ReferencedGroupId="sg-00000000000000000")

    assert shown_rule(aws, rule) == rule


@pytest.mark.parametrize(
    "source, member, before, after",
    [
        ({"IpRanges": [{"CidrIp": "10.0.0.0/16"}]}, "CidrIpv4", "10.0.0.0/16", "10.1.0.0/16"),
        ({"Ipv6Ranges": [{"CidrIpv6": "fd00::/64"}]}, "CidrIpv6", "fd00::/64", "fd01::/64"),
        ({"PrefixListIds": [{"PrefixListId": "pl-1"}]}, "PrefixListId", "pl-1", "pl-2"),
    ],
)
def test_a_rule_can_be_given_another_source_of_its_kind(aws: Aws, source: dict, member: str, before: str, after: str):
    target = aws.ec2.create_security_group(GroupName="target", Description="target", VpcId=aws.vpc)["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, **source}
    [rule] = aws.ec2.authorize_security_group_ingress(GroupId=target, IpPermissions=[permission])["SecurityGroupRules"]
    assert rule[member] == before

    change_rule(aws, target, rule, **{member: after})

    assert shown_rule(aws, rule)[member] == after


def change_rule(aws: Aws, group: str, rule: dict, **new: str) -> None:
    changed = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, **new}
    aws.ec2.modify_security_group_rules(
        GroupId=group,
        SecurityGroupRules=[{"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": changed}],
    )


def test_a_new_description_of_such_a_rule_makes_no_range_of_addresses(aws: Aws):
    target, rule = rule_between_groups(aws)
    new = {
        "IpProtocol": "tcp",
        "FromPort": 80,
        "ToPort": 80,
        "ReferencedGroupId": rule["ReferencedGroupInfo"]["GroupId"],
        "Description": "From the other one",
    }
    changed = {"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": new}
    aws.ec2.modify_security_group_rules(GroupId=target, SecurityGroupRules=[changed])
    assert shown_rule(aws, rule)["Description"] == "From the other one"
    [group] = aws.ec2.describe_security_groups(GroupIds=[target])["SecurityGroups"]
    assert [each.get("IpRanges") or [] for each in group["IpPermissions"]] == [[]]
