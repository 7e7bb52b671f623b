"""Rules over encryption, of data at rest and on the way."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from strata.policy.rule import Rule, Severity, Terms
from strata.resources.resource import Resource
from strata.resources.values import at, is_known, mappings, says_yes

__all__ = ["ENCRYPTED", "TLS_FLOOR"]

_Reading = Callable[[Mapping[str, Any]], Iterator[str]]
_INHERITS = (
    "snapshotIdentifier",
    "replicateSourceDb",
    "replicationSourceIdentifier",
    "restoreToPointInTime",
    "s3Import",
)
"""Inputs that name where a database comes from; it is encrypted as that is."""
_LISTENERS = frozenset(
    f"aws:{module}/listener:Listener" for module in ("lb", "alb", "applicationloadbalancing", "elasticloadbalancingv2")
)
_ENCRYPTED = frozenset({"HTTPS", "TLS"})
_FLOOR = re.compile(r"ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)\b.*")
"""ELB's policies that begin at TLS 1.2; the number in a name is the oldest version it lets in."""
_DEFAULT = "ELBSecurityPolicy-2016-08"
"""What ELB chooses for a listener made by its API without a policy."""


def _switch(*path: str, inherits: tuple[str, ...] = ()) -> _Reading:
    """A switch that is off unless it is turned on."""

    def read(inputs: Mapping[str, Any]) -> Iterator[str]:
        value = at(inputs, *path)
        if value is None and any(inputs.get(each) is not None for each in inherits):
            return
        if not says_yes(value):
            yield "is not encrypted"

    return read


def _default_on(*path: str) -> _Reading:
    """A switch that is on unless it is turned off."""

    def read(inputs: Mapping[str, Any]) -> Iterator[str]:
        value = at(inputs, *path)
        if value is not None and not says_yes(value):
            yield "is not encrypted"

    return read


def _template_volumes(inputs: Mapping[str, Any]) -> Iterator[str]:
    for mapping in mappings(inputs.get("blockDeviceMappings")):
        ebs = mapping.get("ebs")
        if isinstance(ebs, Mapping) and not says_yes(ebs.get("encrypted")):
            yield f"has the unencrypted volume {mapping.get('deviceName')}"


def _server_volumes(inputs: Mapping[str, Any]) -> Iterator[str]:
    root = inputs.get("rootBlockDevice")
    # what a server from a template leaves out, the template says
    if (
        is_known(root)
        and (root is not None or inputs.get("launchTemplate") is None)
        and not says_yes(at(root, "encrypted"))
    ):
        yield "has an unencrypted root volume"
    for volume in mappings(inputs.get("ebsBlockDevices")):
        if not says_yes(volume.get("encrypted")):
            yield f"has the unencrypted volume {volume.get('deviceName')}"


def _bucket(inputs: Mapping[str, Any]) -> Iterator[str]:
    rules = mappings(inputs.get("rules"))
    if is_known(inputs.get("rules")) and not any(each.get("applyServerSideEncryptionByDefault") for each in rules):
        yield "leaves the encryption of a bucket to those who upload"


_TYPES: Final[Mapping[str, _Reading]] = {
    "aws:dax/cluster:Cluster": _switch("serverSideEncryption", "enabled"),
    "aws:docdb/cluster:Cluster": _switch("storageEncrypted", inherits=_INHERITS),
    "aws:ebs/volume:Volume": _switch("encrypted"),
    "aws:ec2/instance:Instance": _server_volumes,
    "aws:ec2/launchConfiguration:LaunchConfiguration": _server_volumes,
    "aws:ec2/launchTemplate:LaunchTemplate": _template_volumes,
    "aws:efs/fileSystem:FileSystem": _switch("encrypted"),
    "aws:elasticache/replicationGroup:ReplicationGroup": _switch("atRestEncryptionEnabled"),
    "aws:elasticsearch/domain:Domain": _switch("encryptAtRest", "enabled"),
    "aws:neptune/cluster:Cluster": _switch("storageEncrypted", inherits=_INHERITS),
    "aws:opensearch/domain:Domain": _switch("encryptAtRest", "enabled"),
    "aws:rds/cluster:Cluster": _switch("storageEncrypted", inherits=_INHERITS),
    "aws:rds/instance:Instance": _switch("storageEncrypted", inherits=_INHERITS),
    "aws:redshift/cluster:Cluster": _default_on("encrypted"),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _bucket,
    "aws:sqs/queue:Queue": _default_on("sqsManagedSseEnabled"),
}
"""How each type that keeps data says whether it is encrypted. DynamoDB, FSx, MemoryDB and S3 always are."""


def _encrypted(resource: Resource, _: Terms) -> Iterator[str]:
    read = _TYPES.get(resource.type)
    if read is not None:
        yield from read(resource.inputs)


ENCRYPTED: Final = Rule(
    "encrypted",
    Severity.MANDATORY,
    "Volumes, databases, buckets and file systems are encrypted.",
    "Turn encryption on before there is data: none of them can be encrypted in place.",
    _encrypted,
)


def _floor(resource: Resource, _: Terms) -> Iterator[str]:
    if resource.type not in _LISTENERS or resource.inputs.get("protocol") not in _ENCRYPTED:
        return
    policy: Any = resource.inputs.get("sslPolicy") or _DEFAULT
    if is_known(policy) and not _FLOOR.fullmatch(str(policy)):
        yield f"speaks TLS older than 1.2: its policy is {policy}"


TLS_FLOOR: Final = Rule(
    "tls-floor",
    Severity.MANDATORY,
    "Listeners speak TLS 1.2 or newer.",
    "Set ssl_policy to ELBSecurityPolicy-TLS13-1-2-2021-06 or a stricter one.",
    _floor,
)
