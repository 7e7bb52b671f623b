"""Container services, their deployments and revisions, as ECS describes them."""

from typing import Any, Final

from strata.rollout.tasks.deployment import (
    DeploymentStatus,
    MonitorStatus,
    RolloutState,
    TaskLifecycle,
)
from strata_rehearsal.cloud.container_services import (
    LEAVING_STATES,
    ServiceRollout,
    SimulatedRevision,
    SimulatedService,
)
from strata_rehearsal.cloud.state import Cloud
from strata_rehearsal.cloud.tasks.traffic_weights import has_test_rule, pairs_of

__all__ = ["deployment_brief", "deployment_document", "publish", "revision_document"]

_OF_AN_ENTRY: Final = (
    *("launchType", "capacityProviderStrategy", "platformVersion", "platformFamily", "networkConfiguration"),
    *("serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations"),
)
"""Parameters that DescribeServices shows with each deployment."""


def publish(cloud: Cloud, service: SimulatedService) -> None:
    """Let moto's service show counts, deployments and events as they are now."""
    made, current = service.made, service.rollout
    made.running_count = sum(task.state is TaskLifecycle.RUNNING for task in service.tasks.values())
    made.pending_count = sum(task.starting for task in service.tasks.values())
    made.events = list(service.events)
    if current is None:
        return
    primary = current.launched
    shown = [primary, *(each for each in service.revisions if each is not primary and _runs(service, each))]
    made.deployments = [_entry(service, current, revision, now=cloud.world.now) for revision in shown]


def deployment_brief(carried: ServiceRollout) -> dict[str, Any]:
    """A deployment as ListServiceDeployments shows it."""
    moved = carried.deployment
    return {
        "serviceDeploymentArn": carried.arn,
        "serviceArn": carried.service.arn,
        "clusterArn": carried.service.cluster_arn,
        "createdAt": moved.created_at,
        "startedAt": moved.started_at,
        "finishedAt": moved.ended_at,
        "targetServiceRevisionArn": carried.target.arn,
        "status": moved.status.value,
        "statusReason": moved.status_reason or None,
    }


def deployment_document(carried: ServiceRollout) -> dict[str, Any]:
    """A deployment as DescribeServiceDeployments shows it."""
    moved, service = carried.deployment, carried.service
    brief = deployment_brief(carried)
    del brief["targetServiceRevisionArn"]
    traffic = moved.production_weight, moved.test_weight
    tested = has_test_rule(carried.target.parameters)
    rest = moved.source_production_weight, round(100.0 - moved.test_weight, 1) if tested else 0.0
    shown = {
        **brief,
        "updatedAt": carried.updated_at,
        "stoppedAt": carried.stop_requested_at,
        "sourceServiceRevisions": [
            _counts(service, each, rest if each is carried.source else (0.0, 0.0)) for each in carried.others
        ],
        "targetServiceRevision": _counts(service, carried.target, traffic),
        "lifecycleStage": None if moved.stage is None else moved.stage.reported.value,
        "lifecycleHookDetails": [
            {
                "hookId": hook.id,
                "targetType": hook.target.value,
                "status": hook.status.value,
                "expiresAt": hook.expires_at,
                "timeoutAction": hook.on_timeout.value,
            }
            for hook in moved.hooks
        ],
        "deploymentConfiguration": carried.configuration,
        "deploymentCircuitBreaker": {
            "status": moved.breaker_status.value,
            "failureCount": moved.failure_count,
            "threshold": moved.failure_threshold,
        },
        "alarms": {
            "status": moved.alarm_status.value,
            "alarmNames": list(moved.configuration.alarms.names),
            "triggeredAlarmNames": list(moved.triggered_alarms),
        },
    }
    if moved.rollback is not None and carried.source is not None:
        shown["rollback"] = {
            "reason": moved.status_reason,
            "startedAt": moved.rollback.started_at,
            "serviceRevisionArn": carried.source.arn,
        }
    return {name: value for name, value in shown.items() if value is not None}


