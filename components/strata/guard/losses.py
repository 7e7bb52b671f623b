"""What would be lost with a resource, in words for the person who decides."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from strata.resources.resource import Resource
from strata.resources.words import WORDS
from strata.spectrum import Mutability

__all__ = ["lost"]

_BY_TYPE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "aws:autoscaling/group:Group": "every server of the fleet, and new ones would start without a gate",
        "aws:cloudwatch/logGroup:LogGroup": "the logs in it",
        "aws:dynamodb/table:Table": "every item of the table",
        "aws:ebs/volume:Volume": "everything on the volume",
        "aws:ec2/eip:Eip": "an address that others may have let in",
        "aws:ec2/instance:Instance": "the server and its own disks",
        "aws:ec2/vpc:Vpc": "the network and everything in it",
        "aws:ecr/repository:Repository": "the images in it",
        "aws:efs/fileSystem:FileSystem": "every file on it",
        "aws:iam/role:Role": "what is allowed to whoever has the role, until it is granted again",
        "aws:kms/key:Key": "everything that is encrypted with the key",
        "aws:lb/loadBalancer:LoadBalancer": "its address, and requests until names lead to another",
        "aws:lb/targetGroup:TargetGroup": "the servers' place behind the load balancer",
        "aws:rds/cluster:Cluster": "the database and everything in it",
        "aws:rds/instance:Instance": "the database and everything in it",
        "aws:route53/zone:Zone": "the zone's records, and the name servers its domain points to",
        "aws:s3/bucket:Bucket": "every object in the bucket",
        "aws:secretsmanager/secret:Secret": "the secret, also for those who read it now",
        "aws:sqs/queue:Queue": "the messages in the queue",
    }
)

_NO_SNAPSHOT: Final = "; no final snapshot is taken"


def lost(state: Resource, mutability: Mutability) -> str:
    """What goes with a resource.

    Args:
        state: the resource as it is.
        mutability: its class.
    """
    if mutability is Mutability.REBUILDABLE:
        text = WORDS[mutability].lost
    else:
        text = _BY_TYPE.get(state.type.replace("V2", ""), WORDS[mutability].lost)
    if state.inputs.get("skipFinalSnapshot") and mutability is Mutability.CONTROLLED:
        text += _NO_SNAPSHOT
    return text
