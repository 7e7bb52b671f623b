"""The Auto Scaling group of a service: its servers, how many there are over time, and how a worker drains."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from strata.aws.policy_documents import policy
from strata.components.base import Component
from strata.components.ingress import Ingress
from strata.components.network import Place
from strata.components.service.permissions import Identity
from strata.components.service.template import Template
from strata.components.service.traffic import Traffic
from strata.errors import UsageError
from strata.rollout.servers.group_terms import OVERRIDABLE, GroupTerms
from strata.settings.models import ScheduleSettings, ServiceSettings
from strata.spectrum import Mutability
from strata.tags import OVERRIDDEN_TAG

__all__ = ["draining", "fleet", "scaling", "schedules"]

_LEAST_WAIT_SECONDS = 600
"""Never wait less for the first servers than the provider itself would."""
_LEAST_HEARTBEAT_SECONDS = 30
"""EC2 Auto Scaling's lower limit."""
_UNCHANGED = -1
"""What the provider reads as "leave as it is" in a scheduled action."""


def fleet(
    service: Component,
    settings: ServiceSettings,
    *,
    ground: Place,
    template: Template,
    traffic: Traffic | None,
    depends_on: Sequence[pulumi.Resource],
    hooks: pulumi.ResourceHookBinding | None,
) -> "aws.autoscaling.Group":
    """The group.

    It names a version number, so that a change of the template is a change of what the group should run; but that
    change is ignored here, because saving it on the group before the fleet runs it would leave nothing to roll back
    to. The gate rolls the fleet, and AWS saves the new number when it is done.

    Args:
        service: the service.
        settings: its settings.
        ground: where the servers are.
        template: what they are.
        traffic: how requests reach them; none for a worker.
        depends_on: what servers need as soon as they boot.
        hooks: what stops an ungated replacement of the group, and has AWS refuse its deletion.
    """
    terms, initial = GroupTerms.of_service(settings), settings.capacity.initial
    return service.child(
        aws.autoscaling.Group,
        "group",
        Mutability.REPLACED,
        tagged=False,
        # A target group that no listener uses is refused by AWS, so the rules come first.
        depends_on=[*(traffic.rules if traffic else ()), *depends_on],
        ignore_changes=["launchTemplate", "desiredCapacity"],
        hooks=hooks,
        timeouts=pulumi.CustomTimeouts(delete=f"{_LEAST_WAIT_SECONDS + 2 * settings.drain_seconds}s"),
    )(
        min_size=terms.min_size,
        max_size=terms.max_size,
        desired_capacity=terms.min_size if initial is None else initial,
        launch_template={"id": template.resource.id, "version": template.version.apply(str)},
        vpc_zone_identifiers=ground.subnet_ids,
        target_group_arns=[traffic.target_group.arn] if traffic else [],
        health_check_type=terms.health_check_type,
        health_check_grace_period=terms.grace_seconds,
        default_instance_warmup=terms.warm_up_seconds,
        wait_for_capacity_timeout=f"{_wait_seconds(settings, terms.warm_up_seconds)}s",
        instance_maintenance_policy={
            "min_healthy_percentage": terms.min_healthy_percent,
            "max_healthy_percentage": terms.max_healthy_percent,
        },
        # Retaining has no effect until the gate makes a server wait for its end, and abandons that wait. It is always
        # set: the provider leaves a policy on the group that is no longer among its inputs.
        instance_lifecycle_policy={
            "retention_triggers": {"terminate_hook_abandon": "retain" if settings.rollout.keep_failed else "terminate"}
        },
        max_instance_lifetime=terms.lifetime_seconds,
        termination_policies=list(terms.termination_policies),
        # Deleting drains: the servers leave the load balancer and run their termination hooks. A protected group is
        # to be refused by AWS, before anything is drained.
        force_delete=_held(settings, hooks),
        tags=_tags(service),
    )


def _tags(service: Component) -> "list[aws.autoscaling.GroupTagArgsDict]":
    """Those that every server gets, and, for who compares the group with the settings, what the program overrides."""
    launched = service.launched_tag_set(service.pulumi_resource_name, Mutability.REPLACED)
    tags: list[aws.autoscaling.GroupTagArgsDict] = [
        {"key": key, "value": value, "propagate_at_launch": True} for key, value in launched.items()
    ]
    names = sorted(OVERRIDABLE[each] for each in service.overrides.inputs("group") & OVERRIDABLE.keys())
    if names:
        tags.append({"key": OVERRIDDEN_TAG, "value": " ".join(names), "propagate_at_launch": False})
    return tags


