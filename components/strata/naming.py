"""Names within the limits of AWS, and of what Strata keeps in SSM Parameter Store, all of it below `/strata/`.

Pulumi builds a physical name, AWS's own, from a logical one, the program's, and a random suffix. Where that would be
too long the physical name is cut and the logical one is not: an alias of a renamed component finds its children by
their logical names.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

__all__ = [
    "ALARM_LIMIT",
    "ALARM_NAME",
    "AUTO_SCALING_GROUP_LIMIT",
    "BACKUP_LIMIT",
    "BACKUP_NAME",
    "BUCKET_LIMIT",
    "BUCKET_NAME",
    "DATABASE_LIMIT",
    "DATABASE_NAME",
    "IAM_POLICY_LIMIT",
    "IAM_PROFILE_LIMIT",
    "IAM_ROLE_LIMIT",
    "LAUNCH_TEMPLATE_LIMIT",
    "LOAD_BALANCER_LIMIT",
    "LOAD_BALANCER_NAME",
    "LOAD_BALANCER_RESERVED_PREFIX",
    "LOG_GROUP_LIMIT",
    "LOG_GROUP_NAME",
    "PULUMI_SUFFIX",
    "REPOSITORY_LIMIT",
    "REPOSITORY_NAME",
    "ROLE_NAME",
    "SECURITY_GROUP_LIMIT",
    "SECURITY_GROUP_RESERVED_PREFIX",
    "TARGET_GROUP_LIMIT",
    "TARGET_GROUP_NAME",
    "TOPIC_LIMIT",
    "UNIQUE_SUFFIX",
    "PhysicalName",
    "bake_order_name",
    "break_glass_name",
    "break_glass_of",
    "bucket_refusal",
    "catalogue_name",
    "catalogue_path",
    "environment_key",
    "fit",
    "heartbeat_name",
    "is_note",
    "is_record",
    "lifted_revocation_name",
    "logical",
    "master_password_name",
    "note_name",
    "pipeline_record_name",
    "record_name",
    "recorded_service",
    "records_root",
    "revocation_name",
    "rollback_name",
    "runtime_config_path",
    "secret_record_name",
    "stack_path",
    "version_in",
    "veto_name",
    "veto_path",
    "watermark_name",
]

PULUMI_SUFFIX: Final = 8
"""Characters Pulumi's automatic naming adds: a dash and seven hexadecimal digits."""
UNIQUE_SUFFIX: Final = 26
"""Characters the provider adds to a `name_prefix`: a moment and a counter."""
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
REPOSITORY_LIMIT: Final = 256
"""CreateRepository of ECR, `repositoryName`."""

_BUCKET_PREFIXES: Final = ("xn--", "sthree-", "amzn-s3-demo-")
_BUCKET_SUFFIXES: Final = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
"""S3's rules for naming buckets: beginnings and ends that it keeps for itself."""
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS: Final = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
_HASH_DIGITS = 6
_LEAST: Final = _HASH_DIGITS + 4
"""Characters of the shortest name with a hash in which something readable remains."""
_ROOT: Final = "/strata"
_RELEASE: Final = "/release"
_NOTE: Final = "/last-rollout"
_BREAK_GLASS: Final = "/break-glass/"
_PLAIN: Final = re.compile(r"[0-9A-Za-z_][0-9A-Za-z._-]*")
"""A version that is part of the name of a parameter as it is."""


@dataclass(frozen=True)
class PhysicalName:
    """What to give the provider where a logical name does not fit AWS's limit.

    A prefix, to which the provider adds what makes it unique, leaves AWS free to have the old and the new one side by
    side. A type that accepts none is named whole.

    Args:
        limit: characters AWS allows.
        prefix: the input that accepts a prefix, as pulumi_aws spells it. None: the type has none.
        whole: the input that accepts a whole name.
        lower: whether AWS allows lower case only.
    """

    limit: int
    prefix: str | None = "name_prefix"
    whole: str = "name"
    lower: bool = False

    def inputs(self, logical_name: str) -> dict[str, str]:
        """The input that cuts a name; none where it fits with Pulumi's suffix.

        Args:
            logical_name: the resource's name in the program.
        """
        if len(logical_name) + PULUMI_SUFFIX <= self.limit:
            return {}
        name = logical_name.lower() if self.lower else logical_name
        if self.prefix is None:
            return {self.whole: fit(name, self.limit)}
        return {self.prefix: f"{_beginning(name, self.limit - UNIQUE_SUFFIX - 1)}-"}

    @property
    def created_once(self) -> str:
        """The input, in camel case, that counts at creation only: a renamed component keeps AWS's names."""
        return re.sub(r"_(.)", lambda found: found[1].upper(), self.prefix or self.whole)


