"""Records of a network's traffic."""

import pulumi
import pulumi_aws as aws

from strata.aws.policy_documents import assume_role_policy, policy
from strata.components.base import Component
from strata.naming import ROLE_NAME
from strata.settings.models import NetworkSettings
from strata.spectrum import Mutability

__all__ = ["flow_logs"]


def flow_logs(network: Component, settings: NetworkSettings, vpc: "aws.ec2.Vpc") -> None:
    """Flow logs of the VPC in a log group of its own, unless switched off."""
    if not settings.flow_logs.enabled:
        return
    logs = network.child(
        aws.cloudwatch.LogGroup,
        "flow_log_group",
        Mutability.VERSIONED,
        suffix="flow-logs",
    )(retention_in_days=settings.flow_logs.retention_days)
    role = network.child(
        aws.iam.Role,
        "flow_log_role",
        Mutability.STABLE,
        suffix="flow-logs",
        named=ROLE_NAME,
    )(assume_role_policy=assume_role_policy("vpc-flow-logs"))
    network.child(
        aws.iam.RolePolicy,
        "flow_log_policy",
        Mutability.REPLACED,
        suffix="flow-logs",
        tagged=False,
    )(
        role=role.id,
        policy=policy(
            {
                "Action": [
                    "logs:CreateLogStream",
                    "logs:PutLogEvents",
                    "logs:DescribeLogGroups",
                    "logs:DescribeLogStreams",
                ],
                "Resource": [logs.arn, pulumi.Output.concat(logs.arn, ":*")],
            }
        ),
    )
    network.child(
        aws.ec2.FlowLog,
        "flow_log",
        Mutability.STABLE,
        suffix="flow-log",
    )(
        vpc_id=vpc.id,
        traffic_type="ALL",
        log_destination_type="cloud-watch-logs",
        log_destination=logs.arn,
        iam_role_arn=role.arn,
    )
