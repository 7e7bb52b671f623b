"""What launches or runs images in an account and region: groups, services, servers, tasks, and what else names them."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from strata.aws.clients import ClientFor
from strata.aws.portions import portions
from strata.promotion.holders import Holder, HolderSearch
from strata.pruning.keep_reasons import Claim, KeepReason, KeepWhy
from strata.rollout.tasks.image_lookup import digest_of

__all__ = ["container_needs", "machine_needs", "references_to"]

_WHY: Final = {
    "group": KeepWhy.LAUNCHED,
    "launch configuration": KeepWhy.LAUNCHED,
    "service": KeepWhy.LAUNCHED,
    "server": KeepWhy.RUNNING,
    "task": KeepWhy.RUNNING,
}
_SERVICES_A_CALL: Final = 10
"""DescribeServices: `services`."""
_ALL_VERSIONS: Final = 10_000
"""DescribeImageReferences: the most versions of a launch template that it looks at."""
_OTHERS: Final = ("ssm:Parameter", "imagebuilder:ImageRecipe", "imagebuilder:ContainerRecipe")


def machine_needs(client: ClientFor, ids: Collection[str], *, place: str = "") -> Iterator[Claim]:
    """Groups and launch configurations that would launch machine images, and servers that were launched from them.

    Args:
        client: gives the boto3 client of a service.
        ids: the images.
        place: what follows the name of each; empty for the account and region that was asked about.
    """
    for each in HolderSearch(client).of_machines(ids):
        yield _claim(each, place)
    if not ids:
        return
    for page in client("autoscaling").get_paginator("describe_launch_configurations").paginate():
        for each in page["LaunchConfigurations"]:
            name, image = str(each["LaunchConfigurationName"]), str(each.get("ImageId") or "")
            yield _claim(Holder("launch configuration", name, f"would launch {image}", image), place)


def container_needs(client: ClientFor, digests: Collection[str], *, place: str = "") -> Iterator[Claim]:
    """Services of Amazon ECS that would start container images, and tasks that run them.

    Args:
        client: gives the boto3 client of a service.
        digests: the images.
        place: what follows the name of each; empty for the account and region that was asked about.
    """
    for each in HolderSearch(client).of_containers(digests):
        yield _claim(each, place)
    ecs = client("ecs")
    definitions: dict[str, tuple[str, ...]] = {}
    for service, definition in _definitions(ecs) if digests else ():
        if definition not in definitions:
            definitions[definition] = _images(ecs, definition)
        for digest in definitions[definition]:
            yield _claim(Holder("service", service, f"would start {digest}, by {definition}", digest), place)


def references_to(client: ClientFor, ids: Collection[str]) -> Iterator[Claim]:
    """What else of the account names machine images, as AWS knows it: launch templates, parameters, recipes.

    Args:
        client: gives the boto3 client of a service.
        ids: the images.
    """
    if not ids:
        return
    search = HolderSearch(client)
    for each in search.references(ids, ResourceTypes=[*map(_kind, _OTHERS), _templates(1)]):
        yield _reference(each, "the newest version of " if ":launch-template/" in each["Arn"] else "")
    # a group launches the version that it has saved, and is found by that; what else launches is not known
    grouped = search.templates()
    for each in search.references(ids, ResourceTypes=[_templates(_ALL_VERSIONS)]):
        if each["Arn"].rpartition("/")[2] not in grouped:
            yield _reference(each, "a version of ")


def _kind(name: str) -> dict[str, Any]:
    return {"ResourceType": name}


def _templates(versions: int) -> dict[str, Any]:
    """Launch templates, and how many of their versions count, the newest first."""
    depth = {"OptionName": "version-depth", "OptionValues": [str(versions)]}
    return {**_kind("ec2:LaunchTemplate"), "ResourceTypeOptions": [depth]}


def _reference(found: Mapping[str, Any], what: str) -> Claim:
    return Claim(KeepReason(KeepWhy.REFERENCED, f"{what}{found['Arn']} names it"), identity=str(found["ImageId"]))


def _claim(holder: Holder, place: str) -> Claim:
    return Claim(KeepReason(_WHY[holder.held_by], f"{holder}{place}"), identity=holder.image)


def _definitions(ecs: Any) -> Iterator[tuple[str, str]]:
    """The services with the task definitions that they would start tasks of."""
    for clusters in ecs.get_paginator("list_clusters").paginate():
        for cluster in clusters["clusterArns"]:
            for page in ecs.get_paginator("list_services").paginate(cluster=cluster):
                services = page["serviceArns"]
                for some in portions(services, _SERVICES_A_CALL):
                    for each in ecs.describe_services(cluster=cluster, services=some)["services"]:
                        yield from ((str(each["serviceArn"]), definition) for definition in sorted(_of_service(each)))


def _of_service(service: Any) -> set[str]:
    waves = (service, *(service.get("deployments") or ()), *(service.get("taskSets") or ()))
    return {str(each["taskDefinition"]) for each in waves if each.get("taskDefinition")}


def _images(ecs: Any, definition: str) -> tuple[str, ...]:
    found = ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]
    digests = (digest_of(str(each.get("image") or "")) for each in found["containerDefinitions"])
    return tuple(each for each in digests if each)
