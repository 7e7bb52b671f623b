"""Keys, secrets and certificates: how long they can be brought back, and what the program waits for."""

from datetime import UTC, datetime
from typing import Any

import pytest

from strata_rehearsal.plugin.operation_errors import AwsCallError, HalfMadeError
from strata_rehearsal.plugin.provider import Resources

from .conftest import ScriptedCloud, refused

KEY, ALIAS = "aws:kms/key:Key", "aws:kms/alias:Alias"
SECRET, ROTATION = "aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretRotation:SecretRotation"
CERTIFICATE, VALIDATION = "aws:acm/certificate:Certificate", "aws:acm/certificateValidation:CertificateValidation"
ARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:login-a1b2c3"
ISSUED = datetime(2026, 1, 1, tzinfo=UTC)


def ignore(_id: str) -> None:
    """Nobody keeps a journal here."""


@pytest.fixture
def kept(cloud: ScriptedCloud) -> ScriptedCloud:
    """A cloud with a key and a secret."""
    key = {"KeyId": "k-1", "Arn": "arn:key", "KeyState": "Enabled", "Enabled": True, "KeyUsage": "ENCRYPT_DECRYPT"}
    cloud.answers |= {
        "create_key": {"KeyMetadata": key},
        "describe_key": {"KeyMetadata": key},
        "get_key_rotation_status": {"KeyRotationEnabled": True},
        "get_key_policy": {"Policy": "{}"},
        "list_resource_tags": {"Tags": [{"TagKey": "a", "TagValue": "1"}]},
        "create_secret": {"ARN": ARN},
        "describe_secret": {"ARN": ARN, "Name": "login", "RotationEnabled": True, "RotationLambdaARN": "arn:lambda"},
        "rotate_secret": {"ARN": ARN},
    }
    return cloud


def test_a_key_is_made_then_tagged_and_told_to_renew_itself(kept) -> None:
    inputs = {"enableKeyRotation": True, "tags": {"a": "1"}}
    resource_id, outputs = Resources(kept).create(KEY, "k", inputs, ignore)
    assert (resource_id, outputs["keyId"], outputs["arn"]) == ("k-1", "k-1", "arn:key")
    assert kept.parameters("tag_resource") == {"KeyId": "k-1", "Tags": [{"TagKey": "a", "TagValue": "1"}]}
    assert kept.parameters("enable_key_rotation") == {"KeyId": "k-1", "RotationPeriodInDays": 365}
    assert outputs["tags"] == {"a": "1"}


@pytest.mark.parametrize("inputs, days", [({}, 30), ({"deletionWindowInDays": 7}, 7)])
def test_a_key_waits_for_its_deletion(kept, inputs, days) -> None:
    Resources(kept).delete(KEY, "k", "k-1", {}, inputs)
    assert kept.parameters("schedule_key_deletion") == {"KeyId": "k-1", "PendingWindowInDays": days}


@pytest.mark.parametrize("answer", [{"KeyMetadata": {"KeyState": "PendingDeletion"}}, refused("NotFoundException")])
def test_a_key_that_is_to_be_deleted_is_gone(kept, answer) -> None:
    kept.answers["describe_key"] = answer
    assert Resources(kept).read(KEY, "k", "k-1", {}, {}) is None


def test_a_key_that_renews_itself_no_more_is_told_so(kept) -> None:
    Resources(kept).update(KEY, "k", "k-1", {}, {"enableKeyRotation": True}, {"enableKeyRotation": False})
    assert "disable_key_rotation" in kept.operations()


def test_an_alias_keeps_the_programs_word_for_its_key(kept) -> None:
    kept.answers["list_aliases"] = {"Aliases": [{"AliasName": "alias/x", "AliasArn": "arn:x", "TargetKeyId": "k-1"}]}
    given = "arn:aws:kms:eu-west-1:111122223333:key/k-1"
    _, outputs = Resources(kept).create(ALIAS, "a", {"name": "alias/x", "targetKeyId": given}, ignore)
    assert outputs["targetKeyId"] == outputs["targetKeyArn"] == given


@pytest.mark.parametrize(
    "inputs, asked",
    [
        ({}, {"RecoveryWindowInDays": 30}),
        ({"recoveryWindowInDays": 7}, {"RecoveryWindowInDays": 7}),
        ({"recoveryWindowInDays": 0}, {"ForceDeleteWithoutRecovery": True}),
    ],
)
def test_a_secret_can_be_brought_back_unless_it_is_said_otherwise(kept, inputs, asked) -> None:
    Resources(kept).delete(SECRET, "s", ARN, {}, inputs)
    assert kept.parameters("delete_secret") == {"SecretId": ARN, **asked}


@pytest.mark.parametrize("answer", [{"ARN": ARN, "DeletedDate": ISSUED}, refused("ResourceNotFoundException")])
def test_a_deleted_secret_is_gone_and_so_is_its_rotation(kept, answer) -> None:
    kept.answers["describe_secret"] = answer
    assert Resources(kept).read(SECRET, "s", ARN, {}, {}) is None
    assert Resources(kept).read(ROTATION, "r", ARN, {}, {}) is None


def test_another_refusal_is_told(kept) -> None:
    for operation, token in (("describe_secret", SECRET), ("describe_key", KEY)):
        kept.answers[operation] = refused("AccessDeniedException")
        with pytest.raises(AwsCallError, match="AccessDeniedException"):
            Resources(kept).read(token, "s", "x", {}, {"name": "x"})


