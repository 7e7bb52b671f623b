"""The parent of an image, looked up before anything is built from it."""

import pulumi
import pulumi_aws as aws

from strata.aws.facts.architecture import architecture_of
from strata.components.base import Component
from strata.errors import ImageError
from strata.settings.models import ImagePipelineSettings

__all__ = ["parent_device"]

_AMI = "ami-"


def parent_device(pipeline: Component, settings: ImagePipelineSettings) -> pulumi.Input[str]:
    """Where the parent has its root volume. An AMI is looked up, and refused if it is not what the settings say.

    Args:
        pipeline: the pipeline.
        settings: its settings.

    Raises:
        ImageError: when the program runs and no allowed account has such an image for that architecture.
    """
    if not settings.parent.startswith(_AMI):
        return settings.volume.device_name
    name, owners = pipeline.pulumi_resource_name, list(settings.parent_owners)
    wanted = architecture_of(settings.instance_types[0])

    def require_there(ids: list[str]) -> pulumi.Output[str]:
        if not ids:
            raise ImageError(
                f"image pipeline {name!r}: no image {settings.parent} of {', '.join(owners)} is here",
                fix=f"Correct strata:image_pipelines.{name}.parent, or name its account under parent_owners.",
            )
        return aws.ec2.get_ami_output(
            owners=owners, include_deprecated=True, filters=[by_id], opts=pipeline.lookups
        ).apply(device)

    def device(found: aws.ec2.GetAmiResult) -> str:
        if found.architecture != wanted:
            raise ImageError(
                f"image pipeline {name!r}: its parent {settings.parent} is for {found.architecture}, "
                f"and {settings.instance_types[0]} is {wanted}",
                fix="Use a parent for that architecture, or other instance_types.",
            )
        return found.root_device_name

    by_id = aws.ec2.GetAmiFilterArgs(name="image-id", values=[settings.parent])
    ids = aws.ec2.get_ami_ids_output(
        owners=owners,
        include_deprecated=True,
        filters=[aws.ec2.GetAmiIdsFilterArgs(name="image-id", values=[settings.parent])],
        opts=pipeline.lookups,
    )
    return ids.apply(lambda found: require_there(list(found.ids)))
