"""Container images: what a reference means in the local AWS's registries, whether it can be pulled, and a push."""

import re
from typing import Any, Final

from moto.core.exceptions import ServiceException
from moto.ecr.models import ecr_backends

from strata_rehearsal.cloud.container_services import PulledImage
from strata_rehearsal.cloud.registries import Registry

__all__ = ["images_of", "missing", "receive"]

_IN_ECR: Final = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<name>[^@:]+)"
    r"(?::(?P<tag>[^@]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


def images_of(containers: list[dict[str, Any]]) -> tuple[PulledImage, ...]:
    """The images of a task definition, with the digests that their tags have now."""
    return tuple(PulledImage(each["name"], each["image"], _digest(each["image"])) for each in containers)


def missing(image: PulledImage) -> str | None:
    """Why the image cannot be pulled; None if it can, or if nobody here knows."""
    found = _IN_ECR.fullmatch(image.reference)
    if found is None or _stored(found, image.digest) is not None:
        return None
    # what is asked for by digest is made up, unless it was deleted or the repository knows what it lacks
    known = (image.digest or found["digest"]) is not None or _registry(found).was_pushed_to(found["name"])
    return f"{image.reference}: not found" if known else None


def receive(repository: str, tag: str, manifest: str, media_type: str) -> str | None:
    """The digest of an image that a builder pushes; None for a repository that is not in ECR.

    Raises:
        ValueError: ECR refuses it, such as another image under a tag that cannot move.
    """
    found = _IN_ECR.fullmatch(repository)
    if found is None:
        return None
    try:
        pushed = _registry(found).receive(found["name"], tag, manifest, media_type)
    except ServiceException as error:
        raise ValueError(f"ECR refuses the image: {error.message}") from error
    return str(pushed.get_image_digest())


def _digest(reference: str) -> str | None:
    found = _IN_ECR.fullmatch(reference)
    if "@" in reference:
        if found is not None:
            # what is deployed is there from now on
            _stored(found, None)
        return reference.rpartition("@")[2]
    stored = _stored(found, None) if found else None
    return None if stored is None else str(stored.get_image_digest())


def _stored(reference: re.Match[str], digest: str | None) -> Any:
    wanted, registry = digest or reference["digest"], _registry(reference)
    if wanted is not None:
        # it is pulled, so that the repository has it
        return registry.keep(reference["name"], wanted)
    tag = reference["tag"] or "latest"
    return next((each for each in registry.images(reference["name"]) if tag in each.image_tags), None)


def _registry(reference: re.Match[str]) -> Registry:
    return Registry(ecr_backends[reference["account"]][reference["region"]])
