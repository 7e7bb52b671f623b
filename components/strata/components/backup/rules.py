"""When backups are made and how long they are kept, in AWS Backup's words."""

from collections.abc import Mapping
from typing import Final

import pulumi
import pulumi_aws as aws

from strata.settings.models import BackupSettings, RetentionSettings

__all__ = ["rules"]

WINDOW_MINUTES: Final = 480
"""Minutes within which a backup has to start; AWS Backup's own default."""


def rules(
    settings: BackupSettings, vault: pulumi.Output[str], tags: Mapping[str, str]
) -> "list[aws.backup.PlanRuleArgsDict]":
    """The rules of a plan.

    Args:
        settings: what is kept how long.
        vault: name of the vault.
        tags: tags of every backup.
    """
    hour, minute = (int(part) for part in settings.start_time.split(":"))
    days = {
        "daily": ("* * ? *", settings.daily),
        "weekly": ("? * SUN *", settings.weekly),
        "monthly": ("1 * ? *", settings.monthly),
    }
    return [
        {
            "rule_name": name,
            "target_vault_name": vault,
            "schedule": f"cron({minute} {hour} {when})",
            "start_window": WINDOW_MINUTES,
            "lifecycle": _lifecycle(kept),
            "recovery_point_tags": dict(tags),
        }
        for name, (when, kept) in days.items()
        if kept is not None
    ]


def _lifecycle(kept: RetentionSettings) -> "aws.backup.PlanRuleLifecycleArgsDict":
    lifecycle: aws.backup.PlanRuleLifecycleArgsDict = {"delete_after": kept.keep_days}
    if kept.cold_after_days is not None:
        lifecycle["cold_storage_after"] = kept.cold_after_days
    return lifecycle
