"""Waiting for an Auto Scaling group: for its servers to come, and for the last one to go."""

import re
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource, dig
from strata_rehearsal.plugin.operation_errors import AwsCallError

__all__ = ["DELETE_SECONDS", "delete_group", "duration_seconds", "wait_for_capacity", "wait_until_gone"]

POLL_SECONDS = 10.0
"""Simulated seconds between two looks at a group."""

DELETE_SECONDS = 600.0
"""How long a group may take to go, simulated; the provider's default."""

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_CAPACITY = frozenset({"minSize", "maxSize", "desiredCapacity", "targetGroupArns", "loadBalancers", "trafficSources"})


def duration_seconds(text: str) -> float:
    """Seconds of a Go duration such as "10m" or "1h30m"; "0" is none.

    Raises:
        ValueError: the text is not such a duration.
    """
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|h|m|s)", text)
    if text != "0" and (not parts or "".join(f"{number}{unit}" for number, unit in parts) != text):
        raise ValueError(f"expected a duration such as 10m or 1h30m, got {text!r}")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def wait_for_capacity(resource: LiveResource, changed: frozenset[str]) -> None:
    """Waits until the group has its servers in service, as the provider does by default for ten minutes.

    Like the provider it does so after the creation and after a change of capacity. Not when it adopts a group whose
    creation timed out: what that group lacks may be cured by a resource that comes after it.
    """
    limit = duration_seconds(str(resource.get("waitForCapacityTimeout")))
    created = not resource.state
    if limit == 0 or not (created or changed & _CAPACITY):
        return
    deadline = resource.cloud.now() + limit
    while problem := _lacking(resource):
        if resource.cloud.now() >= deadline:
            last = (
                dig(resource.aws("describe_scaling_activities", AutoScalingGroupName=resource.id), "Activities[0]")
                or {}
            )
            words = [str(last[key]) for key in ("StatusCode", "Description", "StatusMessage") if last.get(key)]
            reason = f"{problem} after {limit:.0f} s; last activity: {': '.join(words) or 'none'}"
            raise AwsCallError("", reason, "DescribeAutoScalingGroups")
        resource.cloud.pause(POLL_SECONDS)


def _lacking(resource: LiveResource) -> str:
    """What the group still lacks, "" when it has what it is to have."""
    found = dig(
        resource.aws("describe_auto_scaling_groups", AutoScalingGroupNames=[resource.id]), "AutoScalingGroups[0]"
    )
    if not found:
        return f"group {resource.id} is not there"
    wanted = resource.inputs.get("desiredCapacity") or resource.inputs.get("minSize") or 0
    in_service = [
        server["InstanceId"]
        for server in found["Instances"]
        if server["LifecycleState"] == "InService" and server["HealthStatus"].lower() == "healthy"
    ]
    if len(in_service) < wanted:
        return f"group {resource.id} needs {wanted} healthy servers and has {len(in_service)}"
    behind = resource.inputs.get("waitForElbCapacity") or resource.inputs.get("minElbCapacity") or 0
    if behind:
        healthy = _healthy_targets(resource, found.get("TargetGroupARNs") or []) & set(in_service)
        if len(healthy) < behind:
            return f"group {resource.id} needs {behind} servers healthy behind its load balancer and has {len(healthy)}"
    return ""


def _healthy_targets(resource: LiveResource, target_groups: list[str]) -> set[str]:
    healthy: list[set[str]] = []
    for arn in target_groups:
        answer = resource.cloud.call("elbv2", "describe_target_health", resource.region, TargetGroupArn=arn)
        targets = answer["TargetHealthDescriptions"]
        healthy.append({each["Target"]["Id"] for each in targets if each["TargetHealth"]["State"] == "healthy"})
    return set.intersection(*healthy) if healthy else set()


def delete_group(resource: LiveResource) -> None:
    """Deletes a group: with its servers when it is to be forced, else after the last one has left."""
    force = str(resource.get("forceDelete")).lower() == "true"
    if not force and _instances(resource):
        resource.aws(
            "update_auto_scaling_group", AutoScalingGroupName=resource.id, MinSize=0, MaxSize=0, DesiredCapacity=0
        )
        _wait_until(resource, lambda: not _instances(resource), "still has servers")
    resource.aws(
        "delete_auto_scaling_group", AutoScalingGroupName=resource.id, **({"ForceDelete": True} if force else {})
    )


def wait_until_gone(resource: LiveResource) -> None:
    """Waits until AWS has forgotten the group."""
    names = [resource.id]
    _wait_until(
        resource,
        lambda: not resource.aws("describe_auto_scaling_groups", AutoScalingGroupNames=names)["AutoScalingGroups"],
        "is still being deleted",
    )


def _wait_until(resource: LiveResource, done: Any, otherwise: str) -> None:
    deadline = resource.cloud.now() + DELETE_SECONDS
    while not done():
        if resource.cloud.now() >= deadline:
            raise AwsCallError(
                "", f"group {resource.id} {otherwise} after {DELETE_SECONDS:.0f} s", "DescribeAutoScalingGroups"
            )
        resource.cloud.pause(POLL_SECONDS)


def _instances(resource: LiveResource) -> list[Any]:
    answer = resource.aws("describe_auto_scaling_groups", AutoScalingGroupNames=[resource.id])
    return dig(answer, "AutoScalingGroups[0].Instances") or []
