"""Images that no lifecycle of their repository may expire: the one that is deployed, and those one can go back to.

A lifecycle selects by tags, so what is kept has a tag of its own. A tag more does not change an image, and immutable
tags are no obstacle: this one is never moved.
"""

from collections.abc import Collection
from typing import Any, Final

__all__ = ["KEPT", "keep_images", "kept_tag"]

KEPT: Final = "kept-"
"""How the tags begin that a lifecycle spares."""
_DIGITS = 32
_AT_ONCE = 100
"""BatchDeleteImage, BatchGetImage: `imageIds`."""


def kept_tag(digest: str) -> str:
    """The tag that spares an image.

    Args:
        digest: `sha256:` and 64 digits.
    """
    return f"{KEPT}{digest.removeprefix('sha256:')[:_DIGITS]}"


def keep_images(ecr: Any, repository: str, digests: Collection[str]) -> frozenset[str]:
    """Spare these images, and no others any more; the digests that the repository does not have.

    Args:
        ecr: boto3 client of ECR.
        repository: name of the repository.
        digests: what a release record and the window of a rollback name.

    Raises:
        ClientError: ECR refused or did not answer; all of it may be repeated.
    """
    wanted = {kept_tag(digest): digest for digest in digests}
    there = _kept_tags(ecr, repository)
    missing = {digest for tag, digest in wanted.items() if tag not in there and not _keep(ecr, repository, tag, digest)}
    gone = sorted(there - wanted.keys())
    for first in range(0, len(gone), _AT_ONCE):
        ids = [{"imageTag": tag} for tag in gone[first : first + _AT_ONCE]]
        ecr.batch_delete_image(repositoryName=repository, imageIds=ids)
    return frozenset(missing)


def _kept_tags(ecr: Any, repository: str) -> set[str]:
    pages = ecr.get_paginator("list_images").paginate(repositoryName=repository, filter={"tagStatus": "TAGGED"})
    tags = (str(each.get("imageTag", "")) for page in pages for each in page["imageIds"])
    return {tag for tag in tags if tag.startswith(KEPT)}


def _keep(ecr: Any, repository: str, tag: str, digest: str) -> bool:
    found = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageDigest": digest}])["images"]
    if not found:
        return False
    image = found[0]
    kind = {"imageManifestMediaType": image["imageManifestMediaType"]} if "imageManifestMediaType" in image else {}
    try:
        ecr.put_image(repositoryName=repository, imageManifest=image["imageManifest"], imageTag=tag, **kind)
    except ecr.exceptions.ImageAlreadyExistsException:
        # another `up` was faster
        return True
    return True
