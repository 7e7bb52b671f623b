"""AWS's protection of machine images from being deregistered: which have it, putting it on, and taking that off again.

A gate protects the images that its service runs, a command the one that it pins, and both mark them
(`image_tags.PROTECTED`). Protection without that mark is somebody's decision, and stays.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ami-deregistration-protection.html
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from strata.aws.clients import ClientFor
from strata.images.image_tags import KEPT_VALUE, PROTECTED

__all__ = ["ImageProtection", "lift_protection", "liftable", "protect_images", "unprotected_marked"]

_OFF: Final = "disabled"
_ON: Final = "enabled"
_COOLING: Final = "disabled after "
"""It was taken off with a cooldown, and holds until the moment that follows."""


@dataclass(frozen=True)
class ImageProtection:
    """How an image is protected.

    Args:
        state: in the words of EC2, such as enabled-without-cooldown.
        marked: whether a gate, or a command that pins, has put it on.
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
        """Whether it was put on for who needs the image, so that it may go with them."""
        return self.on and self.marked

    @property
    def until(self) -> str | None:
        """Until when it holds although it was taken off; None where it does not."""
        return self.state.removeprefix(_COOLING) if self.state.startswith(_COOLING) else None


def protect_images(client: ClientFor, images: Collection[str]) -> tuple[str, ...]:
    """Let EC2 refuse to deregister images, those of them that belong to this account.

    Args:
        client: gives the boto3 client of a service.
        images: their ids. One that is protected already is left as it is.

    Returns:
        the ids of those that are protected now and were not before.
    """
    ec2 = client("ec2")
    found = _own(ec2, images)
    wanted = sorted(str(each["ImageId"]) for each in found if not ImageProtection.of(each).on)
    if wanted:
        # before it: protection without the mark would be taken for somebody's decision, and stay for good
        ec2.create_tags(Resources=wanted, Tags=[{"Key": PROTECTED, "Value": KEPT_VALUE}])
    for each in wanted:
        ec2.enable_image_deregistration_protection(ImageId=each)
    return tuple(wanted)


def lift_protection(client: ClientFor, images: Collection[str]) -> tuple[str, ...]:
    """Take the protection off images that were protected for who needed them.

    Args:
        client: gives the boto3 client of a service.
        images: their ids.

    Returns:
        the ids of those whose protection is off now and was on before.
    """
    found = liftable(client, images)
    for each in found:
        client("ec2").disable_image_deregistration_protection(ImageId=each)
    return found


def liftable(client: ClientFor, images: Collection[str]) -> tuple[str, ...]:
    """The ids of those images whose protection `lift_protection` takes off.

    Args:
        client: gives the boto3 client of a service.
        images: their ids.
    """
    return _those(client, images, lambda each: each.can_be_lifted)


def unprotected_marked(client: ClientFor, images: Collection[str]) -> tuple[str, ...]:
    """The ids of those images that were protected for who needs them, and are not any more.

    Args:
        client: gives the boto3 client of a service.
        images: their ids.
    """
    return _those(client, images, lambda each: each.marked and not each.on)


def _those(client: ClientFor, images: Collection[str], chosen: Callable[[ImageProtection], bool]) -> tuple[str, ...]:
    found = _own(client("ec2"), images) if images else []
    return tuple(sorted(str(each["ImageId"]) for each in found if chosen(ImageProtection.of(each))))


def _own(ec2: Any, images: Collection[str]) -> list[Mapping[str, Any]]:
    asked = [{"Name": "image-id", "Values": sorted(images)}]
    pages = ec2.get_paginator("describe_images").paginate(
        Owners=["self"], Filters=asked, IncludeDeprecated=True, IncludeDisabled=True
    )
    return [each for page in pages for each in page["Images"]]
