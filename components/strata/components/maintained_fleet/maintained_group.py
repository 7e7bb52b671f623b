"""The Auto Scaling group of a maintained fleet: it keeps the number of servers, and leaves those that run alone."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from strata.components.base import Component
from strata.components.machine_image_checks import FoundImage
from strata.components.network import Place
from strata.components.service.permissions import Granted, Identity
from strata.components.service.template import LAUNCHED, server_inputs
from strata.components.service.traffic import Traffic
from strata.settings.models import MaintainedFleetSettings
from strata.spectrum import Mutability

__all__ = ["PATCH_GROUP_TAG", "maintained_group", "maintained_template", "patch_group"]

PATCH_GROUP_TAG = "PatchGroup"
"""Key of the tag by which Patch Manager finds the baseline of a server; without a blank, as metadata tags must be."""
_LEAST_WAIT_SECONDS = 600
"""Never wait less for the first servers than the provider itself would."""


def patch_group(fleet: Component) -> str:
    """The patch group of a fleet; an account and region has one list of them for everybody.

    Args:
        fleet: the fleet.
    """
    return f"{pulumi.get_project()}-{pulumi.get_stack()}-{fleet.pulumi_resource_name}"


def maintained_template(
    fleet: Component,
    settings: MaintainedFleetSettings,
    *,
    image: pulumi.Output[FoundImage],
    identity: Identity,
    security_group: "aws.ec2.SecurityGroup",
    logs: "aws.cloudwatch.LogGroup",
    used: Granted,
) -> "aws.ec2.LaunchTemplate":
    """What new servers are launched from.

    Args:
        fleet: the fleet.
        settings: its settings.
        image: what they boot from.
        identity: their role.
        security_group: their security group.
        logs: where they write their logs.
        used: what they use.
    """
    server = server_inputs(
        fleet, settings, image=image, identity=identity, security_group=security_group, logs=logs, used=used
    )
    # No release: what was launched says nothing of what a server is once it was changed in place.
    launched = _launched_tags(fleet)
    return fleet.child(aws.ec2.LaunchTemplate, "launch_template", Mutability.REPLACED, suffix="template")(
        tag_specifications=[{"resource_type": kind, "tags": launched} for kind in LAUNCHED],
        update_default_version=False,
        **server,
    )


def maintained_group(
    fleet: Component,
    settings: MaintainedFleetSettings,
    *,
    ground: Place,
    template: "aws.ec2.LaunchTemplate",
    traffic: Traffic | None,
    depends_on: Sequence[pulumi.Resource],
) -> "aws.autoscaling.Group":
    """The group. A change of the template replaces no server: it is for those that are launched from then on.

    EC2 judges the servers, also behind a load balancer: an application that restarts for a change must not have its
    server ended, with everything on its disk. For the same reason the group does not move servers between zones.

    Args:
        fleet: the fleet.
        settings: its settings.
        ground: where the servers are.
        template: what new ones are.
        traffic: how requests reach them; none for a worker.
        depends_on: what servers need as soon as they boot.
    """
    capacity = settings.capacity
    return fleet.child(
        aws.autoscaling.Group,
        "group",
        Mutability.CONTROLLED,
        tagged=False,
        # A target group that no listener uses is refused by AWS, so the rules come first.
        depends_on=[*(traffic.rules if traffic else ()), *depends_on],
        ignore_changes=["desiredCapacity"],
    )(
        min_size=capacity.min,
        max_size=capacity.max,
        desired_capacity=capacity.min if capacity.initial is None else capacity.initial,
        launch_template={"id": template.id, "version": template.latest_version.apply(lambda it: str(int(it)))},
        vpc_zone_identifiers=ground.subnet_ids,
        target_group_arns=[traffic.target_group.arn] if traffic else [],
        health_check_type="EC2",
        health_check_grace_period=settings.boot_seconds,
        wait_for_capacity_timeout=f"{max(_LEAST_WAIT_SECONDS, 2 * settings.boot_seconds)}s",
        suspended_processes=["AZRebalance"],
        termination_policies=["OldestLaunchTemplate", "OldestInstance"],
        tags=[
            {"key": key, "value": value, "propagate_at_launch": True} for key, value in _launched_tags(fleet).items()
        ],
    )


def _launched_tags(fleet: Component) -> dict[str, str]:
    launched = fleet.launched_tag_set(fleet.pulumi_resource_name, Mutability.CONTROLLED)
    return {**launched, PATCH_GROUP_TAG: patch_group(fleet)}
