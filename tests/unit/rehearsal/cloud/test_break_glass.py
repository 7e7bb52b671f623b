import pytest
from botocore.exceptions import ClientError

from tests.unit.rehearsal.cloud.conftest import Aws


def test_a_server_in_standby_is_out_of_traffic_and_out_of_the_count(aws: Aws):
    aws.running_group()
    chosen = aws.instances()[0]["InstanceId"]
    answer = aws.autoscaling.enter_standby(
        AutoScalingGroupName="web", InstanceIds=[chosen], ShouldDecrementDesiredCapacity=True
    )
    assert answer["Activities"][0]["StatusCode"] == "Successful"
    assert aws.states() == ["InService"] * 3 + ["Standby"]
    assert aws.describe()["DesiredCapacity"] == 3
    assert aws.health() == ["draining"] + ["healthy"] * 3
    aws.wait(600)
    assert aws.states() == ["InService"] * 3 + ["Standby"]
    aws.autoscaling.exit_standby(AutoScalingGroupName="web", InstanceIds=[chosen])
    aws.wait(20)
    assert aws.states() == ["InService"] * 4
    assert aws.health() == ["healthy"] * 4


def test_a_standby_without_a_smaller_capacity_is_replaced(aws: Aws):
    aws.running_group()
    aws.autoscaling.enter_standby(
        AutoScalingGroupName="web",
        InstanceIds=[aws.instances()[0]["InstanceId"]],
        ShouldDecrementDesiredCapacity=False,
    )
    aws.wait(60)
    assert aws.states() == ["InService"] * 4 + ["Standby"]


def test_leaving_standby_needs_room(aws: Aws):
    aws.running_group(MaxSize=4)
    chosen = aws.instances()[0]["InstanceId"]
    name = {"AutoScalingGroupName": "web", "InstanceIds": [chosen]}
    aws.autoscaling.enter_standby(**name, ShouldDecrementDesiredCapacity=False)
    assert fails(lambda: aws.autoscaling.exit_standby(**name)) == "ValidationError"


@pytest.mark.parametrize("action", ["exit_standby", "detach_instances", "enter_standby"])
def test_a_server_in_the_wrong_state_is_refused(aws: Aws, action: str):
    aws.running_group() if action == "exit_standby" else aws.group()
    extra = {} if action == "exit_standby" else {"ShouldDecrementDesiredCapacity": True}
    call = getattr(aws.autoscaling, action)
    chosen = aws.instances()[0]["InstanceId"]
    assert fails(lambda: call(AutoScalingGroupName="web", InstanceIds=[chosen], **extra)) == "ValidationError"


def test_a_server_can_be_terminated_with_and_without_its_place(aws: Aws):
    aws.running_group()
    first, second = [each["InstanceId"] for each in aws.instances()][:2]
    terminate = aws.autoscaling.terminate_instance_in_auto_scaling_group
    answer = terminate(InstanceId=first, ShouldDecrementDesiredCapacity=True)
    assert first in answer["Activity"]["Description"]
    assert aws.describe()["DesiredCapacity"] == 3
    terminate(InstanceId=second, ShouldDecrementDesiredCapacity=False)
    aws.wait(90)
    assert aws.states() == ["InService"] * 3


def test_the_minimum_size_is_not_gone_below(aws: Aws):
    aws.running_group(MinSize=4)
    chosen = aws.instances()[0]["InstanceId"]
    terminate = aws.autoscaling.terminate_instance_in_auto_scaling_group
    assert fails(lambda: terminate(InstanceId=chosen, ShouldDecrementDesiredCapacity=True)) == "ValidationError"
    assert aws.states() == ["InService"] * 4


def test_a_detached_server_goes_on_without_the_group(aws: Aws):
    aws.running_group()
    chosen = aws.instances()[0]["InstanceId"]
    aws.autoscaling.detach_instances(
        AutoScalingGroupName="web", InstanceIds=[chosen], ShouldDecrementDesiredCapacity=True
    )
    aws.wait(60)
    assert chosen not in [each["InstanceId"] for each in aws.instances()]
    assert len(aws.instances()) == 3
    (found,) = aws.ec2.describe_instances(InstanceIds=[chosen])["Reservations"][0]["Instances"]
    assert found["State"]["Name"] == "running"


