"""The fleet: an Auto Scaling group on one numbered version of the template."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from strata.components.base import Component
from strata.components.network import Place
from strata.components.service.template import Template
from strata.components.service.traffic import Traffic
from strata.rollout.spec import warm_up_seconds
from strata.settings.models import ServiceSettings
from strata.spectrum import Mutability

__all__ = ["fleet"]

_DAY = 86_400
_LEAST_WAIT_SECONDS = 600
"""Never wait less for the first servers than the provider itself would."""


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
        ground: where the servers stand.
        template: what they are.
        traffic: how requests reach them; none for a worker.
        depends_on: what servers need as soon as they boot.
        hooks: what stops an ungated replacement of the group, and has AWS refuse its deletion.
    """
    warm_up = warm_up_seconds(settings.boot_seconds, settings.health, behind_load_balancer=traffic is not None)
    capacity = settings.capacity
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
        min_size=capacity.min,
        max_size=capacity.max,
        desired_capacity=capacity.min if capacity.initial is None else capacity.initial,
        launch_template={"id": template.resource.id, "version": template.version.apply(str)},
        vpc_zone_identifiers=ground.subnet_ids,
        target_group_arns=[traffic.target_group.arn] if traffic else [],
        health_check_type="ELB" if traffic else "EC2",
        health_check_grace_period=settings.boot_seconds,
        default_instance_warmup=warm_up,
        wait_for_capacity_timeout=f"{_wait_seconds(settings, warm_up)}s",
        instance_maintenance_policy={
            "min_healthy_percentage": settings.rollout.min_healthy_percent,
            "max_healthy_percentage": settings.rollout.max_healthy_percent,
        },
        max_instance_lifetime=(settings.max_instance_lifetime_days or 0) * _DAY,
        # Scale-in takes what is not the current release first.
        termination_policies=["OldestLaunchTemplate", "OldestInstance"],
        # Deleting drains: the servers leave the load balancer and run their termination hooks. A protected group is
        # to be refused by AWS, before anything is drained.
        force_delete=_held(settings, hooks),
        tags=[
            {"key": key, "value": value, "propagate_at_launch": True}
            for key, value in service.launched_tag_set(service.pulumi_resource_name, Mutability.REPLACED).items()
        ],
    )


def _held(settings: ServiceSettings, hooks: pulumi.ResourceHookBinding | None) -> bool:
    """Whether AWS is asked to refuse the group's deletion: a gate of the caller's own may not do so."""
    return settings.protect and hooks is not None and bool(hooks.after_create)


def _wait_seconds(settings: ServiceSettings, warm_up: int) -> int:
    """How long creating the group may wait for its first servers: two attempts, each through grace and warm-up."""
    return max(_LEAST_WAIT_SECONDS, 2 * (settings.boot_seconds + warm_up))
