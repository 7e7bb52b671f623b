"""Protecting the machine image of a pin from being deregistered, once the stack file names it."""

from dataclasses import dataclass

from strata.aws.outage import Trouble, describe_failure, error_code, trouble_of
from strata.images.image_protection import protect_images
from strata.images.pin_file import PinKind
from strata.promotion.pin_change import PinChange

__all__ = ["PinProtection", "protect_pinned"]


@dataclass(frozen=True)
class PinProtection:
    """What came of it.

    Args:
        protected: the ids of images that are protected now and were not before.
        note: why an image could not be protected, as sentences; empty where nothing kept it from that.
    """

    protected: tuple[str, ...] = ()
    note: str = ""


def protect_pinned(change: PinChange) -> PinProtection:
    """Protect what a pin names; whatever AWS refuses, the pin is written. A container image has no such protection.

    Args:
        change: the pin, as it has been written.
    """
    if change.kind is not PinKind.MACHINE:
        return PinProtection()
    stack, image = change.stack, change.image_id
    try:
        owner = next((each.owner for each in stack.finder.machines_by_id(image)), "")
        if owner not in ("", stack.finder.account()):
            return PinProtection(note=_foreign(image, owner, stack.finder.region()))
        return PinProtection(protect_images(stack.clients, [image]))
    except Exception as error:
        if trouble_of(error) is Trouble.REFUSAL and not error_code(error):
            # not AWS's
            raise
        said = (
            f"{image} could not be protected from being deregistered: {describe_failure(error)}. Allow "
            "ec2:EnableImageDeregistrationProtection and ec2:CreateTags on images to whoever pins; the next rollout "
            "tries it again."
        )
        return PinProtection(note=said)


def _foreign(image: str, owner: str, region: str) -> str:
    line = f"`aws ec2 enable-image-deregistration-protection --region {region} --image-id {image}`"
    return f"{image} belongs to account {owner}, which alone can protect it from being deregistered: {line}"