def test_health_can_be_set_by_hand_and_respects_the_grace_period(aws: Aws):
    aws.group()
    aws.wait(70)
    chosen = aws.instances()[0]["InstanceId"]
    aws.autoscaling.set_instance_health(InstanceId=chosen, HealthStatus="Unhealthy")
    assert aws.states() == ["InService"] * 4
    aws.autoscaling.set_instance_health(InstanceId=chosen, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False)
    assert aws.states().count("Pending") == 1


def test_by_a_policy_that_launches_first_one_that_is_called_unhealthy_serves_until_its_successor_is_ready(aws: Aws):
    policy = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 125}
    aws.running_group(InstanceMaintenancePolicy=policy, DefaultInstanceWarmup=120)
    called = [each["InstanceId"] for each in aws.instances()][:2]
    for each in called:
        aws.autoscaling.set_instance_health(InstanceId=each, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False)
    assert aws.states() == ["InService"] * 4 + ["Pending"], "a quarter more than the group wants, and no more"
    for _ in range(100):
        aws.wait(10)
        assert aws.health().count("healthy") >= 4
    assert aws.states() == ["InService"] * 4
    assert not set(called) & {each["InstanceId"] for each in aws.instances()}


def test_by_any_other_policy_it_goes_at_once(aws: Aws):
    aws.running_group(InstanceMaintenancePolicy={"MinHealthyPercentage": 50, "MaxHealthyPercentage": 150})
    chosen = aws.instances()[0]["InstanceId"]
    aws.autoscaling.set_instance_health(InstanceId=chosen, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False)
    assert sorted(aws.states()) == ["InService"] * 3 + ["Pending", "Terminating"]


def test_a_suspended_launch_leaves_the_gap_until_it_is_resumed(aws: Aws):
    aws.running_group()
    aws.autoscaling.suspend_processes(AutoScalingGroupName="web", ScalingProcesses=["Launch"])
    assert [each["ProcessName"] for each in aws.describe()["SuspendedProcesses"]] == ["Launch"]
    aws.admin("kill", instance=aws.instances()[0]["InstanceId"])
    aws.wait(600)
    assert aws.states() == ["InService"] * 3
    aws.autoscaling.resume_processes(AutoScalingGroupName="web", ScalingProcesses=["Launch"])
    assert aws.states() == ["InService"] * 3 + ["Pending"]


def test_a_suspended_terminate_keeps_what_is_too_much(aws: Aws):
    aws.running_group()
    aws.autoscaling.suspend_processes(AutoScalingGroupName="web", ScalingProcesses=["Terminate"])
    aws.autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=1)
    aws.wait(600)
    assert aws.states() == ["InService"] * 4
    aws.autoscaling.resume_processes(AutoScalingGroupName="web")
    assert aws.states().count("InService") == 1


def test_a_suspended_health_check_overlooks_sick_servers(aws: Aws):
    aws.running_group()
    aws.autoscaling.suspend_processes(AutoScalingGroupName="web", ScalingProcesses=["HealthCheck"])
    aws.admin("health", instance=aws.instances()[0]["InstanceId"], healthy=False)
    aws.wait(600)
    assert aws.states() == ["InService"] * 4
    aws.autoscaling.resume_processes(AutoScalingGroupName="web")
    assert aws.states().count("Pending") == 1


def test_servers_launched_while_registration_is_suspended_join_when_it_is_resumed(aws: Aws):
    aws.group()
    aws.autoscaling.suspend_processes(AutoScalingGroupName="web", ScalingProcesses=["AddToLoadBalancer"])
    aws.wait(100)
    assert aws.health() == []
    aws.autoscaling.resume_processes(AutoScalingGroupName="web", ScalingProcesses=["AddToLoadBalancer"])
    assert aws.health() == ["initial"] * 4


def test_an_unknown_process_is_refused(aws: Aws):
    aws.group()
    suspend = aws.autoscaling.suspend_processes
    assert fails(lambda: suspend(AutoScalingGroupName="web", ScalingProcesses=["Lunch"])) == "ValidationError"


def test_an_unknown_instance_is_refused(aws: Aws):
    aws.group()
    terminate = aws.autoscaling.terminate_instance_in_auto_scaling_group
    unknown = {"InstanceId": "i-00000000000000000", "ShouldDecrementDesiredCapacity": False}
    assert fails(lambda: terminate(**unknown)) == "ValidationError"


def fails(call) -> str:
    with pytest.raises(ClientError) as refused:
        call()
    return refused.value.response["Error"]["Code"]
