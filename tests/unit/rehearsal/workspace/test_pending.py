import importlib
import json
from typing import Any

from strata_rehearsal.workspace.stack_state import (
    IDENTIFIED_BY,
    describe_operations,
    pending_operations,
    read_created,
    settle_pending,
)

ROLE = "aws:iam/role:Role"
VPC = "aws:ec2/vpc:Vpc"


def resource(label: str, token: str = ROLE, /, **inputs: Any) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:dev::shop::{token}::{label}", "type": token, "inputs": inputs, "custom": True}


def deployment(*resources, **pending):
    operations = [{"type": kind, "resource": each} for kind, each in pending.items()]
    return {"manifest": {}, "resources": list(resources), "pending_operations": operations}


def test_a_creation_whose_id_is_an_input_is_taken_over_and_looked_at():
    role = resource("web", name="web-1a2b3c4")
    after, doubtful = settle_pending(deployment(creating=role), {})
    assert after["resources"] == [{**role, "id": "web-1a2b3c4", "outputs": {"name": "web-1a2b3c4"}}]
    assert after["pending_operations"] == []
    assert doubtful == [role["urn"]]


def test_a_creation_whose_id_the_plugin_noted_is_taken_over():
    vpc = resource("main", VPC, cidrBlock="10.0.0.0/16")
    after, doubtful = settle_pending(deployment(creating=vpc), {vpc["urn"]: "vpc-1"})
    assert [each["id"] for each in after["resources"]] == ["vpc-1"]
    assert doubtful == [vpc["urn"]]


def test_a_creation_whose_id_nobody_knows_is_forgotten():
    vpc = resource("main", VPC)
    assert settle_pending(deployment(creating=vpc), {}) == (deployment() | {"pending_operations": []}, [])


def test_a_creation_that_was_to_replace_a_resource_leaves_that_as_it_is():
    old, new = resource("web", name="old"), resource("web", name="new")
    after, doubtful = settle_pending(deployment(old, creating=new), {})
    assert after["resources"] == [old]
    assert doubtful == [old["urn"]]


def test_what_was_being_changed_or_deleted_is_looked_at():
    role, vpc = resource("web", name="web"), resource("main", VPC)
    after, doubtful = settle_pending(deployment(role, vpc, updating=role, deleting=vpc), {})
    assert after["resources"] == [role, vpc]
    assert doubtful == sorted([role["urn"], vpc["urn"]])


def test_a_deployment_is_not_changed_in_place():
    before = deployment(creating=resource("web", name="web"))
    copy = json.loads(json.dumps(before))
    settle_pending(before, {})
    assert before == copy


def test_an_identity_that_is_secret_or_missing_is_not_one():
    for inputs in ({}, {"name": {"4dabf18193072939515e22adb298388d": "..."}}, {"name": ""}):
        assert settle_pending(deployment(creating=resource("web", **inputs)), {})[1] == []


def test_every_type_that_is_found_by_an_input_has_that_input():
    for token, name in IDENTIFIED_BY.items():
        _, module, kind = token.split(":")
        found = getattr(importlib.import_module(f"pulumi_aws.{module.split('/')[0]}"), kind)
        snake = "".join(f"_{each.lower()}" if each.isupper() else each for each in name)
        assert hasattr(found, snake), token


def test_notes_are_read_up_to_the_last_whole_line(tmp_path):
    file = tmp_path / "notes"
    assert read_created(file) == {}
    file.write_text('{"urn": "a", "id": "1"}\n{"urn": "b", "id": "2"}\n{"urn": "c", "i')
    assert read_created(file) == {"a": "1", "b": "2"}


def test_a_few_operations_are_named_and_the_rest_is_counted():
    operations = pending_operations(
        {"pending_operations": [{"type": "creating", "resource": resource(n)} for n in "abcde"]}
    )
    assert describe_operations(operations) == "creating a, creating b, creating c, 2 more"
    assert describe_operations(operations[:3]) == "creating a, creating b, creating c"
