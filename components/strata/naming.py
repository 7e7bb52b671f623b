"""Names within the limits of AWS.

Pulumi builds a physical name from a logical one and a random suffix. A logical name that would not leave room for
the suffix is cut, and a hash of the whole keeps two names apart that begin alike.
"""

import hashlib
import re
from typing import Final

__all__ = [
    "ALARM_LIMIT",
    "AUTO_SCALING_GROUP_LIMIT",
    "BACKUP_LIMIT",
    "BUCKET_LIMIT",
    "DATABASE_LIMIT",
    "IAM_POLICY_LIMIT",
    "IAM_PROFILE_LIMIT",
    "IAM_ROLE_LIMIT",
    "LAUNCH_TEMPLATE_LIMIT",
    "LOAD_BALANCER_LIMIT",
    "LOAD_BALANCER_RESERVED_PREFIX",
    "LOG_GROUP_LIMIT",
    "PULUMI_SUFFIX",
    "SECURITY_GROUP_LIMIT",
    "SECURITY_GROUP_RESERVED_PREFIX",
    "TARGET_GROUP_LIMIT",
    "TOPIC_LIMIT",
    "bucket_refusal",
    "environment_key",
    "fit",
    "logical",
]

PULUMI_SUFFIX: Final = 8
"""Characters Pulumi's automatic naming adds: a dash and seven hexadecimal digits."""

TARGET_GROUP_LIMIT: Final = 32
"""CreateTargetGroup, `Name`."""
LOAD_BALANCER_LIMIT: Final = 32
"""CreateLoadBalancer, `Name`."""
LOAD_BALANCER_RESERVED_PREFIX: Final = "internal-"
"""CreateLoadBalancer refuses a name that begins like the DNS names of internal load balancers."""
IAM_ROLE_LIMIT: Final = 64
"""CreateRole, `RoleName`."""
IAM_PROFILE_LIMIT: Final = 128
"""CreateInstanceProfile, `InstanceProfileName`."""
IAM_POLICY_LIMIT: Final = 128
"""PutRolePolicy, `PolicyName`."""
LAUNCH_TEMPLATE_LIMIT: Final = 128
"""CreateLaunchTemplate, `LaunchTemplateName`; at least 3."""
AUTO_SCALING_GROUP_LIMIT: Final = 255
"""CreateAutoScalingGroup, `AutoScalingGroupName`."""
SECURITY_GROUP_LIMIT: Final = 255
"""CreateSecurityGroup, `GroupName`."""
SECURITY_GROUP_RESERVED_PREFIX: Final = "sg-"
"""CreateSecurityGroup refuses a name that begins like an id."""
ALARM_LIMIT: Final = 255
"""PutMetricAlarm, `AlarmName`."""
LOG_GROUP_LIMIT: Final = 512
"""CreateLogGroup, `logGroupName`."""
DATABASE_LIMIT: Final = 63
"""CreateDBInstance, `DBInstanceIdentifier`."""
TOPIC_LIMIT: Final = 256
"""CreateTopic, `Name`."""
BUCKET_LIMIT: Final = 63
"""CreateBucket, `Bucket`."""
BACKUP_LIMIT: Final = 50
"""CreateBackupVault, `BackupVaultName`; CreateBackupPlan and CreateBackupSelection take as many."""

_BUCKET_PREFIXES: Final = ("xn--", "sthree-", "amzn-s3-demo-")
_BUCKET_SUFFIXES: Final = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
"""S3's rules for naming buckets: beginnings and ends that it keeps for itself."""
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS: Final = re.compile(r"\d{1,3}(\.\d{1,3}){3}")

_HASH_DIGITS = 6


def fit(text: str, limit: int) -> str:
    """A text of at most `limit` characters: itself, or its beginning and six digits of its hash.

    Args:
        text: letters, digits and dashes.
        limit: characters at most, at least ten so that something readable remains.

    Raises:
        ValueError: the limit is too small.
    """
    least = _HASH_DIGITS + 4
    if limit < least:
        raise ValueError(f"a name limit of {limit} leaves no room, at least {least} characters are needed")
    if len(text) <= limit:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:_HASH_DIGITS]
    return f"{text[: limit - _HASH_DIGITS - 1].rstrip('-')}-{digest}"


def logical(name: str, limit: int) -> str:
    """A logical name whose physical one, with Pulumi's suffix, stays within an AWS limit.

    Args:
        name: the name wanted.
        limit: characters AWS allows for the physical name, one of this module's constants.

    Raises:
        ValueError: the limit is too small.
    """
    return fit(name, limit - PULUMI_SUFFIX)


def environment_key(name: str, what: str) -> str:
    """The environment variable that tells a service something about a component, such as `UPLOADS_BUCKET`.

    Args:
        name: the component's name.
        what: what the variable says, in upper case.
    """
    return f"{name.upper().replace('-', '_')}_{what}"


def bucket_refusal(name: str) -> str | None:
    """Why S3 takes no bucket of a name, to follow "a name"; None where nothing speaks against it."""
    reserved = [begin for begin in _BUCKET_PREFIXES if name.startswith(begin)]
    ends = [end for end in _BUCKET_SUFFIXES if name.endswith(end)]
    if not _BUCKET.fullmatch(name):
        return "of 3 to 63 lower-case letters, digits, dots and dashes, with a letter or a digit at both ends"
    if ".." in name:
        return "without two dots in a row"
    if _ADDRESS.fullmatch(name):
        return "that is not written like an IP address"
    if reserved:
        return f"that does not begin with {reserved[0]}"
    return f"that does not end with {ends[0]}" if ends else None
