"""Whether Auto Scaling may use a key: it launches what the key encrypts by a role of its own, and by no other right."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from strata.aws.clients import ClientFor
from strata.images.key_policy import KeyPolicy

__all__ = [
    "KeyUse",
    "auto_scaling_may_use",
    "grant_command",
    "key_account",
    "keys_of_snapshots",
    "managed_by_aws",
    "show_policy_command",
]

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


@dataclass(frozen=True)
class KeyUse:
    """Whether Auto Scaling may use a key.

    Args:
        allowed: whether it may; None where its policy says that under conditions which cannot be judged.
        lacking: operations of KMS that a disk takes and nothing allows. Default: none.
        unjudged: those of which that cannot be judged. Default: none.
    """

    allowed: bool | None
    lacking: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()

    @property
    def lack(self) -> str:
        """What is missing, as a clause after a colon; empty where nothing is allowed at all."""
        some = 0 < len(self.lacking) < len(_NEEDED)
        return f"its grants and policy do not let it {', '.join(self.lacking)}" if some else ""

    @property
    def doubt(self) -> str:
        """What cannot be judged, as a clause."""
        return (
            f"its policy lets it {', '.join(self.unjudged)} under conditions, or for principals, that cannot be judged "
            "from here"
        )


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


def auto_scaling_may_use(client: ClientFor, key: str, account: str) -> KeyUse:
    """Whether Auto Scaling of an account may use a key.

    Across accounts a grant has to name its role: the role has no rights of its own, and a policy of a key gives nobody
    of another account anything without them. What the grants of one role and the policy let it do counts together, and
    only if that is all that a disk takes: with less, such as DescribeKey alone, no server launches.

    Args:
        client: gives the boto3 client of a service.
        key: ARN of the key.
        account: of the groups.
    """
    kms = client("kms")
    granted: dict[str, set[str]] = {}
    for page in kms.get_paginator("list_grants").paginate(KeyId=key):
        for grant in page["Grants"]:
            principal = str(grant.get("GranteePrincipal", ""))
            if _is_role(principal, account):
                granted.setdefault(principal, set()).update(grant.get("Operations") or ())
    if any(operations >= _NEEDED for operations in granted.values()):
        return KeyUse(allowed=True)
    if key_account(key) != account:
        return _best(_without_policy(operations) for operations in granted.values())
    policy = KeyPolicy(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"], key)
    named = {each for each in policy.principals if _is_role(each, account)}
    roles = {_role_of(key, account), *named, *granted}
    found = _best(_judge(policy, role, granted.get(role, set())) for role in sorted(roles))
    if not found.allowed and managed_by_aws(kms.describe_key(KeyId=key)["KeyMetadata"]):
        return KeyUse(allowed=True)
    return found


def _judge(policy: KeyPolicy, role: str, granted: Collection[str]) -> KeyUse:
    """Whether a role may do all that a disk takes, by its grants and the policy."""
    found = {each: policy.lets(role, each) for each in _NEEDED if each not in granted}
    lacking = tuple(sorted(each for each, lets in found.items() if lets is False))
    unjudged = tuple(sorted(each for each, lets in found.items() if lets is None))
    return KeyUse(allowed=False if lacking else None if unjudged else True, lacking=lacking, unjudged=unjudged)


def _without_policy(granted: Collection[str]) -> KeyUse:
    return KeyUse(allowed=False, lacking=tuple(sorted(_NEEDED.difference(granted))))


def _best(found: Iterable[KeyUse]) -> KeyUse:
    """What one role may do, another does not make up for: the one that lacks least."""
    none_named = KeyUse(allowed=False, lacking=tuple(sorted(_NEEDED)))
    return min((*found, none_named), key=lambda each: (len(each.lacking), len(each.unjudged)))


def grant_command(key: str, account: str) -> str:
    """The line that lets Auto Scaling of an account use a key, in backquotes.

    Args:
        key: ARN of the key.
        account: of the groups.
    """
    return (
        f"`aws kms create-grant --region {key.split(':')[3]} --key-id {key} "
        f"--grantee-principal {_role_of(key, account)} "
        f"--operations {' '.join(_OPERATIONS)}`"
    )


def show_policy_command(key: str) -> str:
    """The line that shows the policy of a key, in backquotes.

    Args:
        key: ARN of the key.
    """
    return f"`aws kms get-key-policy --region {key.split(':')[3]} --key-id {key} --policy-name default`"


def key_account(key: str) -> str:
    """The account that a key belongs to, by its ARN."""
    return key.split(":")[4]


def _role_of(key: str, account: str) -> str:
    """The role that each account has, in the partition of a key."""
    return f"arn:{key.split(':')[1]}:iam::{account}:role/aws-service-role/autoscaling.amazonaws.com/{_ROLE}"


def _is_role(principal: str, account: str) -> bool:
    _, _, _, _, owner, role, *_ = [*principal.split(":"), *[""] * 6]
    return owner == account and role.rpartition("/")[2].startswith(_ROLE)
