"""Run Command on the local AWS: whom it reaches, how long it takes, and what is left of what a script prints."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.rehearsal.cloud.conftest import Aws

TAGGED = [{"Key": "strata:service", "Value": "web", "PropagateAtLaunch": True}]


@pytest.fixture
def fleet(aws: Aws) -> Aws:
    """Four servers of the service `web` in service."""
    aws.running_group(Tags=TAGGED)
    return aws


def send(aws: Aws, **asked: Any) -> str:
    settings = {
        "DocumentName": "AWS-RunShellScript",
        "Parameters": {"commands": ["uname"], "executionTimeout": ["60"]},
        "TimeoutSeconds": 30,
        "MaxConcurrency": "100%",
        **({} if "InstanceIds" in asked else {"Targets": [{"Key": "tag:strata:service", "Values": ["web"]}]}),
        **asked,
    }
    return aws.ssm.send_command(**settings)["Command"]["CommandId"]


def command(aws: Aws, sent: str) -> dict[str, Any]:
    (found,) = aws.ssm.list_commands(CommandId=sent)["Commands"]
    return found


def details(aws: Aws, sent: str) -> dict[str, str]:
    found = aws.ssm.list_command_invocations(CommandId=sent)["CommandInvocations"]
    return {each["InstanceId"]: each["StatusDetails"] for each in found}


def ids(aws: Aws) -> list[str]:
    return [each["InstanceId"] for each in aws.instances()]


def test_a_command_takes_its_time_on_every_server_that_has_the_tags(fleet: Aws):
    sent = send(fleet)
    assert command(fleet, sent)["Status"] == "InProgress"
    fleet.wait(3)
    assert details(fleet, sent) == dict.fromkeys(ids(fleet), "Success")
    assert command(fleet, sent)["CompletedCount"] == 4


def test_no_more_than_maxconcurrency_run_it_at_once(fleet: Aws):
    sent = send(fleet, MaxConcurrency="25%")
    seen = []
    for _ in range(5):
        seen.append(sorted(details(fleet, sent).values()))
        fleet.wait(2)
    assert [each.count("InProgress") for each in seen] == [1, 1, 1, 1, 0]
    assert seen[-1] == ["Success"] * 4


def test_no_server_begins_after_more_than_maxerrors_have_failed(fleet: Aws):
    fleet.admin("script", service="web", code=1)
    sent = send(fleet, MaxConcurrency="1", MaxErrors="1")
    fleet.wait(60)
    assert sorted(details(fleet, sent).values()) == ["Failed", "Failed", "Terminated", "Terminated"]
    assert command(fleet, sent)["Status"] == "Failed"


def test_what_is_not_fetched_in_time_and_what_runs_too_long_times_out(fleet: Aws):
    first, second, *others = ids(fleet)
    fleet.admin("agent", instance=first, state="ConnectionLost")
    fleet.admin("script", instance=second, seconds=90)
    sent = send(fleet)
    fleet.wait(70)
    assert details(fleet, sent) == {
        first: "DeliveryTimedOut",
        second: "ExecutionTimedOut",
        **dict.fromkeys(others, "Success"),
    }


def test_a_server_that_ends_never_answers(fleet: Aws):
    sent = send(fleet)
    gone = ids(fleet)[0]
    fleet.ec2.terminate_instances(InstanceIds=[gone])
    fleet.wait(50)
    assert details(fleet, sent)[gone] == "InProgress"
    fleet.wait(20)
    assert details(fleet, sent)[gone] == "ExecutionTimedOut"


def test_what_booted_and_has_an_agent_is_managed(fleet: Aws):
    first, second, *others = ids(fleet)
    fleet.admin("agent", instance=first, state="ConnectionLost")
    fleet.admin("agent", instance=second, state="absent")
    fleet.autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=5)
    filters = [{"Key": "tag:strata:service", "Values": ["web"]}]
    found = fleet.ssm.describe_instance_information(Filters=filters)["InstanceInformationList"]
    states = {each["InstanceId"]: each["PingStatus"] for each in found}
    assert states == {first: "ConnectionLost", **dict.fromkeys(others, "Online")}
    elsewhere = [{"Key": "tag:strata:service", "Values": ["api"]}]
    assert fleet.ssm.describe_instance_information(Filters=elsewhere)["InstanceInformationList"] == []


def test_output_is_cut_where_aws_cuts_it(fleet: Aws):
    fleet.admin("script", service="web", output="x" * 30_000)
    sent = send(fleet)
    fleet.wait(3)
    shown = fleet.ssm.list_command_invocations(CommandId=sent, Details=True)["CommandInvocations"]
    outputs = {each["CommandPlugins"][0]["Output"] for each in shown}
    assert {len(each) for each in outputs} == {2_500}
    assert all(each.endswith("---Output truncated---") for each in outputs)
    one = fleet.ssm.get_command_invocation(CommandId=sent, InstanceId=ids(fleet)[0])
    assert len(one["StandardOutputContent"]) == 24_000


def test_invocations_come_in_pages(fleet: Aws):
    sent = send(fleet)
    pages = fleet.ssm.get_paginator("list_command_invocations").paginate(
        CommandId=sent, PaginationConfig={"PageSize": 3}
    )
    assert [len(each["CommandInvocations"]) for each in pages] == [3, 1]


def test_a_command_that_finds_no_server_is_no_failure(fleet: Aws):
    sent = send(fleet, Targets=[{"Key": "tag:strata:service", "Values": ["api"]}])
    found = command(fleet, sent)
    assert (found["Status"], found["StatusDetails"], found["TargetCount"]) == ("Success", "NoInstancesInTag", 0)


def test_a_cancelled_command_begins_nowhere_any_more(fleet: Aws):
    sent = send(fleet, MaxConcurrency="1")
    fleet.wait(3)
    fleet.ssm.cancel_command(CommandId=sent)
    fleet.wait(60)
    assert sorted(details(fleet, sent).values()) == ["Cancelled", "Cancelled", "Cancelled", "Success"]


@pytest.mark.parametrize(
    "asked, code, said",
    [
        ({"DocumentName": "AWS-Nothing"}, "InvalidDocument", "AWS-Nothing"),
        ({"MaxConcurrency": "0"}, "ValidationException", "maxConcurrency"),
        ({"MaxErrors": "101%"}, "ValidationException", "maxErrors"),
        ({"InstanceIds": ["i-0123456789abcdef0"]}, "InvalidInstanceId", "not in a valid state for account"),
    ],
)
def test_what_aws_refuses(fleet: Aws, asked: dict[str, Any], code: str, said: str):
    with pytest.raises(ClientError, match=said) as refused:
        send(fleet, **asked)
    assert refused.value.response["Error"]["Code"] == code
