"""CreateAutoScalingGroup, UpdateAutoScalingGroup, DeleteAutoScalingGroup, DescribeAutoScalingGroups."""

import uuid
from collections.abc import Mapping
from typing import Any

from moto.autoscaling.responses import AutoScalingResponse
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, EmptyResult
from moto.elbv2.models import elbv2_backends

from strata_rehearsal.cloud.api.answers import (
    Refused,
    ec2_of,
    find_group,
    flag,
    group_document,
    invalid,
    page,
    parameter,
)
from strata_rehearsal.cloud.fleet.ec2 import configuration_of
from strata_rehearsal.cloud.fleet.health import judge
from strata_rehearsal.cloud.fleet.server_lifecycle import abandon
from strata_rehearsal.cloud.scaling_groups import Configuration, Group, Hook
from strata_rehearsal.cloud.state import current

__all__ = [
    "create_auto_scaling_group",
    "delete_auto_scaling_group",
    "describe_auto_scaling_groups",
    "update_auto_scaling_group",
]

KEPT = (
    "CapacityRebalance",
    "PlacementGroup",
    "Context",
    "DesiredCapacityType",
    "AvailabilityZoneDistribution",
    "AvailabilityZoneImpairmentPolicy",
    "SkipZonalShiftValidation",
    "CapacityReservationSpecification",
    "DeletionProtection",
    "InstanceLifecyclePolicy",
)
_RETENTIONS = ("retain", "terminate")
_PROTECTIONS = ("none", "prevent-force-deletion", "prevent-all-deletion")


def create_auto_scaling_group(self: AutoScalingResponse) -> ActionResult:
    """Make a group; its servers are launched at once and boot in simulated time."""
    cloud, params = current(), self._get_params()
    name, key = params["AutoScalingGroupName"], (self.current_account, self.region, params["AutoScalingGroupName"])
    if key in cloud.groups:
        state = "is being deleted" if cloud.groups[key].deleting else "already exists"
        raise Refused("AlreadyExists", f"AutoScalingGroup by this name {state} - A group with the name {name} {state}")
    configuration = _configuration(self, params)
    if configuration is None:
        raise invalid(
            "Valid requests must contain either LaunchTemplate or MixedInstancesPolicy parameter; launch "
            "configurations and groups made from an instance are not simulated."
        )
    zones, subnets = _places(self, params)
    if not zones:
        raise invalid("At least one Availability Zone or VPC Subnet is required.")
    smallest, largest = int(params["MinSize"]), int(params["MaxSize"])
    group = Group(
        name=name,
        account=self.current_account,
        region=self.region,
        arn=f"arn:{self.partition}:autoscaling:{self.region}:{self.current_account}:autoScalingGroup:{uuid.uuid4()}:"
        f"autoScalingGroupName/{name}",
        created_at=cloud.world.now,
        configuration=configuration,
        min_size=smallest,
        max_size=largest,
        desired=int(params.get("DesiredCapacity", smallest)),
        zones=zones,
        subnets=subnets,
        target_groups=_target_groups(self, params.get("TargetGroupARNs") or []),
        tags=[dict(tag) for tag in params.get("Tags") or []],
    )
    _check_sizes(group)
    _apply(group, params)
    for hook in params.get("LifecycleHookSpecificationList") or []:
        group.hooks[hook["LifecycleHookName"]] = read_hook(hook)
    cloud.groups[key] = group
    cloud.world.record("group", name, "created", service=group.service, desired=group.desired)
    cloud.touch(group)
    return EmptyResult()


