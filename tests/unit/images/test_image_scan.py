"""What a scan found, as AWS reports it, and whether that is within the limits."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from strata.images.image_scan import ImageScan, ScanLimits, find_scan_doubts
from strata.images.scan_reading import read_container_scan
from strata.settings.models import FindingSeverity

NOW = 1_700_000_000.0
DAY = 86_400
HIGH = ScanLimits(FindingSeverity.HIGH, 30)


def answer(*severities: str, days: int = 0, status: str = "COMPLETE") -> dict[str, Any]:
    ended = datetime.fromtimestamp(NOW - days * DAY, UTC)
    counts = dict.fromkeys(severities, 1)
    findings = {"imageScanCompletedAt": ended, "findingSeverityCounts": {"LOW": 0, **counts}}
    return {"imageScanStatus": {"status": status}, "imageScanFindings": findings}


class Ecr:
    """A registry with an index of single images."""

    def __init__(self, scans: dict[str, dict[str, Any]], index: dict[str, list[dict[str, Any]]]) -> None:
        self._scans, self._index = scans, index

    def describe_image_scan_findings(self, imageId: dict[str, str], **_: str) -> dict[str, Any]:  # noqa: N803
        if (digest := imageId["imageDigest"]) not in self._scans:
            raise ClientError({"Error": {"Code": "ScanNotFoundException"}}, "DescribeImageScanFindings")
        return self._scans[digest]

    def batch_get_image(self, imageIds: list[dict[str, str]], **_: str) -> dict[str, Any]:  # noqa: N803
        manifest = {"manifests": self._index[imageIds[0]["imageDigest"]]} if self._index else {"layers": []}
        return {"images": [{"imageManifest": json.dumps(manifest)}]}


def entry(digest: str, architecture: str = "arm64") -> dict[str, Any]:
    return {"digest": digest, "platform": {"architecture": architecture}}


INDEX = {"index": [entry("arm"), entry("intel", "amd64"), entry("attested", "unknown")]}
READ: dict[str, tuple[dict[str, dict[str, Any]], dict[str, list[dict[str, Any]]], ImageScan | None]] = {
    "nothing": ({}, {}, None),
    "one image": ({"index": answer("LOW", "CRITICAL")}, {}, ImageScan(NOW, FindingSeverity.CRITICAL)),
    "of no severity": ({"index": answer("UNDEFINED")}, {}, ImageScan(NOW)),
    "going on": ({"index": answer(status="IN_PROGRESS")}, {}, ImageScan(0.0, without="IN_PROGRESS", going_on=True)),
    "the worst and oldest of an index": (
        {"arm": answer("LOW", days=3), "intel": answer("HIGH", days=1)},
        INDEX,
        ImageScan(NOW - 3 * DAY, FindingSeverity.HIGH),
    ),
    "a part of an index": ({"arm": answer("LOW")}, INDEX, None),
}


@pytest.mark.parametrize("case", READ)
def test_a_scan_is_read_as_ecr_reports_it(case: str) -> None:
    scans, index, expected = READ[case]
    assert read_container_scan(Ecr(scans, index), "123456789012", "web", "index") == expected


def test_what_inspector_found_in_a_machine_image_is_read() -> None:
    at = datetime.fromtimestamp(NOW, UTC)
    found = {"FindingScanDate": at, "HighestFindingSeverityLabel": "medium"}
    assert ImageScan.of_machine(found) == ImageScan(NOW, FindingSeverity.MEDIUM)
    assert ImageScan.of_machine({"FindingScanDate": at}) == ImageScan(NOW)
    assert ImageScan.of_machine({}) is None


JUDGED: dict[str, tuple[ImageScan | None, ScanLimits, str]] = {
    "no limit": (None, ScanLimits(), ""),
    "none": (None, HIGH, "web 1.5.0 has no result of a scan"),
    "none, and only its age matters": (None, ScanLimits(None, 7), "by strata:promotion.max_scan_age_days"),
    "going on": (ImageScan(0.0, without="IN_PROGRESS", going_on=True), HIGH, "(IN_PROGRESS)"),
    "at the limits": (ImageScan(NOW - 30 * DAY, FindingSeverity.HIGH), HIGH, ""),
    "worse": (ImageScan(NOW, FindingSeverity.CRITICAL), HIGH, "found something critical"),
    "older": (ImageScan(NOW - 31 * DAY), HIGH, "31 days ago: expected 30 at most"),
}


@pytest.mark.parametrize("case", JUDGED)
def test_a_scan_is_held_against_the_limits(case: str) -> None:
    scan, limits, words = JUDGED[case]
    doubts = list(find_scan_doubts("web 1.5.0", scan, limits, NOW, how="Scan it."))
    assert (words in doubts[0].text and "strata:promotion." in doubts[0].fix) if words else doubts == []
    assert len(doubts) == bool(words)