LOAD_BALANCER_NAME: Final = PhysicalName(LOAD_BALANCER_LIMIT)


TARGET_GROUP_NAME: Final = PhysicalName(TARGET_GROUP_LIMIT)


ROLE_NAME: Final = PhysicalName(IAM_ROLE_LIMIT)
"""Of instance profiles too, although theirs may be longer: a role and its profile are named alike."""


DATABASE_NAME: Final = PhysicalName(DATABASE_LIMIT, "identifier_prefix", "identifier", lower=True)


BUCKET_NAME: Final = PhysicalName(BUCKET_LIMIT, "bucket_prefix", "bucket", lower=True)


BACKUP_NAME: Final = PhysicalName(BACKUP_LIMIT, None)


REPOSITORY_NAME: Final = PhysicalName(REPOSITORY_LIMIT, None, lower=True)
ALARM_NAME: Final = PhysicalName(ALARM_LIMIT, None)


LOG_GROUP_NAME: Final = PhysicalName(LOG_GROUP_LIMIT)


def _beginning(text: str, limit: int) -> str:
    """The beginning of a text, with a hash of the whole where there is room for one."""
    return fit(text, limit) if limit >= _LEAST else text[:limit].rstrip("-")


def fit(text: str, limit: int) -> str:
    """A text of at most `limit` characters: itself, or its beginning and six digits of its hash.

    Args:
        text: letters, digits and dashes.
        limit: characters at most, at least ten so that something readable remains.

    Raises:
        ValueError: the limit is too small.
    """
    if limit < _LEAST:
        raise ValueError(f"a name limit of {limit} leaves no room, at least {_LEAST} characters are needed")
    if len(text) <= limit:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:_HASH_DIGITS]
    return f"{text[: limit - _HASH_DIGITS - 1].rstrip('-')}-{digest}"


def logical(name: str, limit: int) -> str:
    """A name that with Pulumi's suffix stays within an AWS limit.

    Logical names were cut to this before physical ones were, so it is an alias of each that was.

    Args:
        name: the name wanted.
        limit: characters AWS allows for the physical name, one of this module's constants.

    Raises:
        ValueError: the limit is too small.
    """
    return fit(name, limit - PULUMI_SUFFIX)


def environment_key(name: str, what: str) -> str:
    """The environment variable that gives a service `what`, in upper case, of a component, such as `UPLOADS_BUCKET`."""
    return f"{name.upper().replace('-', '_')}_{what}"


def bucket_refusal(name: str) -> str | None:
    """Why S3 accepts no bucket of a name, to follow "a name"; None where nothing speaks against it."""
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


def stack_path(project: str, stack: str, name: str) -> str:
    """What belongs to a part of a stack, such as `/strata/shop/prod/web`; its log group is called so too."""
    return f"{_ROOT}/{project}/{stack}/{name}"


def record_name(project: str, stack: str, service: str) -> str:
    """The release record of a service."""
    return f"{stack_path(project, stack, service)}{_RELEASE}"


def records_root() -> str:
    """Below which the release records of all stacks are, among other parameters: see `is_record`."""
    return _ROOT


def is_record(parameter: str) -> bool:
    """Whether the name of a parameter is that of a release record."""
    return recorded_service(parameter) is not None


def recorded_service(parameter: str) -> tuple[str, str] | None:
    """Stack and service of a release record; None for the name of anything else."""
    found = re.fullmatch(rf"{_ROOT}/[^/]+/([^/]+)/([^/]+){_RELEASE}", parameter)
    return (found[1], found[2]) if found else None


def note_name(record: str) -> str:
    """The note of the last rollout, beside a release record."""
    return f"{record.removesuffix(_RELEASE)}{_NOTE}"


def is_note(parameter: str) -> bool:
    """Whether the name of a parameter is that of the note of a service's last rollout."""
    return parameter.endswith(_NOTE) and is_record(f"{parameter.removesuffix(_NOTE)}{_RELEASE}")


