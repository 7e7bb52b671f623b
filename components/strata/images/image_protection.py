"""AWS's protection of machine images from being deregistered: which have it, and taking off what a gate has put on.

A gate protects the images that its service runs, and marks them (`image_tags.PROTECTED`). Protection without that mark
is somebody's decision, and stays.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ami-deregistration-protection.html
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from strata.aws.clients import ClientFor
from strata.images.image_tags import PROTECTED

__all__ = ["ImageProtection", "lift_protection"]

_OFF: Final = "disabled"
_ON: Final = "enabled"
_COOLING: Final = "disabled after "
"""It was taken off with a cooldown, and holds until the moment that follows."""


@dataclass(frozen=True)
class ImageProtection:
    """How an image is protected.

    Args:
        state: in the words of EC2, such as enabled-without-cooldown.
        marked: whether a gate has put it on.
    """

    state: str = _OFF
    marked: bool = False

    @classmethod
    def of(cls, image: Mapping[str, Any]) -> "ImageProtection":
        """That of an image as DescribeImages answers; a region that does not know of protection has none."""
        tags = {each["Key"] for each in image.get("Tags") or ()}
        return cls(str(image.get("DeregistrationProtection") or _OFF), PROTECTED in tags)

    @property
    def on(self) -> bool:
        """Whether it was put on, and not taken off since."""
        return self.state.startswith(_ON)

    @property
    def can_be_lifted(self) -> bool:
        """Whether it is a gate's, so that it may go with what needed it."""
        return self.on and self.marked

    @property
    def until(self) -> str | None:
        """Until when it holds although it was taken off; None where it does not."""
        return self.state.removeprefix(_COOLING) if self.state.startswith(_COOLING) else None


def lift_protection(client: ClientFor, images: Collection[str]) -> tuple[str, ...]:
    """Take the protection off images that a gate has protected.

    Args:
        client: gives the boto3 client of a service.
        images: their ids.

    Returns:
        the ids of those whose protection is off now and was on before.
    """
    if not images:
        return ()
    ec2 = client("ec2")
    asked = [{"Name": "image-id", "Values": sorted(images)}]
    pages = ec2.get_paginator("describe_images").paginate(
        Owners=["self"], Filters=asked, IncludeDeprecated=True, IncludeDisabled=True
    )
    found = [each for page in pages for each in page["Images"] if ImageProtection.of(each).can_be_lifted]
    for each in found:
        ec2.disable_image_deregistration_protection(ImageId=each["ImageId"])
    return tuple(sorted(str(each["ImageId"]) for each in found))
