"""What refreshes a fleet at fixed times: a schedule of Amazon EventBridge Scheduler, and the role it takes on."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pulumi
import pulumi_aws as aws

from strata.aws.facts.scheduler_cron import as_scheduler_cron
from strata.aws.policy_documents import assume_role_policy, policy
from strata.components.base import Component
from strata.naming import ROLE_NAME
from strata.rollout.servers.preferences import preferences_for
from strata.rollout.servers.server_spec import ServerSpec
from strata.settings.models import PeriodicRefreshSettings
from strata.spectrum import Mutability

__all__ = ["periodic_refresh"]

_ATTEMPTS = 3
"""What EventBridge Scheduler repeats where AWS throttles; its own 185 would go on for a day."""
_ATTEMPT_SECONDS = 300
"""After a rollout that keeps it from starting all servers are fresh: it is not to wait for that one's end."""


def periodic_refresh(
    service: Component,
    settings: PeriodicRefreshSettings | None,
    group: "aws.autoscaling.Group",
    spec: ServerSpec,
    alarms: pulumi.Output[Sequence[str]],
) -> None:
    """The schedule, where the settings have one.

    It asks for no desired configuration: what is launched is what the group has saved, which is the proven release.
    Servers that somebody is in, or that are protected from scale-in, are left alone, since nobody looks at the notes
    of break-glass; and without a gate there is neither a checkpoint to pass nor a release to go back to.

    Args:
        service: the service.
        settings: when.
        group: the fleet.
        spec: how it is rolled.
        alarms: names of those that stop it.
    """
    if settings is None:
        return
    role = service.child(
        aws.iam.Role,
        "refresh_role",
        Mutability.REPLACED,
        suffix="refresh",
        named=ROLE_NAME,
    )(assume_role_policy=assume_role_policy("scheduler"))
    permission = service.child(
        aws.iam.RolePolicy,
        "refresh_policy",
        Mutability.REPLACED,
        suffix="refresh",
        tagged=False,
    )(
        role=role.id,
        policy=policy(
            {"Action": ["autoscaling:StartInstanceRefresh"], "Resource": [group.arn]},
            # to watch the alarms that it names; CloudWatch's describing call knows no resources
            {"Action": ["cloudwatch:DescribeAlarms"], "Resource": ["*"]},
        ),
    )
    service.child(
        aws.scheduler.Schedule,
        "refresh",
        Mutability.REPLACED,
        suffix="refresh",
        tagged=False,
        # a role that may not do it yet makes the first refresh fail, and nobody is told
        depends_on=[permission],
    )(
        description=f"Fresh servers of the same release for {service.pulumi_resource_name}",
        schedule_expression=as_scheduler_cron(settings.recurrence),
        schedule_expression_timezone=settings.time_zone,
        flexible_time_window={"mode": "FLEXIBLE", "maximum_window_in_minutes": settings.window_minutes}
        if settings.window_minutes
        else {"mode": "OFF"},
        target={
            "arn": group.arn.apply(_action),
            "role_arn": role.arn,
            "input": pulumi.Output.all(group.name, alarms).apply(lambda it: _request(spec, it[0], it[1])),
            "retry_policy": {
                "maximum_retry_attempts": _ATTEMPTS,
                "maximum_event_age_in_seconds": _ATTEMPT_SECONDS,
            },
        },
    )


def _action(group_arn: str) -> str:
    """The target of a schedule that calls an action of AWS, in the partition of the group."""
    return f"arn:{group_arn.split(':')[1]}:scheduler:::aws-sdk:autoscaling:startInstanceRefresh"


def _request(spec: ServerSpec, group: str, alarms: Sequence[str]) -> str:
    preferences = preferences_for(
        spec,
        alarms=tuple(alarms),
        can_roll_back=False,
        skip_matching=False,
        keeps_standby=True,
        keeps_protected=True,
    )
    unwatched = replace(preferences, checkpoint_percentages=(), bake_seconds=0)
    return json.dumps({"AutoScalingGroupName": group, "Preferences": unwatched.to_api()}, sort_keys=True)
