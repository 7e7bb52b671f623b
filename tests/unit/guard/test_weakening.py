"""What counts as taking protection away: a case for every row of the table, and what is none."""

import json
from typing import Any

import pytest

from strata.guard.weakening import weakenings
from strata.resources.protections.additions import ADDED
from strata.resources.protections.by_type import TABLE
from strata.resources.wire import UNKNOWN
from strata.spectrum import MUTABILITY_TAG
from tests.unit.guard.plans import read, step

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
    "aws:s3/bucket:Bucket": (
        [{"id": "old", "enabled": True, "noncurrentVersionExpiration": {"days": 90}}],
        [{"id": "old", "enabled": True, "noncurrentVersionExpiration": {"days": 30}}],
    ),
    "aws:s3/bucketV2:BucketV2": (
        [{"id": "old", "enabled": True, "noncurrentVersionExpirations": [{"days": 90}]}],
        [{"id": "old", "enabled": True, "noncurrentVersionExpirations": [{"days": 30}]}],
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

GRANT = {"grantee": {"id": "another", "type": "CanonicalUser"}, "permission": "READ"}

SPECIAL = {
    "accessControlPolicy": {"": ({"owner": {"id": "me"}, "grants": []}, {"owner": {"id": "me"}, "grants": [GRANT]})},
    "accessPolicies": {"": (NOBODY, ANYBODY)},
    "acl": {"": ("private", "public-read")},
    "grants": {"": ([], [{"id": "another", "permissions": ["READ"]}])},
    "policyDetails.schedules": {
        "": ([{"name": "a", "retainRule": {"count": 14}}], [{"name": "a", "retainRule": {"count": 1}}])
    },
    "policyDetails.targetTags": {"": ({"backup": "daily", "data": "yes"}, {"backup": "daily"})},
    "resourceTypeOptInPreference": {"": ({"RDS": True, "EFS": True}, {"RDS": True, "EFS": False})},
    "sharedAccounts": {"": ([], ["all"])},
    "state": {"": ("ENABLED", "DISABLED")},
    "policy": {
        "aws:ecr/lifecyclePolicy:LifecyclePolicy": ('{"rules": []}', '{"rules": [{"rulePriority": 1}]}'),
    },
    "deletionProtection": {"aws:cognito/userPool:UserPool": ("ACTIVE", "INACTIVE")},
    "replicationConfiguration.rules": {"": ([{"destinations": [{"region": "eu-west-1"}]}], [])},
    "imageTagMutability": {"": ("IMMUTABLE", "MUTABLE")},
    "imageTagMutabilityExclusionFilters": {"": ([], [{"filter": "dev-*", "filterType": "WILDCARD"}])},
    "backupPolicy.status": {"": ("ENABLED", "DISABLED")},
    "protection.replicationOverwrite": {"": ("ENABLED", "DISABLED")},
    "retentionPolicy.homeEfsFileSystem": {"": ("Retain", "Delete")},
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
    if path in {"rules", "lifecycleRules"}:
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


def taken(*steps: dict[str, Any]) -> list[str]:
    """What the first change of a plan takes away."""
    plan = read(*steps)
    return weakenings(plan.changes[0], plan)


def taken_by(token: str, old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What an update takes away."""
    return taken(step("update", token, old=old, new=new))


@pytest.mark.parametrize("token,path", ROWS)
def test_a_protection_that_goes_is_seen(token: str, path: str):
    better, worse = pair(token, path)
    told = taken_by(token, nested(path, better), nested(path, worse))
    (row,) = [each for each in TABLE[token] if each.path == path]
    assert told == [row.weakened]


@pytest.mark.parametrize("token,path", ROWS)
def test_a_protection_that_comes_is_none(token: str, path: str):
    better, worse = pair(token, path)
    assert taken_by(token, nested(path, worse), nested(path, better)) == []
    assert taken_by(token, nested(path, better), {**nested(path, better), "tags": {"a": "b"}}) == []


@pytest.mark.parametrize("token,path", ROWS)
def test_a_value_that_cannot_be_seen_counts_as_the_worst(token: str, path: str):
    better, _ = pair(token, path)
    (told,) = taken_by(token, nested(path, better), nested(path, UNKNOWN))
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
    assert len(taken_by(kind, old, new)) == 1


@pytest.mark.parametrize("path", ["backupRetentionPeriod", "multiAz"])
def test_an_input_that_the_provider_keeps_changes_nothing_when_it_is_no_longer_said(path: str):
    assert taken_by("database", {path: 30}, {}) == []


def test_what_aws_has_counts_where_the_program_did_not_say_it():
    made = step("update", "database", old={}, new={"backupRetentionPeriod": 1}, outputs={"backupRetentionPeriod": 7})
    assert taken(made) == ["backups are kept for a shorter time"]


def test_a_secret_that_changes_cannot_be_seen_either():
    made = step("update", "key", old={"policy": "[secret]"}, new={"policy": "[secret]"})
    assert taken({**made, "diffReasons": ["description"]}) == []
    (told,) = taken({**made, "diffReasons": ["policy"]})
    assert "cannot be seen" in told


@pytest.mark.parametrize("option", ["protect", "retainOnDelete"])
@pytest.mark.parametrize("op", ["same", "update"])
def test_options_that_go_are_seen_also_where_nothing_else_changes(op: str, option: str):
    assert len(taken(step(op, "vpc", was={option: True}, becomes={}))) == 1
    assert taken(step(op, "vpc", was={}, becomes={option: True})) == []


@pytest.mark.parametrize(
    "kind,old,new,seen",
    [
        ("database", "controlled", "replaced", True),
        ("database", "controlled", "stable", False),
        ("database", "rebuildable", "controlled", False),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "stable", "replaced", True),
        ("vpc", "stable", "versioned", True),
        ("parameter", "rotated", "controlled", True),
        ("group", "versioned", "replaced", True),
    ],
)
def test_a_tag_cannot_be_used_to_slip_away_from_what_the_type_is(kind: str, old: str, new: str, seen: bool):
    told = taken_by(kind, {"tags": {MUTABILITY_TAG: old}}, {"tags": {MUTABILITY_TAG: new}})
    assert bool(told) is seen


@pytest.mark.parametrize("op", ["create", "delete"])
def test_what_stands_by_itself_weakens_nothing_when_it_is_made_or_goes(op: str):
    assert taken(step(op, "aws:s3/bucket:Bucket", old={"forceDestroy": True})) == []


NAMED = "files-1a2b3c4"
WITHOUT = {
    # what takes away by being added, and what does not
    "aws:backup/vaultPolicy:VaultPolicy": ({"policy": ANYBODY}, {"policy": NOBODY}),
    "aws:dynamodb/resourcePolicy:ResourcePolicy": ({"policy": ANYBODY}, {"policy": NOBODY}),
    "aws:ecrpublic/repositoryPolicy:RepositoryPolicy": ({"policy": ANYBODY}, {"policy": NOBODY}),
    "aws:elasticsearch/domainPolicy:DomainPolicy": ({"accessPolicies": ANYBODY}, {"accessPolicies": NOBODY}),
    "aws:kms/keyPolicy:KeyPolicy": ({"policy": ANYBODY}, {"policy": NOBODY}),
    "aws:opensearch/domainPolicy:DomainPolicy": ({"accessPolicies": ANYBODY}, {"accessPolicies": NOBODY}),
    "aws:s3/bucketAcl:BucketAcl": ({"acl": "public-read"}, {"acl": "private"}),
    "aws:s3/bucketVersioning:BucketVersioning": (
        {"versioningConfiguration": {"status": "Suspended"}},
        {"versioningConfiguration": {"status": "Enabled"}},
    ),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": (
        {"policy": json.dumps({"rules": [{"rulePriority": 1}]})},
        {"policy": json.dumps({"rules": []})},
    ),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": ({"policy": ANYBODY}, {"policy": NOBODY}),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (
        {"rules": [{"status": "Enabled", "expiration": {"days": 3650}}]},
        {"rules": [{"status": "Enabled", "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}}]},
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": (
        {"rule": {"objectOwnership": "ObjectWriter"}},
        {"rule": {"objectOwnership": "BucketOwnerEnforced"}},
    ),
    "aws:s3/bucketPolicy:BucketPolicy": ({"policy": ANYBODY}, {"policy": NOBODY}),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": (
        {"blockPublicAcls": True, "blockPublicPolicy": True, "ignorePublicAcls": True},
        {"blockPublicAcls": True, "blockPublicPolicy": True, "ignorePublicAcls": True, "restrictPublicBuckets": True},
    ),
    "aws:secretsmanager/secretPolicy:SecretPolicy": ({"policy": ANYBODY}, {"policy": NOBODY}),
}


def added(token: str, inputs: dict[str, Any], name: str = NAMED, op: str = "create") -> dict[str, Any]:
    return step(op, token, old={ADDED[token].input: name, **inputs})


def test_every_addition_has_a_case():
    assert WITHOUT.keys() == ADDED.keys() <= TABLE.keys()


@pytest.mark.parametrize("token", ADDED)
def test_an_addition_to_what_is_there_can_take_away(token: str):
    worse, better = WITHOUT[token]
    (told,) = taken(added(token, worse), step("same", ADDED[token].to))
    assert told in {row.weakened for row in TABLE[token]}
    assert taken(added(token, better)) == []


@pytest.mark.parametrize("token", ADDED)
def test_an_addition_to_what_is_not_in_the_plan_counts_as_one_to_what_is_there(token: str):
    assert taken(added(token, WITHOUT[token][0])) != []


@pytest.mark.parametrize("token", ADDED)
def test_an_addition_that_cannot_be_seen_counts_as_the_worst(token: str):
    path = TABLE[token][0].path.partition(".")[0]
    (told,) = taken(added(token, {**WITHOUT[token][1], path: UNKNOWN}))
    assert told.endswith("perhaps: its value cannot be seen")


@pytest.mark.parametrize("token", ADDED)
def test_what_is_made_together_takes_nothing_away(token: str):
    worse, _ = WITHOUT[token]
    assert taken(added(token, worse, name=UNKNOWN), step("create", ADDED[token].to)) == []
    assert taken(added(token, worse), step("create", ADDED[token].to, old={"bucket": NAMED})) == []
    assert taken(added(token, worse), step("create", ADDED[token].to, old={"bucket": "another"})) != []


@pytest.mark.parametrize("token", ADDED)
def test_a_name_that_is_made_to_look_unknown_is_not_that_of_something_new(token: str):
    """Whatever a program computes from a resource that is yet to be made cannot be seen in a plan."""
    beside = step("create", "aws:ssm/parameter:Parameter", "beside")
    assert taken(added(token, WITHOUT[token][0], name=UNKNOWN), beside) != []


ROOT = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
    "Action": "kms:*",
    "Resource": "*",
}


def test_a_key_gets_a_policy_of_its_own_that_grants_no_more_than_the_one_it_had():
    key = step("same", "key", "k", outputs={"keyId": NAMED, "policy": json.dumps({"Statement": [ROOT]})})
    policy = "aws:kms/keyPolicy:KeyPolicy"
    assert taken(added(policy, {"policy": json.dumps({"Statement": [ROOT]})}), key) == []
    foreign = {**ROOT, "Principal": {"AWS": "arn:aws:iam::999999999999:root"}}
    for wider in ({**ROOT, "Principal": "*"}, {**ROOT, "Principal": {"AWS": "*"}}, foreign):
        assert taken(added(policy, {"policy": json.dumps({"Statement": [ROOT, wider]})}), key) != [], wider


@pytest.mark.parametrize("token", ADDED)
def test_an_import_takes_nothing_away(token: str):
    assert taken(added(token, WITHOUT[token][0], op="import")) == []


LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"


def rules(*each: dict[str, Any]) -> dict[str, Any]:
    return {"rules": [{"id": str(at), "status": "Enabled", **rule} for at, rule in enumerate(each)]}


def old_versions(days: int, spared: int | None = None) -> dict[str, Any]:
    kept = {} if spared is None else {"newerNoncurrentVersions": spared}
    return rules({"noncurrentVersionExpiration": {"noncurrentDays": days, **kept}})


def only(reach: Any) -> dict[str, Any]:
    return rules({"expiration": {"days": 30}, "filter": reach})


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
        # a bridged provider leaves notes among what the program said
        (rules({}), rules({"expiration": {"__defaults": [], "expiredObjectDeleteMarker": True}}), False),
        # fewer old versions are spared
        (old_versions(30, spared=10), old_versions(30, spared=10), False),
        (old_versions(30, spared=10), old_versions(30, spared=9), True),
        (old_versions(30, spared=10), old_versions(30), True),
        (old_versions(30), old_versions(30, spared=1), False),
        # the same age for more objects
        (only({"prefix": "tmp/"}), only({"prefix": "tmp/"}), False),
        (only({"prefix": "tmp/"}), only({"prefix": ""}), True),
        (only({"prefix": "tmp/"}), only({"prefix": "t"}), True),
        (only({"prefix": "tmp/"}), only({"prefix": "tmp/old/"}), False),
        (only({"prefix": ""}), only({"prefix": "tmp/"}), False),
        (only({"prefix": "tmp/"}), only({"prefix": UNKNOWN}), True),
        (only({"prefix": "tmp/"}), only({"tag": {"key": "a", "value": "b"}}), True),
        (only({"prefix": "tmp/"}), only({"and": {"prefix": "tmp/", "tags": {"a": "b"}}}), False),
        (only({"and": {"prefix": "tmp/", "tags": {"a": "b"}}}), only({"prefix": "tmp/"}), True),
        (only({"prefix": "tmp/"}), only(UNKNOWN), True),
    ],
)
def test_a_lifecycle_that_expires_sooner_is_seen(old: dict[str, Any], new: dict[str, Any], seen: bool):
    assert bool(taken_by(LIFECYCLE, old, new)) is seen


@pytest.mark.parametrize(
    "old,new,seen",
    [
        ([], [{"id": "a", "enabled": True, "expiration": {"days": 30}}], True),
        ([], [{"id": "a", "enabled": False, "expiration": {"days": 30}}], False),
        (
            [{"id": "a", "enabled": True, "noncurrentVersionExpiration": {"days": 30}}],
            [{"id": "a", "enabled": True, "noncurrentVersionExpiration": {"days": 7}}],
            True,
        ),
        (
            [{"id": "a", "enabled": True, "prefix": "tmp/", "expiration": {"days": 30}}],
            [{"id": "a", "enabled": True, "expiration": {"days": 30}}],
            True,
        ),
        ([{"id": "a", "enabled": True, "expiration": {"days": 30}}], [], False),
    ],
)
def test_a_bucket_that_has_its_lifecycle_in_itself_is_read_too(old: Any, new: Any, seen: bool):
    assert bool(taken_by("bucket", {"lifecycleRules": old}, {"lifecycleRules": new})) is seen


def images(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"policy": json.dumps({"rules": list(rules)})}


SPARED = {"rulePriority": 1, "selection": {"tagPrefixList": ["kept-"], "countNumber": 1000}}
KEEP_TEN = {"rulePriority": 1, "selection": {"tagStatus": "any", "countNumber": 10}, "action": {"type": "expire"}}

KEEP_TEN_OTHERS = {**KEEP_TEN, "rulePriority": 2}


@pytest.mark.parametrize(
    "old,new,seen",
    [
        (images(KEEP_TEN), images({**KEEP_TEN, "description": "the last ten"}), False),
        (images(KEEP_TEN), images({**KEEP_TEN, "selection": {"tagStatus": "any", "countNumber": 2}}), True),
        (images(KEEP_TEN), images(), False),
        # what the first rule claimed is the second one's now
        (images(SPARED, KEEP_TEN_OTHERS), images(KEEP_TEN_OTHERS), True),
        (images(SPARED, KEEP_TEN_OTHERS), images(SPARED), False),
        (images(SPARED, KEEP_TEN_OTHERS), images(KEEP_TEN, {**SPARED, "rulePriority": 2}), True),
        (images(SPARED, KEEP_TEN_OTHERS), images(KEEP_TEN_OTHERS, SPARED), False),
        (images(KEEP_TEN), {"policy": "no JSON"}, True),
        (images(KEEP_TEN), {"policy": json.dumps({"rules": 3})}, True),
    ],
)
def test_a_registry_that_lets_other_images_expire_is_seen(old: dict[str, Any], new: dict[str, Any], seen: bool):
    assert bool(taken_by("aws:ecr/lifecyclePolicy:LifecyclePolicy", old, new)) is seen


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
    assert bool(taken_by("aws:backup/plan:Plan", {"rules": old}, {"rules": new})) is seen


def at(schedule: str | None, **more: Any) -> list[dict[str, Any]]:
    return [{"ruleName": "a", **({"schedule": schedule} if schedule else {}), **more}]


DAILY, NEVER = "cron(0 5 ? * * *)", "cron(0 5 30 2 ? *)"


@pytest.mark.parametrize(
    "old,new,seen",
    [
        (at(DAILY), at("cron(0 5 1 1 ? 2099)"), True),
        (at(DAILY), at(NEVER), True),
        (at(DAILY), at("cron(0 5 ? * 1 *)"), True),
        (at(DAILY), at("cron(0 5 ? * MON-FRI *)"), True),
        (at("cron(0 5 ? * 2-6 *)"), at("cron(0 5 ? * MON-FRI *)"), False),
        (at("cron(0 5 L * ? *)"), at("cron(0 5 1 * ? *)"), True),
        (at("cron(0 5 L * ? *)"), at("cron(0 5 L * ? *)", lifecycle={"deleteAfter": 9999}), True),
        (at("cron(0 5 L * ? *)"), at("cron(0 5 L * ? *)"), False),
        (at(DAILY), at("cron(30 6 ? * * *)"), False),
        (at(DAILY), at("cron(0 * ? * * *)"), False),
        (at("cron(0 * ? * * *)"), at(DAILY), True),
        (at("cron(0 5 ? * * 2099)"), at(DAILY), False),
        (at(DAILY), at("rate(1 day)"), False),
        (at(DAILY), at("rate(2 days)"), True),
        (at(DAILY), at(UNKNOWN), True),
        # AWS Backup runs a rule without a schedule every morning
        (at(None), at("cron(0 5 1 * ? *)"), True),
        (at("cron(0 5 1 * ? *)"), at(None), False),
        (at(DAILY, enableContinuousBackup=True), at(DAILY), True),
        (at(DAILY), at(DAILY, enableContinuousBackup=True), False),
    ],
)
def test_backups_that_are_made_less_often_or_never_again_are_seen(old: Any, new: Any, seen: bool):
    """The schedule of a backup plan was moved to 2099, and passed."""
    assert bool(taken_by("aws:backup/plan:Plan", {"rules": old}, {"rules": new})) is seen


def snapshots(interval: int = 24, name: str = "a", **more: Any) -> list[dict[str, Any]]:
    return [{"name": name, "createRule": {"interval": interval, "intervalUnit": "HOURS"}, **more}]


def cron(text: str) -> list[dict[str, Any]]:
    return [{"name": "a", "createRule": {"cronExpression": text}}]


@pytest.mark.parametrize(
    "old,new,seen",
    [
        (snapshots(), [], True),
        (snapshots(), snapshots(name="b"), True),
        (snapshots(), [*snapshots(), *snapshots(name="b")], False),
        (snapshots(12), snapshots(24), True),
        (snapshots(24), snapshots(12), False),
        (snapshots(retainRule={"count": 14}), snapshots(retainRule={"count": 7}), True),
        (snapshots(retainRule={"count": 7}), snapshots(retainRule={"count": 14}), False),
        (
            snapshots(retainRule={"interval": 1, "intervalUnit": "MONTHS"}),
            snapshots(retainRule={"interval": 7, "intervalUnit": "DAYS"}),
            True,
        ),
        (snapshots(), [{"name": "a", "createRule": UNKNOWN}], True),
        (snapshots(retainRule={"count": 7}), snapshots(retainRule=UNKNOWN), True),
        (snapshots(24), cron("cron(0 5 1 1 ? *)"), True),
        (snapshots(24), cron(DAILY), False),
        (cron(DAILY), cron(NEVER), True),
        (cron(DAILY), cron("cron(0 6 ? * * *)"), False),
    ],
)
def test_snapshots_that_are_made_or_kept_less_are_seen(old: Any, new: Any, seen: bool):
    details = [{"policyDetails": {"schedules": each}} for each in (old, new)]
    assert bool(taken_by("aws:dlm/lifecyclePolicy:LifecyclePolicy", *details)) is seen


EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"


def granted(*grants: tuple[dict[str, str], str]) -> dict[str, Any]:
    each = [{"grantee": {"type": "CanonicalUser", **who}, "permission": what} for who, what in grants]
    return {"accessControlPolicy": {"owner": {"id": "me"}, "grants": each}}


@pytest.mark.parametrize(
    "old,new,seen",
    [
        ({"acl": "private"}, {"acl": "public-read"}, True),
        ({}, {"acl": "public-read"}, True),
        ({"acl": "public-read"}, {"acl": "public-read-write"}, True),
        ({"acl": "public-read-write"}, {"acl": "authenticated-read"}, False),
        ({"acl": "public-read"}, {}, False),
        ({"acl": "public-read"}, {"acl": "log-delivery-write"}, True),
        ({"acl": "private"}, {"acl": "bucket-owner-full-control"}, False),
        ({"acl": "private"}, {"acl": "a-new-word"}, True),
        ({"acl": "private"}, granted(({"id": "me"}, "FULL_CONTROL")), False),
        ({"acl": "private"}, granted(({"uri": EVERYBODY}, "READ")), True),
        (granted(({"id": "b"}, "FULL_CONTROL")), granted(({"id": "b"}, "READ")), False),
        (granted(({"id": "b"}, "READ")), granted(({"id": "b"}, "WRITE")), True),
    ],
)
@pytest.mark.parametrize("token", ["aws:s3/bucketAcl:BucketAcl", "aws:s3/bucketAclV2:BucketAclV2"])
def test_a_bucket_that_is_opened_to_others_is_seen(token: str, old: Any, new: Any, seen: bool):
    assert bool(taken_by(token, old, new)) is seen


def test_snapshots_of_nothing_that_is_tagged_are_seen():
    details = [{"policyDetails": {"targetTags": {"backup": word}}} for word in ("daily", "never")]
    assert taken_by("aws:dlm/lifecyclePolicy:LifecyclePolicy", *details) != []


REPOSITORY = "aws:ecr/repository:Repository"
FIXED = ["IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION", "MUTABLE", None]


@pytest.mark.parametrize("old,new", [(old, new) for old in FIXED for new in FIXED])
def test_tags_of_images_move_more_easily_in_steps(old: str | None, new: str | None):
    weaker = FIXED.index(new) > FIXED.index(old) and (old or "MUTABLE") != (new or "MUTABLE")
    told = taken_by(REPOSITORY, {"imageTagMutability": old}, {"imageTagMutability": new})
    assert told == (["tags of images can be moved"] if weaker else [])


def test_an_exception_that_comes_with_an_immutable_repository_is_told_once():
    exception = [{"filter": "dev-*", "filterType": "WILDCARD"}]
    loose = {"imageTagMutability": "IMMUTABLE_WITH_EXCLUSION", "imageTagMutabilityExclusionFilters": exception}
    assert taken_by(REPOSITORY, {"imageTagMutability": "IMMUTABLE"}, loose) == ["tags of images can be moved"]
    assert taken_by(REPOSITORY, loose, {"imageTagMutability": "IMMUTABLE"}) == []