def update_auto_scaling_group(self: AutoScalingResponse) -> ActionResult:
    """Change a group; not its template while a refresh with a desired configuration is active."""
    cloud, params, group = current(), self._get_params(), find_group(self)
    if group.deleting:
        raise Refused("ScalingActivityInProgress", f"AutoScalingGroup {group.name} is being deleted")
    configuration = _configuration(self, params)
    refresh = group.refresh
    if configuration is not None and refresh is not None and refresh.desired is not None:
        raise invalid(
            "An active instance refresh with a desired configuration exists. All configuration options derived from "
            "the desired configuration are not available for update while the instance refresh is active."
        )
    if params.get("AvailabilityZones") or params.get("VPCZoneIdentifier"):
        group.zones, group.subnets = _places(self, params)
    before = (group.min_size, group.max_size, group.desired)
    group.min_size, group.max_size = (
        int(params.get("MinSize", group.min_size)),
        int(params.get("MaxSize", group.max_size)),
    )
    if "DesiredCapacity" in params:
        group.desired = int(params["DesiredCapacity"])
    else:
        group.desired = min(max(group.desired, group.min_size), group.max_size)
    try:
        _check_sizes(group)
    except Refused:
        group.min_size, group.max_size, group.desired = before
        raise
    if configuration is not None:
        group.configuration, group.refused_until = configuration, 0.0
    _apply(group, params)
    cloud.world.record("group", group.name, "updated", service=group.service, desired=group.desired)
    for server in group.counting():
        judge(cloud, server)
    cloud.touch(group)
    return EmptyResult()


def delete_auto_scaling_group(self: AutoScalingResponse) -> ActionResult:
    """Delete a group, with its servers if forced; it is shown until the last one has gone."""
    cloud, group = current(), find_group(self)
    level = group.extra.get("DeletionProtection", "none")
    if level == "prevent-all-deletion" or (level == "prevent-force-deletion" and flag(self, "ForceDelete")):
        raise invalid(
            f"You cannot delete the AutoScalingGroup {group.name}: its deletion protection is {level}. Set it to a "
            "less restrictive level first."
        )
    if group.servers and not flag(self, "ForceDelete"):
        raise Refused(
            "ResourceInUse",
            "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still "
            "in the group.",
        )
    group.deleting, group.min_size, group.desired = True, 0, 0
    for policy in list(self.autoscaling_backend.describe_policies(group.name)):
        self.autoscaling_backend.delete_policy(policy.name)
    for action in self.autoscaling_backend.describe_scheduled_actions(group.name):
        self.autoscaling_backend.delete_scheduled_action(group.name, action.scheduled_action_name)
    cloud.world.record("group", group.name, "deleting", service=group.service)
    abandon(cloud, group)
    cloud.touch(group)
    return EmptyResult()


def describe_auto_scaling_groups(self: AutoScalingResponse) -> ActionResult:
    """The groups of the account and region, by name or by tags."""
    names = set(parameter(self, "AutoScalingGroupNames", []))
    groups = [
        group
        for group in current().groups_of(self.current_account, self.region)
        if (not names or group.name in names) and _passes(group, parameter(self, "Filters", []))
    ]
    shown, token = page(groups, parameter(self, "NextToken"), min(100, int(parameter(self, "MaxRecords", 50))))
    return ActionResult({"AutoScalingGroups": [group_document(group) for group in shown], "NextToken": token})


def read_hook(values: Mapping[str, Any]) -> Hook:
    """A lifecycle hook as a request gives it."""
    extra = {
        key: values[key] for key in ("NotificationTargetARN", "RoleARN", "NotificationMetadata") if values.get(key)
    }
    return Hook(
        name=values["LifecycleHookName"],
        launching=str(values.get("LifecycleTransition", "")).endswith("LAUNCHING"),
        timeout=float(values.get("HeartbeatTimeout") or 3600),
        default_result=values.get("DefaultResult") or "ABANDON",
        extra=extra,
    )


def _configuration(self: AutoScalingResponse, params: Mapping[str, Any]) -> Configuration | None:
    template, policy = params.get("LaunchTemplate"), params.get("MixedInstancesPolicy")
    if template and policy:
        raise invalid("Valid requests must contain either LaunchTemplate or MixedInstancesPolicy parameter.")
    if params.get("LaunchConfigurationName"):
        raise invalid("Launch configurations are not simulated: use a launch template.")
    if not template and not policy:
        return None
    try:
        return configuration_of(ec2_of(self), template, policy)
    except ServiceException as error:
        raise invalid(f"You must use a valid fully-formed launch template. {error.message}") from error