def heartbeat_name(record: str) -> str:
    """The alarm that a gate keeps OK while it rolls the service of a release record."""
    return fit(f"{record.removesuffix(_RELEASE)}/heartbeat", ALARM_LIMIT)


def rollback_name(record: str) -> str:
    """The last rollback that was begun, beside a release record."""
    return f"{record.removesuffix(_RELEASE)}/rollback"


def break_glass_name(record: str, unit: str) -> str:
    """Who was let into a server or a task of the service of a release record, and why.

    Args:
        record: name of the record.
        unit: id of the server or the task.
    """
    return f"{record.removesuffix(_RELEASE)}{_BREAK_GLASS}{unit}"


def break_glass_of(parameter: str) -> tuple[str, str] | None:
    """Service and server or task that a note of break-glass is about; None for the name of anything else."""
    found = re.fullmatch(rf"{_ROOT}/[^/]+/[^/]+/([^/]+){_BREAK_GLASS}([^/]+)", parameter)
    return (found[1], found[2]) if found else None


def _version_part(version: str) -> str:
    """A version as a part of the name of a parameter; `version_in` reads it back.

    Parameter Store allows letters, digits and `_.-` in a part. A version with anything else, such as the + of a build,
    is written after a hyphen, with which no plain version begins, and `_` and two hexadecimal digits for each byte of
    what is not allowed and of `_` itself: 1.4.2+7 is `-1.4.2_2b7`. Any other version is its own part.
    """
    if not version or _PLAIN.fullmatch(version):
        return version
    return "-" + re.sub(r"[^0-9A-Za-z.-]", lambda found: _escaped(found[0]), version)


def version_in(parameter: str) -> str:
    """The version at the end of the name of a veto, or of an entry of the catalogue."""
    part = parameter.rpartition("/")[2]
    if not part.startswith("-"):
        return part
    try:
        version = re.sub(rb"_([0-9a-f]{2})", lambda found: bytes.fromhex(found[1].decode()), part[1:].encode()).decode()
    except UnicodeDecodeError:
        return part
    # what a person wrote by hand may only look like one of ours
    return version if _version_part(version) == part else part


def _escaped(character: str) -> str:
    return "".join(f"_{byte:02x}" for byte in character.encode("utf-8", "surrogatepass"))


def veto_path(record: str) -> str:
    """Below which the vetoes for the service of a release record are."""
    return f"{record.removesuffix(_RELEASE)}/veto"


def veto_name(record: str, version: str) -> str:
    """What keeps a version out of the service of a release record by being there, see `images.verdicts`."""
    return f"{veto_path(record)}/{_version_part(version)}"


def catalogue_path(image: str) -> str:
    """Below which everything kept about an image is, in each account and region."""
    return f"{_ROOT}/images/{image}"


def catalogue_name(image: str, version: str) -> str:
    """What a version of an image is: its id or digest, when and from what it was made."""
    return f"{catalogue_path(image)}/{_version_part(version)}"


def watermark_name(image: str, version: str) -> str:
    """What a watermark of a machine image says that it is, after an account (EC2); `version_in` reads the version."""
    return f"{image}/{_version_part(version)}"


def revocation_name(image: str, version: str) -> str:
    """What revokes a version of an image everywhere by being there; its value is read by `images.verdicts`."""
    return f"{catalogue_name(image, version)}/revoked"


def lifted_revocation_name(image: str, version: str) -> str:
    """Who lifted the last revocation of a version, when and why; it forbids nothing."""
    return f"{catalogue_name(image, version)}/unrevoked"


def pipeline_record_name(project: str, stack: str, name: str) -> str:
    """What a pipeline of images leaves for the command line."""
    return stack_path(project, stack, f"images/{name}/pipeline")


def bake_order_name(project: str, stack: str, name: str) -> str:
    """Which version a pipeline is to bake next, for the build to read."""
    return stack_path(project, stack, f"images/{name}/order")


def runtime_config_path(project: str, stack: str, name: str) -> str:
    """Where the parameters of a runtime configuration are, such as `/strata/shop/prod/config/web`."""
    return stack_path(project, stack, f"config/{name}")


def secret_record_name(project: str, stack: str, secret: str) -> str:
    """Where a secret is, written once it has a value."""
    return stack_path(project, stack, f"secrets/{secret}/arn")


def master_password_name(project: str, stack: str, database: str) -> str:
    """Which secret holds the master password of a database, written once it is that database's."""
    return f"{stack_path(project, stack, database)}/master-password"
