"""A vault, a plan of what is backed up when and for how long, and what it covers."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from strata.aws.policy_documents import assume_role_policy
from strata.components.base import Component
from strata.components.children import Children
from strata.components.inputs import BackupOverrides
from strata.naming import BACKUP_NAME, ROLE_NAME
from strata.settings.models import BackupSettings, RetentionSettings, VaultLock
from strata.spectrum import MUTABILITY_TAG, Mutability

__all__ = ["Backup", "BackupChildren"]

_POLICIES = {
    "backup": "service-role/AWSBackupServiceRolePolicyForBackup",
    "backup-s3": "AWSBackupServiceRolePolicyForS3Backup",
}
"""AWS's own policies for the role; the first knows nothing of S3."""
WINDOW_MINUTES: Final = 480
"""Minutes within which a backup has to start; AWS Backup's own default."""


class BackupChildren(Children):
    """What the component Backup makes."""

    vault: "aws.backup.Vault | None"
    """Where backups are kept."""
    lock: "aws.backup.VaultLockConfiguration | None"
    """What keeps backups from being deleted early."""
    plan: "aws.backup.Plan | None"
    """When backups are made and how long they are kept."""
    selection: "aws.backup.Selection | None"
    """What is backed up."""
    role: "aws.iam.Role | None"
    """The role that AWS Backup assumes."""
    role_policy: "Sequence[aws.iam.RolePolicyAttachment]"
    """AWS's own policies of that role."""


class Backup(Component[BackupChildren]):
    """Backups of every resource of the stack that is tagged `strata:mutability = controlled`.

    Nothing has to be listed: what the spectrum calls CONTROLLED is covered from its creation, also what a later
    version of the program adds. Which types AWS Backup covers at all is a switch of the account and region. With
    `enabled` off it makes nothing and its outputs have no value.

    Args:
        name: the component's name.
        settings: see `BackupSettings`.
        kms_key_arn: key of the vault, for ever: AWS Backup cannot change it. Default: AWS's own for backups.
        overrides: inputs of single children, by the child's name in `BackupChildren`. One
            that exists several times is changed everywhere.
        opts: Pulumi options of the component.

    Raises:
        UsageError: an override that does not fit.
    """

    MUTABILITY = Mutability.CONTROLLED

    vault_name: pulumi.Output[str | None]
    """Name of the vault."""
    arn: pulumi.Output[str | None]
    """ARN of the vault."""
    plan_id: pulumi.Output[str | None]
    """Id of the plan."""

    def __init__(
        self,
        name: str,
        settings: BackupSettings,
        *,
        kms_key_arn: pulumi.Input[str] | None = None,
        overrides: BackupOverrides | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, user_tags=settings.tags, protect=settings.protect, overrides=overrides, opts=opts)
        self.vault_name = self.arn = self.plan_id = pulumi.Output.from_input(None)
        if settings.enabled:
            vault = self._vault(kms_key_arn)
            self._lock(settings, vault)
            plan = self._plan(settings, vault)
            self._selection(plan, self._role())
            self.vault_name, self.arn, self.plan_id = vault.name, vault.arn, plan.id
        self.publish()

    def _vault(self, kms_key_arn: pulumi.Input[str] | None) -> "aws.backup.Vault":
        # Never with force_destroy, which would delete the backups with the vault.
        return self.child(aws.backup.Vault, "vault", Mutability.CONTROLLED, named=BACKUP_NAME)(kms_key_arn=kms_key_arn)

    def _lock(self, settings: BackupSettings, vault: "aws.backup.Vault") -> None:
        if settings.lock is VaultLock.OFF:
            return
        lock: dict[str, Any] = {"backup_vault_name": vault.name, "min_retention_days": _shortest(settings)}
        if settings.lock is VaultLock.COMPLIANCE:
            # This one number is what makes a lock irrevocable; a rule of the settings wants it confirmed.
            lock["changeable_for_days"] = settings.changeable_for_days
        self.child(
            aws.backup.VaultLockConfiguration,
            "lock",
            Mutability.CONTROLLED,
            tagged=False,
        )(**lock)

    def _plan(self, settings: BackupSettings, vault: "aws.backup.Vault") -> "aws.backup.Plan":
        kept = self.tag_set(self.child_name("recovery-point"), Mutability.CONTROLLED)
        return self.child(
            aws.backup.Plan,
            "plan",
            Mutability.CONTROLLED,
            named=BACKUP_NAME,
        )(rules=_rules(settings, vault.name, kept))

    def _selection(self, plan: "aws.backup.Plan", role: "aws.iam.Role") -> None:
        # Conditions must all hold, where selection tags would each do alone: another stack of the account has its own.
        wanted = {
            MUTABILITY_TAG: Mutability.CONTROLLED.value,
            "strata:project": pulumi.get_project(),
            "strata:stack": pulumi.get_stack(),
        }
        equal: list[aws.backup.SelectionConditionStringEqualArgsDict] = [
            {"key": f"aws:ResourceTag/{key}", "value": value} for key, value in wanted.items()
        ]
        self.child(
            aws.backup.Selection,
            "selection",
            Mutability.CONTROLLED,
            named=BACKUP_NAME,
            tagged=False,
        )(
            plan_id=plan.id,
            iam_role_arn=role.arn,
            resources=["*"],
            conditions=[{"string_equals": equal}],
        )

    def _role(self) -> "aws.iam.Role":
        role = self.child(
            aws.iam.Role,
            "role",
            Mutability.STABLE,
            named=ROLE_NAME,
        )(assume_role_policy=assume_role_policy("backup"))
        for suffix, policy in _POLICIES.items():
            self.child(
                aws.iam.RolePolicyAttachment,
                "role_policy",
                Mutability.REPLACED,
                suffix=f"role-{suffix}",
                tagged=False,
            )(
                role=role.name,
                policy_arn=pulumi.Output.concat("arn:", self.partition.partition, ":iam::aws:policy/", policy),
            )
        return role


def _shortest(settings: BackupSettings) -> int:
    kept: list[RetentionSettings | None] = [settings.daily, settings.weekly, settings.monthly]
    return min(rule.keep_days for rule in kept if rule is not None)


def _rules(
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