def _held(settings: ServiceSettings, hooks: pulumi.ResourceHookBinding | None) -> bool:
    """Whether AWS is asked to refuse the group's deletion: a gate of the caller's own may not do so."""
    return settings.protect and hooks is not None and bool(hooks.after_create)


def _wait_seconds(settings: ServiceSettings, warm_up: int) -> int:
    """How long creating the group may wait for its first servers: two attempts, each through grace and warm-up."""
    return max(_LEAST_WAIT_SECONDS, 2 * (settings.boot_seconds + warm_up))


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


def scaling(
    service: Component,
    settings: ServiceSettings,
    group: "aws.autoscaling.Group",
    traffic: Traffic | None,
    ingress: Ingress | None,
) -> None:
    """Target tracking policies, for what the settings name.

    Raises:
        UsageError: requests are tracked, but the service has no load balancer.
    """
    if settings.scaling is None:
        return
    if settings.scaling.cpu_percent is not None:
        _track(
            service, group, "cpu", settings.scaling.cpu_percent, {"predefined_metric_type": "ASGAverageCPUUtilization"}
        )
    if settings.scaling.requests_per_server is not None:
        if traffic is None or ingress is None:
            raise UsageError(
                f"service {service.pulumi_resource_name!r} scales by requests but has no ingress that counts them",
                fix="Give it routes and an ingress, or remove scaling.requests_per_server.",
            )
        label = pulumi.Output.concat(ingress.load_balancer_arn_suffix, "/", traffic.target_group.arn_suffix)
        _track(
            service,
            group,
            "requests",
            settings.scaling.requests_per_server,
            {"predefined_metric_type": "ALBRequestCountPerTarget", "resource_label": label},
        )


def schedules(service: Component, settings: ServiceSettings, group: "aws.autoscaling.Group") -> None:
    """Scheduled capacity, one action after the other: EC2 Auto Scaling refuses some of those that are put at once."""
    before: list[aws.autoscaling.Schedule] = []
    for name, schedule in settings.schedules.items():
        before = [_schedule(service, group, name, schedule, before)]


def _track(
    service: Component,
    group: "aws.autoscaling.Group",
    suffix: str,
    target: int,
    metric: "aws.autoscaling.PolicyTargetTrackingConfigurationPredefinedMetricSpecificationArgsDict",
) -> None:
    service.child(
        aws.autoscaling.Policy,
        f"scale_by_{suffix}",
        Mutability.REPLACED,
        suffix=suffix,
        tagged=False,
    )(
        autoscaling_group_name=group.name,
        policy_type="TargetTrackingScaling",
        target_tracking_configuration={"target_value": target, "predefined_metric_specification": metric},
    )


def _schedule(
    service: Component,
    group: "aws.autoscaling.Group",
    name: str,
    schedule: ScheduleSettings,
    before: "Sequence[aws.autoscaling.Schedule]",
) -> "aws.autoscaling.Schedule":
    return service.child(
        aws.autoscaling.Schedule,
        "schedule",
        Mutability.REPLACED,
        suffix=f"schedule-{name}",
        tagged=False,
        depends_on=before,
        # The provider sends the start time it once read with every update: it is over by then, and EC2 Auto Scaling
        # refuses it, or is that of the recurrence before (pulumi-aws#2473). A new action has none. The old one goes
        # first: two of one name are one, and two at one time are refused.
        deleted_first=("recurrence", "timeZone", "minSize", "maxSize", "desiredCapacity"),
    )(
        autoscaling_group_name=group.name,
        scheduled_action_name=name,
        recurrence=schedule.recurrence,
        time_zone=schedule.time_zone,
        min_size=_UNCHANGED if schedule.min is None else schedule.min,
        max_size=_UNCHANGED if schedule.max is None else schedule.max,
        desired_capacity=_UNCHANGED if schedule.desired is None else schedule.desired,
    )
