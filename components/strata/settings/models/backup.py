"""Backups of everything a stack must not lose."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from pydantic import Field

from strata.settings import patterns
from strata.settings.models.base import Settings
from strata.settings.models.by_stage import by_stage
from strata.settings.models.rule import Conflict, rule

__all__ = ["BackupSettings", "RetentionSettings", "VaultLock"]

COLD_DAYS: Final = 90
"""AWS Backup: days a backup stays in cold storage at least."""


class VaultLock(StrEnum):
    """Whether backups can be deleted before their time.

    Governance: only by who may lift the lock. Compliance: by nobody, AWS included, once the time to change it is over.
    """

    OFF = "off"
    """Whoever may delete backups can."""
    GOVERNANCE = "governance"
    """Only those who may lift the lock can, once they have lifted it."""
    COMPLIANCE = "compliance"
    """Nobody can, AWS included, once `changeable_for_days` are over."""


class RetentionSettings(Settings):
    """How long the backups of one rule are kept."""

    keep_days: int = Field(default=35, ge=1, le=36_500)
    """Days until a backup is deleted, at most 100 years (AWS Backup). Default: 35, but for daily ones."""
    cold_after_days: int | None = Field(default=None, ge=1, le=36_410)
    """Days until it moves to cold storage, where it then stays 90 days at least (AWS Backup). Default: never. Ignored
    by AWS for what it cannot keep there, RDS among it."""

    @rule("backup-cold", "Backups stay in cold storage as long as AWS wants.")
    def _cold(self) -> Iterator[Conflict]:
        if self.cold_after_days is not None and self.keep_days < self.cold_after_days + COLD_DAYS:
            yield Conflict(
                ("keep_days",),
                self.keep_days,
                expected=f"at least {self.cold_after_days + COLD_DAYS}: {COLD_DAYS} days in cold storage (AWS Backup)",
                fix="Keep backups longer, or leave cold_after_days out.",
                reads=(("cold_after_days",),),
            )


class BackupSettings(Settings):
    """A vault and a plan of AWS Backup for whatever of the stack is tagged `strata:mutability = controlled`."""

    enabled: bool = by_stage(dev=False, staging=True, prod=True)
    """Whether there are backups besides what databases and file systems do themselves."""
    start_time: str = Field(default="03:00", pattern=patterns.TIME_OF_DAY)
    """When a backup may start, HH:MM in UTC, each within the eight hours that follow. Default: 03:00."""
    daily: RetentionSettings = by_stage(
        dev=RetentionSettings.model_construct(keep_days=7),
        staging=RetentionSettings.model_construct(keep_days=7),
        prod=RetentionSettings.model_construct(keep_days=35),
    )
    """A backup every day."""
    weekly: RetentionSettings | None = None
    """A backup every Sunday. Default: none."""
    monthly: RetentionSettings | None = None
    """A backup on the first of every month. Default: none."""
    lock: VaultLock = by_stage(dev=VaultLock.OFF, staging=VaultLock.OFF, prod=VaultLock.GOVERNANCE)
    """The vault's lock; it refuses backups that would be kept shorter than the shortest rule. The provider replaces a
    lock whose days change, which `protect` refuses: another shortest retention needs an `up` without it."""
    changeable_for_days: int = Field(default=14, ge=3, le=36_500)
    """Days in which a compliance lock can still be lifted, at least 3 (AWS Backup). Default: 14."""
    compliance_retention_days: int | None = Field(default=None, ge=1, le=36_500)
    """Confirms a compliance lock by repeating the days of the shortest rule: they cannot be taken back. Default:
    none."""
    tags: dict[str, str] = Field(default={})
    """Further tags for vault, plan and every backup, besides the stack's. Default: none."""
    protect: bool = by_stage(dev=False, staging=True, prod=True)
    """Pulumi refuses to delete or replace its parts, and leaves the vault in AWS should it have to."""

    @rule("backup-compliance", "A compliance lock is confirmed by its days.")
    def _compliance(self) -> Iterator[Conflict]:
        kept = {key: getattr(self, key) for key in ("daily", "weekly", "monthly") if getattr(self, key) is not None}
        shortest = min(each.keep_days for each in kept.values())
        wanted = shortest if self.lock is VaultLock.COMPLIANCE else None
        if self.compliance_retention_days == wanted:
            return
        reads = (("lock",), *((key,) for key in kept))
        if wanted is None:
            yield Conflict(
                ("compliance_retention_days",),
                self.compliance_retention_days,
                expected=f"nothing with lock {self.lock}",
                fix="Leave it out; it only confirms a compliance lock.",
                reads=reads,
            )
        else:
            yield Conflict(
                ("compliance_retention_days",),
                self.compliance_retention_days,
                expected=f"{wanted}, the days of the shortest rule: nobody can take a compliance lock back",
                fix=f"Write {wanted} if that is meant, or use lock: governance.",
                reads=reads,
            )
