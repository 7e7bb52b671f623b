"""Whether Auto Scaling may use a key: it launches what the key encrypts by a role of its own, and by no other right."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from strata.aws.clients import ClientFor
from strata.aws.policy_statements import listed, statements_of

__all__ = ["auto_scaling_may_use", "grant_command", "key_account", "keys_of_snapshots", "managed_by_aws"]

_ROLE: Final = "AWSServiceRoleForAutoScaling"
"""A group may have one of its own, whose name goes on after this one."""
_OPERATIONS: Final = (
    *("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"),
    *("DescribeKey", "CreateGrant"),
)
"""What the role is granted.
https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html"""
_NEEDED: Final = frozenset(_OPERATIONS) - {"Encrypt", "GenerateDataKey"}
"""Without which EBS makes no encrypted disk; the other two are not among what it says it takes.
https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html"""


def keys_of_snapshots(client: ClientFor, snapshots: Collection[str]) -> list[str]:
    """ARNs of the keys that snapshots are encrypted with; those of an image that another account shares are not seen.

    Args:
        client: gives the boto3 client of a service.
        snapshots: their ids.
    """
    if not snapshots:
        return []
    # by a filter, since EC2 refuses the whole list for one that cannot be seen
    asked = [{"Name": "snapshot-id", "Values": sorted(snapshots)}]
    pages = client("ec2").get_paginator("describe_snapshots").paginate(Filters=asked)
    return sorted({str(each["KmsKeyId"]) for page in pages for each in page["Snapshots"] if each.get("KmsKeyId")})


def managed_by_aws(about: Mapping[str, Any]) -> bool:
    """Whether AWS manages a key, by what DescribeKey says: its account alone can use it, without any grant."""
    return about.get("KeyManager") == "AWS"


def auto_scaling_may_use(client: ClientFor, key: str, account: str) -> bool:
    """Whether Auto Scaling of an account may use a key.

    Across accounts a grant has to name its role: the role has no rights of its own, and a policy of a key gives nobody
    of another account anything without them. The grants of one role count together, and only if they have all that a
    disk takes: with less, such as DescribeKey alone, no server launches.

    Args:
        client: gives the boto3 client of a service.
        key: ARN of the key.
        account: of the groups.
    """
    kms = client("kms")
    granted: dict[str, set[str]] = {}
    for page in kms.get_paginator("list_grants").paginate(KeyId=key):
        for grant in page["Grants"]:
            granted.setdefault(str(grant.get("GranteePrincipal", "")), set()).update(grant.get("Operations") or ())
    if any(_is_role(principal, account) and operations >= _NEEDED for principal, operations in granted.items()):
        return True
    if key_account(key) != account:
        return False
    if _policy_names_role(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"], account):
        return True
    return managed_by_aws(kms.describe_key(KeyId=key)["KeyMetadata"])


def grant_command(key: str, account: str) -> str:
    """The line that lets Auto Scaling of an account use a key.

    Args:
        key: ARN of the key.
        account: of the groups.
    """
    _, partition, _, region, *_ = key.split(":")
    role = f"arn:{partition}:iam::{account}:role/aws-service-role/autoscaling.amazonaws.com/{_ROLE}"
    return (
        f"aws kms create-grant --region {region} --key-id {key} --grantee-principal {role} "
        f"--operations {' '.join(_OPERATIONS)}"
    )


def key_account(key: str) -> str:
    """The account that a key belongs to, by its ARN."""
    return key.split(":")[4]


def _is_role(principal: str, account: str) -> bool:
    _, _, _, _, owner, role, *_ = [*principal.split(":"), *[""] * 6]
    return owner == account and role.rpartition("/")[2].startswith(_ROLE)


def _policy_names_role(policy: str, account: str) -> bool:
    return any(
        principal == "*" or _is_role(str(principal), account)
        for statement in statements_of(policy)
        if statement.get("Effect") == "Allow"
        for principal in _principals(statement.get("Principal"))
    )


def _principals(found: Any) -> list[Any]:
    return listed(found.get("AWS")) if isinstance(found, dict) else listed(found)
