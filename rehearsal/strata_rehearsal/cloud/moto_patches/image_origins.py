"""Where AMIs come from: moto copies, makes and registers them, and forgets what was asked and what they are made of."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.amis import Ami, AmiBackend
from moto.ec2.responses.amis import AmisResponse
from moto.kms.models import kms_backends

from strata_rehearsal.cloud.moto_patches.image_marks import watermarks
from strata_rehearsal.cloud.patches import wrap

__all__ = ["patch"]

_AWS_KEY: Final = "alias/aws/ebs"


def patch() -> None:
    """Let an image say what it comes from, be what was asked for, and have a name of its own."""
    wrap(AmiBackend, "copy_image", _copied)
    wrap(AmisResponse, "copy_image", _with_options)
    wrap(AmiBackend, "create_image", _created)
    wrap(AmisResponse, "register_image", _registered)


def _copied(original: Callable[..., Ami]) -> Callable[..., Ami]:
    def copy_image(self: Any, source_image_id: str, source_region: str, *args: Any, **kwargs: Any) -> Ami:
        made: Any = original(self, source_image_id, source_region, *args, **kwargs)
        from moto.ec2.models import ec2_backends

        _refuse_taken(self, made)
        _like(made, ec2_backends[self.account_id][source_region].amis[source_image_id], source_region)
        if made.ebs_snapshot.encrypted:
            # the key of the source is not taken over: CopyImage, `KmsKeyId`
            made.ebs_snapshot.kms_key_id = _key(self.account_id, self.region_name, _AWS_KEY)
        return made

    return copy_image


def _with_options(original: Callable[..., ActionResult]) -> Callable[..., ActionResult]:
    """Encryption and tags of a copy, of which moto knows nothing."""

    def copy_image(self: AmisResponse) -> ActionResult:
        key, encrypted = self._get_param("KmsKeyId"), str(self._get_param("Encrypted")).lower() == "true"
        if key and not encrypted:
            why = "The parameter KmsKeyId requires the parameter Encrypted to be set."
            raise EC2ClientError("InvalidParameterDependency", why)
        # before there is a copy that nobody may have
        arn = _key(self.current_account, self.region, str(key or _AWS_KEY)) if encrypted else None
        answer: Any = original(self)
        made: Any = self.ec2_backend.amis[answer.result["ImageId"]]
        if arn is not None:
            made.ebs_snapshot.encrypted = True
            made.ebs_snapshot.kms_key_id = arn
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


def _key(account: str, region: str, key: str) -> str:
    """The ARN of a key of an account and region; one of another region is none there."""
    kms: Any = kms_backends[account][region]
    if key.startswith("arn:") and key.split(":")[3] != region:
        raise EC2ClientError("InvalidParameterValue", f"The KMS key {key} does not exist in {region}.")
    name = key.rpartition("/")[2] if ":key/" in key else key
    alias = name.rpartition(":")[2] if ":alias/" in name else name
    found = kms.get_key_id_from_alias(alias) if alias.startswith("alias/") else name
    if found is None or found not in kms.keys:
        raise EC2ClientError("InvalidParameterValue", f"The KMS key {key} does not exist.")
    if alias == _AWS_KEY:
        # moto takes it for a customer's
        kms.keys[found].key_manager = "AWS"
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


def _registered(original: Callable[..., ActionResult]) -> Callable[..., ActionResult]:
    def register_image(self: AmisResponse) -> ActionResult:
        answer: Any = original(self)
        made: Any = self.ec2_backend.amis[answer.result["ImageId"]]
        _refuse_taken(self.ec2_backend, made)
        made.architecture = self._get_param("Architecture", "i386")
        made.virtualization_type = self._get_param("VirtualizationType", "paravirtual")
        made.root_device_name = self._get_param("RootDeviceName", made.root_device_name)
        made.root_device_type, made.hypervisor = "ebs", "xen"
        made.boot_mode = self._get_param("BootMode")
        for each in self._get_param("BlockDeviceMappings", []):
            if each.get("DeviceName") == made.root_device_name:
                _put_root(self, made, each.get("Ebs") or {})
        _tag(made, self._get_param("TagSpecifications", []))
        return answer

    return register_image


def _put_root(self: AmisResponse, image: Any, ebs: Mapping[str, Any]) -> None:
    """The root volume of an image: a snapshot that is there, or what is said of one."""
    if ebs.get("SnapshotId"):
        image.ebs_snapshot = self.ec2_backend.get_snapshot(ebs["SnapshotId"])
    if ebs.get("VolumeSize"):
        image.ebs_snapshot.volume.size = int(ebs["VolumeSize"])
    if str(ebs.get("Encrypted")).lower() == "true":
        image.ebs_snapshot.encrypted = True
        image.ebs_snapshot.kms_key_id = _key(self.current_account, self.region, str(ebs.get("KmsKeyId") or _AWS_KEY))
    image.strata_volume_type = ebs.get("VolumeType", "gp2")


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
