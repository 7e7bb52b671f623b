"""The class of a resource: its tag, or else what its type says."""

from typing import Final

from strata.policy.model import Subject
from strata.policy.values import at, mappings
from strata.spectrum import MUTABILITY_TAG, Mutability

__all__ = ["class_of"]

_HOLD_DATA: Final = frozenset(
    {
        "aws:docdb/cluster:Cluster",
        "aws:dynamodb/table:Table",
        "aws:efs/fileSystem:FileSystem",
        "aws:elasticsearch/domain:Domain",
        "aws:neptune/cluster:Cluster",
        "aws:opensearch/domain:Domain",
        "aws:rds/cluster:Cluster",
        "aws:rds/instance:Instance",
        "aws:redshift/cluster:Cluster",
        "aws:s3/bucket:Bucket",
    }
)
_REPLICA_OF = "replicateSourceDb"


def class_of(subject: Subject) -> Mutability | None:
    """The class a resource is tagged with, or that of its type where it is data's; None where neither says."""
    tagged = _tagged(subject)
    if tagged is not None:
        return tagged
    if subject.type not in _HOLD_DATA:
        return None
    replica = subject.inputs.get(_REPLICA_OF) is not None
    return Mutability.REBUILDABLE if replica else Mutability.CONTROLLED


def _tagged(subject: Subject) -> Mutability | None:
    tags = subject.inputs.get("tags")
    listed = {each.get("key"): each.get("value") for each in mappings(tags)} if isinstance(tags, list) else tags
    try:
        return Mutability(str(at(listed, MUTABILITY_TAG)))
    except ValueError:
        return None
