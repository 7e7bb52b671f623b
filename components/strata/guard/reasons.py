"""Why a change is judged as it is, what would be lost by it, and what to do about it, in words."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from strata.guard.facts import UPGRADE_ADVICE, major_upgrade, superseded
from strata.guard.named_elsewhere import names_of_users
from strata.guard.plan import Plan, ResourceChange
from strata.guard.stopped_services import ADVICE as ON_PURPOSE
from strata.guard.stopped_services import describe_stops
from strata.resources.classes import WORDS
from strata.resources.registry_images import taken_from_registry
from strata.resources.resource import Resource
from strata.spectrum import Fact, Mutability, Operation

__all__ = ["lost", "reasons", "way_out"]

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
        "aws:ecrpublic/repository:Repository": "the images in it",
        "aws:ecs/service:Service": "every task of the service, and new ones would start without a gate",
        "aws:ecs/taskSet:TaskSet": "every task of the set",
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
        "docker-build:index:Index": "the image in its registry",
        "docker:index/registryImage:RegistryImage": "the image in its registry",
    }
)
_TASK_DEFINITION: Final = "aws:ecs/taskDefinition:TaskDefinition"
_SHOWN: Final = 3
"""Names that a reason lists."""
_KEEP_REMOTELY: Final = (
    "Set keep_remotely=True on it first, or retain_on_delete=True where it has no such input, in a change of its own: "
    "the image then stays in its registry."
)
_KEEP_REVISION: Final = (
    "Set skip_destroy=True on it first, in a change of its own: ECS then keeps the revision, for what names it and for "
    "a rollback."
)
_NO_SNAPSHOT: Final = "; no final snapshot is taken"


def reasons(change: ResourceChange, plan: Plan, operation: Operation, known: frozenset[Fact]) -> Iterator[str]:
    """Why, a clause each; what weakens comes from elsewhere.

    Args:
        change: the change.
        plan: the plan it is part of.
        operation: what it is judged as.
        known: the facts about it.
    """
    yield from _of_operation(change, operation, known, destroyed=plan.destroys)
    goes = operation in {Operation.REPLACE, Operation.DELETE}
    if operation is Operation.REPLACE and change.deleted_first:
        yield "the old one goes before the new one is there"
    if Fact.SERVING in known and goes:
        yield _used_by(names_of_users(change, plan), change.type) or "it is in use"
    yield from describe_stops(change)
    if Fact.CARRIES_VALUE in known:
        yield "the change carries a value"
    upgrade = major_upgrade(change)
    if upgrade:
        yield upgrade


def _used_by(names: Sequence[str], kind: str) -> str:
    """That something names what goes, in words; empty where nothing is known to."""
    if not names:
        return ""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    what = "it, and no task starts from it any more" if kind == _TASK_DEFINITION else "an image that goes with it"
    return f"{', '.join(names[:_SHOWN])}{more} {'names' if len(names) == 1 else 'name'} {what}"


def _of_operation(
    change: ResourceChange, operation: Operation, known: frozenset[Fact], *, destroyed: bool
) -> Iterator[str]:
    match operation:
        case Operation.REPLACE if change.replaced_by:
            yield f"AWS cannot change {', '.join(change.replaced_by)} in place"
        case Operation.REPLACE if change.new is None:
            yield "an earlier replacement left it behind"
        case Operation.REPLACE:
            yield "the engine replaces it"
        case Operation.DELETE:
            yield "a destroy deletes everything" if destroyed else "it is no longer in the program"
        case Operation.UPDATE if change.differs:
            yield f"{', '.join(change.differs)} {'changes' if len(change.differs) == 1 else 'change'}"
        case Operation.CREATE if Fact.WEAKENS in known:
            yield "what it is added to is there already"
        case _:
            pass


def way_out(change: ResourceChange, plan: Plan, operation: Operation, known: frozenset[Fact]) -> str:
    """What to do about a change that is warned of or refused.

    Args:
        change: the change.
        plan: the plan it is part of.
        operation: what it is judged as.
        known: the facts about it.
    """
    undone = f"Undo the change of {', '.join(change.replaced_by)}" if change.replaced_by else "Undo the change"
    weakens = Fact.WEAKENS in known
    ways = (
        (plan.destroys, "Keep the stack, or take it down in two runs."),
        (
            superseded(change, plan),
            "Nothing to do: the upgraded database has a group of its own version, and nothing uses this one then.",
        ),
        (operation in {Operation.DELETE, Operation.REPLACE} and taken_from_registry(change.state), _KEEP_REMOTELY),
        (change.type == _TASK_DEFINITION and Fact.SERVING in known, _KEEP_REVISION),
        (operation is Operation.DELETE, "Put it back into the program; a renamed or moved one needs an alias."),
        (
            operation is Operation.REPLACE,
            f"{undone}, or make another one beside it, move over, and then delete this one.",
        ),
        (weakens and operation is Operation.CREATE, "Leave it out, or let it take less."),
        (weakens, "Leave its protection as it was."),
        (Fact.STOPS in known, ON_PURPOSE),
        (Fact.NO_WAY_BACK in known, UPGRADE_ADVICE),
        (Fact.CARRIES_VALUE in known, "Rotate the value where it is kept; a program only names it."),
    )
    return next((fix for holds, fix in ways if holds), "Apply it when nobody needs it, and look at the preview first.")


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