def _places(self: AutoScalingResponse, params: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    subnets = [each.strip() for each in (params.get("VPCZoneIdentifier") or "").split(",") if each.strip()]
    zones = list(params.get("AvailabilityZones") or [])
    if not subnets:
        return zones, []
    try:
        found = [ec2_of(self).get_subnet(each).availability_zone for each in subnets]
    except ServiceException as error:
        raise invalid(error.message) from error
    if zones and set(zones) != set(found):
        raise invalid("The availability zones of the specified subnets and the Auto Scaling group do not match")
    return found, subnets


def _target_groups(self: AutoScalingResponse, arns: list[str]) -> list[str]:
    known = elbv2_backends[self.current_account][self.region].target_groups
    for arn in arns:
        if arn not in known:
            raise invalid(f"Provided Target Group ARN ({arn}) not found.")
    return list(arns)


def _check_sizes(group: Group) -> None:
    if group.min_size > group.max_size:
        raise invalid(f"Max bound, {group.max_size}, must be greater than or equal to min bound, {group.min_size}")
    if not group.min_size <= group.desired <= group.max_size:
        side, bound = ("min", group.min_size) if group.desired < group.min_size else ("max", group.max_size)
        raise invalid(
            f"Desired capacity:{group.desired} must be between the specified min size:{group.min_size} and max "
            f"size:{group.max_size}, but is beyond the {side} size {bound}"
        )


def _apply(group: Group, params: Mapping[str, Any]) -> None:
    if params.get("DeletionProtection", "none") not in _PROTECTIONS:
        raise invalid(
            f"DeletionProtection must be one of {', '.join(_PROTECTIONS)}, not {params['DeletionProtection']}"
        )
    triggers = (params.get("InstanceLifecyclePolicy") or {}).get("RetentionTriggers") or {}
    if triggers.get("TerminateHookAbandon", "retain") not in _RETENTIONS:
        raise invalid(
            f"1 validation error detected: Value '{triggers['TerminateHookAbandon']}' at "
            "'instanceLifecyclePolicy.retentionTriggers.terminateHookAbandon' failed to satisfy constraint: Member "
            f"must satisfy enum value set: [{', '.join(_RETENTIONS)}]"
        )
    group.health_check_type = params.get("HealthCheckType") or group.health_check_type
    group.grace = float(params.get("HealthCheckGracePeriod", group.grace))
    group.cooldown = int(params.get("DefaultCooldown", group.cooldown))
    group.protect_new = str(params.get("NewInstancesProtectedFromScaleIn", group.protect_new)).lower() == "true"
    group.termination_policies = list(params.get("TerminationPolicies") or group.termination_policies)
    if "DefaultInstanceWarmup" in params:
        # -1 removes the setting
        group.warmup = None if int(params["DefaultInstanceWarmup"]) < 0 else int(params["DefaultInstanceWarmup"])
    if "MaxInstanceLifetime" in params:
        group.lifetime = float(params["MaxInstanceLifetime"]) or None
    policy = params.get("InstanceMaintenancePolicy")
    if policy:
        cleared = int(policy.get("MinHealthyPercentage", -1)) < 0
        group.maintenance = None if cleared else {key: int(value) for key, value in policy.items()}
    group.extra.update({key: params[key] for key in KEPT if key in params})


def _passes(group: Group, filters: list[Mapping[str, Any]]) -> bool:
    tags = {tag["Key"]: tag.get("Value", "") for tag in group.tags}
    for each in filters:
        name, values = each["Name"], set(each["Values"])
        if name == "tag-key":
            found = values & set(tags)
        elif name == "tag-value":
            found = values & set(tags.values())
        elif name.startswith("tag:"):
            found = tags.get(name.removeprefix("tag:")) in values
        else:
            raise invalid(f"Filter {name} is not valid")
        if not found:
            return False
    return True
