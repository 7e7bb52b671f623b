"""What belongs to an Auto Scaling group: policies, schedules, lifecycle hooks."""

from collections.abc import Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource
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

ROWS = (POLICY, SCHEDULE, LIFECYCLE_HOOK)