def revision_document(service: SimulatedService, revision: SimulatedRevision) -> dict[str, Any]:
    """A revision as DescribeServiceRevisions shows it."""
    resolved = [
        {"targetGroupArn": pair[revision.side], "productionListenerRule": advanced.get("productionListenerRule")}
        for pair, advanced in pairs_of(revision.parameters)
    ]
    return {
        "serviceRevisionArn": revision.arn,
        "serviceArn": service.arn,
        "clusterArn": service.cluster_arn,
        **{name: value for name, value in revision.parameters.items() if value is not None},
        "containerImages": [
            {"containerName": image.container, "image": image.reference, "imageDigest": image.digest}
            for image in revision.images
        ],
        "guardDutyEnabled": False,
        "createdAt": revision.created_at,
        "resolvedConfiguration": {"loadBalancers": resolved},
    }


def _entry(
    service: SimulatedService, current: ServiceRollout, revision: SimulatedRevision, *, now: float
) -> dict[str, Any]:
    running, pending = _running(service, revision), sum(task.starting for task in service.of(revision))
    primary = revision is current.launched
    state, reason = _rollout_state(service, current, revision)
    return {
        "id": revision.deployment_id,
        "status": "PRIMARY" if primary else "ACTIVE",
        "taskDefinition": revision.parameters["taskDefinition"],
        "desiredCount": service.desired if primary else running + pending,
        "runningCount": running,
        "pendingCount": pending,
        "failedTasks": revision.failed_tasks,
        "createdAt": revision.created_at,
        "updatedAt": current.updated_at if primary else now,
        "rolloutState": state.value,
        "rolloutStateReason": f"ECS deployment {revision.deployment_id} {reason}",
        **{name: revision.parameters[name] for name in _OF_AN_ENTRY if revision.parameters.get(name)},
    }


def _rollout_state(
    service: SimulatedService, current: ServiceRollout, revision: SimulatedRevision
) -> tuple[RolloutState, str]:
    """The state of an entry, and how its reason ends."""
    moved = current.deployment
    state, failed = _state_of(service, current, revision), f"failed: {moved.status_reason}"
    if revision not in (current.target, current.launched):
        failed = "was superseded."
    elif revision is current.target and moved.breaker_status is MonitorStatus.TRIGGERED:
        failed = "failed: tasks failed to start."
    ends = {RolloutState.COMPLETED: "completed.", RolloutState.IN_PROGRESS: "in progress.", RolloutState.FAILED: failed}
    return state, ends[state]


def _state_of(service: SimulatedService, current: ServiceRollout, revision: SimulatedRevision) -> RolloutState:
    if revision is current.target:
        return current.deployment.rollout_state
    back = {
        DeploymentStatus.ROLLBACK_IN_PROGRESS: RolloutState.IN_PROGRESS,
        DeploymentStatus.ROLLBACK_FAILED: RolloutState.FAILED,
    }
    if revision is current.launched:
        return back.get(current.deployment.status, RolloutState.COMPLETED)
    known = revision is service.completed or revision is current.source
    return RolloutState.COMPLETED if known else RolloutState.FAILED


def _counts(service: SimulatedService, revision: SimulatedRevision, weights: tuple[float, float]) -> dict[str, Any]:
    running, pending = _running(service, revision), sum(task.starting for task in service.of(revision))
    current = service.rollout
    launched = current is not None and current.launched is revision
    return {
        "arn": revision.arn,
        "requestedTaskCount": service.desired if launched else running + pending,
        "runningTaskCount": running,
        "pendingTaskCount": pending,
        "requestedProductionTrafficWeight": weights[0],
        "requestedTestTrafficWeight": weights[1],
    }


def _running(service: SimulatedService, revision: SimulatedRevision) -> int:
    return sum(task.state is TaskLifecycle.RUNNING for task in service.of(revision))


def _runs(service: SimulatedService, revision: SimulatedRevision) -> bool:
    return any(task.active or task.state in LEAVING_STATES for task in service.of(revision))
