"""Whether a policy grants more than the one before it."""

import json
from typing import Any

import pytest

from strata.resources.protections.grants import wider

ROOT = {"AWS": "arn:aws:iam::123456789012:root"}
READER = {"AWS": "arn:aws:iam::123456789012:role/reader"}


def allow(action: Any = "kms:Decrypt", principal: Any = READER, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Principal": principal, "Resource": "*", **more}


def deny(**more: Any) -> dict[str, Any]:
    return {**allow(**more), "Effect": "Deny"}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


BASE = (allow("kms:*", ROOT), allow())
TLS = deny(action="s3:*", principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})

WIDER = {
    "another action": (BASE, (*BASE, allow("kms:Encrypt"))),
    "every action": (BASE, (BASE[0], allow("kms:*"))),
    "everybody": (BASE, (BASE[0], allow(principal="*"))),
    "another principal": (BASE, (*BASE, allow(principal={"AWS": "arn:aws:iam::210987654321:root"}))),
    "a condition less": ((allow(Condition={"Bool": {"a": "b"}}),), (allow(),)),
    "everything but": (BASE, (*BASE, {"Effect": "Allow", "NotAction": "kms:Delete*", "Principal": READER})),
    "a denial less": ((*BASE, TLS), BASE),
    "a denial with one more condition": ((deny(),), (deny(Condition={"Bool": {"a": "b"}}),)),
    "a first policy": ((), BASE),
}

NO_WIDER = {
    "the same": (BASE, BASE),
    "another order": (BASE, tuple(reversed(BASE))),
    "a grant less": (BASE, BASE[:1]),
    "fewer actions": ((allow(["kms:Decrypt", "kms:Encrypt"]),), (allow(["kms:Encrypt"]),)),
    "an action that a pattern covered": ((allow("kms:*"),), (allow("kms:Decrypt"),)),
    "one more condition": ((allow(),), (allow(Condition={"Bool": {"a": "b"}}),)),
    "another id": ((allow(Sid="one"),), (allow(Sid="two"),)),
    "one more denial": (BASE, (*BASE, TLS)),
    "a wider denial": ((deny(action="s3:GetObject"),), (deny(action="s3:*"),)),
    "nothing any more": (BASE, ()),
}


@pytest.mark.parametrize("case", WIDER)
def test_a_policy_that_grants_more_is_wider(case: str):
    old, new = WIDER[case]
    assert wider(policy(*old), policy(*new))


@pytest.mark.parametrize("case", NO_WIDER)
def test_a_policy_that_grants_no_more_is_not(case: str):
    old, new = NO_WIDER[case]
    assert not wider(policy(*old), policy(*new))


def test_text_and_mapping_are_the_same_to_it():
    assert not wider(policy(*BASE), json.loads(policy(*BASE)))
    assert not wider({"Statement": allow()}, policy(allow()))


@pytest.mark.parametrize("broken", ["{", "[]", "[secret]", {"Statement": "x"}, 5])
def test_what_cannot_be_read_counts_as_wider(broken: Any):
    assert wider(policy(*BASE), broken)
    assert not wider(broken, broken)
