"""Starting builds, and reading, cancelling and deleting the images that come of them."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from strata_rehearsal.cloud.image_builder.answers import listed
from strata_rehearsal.cloud.image_builder.arns import PartKind, PartName, selects
from strata_rehearsal.cloud.image_builder.bake import Bake
from strata_rehearsal.cloud.image_builder.baked_image import BakedImage, ImageStatus
from strata_rehearsal.cloud.image_builder.definition_checks import check_build_inputs
from strata_rehearsal.cloud.image_builder.desk import Desk
from strata_rehearsal.cloud.image_builder.image_documents import (
    image_document,
    image_summary,
    image_version,
    managed_build,
    managed_version,
)
from strata_rehearsal.cloud.image_builder.managed_parts import IMAGE_VERSIONS, managed_image, managed_images
from strata_rehearsal.cloud.image_builder.parent_images import (
    AMI_PREFIX,
    PARAMETER_PREFIX,
    ParentMissing,
    aws_image,
    named_ami,
)
from strata_rehearsal.cloud.image_builder.part_operations import Operation
from strata_rehearsal.cloud.image_builder.refusal import ApiRefusal, not_here
from strata_rehearsal.cloud.image_builder.shelf import BuilderPart, moment

__all__ = ["IMAGE_OPERATIONS", "find_image"]

_BUILD_SETTINGS: Final = ("imageTestsConfiguration", "enhancedImageMetadataEnabled", "imageScanningConfiguration")


def find_image(desk: Desk, arn: str) -> BakedImage:
    """The image with an ARN, or the newest build of the version that it names.

    Raises:
        ApiRefusal: there is none.
    """
    asked = PartName.parse(arn)
    found = [each for each in _images(desk) if each.id.name == asked.name and each.id.prefix == asked.prefix]
    found = [each for each in found if selects(str(asked.version), str(each.id.version))]
    found = [each for each in found if asked.build in (None, each.id.build)]
    if not found:
        raise not_here(arn)
    return found[-1]


def create_image(desk: Desk) -> Mapping[str, Any]:
    """Build an image without a pipeline."""
    asked = desk.asked
    recipe, infrastructure, distribution = check_build_inputs(desk)
    group = (asked.get("loggingConfiguration") or {}).get("logGroupName")
    image = _start(desk, recipe, infrastructure, distribution, None, asked, dict(asked.get("tags", {})), group)
    return {"imageBuildVersionArn": image.arn}


def start_image_pipeline_execution(desk: Desk) -> Mapping[str, Any]:
    """Build an image as a pipeline says."""
    pipeline = desk.shelf.exact(desk.asked["imagePipelineArn"])
    settings = pipeline.settings
    if settings.get("status", "ENABLED") != "ENABLED":
        raise ApiRefusal("InvalidRequestException", f"The pipeline '{pipeline.arn}' is disabled.")
    if any(each.pipeline is pipeline and each.building for each in _images(desk)):
        raise ApiRefusal(
            "ResourceInUseException", f"The resource '{pipeline.arn}' is in use: an image of it is being built."
        )
    shelf = desk.shelf
    recipe, infrastructure = (
        shelf.resolve(settings[name]) for name in ("imageRecipeArn", "infrastructureConfigurationArn")
    )
    named = settings.get("distributionConfigurationArn")
    tags = {**settings.get("imageTags", {}), **desk.asked.get("tags", {})}
    group = (settings.get("loggingConfiguration") or {}).get("imageLogGroupName")
    distribution = shelf.resolve(named) if named else None
    image = _start(desk, recipe, infrastructure, distribution, pipeline, settings, tags, group)
    pipeline.runs |= {"dateLastRun": moment(desk.world.now), "lastRunStatus": image.status.value}
    return {"imageBuildVersionArn": image.arn}


def _start(
    desk: Desk,
    recipe: BuilderPart,
    infrastructure: BuilderPart,
    distribution: BuilderPart | None,
    pipeline: BuilderPart | None,
    settings: Mapping[str, Any],
    tags: dict[str, str],
    log_group: str | None,
) -> BakedImage:
    place, version = desk.place, str(recipe.id.version)
    build = place.counted.get((recipe.id.name, version), 0) + 1
    place.counted[recipe.id.name, version] = build
    image = BakedImage(
        desk.shelf.named(PartKind.IMAGE, recipe.id.name, version, build),
        recipe,
        infrastructure,
        distribution,
        pipeline,
        {name: settings[name] for name in _BUILD_SETTINGS if name in settings},
        tags,
        desk.world.now,
        log_group or f"/aws/imagebuilder/{recipe.label}",
        [desk.shelf.resolve(each["componentArn"]) for each in recipe.settings.get("components", ())],
    )
    place.images[image.arn] = image
    bake = Bake(
        desk.world, desk.shelf, image, desk.faults, lambda each: _parent(desk, each), lambda _: _ended(desk, image)
    )
    place.bakes[image.arn] = bake
    return image


def _parent(desk: Desk, image: BakedImage) -> Any:
    parent, place = image.recipe.settings["parentImage"], desk.shelf
    if parent.startswith((AMI_PREFIX, PARAMETER_PREFIX)):
        return named_ami(place.account, place.region, parent)
    if PartName.parse(parent).owner == "aws":
        return aws_image(place.account, place.region, parent)
    try:
        built = find_image(desk, parent)
    except ApiRefusal as missing:
        raise ParentMissing(f"The image '{parent}' does not exist.") from missing
    here = [each["image"] for each in built.amis if each["region"] == place.region]
    if not here:
        raise ParentMissing(f"The image '{parent}' has no AMI in {place.region}.")
    return named_ami(place.account, place.region, here[0])


def _ended(desk: Desk, image: BakedImage) -> None:
    """The build is over: a pipeline that failed too often in a row is disabled."""
    desk.place.bakes.pop(image.arn, None)
    pipeline = image.pipeline
    if pipeline is None:
        return
    runs = pipeline.runs
    runs["lastRunStatus"] = image.status.value
    if image.status is ImageStatus.FAILED:
        runs["consecutiveFailures"] = runs.get("consecutiveFailures", 0) + 1
    elif image.status is ImageStatus.AVAILABLE:
        runs["consecutiveFailures"] = 0
    policy = (pipeline.settings.get("schedule") or {}).get("autoDisablePolicy")
    if policy and runs.get("consecutiveFailures", 0) >= policy["failureCount"]:
        pipeline.settings["status"] = "DISABLED"


def cancel_image_creation(desk: Desk) -> Mapping[str, Any]:
    """End a build that goes on."""
    image = find_image(desk, desk.asked["imageBuildVersionArn"])
    bake = desk.place.bakes.get(image.arn)
    if bake is None:
        raise ApiRefusal(
            "InvalidRequestException",
            f"The image '{image.arn}' is {image.status.value}: only an image that is being built can be cancelled.",
        )
    bake.cancel()
    return {"imageBuildVersionArn": image.arn}


def get_image(desk: Desk) -> Mapping[str, Any]:
    """One image."""
    image = find_image(desk, desk.asked["imageBuildVersionArn"])
    return {"image": image_document(image, desk.shelf)}


def delete_image(desk: Desk) -> Mapping[str, Any]:
    """Forget an image; its AMIs and snapshots stay: https://github.com/aws/ec2-image-builder-roadmap/issues/110."""
    image = find_image(desk, desk.asked["imageBuildVersionArn"])
    if image.building:
        raise ApiRefusal("ResourceDependencyException", f"The image '{image.arn}' is {image.status.value}.")
    for recipe in desk.shelf.of(PartKind.RECIPE):
        if recipe.settings["parentImage"] == image.arn:
            raise ApiRefusal(
                "ResourceDependencyException",
                f"Resource dependency error: The resource ARN '{image.arn}' has other resources depended on it.",
            )
    del desk.place.images[image.arn]
    desk.world.record("image-build", image.arn, "deleted")
    return {"imageBuildVersionArn": image.arn}


