"""The tasks of a service are scaled by targets and policies as in Application Auto Scaling."""

from typing import Any

import pytest

from tests.unit.rehearsal.cloud.conftest import Aws
from tests.unit.rehearsal.cloud.container_requests import refusal, service

WHAT = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/shop/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}


@pytest.fixture
def scaled(aws: Aws) -> Aws:
    service(aws)
    target(aws, MinCapacity=2, MaxCapacity=6, Tags={"team": "shop"})
    return aws


def target(aws: Aws, **values: Any) -> str:
    return aws.application_autoscaling.register_scalable_target(**WHAT, **values)["ScalableTargetARN"]


def policy(aws: Aws, name: str, percent: float = 60.0) -> dict[str, Any]:
    return aws.application_autoscaling.put_scaling_policy(
        **WHAT,
        PolicyName=name,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": percent,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
        },
    )


def described(aws: Aws) -> dict[str, Any]:
    found = aws.application_autoscaling.describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=[WHAT["ResourceId"]]
    )
    return found["ScalableTargets"][0]


def alarms(aws: Aws) -> set[str]:
    return {each["AlarmName"] for each in aws.cloudwatch.describe_alarms()["MetricAlarms"]}


def test_a_service_that_is_not_there_is_not_scaled(aws: Aws):
    aws.ecs.create_cluster(clusterName="shop")
    call = aws.application_autoscaling.register_scalable_target
    code, message = refusal(call, **WHAT, MinCapacity=1, MaxCapacity=2)
    assert code == "ValidationException"
    assert message.startswith("ECS service doesn't exist")


def test_a_target_has_the_role_of_the_service_and_nothing_suspended(scaled: Aws):
    found = described(scaled)
    assert found["RoleARN"].endswith(
        "role/aws-service-role/ecs.application-autoscaling.amazonaws.com/"
        "AWSServiceRoleForApplicationAutoScaling_ECSService"
    )
    assert set(found["SuspendedState"].values()) == {False}


def test_a_target_registered_again_changes_only_what_is_said(scaled: Aws):
    before = described(scaled)
    assert target(scaled, MaxCapacity=8) == before["ScalableTargetARN"]
    assert described(scaled) == {**before, "MaxCapacity": 8}


def test_a_target_is_tagged(scaled: Aws):
    calls, arn = scaled.application_autoscaling, described(scaled)["ScalableTargetARN"]
    calls.tag_resource(ResourceARN=arn, Tags={"cost": "1"})
    calls.untag_resource(ResourceARN=arn, TagKeys=["team"])
    assert calls.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"cost": "1"}


def test_a_policy_is_found_by_its_name(scaled: Aws):
    made = [policy(scaled, name)["PolicyARN"] for name in ("cpu", "more")]
    found = scaled.application_autoscaling.describe_scaling_policies(**WHAT, PolicyNames=["more"])
    assert [each["PolicyARN"] for each in found["ScalingPolicies"]] == made[1:]


def test_a_policy_that_changes_stays_the_same_policy_with_two_alarms(scaled: Aws):
    first = policy(scaled, "cpu")
    again = policy(scaled, "cpu", percent=70.0)
    assert again["PolicyARN"] == first["PolicyARN"]
    assert alarms(scaled) == {each["AlarmName"] for each in again["Alarms"]}
    (found,) = scaled.application_autoscaling.describe_scaling_policies(**WHAT)["ScalingPolicies"]
    assert found["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 70.0


def test_a_target_takes_its_policies_and_their_alarms_with_it(scaled: Aws):
    policy(scaled, "cpu")
    scaled.application_autoscaling.deregister_scalable_target(**WHAT)
    assert scaled.application_autoscaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"] == []
    assert alarms(scaled) == set()
