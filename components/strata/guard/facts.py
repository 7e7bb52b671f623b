"""What else holds for a resource and its change, as far as a plan shows it. What it does not show counts against it."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from strata.aws.facts.database_engines import ENGINES, DatabaseEngine
from strata.guard.named_elsewhere import names_of_users, stays
from strata.guard.plan import Plan, ResourceChange
from strata.guard.stopped_services import describe_stops, runs_tasks
from strata.guard.weakening import weakenings
from strata.resources.classes import is_judged
from strata.resources.resource import Resource
from strata.resources.wire import is_hidden, is_unknown
from strata.spectrum import Fact, Operation

__all__ = ["GROUP", "TARGET_GROUPS", "UPGRADE_ADVICE", "facts", "major_upgrade", "superseded"]

GROUP: Final = "aws:autoscaling/group:Group"
TARGET_GROUPS: Final = frozenset({"aws:lb/targetGroup:TargetGroup", "aws:alb/targetGroup:TargetGroup"})
_LEADS_TO_TARGETS: Final = ("Listener", "ListenerRule", "Group", "Attachment", "TrafficSourceAttachment", "Service")
"""Types that send requests or servers to a target group."""
_NAMES_TARGETS: Final = frozenset(
    {
        *("actions", "defaultActions", "forward", "targetGroup", "targetGroups", "targetGroupArn", "targetGroupArns"),
        *("arn", "identifier", "lbTargetGroupArn", "loadBalancers", "trafficSource", "trafficSources"),
    }
)
"""Inputs of those types that name one, and what these are within."""
_GOING: Final = frozenset({Operation.DELETE, Operation.REPLACE})
_INSTANCE: Final = "aws:rds/instance:Instance"
_VALUES: Final = MappingProxyType(
    {
        "aws:iam/accessKey:AccessKey": ("status",),
        "aws:iam/serverCertificate:ServerCertificate": ("certificateBody", "certificateChain", "privateKey"),
        "aws:acm/certificate:Certificate": ("certificateBody", "certificateChain", "privateKey"),
        "aws:secretsmanager/secretVersion:SecretVersion": (
            "secretBinary",
            "secretString",
            "secretStringWo",
            "secretStringWoVersion",
        ),
        "aws:ssm/parameter:Parameter": ("insecureValue", "value", "valueWo", "valueWoVersion"),
    }
)
"""Inputs that hold a secret's value. In a plan old and new ones read the same, so the engine's word counts."""
_TYPES: Final = frozenset(
    {
        "aws:docdb/cluster:Cluster",
        "aws:neptune/cluster:Cluster",
        "aws:rds/cluster:Cluster",
        "aws:rds/globalCluster:GlobalCluster",
        "aws:rds/instance:Instance",
    }
)
_LIKE: Final = MappingProxyType({"aurora-mysql": "mysql"})
"""Engines whose versions read like those of another one."""
_PARAMETER_GROUPS: Final = frozenset(
    {"aws:rds/parameterGroup:ParameterGroup", "aws:rds/clusterParameterGroup:ClusterParameterGroup"}
)
"""Types that are of one major version: an upgrade leaves the old one behind."""
UPGRADE_ADVICE: Final = (
    "Upgrade a copy from a snapshot first and run the programs against it; take a snapshot right before, and apply it "
    "when nobody needs the database."
)


def facts(change: ResourceChange, plan: Plan) -> frozenset[Fact]:
    """The facts about one change.

    Args:
        change: the change.
        plan: the plan it is part of, for what the resource is used by and rebuilt from.
    """
    return frozenset(_facts(change, plan))


def _facts(change: ResourceChange, plan: Plan) -> Iterator[Fact]:
    used = change.type in TARGET_GROUPS and _in_use(change, plan)
    if change.type == GROUP or used or _ends_tasks(change, plan) or names_of_users(change, plan):
        yield Fact.SERVING
    if describe_stops(change):
        yield Fact.STOPS
    if stays(change):
        yield Fact.OLD_KEPT
    if _source_protected(change, plan):
        yield Fact.SOURCE_PROTECTED
    if weakenings(change, plan):
        yield Fact.WEAKENS
    if major_upgrade(change):
        yield Fact.NO_WAY_BACK
    if set(_VALUES.get(change.type, ())) & set(change.differs):
        yield Fact.CARRIES_VALUE


def _in_use(change: ResourceChange, plan: Plan) -> bool:
    """Whether something of the plan leads to a target group. Without what stays the same nobody knows."""
    arn = change.state.outputs.get("arn") or change.state.id
    others = [each for each in plan.changes if each.urn != change.urn and each.type.endswith(_LEADS_TO_TARGETS)]
    used = any(arn and _leads(each.old.inputs, arn) for each in others if each.old)
    return used or not any(each.operation is Operation.SAME and is_judged(each.state) for each in plan.changes)


def _leads(value: Any, arn: str, key: str = "") -> bool:
    """Whether something among a resource's inputs names a target group, or hides what it names."""
    match value:
        case Mapping():
            return any(_leads(below, arn, str(name)) for name, below in value.items())
        case list():
            return any(_leads(each, arn, key) for each in value)
        case _:
            return arn in str(value) or (is_hidden(value) and key in _NAMES_TARGETS)


