"""What ECR knows of the vulnerabilities of a container image."""

import json
from collections.abc import Mapping
from functools import reduce
from typing import Any, Final

from strata.aws.outage import error_code
from strata.images.image_scan import ImageScan

__all__ = ["SCANNED_BY_ECR", "read_container_scan"]

SCANNED_BY_ECR: Final = "Scan it: `aws ecr start-image-scan`, or switch on scanning for its repository."
"""How a container image is scanned."""

_NOT_SCANNED: Final = frozenset({"ScanNotFoundException", "ImageNotFoundException", "RepositoryNotFoundException"})
_UNSUPPORTED: Final = "UnsupportedImageTypeException"
_NO_PLATFORM: Final = "unknown"
"""What an index says of what is no image, such as how it was built."""


def read_container_scan(ecr: Any, account: str, repository: str, digest: str) -> ImageScan | None:
    """The last scan of an image; None where nothing has scanned it.

    ECR scans the images for single platforms of an index, and not the index: then it is the worst and oldest of them.

    Args:
        ecr: a client of ECR.
        account: the registry.
        repository: the repository, by name.
        digest: the image.
    """
    place = {"registryId": account, "repositoryName": repository}
    scan = _scan(ecr, place, digest)
    if scan is not None and not scan.without:
        return scan
    inner = [_scan(ecr, place, each) for each in _platforms(ecr, place, digest)]
    scanned = [each for each in inner if each is not None]
    if not inner:
        return scan
    return reduce(ImageScan.joined, scanned) if len(scanned) == len(inner) else None


def _scan(ecr: Any, place: Mapping[str, str], digest: str) -> ImageScan | None:
    try:
        return ImageScan.of_container(ecr.describe_image_scan_findings(**place, imageId={"imageDigest": digest}))
    except Exception as error:
        if error_code(error) in _NOT_SCANNED:
            return None
        if error_code(error) == _UNSUPPORTED:
            return ImageScan(0.0, without=_UNSUPPORTED)
        raise


def _platforms(ecr: Any, place: Mapping[str, str], digest: str) -> list[str]:
    """The digests of the images in an index; none for a single image."""
    found = ecr.batch_get_image(**place, imageIds=[{"imageDigest": digest}])["images"]
    try:
        listed: Any = json.loads(found[0]["imageManifest"])
        inner: list[Any] = listed.get("manifests") or []
        return [str(each["digest"]) for each in inner if _platform(each) != _NO_PLATFORM]
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return []


def _platform(entry: Mapping[str, Any]) -> str:
    return str((entry.get("platform") or {}).get("architecture"))
