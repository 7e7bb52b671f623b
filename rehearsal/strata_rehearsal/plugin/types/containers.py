"""ECS: clusters, their capacity providers, and task definitions."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource, dig
from strata_rehearsal.plugin.operation_errors import AwsCallError
from strata_rehearsal.plugin.type_row import ID, ApiCall, AutoName, Lookup, P, PropertyStep, Tagging, TypeRow
from strata_rehearsal.plugin.types.container_definitions import equivalent_definitions
from strata_rehearsal.plugin.types.tagging import arn_tags

__all__ = ["ROWS", "ecs_tags"]


def ecs_tags(arn: Any = ID, *, described: bool = True) -> Tagging:
    """ECS: tags by ARN, with key and value in lower case.

    Args:
        arn: template of the ARN. Default: the id.
        described: whether the describing call has them, if it is asked to include them.
    """
    tagging = arn_tags(arn, "resourceArn", "tags", "tagKeys", at="tags", on_create="tags", pair=("key", "value"))
    return replace(tagging, read=None) if described else tagging


_CLUSTER = {name: P(name) for name in ("configuration", "serviceConnectDefaults", "settings")}

CLUSTER = TypeRow(
    tokens=("aws:ecs/cluster:Cluster",),
    service="ecs",
    create=ApiCall("create_cluster", {"clusterName": P("name"), **_CLUSTER}),
    id="cluster.clusterArn",
    read=Lookup(
        ApiCall("describe_clusters", {"clusters": [ID], "include": ["CONFIGURATIONS", "SETTINGS", "TAGS"]}),
        "clusters[0]",
        ("ClusterNotFoundException",),
        lambda found: found.get("status") != "INACTIVE",
    ),
    steps=(PropertyStep(" ".join(_CLUSTER), ApiCall("update_cluster", {"cluster": ID, **_CLUSTER}), on_create=False),),
    delete=ApiCall("delete_cluster", {"cluster": ID}),
    busy=(
        "ClusterContainsContainerInstancesException",
        "ClusterContainsServicesException",
        "ClusterContainsTasksException",
        "UpdateInProgressException",
    ),
    patience=600.0,
    replace="name",
    renames={
        "name": ("clusterName", "name"),
        "arn": "clusterArn",
        "s3BucketEncryptionEnabled": "s3EncryptionEnabled",
    },
    tagging=ecs_tags(),
    auto_name=AutoName(255),
)


def _strategy(resource: LiveResource) -> list[dict[str, Any]]:
    """The API wants it even when it is empty: that is how it is taken away."""
    return [
        {"capacityProvider": each["capacityProvider"], "base": each.get("base") or 0, "weight": each.get("weight") or 0}
        for each in resource.inputs.get("defaultCapacityProviderStrategies") or []
    ]


def _providers(resource: LiveResource) -> list[str]:
    return list(resource.inputs.get("capacityProviders") or [])


_PUT_PROVIDERS = ApiCall(
    "put_cluster_capacity_providers",
    {
        "cluster": P("clusterName"),
        "capacityProviders": _providers,
        "defaultCapacityProviderStrategy": _strategy,
    },
)


def _no_providers(resource: LiveResource) -> None:
    resource.aws(
        "put_cluster_capacity_providers", cluster=resource.id, capacityProviders=[], defaultCapacityProviderStrategy=[]
    )


CLUSTER_CAPACITY_PROVIDERS = TypeRow(
    tokens=("aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",),
    service="ecs",
    create=_PUT_PROVIDERS,
    id="cluster.clusterName",
    read=Lookup(
        ApiCall("describe_clusters", {"clusters": [ID]}),
        "clusters[0]",
        ("ClusterNotFoundException",),
        lambda found: found.get("status") != "INACTIVE",
    ),
    steps=(PropertyStep("capacityProviders defaultCapacityProviderStrategies", _PUT_PROVIDERS, on_create=False),),
    delete=_no_providers,
    gone=("ClusterNotFoundException",),
    busy=("ResourceInUseException", "UpdateInProgressException"),
    replace="clusterName",
    outputs={
        "capacityProviders": lambda _, found: found.get("capacityProviders") or [],
        "defaultCapacityProviderStrategies": lambda _, found: found.get("defaultCapacityProviderStrategy") or [],
    },
)


def _containers(document: Any) -> Any:
    return json.loads(document) if isinstance(document, str) else document


def _volumes(volumes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A path on the host is a block in the API."""
    sent: list[dict[str, Any]] = []
    for volume in volumes:
        path = volume.get("hostPath")
        plain = {name: value for name, value in volume.items() if name != "hostPath"}
        sent.append(plain | ({"host": {"sourcePath": path}} if path else {}))
    return sent