def test_making_a_secret_sends_no_value_and_asks_for_none(kept) -> None:
    _, outputs = Resources(kept).create(SECRET, "s", {"name": "login", "description": "x", "kmsKeyId": "k"}, ignore)
    assert kept.parameters("create_secret") == {"Name": "login", "Description": "x", "KmsKeyId": "k"}
    assert "get_secret_value" not in kept.operations()
    assert outputs["arn"] == ARN


def test_a_policy_of_a_secret_is_set_and_taken_away(kept) -> None:
    with_policy = {"name": "login", "policy": "{}"}
    Resources(kept).create(SECRET, "s", with_policy, ignore)
    assert kept.parameters("put_resource_policy") == {"SecretId": ARN, "ResourcePolicy": "{}"}
    Resources(kept).update(SECRET, "s", ARN, {}, with_policy, {"name": "login"})
    assert "delete_resource_policy" in kept.operations()


def test_a_rotation_is_configured_and_cancelled(kept) -> None:
    rules = {"scheduleExpression": "rate(30 days)", "duration": "3h"}
    inputs = {"secretId": ARN, "rotationLambdaArn": "arn:lambda", "rotationRules": rules, "rotateImmediately": False}
    resource_id, _ = Resources(kept).create(ROTATION, "r", inputs, ignore)
    assert resource_id == ARN
    assert kept.parameters("rotate_secret") == {
        "SecretId": ARN,
        "RotationLambdaARN": "arn:lambda",
        "RotationRules": {"ScheduleExpression": "rate(30 days)", "Duration": "3h"},
        "RotateImmediately": False,
    }
    Resources(kept).delete(ROTATION, "r", ARN, {}, inputs)
    assert kept.parameters("cancel_rotate_secret") == {"SecretId": ARN}


def described(status: str = "ISSUED", **more: Any) -> dict[str, Any]:
    names = ["b.example.com", "a.example.com"]
    proofs = [
        {"DomainName": name, "ResourceRecord": {"Name": f"_{name}.", "Type": "CNAME", "Value": "v"}} for name in names
    ]
    found = {"DomainName": names[0], "SubjectAlternativeNames": names, "DomainValidationOptions": proofs}
    return {"Certificate": {"CertificateArn": "arn:c", "Status": status, "IssuedAt": ISSUED, **found, **more}}


def test_a_certificate_tells_what_proves_each_name(cloud) -> None:
    cloud.answers |= {"request_certificate": {"CertificateArn": "arn:c"}, "describe_certificate": described()}
    inputs = {
        "domainName": "b.example.com",
        "subjectAlternativeNames": ["a.example.com"],
        "validationMethod": "DNS",
        "tags": {"a": "1"},
    }
    resource_id, outputs = Resources(cloud).create(CERTIFICATE, "c", inputs, ignore)
    assert resource_id == outputs["arn"] == "arn:c"
    assert [each["domainName"] for each in outputs["domainValidationOptions"]] == ["a.example.com", "b.example.com"]
    assert outputs["domainValidationOptions"][0]["resourceRecordName"] == "_a.example.com."
    assert outputs["subjectAlternativeNames"] == ["a.example.com"]
    assert cloud.parameters("add_tags_to_certificate")["Tags"] == [{"Key": "a", "Value": "1"}]


def test_a_certificate_can_be_brought_along(cloud) -> None:
    cloud.answers |= {"import_certificate": {"CertificateArn": "arn:c"}, "describe_certificate": described()}
    body = {"certificateBody": "body", "privateKey": "key", "certificateChain": "chain"}
    Resources(cloud).create(CERTIFICATE, "c", body, ignore)
    sent = {"Certificate": "body", "PrivateKey": "key", "CertificateChain": "chain"}
    assert cloud.parameters("import_certificate") == sent
    cloud.asked.clear()
    Resources(cloud).update(CERTIFICATE, "c", "arn:c", {}, body, {**body, "certificateBody": "newer"})
    assert cloud.parameters("import_certificate") == {**sent, "Certificate": "newer", "CertificateArn": "arn:c"}


def test_a_validation_waits_until_the_certificate_is_issued(cloud) -> None:
    answers = iter([described("PENDING_VALIDATION"), described("PENDING_VALIDATION")])
    cloud.answers["describe_certificate"] = lambda **_: next(answers, described())
    started = cloud.time
    _, outputs = Resources(cloud).create(VALIDATION, "v", {"certificateArn": "arn:c"}, ignore)
    assert outputs["certificateArn"] == "arn:c"
    assert cloud.time - started == 20


def test_a_certificate_that_is_never_issued_ends_the_wait(cloud) -> None:
    cloud.answers["describe_certificate"] = described("PENDING_VALIDATION")
    with pytest.raises((AwsCallError, HalfMadeError), match="arn:c is not issued yet"):
        Resources(cloud).create(VALIDATION, "v", {"certificateArn": "arn:c"}, ignore)
    assert cloud.time >= 75 * 60


def test_a_validation_of_a_certificate_that_is_gone_is_gone(cloud) -> None:
    cloud.answers["describe_certificate"] = refused("ResourceNotFoundException")
    assert Resources(cloud).read(VALIDATION, "v", "x", {}, {"certificateArn": "arn:c"}) is None


def test_deleting_a_validation_deletes_no_certificate(cloud) -> None:
    Resources(cloud).delete(VALIDATION, "v", "x", {}, {"certificateArn": "arn:c"})
    assert cloud.asked == []
