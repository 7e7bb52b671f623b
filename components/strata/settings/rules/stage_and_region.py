"""What the stage of a stack and its region do not allow."""

from collections.abc import Iterator
from typing import Any, Final

from strata.aws.facts.partitions import partition_of
from strata.problem import ABSENT, Path
from strata.settings.models import (
    ContainerImageSettings,
    ImagePipelineSettings,
    ObjectStoreSettings,
    SecretSettings,
)
from strata.settings.models.rule import Conflict, rule
from strata.settings.models.secret import LEAST_RECOVERY_DAYS
from strata.settings.parts import Facts
from strata.stage import Stage

ARNS: Final = (
    ("services", "notify_topic_arn"),
    ("container_services", "notify_topic_arn"),
    ("databases", "notify_topic_arn"),
    ("replicas", "notify_topic_arn"),
    ("certificates", "external_arn"),
    ("secrets", "external_arn"),
    ("secrets", "key_arn"),
    ("secrets", "rotation", "lambda_arn"),
    ("image_pipelines", "kms_key_arn"),
)
"""Settings of named parts that hold an ARN of something else in the stack's region."""


@rule("arn-partition", "An ARN's partition is that of its region.")
def _arn_partition(facts: Facts) -> Iterator[Conflict]:
    for path, arn in _arns(facts):
        _, partition, _, region, *_ = arn.split(":")
        right = partition_of(region)
        if right is not None and partition != right.name:
            yield Conflict(
                path,
                arn,
                expected=f"partition {right.name}, to which {region} belongs",
                fix="Copy the ARN from the account it is used in.",
            )


@rule("arn-region", "What is named by ARN is in the stack's region.")
def _arn_region(facts: Facts) -> Iterator[Conflict]:
    for path, arn in _arns(facts):
        region = arn.split(":")[3]
        if facts.region is not None and region != facts.region:
            yield Conflict(
                path,
                arn,
                expected=f"an ARN in {facts.region}, the region of the stack",
                fix=f"Make it in {facts.region} too, and set that one's ARN.",
            )


def _arns(facts: Facts) -> Iterator[tuple[Path, str]]:
    certificate = facts.settings.ingress.certificate_arn
    if certificate is not None:
        yield ("ingress", "certificate_arn"), certificate
    for kind, *fields in ARNS:
        for name, part in getattr(facts.settings, kind).items():
            found: Any = part
            for field in fields:
                found = getattr(found, field, None)
            if found is not None:
                yield (kind, name, *fields), found


@rule("pin-id", "Staging and prod pin an id.")
def _pin_id(facts: Facts) -> Iterator[Conflict]:
    stage = facts.settings.stage
    for name, pin in facts.settings.images.items():
        at = ("images", name)
        if stage is not Stage.DEV and pin.version is not None and pin.id is None:
            yield Conflict(
                (*at, "id"),
                ABSENT,
                expected=f"an image id in {stage}: a version alone may be baked again",
                fix=f"Add the id of the image whose app_version is {pin.version}.",
                reads=(("stage",), (*at, "version")),
            )


@rule("pin-parameter", "Only dev resolves a parameter.")
def _pin_parameter(facts: Facts) -> Iterator[Conflict]:
    stage = facts.settings.stage
    for name, pin in facts.settings.images.items():
        at = ("images", name, "parameter")
        if stage is not Stage.DEV and pin.parameter is not None:
            yield Conflict(
                at,
                pin.parameter,
                expected=f"a version and an id in {stage}: a parameter changes without the stack file",
                fix="Pin what the parameter names now.",
                reads=(("stage",),),
            )


@rule("secret-recovery-stage", "A deleted secret can be brought back, but in dev.")
def _recovery_stage(facts: Facts) -> Iterator[Conflict]:
    for path, secret in facts.each(SecretSettings):
        if secret.recovery_window_days == 0 and facts.settings.stage is not Stage.DEV:
            yield Conflict(
                (*path, "recovery_window_days"),
                0,
                expected=f"a recovery window in {facts.settings.stage}: without one a deleted secret is gone at once",
                fix=f"Write {LEAST_RECOVERY_DAYS} or more.",
                reads=(("stage",),),
            )


@rule("image-destroy", "A destroy takes no container images with it outside dev.")
def _images_destroyed(facts: Facts) -> Iterator[Conflict]:
    for at, image in facts.each(ContainerImageSettings):
        if image.force_destroy and facts.settings.stage is not Stage.DEV:
            yield Conflict(
                (*at, "force_destroy"),
                got=True,
                expected="false outside dev: a destroy would take every image with it, those of rollbacks too",
                fix="Leave it out, and empty the repository yourself before it goes.",
                reads=(("stage",),),
            )


@rule("object-destroy", "A destroy takes no objects with it outside dev.")
def _force_destroy(facts: Facts) -> Iterator[Conflict]:
    for at, store in facts.each(ObjectStoreSettings):
        if store.force_destroy and facts.settings.stage is not Stage.DEV:
            yield Conflict(
                (*at, "force_destroy"),
                got=True,
                expected="false outside dev: a destroy would take every object with it",
                fix="Leave it out, and empty the bucket yourself before it goes.",
                reads=(("stage",),),
            )


@rule("image-copy-region", "A copy of an image is in another region, by a key of that region.")
def _image_copies(facts: Facts) -> Iterator[Conflict]:
    for path, pipeline in facts.each(ImagePipelineSettings):
        for region, copy in pipeline.copies.items():
            at = (*path, "copies", region)
            if region == facts.region:
                yield Conflict(at, region, expected="another region: the image itself is in this one", fix="Remove it.")
            key_region = copy.kms_key_arn.split(":")[3] if copy.kms_key_arn else region
            if key_region != region:
                yield Conflict(
                    (*at, "kms_key_arn"),
                    copy.kms_key_arn,
                    expected=f"a key of {region}: a copy is encrypted where it is",
                    fix=f"Name a key of {region}, or a replica of the same one there.",
                )
