"""The instances that build and test images: they are really there in EC2 while they are needed."""

from collections.abc import Mapping
from typing import Any, Final

from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.iam.models import iam_backends

from strata_rehearsal.cloud.image_builder.bake_failure import BuildFailure
from strata_rehearsal.cloud.image_builder.baked_image import BakedImage

__all__ = ["CREATED_BY", "ec2_of", "has_instance_profile", "launch", "made_by_image_builder", "terminate"]

CREATED_BY: Final = "EC2 Image Builder"
_USUAL_TYPES: Final[Mapping[str, str]] = {"x86_64": "t3.medium", "arm64": "t4g.medium"}
"""What Image Builder chooses where the infrastructure names no instance type."""


def ec2_of(account: str, region: str) -> Any:
    """Moto's EC2 of an account and region."""
    return ec2_backends[account][region]


def has_instance_profile(account: str, partition: str, name: str) -> bool:
    """Whether an account has an instance profile."""
    return any(each.name == name for each in iam_backends[account][partition].get_instance_profiles())


def made_by_image_builder(image: BakedImage) -> dict[str, str]:
    """The tags by which resources say that Image Builder made them, and for which image."""
    return {"CreatedBy": CREATED_BY, "Ec2ImageBuilderArn": image.arn}


def launch(ec2: Any, image: BakedImage, ami: Any, purpose: str) -> Any:
    """Start an instance.

    Args:
        ec2: moto's EC2 of the account and region.
        image: the image that is built.
        ami: what it boots.
        purpose: `Build` or `Test`.

    Raises:
        BuildFailure: EC2 refuses.
    """
    settings = image.infrastructure.settings
    kinds = settings.get("instanceTypes") or [_USUAL_TYPES[ami.architecture]]
    fitting = [each for each in kinds if ami.architecture in _architectures(each)]
    if not fitting:
        raise BuildFailure(f"None of the instance types {', '.join(kinds)} runs an image of {ami.architecture}.")
    name = {"Name": f"{purpose} instance for {image.recipe.label}"}
    tags = {**name, **settings.get("resourceTags", {}), **made_by_image_builder(image)}
    profile, options = settings["instanceProfileName"], settings.get("instanceMetadataOptions") or {}
    try:
        reservation = ec2.run_instances(
            ami.id,
            1,
            None,
            [],
            security_group_ids=list(settings.get("securityGroupIds") or ()),
            instance_type=fitting[0],
            is_instance_type_default=False,
            tags={"instance": tags, "volume": made_by_image_builder(image)},
            region_name=ec2.region_name,
            subnet_id=settings.get("subnetId"),
            key_name=settings.get("keyPair"),
            metadata_options={key[0].upper() + key[1:]: value for key, value in options.items()},
        )
        (instance,) = reservation.instances
        for nic in instance.nics.values():
            nic.delete_on_termination = True
        ec2.associate_iam_instance_profile(instance.id, profile, None)
    except ServiceException as error:
        raise BuildFailure(f"EC2 Client Error: '{error.message}' when launching an instance") from error
    return instance


def terminate(instance: Any) -> None:
    """End an instance, unless somebody has ended it before."""
    if instance.state != "terminated":
        instance.terminate()


def _architectures(kind: str) -> list[str]:
    found = INSTANCE_TYPES.get(kind)
    return found["ProcessorInfo"]["SupportedArchitectures"] if found else []
