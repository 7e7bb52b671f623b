"""Images that no lifecycle of their repository may expire: the one that is deployed, and the one to go back to.

A lifecycle selects by tags, so what is kept has a tag of its own, for each service that keeps it: several services,
and the stacks of several stages, may run images of one repository. A tag more does not change an image, and immutable
tags are no obstacle: this one is never moved.
"""

import hashlib
from collections.abc import Collection
from typing import Any, Final

from strata.aws.portions import portions

__all__ = ["KEPT", "keep_images", "kept_tag"]

KEPT: Final = "kept-"
"""How the tags begin that a lifecycle spares."""
_OWNER_DIGITS = 12
_DIGITS = 32
_AT_ONCE = 100
"""BatchDeleteImage: `imageIds`."""


def kept_tag(owner: str, digest: str) -> str:
    """The tag that spares an image.

    Args:
        owner: name of the release record for which it is kept.
        digest: `sha256:` and 64 digits.
    """
    return f"{_prefix(owner)}{digest.removeprefix('sha256:')[:_DIGITS]}"


def keep_images(ecr: Any, repository: str, digests: Collection[str], *, owner: str, prune: bool) -> frozenset[str]:
    """Spare these images; gives the digests that the repository does not have.

    A tag of the owner on any other image is removed, unless it is the image's last one: ECR deletes an image with its
    last tag, and something else may run it.

    Args:
        ecr: boto3 client of ECR.
        repository: name of the repository.
        digests: what a release record and a rollback name.
        owner: name of the release record.
        prune: whether other images of the owner are no longer spared.

    Raises:
        ClientError: ECR refused or did not answer; all of it may be repeated.
    """
    wanted = {kept_tag(owner, digest): digest for digest in digests}
    tags = _tags(ecr, repository)
    there = {tag for each in tags.values() for tag in each}
    missing = {digest for tag, digest in wanted.items() if tag not in there and not _keep(ecr, repository, tag, digest)}
    gone = sorted(
        tag
        for each in tags.values()
        for tag in each
        if tag.startswith(_prefix(owner)) and tag not in wanted and len(each) > 1
    )
    for some in portions(gone, _AT_ONCE) if prune else ():
        ids = [{"imageTag": tag} for tag in some]
        ecr.batch_delete_image(repositoryName=repository, imageIds=ids)
    return frozenset(missing)


def _prefix(owner: str) -> str:
    return f"{KEPT}{hashlib.sha256(owner.encode()).hexdigest()[:_OWNER_DIGITS]}-"


def _tags(ecr: Any, repository: str) -> dict[str, list[str]]:
    """The tags of each image that has any, by its digest."""
    found: dict[str, list[str]] = {}
    for page in ecr.get_paginator("list_images").paginate(repositoryName=repository, filter={"tagStatus": "TAGGED"}):
        for each in page["imageIds"]:
            found.setdefault(str(each.get("imageDigest")), []).append(str(each.get("imageTag")))
    return found


def _keep(ecr: Any, repository: str, tag: str, digest: str) -> bool:
    found = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageDigest": digest}])["images"]
    if not found:
        return False
    image = found[0]
    kind = {"imageManifestMediaType": image["imageManifestMediaType"]} if "imageManifestMediaType" in image else {}
    manifest = {"imageManifest": image["imageManifest"], "imageDigest": digest, **kind}
    try:
        ecr.put_image(repositoryName=repository, imageTag=tag, **manifest)
    except ecr.exceptions.ImageAlreadyExistsException:
        # another `up` was faster
        return True
    return True
