import pytest
from botocore.exceptions import ClientError

from tests.unit.rehearsal.cloud.conftest import NEW, OLD, Aws

TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"
LAUNCHING = "autoscaling:EC2_INSTANCE_LAUNCHING"


def hook(aws: Aws, transition: str, **values: object) -> None:
    aws.autoscaling.put_lifecycle_hook(
        AutoScalingGroupName="web", LifecycleHookName="wait", LifecycleTransition=transition, **values
    )


def test_a_worker_drains_in_its_termination_hook(aws: Aws):
    aws.running_group(TargetGroupARNs=[])
    hook(aws, TERMINATING, HeartbeatTimeout=300)
    aws.autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=3)
    assert aws.states() == ["InService"] * 3 + ["Terminating:Wait"]
    aws.wait(29)
    assert "Terminating:Wait" in aws.states()
    aws.wait(1)
    assert aws.states() == ["InService"] * 3


def test_a_server_waits_in_its_launch_hook_before_it_serves(aws: Aws):
    aws.group(size=0)
    hook(aws, LAUNCHING, HeartbeatTimeout=300)
    aws.autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=0)
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName="web", MaxSize=2, DesiredCapacity=2)
    aws.wait(60)
    assert aws.states() == ["Pending:Wait"] * 2
    aws.wait(30)
    assert aws.states() == ["InService"] * 2


def test_a_hook_that_nobody_completes_ends_with_its_default_result(aws: Aws):
    aws.running_group(size=1, TargetGroupARNs=[])
    hook(aws, LAUNCHING, HeartbeatTimeout=30, DefaultResult="ABANDON")
    aws.autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=2)
    aws.wait(60)
    waiting = {each["InstanceId"] for each in aws.instances() if each["LifecycleState"] == "Pending:Wait"}
    assert len(waiting) == 1
    aws.wait(30)
    assert not waiting & {each["InstanceId"] for each in aws.instances()}
    assert aws.states() == ["InService", "Pending"]


def test_a_hook_is_completed_by_request(aws: Aws):
    aws.running_group(size=1, TargetGroupARNs=[])
    hook(aws, TERMINATING, HeartbeatTimeout=20)
    chosen = aws.instances()[0]["InstanceId"]
    aws.autoscaling.terminate_instance_in_auto_scaling_group(InstanceId=chosen, ShouldDecrementDesiredCapacity=True)
    assert aws.states() == ["Terminating:Wait"]
    aws.autoscaling.complete_lifecycle_action(
        AutoScalingGroupName="web", LifecycleHookName="wait", LifecycleActionResult="CONTINUE", InstanceId=chosen
    )
    assert aws.states() == []


def test_a_heartbeat_gives_the_whole_timeout_again(aws: Aws):
    aws.running_group(size=1, TargetGroupARNs=[])
    hook(aws, TERMINATING, HeartbeatTimeout=20)
    chosen = aws.instances()[0]["InstanceId"]
    aws.autoscaling.terminate_instance_in_auto_scaling_group(InstanceId=chosen, ShouldDecrementDesiredCapacity=True)
    aws.wait(15)
    aws.autoscaling.record_lifecycle_action_heartbeat(
        AutoScalingGroupName="web", LifecycleHookName="wait", InstanceId=chosen
    )
    aws.wait(15)
    assert aws.states() == ["Terminating:Wait"]
    aws.wait(5)
    assert aws.states() == []


def test_completing_what_does_not_wait_is_refused(aws: Aws):
    aws.running_group(size=1)
    with pytest.raises(ClientError, match="No active Lifecycle Action"):
        aws.autoscaling.complete_lifecycle_action(
            AutoScalingGroupName="web",
            LifecycleHookName="wait",
            LifecycleActionResult="CONTINUE",
            InstanceId=aws.instances()[0]["InstanceId"],
        )


def test_hooks_come_back_as_they_were_put(aws: Aws):
    aws.group(
        size=0,
        LifecycleHookSpecificationList=[
            {"LifecycleHookName": "first", "LifecycleTransition": LAUNCHING, "HeartbeatTimeout": 60}
        ],
    )
    hook(aws, TERMINATING, DefaultResult="CONTINUE", NotificationMetadata="m")
    shown = aws.autoscaling.describe_lifecycle_hooks(AutoScalingGroupName="web")["LifecycleHooks"]
    assert [(each["LifecycleHookName"], each["HeartbeatTimeout"]) for each in shown] == [("first", 60), ("wait", 3600)]
    assert shown[1]["DefaultResult"] == "CONTINUE"
    assert shown[1]["NotificationMetadata"] == "m"
    assert "RoleARN" not in shown[1]


