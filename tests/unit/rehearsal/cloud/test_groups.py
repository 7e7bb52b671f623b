from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.rehearsal.cloud.conftest import NEW, OLD, Aws


def test_servers_are_pending_until_booted_then_in_service(aws: Aws):
    aws.group()
    assert aws.states() == ["Pending"] * 4
    aws.wait(59)
    assert aws.states() == ["Pending"] * 4
    aws.wait(1)
    assert aws.states() == ["InService"] * 4


def test_ec2_calls_a_server_pending_until_it_has_booted(aws: Aws):
    aws.group()
    assert ec2_states(aws) == Counter(pending=4)
    aws.wait(60)
    assert ec2_states(aws) == Counter(running=4)


def test_servers_spread_evenly_over_the_subnets(aws: Aws):
    aws.group(size=5)
    assert sorted(Counter(each["AvailabilityZone"] for each in aws.instances()).values()) == [2, 3]
    subnets = Counter(each["SubnetId"] for each in ec2_instances(aws))
    assert sorted(subnets.values()) == [2, 3]


def test_servers_carry_the_launched_template_version_and_its_image(aws: Aws):
    aws.group(version="2")
    assert aws.versions() == ["2"] * 4
    assert {each["ImageId"] for each in ec2_instances(aws)} == {NEW}
    tags = {tag["Key"]: tag["Value"] for tag in ec2_instances(aws)[0]["Tags"]}
    assert tags["aws:ec2launchtemplate:version"] == "2"
    assert tags["aws:autoscaling:groupName"] == "web"


def test_latest_and_default_are_resolved_at_the_launch(aws: Aws):
    aws.group("latest", version="$Latest", size=1)
    aws.group("default", version="$Default", size=1)
    assert (aws.versions("latest"), aws.versions("default")) == (["2"], ["1"])
    assert aws.describe("latest")["LaunchTemplate"]["Version"] == "$Latest"


def test_a_group_on_a_later_version_with_user_data_can_be_described(aws: Aws):
    aws.group(version="2")
    assert len(aws.instances()) == 4
    described = aws.ec2.describe_launch_template_versions(LaunchTemplateId=aws.template, Versions=["2"])
    assert described["LaunchTemplateVersions"][0]["LaunchTemplateData"]["UserData"] == "aGk="


def test_an_image_may_say_how_long_its_servers_boot(aws: Aws):
    aws.ec2.create_tags(Resources=[OLD], Tags=[{"Key": "strata:boot-seconds", "Value": "10"}])
    aws.group()
    aws.wait(10)
    assert aws.states() == ["InService"] * 4


def test_the_boot_time_of_a_service_can_be_set(aws: Aws):
    aws.admin("boot", service="shop", seconds=5)
    aws.group(Tags=[{"Key": "strata:service", "Value": "shop", "PropagateAtLaunch": True}])
    aws.wait(5)
    assert aws.states() == ["InService"] * 4


def test_servers_that_are_booting_can_be_told_to_be_quicker(aws: Aws):
    aws.admin("boot", service="shop", seconds=500)
    aws.group(Tags=[{"Key": "strata:service", "Value": "shop", "PropagateAtLaunch": True}])
    aws.wait(50)
    aws.admin("boot", service="shop", seconds=5, waiting=True)
    aws.wait(5)
    assert aws.states() == ["InService"] * 4
    aws.wait(600)
    assert aws.states() == ["InService"] * 4


