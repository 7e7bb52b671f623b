"""What moto's AMIs lack besides themselves: where they come from, watermarks, protection, and when they last ran.

A watermark stays on whatever is made of an image, by a copy as from a running server: only its source image, and the
source of the image itself, tell the two apart.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachImageWatermark.html
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.amis import Ami, AmiBackend
from moto.ec2.responses.amis import AmisResponse
from moto.kms.models import kms_backends

from strata_rehearsal.cloud.patches import replace, wrap
from strata_rehearsal.cloud.shared_images import withdraw
from strata_rehearsal.cloud.state import current, in_use

__all__ = ["attach_watermark", "note_launch", "patch", "watermarks"]

_AWS_KEY: Final = "alias/aws/ebs"
_DAY: Final = 86_400.0
COOLDOWN_SECONDS: Final = _DAY
"""How long an image stays protected after its protection with cooldown was disabled."""
LAUNCH_REPORTED_AFTER: Final = _DAY
"""EC2 reports a launch a day later."""

_NAME: Final = re.compile(r"^[A-Za-z0-9()\[\]./'@_\- ]{3,128}$")


def patch() -> None:
    """Give images watermarks, protection, a source, and the time of their last launch."""
    for name, value in (("strata_protection", "disabled"), ("strata_protected_until", None)):
        replace(Ami, name, value)
    replace(Ami, "deregistration_protection", property(_protection))
    replace(Ami, "last_launched_time", property(_last_launched))
    replace(AmisResponse, "attach_image_watermark", _attach)
    replace(AmisResponse, "detach_image_watermark", _detach)
    replace(AmisResponse, "enable_image_deregistration_protection", _protect)
    replace(AmisResponse, "disable_image_deregistration_protection", _unprotect)
    wrap(AmiBackend, "deregister_image", _unless_protected)
    wrap(AmiBackend, "copy_image", _copied)
    wrap(AmisResponse, "copy_image", _with_options)
    wrap(AmiBackend, "create_image", _created)


def attach_watermark(image: Any, name: str) -> str:
    """Attach a watermark of the image's account, and return its key; twice is once.

    Raises:
        EC2ClientError: EC2 refuses the name, or the image is public.
    """
    if not _NAME.match(name):
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
    return ActionResult({"Return": "true"})


def _unprotect(self: AmisResponse) -> ActionResult:
    image = _own(self)
    if image.strata_protection == "enabled-with-cooldown":
        image.strata_protected_until = current().world.now + COOLDOWN_SECONDS
    image.strata_protection = "disabled"
    return ActionResult({"Return": "true"})


def _protection(self: Any) -> str:
    until = self.strata_protected_until
    if until is not None and in_use() and current().world.now < until:
        return f"disabled-until {datetime.fromtimestamp(until, UTC):%Y-%m-%dT%H:%M:%SZ}"
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


def _copied(original: Callable[..., Ami]) -> Callable[..., Ami]:
    def copy_image(self: Any, source_image_id: str, source_region: str, *args: Any, **kwargs: Any) -> Ami:
        made: Any = original(self, source_image_id, source_region, *args, **kwargs)
        from moto.ec2.models import ec2_backends

        _refuse_taken(self, made)
        _like(made, ec2_backends[self.account_id][source_region].amis[source_image_id], source_region)
        return made

    return copy_image


def _with_options(original: Callable[..., ActionResult]) -> Callable[..., ActionResult]:
    """Encryption and tags of a copy, of which moto knows nothing."""

    def copy_image(self: AmisResponse) -> ActionResult:
        answer: Any = original(self)
        made: Any = self.ec2_backend.amis[answer.result["ImageId"]]
        key = self._get_param("KmsKeyId")
        if key or str(self._get_param("Encrypted")).lower() == "true":
            made.ebs_snapshot.encrypted = True
            made.ebs_snapshot.kms_key_id = _key(self, str(key or _AWS_KEY))
        if str(self._get_param("CopyImageTags")).lower() == "true":
            source = _source(self, self._get_param("SourceRegion"), self._get_param("SourceImageId"))
            made.add_tags({each["key"]: each["value"] for each in source.get_tags()})
        _tag(made, self._get_param("TagSpecifications", []))
        return answer

    return copy_image


def _source(self: AmisResponse, region: str, image: str) -> Any:
    """The image that a copy is made of, as the account sees it."""
    from moto.ec2.models import ec2_backends

    return ec2_backends[self.current_account][region].amis[image]


def _key(self: AmisResponse, key: str) -> str:
    kms: Any = kms_backends[self.current_account][self.region]
    name = key.rpartition("/")[2] if ":key/" in key else key
    alias = name.rpartition(":")[2] if ":alias/" in name else name
    found = kms.get_key_id_from_alias(alias) if alias.startswith("alias/") else name
    if found is None or found not in kms.keys:
        raise EC2ClientError("InvalidParameterValue", f"The KMS key {key} does not exist.")
    return str(kms.keys[found].arn)


def _created(original: Callable[..., Ami]) -> Callable[..., Ami]:
    def create_image(
        self: Any, instance_id: str, name: str, description: str, tag_specifications: list[dict[str, Any]]
    ) -> Ami:
        of_image = [each for each in tag_specifications if each["ResourceType"] != "snapshot"]
        made: Any = original(self, instance_id, name, description, of_image)
        _refuse_taken(self, made)
        source = self.amis.get(self.get_instance(instance_id).image_id)
        if source is not None:
            _like(made, source, self.region_name)
        _tag(made, [each for each in tag_specifications if each["ResourceType"] == "snapshot"])
        return made

    return create_image


def _refuse_taken(ec2: Any, made: Any) -> None:
    """A name is given once in an account and region."""
    for each in ec2.amis.values():
        if each is not made and each.name == made.name and each.owner_id == ec2.account_id:
            del ec2.amis[made.id]
            raise EC2ClientError("InvalidAMIName.Duplicate", f"AMI name {made.name} is already in use by AMI {each.id}")


def _tag(image: Any, specifications: Iterable[Mapping[str, Any]]) -> None:
    for each in specifications:
        tags = {tag["Key"]: tag.get("Value", "") for tag in each.get("Tags", ())}
        (image.ebs_snapshot if each["ResourceType"] == "snapshot" else image).add_tags(tags)


def _like(made: Any, source: Any, region: str) -> None:
    """What a new image has from the one that it comes from; moto keeps next to nothing of it."""
    made.source_image_id, made.source_image_region = source.id, region
    made.image_watermarks = [dict(each) for each in watermarks(source)]
    made.root_device_name, made.root_device_type = source.root_device_name, source.root_device_type
    made.boot_mode, made.hypervisor = source.boot_mode, source.hypervisor
    made.ebs_snapshot.volume.size = source.ebs_snapshot.volume.size
    made.ebs_snapshot.encrypted = source.ebs_snapshot.encrypted
    made.ebs_snapshot.kms_key_id = source.ebs_snapshot.kms_key_id


def _last_launched(self: Any) -> str | None:
    known = [each for each in getattr(self, "strata_launches", ()) if _reported(each)]
    return datetime.fromtimestamp(known[-1], UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if known else None


def _reported(at: float) -> bool:
    return in_use() and current().world.now - at >= LAUNCH_REPORTED_AFTER
