"""What belongs to an Auto Scaling group: scaling policies, schedules, lifecycle hooks, notifications.

One notification resource may speak for several groups.
"""

from collections.abc import Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.operation_errors import AwsCallError
from strata_rehearsal.plugin.type_row import ID, ApiCall, AutoName, Lookup, P, PropertyStep, TypeRow, sends

__all__ = ["ROWS"]

_GROUP = {"AutoScalingGroupName": P("autoscalingGroupName")}

_POLICY_SETTINGS = (
    "policyType adjustmentType cooldown enabled estimatedInstanceWarmup metricAggregationType minAdjustmentMagnitude "
    "scalingAdjustment stepAdjustments targetTrackingConfiguration predictiveScalingConfiguration"
)
_POLICY = ApiCall(
    "put_scaling_policy",
    {
        **_GROUP,
        "PolicyName": P("name"),
        **sends(_POLICY_SETTINGS),
    },
)


def _size(value: int) -> int | None:
    """-1 is the provider's word for "leave as it is"."""
    return None if value == -1 else value


_SCHEDULE = ApiCall(
    "put_scheduled_update_group_action",
    {
        **_GROUP,
        **sends("scheduledActionName recurrence startTime endTime timeZone"),
        "MinSize": P("minSize", _size),
        "MaxSize": P("maxSize", _size),
        "DesiredCapacity": P("desiredCapacity", _size),
    },
)
_HOOK = ApiCall(
    "put_lifecycle_hook",
    {
        **_GROUP,
        "LifecycleHookName": P("name"),
        **sends(
            "lifecycleTransition defaultResult heartbeatTimeout notificationMetadata",
            notificationTargetArn="NotificationTargetARN",
            roleArn="RoleARN",
        ),
    },
)


def _by_name(resource: LiveResource, _answer: object) -> str:
    return str(resource.get("name"))


def _aggregation(_resource: LiveResource, found: Mapping[str, Any]) -> str:
    """Only step scaling has one; the provider says "" for the others."""
    return found.get("MetricAggregationType") or ""


POLICY = TypeRow(
    tokens=("aws:autoscaling/policy:Policy",),
    service="autoscaling",
    create=_POLICY,
    id=_by_name,
    read=Lookup(
        ApiCall("describe_policies", {**_GROUP, "PolicyNames": [ID]}), "ScalingPolicies[0]", ("ValidationError",)
    ),
    steps=(PropertyStep(_POLICY_SETTINGS, _POLICY, on_create=False),),
    delete=ApiCall("delete_policy", {**_GROUP, "PolicyName": ID}),
    gone=("ValidationError",),
    replace="name autoscalingGroupName",
    renames={"name": "PolicyName", "metricDimensions": "Dimensions"},
    defaults={"policyType": "SimpleScaling", "enabled": True},
    outputs={"arn": "PolicyARN", "name": lambda r, _: r.id, "metricAggregationType": _aggregation},
    auto_name=AutoName(255),
)


SCHEDULE = TypeRow(
    tokens=("aws:autoscaling/schedule:Schedule",),
    service="autoscaling",
    create=_SCHEDULE,
    id=lambda resource, _: str(resource.get("scheduledActionName")),
    read=Lookup(
        ApiCall("describe_scheduled_actions", {**_GROUP, "ScheduledActionNames": [ID]}),
        "ScheduledUpdateGroupActions[0]",
        ("ValidationError",),
    ),
    steps=(
        PropertyStep(
            "recurrence startTime endTime timeZone minSize maxSize desiredCapacity", _SCHEDULE, on_create=False
        ),
    ),
    delete=ApiCall("delete_scheduled_action", {**_GROUP, "ScheduledActionName": ID}),
    gone=("ValidationError",),
    replace="autoscalingGroupName scheduledActionName",
    outputs={"arn": "ScheduledActionARN", "timeZone": lambda _, found: found.get("TimeZone") or "UTC"},
)

LIFECYCLE_HOOK = TypeRow(
    tokens=("aws:autoscaling/lifecycleHook:LifecycleHook",),
    service="autoscaling",
    create=_HOOK,
    id=_by_name,
    read=Lookup(
        ApiCall("describe_lifecycle_hooks", {**_GROUP, "LifecycleHookNames": [ID]}),
        "LifecycleHooks[0]",
        ("ValidationError",),
    ),
    steps=(
        PropertyStep(
            "autoscalingGroupName lifecycleTransition defaultResult heartbeatTimeout notificationMetadata "
            "notificationTargetArn roleArn",
            _HOOK,
            on_create=False,
        ),
    ),
    delete=ApiCall("delete_lifecycle_hook", {**_GROUP, "LifecycleHookName": ID}),
    gone=("ValidationError",),
    replace="name",
    renames={"name": "LifecycleHookName"},
    auto_name=AutoName(255),
)


def _put_notification(resource: LiveResource, groups: list[str]) -> None:
    for name in groups:
        resource.aws(
            "put_notification_configuration",
            AutoScalingGroupName=name,
            TopicARN=resource.get("topicArn"),
            NotificationTypes=resource.get("notifications"),
        )


def _remove_notification(resource: LiveResource, groups: list[str]) -> None:
    for name in groups:
        try:
            resource.aws(
                "delete_notification_configuration", AutoScalingGroupName=name, TopicARN=resource.get("topicArn")
            )
        except AwsCallError as error:
            # The group is gone, and its notifications with it.
            if error.code != "ValidationError":
                raise


def _create_notification(resource: LiveResource) -> str:
    _put_notification(resource, resource.inputs["groupNames"])
    return str(resource.inputs["topicArn"])


def _update_notification(resource: LiveResource) -> None:
    before, wanted = resource.state.get("groupNames") or [], resource.inputs["groupNames"]
    _remove_notification(resource, [name for name in before if name not in wanted])
    _put_notification(resource, wanted)


def _find_notification(resource: LiveResource) -> Mapping[str, Any] | None:
    """The groups that still notify the topic, and of what."""
    topic, names = resource.get("topicArn"), resource.get("groupNames")
    listed = resource.cloud.pages(
        "autoscaling",
        "describe_notification_configurations",
        "NotificationConfigurations",
        resource.region,
        AutoScalingGroupNames=names,
    )
    sent = [each for each in listed if each["TopicARN"] == topic]
    if not sent:
        return None
    return {
        "TopicArn": topic,
        "GroupNames": sorted({each["AutoScalingGroupName"] for each in sent}),
        "Notifications": sorted({each["NotificationType"] for each in sent}),
    }


NOTIFICATION = TypeRow(
    tokens=("aws:autoscaling/notification:Notification",),
    service="autoscaling",
    create=_create_notification,
    read=_find_notification,
    steps=(PropertyStep("groupNames notifications", _update_notification, on_create=False),),
    delete=lambda resource: _remove_notification(resource, resource.get("groupNames")),
    replace="topicArn",
)

ROWS = (POLICY, SCHEDULE, LIFECYCLE_HOOK, NOTIFICATION)
