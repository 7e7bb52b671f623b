"""How many servers, over time."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from strata.components.base import Component
from strata.components.ingress import Ingress
from strata.components.service.traffic import Traffic
from strata.errors import UsageError
from strata.settings.models import ScheduleSettings, ServiceSettings
from strata.spectrum import Mutability

__all__ = ["scaling", "schedules"]

_UNCHANGED = -1
"""What the provider takes for "leave as it is" in a scheduled action."""


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