def _ends_tasks(change: ResourceChange, plan: Plan) -> bool:
    """Whether an ECS service goes while it runs something, or may from now on be deleted while it does.

    One that is replaced by another one that is there first goes too: the first deployment of a service has no gate, and
    nothing to go back to.
    """
    goes = change.operation in _GOING or weakenings(change, plan)
    return bool(goes) and runs_tasks(change.state, [each.state for each in plan.changes])


def _source_protected(change: ResourceChange, plan: Plan) -> bool:
    """Whether a replica's source is in the plan, stays, and is protected before and afterwards."""
    source = change.state.inputs.get("replicateSourceDb")
    if change.type != _INSTANCE or not source:
        return False
    return any(
        _protected(other.old) and _protected(other.new)
        for other in plan.changes
        if other.type == _INSTANCE
        and other.operation in {Operation.SAME, Operation.UPDATE}
        and source in _names(other.state)
    )


def _protected(state: Resource | None) -> bool:
    return state is not None and (state.protected or state.inputs.get("deletionProtection") is True)


def _names(state: Resource) -> set[Any]:
    return {state.id, state.inputs.get("identifier"), state.outputs.get("identifier"), state.outputs.get("arn")} - {
        None,
        "",
    }


def major_upgrade(change: ResourceChange) -> str | None:
    """What a change of a database's major version means, in words; None where it is no such change.

    Args:
        change: the change.
    """
    if change.type not in _TYPES or change.operation is not Operation.UPDATE or not (change.old and change.new):
        return None
    if change.differs and "engineVersion" not in change.differs:
        return None
    old, new = (state.inputs.get("engineVersion") for state in (change.old, change.new))
    # A plan that makes the version known only in the `up` may make it any version.
    unseen = is_unknown(new)
    engine = str(change.old.inputs.get("engine") or change.old.outputs.get("engine") or "")
    if not old or not new or not (unseen or _major(engine, old) != _major(engine, new)):
        return None
    to = "a version that cannot be seen, perhaps a major one" if unseen else f"major version {_major(engine, new)}"
    return (
        f"{engine or 'the engine'} goes from {_major(engine, old)} to {to}: the database is down while it is upgraded, "
        "and there is no way back but to restore a snapshot from before, without what was written since"
    )


def superseded(change: ResourceChange, plan: Plan) -> bool:
    """Whether a parameter group goes because a major upgrade of the same plan takes one of the new version.

    Args:
        change: the change of a parameter group.
        plan: the plan it is part of.
    """
    if change.type not in _PARAMETER_GROUPS or change.operation is not Operation.DELETE:
        return False
    names = {change.state.id, change.state.outputs.get("name")}
    used = (
        (each.old.inputs.get("parameterGroupName"), each.old.inputs.get("dbClusterParameterGroupName"))
        for each in plan.changes
        if each.old and major_upgrade(each)
    )
    return any(name in names for pair in used for name in pair if name)


def _major(engine: str, version: Any) -> str:
    name = _LIKE.get(engine, engine)
    if name in set(DatabaseEngine):
        return ENGINES[DatabaseEngine(name)].major(str(version))
    return str(version).partition(".")[0]
