"""Disabling, enabling and deleting a key: by its id or its ARN, and never by an alias."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.rehearsal.cloud.baking import refusal
from tests.unit.rehearsal.cloud.conftest import Aws

NAMES: dict[str, Callable[[dict[str, Any]], str]] = {
    "id": lambda key: str(key["KeyId"]),
    "ARN": lambda key: str(key["Arn"]),
}
CALLS = ("disable_key", "enable_key", "schedule_key_deletion", "cancel_key_deletion")


def state(aws: Aws, key: str) -> tuple[str, bool]:
    about = aws.kms.describe_key(KeyId=key)["KeyMetadata"]
    return about["KeyState"], about["Enabled"]


@pytest.mark.parametrize("by", NAMES)
def test_a_key_is_disabled_enabled_and_deleted_by_its_id_and_its_arn(bare: Aws, by: str):
    key = bare.kms.create_key()["KeyMetadata"]
    other = bare.kms.create_key()["KeyMetadata"]["Arn"]
    asked, arn = NAMES[by](key), key["Arn"]
    bare.kms.disable_key(KeyId=asked)
    assert state(bare, arn) == ("Disabled", False)
    bare.kms.enable_key(KeyId=asked)
    assert state(bare, arn) == ("Enabled", True)
    deleted = bare.kms.schedule_key_deletion(KeyId=asked, PendingWindowInDays=7)
    assert deleted["KeyId"] == arn
    assert deleted["DeletionDate"].timestamp() == bare.clock.time + 7 * 86400
    assert state(bare, arn) == ("PendingDeletion", False)
    assert bare.kms.cancel_key_deletion(KeyId=asked)["KeyId"] == arn
    assert state(bare, arn) == ("Disabled", False)
    assert state(bare, other) == ("Enabled", True)


@pytest.mark.parametrize("call", CALLS)
def test_an_alias_is_refused_as_kms_refuses_it(bare: Aws, call: str):
    key = bare.kms.create_key()["KeyMetadata"]["Arn"]
    bare.kms.create_alias(AliasName="alias/disks", TargetKeyId=key)
    before = state(bare, key)
    for alias in ("alias/disks", key.rpartition(":")[0] + ":alias/disks"):
        assert refusal(getattr(bare.kms, call), KeyId=alias) == (
            "InvalidArnException",
            "Key Aliases are not supported for this operation.",
        )
    assert state(bare, key) == before


@pytest.mark.parametrize("call", CALLS)
def test_a_key_that_is_not_there_is_not_found(bare: Aws, call: str):
    gone = bare.kms.create_key()["KeyMetadata"]["Arn"][:-4] + "0000"
    assert refusal(getattr(bare.kms, call), KeyId=gone) == ("NotFoundException", f"Key '{gone}' does not exist")