def test_propagated_tags_security_groups_disks_and_profile_reach_the_servers(aws: Aws):
    security = aws.ec2.create_security_group(GroupName="web", Description="web", VpcId=aws.vpc)["GroupId"]
    aws.iam.create_instance_profile(InstanceProfileName="web")
    version = aws.version(
        OLD,
        SecurityGroupIds=[security],
        IamInstanceProfile={"Name": "web"},
        MetadataOptions={"HttpTokens": "required"},
        BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 20, "Encrypted": True}}],
        TagSpecifications=[{"ResourceType": "volume", "Tags": [{"Key": "stage", "Value": "prod"}]}],
    )
    tags = [{"Key": "team", "Value": "a", "PropagateAtLaunch": True}, {"Key": "cost", "Value": "b"}]
    aws.group(version=version, size=1, Tags=tags)
    (server,) = ec2_instances(aws)
    assert [each["GroupId"] for each in server["SecurityGroups"]] == [security]
    assert server["IamInstanceProfile"]["Arn"].endswith("instance-profile/web")
    assert server["MetadataOptions"]["HttpTokens"] == "required"
    shown = {tag["Key"]: tag["Value"] for tag in server["Tags"]}
    assert shown["team"] == "a"
    assert "cost" not in shown
    (volume,) = aws.ec2.describe_volumes()["Volumes"]
    assert (volume["Size"], volume["Encrypted"], volume["Attachments"][0]["Device"]) == (20, True, "/dev/xvda")
    assert {"Key": "stage", "Value": "prod"} in volume["Tags"]


def test_launches_and_terminations_are_recorded_as_activities(aws: Aws):
    aws.group(size=1)
    (launch,) = activities(aws)
    assert launch["StatusCode"] == "InProgress"
    assert launch["Description"].startswith("Launching a new EC2 instance: i-")
    aws.wait(60)
    assert activities(aws)[0]["StatusCode"] == "Successful"
    aws.autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=0)
    aws.wait(300)
    aws.states()
    ended = activities(aws)[0]
    assert ended["Description"].startswith("Terminating EC2 instance: i-")
    assert ended["EndTime"] > ended["StartTime"] or ended["StatusCode"] == "Successful"


def test_times_are_simulated_times(aws: Aws):
    aws.group(size=1)
    aws.wait(60)
    aws.states()
    activity = activities(aws)[0]
    assert activity["StartTime"].timestamp() == 1_700_000_000
    assert activity["EndTime"].timestamp() == 1_700_000_060
    assert aws.describe()["CreatedTime"].timestamp() == 1_700_000_000
    assert ec2_instances(aws)[0]["LaunchTime"].timestamp() == 1_700_000_000


def test_a_server_terminated_from_outside_is_replaced(aws: Aws):
    aws.running_group()
    victim = aws.instances()[0]["InstanceId"]
    aws.ec2.terminate_instances(InstanceIds=[victim])
    assert victim not in [each["InstanceId"] for each in aws.instances()]
    assert aws.states() == ["InService"] * 3 + ["Pending"]
    assert aws.health() == ["healthy"] * 3


def test_a_killed_server_is_logged_as_dead(aws: Aws):
    aws.running_group()
    victim = aws.instances()[0]["InstanceId"]
    assert aws.admin("kill", instance=victim) == {"killed": [victim]}
    assert [each["name"] for each in aws.events("server") if each["state"] == "died"] == [victim]


def test_a_stopped_server_is_replaced(aws: Aws):
    aws.running_group()
    victim = aws.instances()[0]["InstanceId"]
    aws.ec2.stop_instances(InstanceIds=[victim])
    assert aws.states() == ["InService"] * 3 + ["Pending"]


def test_scale_out_launches_and_scale_in_takes_servers_that_do_not_serve_yet_first(aws: Aws):
    aws.running_group()
    serving = {each["InstanceId"] for each in aws.instances()}
    aws.autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=6)
    assert aws.states() == ["InService"] * 4 + ["Pending"] * 2
    aws.autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=4)
    assert {each["InstanceId"] for each in aws.instances()} == serving


def test_scale_in_leaves_protected_servers(aws: Aws):
    aws.running_group()
    kept = aws.instances()[0]["InstanceId"]
    aws.autoscaling.set_instance_protection(AutoScalingGroupName="web", InstanceIds=[kept], ProtectedFromScaleIn=True)
    aws.autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=1)
    aws.wait(100)
    assert [each["InstanceId"] for each in aws.instances()] == [kept]


