"""A task as ECS describes it."""

from collections.abc import Mapping
from typing import Any

from strata.rollout.tasks.deployment import TaskHealth, TaskLifecycle
from strata_rehearsal.cloud.container_services import SimulatedTask
from strata_rehearsal.cloud.tasks.task_health import sick_containers

__all__ = ["task_document"]


def task_document(task: SimulatedTask) -> dict[str, Any]:
    """A task as DescribeTasks shows it."""
    service, revision = task.service, task.revision
    known = task.container_health is not TaskHealth.UNCHECKED
    # a task that was stopped over its health goes on showing it
    shown_still = task.state is TaskLifecycle.RUNNING or task.container_health is TaskHealth.UNHEALTHY
    health = task.container_health.value if known and shown_still else "UNKNOWN"
    shown = {
        "taskArn": task.arn,
        "clusterArn": service.cluster_arn,
        "taskDefinitionArn": revision.parameters["taskDefinition"],
        "group": f"service:{service.name}" if service.single is None else service.single.group,
        "startedBy": revision.deployment_id or None,
        "availabilityZone": task.zone,
        "attachments": _attachments(task),
        "containers": [_container(task, each, health) for each in revision.containers],
        "connectivity": "CONNECTED" if task.pull_stopped_at is not None else None,
        "connectivityAt": task.pull_stopped_at,
        "cpu": revision.definition.cpu,
        "memory": revision.definition.memory,
        "createdAt": task.created_at,
        "desiredStatus": "RUNNING" if task.active else "STOPPED",
        "lastStatus": task.state.value,
        "healthStatus": health,
        "launchType": revision.parameters.get("launchType"),
        "platformVersion": revision.parameters.get("platformVersion"),
        "platformFamily": revision.parameters.get("platformFamily"),
        "pullStartedAt": task.pull_started_at,
        "pullStoppedAt": task.pull_stopped_at,
        "startedAt": task.started_at,
        "stoppingAt": task.stopping_at,
        "executionStoppedAt": task.execution_stopped_at,
        "stoppedAt": task.stopped_at,
        "stopCode": task.stop_code,
        "stoppedReason": task.stopped_reason,
        "overrides": {"containerOverrides": _overrides(task)},
        "tags": _tags(task),
        "version": task.version,
        "enableExecuteCommand": bool(service.value("enableExecuteCommand")),
    }
    return {name: value for name, value in shown.items() if value is not None}


def _overrides(task: SimulatedTask) -> list[dict[str, Any]]:
    single = task.service.single
    given = {str(each["name"]): dict(each) for each in (single.overrides if single is not None else ())}
    return [given.get(each["name"], {"name": each["name"]}) for each in task.revision.containers]


def _tags(task: SimulatedTask) -> list[dict[str, str]]:
    if task.service.single is not None:
        made = [dict(each) for each in task.service.single.tags]
    else:
        made = list(task.service.made.tags) if task.service.value("propagateTags") == "SERVICE" else []
    return [*made, *({"key": key, "value": value} for key, value in task.tags.items())]


def _attachments(task: SimulatedTask) -> list[dict[str, Any]]:
    if task.interface is None:
        return []
    details: Mapping[str, Any] = {
        "subnetId": task.subnet,
        "networkInterfaceId": task.interface.id,
        "macAddress": task.interface.mac_address,
        "privateIPv4Address": task.address,
    }
    gone = task.state is TaskLifecycle.STOPPED
    return [
        {
            "id": task.attachment,
            "type": "ElasticNetworkInterface",
            "status": "DELETED" if gone else "ATTACHED",
            "details": [{"name": name, "value": str(value)} for name, value in details.items()],
        }
    ]


def _health(task: SimulatedTask, definition: Mapping[str, Any], of_task: str) -> str:
    """What a container's own check says; that of one that is not essential says nothing of the task."""
    if not definition.get("healthCheck"):
        return "UNKNOWN"
    if definition.get("essential", True):
        found = of_task
        return "HEALTHY" if found == "UNHEALTHY" and not _fails(task, definition) else found
    if task.state is not TaskLifecycle.RUNNING or definition["name"] in task.ended:
        return "UNKNOWN"
    return "UNHEALTHY" if _fails(task, definition) else "HEALTHY"


def _fails(task: SimulatedTask, definition: Mapping[str, Any]) -> bool:
    return definition["name"] in sick_containers(task)


def _container(task: SimulatedTask, definition: Mapping[str, Any], health: str) -> dict[str, Any]:
    name, main = str(definition["name"]), task.ended_by or task.revision.main.container
    alone = task.ended.get(name)
    image = next(each for each in task.revision.images if each.container == name)
    ended = task.state in (TaskLifecycle.DEPROVISIONING, TaskLifecycle.STOPPED)
    status = "STOPPED" if ended or alone else "RUNNING" if task.started_at is not None else "PENDING"
    exit_code = task.exit_code if name == main else None if task.exit_code is None else 0
    reason = task.container_reason if ended and name == main else None
    if alone is not None:
        exit_code, reason = alone.exit_code, alone.reason
    shown = {
        "containerArn": f"{task.arn.replace(':task/', ':container/')}/{task.attachment}",
        "taskArn": task.arn,
        "name": name,
        "image": image.reference,
        "imageDigest": image.digest if task.pull_stopped_at is not None else None,
        "runtimeId": f"{task.id}-{sum(map(ord, name))}" if task.started_at is not None else None,
        "lastStatus": status,
        "exitCode": exit_code if ended or alone else None,
        "reason": reason,
        "networkInterfaces": [{"attachmentId": task.attachment, "privateIpv4Address": task.address}]
        if task.address
        else [],
        "healthStatus": _health(task, definition, health),
        "cpu": str(definition.get("cpu", 0)),
        "memory": None if definition.get("memory") is None else str(definition["memory"]),
    }
    return {key: value for key, value in shown.items() if value is not None}