def list_images(desk: Desk) -> Mapping[str, Any]:
    """All versions of images that there are."""
    owner = desk.asked.get("owner", "Self")
    if owner == "Amazon":
        shown = [managed_version(desk.shelf, name, version) for name in managed_images() for version in IMAGE_VERSIONS]
        return listed(desk, "imageVersionList", shown)
    if owner != "Self":
        return {"imageVersionList": []}
    versions = {(each.id.name, each.id.version): image_version(each, desk.shelf) for each in _images(desk)}
    return listed(desk, "imageVersionList", list(versions.values()))


def list_image_build_versions(desk: Desk) -> Mapping[str, Any]:
    """All builds, or those of a version."""
    arn = desk.asked.get("imageVersionArn")
    asked = PartName.parse(arn) if arn else None
    if asked is not None and asked.owner == "aws":
        known = asked.version in IMAGE_VERSIONS and managed_image(asked) is not None
        shown = [managed_build(desk.shelf, asked.name, str(asked.version))] if known else []
        return listed(desk, "imageSummaryList", shown)
    found = [each for each in _images(desk) if arn is None or each.arn.rpartition("/")[0] == arn]
    return listed(desk, "imageSummaryList", [image_summary(each) for each in found])


def list_image_pipeline_images(desk: Desk) -> Mapping[str, Any]:
    """The images that a pipeline built, the newest last."""
    pipeline = desk.shelf.exact(desk.asked["imagePipelineArn"])
    found = [each for each in _images(desk) if each.pipeline is not None and each.pipeline.arn == pipeline.arn]
    return listed(desk, "imageSummaryList", [image_summary(each) for each in found])


def list_scan_findings(_desk: Desk) -> Mapping[str, Any]:
    """A scan during a build finds nothing here."""
    return {"findings": []}


def list_scan_finding_aggregations(_desk: Desk) -> Mapping[str, Any]:
    """The same, counted."""
    return {"aggregationType": "imageBuildVersionArn", "responses": []}


def _images(desk: Desk) -> Iterator[BakedImage]:
    return iter(desk.place.images.values())


IMAGE_OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType(
    {
        "CancelImageCreation": cancel_image_creation,
        "CreateImage": create_image,
        "DeleteImage": delete_image,
        "GetImage": get_image,
        "ListImageBuildVersions": list_image_build_versions,
        "ListImagePipelineImages": list_image_pipeline_images,
        "ListImageScanFindingAggregations": list_scan_finding_aggregations,
        "ListImageScanFindings": list_scan_findings,
        "ListImages": list_images,
        "StartImagePipelineExecution": start_image_pipeline_execution,
    }
)