def test_a_server_past_its_maximum_lifetime_is_replaced_by_one_launched_before_it_goes(aws: Aws):
    aws.running_group(size=2, MaxInstanceLifetime=86_400)
    before = {each["InstanceId"] for each in aws.instances()}
    aws.wait(86_400)
    fewest = min(sum(state == "InService" for state in step(aws, 30)) for _ in range(60))
    assert fewest >= 2
    assert not before & {each["InstanceId"] for each in aws.instances()}
    assert aws.states() == ["InService"] * 2


def test_a_forced_deletion_takes_the_servers_and_drains_their_targets(aws: Aws):
    aws.running_group()
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="web", ForceDelete=True)
    assert aws.describe()["Status"] == "Delete in progress"
    assert aws.health() == ["draining"] * 4
    aws.wait(60)
    assert aws.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"] == []
    assert aws.health() == []
    assert ec2_states(aws) == Counter(terminated=4)


def test_a_group_with_servers_is_not_deleted_unforced(aws: Aws):
    aws.running_group()
    refused = fails(lambda: aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="web"))
    assert refused == "ResourceInUse"


def test_terminated_servers_give_back_addresses_disks_and_security_groups(aws: Aws):
    security = aws.ec2.create_security_group(GroupName="web", Description="web", VpcId=aws.vpc)["GroupId"]
    free = free_addresses(aws)
    aws.running_group(version=aws.version(OLD, SecurityGroupIds=[security]))
    assert free_addresses(aws) == free - 4
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="web", ForceDelete=True)
    aws.wait(60)
    assert free_addresses(aws) == free
    assert aws.ec2.describe_volumes()["Volumes"] == []
    aws.ec2.delete_security_group(GroupId=security)


def test_terminated_servers_are_forgotten_after_an_hour(aws: Aws):
    aws.running_group()
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="web", ForceDelete=True)
    aws.wait(60)
    assert len(ec2_instances(aws)) == 4
    aws.wait(3600)
    assert ec2_instances(aws) == []


def test_a_full_subnet_is_left_out_and_a_full_network_fails_the_launch(aws: Aws):
    small = aws.ec2.create_subnet(VpcId=aws.vpc, CidrBlock="10.0.200.0/28", AvailabilityZone="eu-west-1c")["Subnet"]
    aws.group(size=15, VPCZoneIdentifier=small["SubnetId"], TargetGroupARNs=[])
    assert len(aws.instances()) == 11
    failed = activities(aws)[0]
    assert failed["StatusCode"] == "Failed"
    assert "not enough free addresses" in failed["StatusMessage"]
    both = f"{small['SubnetId']},{aws.subnets[0]}"
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName="web", VPCZoneIdentifier=both)
    aws.wait(60)
    assert len(aws.instances()) == 15


def test_a_missing_image_fails_the_launch_with_an_activity_and_is_tried_again(aws: Aws):
    aws.group(version=aws.version("ami-00000000000000ff"), size=1)
    assert aws.instances() == []
    assert "ami-00000000000000ff" in activities(aws)[0]["StatusMessage"]
    aws.admin("images", images=[{"name": "web", "version": "9", "id": "ami-00000000000000ff"}])
    aws.wait(60)
    assert len(aws.instances()) == 1


def test_an_image_named_by_an_ssm_parameter_is_resolved_at_the_launch(aws: Aws):
    aws.ssm.put_parameter(Name="/images/web", Type="String", Value=NEW)
    aws.group(version=aws.version("resolve:ssm:/images/web"), size=1)
    assert ec2_instances(aws)[0]["ImageId"] == NEW


@pytest.mark.parametrize(
    "change, code",
    [
        ({"MinSize": 5, "MaxSize": 4}, "ValidationError"),
        ({"DesiredCapacity": 99}, "ValidationError"),
        ({"LaunchTemplate": {"LaunchTemplateName": "none", "Version": "1"}}, "ValidationError"),
        ({"LaunchTemplate": {"LaunchTemplateName": "web", "Version": "9"}}, "ValidationError"),
        ({"VPCZoneIdentifier": "subnet-0000000000000000f"}, "ValidationError"),
        (
            {"TargetGroupARNs": ["arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/x/1"]},
            "ValidationError",
        ),
    ],
)
def test_a_group_that_cannot_be_is_refused(aws: Aws, change: dict[str, Any], code: str):
    assert fails(lambda: aws.group(**change)) == code


