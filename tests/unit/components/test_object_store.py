"""A bucket as it is registered."""

import json
from typing import Any

import pulumi
import pytest

from strata import ObjectStore, testing
from strata.errors import UsageError
from strata.settings.load import for_stage
from strata.settings.models import (
    LifecycleSettings,
    ObjectLockSettings,
    ObjectStoreSettings,
    StorageClass,
    TransitionSettings,
    Versioning,
)
from strata.stage import Stage

KEY = "arn:aws:kms:eu-west-1:123456789012:key/0f1e"
FULL = ObjectStoreSettings(object_lock=ObjectLockSettings(days=7))


def store(settings: ObjectStoreSettings | None = None, *, name: str = "uploads", **keywords: Any) -> testing.Graph:
    def program() -> None:
        made = ObjectStore(name, settings or ObjectStoreSettings(), **keywords)
        for kind, access in (("reader", made.reader), ("writer", made.writer), ("access", made.access)):
            pulumi.export(kind, {"statements": list(access.statements), "environment": dict(access.environment)})

    return testing.run(program)


def allowed(access: Any) -> set[str]:
    return {action for statement in access["statements"] for action in statement["Action"]}


def test_a_bucket_is_private_encrypted_versioned_and_owned():
    graph = store()
    bucket = graph.one("Bucket")
    assert "bucket" not in bucket.inputs, "Pulumi chooses the name: another account may have any other"
    assert bucket.inputs["forceDestroy"] is False
    (rule,) = graph.one("BucketServerSideEncryptionConfiguration").inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}
    assert graph.one("BucketVersioning").inputs["versioningConfiguration"] == {"status": "Enabled"}
    assert graph.one("BucketOwnershipControls").inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    block = graph.one("BucketPublicAccessBlock").inputs
    assert sorted(key for key, value in block.items() if value is True) == [
        "blockPublicAcls",
        "blockPublicPolicy",
        "ignorePublicAcls",
        "restrictPublicBuckets",
    ]


def test_the_bucket_answers_over_tls_only():
    (statement,) = json.loads(store().one("BucketPolicy").inputs["policy"])["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert len(statement["Resource"]) == 2


def test_a_key_encrypts_new_objects_and_its_use_is_part_of_the_access():
    graph = store(kms_key_arn=KEY)
    (rule,) = graph.one("BucketServerSideEncryptionConfiguration").inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}
    assert rule["bucketKeyEnabled"] is True
    assert allowed(graph.exports["reader"]) == {"s3:ListBucket", "s3:GetObject", "kms:Decrypt"}
    assert allowed(graph.exports["writer"]) >= {"kms:Decrypt", "kms:GenerateDataKey"}


def test_accesses_are_as_narrow_as_their_purpose_and_name_the_bucket():
    graph = store(name="report-files")
    bucket = graph.one("Bucket")
    reader, writer = graph.exports["reader"], graph.exports["writer"]
    assert graph.exports["access"] == reader
    assert allowed(reader) == {"s3:ListBucket", "s3:GetObject"}
    assert allowed(writer) - allowed(reader) == {"s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"}
    assert not any(action.endswith(("*", "Version")) for action in allowed(writer)), "old versions stay"
    assert reader["environment"].keys() == {"REPORT_FILES_BUCKET"}
    for statement in (*reader["statements"], *writer["statements"]):
        assert all(resource.startswith("arn:aws:s3:") for resource in statement["Resource"]), bucket


def test_the_lifecycle_says_what_the_settings_say():
    moves = (TransitionSettings(after_days=30), TransitionSettings(after_days=90, storage_class=StorageClass.GLACIER))
    lifecycle = LifecycleSettings(noncurrent_days=60, noncurrent_versions=3, expire_days=400, transitions=moves)
    (rule,) = store(ObjectStoreSettings(lifecycle=lifecycle)).one("BucketLifecycleConfiguration").inputs["rules"]
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 60, "newerNoncurrentVersions": 3}
    assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}
    assert rule["expiration"] == {"days": 400}
    assert rule["transitions"] == [
        {"days": 30, "storageClass": "STANDARD_IA"},
        {"days": 90, "storageClass": "GLACIER"},
    ]


def test_nothing_expires_unless_it_is_said():
    (rule,) = (
        store(ObjectStoreSettings(lifecycle=LifecycleSettings(noncurrent_days=None)))
        .one("BucketLifecycleConfiguration")
        .inputs["rules"]
    )
    assert rule.keys() == {"id", "status", "filter", "abortIncompleteMultipartUpload"}


def test_a_lock_is_in_governance_mode_and_comes_after_the_versions_it_locks():
    graph = store(FULL)
    lock = graph.one("BucketObjectLockConfiguration")
    assert lock.inputs["rule"] == {"defaultRetention": {"mode": "GOVERNANCE", "days": 7}}
    assert graph.one("BucketVersioning").urn in lock.options.depends_on
    assert "objectLockEnabled" not in graph.one("Bucket").inputs, "this input would replace the bucket"


def test_suspended_versioning_is_a_change_of_one_setting_in_place():
    before, after = store(), store(ObjectStoreSettings(versioning=Versioning.SUSPENDED))
    changed = [new.name for old, new in zip(before, after, strict=True) if old.inputs != new.inputs]
    assert changed == ["uploads-versioning"]
    assert after.one("BucketVersioning").inputs["versioningConfiguration"] == {"status": "Suspended"}


def test_access_logs_go_below_the_components_name():
    logging = store(logs_bucket="shop-logs").one("BucketLogging").inputs
    assert (logging["targetBucket"], logging["targetPrefix"]) == ("shop-logs", "uploads/")


@pytest.mark.parametrize("stage,protected", [(Stage.DEV, False), (Stage.STAGING, True), (Stage.PROD, True)])
def test_every_part_is_protected_where_the_stage_protects_data(stage: Stage, protected: bool):
    settings = for_stage(ObjectStoreSettings, stage, {"object_lock": ObjectLockSettings()})
    graph = store(settings, logs_bucket="shop-logs")
    parts = [it for it in graph if it.custom]
    assert len(parts) == 9
    assert {bool(it.options.protect) for it in parts} == {protected}
    assert graph.one("Bucket").inputs["forceDestroy"] is (stage is Stage.DEV)


def test_an_unknown_child_cannot_be_overridden():
    with pytest.raises(UsageError, match="unknown child 'buckt'"):
        store(overrides={"buckt": {}})
