"""Allowed AMIs, which moto lacks: the images of others that an account may find and launch.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-allowed-amis.html
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.amis import Ami
from moto.ec2.responses.amis import AmisResponse

from strata_rehearsal.cloud.moto_patches.image_marks import watermarks
from strata_rehearsal.cloud.patches import replace
from strata_rehearsal.cloud.state import current, in_use

__all__ = ["SEVERITIES", "is_hidden", "patch"]

ENABLED, AUDIT, DISABLED = "enabled", "audit-mode", "disabled"
MOST_CRITERIA: Final = 10
SEVERITIES: Final = ("informational", "low", "medium", "high", "critical")
_SECONDS_A_DAY: Final = 86_400.0


def patch() -> None:
    """Keep the settings of each account and region; `instances` asks which images they hide."""
    replace(AmisResponse, "get_allowed_images_settings", _get)
    replace(AmisResponse, "enable_allowed_images_settings", _enable)
    replace(AmisResponse, "disable_allowed_images_settings", _disable)
    replace(AmisResponse, "replace_image_criteria_in_allowed_images_settings", _replace)
    replace(Ami, "image_allowed", property(_allowed))


def is_hidden(ec2: Any, image: Any) -> bool:
    """Whether an account neither finds nor launches an image in a region."""
    return _state(ec2) == ENABLED and not is_allowed(ec2, image)


def is_allowed(ec2: Any, image: Any) -> bool:
    """Whether an image is the account's own, or meets one of its criteria."""
    if image.owner_id == ec2.account_id:
        return True
    criteria: list[Mapping[str, Any]] = ec2.__dict__.get("strata_criteria", [])
    now = current().world.now
    return any(_meets(image, each, now) for each in criteria)


def _state(ec2: Any) -> str:
    return ec2.__dict__.get("strata_allowed", DISABLED)


def _get(self: AmisResponse) -> ActionResult:
    ec2: Any = self.ec2_backend
    criteria = ec2.__dict__.get("strata_criteria", [])
    return ActionResult({"State": _state(ec2), "ImageCriteria": criteria, "ManagedBy": "account"})


def _enable(self: AmisResponse) -> ActionResult:
    wanted = str(self._get_param("AllowedImagesSettingsState"))
    if wanted not in (ENABLED, AUDIT):
        raise EC2ClientError("InvalidParameterValue", f"Value ({wanted}) for parameter state is invalid.")
    self.ec2_backend.strata_allowed = wanted
    return ActionResult({"AllowedImagesSettingsState": wanted})


def _disable(self: AmisResponse) -> ActionResult:
    self.ec2_backend.strata_allowed = DISABLED
    return ActionResult({"AllowedImagesSettingsState": DISABLED})


def _replace(self: AmisResponse) -> ActionResult:
    criteria: list[Mapping[str, Any]] = self._get_param("ImageCriteria", [])
    if len(criteria) > MOST_CRITERIA:
        raise EC2ClientError("InvalidParameterValue", f"There can be {MOST_CRITERIA} image criteria.")
    for each in criteria:
        providers = each.get("ImageProviders", ())
        if "none" in providers and len(providers) > 1:
            raise EC2ClientError("InvalidParameterValue", "The provider none cannot be combined with others.")
    self.ec2_backend.strata_criteria = criteria
    return ActionResult({"ReturnValue": True})


def _meets(image: Any, criterion: Mapping[str, Any], now: float) -> bool:
    checks: tuple[bool, ...] = (
        not criterion.get("ImageProviders") or _provided_by(image, criterion["ImageProviders"]),
        not criterion.get("ImageNames") or _matches(image.name, criterion["ImageNames"]),
        not criterion.get("MarketplaceProductCodes")
        or bool(set(criterion["MarketplaceProductCodes"]) & set(image.product_codes)),
        _young(image.creation_date, criterion.get("CreationDateCondition"), "MaximumDaysSinceCreated", now),
        _young(
            getattr(image, "deprecation_time", None),
            criterion.get("DeprecationTimeCondition"),
            "MaximumDaysSinceDeprecated",
            now,
        ),
        not criterion.get("ImageWatermarks") or _marked(image, criterion["ImageWatermarks"], now),
        not criterion.get("ScanResultCondition") or _scanned(image, criterion["ScanResultCondition"], now),
    )
    return all(checks)


def _provided_by(image: Any, providers: Iterable[str]) -> bool:
    return any(each in (image.owner_id, image.owner_alias) for each in providers)


def _matches(name: str | None, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name or "", each.replace("[", "[[]")) for each in patterns)


def _young(at: datetime | None, condition: Mapping[str, Any] | None, limit: str, now: float) -> bool:
    if not condition or condition.get(limit) is None or at is None:
        return True
    return _days(at, now) <= int(condition[limit])


def _days(at: datetime, now: float) -> float:
    if at.tzinfo is None:
        # moto's times have no zone, and are in UTC
        at = datetime.fromisoformat(f"{at.isoformat()}+00:00")
    return (now - at.timestamp()) / _SECONDS_A_DAY


def _marked(image: Any, filters: Iterable[Mapping[str, Any]], now: float) -> bool:
    return any(_mark_meets(mark, each, now) for mark in watermarks(image) for each in filters)


def _mark_meets(mark: Mapping[str, Any], wanted: Mapping[str, Any], now: float) -> bool:
    for name in ("WatermarkKey", "SourceImageRegion"):
        if wanted.get(name) and not _matches(mark[name], [wanted[name]]):
            return False
    return _young(mark["SourceImageCreationTime"], wanted, "MaximumDaysSinceSourceImageCreated", now) and _young(
        mark["WatermarkCreationTime"], wanted, "MaximumDaysSinceWatermarkCreated", now
    )


def _scanned(image: Any, condition: Mapping[str, Any], now: float) -> bool:
    results: Mapping[str, Any] | None = getattr(image, "scan_results", None)
    if not results:
        return False
    if not _young(results["FindingScanDate"], condition, "MaxDaysSinceLastFindingScan", now):
        return False
    worst, most = results.get("HighestFindingSeverityLabel"), condition.get("MaximumSeverityLabel")
    if worst and most and SEVERITIES.index(worst) > SEVERITIES.index(most):
        return False
    return all(
        _young(
            results.get(f"{each.capitalize()}FixAvailableSince"),
            condition,
            f"MaxDaysSince{each.capitalize()}FixAvailable",
            now,
        )
        for each in SEVERITIES
    )


def _allowed(self: Any) -> bool | None:
    ec2 = self.ec2_backend
    return is_allowed(ec2, self) if in_use() and _state(ec2) != DISABLED else None
