"""Associations of State Manager, which the local AWS keeps and does not apply."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.rehearsal.cloud.conftest import Aws

STEP = {"name": "run", "action": "aws:runShellScript", "inputs": {"runCommand": ["true"]}}
TARGETS = [{"Key": "tag:aws:autoscaling:groupName", "Values": ["web"]}]


def document(seconds: int = 0) -> str:
    return json.dumps({"schemaVersion": "2.2", "mainSteps": [{**STEP, "inputs": {"runCommand": [f"sleep {seconds}"]}}]})


@pytest.fixture
def kept(aws: Aws) -> Aws:
    aws.ssm.create_document(Name="changes", Content=document(), DocumentType="Command")
    return aws


def asked(**changes: Any) -> dict[str, Any]:
    return {"Name": "changes", "Targets": TARGETS, "MaxConcurrency": "25%", "MaxErrors": "0", **changes}


def make(aws: Aws, **changes: Any) -> str:
    return aws.ssm.create_association(**asked(**changes))["AssociationDescription"]["AssociationId"]


def described(aws: Aws, identity: str) -> dict[str, Any]:
    return aws.ssm.describe_association(AssociationId=identity)["AssociationDescription"]


def refused(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"]


def test_what_is_asked_for_is_kept_and_nothing_has_begun(kept: Aws):
    found = described(kept, make(kept, DocumentVersion="1", ScheduleExpression="cron(0 3 ? * SUN *)"))
    assert (found["Name"], found["Targets"], found["MaxConcurrency"], found["MaxErrors"]) == (
        "changes",
        TARGETS,
        "25%",
        "0",
    )
    assert found["Overview"]["Status"] == "Pending"


def test_an_update_is_a_new_version_and_takes_away_what_it_does_not_say(kept: Aws):
    identity = make(kept, ScheduleExpression="cron(0 3 ? * SUN *)", ApplyOnlyAtCronInterval=True)
    kept.ssm.update_document(Name="changes", Content=document(7), DocumentVersion="$LATEST")
    kept.ssm.update_association(AssociationId=identity, Targets=TARGETS, DocumentVersion="2")
    found = described(kept, identity)
    assert (found["AssociationVersion"], found["DocumentVersion"]) == ("2", "2")
    assert "ScheduleExpression" not in found
    assert "MaxConcurrency" not in found
    assert found["ApplyOnlyAtCronInterval"] is False


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"Name": "nothing"}, "InvalidDocument"),
        ({"DocumentVersion": "7"}, "InvalidDocumentVersion"),
        ({"ScheduleExpression": "0 3 * * *"}, "InvalidSchedule"),
        ({"ApplyOnlyAtCronInterval": True}, "InvalidSchedule"),
        ({"ScheduleExpression": "rate(1 day)", "ApplyOnlyAtCronInterval": True}, "InvalidSchedule"),
    ],
)
def test_what_systems_manager_refuses_is_refused(kept: Aws, changes: dict[str, Any], code: str):
    assert refused(kept.ssm.create_association, **asked(**changes)) == code


def test_a_document_of_aws_is_there(kept: Aws):
    assert described(kept, make(kept, Name="AWS-RunPatchBaseline"))["Name"] == "AWS-RunPatchBaseline"


def test_tags_come_and_go(kept: Aws):
    identity = make(kept, Tags=[{"Key": "team", "Value": "shop"}])
    of = {"ResourceType": "Association", "ResourceId": identity}
    assert kept.ssm.list_tags_for_resource(**of)["TagList"] == [{"Key": "team", "Value": "shop"}]
    kept.ssm.remove_tags_from_resource(**of, TagKeys=["team"])
    assert kept.ssm.list_tags_for_resource(**of)["TagList"] == []


def test_one_that_was_deleted_is_gone(kept: Aws):
    identity = make(kept)
    kept.ssm.delete_association(AssociationId=identity)
    assert refused(kept.ssm.describe_association, AssociationId=identity) == "AssociationDoesNotExist"
    assert refused(kept.ssm.update_association, AssociationId=identity) == "AssociationDoesNotExist"
    of = {"ResourceType": "Association", "ResourceId": identity}
    assert refused(kept.ssm.list_tags_for_resource, **of) == "InvalidResourceId"
