"""Tasks that no service has started: they live as those of services do, and a token runs one once."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.rehearsal.cloud.conftest import Aws
from tests.unit.rehearsal.cloud.container_requests import register

COMMAND = {"containerOverrides": [{"name": "web", "command": ["migrate", "--all"]}]}


@pytest.fixture
def asked(aws: Aws) -> dict[str, Any]:
    aws.ecs.create_cluster(clusterName="shop")
    walls = aws.ec2.create_security_group(GroupName="jobs", Description="jobs", VpcId=aws.vpc)["GroupId"]
    network = {"awsvpcConfiguration": {"subnets": aws.subnets[:1], "securityGroups": [walls]}}
    return {
        "cluster": "shop",
        "taskDefinition": register(aws),
        "launchType": "FARGATE",
        "networkConfiguration": network,
    }


def described(aws: Aws, arn: str) -> dict[str, Any]:
    (found,) = aws.ecs.describe_tasks(cluster="shop", tasks=[arn], include=["TAGS"])["tasks"]
    return found


def refusal(aws: Aws, **asked: Any) -> str:
    with pytest.raises(ClientError) as error:
        aws.ecs.run_task(**asked)
    return str(error.value)


def test_a_task_is_run_by_hand_and_is_of_no_service(aws: Aws, asked: dict[str, Any]):
    (made,) = aws.ecs.run_task(**asked, startedBy="ann", tags=[{"key": "job", "value": "once"}])["tasks"]
    assert aws.ecs.list_tasks(cluster="shop")["taskArns"] == [made["taskArn"]]
    assert aws.ecs.list_tasks(cluster="shop", startedBy="ann")["taskArns"] == [made["taskArn"]]
    found = described(aws, made["taskArn"])
    assert (found["group"], found["startedBy"], found["desiredStatus"]) == ("family:web", "ann", "RUNNING")
    assert found["tags"] == [{"key": "job", "value": "once"}]
    aws.wait(7200)
    assert described(aws, made["taskArn"])["lastStatus"] == "RUNNING", "what runs its image's own command goes on"
    aws.ecs.stop_task(cluster="shop", task=made["taskArn"], reason="enough")
    aws.wait(60)
    stopped = described(aws, made["taskArn"])
    assert (stopped["lastStatus"], stopped["stopCode"], stopped["stoppedReason"]) == (
        "STOPPED",
        "UserInitiated",
        "enough",
    )


def test_a_command_comes_to_its_end_and_ecs_forgets_the_task_after_an_hour(aws: Aws, asked: dict[str, Any]):
    (made,) = aws.ecs.run_task(**asked, overrides=COMMAND)["tasks"]
    assert made["lastStatus"] == "PROVISIONING"
    assert made["overrides"]["containerOverrides"] == COMMAND["containerOverrides"]
    aws.wait(300)
    found = described(aws, made["taskArn"])
    assert (found["lastStatus"], found["stopCode"]) == ("STOPPED", "EssentialContainerExited")
    assert found["containers"][0]["exitCode"] == 0
    assert aws.ecs.list_tasks(cluster="shop")["taskArns"] == []
    aws.wait(3600)
    gone = aws.ecs.describe_tasks(cluster="shop", tasks=[made["taskArn"]])
    assert (gone["tasks"], gone["failures"][0]["reason"]) == ([], "MISSING")


def test_a_token_runs_one_task_and_belongs_to_one_request_until_an_hour_after_its_end(aws: Aws, asked: dict[str, Any]):
    asked |= {"overrides": COMMAND, "clientToken": "once"}
    (first,) = aws.ecs.run_task(**asked)["tasks"]
    (again,) = aws.ecs.run_task(**asked)["tasks"]
    assert again["taskArn"] == first["taskArn"]
    with pytest.raises(ClientError) as error:
        aws.ecs.run_task(**asked, startedBy="ann")
    assert error.value.response["Error"]["Code"] == "ConflictException"
    assert error.value.response["resourceIds"] == [first["taskArn"]]
    aws.wait(3600)
    assert aws.ecs.run_task(**asked)["tasks"][0]["taskArn"] == first["taskArn"]
    aws.wait(600)
    assert aws.ecs.run_task(**asked)["tasks"][0]["taskArn"] != first["taskArn"]


def test_tags_of_the_task_definition_come_with_it_if_they_are_asked_for(aws: Aws, asked: dict[str, Any]):
    aws.ecs.tag_resource(resourceArn=asked["taskDefinition"], tags=[{"key": "team", "value": "shop"}])
    (made,) = aws.ecs.run_task(**asked, propagateTags="TASK_DEFINITION")["tasks"]
    assert {"key": "team", "value": "shop"} in described(aws, made["taskArn"])["tags"]


def test_ecs_refuses_what_could_not_run(aws: Aws, asked: dict[str, Any]):
    other = {"containerOverrides": [{"name": "db", "command": ["migrate"]}]}
    assert "Override for container named db is not a container in the TaskDefinition." in refusal(
        aws, **asked, overrides=other
    )
    long = {"containerOverrides": [{"name": "web", "command": ["x" * 9000]}]}
    assert "8192" in refusal(aws, **asked, overrides=long)
    assert "InvalidParameterException" in refusal(aws, **asked, propagateTags="SERVICE")
    assert "InvalidParameterException" in refusal(aws, **asked, count=11)
    assert "InvalidParameterException" in refusal(aws, **asked, startedBy="ann smith")
    bare = {key: value for key, value in asked.items() if key != "networkConfiguration"}
    assert "Network Configuration must be provided" in refusal(aws, **bare)
    aws.ecs.deregister_task_definition(taskDefinition=asked["taskDefinition"])
    assert "TaskDefinition is inactive" in refusal(aws, **asked)
