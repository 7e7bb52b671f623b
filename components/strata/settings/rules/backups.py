"""What AWS Backup refuses, and what cannot be taken back."""

from collections.abc import Iterator
from typing import Final

from strata.settings.models import RetentionSettings, VaultLock
from strata.settings.rules.facts import Conflict, Facts, Rule

__all__ = ["RULES"]

COLD_DAYS: Final = 90
"""AWS Backup: days a backup stays in cold storage at least."""


def cold(facts: Facts) -> Iterator[Conflict]:
    for key, rule in _kept(facts):
        if rule.cold_after_days is not None and rule.keep_days < rule.cold_after_days + COLD_DAYS:
            yield Conflict(
                ("backup", key, "keep_days"),
                rule.keep_days,
                expected=f"at least {rule.cold_after_days + COLD_DAYS}: {COLD_DAYS} days in cold storage (AWS Backup)",
                fix="Keep backups longer, or leave cold_after_days out.",
                reads=(("backup", key, "cold_after_days"),),
            )


def compliance(facts: Facts) -> Iterator[Conflict]:
    backup = facts.settings.backup
    shortest = min(rule.keep_days for _, rule in _kept(facts))
    wanted = shortest if backup.lock is VaultLock.COMPLIANCE else None
    if backup.compliance_retention_days == wanted:
        return
    reads = (("backup", "lock"), *(("backup", key) for key, _ in _kept(facts)))
    if wanted is None:
        yield Conflict(
            ("backup", "compliance_retention_days"),
            backup.compliance_retention_days,
            expected=f"nothing with lock {backup.lock}",
            fix="Leave it out; it only confirms a compliance lock.",
            reads=reads,
        )
    else:
        yield Conflict(
            ("backup", "compliance_retention_days"),
            backup.compliance_retention_days,
            expected=f"{wanted}, the days of the shortest rule: nobody can take a compliance lock back",
            fix=f"Write {wanted} if that is meant, or use lock: governance.",
            reads=reads,
        )


def _kept(facts: Facts) -> Iterator[tuple[str, RetentionSettings]]:
    backup = facts.settings.backup
    for key, rule in (("daily", backup.daily), ("weekly", backup.weekly), ("monthly", backup.monthly)):
        if rule is not None:
            yield key, rule


RULES: Final = (
    Rule("backup-cold", "Backups stay in cold storage as long as AWS wants.", cold),
    Rule("backup-compliance", "A compliance lock is confirmed by its days.", compliance),
)
