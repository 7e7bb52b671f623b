"""The actions of service deployments, of which moto has none."""

from collections.abc import Iterator
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.exceptions import ECSException, InvalidParameterException, ServiceNotFoundException
from moto.ecs.responses import EC2ContainerServiceResponse

from strata.rollout.tasks.deployment import (
    DeploymentConflict,
    DeploymentStatus,
    HookAction,
    HookNotWaiting,
    continue_hook,
    stop,
)
from strata_rehearsal.cloud.api.answers import page
from strata_rehearsal.cloud.container_services import ServiceRollout, SimulatedService
from strata_rehearsal.cloud.state import current
from strata_rehearsal.cloud.tasks.service_documents import deployment_brief, deployment_document, revision_document

__all__ = [
    "continue_service_deployment",
    "describe_service_deployments",
    "describe_service_revisions",
    "list_service_deployments",
    "stop_service_deployment",
]

KEPT_SECONDS = 90 * 86_400
"""ListServiceDeployments goes back ninety days."""

MOST_ARNS = 20
PAGE = 20


def asked(self: EC2ContainerServiceResponse, name: str) -> Any:
    """A parameter of the request."""
    return self._get_param(name)


def list_service_deployments(self: EC2ContainerServiceResponse) -> ActionResult:
    """The deployments of a service, newest first, of the last ninety days."""
    service = _service(self)
    wanted: set[str] = set(asked(self, "status") or ())
    created = asked(self, "createdAt") or {}
    if unknown := wanted - {status.value for status in DeploymentStatus}:
        raise InvalidParameterException(f"Invalid service deployment status: {', '.join(sorted(unknown))}")
    after = max(_seconds(created.get("after"), 0.0), current().world.now - KEPT_SECONDS)
    before = _seconds(created.get("before"), current().world.now)
    found = [
        deployment_brief(each)
        for each in service.rollouts
        if after <= each.deployment.created_at <= before and (not wanted or each.deployment.status.value in wanted)
    ]
    size = min(100, int(asked(self, "maxResults") or PAGE))
    shown, token = page(found, asked(self, "nextToken"), size, InvalidParameterException("The token is not valid."))
    return ActionResult({"serviceDeployments": shown, "nextToken": token})


def describe_service_deployments(self: EC2ContainerServiceResponse) -> ActionResult:
    """Deployments by their ARNs."""
    wanted = _arns(self, "serviceDeploymentArns")
    known = {each.arn: each for service in _services(self) for each in service.rollouts}
    return ActionResult(
        {
            "serviceDeployments": [deployment_document(known[arn]) for arn in wanted if arn in known],
            "failures": [{"arn": arn, "reason": "MISSING"} for arn in wanted if arn not in known],
        }
    )


def describe_service_revisions(self: EC2ContainerServiceResponse) -> ActionResult:
    """Service revisions by their ARNs."""
    wanted = _arns(self, "serviceRevisionArns")
    known = {each.arn: (service, each) for service in _services(self) for each in service.revisions}
    return ActionResult(
        {
            "serviceRevisions": [revision_document(*known[arn]) for arn in wanted if arn in known],
            "failures": [{"arn": arn, "reason": "MISSING"} for arn in wanted if arn not in known],
        }
    )


def stop_service_deployment(self: EC2ContainerServiceResponse) -> ActionResult:
    """Turn a deployment back to the last revision that completed."""
    cloud, carried = current(), _deployment(self)
    kind = asked(self, "stopType") or "ROLLBACK"
    if kind != "ROLLBACK":
        raise InvalidParameterException(f"The stop type {kind} is not valid. The valid value is ROLLBACK.")
    try:
        stopped = stop(carried.deployment)
    except DeploymentConflict as error:
        raise ECSException("ConflictException", f"The service deployment cannot be stopped: {error}.") from error
    if carried.stop_requested_at is None:
        carried.stop_requested_at = cloud.world.now
    carried.take(cloud, stopped)
    cloud.touch_service(carried.service)
    return ActionResult({"serviceDeploymentArn": carried.arn})


def continue_service_deployment(self: EC2ContainerServiceResponse) -> ActionResult:
    """Answer a lifecycle hook that waits."""
    cloud, carried = current(), _deployment(self)
    action = asked(self, "action") or HookAction.CONTINUE.value
    if action not in set(HookAction):
        raise InvalidParameterException(f"The action {action} is not valid.")
    try:
        answered = continue_hook(carried.deployment, str(asked(self, "hookId")), HookAction(action), cloud.world.now)
    except HookNotWaiting as error:
        raise InvalidParameterException(f"The service deployment cannot continue: {error}.") from error
    carried.take(cloud, answered)
    cloud.touch_service(carried.service)
    return ActionResult({"serviceDeploymentArn": carried.arn})


def _service(self: EC2ContainerServiceResponse) -> SimulatedService:
    cluster = self.ecs_backend._get_cluster(asked(self, "cluster") or "default")  # noqa: SLF001 - moto's own way
    name = str(asked(self, "service")).rpartition("/")[2]
    found = self.ecs_backend._get_service(cluster.name, name)  # noqa: SLF001
    if found.arn not in current().services:
        raise ServiceNotFoundException
    return current().services[found.arn]


def _services(self: EC2ContainerServiceResponse) -> Iterator[SimulatedService]:
    return current().services_of(self.current_account, self.region)


def _deployment(self: EC2ContainerServiceResponse) -> ServiceRollout:
    wanted = asked(self, "serviceDeploymentArn")
    for service in _services(self):
        for each in service.rollouts:
            if each.arn == wanted:
                return each
    raise ECSException("ServiceDeploymentNotFoundException", "The service deployment was not found.")


def _arns(self: EC2ContainerServiceResponse, name: str) -> list[str]:
    wanted: list[str] = list(asked(self, name) or ())
    if not 1 <= len(wanted) <= MOST_ARNS:
        raise InvalidParameterException(f"{name} must have 1 to {MOST_ARNS} items.")
    return wanted


def _seconds(value: Any, unset: float) -> float:
    if value is None:
        return unset
    return float(value.timestamp() if hasattr(value, "timestamp") else value)
