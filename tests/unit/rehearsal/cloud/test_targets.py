import pytest
from botocore.exceptions import ClientError

from tests.unit.rehearsal.cloud.conftest import NEW, OLD, Aws


def test_a_target_is_initial_until_it_has_passed_its_checks(aws: Aws):
    aws.group()
    assert aws.health() == []
    aws.wait(60)
    assert aws.health() == ["initial"] * 4
    aws.wait(19)
    assert aws.health() == ["initial"] * 4
    aws.wait(1)
    assert aws.health() == ["healthy"] * 4


def test_a_serving_target_drains_before_its_server_ends(aws: Aws):
    aws.running_group()
    aws.autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=3)
    assert aws.health() == ["draining"] + ["healthy"] * 3
    assert "Terminating" in aws.states()
    aws.wait(59)
    assert "Terminating" in aws.states()
    aws.wait(1)
    assert aws.states() == ["InService"] * 3
    assert aws.health() == ["healthy"] * 3


def test_a_target_that_serves_nobody_yet_does_not_drain(aws: Aws):
    aws.group()
    aws.wait(65)
    aws.autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=3)
    assert aws.states() == ["InService"] * 3


def test_a_sick_server_is_unhealthy_at_once_but_replaced_only_after_the_grace_period(aws: Aws):
    aws.admin("fault", kind="unhealthy", image=OLD)
    aws.group(size=1, HealthCheckGracePeriod=300)
    aws.wait(60 + 20)
    assert aws.health() == ["unhealthy"]
    aws.wait(279)
    (hidden,) = aws.instances()
    assert (hidden["HealthStatus"], hidden["LifecycleState"]) == ("Healthy", "InService")
    aws.wait(1)
    assert [each["InstanceId"] for each in aws.instances()] != [hidden["InstanceId"]]


def test_a_sick_server_without_grace_is_replaced_as_soon_as_its_checks_failed(aws: Aws):
    aws.admin("fault", kind="unhealthy", image=OLD)
    aws.group(size=1, HealthCheckGracePeriod=0)
    aws.wait(79)
    (sick,) = aws.instances()
    aws.wait(1)
    assert [each["InstanceId"] for each in aws.instances()] != [sick["InstanceId"]]


def test_a_group_that_asks_only_ec2_keeps_a_server_its_load_balancer_finds_sick(aws: Aws):
    aws.admin("fault", kind="unhealthy", image=OLD)
    aws.group(size=1, HealthCheckType="EC2")
    aws.wait(3600)
    assert aws.states() == ["InService"]
    assert aws.health() == ["unhealthy"]


def test_a_sick_worker_fails_the_status_checks_of_ec2(aws: Aws):
    aws.admin("fault", kind="unhealthy", service="jobs")
    aws.group("jobs", size=1, HealthCheckType="EC2", TargetGroupARNs=[], HealthCheckGracePeriod=0)
    aws.wait(60)
    (sick,) = aws.instances("jobs")
    aws.wait(60)
    assert [each["InstanceId"] for each in aws.instances("jobs")] != [sick["InstanceId"]]


def test_a_server_can_be_made_sick_and_well_from_outside(aws: Aws):
    aws.running_group(HealthCheckGracePeriod=3600)
    sick = aws.instances()[0]["InstanceId"]
    aws.admin("health", instance=sick, healthy=False)
    aws.wait(20)
    assert aws.health() == ["healthy"] * 3 + ["unhealthy"]
    aws.admin("health", instance=sick, healthy=True)
    aws.wait(20)
    assert aws.health() == ["healthy"] * 4


def test_targets_of_a_group_no_listener_uses_are_unused(aws: Aws):
    alone = aws.target_group("alone")
    aws.group(TargetGroupARNs=[alone])
    aws.wait(600)
    assert aws.health(alone) == ["unused"] * 4
    rule = aws.elbv2.create_rule(
        ListenerArn=aws.listener,
        Priority=5,
        Conditions=[{"Field": "path-pattern", "Values": ["/alone"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": alone}],
    )["Rules"][0]["RuleArn"]
    assert aws.health(alone) == ["initial"] * 4
    aws.wait(20)
    assert aws.health(alone) == ["healthy"] * 4
    aws.elbv2.delete_rule(RuleArn=rule)
    assert aws.health(alone) == ["unused"] * 4


def test_a_target_group_in_use_is_not_deleted(aws: Aws):
    assert fails(lambda: aws.elbv2.delete_target_group(TargetGroupArn=aws.targets)) == "ResourceInUse"
    aws.elbv2.delete_listener(ListenerArn=aws.listener)
    aws.elbv2.delete_target_group(TargetGroupArn=aws.targets)


def test_a_target_group_used_by_a_rule_is_not_deleted(aws: Aws):
    second = aws.target_group("second")
    add_rule(aws, 5, second)
    assert fails(lambda: aws.elbv2.delete_target_group(TargetGroupArn=second)) == "ResourceInUse"


def test_a_rule_priority_in_use_is_refused(aws: Aws):
    add_rule(aws, 5, aws.targets)
    assert fails(lambda: add_rule(aws, 5, aws.targets)) == "PriorityInUse"


def test_a_target_group_names_the_load_balancers_that_use_it_now(aws: Aws):
    second = aws.target_group("second")
    assert balancers(aws, second) == []
    rule = add_rule(aws, 5, aws.targets)
    aws.elbv2.modify_rule(RuleArn=rule, Actions=[{"Type": "forward", "TargetGroupArn": second}])
    assert balancers(aws, second) == [aws.balancer]


def test_targets_are_registered_by_hand_too(aws: Aws):
    image = aws.ec2.run_instances(ImageId=NEW, MinCount=1, MaxCount=1, SubnetId=aws.subnets[0])
    identity = image["Instances"][0]["InstanceId"]
    aws.elbv2.register_targets(TargetGroupArn=aws.targets, Targets=[{"Id": identity}])
    aws.wait(20)
    assert aws.health() == ["healthy"]
    aws.elbv2.deregister_targets(TargetGroupArn=aws.targets, Targets=[{"Id": identity}])
    assert aws.health() == ["draining"]
    aws.wait(60)
    assert aws.health() == []
    asked = aws.elbv2.describe_target_health(TargetGroupArn=aws.targets, Targets=[{"Id": identity}])
    assert asked["TargetHealthDescriptions"][0]["TargetHealth"]["Reason"] == "Target.NotRegistered"


def test_target_groups_can_be_attached_and_detached(aws: Aws):
    aws.running_group(TargetGroupARNs=[])
    assert aws.health() == []
    name = {"AutoScalingGroupName": "web", "TargetGroupARNs": [aws.targets]}
    aws.autoscaling.attach_load_balancer_target_groups(**name)
    aws.wait(20)
    assert aws.health() == ["healthy"] * 4
    aws.autoscaling.detach_load_balancer_target_groups(**name)
    aws.wait(60)
    assert aws.health() == []


def add_rule(aws: Aws, priority: int, arn: str) -> str:
    return aws.elbv2.create_rule(
        ListenerArn=aws.listener,
        Priority=priority,
        Conditions=[{"Field": "path-pattern", "Values": [f"/{priority}"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": arn}],
    )["Rules"][0]["RuleArn"]


def balancers(aws: Aws, arn: str) -> list[str]:
    return aws.elbv2.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]["LoadBalancerArns"]


def fails(call) -> str:
    with pytest.raises(ClientError) as refused:
        call()
    return refused.value.response["Error"]["Code"]
