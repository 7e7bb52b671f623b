"""What counts as taking protection away: a case for every row of the table, and what is none."""

import json
from typing import Any

import pytest

from strata.guard.plan import UNKNOWN, Change, read_plan
from strata.guard.weakening import TABLE, weakenings
from strata.spectrum import MUTABILITY_TAG
from tests.unit.guard.plans import printed, read, step

NOBODY = json.dumps({"Statement": []})
ANYBODY = json.dumps({"Statement": [{"Effect": "Allow", "Action": "*", "Principal": "*", "Resource": "*"}]})

SHORTER = {
    # rules of a bucket's lifecycle, and of a backup plan
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (
        [{"id": "old", "status": "Enabled", "noncurrentVersionExpiration": {"noncurrentDays": 90}}],
        [{"id": "old", "status": "Enabled", "noncurrentVersionExpiration": {"noncurrentDays": 30}}],
    ),
    "aws:backup/plan:Plan": (
        [{"ruleName": "daily", "lifecycle": {"deleteAfter": 35}}],
        [{"ruleName": "daily", "lifecycle": {"deleteAfter": 7}}],
    ),
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": ([{"id": "a"}, {"id": "b"}], [{"id": "a"}]),
}

VALUES = {
    # the better value, the worse value, by what a row calls the worse one
    "goes off": (True, False),
    "goes on": (False, True),
    "fewer days": (30, 7),
    "more days": (30, 90),
    "policy": (NOBODY, ANYBODY),
    "replicas": ([{"region": "eu-west-1"}], []),
}

SPECIAL = {
    "deletionProtection": {"aws:cognito/userPool:UserPool": ("ACTIVE", "INACTIVE")},
    "imageTagMutability": {"": ("IMMUTABLE", "MUTABLE")},
    "backupPolicy.status": {"": ("ENABLED", "DISABLED")},
    "protection.replicationOverwrite": {"": ("ENABLED", "DISABLED")},
    "protocol": {"": ("HTTPS", "HTTP")},
    "rule.defaultRetention.mode": {"": ("COMPLIANCE", "GOVERNANCE")},
    "rule.objectOwnership": {"": ("BucketOwnerEnforced", "ObjectWriter")},
    "versioningConfiguration.status": {"": ("Enabled", "Suspended")},
    "versioningConfiguration.mfaDelete": {"": ("Enabled", "Disabled")},
    "permissionsBoundary": {"": ("arn:aws:iam::123456789012:policy/b", None)},
    "rotationLambdaArn": {"": ("arn:aws:lambda:eu-west-1:123456789012:function:f", None)},
    "redrivePolicy": {"": ("{}", "")},
    "rules.applyServerSideEncryptionByDefault.kmsMasterKeyId": {"": ("key", None)},
}


def pair(token: str, path: str) -> tuple[Any, Any]:
    """A better and a worse value of an input."""
    if path in SPECIAL:
        found = SPECIAL[path].get(token) or SPECIAL[path].get("")
        if found:
            return found
    if path == "rules":
        return SHORTER[token]
    if path in {"policy", "replicas"}:
        return VALUES[path]
    (row,) = [each for each in TABLE[token] if each.path == path]
    return next(values for values in VALUES.values() if row.weaker(*values) and not isinstance(values[0], list | str))


def nested(path: str, value: Any) -> dict[str, Any]:
    for part in reversed(path.split(".")):
        value = {part: value}
    return value


ROWS = [(token, row.path) for token, rows in TABLE.items() for row in rows]


def changed(token: str, old: dict[str, Any], new: dict[str, Any]) -> Change:
    return read(step("update", token, old=old, new=new)).changes[0]


@pytest.mark.parametrize("token,path", ROWS)
def test_a_protection_that_goes_is_seen(token: str, path: str):
    better, worse = pair(token, path)
    told = weakenings(changed(token, nested(path, better), nested(path, worse)))
    (row,) = [each for each in TABLE[token] if each.path == path]
    assert told == [row.says]


@pytest.mark.parametrize("token,path", ROWS)
def test_a_protection_that_comes_is_none(token: str, path: str):
    better, worse = pair(token, path)
    assert weakenings(changed(token, nested(path, worse), nested(path, better))) == []
    assert weakenings(changed(token, nested(path, better), {**nested(path, better), "tags": {"a": "b"}})) == []


@pytest.mark.parametrize("token,path", ROWS)
def test_a_value_that_cannot_be_seen_counts_as_the_worst(token: str, path: str):
    better, _ = pair(token, path)
    (told,) = weakenings(changed(token, nested(path, better), nested(path, UNKNOWN)))
    assert told.endswith("perhaps: its value cannot be seen")


