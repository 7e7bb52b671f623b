"""moto's container services forget most of what they are asked for.

Which task runs when is no matter of this module: a service here is what its owner asked for, and `tasks` runs it.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from botocore import xform_name
from moto.core.responses import ActionResult
from moto.ecs.exceptions import InvalidParameterException, ServiceNotFoundException
from moto.ecs.models import EC2ContainerServiceBackend, Service, Task, TaskDefinition
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.elbv2.models import elbv2_backends

from strata_rehearsal.cloud.moto_patches.container_refusals import (
    FARGATE,
    refuse_configuration,
    refuse_inactive,
    refuse_network,
    refuse_new_strategy,
    refuse_percentages,
    refuse_target_group,
    refuse_targets,
    refuse_two_launch_types,
    refuse_unsupported,
    service_not_active,
    still_draining,
)
from strata_rehearsal.cloud.moto_patches.not_simulated import refuse_not_simulated
from strata_rehearsal.cloud.patches import replace, wrap
from strata_rehearsal.cloud.state import current
from strata_rehearsal.cloud.tasks.service_keeping import adopt_service, delete_service, deploy, scale_service
from strata_rehearsal.cloud.tasks.task_events import record_service

__all__ = ["configuration_of", "patch"]

_KEPT = (
    *("availabilityZoneRebalancing", "enableECSManagedTags", "enableExecuteCommand", "healthCheckGracePeriodSeconds"),
    *("loadBalancers", "networkConfiguration", "placementConstraints", "placementStrategy", "platformVersion"),
    *("propagateTags", "serviceRegistries", "capacityProviderStrategy"),
)
"""Parameters that moto's service has no place for, or that it has under another name."""

_OF_THE_DEPLOYMENT = ("serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations")
"""Parameters that ECS describes with the deployment and not with the service."""

