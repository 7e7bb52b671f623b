"""Actions on what hangs on a group: processes, hooks, tags, target groups, metrics, notifications."""

from collections.abc import Iterable

from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.elbv2.models import elbv2_backends

from strata_rehearsal.cloud.api.answers import Refused, find_group, find_server, group_document, invalid, parameter
from strata_rehearsal.cloud.api.groups import read_hook
from strata_rehearsal.cloud.fleet.health import join, judge
from strata_rehearsal.cloud.fleet.hooks import complete, heartbeat
from strata_rehearsal.cloud.scaling_groups import Group, GroupServer, State
from strata_rehearsal.cloud.state import current

__all__ = [
    "attach_load_balancer_target_groups",
    "complete_lifecycle_action",
    "create_or_update_tags",
    "delete_lifecycle_hook",
    "delete_notification_configuration",
    "delete_tags",
    "describe_lifecycle_hooks",
    "describe_load_balancer_target_groups",
    "describe_notification_configurations",
    "describe_tags",
    "detach_load_balancer_target_groups",
    "disable_metrics_collection",
    "enable_metrics_collection",
    "put_lifecycle_hook",
    "put_notification_configuration",
    "record_lifecycle_action_heartbeat",
    "resume_processes",
    "suspend_processes",
]

PROCESSES: tuple[str, ...] = (
    "Launch",
    "Terminate",
    "AddToLoadBalancer",
    "AlarmNotification",
    "AZRebalance",
    "HealthCheck",
    "InstanceRefresh",
    "ReplaceUnhealthy",
    "ScheduledActions",
)
METRICS = (
    "GroupMinSize",
    "GroupMaxSize",
    "GroupDesiredCapacity",
    "GroupInServiceInstances",
    "GroupPendingInstances",
    "GroupStandbyInstances",
    "GroupTerminatingInstances",
    "GroupTotalInstances",
)


def suspend_processes(self: AutoScalingResponse) -> ActionResult:
    """Suspend processes of a group, all of them when none is named."""
    group, named = find_group(self), _processes(self)
    group.suspended |= named
    current().world.record("group", group.name, "suspended", processes=sorted(named))
    return EmptyResult()


def resume_processes(self: AutoScalingResponse) -> ActionResult:
    """Resume processes; what they should have done in the meantime happens now."""
    cloud, group, named = current(), find_group(self), _processes(self)
    group.suspended -= named
    cloud.world.record("group", group.name, "resumed", processes=sorted(named))
    for server in group.counting():
        if "AddToLoadBalancer" in named and server.state is State.IN_SERVICE:
            join(cloud, server)
        judge(cloud, server)
    group.refused_until = 0.0
    cloud.touch(group)
    return EmptyResult()


def put_lifecycle_hook(self: AutoScalingResponse) -> ActionResult:
    """Make a lifecycle hook, or change the named one."""
    group, params = find_group(self), self._get_params()
    hook = read_hook(
        {**group.hooks[params["LifecycleHookName"]].document(group.name), **params}
        if params["LifecycleHookName"] in group.hooks
        else params
    )
    if not params.get("LifecycleTransition") and hook.name not in group.hooks:
        raise invalid("LifecycleTransition is required for a new lifecycle hook")
    group.hooks[hook.name] = hook
    return EmptyResult()


def describe_lifecycle_hooks(self: AutoScalingResponse) -> ActionResult:
    """The lifecycle hooks of a group."""
    group, wanted = find_group(self), set(parameter(self, "LifecycleHookNames", []))
    hooks = [hook.document(group.name) for name, hook in group.hooks.items() if not wanted or name in wanted]
    return ActionResult({"LifecycleHooks": hooks})


def delete_lifecycle_hook(self: AutoScalingResponse) -> ActionResult:
    """Delete a lifecycle hook; servers that wait in it go on."""
    cloud, group, name = current(), find_group(self), parameter(self, "LifecycleHookName")
    if group.hooks.pop(name, None) is None:
        raise invalid(f"No Lifecycle Hook found with name {name} for Auto Scaling group {group.name}")
    for server in list(group.servers.values()):
        if server.hooks and server.hooks[0].name == name:
            complete(cloud, server, "CONTINUE")
    return EmptyResult()


def complete_lifecycle_action(self: AutoScalingResponse) -> ActionResult:
    """Let a server that waits in a hook go on, or abandon it."""
    complete(current(), _waiting(self), parameter(self, "LifecycleActionResult"))
    return EmptyResult()


def record_lifecycle_action_heartbeat(self: AutoScalingResponse) -> ActionResult:
    """Give a server that waits in a hook the whole timeout again."""
    heartbeat(current(), _waiting(self))
    return EmptyResult()


def create_or_update_tags(self: AutoScalingResponse) -> ActionResult:
    """Put tags on groups; servers launched from now on get those that propagate."""
    for tag in parameter(self, "Tags", []):
        group = find_group(self, tag["ResourceId"])
        group.tags = [each for each in group.tags if each["Key"] != tag["Key"]] + [dict(tag)]
    return EmptyResult()


