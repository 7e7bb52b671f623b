"""A rollout of a thousand tasks on the local AWS, by boto3 alone, beside that of as many servers."""

from collections.abc import Mapping

from bench.local_aws import FLEET, Client, measure_rollout, rollout_row, two_subnets, until
from bench.row import Measured, Plan, Topic

__all__ = ["TOPIC"]

NAME = "fleet"
OLD, NEW = ("registry.example.com/fleet@sha256:" + digit * 64 for digit in "12")
ENDED = ("SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED")

ROLLOUT = rollout_row("tasks", f"rolling deployment of {FLEET:,} tasks")


def measure(plan: Plan) -> Mapping[str, Measured]:
    return {ROLLOUT.key: measure_rollout(plan, _launched, _roll)}


def _launched(client: Client) -> None:
    """Bring the service up on the old image."""
    ecs = client("ecs")
    ecs.create_cluster(clusterName=NAME)
    ecs.create_service(
        cluster=NAME,
        serviceName=NAME,
        taskDefinition=_definition(client, OLD),
        desiredCount=FLEET,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": two_subnets(client)}},
        deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 110},
    )
    _until_deployed(client, 1)


def _roll(client: Client, _launched: None) -> None:
    """Replace every task with one of the new image."""
    client("ecs").update_service(cluster=NAME, service=NAME, taskDefinition=_definition(client, NEW))
    _until_deployed(client, 2)


def _definition(client: Client, image: str) -> str:
    """ARN of a task definition with one container of the image."""
    registered = client("ecs").register_task_definition(
        family=NAME,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": NAME, "image": image}],
    )
    arn: str = registered["taskDefinition"]["taskDefinitionArn"]
    return arn


def _until_deployed(client: Client, number: int) -> None:
    """Wait until so many deployments have succeeded.

    Raises:
        RuntimeError: one ended in another way.
    """

    def deployed() -> bool:
        listed = client("ecs").list_service_deployments(cluster=NAME, service=NAME)["serviceDeployments"]
        ended = [each["status"] for each in listed if each["status"] in ENDED]
        if set(ended) - {"SUCCESSFUL"}:
            raise RuntimeError(f"the deployment ended as {ended[0]}")
        return len(ended) == number

    until("the deployment to end", deployed)


TOPIC = Topic((ROLLOUT,), measure)
