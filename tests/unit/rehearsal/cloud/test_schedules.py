"""Schedules of EventBridge Scheduler that refresh a fleet."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.rehearsal.cloud.conftest import Aws

HOUR = 3600
START = "arn:aws:scheduler:::aws-sdk:autoscaling:startInstanceRefresh"
CALM = {"InstanceWarmup": 60, "MinHealthyPercentage": 100, "MaxHealthyPercentage": 150}


def asked(expression: str = "cron(0 * * * ? *)", **changes: Any) -> dict[str, Any]:
    request = {"AutoScalingGroupName": "web", "Preferences": CALM}
    return {
        "Name": "web-refresh",
        "ScheduleExpression": expression,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": START, "RoleArn": "arn:aws:iam::123456789012:role/refresh", "Input": json.dumps(request)},
        **changes,
    }


def refreshes(aws: Aws) -> list[dict[str, Any]]:
    return aws.autoscaling.describe_instance_refreshes(AutoScalingGroupName="web")["InstanceRefreshes"]


def told(aws: Aws) -> list[tuple[str, str | None]]:
    aws.autoscaling.describe_auto_scaling_groups()  # whoever asks moves the world
    return [
        (each["state"], each.get("reason"))
        for each in aws.cloud.world.log.since(0)
        if each["kind"] == "state" and each["subject"] == "schedule"
    ]


def test_at_its_time_it_replaces_every_server_by_the_saved_version(aws: Aws):
    aws.running_group(size=2)
    before = {each["InstanceId"] for each in aws.instances()}
    aws.scheduler.create_schedule(**asked())
    assert refreshes(aws) == []
    aws.wait(HOUR)
    (found,) = refreshes(aws)
    assert found["StartTime"].minute == 0
    assert "DesiredConfiguration" not in found
    assert aws.until_ended()["Status"] == "Successful"
    aws.wait(120)
    assert not before & {each["InstanceId"] for each in aws.instances()}
    assert aws.versions() == ["1"] * 2


def test_it_fires_again_and_again_until_it_is_deleted(aws: Aws):
    aws.running_group(size=1)
    aws.scheduler.create_schedule(**asked())
    aws.wait(5 * HOUR)
    assert len(refreshes(aws)) == 5
    aws.scheduler.delete_schedule(Name="web-refresh")
    aws.wait(5 * HOUR)
    assert len(refreshes(aws)) == 5


def test_a_changed_one_fires_by_what_it_says_now(aws: Aws):
    aws.running_group(size=1)
    aws.scheduler.create_schedule(**asked())
    aws.scheduler.update_schedule(**asked("cron(30 12 ? * SUN *)", ScheduleExpressionTimezone="Europe/Berlin"))
    aws.wait(8 * 24 * HOUR)
    (found,) = refreshes(aws)
    at = found["StartTime"]
    assert (at.strftime("%a"), at.hour, at.minute) == ("Sun", 11, 30)


@pytest.mark.parametrize("expression", ["rate(1 hour)", "cron(0 * L * ? *)"])
def test_what_is_not_played_is_kept_and_starts_nothing(aws: Aws, expression: str):
    aws.running_group(size=1)
    aws.scheduler.create_schedule(**asked(expression))
    aws.wait(40 * 24 * HOUR)
    assert refreshes(aws) == []
    assert aws.scheduler.get_schedule(Name="web-refresh")["ScheduleExpression"] == expression


def test_a_switched_off_one_starts_nothing(aws: Aws):
    aws.running_group(size=1)
    aws.scheduler.create_schedule(**asked(State="DISABLED"))
    aws.wait(3 * HOUR)
    assert refreshes(aws) == []


def test_what_aws_refuses_is_logged_and_the_next_time_is_another(aws: Aws):
    aws.running_group(size=2)
    aws.scheduler.create_schedule(**asked())
    aws.refresh(CheckpointPercentages=[50, 100], CheckpointDelay=2 * HOUR)
    aws.wait(HOUR)
    (failed,) = told(aws)
    assert failed[0] == "failed"
    assert str(failed[1]).startswith("InstanceRefreshInProgress: An instance refresh is already in progress")
    aws.wait(4 * HOUR)
    assert ("started", None) in told(aws)


def test_a_group_that_is_gone_is_logged(aws: Aws):
    aws.running_group(size=1)
    aws.scheduler.create_schedule(**asked())
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="web", ForceDelete=True)
    aws.wait(HOUR)
    assert told(aws) == [("failed", "there is no group web")]


@pytest.mark.parametrize("expression", ["cron(0 3 * * 0)", "cron(0 3 * * SUN *)", "cron(0 3 ? * ? *)", "every day", ""])
def test_an_expression_that_scheduler_does_not_know_is_refused(aws: Aws, expression: str):
    with pytest.raises(ClientError) as refused:
        aws.scheduler.create_schedule(**asked(expression or "nothing"))
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert "Invalid Schedule Expression" in refused.value.response["Error"]["Message"]