def delete_tags(self: AutoScalingResponse) -> ActionResult:
    """Take tags off groups."""
    for tag in parameter(self, "Tags", []):
        group = find_group(self, tag["ResourceId"])
        group.tags = [each for each in group.tags if each["Key"] != tag["Key"]]
    return EmptyResult()


def describe_tags(self: AutoScalingResponse) -> ActionResult:
    """The tags of all groups, filtered."""
    fields = {
        "auto-scaling-group": "ResourceId",
        "key": "Key",
        "value": "Value",
        "propagate-at-launch": "PropagateAtLaunch",
    }
    tags = [
        tag for group in current().groups_of(self.current_account, self.region) for tag in group_document(group)["Tags"]
    ]
    for each in parameter(self, "Filters", []):
        wanted = {str(value).lower() for value in each["Values"]}
        tags = [tag for tag in tags if str(tag[fields[each["Name"]]]).lower() in wanted]
    return ActionResult({"Tags": tags})


def attach_load_balancer_target_groups(self: AutoScalingResponse) -> ActionResult:
    """Register the group's servers with further target groups."""
    cloud, group = current(), find_group(self)
    known = elbv2_backends[group.account][group.region].target_groups
    for arn in parameter(self, "TargetGroupARNs", []):
        if arn not in known:
            raise invalid(f"Provided Target Group ARN ({arn}) not found.")
        if arn not in group.target_groups:
            group.target_groups.append(arn)
    for server in group.servers.values():
        if server.state is State.IN_SERVICE:
            join(cloud, server)
    return EmptyResult()


def detach_load_balancer_target_groups(self: AutoScalingResponse) -> ActionResult:
    """Deregister the group's servers from target groups."""
    cloud, group = current(), find_group(self)
    known = elbv2_backends[group.account][group.region].target_groups
    for arn in set(parameter(self, "TargetGroupARNs", [])) & set(group.target_groups):
        group.target_groups.remove(arn)
        for server in group.servers.values():
            if arn in known:
                cloud.targets.deregister(known[arn], server.id)
    left = len(group.target_groups)
    cloud.world.record("group", group.name, "detached", service=group.service, target_groups=left)
    return EmptyResult()


def describe_load_balancer_target_groups(self: AutoScalingResponse) -> ActionResult:
    """The target groups of a group."""
    shown = [{"LoadBalancerTargetGroupARN": arn, "State": "InService"} for arn in find_group(self).target_groups]
    return ActionResult({"LoadBalancerTargetGroups": shown})


def enable_metrics_collection(self: AutoScalingResponse) -> ActionResult:
    """Note that group metrics are collected; there are none here."""
    group = find_group(self)
    group.metrics = _united(group.metrics, parameter(self, "Metrics", []) or METRICS)
    return EmptyResult()


def disable_metrics_collection(self: AutoScalingResponse) -> ActionResult:
    """Note that group metrics are no longer collected."""
    group, named = find_group(self), parameter(self, "Metrics", []) or METRICS
    group.metrics = [name for name in group.metrics if name not in named]
    return EmptyResult()


def put_notification_configuration(self: AutoScalingResponse) -> ActionResult:
    """Note a topic that wants to be notified; nothing is sent here."""
    group = find_group(self)
    group.notifications[parameter(self, "TopicARN")] = list(parameter(self, "NotificationTypes", []))
    return EmptyResult()


def describe_notification_configurations(self: AutoScalingResponse) -> ActionResult:
    """The topics noted for groups."""
    names = set(parameter(self, "AutoScalingGroupNames", []))
    shown = [
        {"AutoScalingGroupName": group.name, "TopicARN": topic, "NotificationType": kind}
        for group in current().groups_of(self.current_account, self.region)
        if not names or group.name in names
        for topic, kinds in group.notifications.items()
        for kind in kinds
    ]
    return ActionResult({"NotificationConfigurations": shown})


def delete_notification_configuration(self: AutoScalingResponse) -> ActionResult:
    """Forget a topic."""
    find_group(self).notifications.pop(parameter(self, "TopicARN"), None)
    return EmptyResult()


def _processes(self: AutoScalingResponse) -> set[str]:
    named = set(parameter(self, "ScalingProcesses", []) or PROCESSES)
    if unknown := sorted(named - set(PROCESSES)):
        raise invalid(f"Invalid process name(s): {', '.join(unknown)}")
    return named


def _waiting(self: AutoScalingResponse) -> GroupServer:
    group: Group = find_group(self)
    server = find_server(self, current(), parameter(self, "InstanceId"))
    name = parameter(self, "LifecycleHookName")
    if server.group is not group or not server.hooks or server.hooks[0].name != name:
        raise Refused("ValidationError", f"No active Lifecycle Action found with instance ID {server.id}")
    return server


def _united(present: Iterable[str], more: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*present, *more]))
