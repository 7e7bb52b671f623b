"""A service, and beside the application on each server an agent that is told at run time what to measure."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from strata import ImmutableService, Ingress, Network, Stack
from strata.spectrum import MUTABILITY_TAG, Mutability

NAMESPACE = "shop"


def program() -> None:
    """Everything this stack is."""
    stack = Stack.load()
    network = Network("main", stack.network)
    ingress = Ingress("public", stack.ingress, network=network)
    shop = ImmutableService(
        "shop",
        stack.services["shop"],
        image=stack.image("shop"),  # application and agent, baked together
        network=network,
        ingress=ingress,
    )
    agent(shop, stack.services["shop"].environment["AGENT_CONFIG"])
    pulumi.export("url", ingress.url)
    pulumi.export("version", shop.deployed_version)


def agent(service: ImmutableService, path: str) -> None:
    """What the agent does, and what the servers' role may do for it."""
    config = aws.ssm.Parameter(
        "shop-agent",
        name=path,
        type=aws.ssm.ParameterType.STRING,
        insecure_value=json.dumps(agent_config(pulumi.Config().require_object("metrics"))),
        tags={MUTABILITY_TAG: Mutability.VERSIONED.value},
    )
    allowed = [
        {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": config.arn},
        {
            "Effect": "Allow",
            "Action": "cloudwatch:PutMetricData",
            "Resource": "*",
            "Condition": {"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
        },
    ]
    aws.iam.RolePolicy(
        "shop-agent",
        role=service.role_name,
        policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": allowed}),
    )


def agent_config(metrics: dict[str, Any]) -> dict[str, Any]:
    """The CloudWatch agent's own file."""
    collected = {"mem": {"measurement": metrics["measurements"], "metrics_collection_interval": metrics["interval"]}}
    return {"metrics": {"namespace": NAMESPACE, "metrics_collected": collected}}
