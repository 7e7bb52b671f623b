"""What moto's AMIs lack besides themselves: watermarks, protection, and when they last ran.

A watermark stays on whatever is made of an image, by a copy as from a running server: only its source image, and the
source of the image itself, tell the two apart.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachImageWatermark.html
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.amis import Ami, AmiBackend
from moto.ec2.responses.amis import AmisResponse

from strata.naming import watermark_name
from strata_rehearsal.cloud.machine_images import Image
from strata_rehearsal.cloud.patches import replace, wrap
from strata_rehearsal.cloud.shared_images import withdraw
from strata_rehearsal.cloud.state import current, in_use

__all__ = ["attach_watermark", "note_launch", "patch", "prove", "watermarks"]

_DAY: Final = 86_400.0
COOLDOWN_SECONDS: Final = _DAY
"""How long an image stays protected after its protection with cooldown was disabled."""
LAUNCH_REPORTED_AFTER: Final = _DAY
"""EC2 reports a launch a day later."""

_NAME: Final = re.compile(r"^[A-Za-z0-9()\[\]./'@_\- ]{3,128}$")


def patch() -> None:
    """Give images watermarks, protection, and the time of their last launch."""
    for name, value in (("strata_protection", "disabled"), ("strata_protected_until", None)):
        replace(Ami, name, value)
    replace(Ami, "deregistration_protection", property(_protection))
    replace(Ami, "last_launched_time", property(_last_launched))
    replace(AmisResponse, "attach_image_watermark", _attach)
    replace(AmisResponse, "detach_image_watermark", _detach)
    replace(AmisResponse, "enable_image_deregistration_protection", _protect)
    replace(AmisResponse, "disable_image_deregistration_protection", _unprotect)
    wrap(AmiBackend, "deregister_image", _unless_protected)


def attach_watermark(image: Any, name: str) -> str:
    """Attach a watermark of the image's account, and return its key; twice is once.

    Raises:
        EC2ClientError: EC2 refuses the name, or the image is public.
    """
    if not can_be_watermark(name):
        raise EC2ClientError("InvalidParameterValue", f"Value ({name}) for parameter watermarkName is invalid.")
    if image.is_public:
        raise EC2ClientError("InvalidParameterValue", f"A watermark cannot be added to the public image {image.id}.")
    key, marks = f"{image.owner_id}:{name}", watermarks(image)
    if all(each["WatermarkKey"] != key for each in marks):
        mark = {
            "WatermarkKey": key,
            "SourceImageRegion": image.ec2_backend.region_name,
            "SourceImageId": image.id,
            "SourceImageCreationTime": image.creation_date,
            "WatermarkCreationTime": current().world.moment(),
        }
        image.image_watermarks = [*marks, mark]
    return key


def prove(made: Any, image: Image) -> None:
    """Give an image what one that Strata baked has: its watermark, and a scan that has just found nothing.

    Args:
        made: moto's image.
        image: what it is.
    """
    if can_be_watermark(name := watermark_name(image.name, image.version)):
        attach_watermark(made, name)
    made.scan_results = {"FindingScanDate": current().world.moment()}


def can_be_watermark(name: str) -> bool:
    """Whether EC2 accepts a watermark of that name."""
    return _NAME.match(name) is not None


def watermarks(image: Any) -> list[dict[str, Any]]:
    """The watermarks of an image."""
    return getattr(image, "image_watermarks", None) or []


def note_launch(image: Any) -> None:
    """An instance of an image starts now."""
    # of those that are not reported yet only the newest can ever be
    image.strata_launches = [*getattr(image, "strata_launches", ())[-1:], current().world.now]


def _own(self: AmisResponse) -> Any:
    wanted = self._get_param("ImageId")
    self.error_on_dryrun()
    (image,) = self.ec2_backend.describe_images(ami_ids=[wanted])
    if image.owner_id != self.current_account:
        raise EC2ClientError("AuthFailure", f"Not authorized for image:{wanted}")
    return image


def _attach(self: AmisResponse) -> ActionResult:
    return ActionResult({"WatermarkKey": attach_watermark(_own(self), str(self._get_param("WatermarkName")))})


def _detach(self: AmisResponse) -> ActionResult:
    image, key = _own(self), self._get_param("WatermarkKey")
    image.image_watermarks = [each for each in watermarks(image) if each["WatermarkKey"] != key]
    return ActionResult({"Return": True})


def _protect(self: AmisResponse) -> ActionResult:
    image = _own(self)
    image.strata_protected_until = None
    with_cooldown = str(self._get_param("WithCooldown")).lower() == "true"
    image.strata_protection = "enabled-with-cooldown" if with_cooldown else "enabled-without-cooldown"
    return ActionResult({"Return": image.deregistration_protection})


def _unprotect(self: AmisResponse) -> ActionResult:
    image = _own(self)
    if image.strata_protection == "enabled-with-cooldown":
        image.strata_protected_until = current().world.now + COOLDOWN_SECONDS
    image.strata_protection = "disabled"
    return ActionResult({"Return": image.deregistration_protection})


def _protection(self: Any) -> str:
    """As DescribeImages has it, and as what changes it answers.

    https://docs.aws.amazon.com/cli/latest/reference/ec2/enable-image-deregistration-protection.html
    """
    until = self.strata_protected_until
    if until is not None and in_use() and current().world.now < until:
        return f"disabled after {datetime.fromtimestamp(until, UTC):%Y-%m-%dT%H:%M:%SZ}"
    return self.strata_protection


def _unless_protected(original: Callable[..., None]) -> Callable[..., None]:
    def deregister_image(self: Any, ami_id: str) -> None:
        image = self.amis.get(ami_id)
        if image is not None and image.owner_id != self.account_id:
            raise EC2ClientError("AuthFailure", f"Not authorized for image:{ami_id}")
        if image is not None and image.deregistration_protection != "disabled":
            raise EC2ClientError(
                "OperationNotPermitted", f"You can't deregister the image {ami_id}: deregistration protection is on."
            )
        if image is not None:
            withdraw(image)
        original(self, ami_id)

    return deregister_image


def _last_launched(self: Any) -> str | None:
    known = [each for each in getattr(self, "strata_launches", ()) if _reported(each)]
    return datetime.fromtimestamp(known[-1], UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if known else None


def _reported(at: float) -> bool:
    return in_use() and current().world.now - at >= LAUNCH_REPORTED_AFTER
