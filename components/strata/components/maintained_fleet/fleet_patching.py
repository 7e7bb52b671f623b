"""What keeps the packages of a maintained fleet up to date: a baseline for its patch group, and a window."""

import pulumi_aws as aws

from strata.components.base import Component
from strata.components.maintained_fleet.in_place_changes import GROUP_TARGET, association_cron
from strata.components.maintained_fleet.maintained_group import patch_group
from strata.settings.models import MaintainedFleetSettings, PatchedSystem, PatchingSettings
from strata.spectrum import Mutability

__all__ = ["fleet_patching"]

_INSTALL = "AWS-RunPatchBaselineWithHooks"
"""AWS's document that installs, restarts, and then runs a document of ours before it ends."""
_CLASSES = "CLASSIFICATION"
_SECURITY, _CORRECTIONS = "Security", "Bugfix"


def fleet_patching(
    fleet: Component,
    settings: MaintainedFleetSettings,
    group: "aws.autoscaling.Group",
    healthy: "aws.ssm.Document | None",
) -> None:
    """The baseline, the window, and the task that installs in it, where the settings have any.

    As many servers at a time as the playbook changes, and each until it is healthy: AWS's document runs the one given
    once the server is up again, and fails where that fails.

    Args:
        fleet: the fleet.
        settings: its settings.
        group: its group.
        healthy: the document that waits for a server's health; none without patching.
    """
    patching = settings.patching
    if patching is None or healthy is None:
        return
    baseline = fleet.child(aws.ssm.PatchBaseline, "patch_baseline", Mutability.STABLE, suffix="patches")(
        operating_system=patching.system.value,
        description=f"What is installed on servers of {fleet.pulumi_resource_name}",
        approval_rules=[_approval(patching)],
    )
    fleet.child(aws.ssm.PatchGroup, "patch_group", Mutability.STABLE, suffix="patches", tagged=False)(
        baseline_id=baseline.id, patch_group=patch_group(fleet)
    )
    window = fleet.child(aws.ssm.MaintenanceWindow, "window", Mutability.STABLE, suffix="patches")(
        schedule=association_cron(patching.window),
        schedule_timezone=patching.time_zone,
        duration=patching.duration_hours,
        cutoff=patching.cutoff_hours,
    )
    target = fleet.child(
        aws.ssm.MaintenanceWindowTarget, "window_target", Mutability.STABLE, suffix="patches", tagged=False
    )(
        window_id=window.id,
        resource_type="INSTANCE",
        targets=[{"key": GROUP_TARGET, "values": [group.name]}],
    )
    changes = settings.changes
    fleet.child(aws.ssm.MaintenanceWindowTask, "window_task", Mutability.STABLE, suffix="patches", tagged=False)(
        window_id=window.id,
        task_type="RUN_COMMAND",
        task_arn=_INSTALL,
        priority=1,
        max_concurrency=f"{changes.at_a_time_percent}%",
        max_errors=str(changes.max_errors),
        cutoff_behavior="CONTINUE_TASK",
        targets=[{"key": "WindowTargetIds", "values": [target.id]}],
        task_invocation_parameters={
            "run_command_parameters": {
                "parameters": [
                    {"name": "Operation", "values": ["Install"]},
                    {"name": "RebootOption", "values": ["RebootIfNeeded" if patching.reboot else "NoReboot"]},
                    {"name": "OnExitHookDocName", "values": [healthy.name]},
                ]
            }
        },
    )


def _approval(patching: PatchingSettings) -> "aws.ssm.PatchBaselineApprovalRuleArgsDict":
    """What is approved. Ubuntu's security repositories are all that its baseline has, unless more is asked for."""
    if patching.system is PatchedSystem.UBUNTU:
        return {
            "patch_filters": [{"key": "PRODUCT", "values": ["*"]}, {"key": "PRIORITY", "values": ["*"]}],
            "enable_non_security": not patching.security_only,
        }
    classes = [_SECURITY] if patching.security_only else [_SECURITY, _CORRECTIONS]
    rule: aws.ssm.PatchBaselineApprovalRuleArgsDict = {
        "patch_filters": [{"key": "PRODUCT", "values": ["*"]}, {"key": _CLASSES, "values": classes}],
    }
    if patching.approval_days is not None:
        rule["approve_after_days"] = patching.approval_days
    return rule
