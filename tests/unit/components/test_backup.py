"""A vault, a plan and what it covers, as they are registered."""

from typing import Any

import pulumi
import pytest

from strata import Backup, testing
from strata.settings.load import for_stage
from strata.settings.models import BackupSettings, RetentionSettings, VaultLock
from strata.stage import Stage

WEEKLY = RetentionSettings(keep_days=60)
MONTHLY = RetentionSettings(keep_days=400, cold_after_days=30)


def backup(settings: BackupSettings | None = None, **options: Any) -> testing.Graph:
    def program() -> None:
        made = Backup("backup", settings or BackupSettings(), **options)
        pulumi.export("vault", made.vault_name)

    return testing.run(program, project="shop", stack="prod")


def test_backups_cover_what_the_spectrum_calls_controlled_of_this_stack_only():
    selection = backup().one("Selection").inputs
    assert selection["resources"] == ["*"]
    ((conditions,),) = [[each["stringEquals"] for each in selection["conditions"]]]
    assert {each["key"]: each["value"] for each in conditions} == {
        "aws:ResourceTag/strata:mutability": "controlled",
        "aws:ResourceTag/strata:project": "shop",
        "aws:ResourceTag/strata:stack": "prod",
    }
    assert "selectionTags" not in selection, "these would each do alone, and cover every stack of the account"


def test_each_rule_has_its_schedule_and_its_retention():
    rules = backup(BackupSettings(start_time="02:30", weekly=WEEKLY, monthly=MONTHLY)).one("Plan").inputs["rules"]
    assert [(each["ruleName"], each["schedule"], each["lifecycle"]) for each in rules] == [
        ("daily", "cron(30 2 * * ? *)", {"deleteAfter": 7}),
        ("weekly", "cron(30 2 ? * SUN *)", {"deleteAfter": 60}),
        ("monthly", "cron(30 2 1 * ? *)", {"coldStorageAfter": 30, "deleteAfter": 400}),
    ]
    assert all(each["recoveryPointTags"]["strata:stack"] == "prod" for each in rules)


@pytest.mark.parametrize(
    "lock,inputs",
    [
        (VaultLock.GOVERNANCE, {"minRetentionDays": 7}),
        (VaultLock.COMPLIANCE, {"minRetentionDays": 7, "changeableForDays": 14}),
    ],
)
def test_a_lock_keeps_the_shortest_retention_and_only_compliance_becomes_irrevocable(lock: VaultLock, inputs: Any):
    confirmed = 7 if lock is VaultLock.COMPLIANCE else None
    settings = BackupSettings(lock=lock, weekly=WEEKLY, compliance_retention_days=confirmed)
    made = backup(settings).one("VaultLockConfiguration").inputs
    assert {key: value for key, value in made.items() if key != "backupVaultName"} == inputs


def test_without_a_lock_there_is_none():
    assert list(backup().of_type("VaultLockConfiguration")) == []


def test_the_vault_never_takes_its_backups_with_it():
    assert "forceDestroy" not in backup().one("Vault").inputs


def test_the_role_can_back_up_buckets_too_in_every_partition():
    mocks = testing.CloudMocks(partition="aws-us-gov", region="us-gov-west-1")
    graph = testing.run(lambda: Backup("backup", BackupSettings()), mocks=mocks)
    assert {it.inputs["policyArn"] for it in graph.of_type("RolePolicyAttachment")} == {
        "arn:aws-us-gov:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
        "arn:aws-us-gov:iam::aws:policy/AWSBackupServiceRolePolicyForS3Backup",
    }


def test_switched_off_it_makes_nothing():
    graph = backup(BackupSettings(enabled=False))
    assert [it.name for it in graph if it.custom] == []
    assert graph.exports["vault"] is None


@pytest.mark.parametrize("stage,parts", [(Stage.DEV, 0), (Stage.STAGING, 4), (Stage.PROD, 5)])
def test_what_would_be_lost_is_protected_where_the_stage_has_backups(stage: Stage, parts: int):
    attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    made = [it for it in backup(for_stage(BackupSettings, stage)) if it.custom and it.type != attachment]
    assert len(made) == parts
    assert all(it.options.protect for it in made)
