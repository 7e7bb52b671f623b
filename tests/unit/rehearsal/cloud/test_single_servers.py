"""Servers that RunInstances launches from a launch template, outside of any group."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.rehearsal.cloud.conftest import NEW, REGION, Aws

SECONDS = 60
"""What a script takes that nobody has said anything of."""


def launch(aws: Aws, **asked: Any) -> str:
    wanted: dict[str, Any] = {
        "LaunchTemplate": aws.specification("2"),
        "MinCount": 1,
        "MaxCount": 1,
        "NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": aws.subnets[0]}],
        **asked,
    }
    return aws.ec2.run_instances(**wanted)["Instances"][0]["InstanceId"]


def send(aws: Aws, server: str, script: str = "migrate", seconds: int = 3600) -> str:
    parameters = {"commands": [script], "executionTimeout": [str(seconds)]}
    sent = aws.ssm.send_command(DocumentName="AWS-RunShellScript", InstanceIds=[server], Parameters=parameters)
    return sent["Command"]["CommandId"]


def end(aws: Aws, server: str, command: str) -> tuple[str, int]:
    found = aws.ssm.get_command_invocation(CommandId=command, InstanceId=server)
    return found["StatusDetails"], found["ResponseCode"]


def described(aws: Aws, server: str) -> dict[str, Any]:
    return aws.ec2.describe_instances(InstanceIds=[server])["Reservations"][0]["Instances"][0]


def test_one_boots_as_its_template_says_and_belongs_to_no_group(aws: Aws):
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "strata:service", "Value": "web"}]}]
    aws.admin("boot", service="web", seconds=20)
    server = launch(aws, TagSpecifications=tags)
    found = described(aws, server)
    assert (found["ImageId"], found["InstanceType"], found["State"]["Name"]) == (NEW, "t3.small", "pending")
    assert found["SubnetId"] == aws.subnets[0]
    assert aws.cloud.servers == {}
    aws.wait(21)
    assert described(aws, server)["State"]["Name"] == "running"
    aws.ec2.terminate_instances(InstanceIds=[server])
    assert described(aws, server)["State"]["Name"] == "terminated"
    aws.wait(3601)
    assert aws.ec2.describe_instances()["Reservations"] == []


def test_a_token_launches_one_and_refuses_another_request(aws: Aws):
    server = launch(aws, ClientToken="one")
    assert launch(aws, ClientToken="one") == server
    assert launch(aws, ClientToken="two") != server
    with pytest.raises(ClientError, match="inconsistent with arguments used in previous") as error:
        launch(aws, ClientToken="one", NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": aws.subnets[1]}])
    assert error.value.response["Error"]["Code"] == "IdempotentParameterMismatch"
    found = aws.ec2.describe_instances(Filters=[{"Name": "client-token", "Values": ["one"]}])["Reservations"]
    assert [each["InstanceId"] for part in found for each in part["Instances"]] == [server]


def test_where_there_is_no_capacity_none_is_launched(aws: Aws):
    aws.admin("fault", kind="no-capacity", image=NEW)
    with pytest.raises(ClientError, match=rf"Availability Zone you requested \({REGION}a\)") as error:
        launch(aws)
    assert error.value.response["Error"]["Code"] == "InsufficientInstanceCapacity"
    assert aws.ec2.describe_instances()["Reservations"] == []


def test_a_template_that_is_not_there_launches_nothing(aws: Aws):
    with pytest.raises(ClientError, match="VersionNotFound"):
        launch(aws, LaunchTemplate=aws.specification("9"))


def test_a_script_runs_once_it_has_booted_and_ends_after_a_while(aws: Aws):
    server = launch(aws)
    with pytest.raises(ClientError, match="not in a valid state for account"):
        send(aws, server)
    aws.wait(61)
    first = send(aws, server)
    assert end(aws, server, first) == ("InProgress", -1)
    aws.wait(SECONDS / 2)
    second, other = send(aws, server), send(aws, server, "something else")
    aws.wait(SECONDS / 2)
    assert [end(aws, server, each) for each in (first, second)] == [("Success", 0)] * 2, "both end with the first"
    assert end(aws, server, other) == ("InProgress", -1)


@pytest.mark.parametrize("kind, ended", [("crash", ("Failed", 1)), ("slow", ("ExecutionTimedOut", -1))])
def test_a_script_ends_as_the_faults_of_its_server_have_it(aws: Aws, kind: str, ended: tuple[str, int]):
    aws.admin("fault", kind=kind, image=NEW, after=5)
    server = launch(aws)
    aws.wait(601)
    sent = send(aws, server, seconds=120)
    aws.wait(121)
    assert end(aws, server, sent) == ended


def test_the_agent_of_an_unhealthy_one_never_answers(aws: Aws):
    aws.admin("fault", kind="unhealthy", image=NEW)
    server = launch(aws)
    aws.wait(3600)
    with pytest.raises(ClientError, match="not in a valid state for account"):
        send(aws, server)
