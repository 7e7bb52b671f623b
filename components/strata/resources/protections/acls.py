"""Access control lists of buckets: whether a new one lets more people in than the old one."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

__all__ = ["more_granted", "more_open", "more_shared"]

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
