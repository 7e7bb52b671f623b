"""What a recipe's parent image is at the moment: an AMI, by its id, by a parameter, or by an ARN of Image Builder."""

from typing import Any, Final

from moto.ec2.models.amis import Ami
from moto.ssm.models import ssm_backends

from strata_rehearsal.cloud.image_builder.arns import PartKind, PartName
from strata_rehearsal.cloud.image_builder.build_servers import ec2_of
from strata_rehearsal.cloud.image_builder.managed_parts import ManagedImage, managed_image
from strata_rehearsal.cloud.machine_images import AMAZON, AMAZON_ACCOUNT, with_public_images

__all__ = ["AMI_PREFIX", "PARAMETER_PREFIX", "ParentMissing", "aws_image", "named_ami"]

AMI_PREFIX: Final = "ami-"
PARAMETER_PREFIX: Final = "ssm:"


class ParentMissing(Exception):  # noqa: N818 - a finding, said in Image Builder's words
    """Why there is no parent image."""


def named_ami(account: str, region: str, parent: str) -> Any:
    """The AMI that an id or a parameter names.

    Raises:
        ParentMissing: there is none.
    """
    name = parent
    if parent.startswith(PARAMETER_PREFIX):
        found = ssm_backends[account][region].get_parameter(parent.removeprefix(PARAMETER_PREFIX))
        if found is None:
            raise ParentMissing(f"The parameter '{parent.removeprefix(PARAMETER_PREFIX)}' does not exist.")
        name = str(found.value)
    ec2 = ec2_of(account, region)
    if name not in ec2.amis:
        with_public_images(ec2)
    if name not in ec2.amis:
        raise ParentMissing(f"The AMI '{name}' does not exist in {region}.")
    if ec2.amis[name].state != "available":
        raise ParentMissing(f"The AMI '{name}' is {ec2.amis[name].state}.")
    return ec2.amis[name]


def aws_image(account: str, region: str, parent: str) -> Any:
    """The AMI of a base image of AWS's own.

    Raises:
        ParentMissing: a rehearsal knows no such one.
    """
    asked = PartName.parse(parent)
    managed = managed_image(asked) if asked.kind is PartKind.IMAGE else None
    if managed is None:
        raise ParentMissing(f"The image '{parent}' does not exist.")
    ec2 = ec2_of(account, region)
    for each in ec2.amis.values():
        if each.name == managed.name and each.owner_alias == AMAZON:
            return each
    return _make_up(ec2, managed)


def _make_up(ec2: Any, managed: ManagedImage) -> Any:
    from moto.ec2.utils import random_ami_id

    made: Any = Ami(
        ec2,
        random_ami_id(),
        name=managed.name,
        description=f"{managed.name}, made up by a rehearsal",
        owner_id=AMAZON_ACCOUNT,
        owner_alias=AMAZON,
        public=True,
        virtualization_type="hvm",
        architecture=managed.architecture,
        hypervisor="xen",
        root_device_type="ebs",
        root_device_name=managed.root_device,
        region_name=f"{ec2.region_name}a",
    )
    made.ebs_snapshot.volume.size = 8
    ec2.amis[made.id] = made
    return made
