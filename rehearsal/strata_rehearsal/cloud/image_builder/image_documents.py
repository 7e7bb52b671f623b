"""How the Image Builder API shows images and the workflows that built them."""

from typing import Any

from strata_rehearsal.cloud.image_builder.arns import PartKind
from strata_rehearsal.cloud.image_builder.baked_image import (
    BakedImage,
    ImageStatus,
    StepRun,
    WorkflowRun,
    WorkflowStatus,
)
from strata_rehearsal.cloud.image_builder.part_documents import part_document, without_gaps
from strata_rehearsal.cloud.image_builder.shelf import Shelf, moment

__all__ = [
    "image_document",
    "image_summary",
    "image_version",
    "managed_build",
    "managed_version",
    "state_document",
    "step_document",
    "workflow_document",
]


def state_document(image: BakedImage) -> dict[str, Any]:
    """How far it is, and why it ended if it failed."""
    return without_gaps({"status": image.status.value, "reason": image.reason, "failureContext": image.failure})


def image_summary(image: BakedImage) -> dict[str, Any]:
    """An image as lists of builds show it."""
    return without_gaps(
        {
            "arn": image.arn,
            "name": image.recipe.label,
            "type": "AMI",
            "version": image.version,
            "platform": "Linux",
            "state": state_document(image),
            "owner": image.id.owner,
            "dateCreated": moment(image.created_at),
            "outputResources": _outputs(image),
            "tags": image.tags or None,
            "buildType": "USER_INITIATED",
            "imageSource": "CUSTOM",
            "loggingConfiguration": image.settings.get("loggingConfiguration"),
        }
    )


def image_document(image: BakedImage, shelf: Shelf) -> dict[str, Any]:
    """An image as GetImage shows it."""
    shown = image_summary(image)
    shown.pop("owner")
    pipeline, distribution = image.pipeline, image.distribution
    more = {
        "enhancedImageMetadataEnabled": image.settings.get("enhancedImageMetadataEnabled", True),
        "imageRecipe": part_document(image.recipe, shelf),
        "infrastructureConfiguration": part_document(image.infrastructure, shelf),
        "distributionConfiguration": None if distribution is None else part_document(distribution, shelf),
        "imageTestsConfiguration": dict(image.tests),
        "imageScanningConfiguration": image.settings.get("imageScanningConfiguration"),
        "scanState": _scan(image),
        "sourcePipelineArn": None if pipeline is None else pipeline.arn,
        "sourcePipelineName": None if pipeline is None else pipeline.label,
    }
    return without_gaps({**shown, **more})


def image_version(image: BakedImage, shelf: Shelf) -> dict[str, Any]:
    """A version of an image, whatever its builds are, as ListImages shows it."""
    shown = image_summary(image)
    wanted = ("name", "type", "platform", "owner", "dateCreated", "buildType", "imageSource")
    arn = shelf.named(image.id.kind, image.id.name, image.id.version)
    return {"arn": str(arn), "version": image.id.version, **{name: shown[name] for name in wanted}}


def managed_version(shelf: Shelf, name: str, version: str) -> dict[str, Any]:
    """A version of a base image of AWS, as ListImages shows it."""
    return {
        "arn": f"arn:{shelf.partition}:imagebuilder:{shelf.region}:aws:{PartKind.IMAGE}/{name}/{version}",
        "name": name.replace("-", " ").title(),
        "type": "AMI",
        "version": version,
        "platform": "Linux",
        "owner": "Amazon",
        # a version of AWS's is the day on which it was made
        "dateCreated": "{}-{:0>2}-{:0>2}T00:00:00.000Z".format(*version.split(".")),
        "buildType": "SCHEDULED",
    }


def managed_build(shelf: Shelf, name: str, version: str) -> dict[str, Any]:
    """The one build of it, as ListImageBuildVersions shows it."""
    shown = managed_version(shelf, name, version)
    return {**shown, "arn": f"{shown['arn']}/1", "version": f"{version}/1", "state": {"status": "AVAILABLE"}}


def workflow_document(run: WorkflowRun) -> dict[str, Any]:
    """A workflow that runs or has run."""
    return without_gaps(
        {
            "workflowBuildVersionArn": run.arn,
            "workflowExecutionId": run.id,
            "type": run.kind.value,
            "status": run.status.value,
            "message": run.message,
            "totalStepCount": len(run.steps),
            "totalStepsSucceeded": run.count(WorkflowStatus.COMPLETED),
            "totalStepsFailed": run.count(WorkflowStatus.FAILED),
            "totalStepsSkipped": 0,
            "startTime": moment(run.started_at),
            "endTime": None if run.ended_at is None else moment(run.ended_at),
        }
    )


def step_document(run: StepRun) -> dict[str, Any]:
    """A step of a workflow that runs or has run."""
    return without_gaps(
        {
            "stepExecutionId": run.id,
            "name": run.name,
            "action": run.action,
            "status": run.status.value,
            "rollbackStatus": "SKIPPED",
            "message": run.message,
            "outputs": run.outputs,
            "startTime": moment(run.started_at),
            "endTime": None if run.ended_at is None else moment(run.ended_at),
            "attemptNumber": 1,
            "maxAttempts": 1,
        }
    )


def _scan(image: BakedImage) -> dict[str, str] | None:
    if not (image.settings.get("imageScanningConfiguration") or {}).get("imageScanningEnabled"):
        return None
    if image.building:
        return {"status": "PENDING"}
    return {"status": "ABANDONED" if image.status in (ImageStatus.FAILED, ImageStatus.CANCELLED) else "COMPLETED"}


def _outputs(image: BakedImage) -> dict[str, Any] | None:
    if not image.amis:
        return None
    return {"amis": [{**each, "state": {"status": "AVAILABLE"}} for each in image.amis]}
