"""Auto Scaling groups: creation waits for their servers, deletion for the last one to go."""

from collections.abc import Iterator, Mapping
from typing import Any

from strata_rehearsal.plugin.check import Failure
from strata_rehearsal.plugin.engine_values import is_unknown
from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.type_row import ID, ApiCall, AutoName, Lookup, P, PropertyStep, TypeRow
from strata_rehearsal.plugin.types.group_capacity import (
    DELETE_SECONDS,
    delete_group,
    duration_seconds,
    wait_for_capacity,
    wait_until_gone,
)

__all__ = ["ROWS"]

_SETTINGS: dict[str, Any] = {
    "MinSize": P("minSize"),
    "MaxSize": P("maxSize"),
    "DesiredCapacity": P("desiredCapacity"),
    "LaunchTemplate": P("launchTemplate"),
    "MixedInstancesPolicy": P("mixedInstancesPolicy"),
    "LaunchConfigurationName": P("launchConfiguration"),
    "VPCZoneIdentifier": P("vpcZoneIdentifiers", ",".join),
    "AvailabilityZones": P("availabilityZones"),
    "AvailabilityZoneDistribution": P("availabilityZoneDistribution"),
    "CapacityRebalance": P("capacityRebalance"),
    "CapacityReservationSpecification": P("capacityReservationSpecification"),
    "Context": P("context"),
    "DefaultCooldown": P("defaultCooldown"),
    "DefaultInstanceWarmup": P("defaultInstanceWarmup"),
    "DesiredCapacityType": P("desiredCapacityType"),
    "HealthCheckGracePeriod": P("healthCheckGracePeriod"),
    "HealthCheckType": P("healthCheckType"),
    "InstanceLifecyclePolicy": P("instanceLifecyclePolicy"),
    "InstanceMaintenancePolicy": P("instanceMaintenancePolicy"),
    "MaxInstanceLifetime": P("maxInstanceLifetime"),
    "NewInstancesProtectedFromScaleIn": P("protectFromScaleIn"),
    "PlacementGroup": P("placementGroup"),
    "ServiceLinkedRoleARN": P("serviceLinkedRoleArn"),
    "TerminationPolicies": P("terminationPolicies"),
}


