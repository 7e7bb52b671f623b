"""What a scan of an image for known vulnerabilities found, and whether that is within the limits of a stage (pure)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from strata.clock import utc_text
from strata.durations import DAY_SECONDS
from strata.images.doubt import Doubt
from strata.settings.models import FindingSeverity, PromotionSettings

__all__ = ["ImageScan", "ScanLimits", "find_scan_doubts"]

_MILDEST_FIRST: Final = tuple(FindingSeverity)
READ: Final = frozenset({"COMPLETE", "ACTIVE"})
"""States of a scan by ECR whose findings can be read."""
_GOING_ON: Final = frozenset({"PENDING", "IN_PROGRESS"})
"""States of a scan by ECR that has not ended."""


@dataclass(frozen=True)
class ImageScan:
    """The last scan of an image.

    Args:
        at: when, in epoch seconds.
        worst: the worst that it found; None for nothing that has a severity.
        without: why there are no findings to read, in the scanner's own words; empty where there are.
        going_on: whether there may be some soon.
    """

    at: float
    worst: FindingSeverity | None = None
    without: str = ""
    going_on: bool = False

    @classmethod
    def of_machine(cls, found: Mapping[str, Any] | None) -> "ImageScan | None":
        """Read what DescribeImages reports of Inspector; None where that has not looked.

        Args:
            found: the scan results of an image.
        """
        if not found or found.get("FindingScanDate") is None:
            return None
        return cls(_seconds(found["FindingScanDate"]), _severity(found.get("HighestFindingSeverityLabel")))

    @classmethod
    def of_container(cls, found: Mapping[str, Any]) -> "ImageScan":
        """Read what DescribeImageScanFindings of ECR answers.

        Args:
            found: the answer.
        """
        status: Mapping[str, Any] = found.get("imageScanStatus") or {}
        findings: Mapping[str, Any] = found.get("imageScanFindings") or {}
        at = findings.get("imageScanCompletedAt")
        if status.get("status") not in READ or at is None:
            state = str(status.get("status", "UNKNOWN"))
            without = f"{state} {status.get('description') or ''}".strip()
            return cls(0.0, without=without, going_on=state in _GOING_ON)
        counts: Mapping[str, int] = findings.get("findingSeverityCounts") or {}
        return cls(_seconds(at), _worst(_severity(name) for name, count in counts.items() if count))

    def __str__(self) -> str:
        """As `strata image list` shows it."""
        if self.without:
            return f"scanned without a result: {self.without}"
        found = f"{self.worst} findings" if self.worst is not None else "no findings"
        return f"scanned {utc_text(self.at)}: {found}"

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata image list` has it; `at` and `worst` are null where there are no findings to read."""
        at = None if self.without else utc_text(self.at)
        return {"at": at, "worst": self.worst, "without": self.without or None}

    def joined(self, other: "ImageScan") -> "ImageScan":
        """Both as one: the worst of them, the older of them, and no findings where one has none."""
        without = self.without or other.without
        worst = _worst(iter((self.worst, other.worst)))
        return ImageScan(min(self.at, other.at), worst, without, self.going_on or other.going_on)


@dataclass(frozen=True)
class ScanLimits:
    """What a scan must have found at most, and how old it may be.

    Args:
        worst: the worst that may be there. Default: anything.
        max_age_days: the most days since. Default: any number.
    """

    worst: FindingSeverity | None = None
    max_age_days: int | None = None

    @classmethod
    def of(cls, settings: PromotionSettings) -> "ScanLimits":
        """The limits of a stack.

        Args:
            settings: what it takes to pin an image there.
        """
        return cls(settings.worst_finding, settings.max_scan_age_days)

    @property
    def required(self) -> bool:
        """Whether there must be a scan at all."""
        return self.worst is not None or self.max_age_days is not None

    def stricter(self, other: "ScanLimits") -> "ScanLimits":
        """What is within both."""
        worst = min((each for each in (self.worst, other.worst) if each is not None), key=_rank, default=None)
        days = [each for each in (self.max_age_days, other.max_age_days) if each is not None]
        return ScanLimits(worst, min(days, default=None))


def find_scan_doubts(
    label: str, scan: ImageScan | None, limits: ScanLimits, now: float, *, how: str
) -> Iterator[Doubt]:
    """What of a scan is not within the limits.

    Args:
        label: the image, for messages.
        scan: its last scan; None where there is none.
        limits: the limits.
        now: epoch seconds.
        how: how an image is scanned, as a full sentence.
    """
    if not limits.required:
        return
    if scan is None or scan.without:
        because = f" ({scan.without})" if scan is not None else ""
        yield Doubt(
            f"{label} has no result of a scan for vulnerabilities{because}: expected one, by "
            f"{_setting_that_asks(limits)}",
            f"{how} Or set strata:promotion.worst_finding and max_scan_age_days to null.",
        )
        return
    if limits.worst is not None and scan.worst is not None and _rank(scan.worst) > _rank(limits.worst):
        yield Doubt(
            f"the last scan of {label} found something {scan.worst}: expected nothing worse than {limits.worst}, by "
            "strata:promotion.worst_finding",
            f"Bake a version without it, or accept it: strata:promotion.worst_finding: {scan.worst}.",
        )
    days = (now - scan.at) / DAY_SECONDS
    if limits.max_age_days is not None and days > limits.max_age_days:
        yield Doubt(
            f"the last scan of {label} was at {utc_text(scan.at)}, {days:.0f} days ago: expected "
            f"{limits.max_age_days} at most, by strata:promotion.max_scan_age_days",
            f"{how} Or raise strata:promotion.max_scan_age_days.",
        )


def _setting_that_asks(limits: ScanLimits) -> str:
    return f"strata:promotion.{'worst_finding' if limits.worst is not None else 'max_scan_age_days'}"


def _seconds(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _severity(name: Any) -> FindingSeverity | None:
    """A severity by AWS's word; None for those that say that nobody has judged it yet."""
    lower = str(name or "").lower()
    return FindingSeverity(lower) if lower in _MILDEST_FIRST else None


def _worst(found: Iterator[FindingSeverity | None]) -> FindingSeverity | None:
    return max((each for each in found if each is not None), key=_rank, default=None)


def _rank(severity: FindingSeverity) -> int:
    return _MILDEST_FIRST.index(severity)
