"""The class of a resource: its tag, or else what its type says."""

from typing import Final

from strata.resources.resource import Resource
from strata.spectrum import Mutability
from strata.tags import tagged_class

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


def class_of(resource: Resource) -> Mutability | None:
    """The class a resource is tagged with, or that of its type where it is data's; None where neither says."""
    tagged = tagged_class(resource.inputs.get("tags"))
    if tagged is not None:
        return tagged
    if resource.type not in _HOLD_DATA:
        return None
    replica = resource.inputs.get(_REPLICA_OF) is not None
    return Mutability.REBUILDABLE if replica else Mutability.CONTROLLED