def _sizes(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    timeout = inputs.get("waitForCapacityTimeout", "0")
    try:
        duration_seconds("0" if is_unknown(timeout) else str(timeout))
    except ValueError as error:
        yield Failure("waitForCapacityTimeout", str(error))
    sources = [name for name in ("launchTemplate", "mixedInstancesPolicy", "launchConfiguration") if inputs.get(name)]
    if len(sources) != 1:
        yield Failure(
            "launchTemplate", "exactly one of launchTemplate, mixedInstancesPolicy, launchConfiguration must be given"
        )


def _group_tags(resource: LiveResource) -> list[dict[str, Any]]:
    return [
        {
            "ResourceId": resource.id,
            "ResourceType": "auto-scaling-group",
            "Key": tag["key"],
            "Value": str(tag["value"]),
            "PropagateAtLaunch": str(tag["propagateAtLaunch"]).lower() == "true",
        }
        for tag in resource.inputs.get("tags") or []
    ]


def _create(resource: LiveResource) -> str:
    name = resource.get("name")
    resource.id = name
    tags = _group_tags(resource)
    resource.run(_CREATE, AutoScalingGroupName=name, **({"Tags": tags} if tags else {}))
    return name


def _retag(resource: LiveResource) -> None:
    wanted = _group_tags(resource)
    keys = {tag["Key"] for tag in wanted}
    gone = [tag["key"] for tag in resource.state.get("tags") or [] if tag["key"] not in keys]
    if gone:
        kept = {"ResourceId": resource.id, "ResourceType": "auto-scaling-group"}
        resource.aws("delete_tags", Tags=[{**kept, "Key": key} for key in gone])
    if wanted:
        resource.aws("create_or_update_tags", Tags=wanted)


def _move(name: str, attach: str, detach: str, parameter: str) -> PropertyStep:
    def run(resource: LiveResource) -> None:
        before, wanted = set(resource.state.get(name) or []), set(resource.inputs.get(name) or [])
        if wanted - before:
            resource.aws(attach, AutoScalingGroupName=resource.id, **{parameter: sorted(wanted - before)})
        if before - wanted:
            resource.aws(detach, AutoScalingGroupName=resource.id, **{parameter: sorted(before - wanted)})

    return PropertyStep(name, run, on_create=False)


def _suspend(resource: LiveResource) -> None:
    before, wanted = (
        set(resource.state.get("suspendedProcesses") or []),
        set(resource.inputs.get("suspendedProcesses") or []),
    )
    if before - wanted:
        resource.aws("resume_processes", AutoScalingGroupName=resource.id, ScalingProcesses=sorted(before - wanted))
    if wanted - before:
        resource.aws("suspend_processes", AutoScalingGroupName=resource.id, ScalingProcesses=sorted(wanted - before))


def _refresh(resource: LiveResource) -> None:
    """The provider's own instance refresh: after the new template is saved, and without waiting for the outcome."""
    block = resource.inputs.get("instanceRefresh")
    if not block or not resource.changed & {"launchTemplate", "mixedInstancesPolicy", *(block.get("triggers") or [])}:
        return
    call = ApiCall("start_instance_refresh", {"Strategy": block["strategy"], "Preferences": P("preferences")})
    preferences = LiveResource(resource.row, resource.schema, resource.name, block, resource.cloud).fill(call)
    resource.aws("start_instance_refresh", **{**preferences, "AutoScalingGroupName": resource.id})


def _tags(_resource: LiveResource, found: Mapping[str, Any]) -> Any:
    return [
        {"key": tag["Key"], "value": tag["Value"], "propagateAtLaunch": tag["PropagateAtLaunch"]}
        for tag in found.get("Tags") or []
        if not tag["Key"].startswith("aws:")
    ]


_CREATE = ApiCall(
    "create_auto_scaling_group",
    _SETTINGS
    | {
        "TargetGroupARNs": P("targetGroupArns"),
        "LoadBalancerNames": P("loadBalancers"),
        "TrafficSources": P("trafficSources"),
        "LifecycleHookSpecificationList": P("initialLifecycleHooks"),
    },
)

GROUP = TypeRow(
    tokens=("aws:autoscaling/group:Group",),
    service="autoscaling",
    create=_create,
    read=Lookup(
        ApiCall("describe_auto_scaling_groups", {"AutoScalingGroupNames": [ID]}),
        "AutoScalingGroups[0]",
        alive=lambda found: not found.get("Status"),
    ),
    steps=(
        PropertyStep("suspendedProcesses", _suspend),
        PropertyStep(
            "enabledMetrics metricsGranularity",
            ApiCall(
                "enable_metrics_collection",
                {"AutoScalingGroupName": ID, "Metrics": P("enabledMetrics"), "Granularity": P("metricsGranularity")},
                needs="enabledMetrics",
            ),
        ),
        PropertyStep(
            " ".join(item.name for item in _SETTINGS.values()),
            ApiCall("update_auto_scaling_group", {"AutoScalingGroupName": ID, **_SETTINGS}, only_changed=True),
            on_create=False,
        ),
        _move(
            "targetGroupArns",
            "attach_load_balancer_target_groups",
            "detach_load_balancer_target_groups",
            "TargetGroupARNs",
        ),
        _move("loadBalancers", "attach_load_balancers", "detach_load_balancers", "LoadBalancerNames"),
        PropertyStep("tags", _retag, on_create=False),
        PropertyStep("launchTemplate mixedInstancesPolicy tags instanceRefresh", _refresh, on_create=False),
    ),
    delete=delete_group,
    busy=("ScalingActivityInProgress", "ResourceInUse"),
    patience=DELETE_SECONDS,
    # The same code refuses the deletion of a group that is protected.
    gone=("ValidationError not found",),
    settled=wait_for_capacity,
    removed=wait_until_gone,
    replace="name initialLifecycleHooks",
    renames={
        "id": ("LaunchTemplateId",),
        "name": ("AutoScalingGroupName", "LaunchTemplateName", "LifecycleHookName"),
        "loadBalancers": "LoadBalancerNames",
        "launchConfiguration": "LaunchConfigurationName",
        "protectFromScaleIn": "NewInstancesProtectedFromScaleIn",
    },
    defaults={
        "waitForCapacityTimeout": "10m",
        "metricsGranularity": "1Minute",
        "healthCheckGracePeriod": 300,
        "protectFromScaleIn": False,
        "forceDelete": False,
        "predictedCapacity": 0,
        "warmPoolSize": 0,
    },
    outputs={
        "arn": "AutoScalingGroupARN",
        "vpcZoneIdentifiers": lambda _, found: [
            each for each in str(found.get("VPCZoneIdentifier", "")).split(",") if each
        ],
        "tags": _tags,
        "suspendedProcesses": lambda _, found: [each["ProcessName"] for each in found.get("SuspendedProcesses") or []],
        "enabledMetrics": lambda _, found: [each["Metric"] for each in found.get("EnabledMetrics") or []],
        "instanceMaintenancePolicy": lambda _, found: _maintenance(found),
    },
    auto_name=AutoName(255),
    checks=(_sizes,),
    recorded=(
        "forceDelete forceDeleteWarmPool ignoreFailedScalingActivities initialLifecycleHooks instanceRefresh "
        "minElbCapacity waitForCapacityTimeout waitForElbCapacity warmPool "
        "trafficSources metricsGranularity"
    ),
)


def _maintenance(found: Mapping[str, Any]) -> Any:
    """AWS reports a policy that was taken away as -1 for both."""
    policy = found.get("InstanceMaintenancePolicy")
    return policy if policy and policy.get("MinHealthyPercentage", -1) >= 0 else None


ROWS = (GROUP,)
