"""What a service's servers may do."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from strata.aws.policy_documents import assume_role_policy, policy
from strata.components.base import Component
from strata.naming import ROLE_NAME
from strata.spectrum import Mutability

__all__ = ["Identity", "identity"]

_SESSION_MANAGER = "AmazonSSMManagedInstanceCore"


@dataclass(frozen=True)
class Identity:
    """The role of a service and the profile that gives it to servers."""

    role: "aws.iam.Role"
    profile: "aws.iam.InstanceProfile"
    grants: "Sequence[pulumi.Resource]"
    """What the role may do; servers that boot before it exists would be refused."""


def identity(service: Component, logs: "aws.cloudwatch.LogGroup") -> Identity:
    """A role that may be reached by Session Manager and write to the service's log group; no more."""
    role = service.child(
        aws.iam.Role,
        "role",
        Mutability.STABLE,
        named=ROLE_NAME,
    )(assume_role_policy=assume_role_policy("ec2"))
    session_manager = service.child(
        aws.iam.RolePolicyAttachment,
        "session_manager",
        Mutability.REPLACED,
        tagged=False,
    )(
        role=role.name,
        policy_arn=pulumi.Output.concat("arn:", service.partition.partition, ":iam::aws:policy/", _SESSION_MANAGER),
    )
    write_logs = service.child(
        aws.iam.RolePolicy,
        "logs_policy",
        Mutability.REPLACED,
        suffix="logs",
        tagged=False,
    )(
        role=role.id,
        policy=policy(
            {
                "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                "Resource": [logs.arn, pulumi.Output.concat(logs.arn, ":*")],
            }
        ),
    )
    profile = service.child(
        aws.iam.InstanceProfile,
        "profile",
        Mutability.STABLE,
        named=ROLE_NAME,
    )(role=role.name)
    return Identity(role, profile, [session_manager, write_logs])
