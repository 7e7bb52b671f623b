"""What policy documents and access control lists grant: whether a new one grants more than the old one."""

import json
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any, Final

__all__ = ["more_granted", "more_open", "more_shared", "wider"]

_SETS: Final = ("Action", "Resource", "Principal")
_EVERYBODY: Final = "http://acs.amazonaws.com/groups/global/AllUsers"
_ANY_ACCOUNT: Final = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
_LOGS: Final = "http://acs.amazonaws.com/groups/s3/LogDelivery"
_CANNED: Final[Mapping[str, frozenset[tuple[str, str]]]] = MappingProxyType(
    {
        "private": frozenset(),
        # Of a bucket's owner, who may do everything already.
        "bucket-owner-full-control": frozenset(),
        "bucket-owner-read": frozenset(),
        "aws-exec-read": frozenset({("ec2", "READ")}),
        "log-delivery-write": frozenset({(_LOGS, "WRITE"), (_LOGS, "READ_ACP")}),
        "authenticated-read": frozenset({(_ANY_ACCOUNT, "READ")}),
        "public-read": frozenset({(_EVERYBODY, "READ"), (_ANY_ACCOUNT, "READ")}),
        "public-read-write": frozenset((who, what) for who in (_EVERYBODY, _ANY_ACCOUNT) for what in ("READ", "WRITE")),
    }
)
"""Grants of each canned list, but for the owner's: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html"""


def wider(old: Any, new: Any) -> bool:
    """Whether a policy grants something that another one did not. What cannot be read counts as wider.

    Args:
        old: the policy before, as JSON text or a mapping; nothing grants nothing.
        new: the policy after.
    """
    before, after = _statements(old), _statements(new)
    if before is None or after is None:
        return old != new
    grants = [each for each in before if each.get("Effect") == "Allow"]
    denials = [each for each in after if each.get("Effect") == "Deny"]
    granted = any(not any(_within(each, other) for other in grants) for each in after if each.get("Effect") != "Deny")
    # A denial stays if one of the new ones covers it, under no more conditions.
    freed = any(not any(_within(each, other) for other in denials) for each in before if each.get("Effect") == "Deny")
    return granted or freed


def _statements(policy: Any) -> list[Mapping[str, Any]] | None:
    """The statements of a policy, None where it cannot be read."""
    if policy in (None, ""):
        return []
    if isinstance(policy, str):
        try:
            policy = json.loads(policy)
        except ValueError:
            return None
    if not isinstance(policy, Mapping):
        return None
    found = policy.get("Statement", [])
    found = [found] if isinstance(found, Mapping) else found
    return found if isinstance(found, list) and all(isinstance(each, Mapping) for each in found) else None


def _within(inner: Mapping[str, Any], outer: Mapping[str, Any]) -> bool:
    """Whether a statement reaches no further than another."""
    if any(_negated(each) for each in (inner, outer)):
        return dict(inner) == dict(outer)
    conditions = outer.get("Condition") or {}
    narrowed = all((inner.get("Condition") or {}).get(key) == value for key, value in conditions.items())
    return narrowed and all(_covered(_names(inner.get(key)), _names(outer.get(key))) for key in _SETS)


def _negated(statement: Mapping[str, Any]) -> bool:
    return any(f"Not{key}" in statement for key in _SETS)


def _names(value: Any) -> list[str]:
    """What a statement lists, principals with their kind."""
    match value:
        case None:
            return []
        case Mapping():
            return [f"{kind}:{name}" for kind, below in value.items() for name in _names(below)]
        case str():
            return [value]
        case _:
            return [str(each) for each in value]


def _covered(inner: Iterable[str], outer: Iterable[str]) -> bool:
    patterns = list(outer)
    return all(any(name == pattern or fnmatchcase(name, pattern) for pattern in patterns) for name in inner)


def more_open(old: Any, new: Any) -> bool:
    """Whether a canned list grants something that another one did not. An unknown word grants what no other does."""
    before, after = (
        _CANNED.get(str(each or "private"), frozenset({(str(each), "an unknown list")})) for each in (old, new)
    )
    return bool(after - before)


def more_granted(old: Any, new: Any) -> bool:
    """Whether a list of grants, or a policy with an owner and grants, grants something that another one did not."""
    before = set(_grants(old))
    full = {who for who, what in before if what == "FULL_CONTROL"}
    return any(who not in full and (who, what) not in before for who, what in _grants(new))


def more_shared(old: Any, new: Any) -> bool:
    """Whether a list names somebody that another one did not."""
    return any(each not in (old or ()) for each in new or ())


def _grants(given: Any) -> Iterator[tuple[str, str]]:
    owner = None
    if isinstance(given, Mapping):
        owner = (given.get("owner") or {}).get("id") if isinstance(given.get("owner"), Mapping) else None
        given = given.get("grants")
    for each in given if isinstance(given, list) else ():
        if not isinstance(each, Mapping):
            yield str(each), "what cannot be seen"
            continue
        grantee = each.get("grantee", each)
        keys = ("uri", "id", "emailAddress") if isinstance(grantee, Mapping) else ()
        who = next((str(grantee[key]) for key in keys if grantee.get(key)), str(grantee))
        if who != owner:
            yield from ((who, str(what)) for what in each.get("permissions") or [each.get("permission")])
