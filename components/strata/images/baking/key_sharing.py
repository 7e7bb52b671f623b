"""Whether the accounts of a pipeline can use its keys, by what the policies of the keys let them do."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from strata.aws.clients import ClientFor, error_code
from strata.aws.policy_statements import listed, statements_of

__all__ = ["KeyFinding", "key_findings", "missing_actions"]

_NEEDED: Final = {
    "kms:Decrypt": ("kms:decrypt",),
    "kms:DescribeKey": ("kms:describekey",),
    "kms:CreateGrant": ("kms:creategrant",),
    "kms:ReEncrypt*": ("kms:reencryptfrom", "kms:reencryptto"),
    "kms:GenerateDataKey*": ("kms:generatedatakeywithoutplaintext",),
}
"""What launching a shared encrypted image takes, and the actions behind each.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ebs-encryption-requirements.html"""
_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException"})


@dataclass(frozen=True)
class KeyFinding:
    """Something about a key.

    Args:
        text: what, as a sentence without its full stop.
        certain: whether a build with the key is lost, so that it is not to be started.
    """

    text: str
    certain: bool


def key_findings(client: ClientFor, region: str, key: str, accounts: Iterable[str]) -> Iterator[KeyFinding]:
    """What is wrong with a key, or cannot be known of it.

    Args:
        client: gives the boto3 client of a service, of the region.
        region: the region, for messages.
        key: the key.
        accounts: the accounts that are to launch what it encrypts.
    """
    named = f"the key {key} of {region}"
    kms = client("kms")
    try:
        about = kms.describe_key(KeyId=key)["KeyMetadata"]
        # a policy says nothing about the key of another account: AWS shows it to its owner alone
        policy = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"] if accounts else ""
    except Exception as error:
        code = error_code(error)
        if code == "NotFoundException":
            yield KeyFinding(f"{named} is not there", certain=True)
        elif code in _DENIED:
            yield KeyFinding(f"{named} cannot be looked at, so nobody knows who can use it: {code}", certain=False)
        else:
            raise
        return
    if (state := about.get("KeyState", "Enabled")) != "Enabled":
        yield KeyFinding(f"{named} is {state}, expected Enabled", certain=True)
    if accounts and about.get("KeyManager") == "AWS":
        yield KeyFinding(f"{named} is AWS's own, which no other account can use", certain=True)
        return
    for account in accounts:
        if missing := missing_actions(policy, account):
            yield KeyFinding(f"the policy of {named} does not let {account} {', '.join(missing)}", certain=False)


def missing_actions(policy: str, account: str) -> tuple[str, ...]:
    """What launching takes and a policy does not let an account do. A condition is taken to be met.

    Args:
        policy: the policy of a key.
        account: the account.
    """
    about = [each for each in statements_of(policy) if _is_about(each, account)]
    allows = [each for each in about if each.get("Effect") == "Allow"]
    denies = [each for each in about if each.get("Effect") == "Deny" and not each.get("Condition")]

    def allowed(action: str) -> bool:
        return any(_covers(each, action) for each in allows) and not any(_covers(each, action) for each in denies)

    return tuple(shown for shown, actions in _NEEDED.items() if not all(map(allowed, actions)))


def _is_about(statement: Mapping[str, Any], account: str) -> bool:
    """Whether a statement is about an account, or about somebody in it."""
    principal = statement.get("Principal")
    if principal == "*":
        return True
    named = listed(principal.get("AWS")) if isinstance(principal, dict) else []
    # arn:aws:iam::ACCOUNT:root
    return any(each in ("*", account) or each.split(":")[4:5] == [account] for each in named)


def _covers(statement: Mapping[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not any(fnmatchcase(action, each.lower()) for each in listed(statement["NotAction"]))
    return any(fnmatchcase(action, each.lower()) for each in listed(statement.get("Action")))
