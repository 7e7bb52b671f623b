"""One change of every property that a container service sets besides, see `changes`."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tests.conformance.changes import (
    CHANGES,
    NOT_IN_VERSION_5,
    TAGS,
    TARGETS,
    Value,
    first_merged,
    merged,
    without_last,
)
from tests.conformance.fleet_changes import FLEET_CHANGES

__all__ = ["CONTAINERS_NOT_IN_VERSION_5", "CONTAINER_CHANGES", "uncompared"]

ACCOUNT = "arn:aws:ecs:eu-west-1:123456789012"
ROLE = "arn:aws:iam::123456789012:role/other"


def _other_image(old: str) -> str:
    (container, *others) = json.loads(old)
    return json.dumps([{**container, "image": "registry.example.com/other:2.0.0"}, *others])


_SCALED: Mapping[str, Value] = {
    "serviceNamespace": "dynamodb",
    "scalableDimension": "dynamodb:table:ReadCapacityUnits",
    "resourceId": "service/other/other",
}

CONTAINER_CHANGES: Mapping[str, Mapping[str, Value]] = {
    "aws:appautoscaling/policy:Policy": {
        **_SCALED,
        "name": "other",
        "policyType": "StepScaling",
        "targetTrackingScalingPolicyConfiguration": merged(targetValue=70),
    },
    "aws:appautoscaling/target:Target": {**_SCALED, "minCapacity": 1, "maxCapacity": 9, **TAGS},
    "aws:ecs/cluster:Cluster": {"name": "other", **TAGS},
    "aws:ecs/service:Service": {
        "name": "other",
        "alarms": merged(enable=False, rollback=False),
        "cluster": f"{ACCOUNT}:cluster/other",
        "deploymentCircuitBreaker": merged(rollback=False),
        "deploymentController": {"type": "EXTERNAL"},
        "deploymentMaximumPercent": 150,
        "deploymentMinimumHealthyPercent": 90,
        "desiredCount": 3,
        "enableEcsManagedTags": False,
        "enableExecuteCommand": True,
        "healthCheckGracePeriodSeconds": 61,
        "launchType": "EC2",
        "loadBalancers": first_merged(targetGroupArn=TARGETS),
        "networkConfiguration": merged(assignPublicIp=True),
        "platformVersion": "1.3.0",
        "propagateTags": "SERVICE",
        "taskDefinition": f"{ACCOUNT}:task-definition/other:7",
        "waitForSteadyState": True,
        **TAGS,
    },
    "aws:ecs/taskDefinition:TaskDefinition": {
        "containerDefinitions": _other_image,
        "cpu": "1024",
        "ephemeralStorage": {"sizeInGib": 40},
        "executionRoleArn": ROLE,
        "family": "other",
        "memory": "4096",
        "networkMode": "host",
        "requiresCompatibilities": ["EC2"],
        "runtimePlatform": merged(cpuArchitecture="ARM64"),
        "skipDestroy": False,
        "taskRoleArn": ROLE,
        "trackLatest": False,
        "volumes": without_last,
        **TAGS,
    },
}
"""By type token and property."""

CONTAINERS_NOT_IN_VERSION_5: Mapping[str, Mapping[str, Any]] = {
    "aws:ecs/service:Service": {"deploymentConfiguration": {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": "5"}}
}
"""What version 5 of the Terraform provider drops, by type token and property, with a change of it."""


def uncompared(made: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The properties that no table has a change of, by type token and name.

    Args:
        made: those of AWS resources that a program sets.
    """
    tables = (CHANGES, CONTAINER_CHANGES, FLEET_CHANGES, NOT_IN_VERSION_5, CONTAINERS_NOT_IN_VERSION_5)
    known = {(token, name) for table in tables for token, changes in table.items() for name in changes}
    return sorted({*made} - known)
