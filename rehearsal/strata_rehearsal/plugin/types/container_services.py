"""ECS services: what UpdateService changes, how the provider waits for one, and how it deletes one."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource, dig, properties_in
from strata_rehearsal.plugin.operation_errors import AwsCallError
from strata_rehearsal.plugin.type_row import ID, ApiCall, AutoName, Lookup, P, PropertyStep, TypeRow
from strata_rehearsal.plugin.types.containers import ecs_tags
from strata_rehearsal.plugin.types.service_stability import primary_deployment, wait_until_inactive, wait_until_stable

__all__ = ["ROWS"]


def _part(name: str, shape: Callable[[Any], Any] | None = None) -> P:
    """One member of the block `deploymentConfiguration`; the API has those of three properties more beside it."""

    def take(block: Mapping[str, Any]) -> Any:
        value = block.get(name)
        return shape(value) if shape is not None and value is not None else value

    return P("deploymentConfiguration", take)


def _hooks(hooks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a hook is handed is text in the program and a document in the API."""
    return [
        {**hook, "hookDetails": json.loads(hook["hookDetails"])} if hook.get("hookDetails") else hook for hook in hooks
    ]


def _network(block: Mapping[str, Any]) -> dict[str, Any]:
    public = str(block.get("assignPublicIp")).lower() == "true"
    given = {name: block[name] for name in ("subnets", "securityGroups") if block.get(name)}
    return {"awsvpcConfiguration": {**given, "assignPublicIp": "ENABLED" if public else "DISABLED"}}


_DEPLOYMENT: dict[str, Any] = {
    "alarms": P("alarms"),
    "deploymentCircuitBreaker": P("deploymentCircuitBreaker"),
    "maximumPercent": P("deploymentMaximumPercent"),
    "minimumHealthyPercent": P("deploymentMinimumHealthyPercent"),
    "strategy": _part("strategy"),
    "bakeTimeInMinutes": _part("bakeTimeInMinutes"),
    "lifecycleHooks": _part("lifecycleHooks", _hooks),
    "linearConfiguration": _part("linearConfiguration"),
    "canaryConfiguration": _part("canaryConfiguration"),
}
_SETTINGS: dict[str, Any] = {
    "availabilityZoneRebalancing": P("availabilityZoneRebalancing"),
    "desiredCount": P("desiredCount"),
    "enableECSManagedTags": P("enableEcsManagedTags"),
    "enableExecuteCommand": P("enableExecuteCommand"),
    "healthCheckGracePeriodSeconds": P("healthCheckGracePeriodSeconds"),
    "loadBalancers": P("loadBalancers"),
    "networkConfiguration": P("networkConfiguration", _network),
    "placementConstraints": P("placementConstraints"),
    "placementStrategy": P("orderedPlacementStrategies"),
    "platformVersion": P("platformVersion"),
    "propagateTags": P("propagateTags"),
    "serviceConnectConfiguration": P("serviceConnectConfiguration"),
    "serviceRegistries": P("serviceRegistries"),
    "taskDefinition": P("taskDefinition"),
    "volumeConfigurations": P("volumeConfiguration"),
    "vpcLatticeConfigurations": P("vpcLatticeConfigurations"),
}
_TAKEN_AWAY: dict[str, Any] = {
    "deploymentCircuitBreaker": {"enable": False, "rollback": False},
    "healthCheckGracePeriodSeconds": 0,
    "loadBalancers": [],
    "placementConstraints": [],
    "placementStrategy": [],
    "serviceRegistries": [],
    "volumeConfigurations": [],
    "vpcLatticeConfigurations": [],
}
"""What the provider sends for a property that is taken out of a program; a property that is not here, it leaves."""

_CREATE = ApiCall(
    "create_service",
    {
        **_SETTINGS,
        "cluster": P("cluster"),
        "serviceName": P("name"),
        "capacityProviderStrategy": P("capacityProviderStrategies"),
        "deploymentConfiguration": _DEPLOYMENT,
        "deploymentController": P("deploymentController"),
        "launchType": P("launchType"),
        "role": P("iamRole"),
        "schedulingStrategy": P("schedulingStrategy"),
    },
)
_UPDATABLE = sorted(properties_in(_SETTINGS) | properties_in(_DEPLOYMENT) | {"forceNewDeployment", "triggers"})


def _update(resource: LiveResource) -> None:
    """Sends what changes and nothing else: with ignored changes the inputs may be older than what AWS has."""
    call = ApiCall(
        "update_service",
        {
            "cluster": _cluster,
            "service": ID,
            "forceNewDeployment": P("forceNewDeployment"),
            **_changing(_SETTINGS, resource),
            "deploymentConfiguration": _changing(_DEPLOYMENT, resource),
        },
    )
    resource.run(call)


def _changing(template: Mapping[str, Any], resource: LiveResource) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for parameter, item in template.items():
        if properties_in(item) & resource.changed:
            gone = resource.get(item.name) is None and parameter in _TAKEN_AWAY
            kept[parameter] = _literal(_TAKEN_AWAY[parameter]) if gone else item
    return kept


def _literal(value: Any) -> Callable[[LiveResource], Any]:
    """A value that is sent although it is empty."""
    return lambda _: value


def _cluster(resource: LiveResource) -> Any:
    return resource.get("cluster")


def _delete(resource: LiveResource) -> None:
    """Scaled to nothing first, unless the program has said that it may be deleted at once."""
    service = _described(resource)
    if service is None or service["status"] == "INACTIVE":
        return
    force = str(resource.get("forceDelete")).lower() == "true"
    place = {"cluster": _cluster(resource), "service": resource.id}
    if service["status"] != "DRAINING" and service.get("schedulingStrategy") != "DAEMON" and not force:
        resource.aws("update_service", desiredCount=0, **place)
    resource.aws("delete_service", force=force, **place)


