"""What Patch Manager and maintenance windows keep: what a provider reads back is what it has made."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.rehearsal.cloud.conftest import Aws

RULES = {
    "PatchRules": [
        {
            "PatchFilterGroup": {"PatchFilters": [{"Key": "PRODUCT", "Values": ["*"]}]},
            "ApproveAfterDays": 7,
        }
    ]
}
SYSTEM = "AMAZON_LINUX_2023"
GROUP = [{"Key": "tag:aws:autoscaling:groupName", "Values": ["web"]}]
INSTALL: dict[str, Any] = {
    "TaskType": "RUN_COMMAND",
    "TaskArn": "AWS-RunPatchBaselineWithHooks",
    "Priority": 1,
    "MaxConcurrency": "25%",
    "MaxErrors": "0",
    "CutoffBehavior": "CONTINUE_TASK",
    "TaskInvocationParameters": {"RunCommand": {"Parameters": {"Operation": ["Install"]}}},
}


def baseline(aws: Aws, name: str = "legacy", **more: Any) -> str:
    asked = {"OperatingSystem": SYSTEM, "ApprovalRules": RULES, **more}
    return aws.ssm.create_patch_baseline(Name=name, **asked)["BaselineId"]


def window(aws: Aws, **more: Any) -> str:
    asked = {"Schedule": "cron(0 3 ? * SUN *)", "ScheduleTimezone": "UTC", "Duration": 4, "Cutoff": 1}
    return aws.ssm.create_maintenance_window(Name="legacy", AllowUnassociatedTargets=False, **{**asked, **more})[
        "WindowId"
    ]


def target(aws: Aws, of: str) -> str:
    return aws.ssm.register_target_with_maintenance_window(WindowId=of, ResourceType="INSTANCE", Targets=GROUP)[
        "WindowTargetId"
    ]


def task(aws: Aws, of: str, at: str) -> str:
    targets = [{"Key": "WindowTargetIds", "Values": [at]}]
    return aws.ssm.register_task_with_maintenance_window(WindowId=of, Targets=targets, **INSTALL)["WindowTaskId"]


def refused(call: Any, **asked: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**asked)
    return error.value.response["Error"]["Code"]


def test_a_baseline_is_read_as_it_was_made_with_what_aws_takes_for_the_rest(aws: Aws):
    made = baseline(aws, Description="What is installed", Tags=[{"Key": "team", "Value": "shop"}])
    found = aws.ssm.get_patch_baseline(BaselineId=made)
    assert (found["BaselineId"], found["Name"], found["OperatingSystem"]) == (made, "legacy", SYSTEM)
    assert (found["ApprovalRules"], found["Description"]) == (RULES, "What is installed")
    assert (found["ApprovedPatchesComplianceLevel"], found["RejectedPatchesAction"]) == (
        "UNSPECIFIED",
        "ALLOW_AS_DEPENDENCY",
    )
    assert found["ApprovedPatchesEnableNonSecurity"] is False
    of = {"ResourceType": "PatchBaseline", "ResourceId": made}
    assert aws.ssm.list_tags_for_resource(**of)["TagList"] == [{"Key": "team", "Value": "shop"}]
    assert refused(aws.ssm.list_tags_for_resource, ResourceType="PatchBaseline", ResourceId="pb-" + "0" * 17) == (
        "InvalidResourceId"
    )


def test_an_update_of_a_baseline_leaves_what_it_does_not_say_unless_it_replaces_everything(aws: Aws):
    made = baseline(aws, Description="What is installed")
    changed = aws.ssm.update_patch_baseline(BaselineId=made, ApprovedPatches=["CVE-2026-1"])
    assert (changed["ApprovedPatches"], changed["Description"]) == (["CVE-2026-1"], "What is installed")
    changed = aws.ssm.update_patch_baseline(BaselineId=made, Name="legacy", ApprovalRules=RULES, Replace=True)
    assert (changed.get("ApprovedPatches"), changed.get("Description")) == (None, None)
    assert aws.ssm.get_patch_baseline(BaselineId=made)["ApprovalRules"] == RULES
    assert refused(aws.ssm.update_patch_baseline, BaselineId="pb-" + "0" * 17) == "DoesNotExistException"


def test_a_patch_group_has_one_baseline_for_a_system_until_that_is_taken_away(aws: Aws):
    made, other = baseline(aws), baseline(aws, "other")
    aws.ssm.register_patch_baseline_for_patch_group(BaselineId=made, PatchGroup="legacy")
    (found,) = aws.ssm.describe_patch_groups()["Mappings"]
    assert (found["PatchGroup"], found["BaselineIdentity"]["BaselineId"]) == ("legacy", made)
    assert found["BaselineIdentity"]["OperatingSystem"] == SYSTEM
    assert aws.ssm.get_patch_baseline(BaselineId=made)["PatchGroups"] == ["legacy"]
    asked = {"PatchGroup": "legacy", "OperatingSystem": SYSTEM}
    assert aws.ssm.get_patch_baseline_for_patch_group(**asked)["BaselineId"] == made
    assert (
        refused(aws.ssm.register_patch_baseline_for_patch_group, BaselineId=other, PatchGroup="legacy")
        == "AlreadyExistsException"
    )
    assert refused(aws.ssm.delete_patch_baseline, BaselineId=made) == "ResourceInUseException"
    aws.ssm.deregister_patch_baseline_for_patch_group(BaselineId=made, PatchGroup="legacy")
    assert aws.ssm.describe_patch_groups()["Mappings"] == []
    assert aws.ssm.get_patch_baseline_for_patch_group(**asked)["BaselineId"] not in (made, other)
    aws.ssm.delete_patch_baseline(BaselineId=made)
    assert refused(aws.ssm.get_patch_baseline, BaselineId=made) == "DoesNotExistException"


def test_patch_groups_are_told_in_pages(aws: Aws):
    for name in ("shop", "blog", "mail"):
        aws.ssm.register_patch_baseline_for_patch_group(BaselineId=baseline(aws, name), PatchGroup=name)
    pages = aws.ssm.get_paginator("describe_patch_groups").paginate(PaginationConfig={"PageSize": 2})
    told = [[each["PatchGroup"] for each in page["Mappings"]] for page in pages]
    assert told == [["shop", "blog"], ["mail"]]


def test_a_window_is_changed_and_switched_off(aws: Aws):
    made = window(aws)
    found = aws.ssm.get_maintenance_window(WindowId=made)
    assert (found["Enabled"], found["AllowUnassociatedTargets"], found["Duration"]) == (True, False, 4)
    aws.ssm.update_maintenance_window(WindowId=made, Duration=6, Enabled=False)
    found = aws.ssm.get_maintenance_window(WindowId=made)
    assert (found["Enabled"], found["Duration"], found["Cutoff"]) == (False, 6, 1)
    assert found["ScheduleTimezone"] == "UTC"
    aws.ssm.update_maintenance_window(
        WindowId=made, Name="legacy", Schedule="rate(7 days)", Duration=6, Cutoff=1, Replace=True
    )
    assert "ScheduleTimezone" not in aws.ssm.get_maintenance_window(WindowId=made)
    aws.ssm.delete_maintenance_window(WindowId=made)
    assert refused(aws.ssm.get_maintenance_window, WindowId=made) == "DoesNotExistException"


def test_the_targets_of_a_window_are_found_by_their_ids_and_changed(aws: Aws):
    made = window(aws)
    first, second = target(aws, made), target(aws, made)
    wanted = [{"Key": "WindowTargetId", "Values": [second]}]
    (found,) = aws.ssm.describe_maintenance_window_targets(WindowId=made, Filters=wanted)["Targets"]
    assert (found["WindowTargetId"], found["Targets"], found["ResourceType"]) == (second, GROUP, "INSTANCE")
    aws.ssm.update_maintenance_window_target(WindowId=made, WindowTargetId=second, OwnerInformation="shop")
    (found,) = aws.ssm.describe_maintenance_window_targets(WindowId=made, Filters=wanted)["Targets"]
    assert (found["OwnerInformation"], found["Targets"]) == ("shop", GROUP)
    aws.ssm.deregister_target_from_maintenance_window(WindowId=made, WindowTargetId=second)
    (left,) = aws.ssm.describe_maintenance_window_targets(WindowId=made)["Targets"]
    assert left["WindowTargetId"] == first
    assert (
        refused(aws.ssm.update_maintenance_window_target, WindowId=made, WindowTargetId=second, Name="gone")
        == "DoesNotExistException"
    )


def test_the_task_of_a_window_is_read_as_it_was_made_and_changed(aws: Aws):
    made = window(aws)
    at = target(aws, made)
    ours = {"WindowId": made, "WindowTaskId": task(aws, made, at)}
    found = aws.ssm.get_maintenance_window_task(**ours)
    assert {name: found[name] for name in INSTALL} == INSTALL
    aws.ssm.update_maintenance_window_task(**ours, MaxErrors="2")
    found = aws.ssm.get_maintenance_window_task(**ours)
    assert (found["MaxErrors"], found["MaxConcurrency"], found["CutoffBehavior"]) == ("2", "25%", "CONTINUE_TASK")
    safe = {"WindowId": made, "WindowTargetId": at, "Safe": True}
    assert refused(aws.ssm.deregister_target_from_maintenance_window, **safe) == "TargetInUseException"
    aws.ssm.deregister_task_from_maintenance_window(**ours)
    assert aws.ssm.describe_maintenance_window_tasks(WindowId=made)["Tasks"] == []
    assert refused(aws.ssm.get_maintenance_window_task, **ours) == "DoesNotExistException"
