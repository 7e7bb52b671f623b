"""The images of containers: what a reference means in the local AWS's registries, and whether it can be pulled."""

import re
from typing import Any, Final

from moto.ecr.models import ecr_backends

from strata_rehearsal.cloud.container_services import PulledImage

__all__ = ["images_of", "missing"]

_IN_ECR: Final = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<name>[^@:]+)"
    r"(?::(?P<tag>[^@]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


def images_of(containers: list[dict[str, Any]]) -> tuple[PulledImage, ...]:
    """The images of a task definition, with the digests that their tags have now."""
    return tuple(PulledImage(each["name"], each["image"], _digest(each["image"])) for each in containers)


def missing(image: PulledImage) -> str | None:
    """Why the image cannot be pulled; None if it can, or if nobody here knows.

    Only a repository into which something was pushed says what it lacks: a rehearsal begins with an empty region, and
    a stack may name images of the account.
    """
    found = _IN_ECR.fullmatch(image.reference)
    if found is None or not _images(found) or _stored(found, image.digest) is not None:
        return None
    return f"{image.reference}: not found"


def _digest(reference: str) -> str | None:
    if "@" in reference:
        return reference.rpartition("@")[2]
    found = _IN_ECR.fullmatch(reference)
    stored = _stored(found, None) if found else None
    return None if stored is None else str(stored.get_image_digest())


def _stored(reference: re.Match[str], digest: str | None) -> Any:
    wanted, tag = digest or reference["digest"], reference["tag"] or "latest"
    if wanted is not None:
        return next((each for each in _images(reference) if each.get_image_digest() == wanted), None)
    return next((each for each in _images(reference) if tag in each.image_tags), None)


def _images(reference: re.Match[str]) -> list[Any]:
    repository = ecr_backends[reference["account"]][reference["region"]].repositories.get(reference["name"])
    return [] if repository is None else list(repository.images)
