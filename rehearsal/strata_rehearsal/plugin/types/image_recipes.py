"""EC2 Image Builder: components, recipes, and images that are built as part of the program."""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from strata_rehearsal.plugin.live_resource import LiveResource, dig
from strata_rehearsal.plugin.operation_errors import AwsCallError
from strata_rehearsal.plugin.type_row import ID, ApiCall, AutoName, Lookup, P, TypeRow
from strata_rehearsal.plugin.types.tagging import arn_tags

__all__ = ["GONE", "NAME", "ROWS", "TAGS_BY_ARN", "token"]

GONE: Final = ("ResourceNotFoundException",)
NAME: Final = AutoName(128)
TAGS_BY_ARN: Final = arn_tags(ID, "resourceArn", "tags", "tagKeys", at="tags", on_create="tags", as_dict=True)

WAIT_SECONDS: Final = 3600.0
"""How long the provider waits for an image unless the program says otherwise."""
LOOK_SECONDS: Final = 30.0


def token(_resource: LiveResource) -> str:
    """A client token of its own for each call, as the provider sends it."""
    return str(uuid.uuid4())


def _delete_component(resource: LiveResource) -> None:
    if not resource.get("skipDestroy"):
        resource.aws("delete_component", componentBuildVersionArn=resource.id)


COMPONENT = TypeRow(
    tokens=("aws:imagebuilder/component:Component",),
    service="imagebuilder",
    create=ApiCall(
        "create_component",
        {
            "changeDescription": P("changeDescription"),
            "clientToken": token,
            "data": P("data"),
            "description": P("description"),
            "kmsKeyId": P("kmsKeyId"),
            "name": P("name"),
            "platform": P("platform"),
            "semanticVersion": P("version"),
            "supportedOsVersions": P("supportedOsVersions"),
            "uri": P("uri"),
        },
    ),
    id="componentBuildVersionArn",
    read=Lookup(ApiCall("get_component", {"componentBuildVersionArn": ID}), "component", GONE),
    delete=_delete_component,
    gone=GONE,
    replace="changeDescription data description kmsKeyId name platform supportedOsVersions uri version",
    defaults={"skipDestroy": False},
    outputs={"skipDestroy": lambda r, _: r.get("skipDestroy"), "uri": lambda r, _: r.get("uri")},
    tagging=TAGS_BY_ARN,
    auto_name=NAME,
)


def _devices(devices: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A device that is to be left out is marked by an empty text, where the provider has a switch."""
    return [{**each, "noDevice": ""} if each.get("noDevice") else _without(each, "noDevice") for each in devices]


def _without(block: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in block.items() if key != name}


def _components(_resource: LiveResource, found: Mapping[str, Any]) -> Any:
    """The values of parameters, which Image Builder keeps as lists of one."""
    return [_one_value(each, "parameters") for each in found.get("components", ())]


def _one_value(block: Mapping[str, Any], name: str) -> dict[str, Any]:
    listed = block.get(name)
    if not listed:
        return dict(block)
    return {**block, name: [{**each, "value": each["value"][0] if each["value"] else ""} for each in listed]}


RECIPE = TypeRow(
    tokens=("aws:imagebuilder/imageRecipe:ImageRecipe",),
    service="imagebuilder",
    create=ApiCall(
        "create_image_recipe",
        {
            "additionalInstanceConfiguration": {
                "systemsManagerAgent": P("systemsManagerAgent"),
                "userDataOverride": P("userDataBase64"),
            },
            "amiTags": P("amiTags"),
            "blockDeviceMappings": P("blockDeviceMappings", _devices),
            "clientToken": token,
            "components": P("components"),
            "description": P("description"),
            "name": P("name"),
            "parentImage": P("parentImage"),
            "semanticVersion": P("version"),
            "workingDirectory": P("workingDirectory"),
        },
    ),
    id="imageRecipeArn",
    read=Lookup(ApiCall("get_image_recipe", {"imageRecipeArn": ID}), "imageRecipe", GONE),
    delete=ApiCall("delete_image_recipe", {"imageRecipeArn": ID}),
    gone=GONE,
    replace=(
        "amiTags blockDeviceMappings components description name parentImage systemsManagerAgent userDataBase64 "
        "version workingDirectory"
    ),
    outputs={
        "blockDeviceMappings": lambda r, found: r.get("blockDeviceMappings") or found.get("blockDeviceMappings"),
        "components": _components,
        "systemsManagerAgent": "additionalInstanceConfiguration.systemsManagerAgent",
        "userDataBase64": "additionalInstanceConfiguration.userDataOverride",
    },
    tagging=TAGS_BY_ARN,
    auto_name=NAME,
)


def _until_built(resource: LiveResource, _changed: frozenset[str]) -> None:
    """The provider waits until the image is there, for an hour at most."""
    deadline = resource.cloud.now() + WAIT_SECONDS
    while True:
        found = resource.aws("get_image", imageBuildVersionArn=resource.id)["image"]["state"]
        if found["status"] == "AVAILABLE":
            return
        if found["status"] in ("CANCELLED", "FAILED"):
            raise AwsCallError(found["status"], f"{resource.id}: {found.get('reason')}", resource.row.service)
        if resource.cloud.now() >= deadline:
            waited = f"{resource.id} is {found['status']} after {WAIT_SECONDS / 60:g} minutes"
            raise AwsCallError("Timeout", waited, resource.row.service)
        resource.cloud.pause(LOOK_SECONDS)


def _output_resources(_resource: LiveResource, found: Mapping[str, Any]) -> Any:
    amis = dig(found, "outputResources.amis")
    return [{"amis": [_without(each, "state") for each in amis]}] if amis else None


_IMAGE = {
    name: P(name)
    for name in (
        *("containerRecipeArn", "distributionConfigurationArn", "enhancedImageMetadataEnabled", "executionRole"),
        *("imageRecipeArn", "imageScanningConfiguration", "imageTestsConfiguration"),
        *("infrastructureConfigurationArn", "loggingConfiguration", "workflows"),
    )
}

IMAGE = TypeRow(
    tokens=("aws:imagebuilder/image:Image",),
    service="imagebuilder",
    create=ApiCall("create_image", {**_IMAGE, "clientToken": token}),
    id="imageBuildVersionArn",
    read=Lookup(ApiCall("get_image", {"imageBuildVersionArn": ID}), "image", GONE),
    delete=ApiCall("delete_image", {"imageBuildVersionArn": ID}),
    gone=GONE,
    replace=(
        "containerRecipeArn distributionConfigurationArn enhancedImageMetadataEnabled imageRecipeArn "
        "imageTestsConfiguration infrastructureConfigurationArn loggingConfiguration workflows"
    ),
    defaults={"enhancedImageMetadataEnabled": True},
    outputs={
        "distributionConfigurationArn": "distributionConfiguration.arn",
        "imageRecipeArn": "imageRecipe.arn",
        "infrastructureConfigurationArn": "infrastructureConfiguration.arn",
        "outputResources": _output_resources,
    },
    tagging=TAGS_BY_ARN,
    settled=_until_built,
)

ROWS = (COMPONENT, RECIPE, IMAGE)
