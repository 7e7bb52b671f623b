"""Secrets as they are registered, and how they get their first value."""

import asyncio
import json
from typing import Any

import boto3
import pulumi
import pytest
from botocore.stub import ANY, Stubber

from strata import Secret, testing
from strata.aws.clients import expired
from strata.components import secret as secret_module
from strata.components.secret import ensure_value, first_value
from strata.errors import AwsError, UsageError
from strata.settings.models import GeneratedSettings, RotationSettings, SecretSettings

ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:mail-a1b2c3"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/0f1e"
ROTATOR = "arn:aws:lambda:eu-west-1:123456789012:function:rotate"


def secret(**settings: Any) -> testing.Graph:
    overrides = settings.pop("overrides", None)

    def program() -> None:
        made = Secret("mail", SecretSettings.model_validate(settings), overrides=overrides)
        pulumi.export("arn", made.arn)
        pulumi.export("statements", list(made.access.statements))
        pulumi.export("environment", dict(made.access.environment))

    return testing.run(program, project="shop", stack="prod")


def test_a_secret_has_a_key_of_its_own_that_kms_renews():
    graph = secret(recovery_window_days=30)
    key = graph.one("Key")
    assert key.inputs["enableKeyRotation"] is True
    assert key.inputs["deletionWindowInDays"] == 30
    alias = graph.one("Alias").inputs
    assert alias["name"] == f"alias/mail-{alias['targetKeyId'][:8]}"
    made = graph.one("aws:secretsmanager/secret:Secret").inputs
    assert made["recoveryWindowInDays"] == 30
    assert "kms" in made["kmsKeyId"]


def test_no_value_is_an_argument_of_anything():
    graph = secret()
    assert graph.of_type("SecretVersion") == []
    texts = {key.lower() for it in graph for key in it.inputs}
    assert not texts & {"secretstring", "secretbinary", "password"}


def test_its_name_is_free_for_the_recovery_window_holds_it():
    assert "name" not in secret().one("aws:secretsmanager/secret:Secret").inputs
    testing.assert_names_are_free(secret())


def test_a_key_is_kept_as_long_as_kms_asks_for_even_when_the_secret_is_not():
    graph = secret(recovery_window_days=0)
    assert graph.one("Key").inputs["deletionWindowInDays"] == 7
    assert graph.one("aws:secretsmanager/secret:Secret").inputs["recoveryWindowInDays"] == 0


@pytest.mark.parametrize("protect", [True, False])
def test_aws_keeps_what_is_rotated_where_the_stage_protects_it(protect):
    graph = secret(protect=protect, rotation={"lambda_arn": ROTATOR})
    kept = {it.name for it in graph if it.options.retain_on_delete}
    expected = {"mail-key", "mail-alias", "mail-secret", "mail-rotation"}
    assert kept == (expected if protect else set())


def test_a_key_that_exists_is_used_as_it_is():
    graph = secret(key_arn=KEY)
    assert graph.of_type("Key") == graph.of_type("Alias") == []
    assert graph.one("aws:secretsmanager/secret:Secret").inputs["kmsKeyId"] == KEY
    assert graph.exports["statements"][1]["Resource"] == [KEY]


def test_a_rotation_waits_for_its_time_and_for_a_value():
    graph = secret(rotation={"lambda_arn": ROTATOR, "schedule": "rate(10 days)", "window_hours": 3})
    rotation = graph.one("SecretRotation")
    assert rotation.inputs["rotateImmediately"] is False
    assert rotation.inputs["rotationRules"] == {"scheduleExpression": "rate(10 days)", "duration": "3h"}
    assert graph.one("Parameter").urn in rotation.options.depends_on


def test_an_external_secret_makes_nothing_and_is_handed_on():
    graph = secret(external_arn=ARN)
    assert [it for it in graph if it.custom and "Stack" not in it.type] == []
    assert graph.exports["arn"] == ARN
    assert graph.exports["environment"] == {"MAIL_SECRET_ARN": ARN}
    (statement,) = graph.exports["statements"]
    assert statement["Resource"] == [ARN]


def test_an_external_secret_under_a_key_lets_its_readers_use_the_key():
    statements = secret(external_arn=ARN, key_arn=KEY).exports["statements"]
    assert [it["Resource"] for it in statements] == [[ARN], [KEY]]


def test_a_reader_may_read_this_secret_and_use_its_key_for_no_other():
    graph = secret()
    read, decrypt = graph.exports["statements"]
    assert read["Action"] == ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
    assert decrypt["Action"] == ["kms:Decrypt"]
    assert decrypt["Condition"] == {"StringEquals": {"kms:EncryptionContext:SecretARN": graph.exports["arn"]}}
    assert "*" not in json.dumps(graph.exports["statements"])


def test_readers_are_told_an_arn_that_comes_after_the_value():
    graph = secret(overrides={"record": {"insecure_value": "arn:recorded"}})
    assert graph.exports["environment"] == {"MAIL_SECRET_ARN": "arn:recorded"}
    assert graph.one("Parameter").inputs["name"] == "/strata/shop/prod/secrets/mail/arn"