def _described(resource: LiveResource) -> Mapping[str, Any] | None:
    try:
        answer = resource.aws("describe_services", cluster=_cluster(resource), services=[resource.id])
    except AwsCallError as error:
        if error.code in _GONE:
            return None
        raise
    return dig(answer, "services[0]")


def _settled(resource: LiveResource, _changed: frozenset[str]) -> None:
    if str(resource.get("waitForSteadyState")).lower() == "true":
        wait_until_stable(resource, _cluster(resource))


def _as_given(name: str, described: str, short: Callable[[str], str]) -> Callable[[Any, Mapping[str, Any]], Any]:
    """An ARN where the program gave one, else the name, which is what the provider keeps."""

    def read(resource: LiveResource, found: Mapping[str, Any]) -> Any:
        arn = found.get(described)
        given = str(resource.inputs.get(name) or "arn:")
        return arn if arn is None or given.startswith("arn:") else short(str(arn))

    return read


def _last(arn: str) -> str:
    return arn.rpartition("/")[2]


def _role(_resource: LiveResource, found: Mapping[str, Any]) -> str | None:
    """The provider keeps the path and name of a role, with a slash in front where there is a path."""
    arn = found.get("roleArn")
    return None if arn is None else f"/{arn.partition('/')[2]}" if arn.count("/") > 1 else arn.partition("/")[2]


def _network_of(_resource: LiveResource, found: Mapping[str, Any]) -> Any:
    block = dig(found, "networkConfiguration.awsvpcConfiguration")
    if not block:
        return None
    groups = block.get("securityGroups")
    return {
        "subnets": block.get("subnets") or [],
        **({"securityGroups": groups} if groups else {}),
        "assignPublicIp": block.get("assignPublicIp") == "ENABLED",
    }


def _deployment_of(_resource: LiveResource, found: Mapping[str, Any]) -> Any:
    block = dict(found.get("deploymentConfiguration") or {})
    hooks = [
        {**hook, "hookDetails": json.dumps(hook["hookDetails"])} if hook.get("hookDetails") else hook
        for hook in block.get("lifecycleHooks") or []
    ]
    return {**block, **({"lifecycleHooks": hooks} if hooks else {})}


def _given_block(name: str, *switches: str) -> Callable[[Any, Mapping[str, Any]], Any]:
    """A block that ECS describes also where nobody asked for it, with everything off."""

    def read(resource: LiveResource, found: Mapping[str, Any]) -> Any:
        block = dig(found, f"deploymentConfiguration.{name}") or {}
        return block if resource.inputs.get(name) or any(block.get(switch) for switch in switches) else None

    return read


def _of_primary(member: str) -> Callable[[Any, Mapping[str, Any]], Any]:
    """What ECS describes with the deployment and not with the service."""

    def read(_resource: LiveResource, found: Mapping[str, Any]) -> Any:
        return primary_deployment(found).get(member) or None

    return read


_GONE = ("ClusterNotFoundException", "ServiceNotFoundException")

SERVICE = TypeRow(
    tokens=("aws:ecs/service:Service",),
    service="ecs",
    create=_CREATE,
    id="service.serviceArn",
    read=Lookup(
        ApiCall("describe_services", {"cluster": _cluster, "services": [ID], "include": ["TAGS"]}),
        "services[0]",
        _GONE,
        lambda found: found.get("status") == "ACTIVE",
    ),
    steps=(PropertyStep(" ".join(_UPDATABLE), _update, on_create=False),),
    delete=_delete,
    gone=_GONE,
    busy=("InvalidParameterException The service cannot be stopped while deployments are active",),
    patience=1200.0,
    settled=_settled,
    removed=lambda resource: wait_until_inactive(resource, _cluster(resource)),
    replace=("capacityProviderStrategies cluster deploymentController iamRole launchType name schedulingStrategy"),
    renames={
        "arn": "serviceArn",
        "name": ("serviceName", "name"),
        "capacityProviderStrategies": "capacityProviderStrategy",
        "clientAlias": "clientAliases",
        "elbName": "loadBalancerName",
        "issuerCertAuthority": "issuerCertificateAuthority",
        "managedEbsVolume": "managedEBSVolume",
        "orderedPlacementStrategies": "placementStrategy",
        "sizeInGb": "sizeInGiB",
    },
    defaults={
        "deploymentMaximumPercent": 200,
        "deploymentMinimumHealthyPercent": 100,
        "desiredCount": 0,
        "enableEcsManagedTags": False,
        "enableExecuteCommand": False,
        "schedulingStrategy": "REPLICA",
        "waitForSteadyState": False,
    },
    outputs={
        "alarms": _given_block("alarms", "enable", "alarmNames"),
        "cluster": _as_given("cluster", "clusterArn", _last),
        "deploymentCircuitBreaker": _given_block("deploymentCircuitBreaker", "enable", "rollback"),
        "deploymentConfiguration": _deployment_of,
        "deploymentMaximumPercent": "deploymentConfiguration.maximumPercent",
        "deploymentMinimumHealthyPercent": "deploymentConfiguration.minimumHealthyPercent",
        "iamRole": _role,
        "networkConfiguration": _network_of,
        "serviceConnectConfiguration": _of_primary("serviceConnectConfiguration"),
        "taskDefinition": _as_given("taskDefinition", "taskDefinition", _last),
        "volumeConfiguration": _of_primary("volumeConfigurations"),
        "vpcLatticeConfigurations": _of_primary("vpcLatticeConfigurations"),
    },
    tagging=ecs_tags(),
    auto_name=AutoName(255),
    recorded="forceDelete forceNewDeployment sigintRollback triggers waitForSteadyState",
)

ROWS = (SERVICE,)