def test_a_name_that_exists_is_refused(aws: Aws):
    aws.group()
    assert fails(aws.group) == "AlreadyExists"


@pytest.mark.parametrize("wanted", [13, -1])
def test_a_desired_capacity_outside_the_bounds_is_refused(aws: Aws, wanted: int):
    aws.group(MinSize=0)
    change = lambda: aws.autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=wanted)  # noqa: E731
    assert fails(change) in ("ValidationError", "ParamValidationError")
    assert aws.describe()["DesiredCapacity"] == 4


def test_an_update_that_is_refused_changes_nothing(aws: Aws):
    aws.group()
    update = lambda: aws.autoscaling.update_auto_scaling_group(  # noqa: E731
        AutoScalingGroupName="web", MinSize=9, DesiredCapacity=2
    )
    assert fails(update) == "ValidationError"
    assert (aws.describe()["MinSize"], aws.describe()["DesiredCapacity"]) == (0, 4)


def test_attributes_come_back_as_they_were_given(aws: Aws):
    aws.group(
        DefaultInstanceWarmup=90,
        MaxInstanceLifetime=86_400,
        InstanceMaintenancePolicy={"MinHealthyPercentage": 100, "MaxHealthyPercentage": 150},
        TerminationPolicies=["OldestInstance"],
        DefaultCooldown=30,
        NewInstancesProtectedFromScaleIn=True,
    )
    group = aws.describe()
    assert group["DefaultInstanceWarmup"] == 90
    assert group["MaxInstanceLifetime"] == 86_400
    assert group["InstanceMaintenancePolicy"] == {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 150}
    assert group["TerminationPolicies"] == ["OldestInstance"]
    assert group["DefaultCooldown"] == 30
    assert group["NewInstancesProtectedFromScaleIn"] is True
    assert all(each["ProtectedFromScaleIn"] for each in group["Instances"])


def test_a_mixed_instances_policy_overrides_the_instance_type(aws: Aws):
    policy = {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": aws.specification("1"),
            "Overrides": [{"InstanceType": "m5.large"}],
        }
    }
    aws.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="web", MinSize=1, MaxSize=1, MixedInstancesPolicy=policy, VPCZoneIdentifier=aws.subnets[0]
    )
    shown = aws.describe()["MixedInstancesPolicy"]["LaunchTemplate"]
    assert shown["LaunchTemplateSpecification"]["Version"] == "1"
    assert aws.instances()[0]["InstanceType"] == "m5.large"
    assert ec2_instances(aws)[0]["InstanceType"] == "m5.large"


def test_groups_are_found_by_tag(aws: Aws):
    aws.group("a", Tags=[{"Key": "strata:service", "Value": "a"}])
    aws.group("b", Tags=[{"Key": "strata:service", "Value": "b"}])
    found = aws.autoscaling.describe_auto_scaling_groups(Filters=[{"Name": "tag:strata:service", "Values": ["b"]}])
    assert [each["AutoScalingGroupName"] for each in found["AutoScalingGroups"]] == ["b"]


def test_groups_instances_and_activities_come_in_pages(aws: Aws):
    for name in "abc":
        aws.group(name, size=2)
    pages = aws.autoscaling.get_paginator("describe_auto_scaling_groups").paginate(PaginationConfig={"PageSize": 1})
    assert [group["AutoScalingGroupName"] for page in pages for group in page["AutoScalingGroups"]] == ["a", "b", "c"]
    pages = aws.autoscaling.get_paginator("describe_auto_scaling_instances").paginate(PaginationConfig={"PageSize": 4})
    assert [len(page["AutoScalingInstances"]) for page in pages] == [4, 2]
    pages = aws.autoscaling.get_paginator("describe_scaling_activities").paginate(PaginationConfig={"PageSize": 5})
    assert [len(page["Activities"]) for page in pages] == [5, 1]


