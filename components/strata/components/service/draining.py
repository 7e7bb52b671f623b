"""How a worker finishes its work before it goes; a load balancer does this for a service behind one."""

import pulumi
import pulumi_aws as aws

from strata.aws.policy_documents import policy
from strata.components.base import Component
from strata.components.service.identity import Identity
from strata.settings.models import ServiceSettings
from strata.spectrum import Mutability

__all__ = ["draining"]

_LEAST_HEARTBEAT_SECONDS = 30
"""EC2 Auto Scaling's lower limit."""


def draining(
    service: Component, settings: ServiceSettings, group: "aws.autoscaling.Group", identity: Identity
) -> list[pulumi.Resource]:
    """A termination hook that holds a server back for `drain_seconds`, and the permission to end the wait early."""
    if settings.drain_seconds == 0:
        return []
    hook = service.child(
        aws.autoscaling.LifecycleHook,
        "drain",
        Mutability.REPLACED,
        tagged=False,
    )(
        autoscaling_group_name=group.name,
        lifecycle_transition="autoscaling:EC2_INSTANCE_TERMINATING",
        heartbeat_timeout=max(_LEAST_HEARTBEAT_SECONDS, settings.drain_seconds),
        default_result="CONTINUE",
    )
    permission = service.child(
        aws.iam.RolePolicy,
        "drain_policy",
        Mutability.REPLACED,
        suffix="drain",
        tagged=False,
    )(
        role=identity.role.id,
        policy=policy(
            {
                "Action": ["autoscaling:CompleteLifecycleAction", "autoscaling:RecordLifecycleActionHeartbeat"],
                "Resource": [group.arn],
            },
            # A server has to ask which group and which hook it is held by: the template cannot name a group that is
            # made from it. EC2 Auto Scaling's describing calls know no resources.
            {
                "Action": ["autoscaling:DescribeAutoScalingInstances", "autoscaling:DescribeLifecycleHooks"],
                "Resource": ["*"],
            },
        ),
    )
    return [hook, permission]