@pytest.mark.parametrize(
    "kind,old,new",
    [
        ("database", {"deletionProtection": True}, {}),
        ("database", {"deleteAutomatedBackups": False}, {}),
        ("key", {"deletionWindowInDays": 30}, {"deletionWindowInDays": 7}),
        ("key", {}, {"isEnabled": False}),
        ("key", {}, {"deletionWindowInDays": 7}),
        ("aws:secretsmanager/secret:Secret", {}, {"recoveryWindowInDays": 0}),
        ("aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 0}, {"retentionInDays": 30}),
        ("aws:kinesis/stream:Stream", {"retentionPeriod": 48}, {}),
        ("aws:s3/bucketV2:BucketV2", {}, {"forceDestroy": True}),
    ],
)
def test_an_input_that_is_not_said_counts_as_the_providers_default(kind: str, old: dict[str, Any], new: dict[str, Any]):
    assert len(weakenings(changed(kind, old, new))) == 1


@pytest.mark.parametrize("path", ["backupRetentionPeriod", "multiAz"])
def test_an_input_that_the_provider_keeps_changes_nothing_when_it_is_no_longer_said(path: str):
    assert weakenings(changed("database", {path: 30}, {})) == []


def test_what_aws_has_counts_where_the_program_did_not_say_it():
    made = step("update", "database", old={}, new={"backupRetentionPeriod": 1}, outputs={"backupRetentionPeriod": 7})
    assert weakenings(read(made).changes[0]) == ["backups are kept for a shorter time"]


def test_a_secret_that_changes_cannot_be_seen_either():
    made = step("update", "key", old={"policy": "[secret]"}, new={"policy": "[secret]"})
    assert weakenings(read({**made, "diffReasons": ["description"]}).changes[0]) == []
    (told,) = weakenings(read({**made, "diffReasons": ["policy"]}).changes[0])
    assert "cannot be seen" in told


@pytest.mark.parametrize("option", ["protect", "retainOnDelete"])
@pytest.mark.parametrize("op", ["same", "update"])
def test_options_that_go_are_seen_also_where_nothing_else_changes(op: str, option: str):
    assert len(weakenings(read(step(op, "vpc", was={option: True}, becomes={})).changes[0])) == 1
    assert weakenings(read(step(op, "vpc", was={}, becomes={option: True})).changes[0]) == []


@pytest.mark.parametrize(
    "kind,old,new,seen",
    [
        ("database", "controlled", "replaced", True),
        ("database", "controlled", "stable", False),
        ("database", "rebuildable", "controlled", False),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "stable", "replaced", False),
        ("vpc", "stable", "versioned", True),
    ],
)
def test_a_tag_cannot_be_used_to_slip_away_from_what_the_type_is(kind: str, old: str, new: str, seen: bool):
    change = changed(kind, {"tags": {MUTABILITY_TAG: old}}, {"tags": {MUTABILITY_TAG: new}})
    assert bool(weakenings(change)) is seen


@pytest.mark.parametrize("op", ["create", "delete"])
def test_what_is_made_or_goes_weakens_nothing(op: str):
    made = read_plan(printed(step(op, "aws:s3/bucket:Bucket", old={"forceDestroy": True})))
    assert weakenings(made.changes[0]) == []


def rules(*each: dict[str, Any]) -> dict[str, Any]:
    return {"rules": [{"id": str(at), "status": "Enabled", **rule} for at, rule in enumerate(each)]}


@pytest.mark.parametrize(
    "old,new,seen",
    [
        (rules(), rules({"expiration": {"days": 30}}), True),
        (rules({"expiration": {"days": 30}}), rules(), False),
        (rules({"expiration": {"days": 30}}), rules({"expiration": {"days": 60}}), False),
        (rules({"expiration": {"days": 30}}), rules({"expiration": {"date": "2026-01-01"}}), True),
        (rules({}), rules({"expiration": {"expiredObjectDeleteMarker": True}}), False),
        (rules({}), rules({"expiration": {"days": 1}, "status": "Disabled"}), False),
        (rules({}), rules({"transitions": [{"days": 1}]}), False),
        (rules({}), rules({"expiration": UNKNOWN}), True),
    ],
)
def test_a_lifecycle_that_expires_sooner_is_seen(old: dict[str, Any], new: dict[str, Any], seen: bool):
    token = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    assert bool(weakenings(changed(token, old, new))) is seen


@pytest.mark.parametrize(
    "old,new,seen",
    [
        ([{"ruleName": "a"}], [{"ruleName": "a", "lifecycle": {"deleteAfter": 30}}], True),
        ([{"ruleName": "a", "lifecycle": {"deleteAfter": 30}}], [{"ruleName": "a"}], False),
        ([{"ruleName": "a"}, {"ruleName": "b"}], [{"ruleName": "a"}], True),
        ([{"ruleName": "a"}], [{"ruleName": "a"}, {"ruleName": "b"}], False),
    ],
)
def test_a_backup_plan_that_keeps_less_is_seen(old: Any, new: Any, seen: bool):
    assert bool(weakenings(changed("aws:backup/plan:Plan", {"rules": old}, {"rules": new}))) is seen
