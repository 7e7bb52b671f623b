"""Associations of State Manager that are applied to servers: some at a time, until too many have failed."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from strata_rehearsal.run.playbook_runs import look
from tests.unit.rehearsal.cloud.conftest import Aws

TAGS = [{"Key": "strata:service", "Value": "web", "PropagateAtLaunch": True}]
TARGETS = [{"Key": "tag:strata:service", "Values": ["web"]}]


def content(word: str = "site.yml") -> str:
    inputs = {"runCommand": [f"ansible-playbook {word}"], "timeoutSeconds": "600"}
    step = {"name": "play", "action": "aws:runShellScript", "inputs": inputs}
    return json.dumps({"schemaVersion": "2.2", "mainSteps": [step]})


@pytest.fixture
def fleet(aws: Aws) -> Aws:
    """Eight servers in service, and a document for them."""
    aws.running_group(Tags=TAGS, MaxSize=12, DesiredCapacity=8)
    aws.ssm.create_document(Name="changes", Content=content(), DocumentType="Command")
    return aws


def make(aws: Aws, **changes: Any) -> str:
    asked = {"Name": "changes", "Targets": TARGETS, "MaxConcurrency": "25%", "MaxErrors": "0", **changes}
    return aws.ssm.create_association(**asked)["AssociationDescription"]["AssociationId"]


def executions(aws: Aws, made: str) -> list[dict[str, Any]]:
    """Newest first."""
    return aws.ssm.describe_association_executions(AssociationId=made)["AssociationExecutions"]


def targets(aws: Aws, made: str, execution: int = 0) -> dict[str, str]:
    found = aws.ssm.describe_association_execution_targets(
        AssociationId=made, ExecutionId=executions(aws, made)[execution]["ExecutionId"]
    )["AssociationExecutionTargets"]
    return {each["ResourceId"]: each["Status"] for each in found}


def overview(aws: Aws, made: str) -> dict[str, Any]:
    return aws.ssm.describe_association(AssociationId=made)["AssociationDescription"]["Overview"]


def test_a_quarter_of_the_servers_is_changed_at_a_time(fleet: Aws):
    made = make(fleet)
    seen = []
    for _ in range(5):
        seen.append(list(targets(fleet, made).values()))
        fleet.wait(60)
    assert [each.count("InProgress") for each in seen] == [2, 2, 2, 2, 0]
    assert [each.count("Success") for each in seen] == [0, 2, 4, 6, 8]
    (execution,) = executions(fleet, made)
    assert (execution["Status"], execution["ResourceCountByStatus"]) == ("Success", "{Success=8}")
    assert overview(fleet, made)["AssociationStatusAggregatedCount"] == {"Success": 8}


def test_while_it_goes_on_it_is_pending(fleet: Aws):
    made = make(fleet)
    assert (overview(fleet, made)["Status"], overview(fleet, made)["DetailedStatus"]) == ("Pending", "InProgress")
    assert executions(fleet, made)[0]["ResourceCountByStatus"] == "{InProgress=2, Pending=6}"


@pytest.mark.parametrize("allowed, failed", [("0", 2), ("2", 4), ("25%", 4), ("100", 8)])
def test_a_playbook_that_fails_stops_after_the_allowed_errors_and_what_has_begun_goes_on(fleet: Aws, allowed, failed):
    fleet.admin("fault", kind="playbook-fails", service="web")
    made = make(fleet, MaxErrors=allowed)
    fleet.wait(600)
    there = list(targets(fleet, made).values())
    assert (there.count("Failed"), there.count("Skipped")) == (failed, 8 - failed)
    assert executions(fleet, made)[0]["Status"] == "Failed"
    assert overview(fleet, made)["Status"] == "Failed"


def test_what_a_server_printed_is_found_by_the_command_of_its_execution(fleet: Aws):
    fleet.admin("fault", kind="playbook-fails", service="web")
    made = make(fleet)
    fleet.wait(61)
    (server, *_) = [each for each, status in targets(fleet, made).items() if status == "Failed"]
    found = fleet.ssm.describe_association_execution_targets(
        AssociationId=made,
        ExecutionId=executions(fleet, made)[0]["ExecutionId"],
        Filters=[{"Key": "ResourceId", "Value": server}],
    )["AssociationExecutionTargets"]
    (source,) = [each["OutputSource"] for each in found]
    assert source["OutputSourceType"] == "RunCommand"
    printed = fleet.ssm.get_command_invocation(CommandId=source["OutputSourceId"], InstanceId=server)
    assert printed["StandardErrorContent"] == "ansible-playbook ended with 2\n"


def test_a_server_that_does_not_become_healthy_has_failed(fleet: Aws):
    fleet.admin("fault", kind="unhealthy", service="web")
    made = make(fleet, MaxConcurrency="1")
    fleet.wait(600)
    there = list(targets(fleet, made).values())
    assert (there.count("Failed"), there.count("Skipped")) == (1, 7)


def test_a_new_server_is_changed_as_soon_as_it_has_booted(fleet: Aws):
    made = make(fleet)
    fleet.wait(600)
    fleet.autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=9)
    fleet.wait(300)
    assert len(executions(fleet, made)) == 2
    assert list(targets(fleet, made).values()) == ["Success"]
    assert overview(fleet, made)["AssociationStatusAggregatedCount"] == {"Success": 9}


def test_an_update_ends_the_former_change_and_begins_with_all_servers_anew(fleet: Aws):
    made = make(fleet)
    fleet.wait(60)
    fleet.ssm.update_document(Name="changes", Content=content("new.yml"), DocumentVersion="$LATEST")
    asked = {"Targets": TARGETS, "MaxConcurrency": "25%", "MaxErrors": "0", "DocumentVersion": "2"}
    fleet.ssm.update_association(AssociationId=made, **asked)
    fleet.wait(600)
    assert sorted(targets(fleet, made, 1).values()) == ["Skipped"] * 4 + ["Success"] * 4
    assert sorted(targets(fleet, made).values()) == ["Success"] * 8
    assert [each["AssociationVersion"] for each in executions(fleet, made)] == ["2", "1"]
    assert overview(fleet, made)["Status"] == "Success"


def test_one_that_waits_for_its_window_is_applied_then_and_not_to_new_servers(fleet: Aws):
    # the clock of these tests is at 22:13 of a Tuesday, UTC
    made = make(fleet, ScheduleExpression="cron(30 22 ? * TUE *)", ApplyOnlyAtCronInterval=True)
    fleet.autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=9)
    fleet.wait(300)
    assert executions(fleet, made) == []
    assert overview(fleet, made)["Status"] == "Pending"
    fleet.wait(3600)
    assert sorted(targets(fleet, made).values()) == ["Success"] * 9
    fleet.wait(7 * 86_400)
    assert len(executions(fleet, made)) == 2


def test_it_is_applied_once_more_if_somebody_asks(fleet: Aws):
    made = make(fleet)
    fleet.wait(600)
    fleet.ssm.start_associations_once(AssociationIds=[made])
    assert [each["Status"] for each in executions(fleet, made)] == ["InProgress", "Success"]


def test_associations_are_listed_with_how_they_went(fleet: Aws):
    made = make(fleet, AssociationName="legacy")
    make(fleet, AssociationName="other", Targets=[{"Key": "tag:strata:service", "Values": ["api"]}])
    fleet.wait(600)
    wanted = [{"key": "AssociationName", "value": "legacy"}]
    (found,) = fleet.ssm.list_associations(AssociationFilterList=wanted)["Associations"]
    assert (found["AssociationId"], found["Overview"]["Status"]) == (made, "Success")
    assert len(fleet.ssm.list_associations()["Associations"]) == 2


def test_a_deleted_one_begins_on_no_further_server(fleet: Aws):
    make(fleet)
    (command,) = fleet.cloud.sent_commands.values()
    fleet.ssm.delete_association(AssociationId=next(iter(fleet.cloud.associations)))
    fleet.wait(600)
    assert fleet.ssm.list_associations()["Associations"] == []
    there = [each.details for each in command.invocations.values()]
    assert (there.count("Success"), there.count("Cancelled")) == (2, 6)


def test_an_execution_that_is_not_there_is_refused(fleet: Aws):
    with pytest.raises(ClientError, match="AssociationExecutionDoesNotExist"):
        fleet.ssm.describe_association_execution_targets(AssociationId=make(fleet), ExecutionId="0" * 36)


def test_a_rehearsal_looks_at_all_associations_and_at_servers_in_service(fleet: Aws):
    for number in range(60):
        make(fleet, AssociationName=f"changes-{number}", Targets=[])
    groups = [{"name": "web", "servers": [{"state": "InService"}, {"state": "Pending"}]}]
    found, sizes = look(fleet.ssm, {"groups": groups})
    assert len({each["AssociationId"] for each in found}) == 60
    assert sizes == {"web": 1}