def _described_volumes(_resource: LiveResource, found: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    told: list[dict[str, Any]] = []
    for volume in found.get("volumes") or []:
        path = dig(volume, "host.sourcePath")
        told.append({**volume, **({"hostPath": path} if path else {})})
    return told or None


def _registered(resource: LiveResource, answer: Mapping[str, Any]) -> str:
    """The id is the family, by which no single revision is found again."""
    made = answer["taskDefinition"]
    resource.state = {**resource.state, "arn": made["taskDefinitionArn"]}
    return str(made["family"])


def _revision(resource: LiveResource) -> str:
    """The revision that is this resource; one that is imported is the latest."""
    return str(resource.state.get("arn") or resource.id)


def _find(resource: LiveResource) -> Mapping[str, Any] | None:
    """A revision that is deregistered is gone, although ECS goes on describing it.

    Where the latest one is tracked, it is this resource from then on: the provider reads its tags, too.
    """
    latest = str(resource.inputs.get("trackLatest")).lower() == "true"
    try:
        asked = resource.id if latest else _revision(resource)
        found = resource.aws("describe_task_definition", taskDefinition=asked)["taskDefinition"]
    except AwsCallError as error:
        if error.code == "ClientException":
            return None
        raise
    if found.get("status") != "ACTIVE":
        return None
    if latest:
        resource.state = {**resource.state, "arn": found["taskDefinitionArn"]}
    return found


def _deregister(resource: LiveResource) -> None:
    if str(resource.get("skipDestroy")).lower() != "true":
        resource.aws("deregister_task_definition", taskDefinition=_revision(resource))


_TASK = (
    "cpu enableFaultInjection ephemeralStorage executionRoleArn family ipcMode memory networkMode pidMode "
    "placementConstraints proxyConfiguration requiresCompatibilities runtimePlatform taskRoleArn"
)

TASK_DEFINITION = TypeRow(
    tokens=("aws:ecs/taskDefinition:TaskDefinition",),
    service="ecs",
    create=ApiCall(
        "register_task_definition",
        {
            "containerDefinitions": P("containerDefinitions", _containers),
            "volumes": P("volumes", _volumes),
            **{name: P(name) for name in _TASK.split()},
        },
    ),
    id=_registered,
    read=_find,
    delete=_deregister,
    gone=("ClientException",),
    replace=f"containerDefinitions volumes {_TASK}",
    renames={"arn": "taskDefinitionArn", "configureAtLaunch": "configuredAtLaunch"},
    defaults={"enableFaultInjection": False, "skipDestroy": False, "trackLatest": False},
    outputs={
        "arnWithoutRevision": lambda _, found: str(found["taskDefinitionArn"]).rpartition(":")[0],
        "containerDefinitions": lambda _, found: json.dumps(found["containerDefinitions"], separators=(",", ":")),
        "volumes": _described_volumes,
    },
    documents={"containerDefinitions": equivalent_definitions},
    tagging=ecs_tags(_revision, described=False),
    recorded="skipDestroy trackLatest",
)

ROWS = (CLUSTER, CLUSTER_CAPACITY_PROVIDERS, TASK_DEFINITION)
