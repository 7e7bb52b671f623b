"""What tests of containers ask the local AWS for: a task definition, target groups of addresses, a service."""

from typing import Any

from botocore.exceptions import ClientError

from tests.unit.rehearsal.cloud.conftest import Aws

ROLE = "arn:aws:iam::123456789012:role/execution"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web@sha256:" + "a" * 64
CONTAINER: dict[str, Any] = {"name": "web", "image": IMAGE, "portMappings": [{"containerPort": 8080}]}
TASK: dict[str, Any] = {
    "family": "web",
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "executionRoleArn": ROLE,
    "containerDefinitions": [CONTAINER],
}


def refusal(call: Any, **parameters: Any) -> tuple[str, str]:
    """Code and message by which AWS refuses a call."""
    try:
        call(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError(f"{parameters} was accepted")


def register(aws: Aws, **changes: Any) -> str:
    """Register a task definition; returns its ARN. What is None is left out."""
    asked = {name: value for name, value in {**TASK, **changes}.items() if value is not None}
    return aws.ecs.register_task_definition(**asked)["taskDefinition"]["taskDefinitionArn"]


def addresses(aws: Aws, name: str = "web-ip", *, attached: bool = True, kind: str = "ip") -> str:
    """A target group for tasks; returns its ARN."""
    made = aws.elbv2.create_target_group(Name=name, Port=8080, Protocol="HTTP", VpcId=aws.vpc, TargetType=kind)
    arn = made["TargetGroups"][0]["TargetGroupArn"]
    if attached:
        number = len(aws.elbv2.describe_rules(ListenerArn=aws.listener)["Rules"])
        aws.elbv2.create_rule(
            ListenerArn=aws.listener,
            Priority=number,
            Conditions=[{"Field": "path-pattern", "Values": [f"/{name}/*"]}],
            Actions=[{"Type": "forward", "TargetGroupArn": arn}],
        )
    return arn


def asked_service(aws: Aws, **changes: Any) -> dict[str, Any]:
    """The parameters of a service of two tasks on Fargate."""
    return {
        "cluster": "shop",
        "serviceName": "web",
        "taskDefinition": "web",
        "desiredCount": 2,
        "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": aws.subnets}},
        **changes,
    }


def service(aws: Aws, **changes: Any) -> dict[str, Any]:
    """Make a cluster, a task definition and a service; returns the service as it is described."""
    aws.ecs.create_cluster(clusterName="shop")
    register(aws)
    return aws.ecs.create_service(**asked_service(aws, **changes))["service"]


def described(aws: Aws, name: str = "web") -> dict[str, Any]:
    """The service as ECS describes it now."""
    return aws.ecs.describe_services(cluster="shop", services=[name])["services"][0]
