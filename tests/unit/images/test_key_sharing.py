"""Whether other accounts can use the key of an image, before it is built."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from strata.images.baking.key_sharing import KeyFinding, key_findings, missing_actions

HERE, OTHER = "123456789012", "210987654321"
KEY = f"arn:aws:kms:eu-west-1:{HERE}:key/1"
OWN = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{HERE}:root"}, "Action": "kms:*", "Resource": "*"}
USE = ["kms:Decrypt", "kms:DescribeKey", "kms:CreateGrant", "kms:ReEncrypt*", "kms:GenerateDataKey*"]


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [OWN, *statements]})


def shared(principal: Any, action: Any = USE, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*", **more}


@pytest.mark.parametrize(
    "statement",
    [
        shared({"AWS": f"arn:aws:iam::{OTHER}:root"}),
        shared({"AWS": [OTHER, "310987654321"]}),
        shared({"AWS": f"arn:aws-cn:iam::{OTHER}:role/deployer"}),
        shared("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
        shared({"AWS": OTHER}, "*"),
        shared({"AWS": OTHER}, "KMS:*"),
        {"Effect": "Allow", "Principal": {"AWS": OTHER}, "NotAction": "kms:PutKeyPolicy", "Resource": "*"},
    ],
)
def test_an_account_that_may_use_the_key_misses_nothing(statement: dict[str, Any]):
    assert missing_actions(policy(statement), OTHER) == ()


@pytest.mark.parametrize(
    "statements, missing",
    [
        ((), tuple(USE)),
        ((shared({"AWS": "arn:aws:iam::310987654321:root"}),), tuple(USE)),
        ((shared({"Service": "ec2.amazonaws.com"}),), tuple(USE)),
        ((shared({"AWS": OTHER}, ["kms:Decrypt", "kms:DescribeKey"]),), tuple(USE[2:])),
        ((shared({"AWS": OTHER}, [*USE[:3], "kms:ReEncryptFrom", USE[4]]),), ("kms:ReEncrypt*",)),
        (
            (shared({"AWS": OTHER}), {**shared({"AWS": OTHER}, "kms:CreateGrant"), "Effect": "Deny"}),
            ("kms:CreateGrant",),
        ),
    ],
)
def test_what_an_account_misses_is_named(statements: tuple[dict[str, Any], ...], missing: tuple[str, ...]):
    assert missing_actions(policy(*statements), OTHER) == missing


class Keys:
    """KMS with one key."""

    def __init__(self, *statements: dict[str, Any], refused: str = "", **about: str) -> None:
        self._policy, self._refused = policy(*statements), refused
        self._about = {"KeyState": "Enabled", "KeyManager": "CUSTOMER", **about}

    def __call__(self, service: str) -> "Keys":
        assert service == "kms"
        return self

    def describe_key(self, *, KeyId: str) -> dict[str, Any]:  # noqa: N803 - boto3's own
        assert KeyId == KEY
        if self._refused:
            raise ClientError({"Error": {"Code": self._refused, "Message": ""}}, "DescribeKey")
        return {"KeyMetadata": self._about}

    def get_key_policy(self, *, KeyId: str, PolicyName: str) -> dict[str, Any]:  # noqa: N803 - boto3's own
        assert (KeyId, PolicyName) == (KEY, "default")
        return {"Policy": self._policy}


def found(keys: Keys, *accounts: str) -> list[KeyFinding]:
    return [*key_findings(keys, "eu-west-1", KEY, accounts)]


def test_a_key_that_every_account_may_use_is_none_to_speak_of():
    assert found(Keys(shared({"AWS": OTHER})), OTHER) == []
    assert found(Keys()) == []


def test_an_account_that_the_policy_leaves_out_is_a_warning_with_key_and_region():
    (one,) = found(Keys(shared({"AWS": OTHER})), OTHER, "310987654321")
    assert not one.certain
    assert one.text.startswith(f"the policy of the key {KEY} of eu-west-1 does not let 310987654321 kms:Decrypt, ")


@pytest.mark.parametrize(
    "keys, words",
    [
        (Keys(refused="NotFoundException"), "is not there"),
        (Keys(shared("*"), KeyState="Disabled"), "is Disabled, expected Enabled"),
        (Keys(shared("*"), KeyState="PendingDeletion"), "is PendingDeletion, expected Enabled"),
        (Keys(shared("*"), KeyManager="AWS"), "is AWS's own, which no other account can use"),
    ],
)
def test_a_key_with_which_the_build_is_lost_is_certain(keys: Keys, words: str):
    (one,) = found(keys, OTHER)
    assert one.certain
    assert words in one.text


def test_a_key_that_may_not_be_looked_at_is_not_known():
    (one,) = found(Keys(refused="AccessDeniedException"), OTHER)
    assert not one.certain
    assert "cannot be looked at" in one.text


def test_an_outage_is_no_finding():
    with pytest.raises(ClientError):
        found(Keys(refused="ThrottlingException"), OTHER)