def test_deleting_a_hook_lets_its_servers_go_on(aws: Aws):
    aws.running_group(size=1, TargetGroupARNs=[])
    hook(aws, TERMINATING)
    aws.autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=0)
    assert aws.states() == ["Terminating:Wait"]
    aws.autoscaling.delete_lifecycle_hook(AutoScalingGroupName="web", LifecycleHookName="wait")
    assert aws.states() == []


def test_a_dead_server_waits_in_no_hook(aws: Aws):
    aws.running_group(size=1)
    hook(aws, TERMINATING)
    dead = aws.instances()[0]["InstanceId"]
    aws.admin("kill", instance=dead)
    assert dead not in [each["InstanceId"] for each in aws.instances()]


def keep_one(aws: Aws, result: str = "ABANDON") -> str:
    """End a server of a group of two, and answer its hook; gives its id."""
    hook(aws, TERMINATING, HeartbeatTimeout=300)
    chosen = aws.instances()[0]["InstanceId"]
    aws.autoscaling.terminate_instance_in_auto_scaling_group(InstanceId=chosen, ShouldDecrementDesiredCapacity=False)
    while "Terminating:Wait" not in aws.states():
        aws.wait(5)
    aws.autoscaling.complete_lifecycle_action(
        AutoScalingGroupName="web", LifecycleHookName="wait", LifecycleActionResult=result, InstanceId=chosen
    )
    return chosen


def policy(action: str) -> dict[str, object]:
    return {"InstanceLifecyclePolicy": {"RetentionTriggers": {"TerminateHookAbandon": action}}}


def test_a_group_that_retains_keeps_a_server_whose_termination_hook_is_abandoned_beside_those_it_wants(aws: Aws):
    aws.running_group(size=2, **policy("retain"))
    kept = keep_one(aws)
    aws.wait(100)
    assert aws.states() == ["InService", "InService", "Terminating:Retained"]
    (shown,) = aws.autoscaling.describe_auto_scaling_instances(InstanceIds=[kept])["AutoScalingInstances"]
    assert shown["LifecycleState"] == "Terminating:Retained"
    (instance,) = aws.ec2.describe_instances(InstanceIds=[kept])["Reservations"][0]["Instances"]
    assert instance["State"]["Name"] == "running"
    found = aws.elbv2.describe_target_health(TargetGroupArn=aws.targets)["TargetHealthDescriptions"]
    assert kept not in {each["Target"]["Id"] for each in found}
    aws.wait(1_000_000)
    assert "Terminating:Retained" in aws.states(), "until somebody ends it"
    aws.autoscaling.terminate_instance_in_auto_scaling_group(InstanceId=kept, ShouldDecrementDesiredCapacity=False)
    aws.wait(1)
    assert aws.states() == ["InService", "InService"], "without its hook once more, and nothing in its place"


@pytest.mark.parametrize(
    "action,result", [("terminate", "ABANDON"), ("retain", "CONTINUE")], ids=["no-policy", "continued"]
)
def test_any_other_end_of_the_hook_ends_the_server(aws: Aws, action: str, result: str):
    aws.running_group(size=2, **policy(action))
    ended = keep_one(aws, result)
    assert ended not in {each["InstanceId"] for each in aws.instances()}


def test_a_refresh_passes_a_kept_server_by_and_ends(aws: Aws):
    aws.running_group(size=2, **policy("retain"))
    kept = keep_one(aws)
    aws.autoscaling.delete_lifecycle_hook(AutoScalingGroupName="web", LifecycleHookName="wait")
    aws.wait(200)
    aws.refresh(aws.version(NEW))
    assert aws.until_ended()["Status"] == "Successful"
    aws.wait(200)
    assert {each["InstanceId"] for each in aws.instances() if each["ImageId"] == OLD} == {kept}


def test_a_policy_that_ec2_does_not_know_is_refused(aws: Aws):
    aws.running_group(size=1)
    with pytest.raises(ClientError, match=r"Member must satisfy enum value set: \[retain, terminate\]"):
        aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName="web", **policy("keep"))
    assert "InstanceLifecyclePolicy" not in aws.describe()