@pytest.fixture
def aws():
    """Secrets Manager as a script; every call must be there."""
    client = boto3.client("secretsmanager", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as script:
        yield client, script
        script.assert_no_pending_responses()


PASSWORD = "canary-94b2"


def asked(script: Stubber, **generated: Any) -> None:
    like = {"PasswordLength": 32, "ExcludeCharacters": "", "ExcludePunctuation": False} | generated
    script.add_response("get_random_password", {"RandomPassword": PASSWORD}, {**like, "RequireEachIncludedType": True})


def test_a_secret_without_a_value_is_given_one(aws):
    client, script = aws
    script.add_response("describe_secret", {"ARN": ARN}, {"SecretId": ARN})
    asked(script, PasswordLength=40, ExcludeCharacters="/@", ExcludePunctuation=True)
    script.add_response(
        "put_secret_value", {"ARN": ARN}, {"SecretId": ARN, "SecretString": PASSWORD, "ClientRequestToken": ANY}
    )
    made = GeneratedSettings(length=40, exclude_characters="/@", exclude_punctuation=True)
    assert ensure_value(client, ARN, made) is True


def test_a_value_that_is_there_is_never_overwritten(aws):
    client, script = aws
    stages = {"a" * 32: ["AWSPREVIOUS"], "b" * 32: ["AWSCURRENT"]}
    script.add_response("describe_secret", {"ARN": ARN, "VersionIdsToStages": stages})
    assert ensure_value(client, ARN, GeneratedSettings()) is False


def test_a_version_that_nobody_reads_is_no_value(aws):
    client, script = aws
    script.add_response("describe_secret", {"ARN": ARN, "VersionIdsToStages": {"a" * 32: ["AWSPENDING"]}})
    asked(script)
    script.add_response("put_secret_value", {"ARN": ARN})
    assert ensure_value(client, ARN, GeneratedSettings()) is True


def test_of_two_that_meet_the_first_is_kept(aws):
    client, script = aws
    tokens = []
    for _ in range(2):
        script.add_response("describe_secret", {"ARN": ARN})
        asked(script)
        script.add_client_error("put_secret_value", "ResourceExistsException", PASSWORD)
    client.meta.events.register(
        "provide-client-params.secretsmanager.PutSecretValue",
        lambda params, **_: tokens.append(params["ClientRequestToken"]),
    )
    assert [ensure_value(client, ARN, GeneratedSettings()) for _ in range(2)] == [False, False]
    assert len(tokens) == 2
    assert len(set(tokens)) == 1, "every try for one secret says the same token"


def test_a_refusal_names_the_call_and_nothing_of_the_value(aws):
    client, script = aws
    script.add_response("describe_secret", {"ARN": ARN})
    asked(script)
    script.add_client_error("put_secret_value", "AccessDeniedException", f"not allowed to put {PASSWORD}")
    with pytest.raises(AwsError, match=r"AWS refused PutSecretValue for .*: AccessDeniedException") as refusal:
        ensure_value(client, ARN, GeneratedSettings())
    assert PASSWORD not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__


def test_credentials_that_expired_are_told_apart_so_that_fresh_ones_are_asked_for(aws):
    client, script = aws
    script.add_client_error("describe_secret", "ExpiredTokenException")
    with pytest.raises(client.exceptions.ClientError) as expiry:
        ensure_value(client, ARN, GeneratedSettings())
    assert expired(expiry.value)


class Hooks:
    """Stands in for the engine: keeps the hook instead of registering it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[str, Any]] = []
        monkeypatch.setattr(secret_module, "hooks_work", lambda: True)
        monkeypatch.setattr(secret_module, "hook", lambda *args, **_: args)
        monkeypatch.setattr(pulumi, "ResourceHookBinding", lambda **bound: bound)
        monkeypatch.setattr(secret_module, "ensure_value", lambda client, arn, made: self.calls.append((arn, made)))


def bound(session: Any = None, *, provider: bool = False) -> Any:
    found: list[Any] = []

    def program() -> None:
        import pulumi_aws as aws

        opts = pulumi.ResourceOptions(provider=aws.Provider("own")) if provider else None
        component = pulumi.ComponentResource("strata:index:Test", "mail", None, opts)
        found.append(first_value(component, GeneratedSettings(), session))  # pyright: ignore[reportArgumentType]

    testing.run(program)
    return found[0]


def test_there_is_no_hook_under_mocks():
    assert bound() is None


def test_the_hook_runs_before_the_record_is_written_or_changed(monkeypatch):
    hooks = Hooks(monkeypatch)
    binding = bound(boto3.Session("x", "x", region_name="eu-west-1"))
    assert set(binding) == {"before_create", "before_update"}
    ((name, owner, work),) = binding["before_create"]
    assert (name, owner) == ("mail-secret-value", "mail")
    args: Any = type("Args", (), {"new_inputs": {"insecureValue": ARN}})
    asyncio.run(work(args))
    assert hooks.calls == [(ARN, GeneratedSettings())]


def test_a_preview_makes_no_value(monkeypatch):
    hooks = Hooks(monkeypatch)
    binding = bound(boto3.Session("x", "x", region_name="eu-west-1"))
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: True)
    asyncio.run(binding["before_create"][0][2](None))
    assert hooks.calls == []


def test_a_record_without_an_arn_fails(monkeypatch):
    Hooks(monkeypatch)
    binding = bound(boto3.Session("x", "x", region_name="eu-west-1"))
    args: Any = type("Args", (), {"new_inputs": {}})
    with pytest.raises(AwsError, match="secret mail: it has no ARN"):
        asyncio.run(binding["before_create"][0][2](args))


def test_an_explicit_provider_needs_a_session(monkeypatch):
    Hooks(monkeypatch)
    with pytest.raises(UsageError, match="secret mail uses an explicit AWS provider"):
        bound(provider=True)
    assert bound(boto3.Session("x", "x", region_name="eu-west-1"), provider=True)


def test_rotation_settings_say_what_a_person_would():
    assert RotationSettings(lambda_arn=ROTATOR).schedule == "rate(30 days)"