def test_instances_agree_wherever_they_are_described(aws: Aws):
    aws.running_group()
    of_group = {each["InstanceId"]: each["LifecycleState"] for each in aws.instances()}
    on_their_own = aws.autoscaling.describe_auto_scaling_instances()["AutoScalingInstances"]
    of_targets = aws.elbv2.describe_target_health(TargetGroupArn=aws.targets)["TargetHealthDescriptions"]
    assert {each["InstanceId"]: each["LifecycleState"] for each in on_their_own} == of_group
    assert {each["InstanceId"] for each in ec2_instances(aws)} == set(of_group)
    assert {each["Target"]["Id"] for each in of_targets} == set(of_group)
    chosen = list(of_group)[:2]
    found = aws.ec2.describe_instances(InstanceIds=chosen)["Reservations"]
    assert {each["InstanceId"] for one in found for each in one["Instances"]} == set(chosen)


def test_an_executed_policy_stays_within_the_bounds(aws: Aws):
    aws.running_group(MaxSize=5)
    aws.autoscaling.put_scaling_policy(
        AutoScalingGroupName="web",
        PolicyName="more",
        PolicyType="SimpleScaling",
        AdjustmentType="ChangeInCapacity",
        ScalingAdjustment=7,
    )
    aws.autoscaling.execute_policy(PolicyName="more")
    assert aws.describe()["DesiredCapacity"] == 5


def test_policies_and_schedules_go_with_their_group(aws: Aws):
    aws.group(size=0)
    aws.autoscaling.put_scaling_policy(
        AutoScalingGroupName="web", PolicyName="more", AdjustmentType="ChangeInCapacity", ScalingAdjustment=1
    )
    aws.autoscaling.put_scheduled_update_group_action(
        AutoScalingGroupName="web", ScheduledActionName="night", Recurrence="0 0 * * *", DesiredCapacity=0
    )
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="web")
    assert aws.autoscaling.describe_policies()["ScalingPolicies"] == []
    assert aws.autoscaling.describe_scheduled_actions()["ScheduledUpdateGroupActions"] == []


def test_instance_types_can_be_described(aws: Aws):
    (found,) = aws.ec2.describe_instance_types(InstanceTypes=["t3.small"])["InstanceTypes"]
    assert found["ProcessorInfo"]["SupportedArchitectures"] == ["x86_64"]


def ec2_instances(aws: Aws) -> list[dict]:
    return [each for one in aws.ec2.describe_instances()["Reservations"] for each in one["Instances"]]


def ec2_states(aws: Aws) -> Counter[str]:
    return Counter(each["State"]["Name"] for each in ec2_instances(aws))


def activities(aws: Aws) -> list[dict]:
    return aws.autoscaling.describe_scaling_activities(AutoScalingGroupName="web")["Activities"]


def free_addresses(aws: Aws) -> int:
    return sum(each["AvailableIpAddressCount"] for each in aws.ec2.describe_subnets(SubnetIds=aws.subnets)["Subnets"])


def step(aws: Aws, seconds: float) -> list[str]:
    aws.wait(seconds)
    return aws.states()


def fails(call) -> str:
    with pytest.raises(ClientError) as refused:
        call()
    return refused.value.response["Error"]["Code"]


def test_a_group_named_by_zones_uses_the_default_subnets(aws: Aws):
    aws.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="web",
        MinSize=2,
        MaxSize=2,
        AvailabilityZones=["eu-west-1a", "eu-west-1b"],
        LaunchTemplate=aws.specification("1"),
    )
    assert sorted(each["AvailabilityZone"] for each in aws.instances()) == ["eu-west-1a", "eu-west-1b"]
    assert len({each["SubnetId"] for each in ec2_instances(aws)}) == 2


def test_instance_types_are_offered_per_zone_of_the_region(aws: Aws):
    offered = aws.ec2.describe_instance_type_offerings(
        LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": ["t3.small"]}]
    )["InstanceTypeOfferings"]
    assert {each["Location"] for each in offered} == {"eu-west-1a", "eu-west-1b", "eu-west-1c"}
    assert {each["LocationType"] for each in offered} == {"availability-zone"}
