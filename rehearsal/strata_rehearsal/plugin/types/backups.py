"""AWS Backup: vaults, their locks, plans and what these cover."""

from collections.abc import Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.type_row import (
    ID,
    TAG_KEYS,
    TAGS,
    ApiCall,
    AutoName,
    Lookup,
    P,
    PropertyStep,
    Tagging,
    TypeRow,
    sends,
)

__all__ = ["ROWS"]

_GONE = ("ResourceNotFoundException",)


def _tagging(kind: str, on_create: str) -> Tagging:
    def arn(resource: LiveResource) -> str:
        return resource.arn(f"{kind}:{resource.id}")

    return Tagging(
        add=ApiCall("tag_resource", {"ResourceArn": arn, "Tags": TAGS}),
        remove=ApiCall("untag_resource", {"ResourceArn": arn, "TagKeyList": TAG_KEYS}),
        read=ApiCall("list_tags", {"ResourceArn": arn}),
        as_dict=True,
        on_create=on_create,
    )


VAULT = TypeRow(
    tokens=("aws:backup/vault:Vault",),
    service="backup",
    create=ApiCall("create_backup_vault", {"BackupVaultName": P("name"), "EncryptionKeyArn": P("kmsKeyArn")}),
    id=lambda r, _: str(r.get("name")),
    read=Lookup(ApiCall("describe_backup_vault", {"BackupVaultName": ID}), "", _GONE),
    delete=ApiCall("delete_backup_vault", {"BackupVaultName": ID}),
    replace="name kmsKeyArn",
    renames={
        "name": "BackupVaultName",
        "arn": "BackupVaultArn",
        "kmsKeyArn": "EncryptionKeyArn",
        "recoveryPoints": "NumberOfRecoveryPoints",
    },
    defaults={"recoveryPoints": 0},
    tagging=_tagging("backup-vault", "BackupVaultTags"),
    auto_name=AutoName(50),
    recorded="forceDestroy",
)

LOCK = TypeRow(
    tokens=("aws:backup/vaultLockConfiguration:VaultLockConfiguration",),
    service="backup",
    create=ApiCall(
        "put_backup_vault_lock_configuration",
        sends("backupVaultName changeableForDays maxRetentionDays minRetentionDays"),
    ),
    id=lambda r, _: str(r.inputs["backupVaultName"]),
    read=Lookup(
        ApiCall("describe_backup_vault", {"BackupVaultName": ID}),
        "",
        _GONE,
        alive=lambda found: bool(found.get("Locked")),
    ),
    delete=ApiCall("delete_backup_vault_lock_configuration", {"BackupVaultName": ID}),
    # A vault has one lock, so the new one is put when the old one is off.
    replace="backupVaultName changeableForDays maxRetentionDays minRetentionDays",
    replace_first=True,
)

_PLAN = {
    "BackupPlanName": P("name"),
    "Rules": P("rules"),
    "AdvancedBackupSettings": P("advancedBackupSettings"),
    "ScanSettings": P("scanSettings"),
}

PLAN = TypeRow(
    tokens=("aws:backup/plan:Plan",),
    service="backup",
    create=ApiCall("create_backup_plan", {"BackupPlan": _PLAN}),
    id="BackupPlanId",
    # A deleted plan can still be asked for.
    read=Lookup(
        ApiCall("get_backup_plan", {"BackupPlanId": ID}), "", _GONE, alive=lambda found: not found.get("DeletionDate")
    ),
    steps=(
        PropertyStep(
            "rules advancedBackupSettings scanSettings",
            ApiCall("update_backup_plan", {"BackupPlanId": ID, "BackupPlan": _PLAN}),
            on_create=False,
        ),
    ),
    delete=ApiCall("delete_backup_plan", {"BackupPlanId": ID}),
    replace="name",
    renames={
        "arn": "BackupPlanArn",
        "version": "VersionId",
        "targetVaultName": "TargetBackupVaultName",
        "destinationVaultArn": "DestinationBackupVaultArn",
        "schedule": "ScheduleExpression",
        "startWindow": "StartWindowMinutes",
        "completionWindow": "CompletionWindowMinutes",
        "coldStorageAfter": "MoveToColdStorageAfterDays",
        "deleteAfter": "DeleteAfterDays",
    },
    outputs={"name": "BackupPlan.BackupPlanName", "rules": "BackupPlan.Rules"},
    volatile={"version": "rules advancedBackupSettings scanSettings"},
    tagging=_tagging("backup-plan", "BackupPlanTags"),
    auto_name=AutoName(50),
)


def _chosen(member: str) -> Any:
    return lambda _, found: found["BackupSelection"].get(member) or None


def _conditions(_resource: LiveResource, found: Mapping[str, Any]) -> Any:
    """AWS answers with every kind of condition, also where there is none of it."""
    given = {kind: each for kind, each in (found["BackupSelection"].get("Conditions") or {}).items() if each}
    return [given] if given else None


SELECTION = TypeRow(
    tokens=("aws:backup/selection:Selection",),
    service="backup",
    create=ApiCall(
        "create_backup_selection",
        {
            "BackupPlanId": P("planId"),
            "BackupSelection": {
                "SelectionName": P("name"),
                "IamRoleArn": P("iamRoleArn"),
                "Resources": P("resources"),
                "NotResources": P("notResources"),
                "ListOfTags": P("selectionTags"),
                "Conditions": P("conditions"),
            },
        },
    ),
    id="SelectionId",
    read=Lookup(ApiCall("get_backup_selection", {"BackupPlanId": P("planId"), "SelectionId": ID}), "", _GONE),
    delete=ApiCall("delete_backup_selection", {"BackupPlanId": P("planId"), "SelectionId": ID}),
    replace="name planId iamRoleArn resources notResources conditions selectionTags",
    renames={"key": "ConditionKey", "value": "ConditionValue", "type": "ConditionType", "planId": "BackupPlanId"},
    outputs={
        "name": _chosen("SelectionName"),
        "iamRoleArn": _chosen("IamRoleArn"),
        "resources": _chosen("Resources"),
        "notResources": _chosen("NotResources"),
        "selectionTags": _chosen("ListOfTags"),
        "conditions": _conditions,
    },
    auto_name=AutoName(50),
)

ROWS = (VAULT, LOCK, PLAN, SELECTION)
