"""Application Auto Scaling: what may be scaled, such as the tasks of a service, and what scales it."""

from collections.abc import Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.type_row import (
    ID,
    TAG_KEYS,
    TAGS,
    ApiCall,
    AutoName,
    Lookup,
    P,
    PropertyStep,
    Tagging,
    TypeRow,
    sends,
)

__all__ = ["ROWS"]

_WHAT = sends("serviceNamespace resourceId scalableDimension")
_BOUNDS = sends("minCapacity maxCapacity suspendedState", roleArn="RoleARN")


_SAME = {parameter: (lambda resource, name=each.name: resource.get(name)) for parameter, each in _WHAT.items()}
"""What names the target, in a call that otherwise says only what changes."""


def _registered(resource: LiveResource, answer: Mapping[str, Any]) -> str:
    """The id is the resource that is scaled; tags go by the target's ARN."""
    resource.state = {**resource.state, "arn": answer["ScalableTargetARN"]}
    return str(resource.inputs["resourceId"])


def _target_arn(resource: LiveResource) -> Any:
    return resource.state.get("arn")


TARGET = TypeRow(
    tokens=("aws:appautoscaling/target:Target",),
    service="application-autoscaling",
    create=ApiCall("register_scalable_target", {**_WHAT, **_BOUNDS}),
    id=_registered,
    read=Lookup(
        ApiCall(
            "describe_scalable_targets",
            {**sends("serviceNamespace scalableDimension"), "ResourceIds": [P("resourceId")]},
        ),
        "ScalableTargets[0]",
        ("ValidationException",),
    ),
    steps=(
        PropertyStep(
            "minCapacity maxCapacity suspendedState roleArn",
            ApiCall("register_scalable_target", {**_SAME, **_BOUNDS}, only_changed=True),
            on_create=False,
        ),
    ),
    delete=ApiCall("deregister_scalable_target", _WHAT),
    gone=("ObjectNotFoundException",),
    replace="resourceId scalableDimension serviceNamespace",
    outputs={"arn": "ScalableTargetARN"},
    tagging=Tagging(
        add=ApiCall("tag_resource", {"ResourceARN": _target_arn, "Tags": TAGS}),
        remove=ApiCall("untag_resource", {"ResourceARN": _target_arn, "TagKeys": TAG_KEYS}),
        read=ApiCall("list_tags_for_resource", {"ResourceARN": _target_arn}),
        as_dict=True,
    ),
)


def _alarms(_resource: LiveResource, found: Mapping[str, Any]) -> list[str]:
    return [alarm["AlarmARN"] for alarm in found.get("Alarms") or []]


_SETTINGS = (
    "policyType predictiveScalingPolicyConfiguration stepScalingPolicyConfiguration "
    "targetTrackingScalingPolicyConfiguration"
)
_PUT = ApiCall("put_scaling_policy", {"PolicyName": P("name"), **_WHAT, **sends(_SETTINGS)})

POLICY = TypeRow(
    tokens=("aws:appautoscaling/policy:Policy",),
    service="application-autoscaling",
    create=_PUT,
    id=lambda resource, _: str(resource.get("name")),
    read=Lookup(
        ApiCall("describe_scaling_policies", {**_WHAT, "PolicyNames": [ID]}),
        "ScalingPolicies[0]",
        ("ValidationException",),
    ),
    steps=(PropertyStep(_SETTINGS, _PUT, on_create=False),),
    delete=ApiCall("delete_scaling_policy", {**_WHAT, "PolicyName": ID}),
    gone=("ObjectNotFoundException",),
    replace="name resourceId scalableDimension serviceNamespace",
    renames={"name": "PolicyName"},
    defaults={"policyType": "StepScaling"},
    outputs={"arn": "PolicyARN", "alarmArns": _alarms, "name": lambda resource, _: resource.id},
    auto_name=AutoName(255),
)

ROWS = (TARGET, POLICY)
