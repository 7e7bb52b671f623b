"""What the policy of a key lets a role do, as far as its text says (pure)."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from strata.aws.policy_statements import listed, statements_of
from strata.images.policy_conditions import Met, conditions_met

__all__ = ["KeyPolicy"]

_ANYBODY: Final = "*"


class KeyPolicy:
    """The policy of a key, and whom it lets do what.

    Args:
        text: the document.
        key: ARN of the key.
    """

    def __init__(self, text: str, key: str) -> None:
        self._statements = [dict(each) for each in statements_of(text)]
        self._key = key

    @property
    def principals(self) -> set[str]:
        """Whom of AWS its statements name, also by a condition."""
        return {each for one in self._statements for each in (*_named(one.get("Principal")), *_conditioned(one))}

    def lets(self, role: str, operation: str) -> Met:
        """Whether it lets a role do something by itself; None where a condition, or who is meant, cannot be judged.

        What it leaves to the policies of an account lets a role do nothing that has no rights of its own.

        Args:
            role: ARN of the role.
            operation: of KMS, without the prefix, such as Decrypt.
        """
        known = _known_of(role, self._key, operation)
        found: dict[str, list[Met]] = {"Allow": [], "Deny": []}
        for each in self._statements:
            denies = each.get("Effect") == "Deny"
            if _covers(each, operation, self._key):
                about = _is_about(each, role, whole_account=denies)
                met = conditions_met(each.get("Condition"), known)
                found["Deny" if denies else "Allow"].append(_both(about, met))
        if True in found["Deny"] or not any(each is not False for each in found["Allow"]):
            return False
        return True if True in found["Allow"] and None not in found["Deny"] else None


def _both(one: Met, other: Met) -> Met:
    if False in (one, other):
        return False
    return None if None in (one, other) else True


def _known_of(role: str, key: str, operation: str) -> Mapping[str, str | None]:
    """What is known of what EC2 asks of KMS in the name of a role, to make an encrypted disk.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    """
    _, partition, _, region, *_ = key.split(":")
    account = role.split(":")[4]
    through = {"kms:viaservice": f"ec2.{region}.amazonaws.com"} if partition == "aws" else {}
    return through | {
        "kms:calleraccount": account,
        "aws:principalaccount": account,
        "aws:principalarn": role,
        "aws:securetransport": "true",
        # only what is asked about a grant has it
        "kms:grantisforawsresource": "true" if operation == "CreateGrant" else None,
    }


def _covers(statement: Mapping[str, Any], operation: str, key: str) -> bool:
    """Whether a statement is about an operation on the key: both may have wildcards, and actions are in any case."""
    action = f"kms:{operation}".lower()
    named = any(fnmatchcase(action, str(each).lower()) for each in listed(statement.get("Action")))
    if "NotAction" in statement:
        named = not any(fnmatchcase(action, str(each).lower()) for each in listed(statement["NotAction"]))
    if "NotResource" in statement:
        return named and not any(fnmatchcase(key, str(each)) for each in listed(statement["NotResource"]))
    return named and any(fnmatchcase(key, str(each)) for each in listed(statement.get("Resource")))


def _is_about(statement: Mapping[str, Any], role: str, *, whole_account: bool) -> Met:
    if "NotPrincipal" in statement:
        # which of all the others a statement means depends on what else they are called
        return False if role in _named(statement["NotPrincipal"]) else None
    account = role.split(":")[4]
    named = _named(statement.get("Principal"))
    return (
        _ANYBODY in named
        or role in named
        or (whole_account and any(each == account or each.endswith(f"::{account}:root") for each in named))
    )


def _conditioned(statement: Mapping[str, Any]) -> list[str]:
    keys = [each for one in (statement.get("Condition") or {}).values() for each in one.items()]
    return [str(each) for key, values in keys if key.lower() == "aws:principalarn" for each in listed(values)]


def _named(principal: Any) -> list[str]:
    found = listed(principal.get("AWS")) if isinstance(principal, dict) else listed(principal)
    return [str(each) for each in found]
