"""What protects a resource by the name of the input, in every type that has it and holds something."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from strata.resources.protections.by_type import TABLE
from strata.resources.protections.protection import WORST, Protection, goes_off, goes_on, lowered

__all__ = ["BY_NAME", "LIFTED", "REFUSING_DELETION"]

_OFF: Final = MappingProxyType(
    {
        "backupRetentionEnabled": "automatic backups go off",
        "deleteProtection": "deletion protection goes off",
        "deletionProtection": "deletion protection goes off",
        "deletionProtectionEnabled": "deletion protection goes off",
        "skipDestroy": "what leaves it in AWS at a delete goes off",
        "isBackupRetentionLocked": "the lock on its backups goes off",
        "terminationProtection": "deletion protection goes off",
        "terminationProtectionEnabled": "deletion protection goes off",
    }
)
_ON: Final = MappingProxyType(
    {
        "bypassSnaplockEnterpriseRetention": "a delete removes locked files, too",
        "forceDelete": "a delete removes the content, too",
        "forceDestroy": "a delete removes the content, too",
        "publiclyAccessible": "it becomes reachable from the internet",
        "skipFinalBackup": "no final backup is taken before a delete",
        "skipFinalSnapshot": "no final snapshot is taken before a delete",
    }
)
_SHORTER: Final = MappingProxyType(
    {
        "backupRetentionPeriod": "backups are kept for a shorter time",
        "backupRetentionPeriodInDays": "backups are kept for a shorter time",
        "dataRetention": "data is kept for a shorter time",
        "dataRetentionInHours": "data is kept for a shorter time",
        "defaultExpirationDays": "data is kept for a shorter time",
        "eventExpiryDuration": "data is kept for a shorter time",
        "manualSnapshotRetentionPeriod": "snapshots are kept for a shorter time",
        "minRetentionDays": "backups may be deleted sooner",
        "recoveryWindowInDays": "what is deleted is gone sooner",
        "retentionLockTimeInDays": "tapes are locked for a shorter time",
        "retentionPeriod": "data is kept for a shorter time",
        "retentionPeriodInDays": "data is kept for a shorter time",
        "snapshotRetentionLimit": "snapshots are kept for a shorter time",
    }
)

BY_NAME: Final[Mapping[str, Protection]] = MappingProxyType(
    {
        name: Protection(name, weaker, says, WORST)
        for weaker, names in ((goes_off, _OFF), (goes_on, _ON), (lowered, _SHORTER))
        for name, says in names.items()
    }
)
"""By name: inputs that protect in every type that has them and holds something."""


_KEEPS_FROM_DELETION: Final = frozenset(
    {
        "deletionProtection",
        "deletionProtectionEnabled",
        "enableDeletionProtection",
        "forceDelete",
        "forceDestroy",
        "recoveryWindowInDays",
        "skipDestroy",
    }
)

LIFTED: Final = frozenset(
    row.weakened
    for rows in (*TABLE.values(), tuple(BY_NAME.values()))
    for row in rows
    if row.path in _KEEPS_FROM_DELETION
)
"""What is said of inputs that only keep a resource, or its content, from being deleted: a teardown lifts these."""

REFUSING_DELETION: Final = frozenset(
    {
        "deleteProtection",
        "deletionProtection",
        "deletionProtectionEnabled",
        "enableDeletionProtection",
        "terminationProtection",
        "terminationProtectionEnabled",
    }
)
"""Inputs by which AWS itself refuses to delete, whatever type has them."""
