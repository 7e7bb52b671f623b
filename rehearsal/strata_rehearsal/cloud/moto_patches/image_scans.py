"""Scans of container images: moto finds the same in every image, at the real time of day.

Here a scan finds nothing, unless somebody says what one found. A repository that scans on push has scanned what was
pushed to it, and so has one that is made up; an image of another one that nobody scanned has no findings at all.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from moto.ecr.exceptions import LimitExceededException, ScanNotFoundException
from moto.ecr.models import ECRBackend

from strata_rehearsal.cloud.patches import replace
from strata_rehearsal.cloud.registries import Registry, registry_asked
from strata_rehearsal.cloud.state import current

__all__ = ["SEVERITIES", "patch", "put_findings"]

SEVERITIES: Final = ("INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL", "UNDEFINED", "UNTRIAGED")
_DAY: Final = 86_400.0


def patch() -> None:
    """Scan at simulated time, and find what there is to find."""
    replace(ECRBackend, "start_image_scan", _start)
    replace(ECRBackend, "describe_image_scan_findings", _describe)


def put_findings(image: Any, counts: Mapping[str, int], at: float) -> None:
    """Say what a scan of an image found.

    Args:
        image: moto's image.
        counts: findings by severity.
        at: when it ended, in simulated epoch seconds.
    """
    image.strata_scan = dict(counts), at


def _start(self: Any, registry_id: str, repository_name: str, image_id: Mapping[str, str]) -> dict[str, Any]:
    registry = registry_asked(self, registry_id)
    if digest := image_id.get("imageDigest"):
        Registry(registry).keep(repository_name, digest)
    image = _image(registry, repository_name, image_id)
    now, scanned = current().world.now, getattr(image, "strata_scan", None)
    if scanned is not None and now - scanned[1] < _DAY:
        raise LimitExceededException
    put_findings(image, {}, now)
    return {**_named(registry, repository_name, image), "imageScanStatus": {"status": "IN_PROGRESS"}}


def _describe(self: Any, registry_id: str, repository_name: str, image_id: Mapping[str, str]) -> dict[str, Any]:
    registry = registry_asked(self, registry_id)
    image = _image(registry, repository_name, image_id)
    scanned: tuple[dict[str, int], float] | None = getattr(image, "strata_scan", None)
    if scanned is None and _scans_by_itself(registry, repository_name):
        scanned = {}, float(image.image_pushed_at or current().world.now)
    if scanned is None:
        digest, tag = image_id.get("imageDigest", "null"), image_id.get("imageTag", "null")
        shown = f"{{imageDigest:'{digest}', imageTag:'{tag}'}}"
        raise ScanNotFoundException(image_id=shown, repository_name=repository_name, registry_id=registry.account_id)
    counts, at = scanned
    ended = datetime.fromtimestamp(at, UTC)
    findings = [
        {"name": f"CVE-0000-{number:04}", "severity": severity}
        for severity, count in counts.items()
        for number in range(1, count + 1)
    ]
    return {
        **_named(registry, repository_name, image),
        "imageScanStatus": {"status": "COMPLETE", "description": "The scan was completed successfully."},
        "imageScanFindings": {
            "imageScanCompletedAt": ended,
            "vulnerabilitySourceUpdatedAt": ended,
            "findings": findings,
            "findingSeverityCounts": counts,
        },
    }


def _scans_by_itself(backend: Any, repository: str) -> bool:
    """Whether a repository scans on push, or is itself made up, as one is that is not there."""
    found: Any = backend.repositories.get(repository)
    settings: Any = getattr(found, "image_scanning_configuration", None)
    return getattr(found, "made_up", found is None) or (
        isinstance(settings, Mapping) and bool(settings.get("scanOnPush"))
    )


def _image(backend: Any, repository: str, image_id: Mapping[str, str]) -> Any:
    digest = image_id.get("imageDigest")
    if digest and not image_id.get("imageTag") and (named := Registry(backend).image(repository, digest)) is not None:
        # also one that a stack only names, which is made up for who asks
        return named
    found = backend._get_repository(repository, backend.account_id)  # noqa: SLF001 - moto's own way
    return found._get_image(image_id.get("imageTag"), image_id.get("imageDigest"))  # noqa: SLF001


def _named(backend: Any, repository: str, image: Any) -> dict[str, Any]:
    identity = {"imageDigest": image.get_image_digest(), "imageTag": image.image_tag}
    shown = {name: value for name, value in identity.items() if value}
    return {"registryId": backend.account_id, "repositoryName": repository, "imageId": shown}
