"""References of container images, and what a manifest says of the platforms an image is for (pure)."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from strata.aws.ecr_repository import IN_ECR
from strata.image_build.image_reference import DIGEST

__all__ = ["RepositoryImage", "architectures_of", "digest_of", "in_repository", "parts_of"]

_IN_ECR: Final = re.compile(rf"{IN_ECR}(?::[^@]+)?@(?P<digest>{DIGEST})")

ARCHITECTURES: Final = {"amd64": "X86_64", "arm64": "ARM64"}
"""The architectures of images in the words of ECS."""


@dataclass(frozen=True)
class RepositoryImage:
    """An image by digest in a repository of ECR."""

    account: str
    region: str
    repository: str
    digest: str


def digest_of(reference: str) -> str | None:
    """The digest by which a reference names an image; None where it names a tag, which may move."""
    digest = reference.rpartition("@")[2]
    return digest if digest.startswith("sha256:") else None


def in_repository(reference: str) -> RepositoryImage | None:
    """Where in ECR a reference points to; None for another registry, or for a tag."""
    found = _IN_ECR.fullmatch(reference)
    return RepositoryImage(found["account"], found["region"], found["name"], found["digest"]) if found else None


def parts_of(manifest: str) -> frozenset[str]:
    """Digests of what an image index has; none for a single image."""
    try:
        return frozenset(str(each["digest"]) for each in json.loads(manifest).get("manifests") or ())
    except (AttributeError, KeyError, TypeError, ValueError):
        return frozenset()


def architectures_of(manifest: str) -> frozenset[str] | None:
    """What an image index has images for, in the words of ECS; None for a single image, whose manifest says nothing."""
    try:
        found: Any = json.loads(manifest)
        entries: list[Any] = found.get("manifests") or []
        names = {str((each.get("platform") or {}).get("architecture")) for each in entries}
    except (AttributeError, ValueError):
        return None
    known = frozenset(ARCHITECTURES[each] for each in names if each in ARCHITECTURES)
    return known if entries else None
