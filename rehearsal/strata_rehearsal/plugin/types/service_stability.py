"""How the provider waits for an ECS service: for the deployment that its own call started, or for steady counts."""

from collections.abc import Mapping
from typing import Any, Final

from strata_rehearsal.plugin.live_resource import LiveResource, dig
from strata_rehearsal.plugin.operation_errors import AwsCallError, CancelledError

__all__ = ["primary_deployment", "wait_until_inactive", "wait_until_stable"]

PATIENCE: Final = 1200.0
"""Simulated seconds the provider waits for a service (20 minutes)."""

_EVERY: Final = 10.0
"""Simulated seconds between two looks."""

_FAILED: Final = frozenset({"STOPPED", "ROLLBACK_FAILED", "ROLLBACK_SUCCESSFUL"})
_ENDED: Final = _FAILED | {"SUCCESSFUL"}


def wait_until_stable(resource: LiveResource, cluster: str | None) -> None:
    """Wait for the deployment that the last change started; where there is none, for all tasks to run.

    Args:
        resource: the service, with its id.
        cluster: its cluster.

    Raises:
        AwsCallError: the deployment failed, or neither happened in time.
        CancelledError: the engine cancelled the update; with `sigintRollback` the deployment was told to roll back.
    """
    deadline = resource.cloud.now() + PATIENCE
    deployment: str | None = None
    try:
        while True:
            service = _service(resource, cluster)
            deployment = deployment or _deployment(resource, service, cluster)
            if _is_stable(resource, service, deployment):
                return
            if resource.cloud.now() >= deadline:
                raise AwsCallError(
                    "", f"timeout while waiting for {resource.id} to be stable ({PATIENCE:.0f} s)", "DescribeServices"
                )
            resource.cloud.pause(_EVERY)
    except CancelledError:
        if deployment is not None and str(resource.get("sigintRollback")).lower() == "true":
            resource.aws("stop_service_deployment", serviceDeploymentArn=deployment, stopType="ROLLBACK")
        raise


def wait_until_inactive(resource: LiveResource, cluster: str | None) -> None:
    """Wait until a deleted service has drained.

    Args:
        resource: the service, with its id.
        cluster: its cluster.

    Raises:
        AwsCallError: it did not in time.
    """
    deadline = resource.cloud.now() + PATIENCE
    while True:
        try:
            service = _service(resource, cluster)
        except AwsCallError as error:
            if error.code == "ClusterNotFoundException":
                return
            raise
        if not service or service.get("status") == "INACTIVE":
            return
        if resource.cloud.now() >= deadline:
            raise AwsCallError("", f"timeout while waiting for {resource.id} to be INACTIVE", "DescribeServices")
        resource.cloud.pause(_EVERY)


def primary_deployment(service: Mapping[str, Any]) -> Mapping[str, Any]:
    """The entry of the older view that a described service is on its way to; empty where there is none."""
    return next((each for each in service.get("deployments") or [] if each.get("status") == "PRIMARY"), {})


def _service(resource: LiveResource, cluster: str | None) -> Mapping[str, Any]:
    place = {"cluster": cluster} if cluster else {}
    return dig(resource.aws("describe_services", services=[resource.id], **place), "services[0]") or {}


def _deployment(resource: LiveResource, service: Mapping[str, Any], cluster: str | None) -> str | None:
    """The service deployment to the revision that is the primary one; None for a service that has none."""
    if dig(service, "deploymentController.type") not in (None, "ECS"):
        return None
    identity = str(primary_deployment(service).get("id") or "").rpartition("/")[2]
    place = {"cluster": cluster} if cluster else {}
    listed = resource.aws("list_service_deployments", service=resource.id, **place)["serviceDeployments"]
    return next(
        (
            each["serviceDeploymentArn"]
            for each in listed
            if identity and identity in str(each.get("targetServiceRevisionArn"))
        ),
        None,
    )


def _is_stable(resource: LiveResource, service: Mapping[str, Any], deployment: str | None) -> bool:
    if deployment is None:
        one = len(service.get("deployments") or []) == 1
        return one and service.get("runningCount") == service.get("desiredCount")
    found = resource.aws("describe_service_deployments", serviceDeploymentArns=[deployment])["serviceDeployments"][0]
    if found["status"] in _FAILED:
        raise AwsCallError("", found.get("statusReason") or "Deployment failed", "DescribeServiceDeployments")
    return found["status"] in _ENDED