_DEFAULTS: Mapping[str, Any] = {
    "deploymentCircuitBreaker": {"enable": False, "rollback": False},
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
    "strategy": "ROLLING",
    "bakeTimeInMinutes": 0,
}
_OF_A_STRATEGY: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "LINEAR": ("linearConfiguration", {"stepPercent": 10.0, "stepBakeTimeInMinutes": 6}),
    "CANARY": ("canaryConfiguration", {"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 10}),
}
"""The block that goes with a strategy, and what ECS takes for what it leaves out."""

_SERVICE_ROLE = "aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"


def patch() -> None:
    """Keep, merge and refuse what ECS keeps, merges and refuses."""
    wrap(EC2ContainerServiceResponse, "create_service", _creating)
    replace(EC2ContainerServiceResponse, "update_service", _update_service)
    wrap(EC2ContainerServiceBackend, "delete_service", _deleting)
    wrap(EC2ContainerServiceBackend, "list_services", _without_inactive)
    wrap(Service, "_validate_network", _with_security_groups)
    wrap(Task, "__init__", _with_a_network)


def configuration_of(given: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A deployment configuration as ECS describes it: what is given, over what was there, over its defaults.

    Args:
        given: of this call.
        before: of the service, as it was described. Default: there is none.
    """
    merged = {**(_DEFAULTS if before is None else before), **given}
    for strategy, (block, defaults) in _OF_A_STRATEGY.items():
        if merged.get("strategy") == strategy:
            merged[block] = {**defaults, **(merged.get(block) or {})}
        else:
            merged.pop(block, None)
    return merged


def _creating(original: Callable[..., ActionResult]) -> Callable[..., ActionResult]:
    def create_service(self: Any) -> ActionResult:
        asked, backend = self.params, self.ecs_backend
        cluster = backend._get_cluster(asked.get("cluster") or "default")  # noqa: SLF001 - moto's own way
        there = backend.services.get(f"{cluster.name}:{asked['serviceName']}")
        if there is not None and there.status == "DRAINING":
            raise still_draining()
        if there is not None and there.status != "INACTIVE":
            raise InvalidParameterException("Creation of service was not idempotent.")
        refuse_two_launch_types(asked)
        strategy = asked.get("capacityProviderStrategy") or cluster.default_capacity_provider_strategy or []
        launch_type = asked.get("launchType") or (None if strategy else "EC2")
        configuration = configuration_of(asked.get("deploymentConfiguration") or {})
        if asked.get("taskDefinition"):
            definition = backend.describe_task_definition(asked["taskDefinition"])
            refuse_inactive(definition)
            refuse_unsupported(definition, _kind(launch_type, strategy))
            refuse_network(definition, asked.get("networkConfiguration"))
            _refuse_balancers(backend, definition, asked.get("loadBalancers") or [])
        refuse_percentages(configuration)
        refuse_configuration(configuration)
        refuse_not_simulated(asked, launch_type=launch_type, strategy=strategy)
        answer: Any = original(self)
        service = answer.result["service"]
        service.launch_type = launch_type
        for deployment in service.deployments:
            deployment["launchType"], deployment["capacityProviderStrategy"] = launch_type, strategy
        service.deployment_configuration = configuration
        service.role_arn = service.role_arn or f"arn:{self.partition}:iam::{backend.account_id}:role/{_SERVICE_ROLE}"
        on_fargate = _kind(launch_type, strategy) == FARGATE
        _keep(
            service,
            {
                "availabilityZoneRebalancing": "ENABLED",
                "enableECSManagedTags": False,
                "enableExecuteCommand": False,
                "healthCheckGracePeriodSeconds": 0 if asked.get("loadBalancers") else None,
                "placementConstraints": [],
                "placementStrategy": [],
                "platformVersion": "LATEST" if on_fargate else None,
                **asked,
                "capacityProviderStrategy": strategy,
            },
        )
        service.platform_family = "Linux" if on_fargate else None
        service.created_at = current().world.now
        record_service(current(), service, "created", desired=service.desired_count)
        if service.task_definition:
            adopt_service(current(), service, backend.account_id, asked)
        return answer

    return create_service


def _kind(launch_type: str | None, strategy: Iterable[Mapping[str, Any]]) -> str | None:
    """FARGATE for what runs there, also by a capacity provider."""
    providers = {str(each.get("capacityProvider")) for each in strategy}
    return FARGATE if launch_type == FARGATE or providers & {FARGATE, "FARGATE_SPOT"} else launch_type


def _update_service(self: Any) -> ActionResult:
    asked, backend = self.params, self.ecs_backend
    cluster = backend._get_cluster(asked.get("cluster") or "default")  # noqa: SLF001
    service: Any = backend._get_service(cluster.name, asked["service"].rpartition("/")[2])  # noqa: SLF001
    if service.status != "ACTIVE":
        raise service_not_active()
    named = asked.get("taskDefinition")
    definition = backend.describe_task_definition(named or service.task_definition) if named or _runs(service) else None
    if definition is not None:
        if named:
            refuse_inactive(definition)
            refuse_unsupported(definition, _kind(service.launch_type, service.capacity_provider_strategy))
        refuse_network(definition, asked.get("networkConfiguration") or service.network_configuration)
        if named or asked.get("loadBalancers"):
            _refuse_balancers(backend, definition, asked.get("loadBalancers", service.load_balancers))
    configuration = configuration_of(asked.get("deploymentConfiguration") or {}, service.deployment_configuration)
    refuse_percentages(configuration)
    refuse_configuration(configuration)
    refuse_new_strategy(service.deployment_configuration, configuration, deploying=_is_deploying(service))
    strategy = asked.get("capacityProviderStrategy", service.capacity_provider_strategy)
    refuse_not_simulated(asked, launch_type=service.launch_type, strategy=strategy)
    if asked.get("networkConfiguration"):
        service._validate_network(asked["networkConfiguration"])  # noqa: SLF001
    service.deployment_configuration = configuration
    _keep(service, asked)
    change = {
        "cluster": cluster.name,
        "service": service.name,
        "desired_count": asked.get("desiredCount"),
        # the ARN, also where the family was named
        "task_definition": definition.arn if named and definition is not None else None,
        "force_new_deployment": asked.get("forceNewDeployment", False),
    }
    updated = backend.update_service(change)
    if (simulated := current().services.get(updated.arn)) is not None:
        if "desiredCount" in asked:
            scale_service(current(), simulated, updated.desired_count)
        deploy(current(), simulated, asked, forced=bool(asked.get("forceNewDeployment")))
    return ActionResult({"service": updated})


def _is_deploying(service: Any) -> bool:
    simulated = current().services.get(service.arn)
    return simulated is not None and simulated.rollout is not None and not simulated.rollout.deployment.status.terminal


def _runs(service: Any) -> bool:
    return service.task_definition is not None


def _keep(service: Any, asked: Mapping[str, Any]) -> None:
    """What the call says, under the names by which moto describes a service."""
    for name in _KEPT:
        if asked.get(name) is not None:
            setattr(service, xform_name(name), asked[name])
    for deployment in service.deployments[:1]:
        deployment.update({name: asked[name] for name in _OF_THE_DEPLOYMENT if asked.get(name) is not None})


def _refuse_balancers(backend: Any, definition: TaskDefinition, balancers: Iterable[Mapping[str, Any]]) -> None:
    listed = list(balancers)
    refuse_targets(definition, listed)
    groups = elbv2_backends[backend.account_id][backend.region_name].target_groups
    for balancer in listed:
        advanced = balancer.get("advancedConfiguration") or {}
        if arn := balancer.get("targetGroupArn"):
            refuse_target_group(definition, arn, groups.get(arn))
        if (other := advanced.get("alternateTargetGroupArn")) and other not in groups:
            refuse_target_group(definition, other, None)


def _deleting(original: Callable[..., Service]) -> Callable[..., Service]:
    def forsake(self: Any, cluster_name: str, service_name: str, force: bool) -> Service:  # noqa: FBT001
        service = self._get_service(cluster_name, service_name)
        if service.status == "INACTIVE":
            raise ServiceNotFoundException
        gone = original(self, cluster_name, service_name, force)
        gone.desired_count = gone.running_count = 0
        record_service(current(), gone, "deleted", desired=0)
        if (simulated := current().services.get(gone.arn)) is not None:
            delete_service(current(), simulated)
        return gone

    return forsake


def _without_inactive(original: Callable[..., list[str]]) -> Callable[..., list[str]]:
    def list_services(self: Any, *args: Any, **others: Any) -> list[str]:
        gone = {each.arn for each in self.services.values() if each.status == "INACTIVE"}
        return [arn for arn in original(self, *args, **others) if arn not in gone]

    return list_services


def _with_security_groups(original: Callable[..., Any]) -> Callable[..., Any]:
    def _validate_network(self: Any, nc: dict[str, Any]) -> dict[str, Any]:
        """Tasks without security groups get the default one of their VPC, which no service describes."""
        given = nc["awsvpcConfiguration"]
        original(self, {"awsvpcConfiguration": {**given, "securityGroups": given.get("securityGroups") or []}})
        return nc

    return _validate_network


def _with_a_network(original: Callable[..., None]) -> Callable[..., None]:
    def initialised(self: Any, *args: Any, networking_configuration: Any = None, **others: Any) -> None:
        if networking_configuration:
            given = networking_configuration["awsvpcConfiguration"]
            networking_configuration = {
                "awsvpcConfiguration": {**given, "securityGroups": given.get("securityGroups") or []}
            }
        original(self, *args, networking_configuration=networking_configuration, **others)

    return initialised
