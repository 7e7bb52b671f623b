"""What else holds for a resource and its change, as far as the plan tells. What it does not tell counts against it."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from strata.guard.outages import outages, runs_tasks
from strata.guard.plan import Plan, ResourceChange
from strata.guard.upgrades import major_upgrade
from strata.guard.weakening import weakenings
from strata.resources.classes import is_judged
from strata.resources.resource import Resource
from strata.resources.wire import is_hidden
from strata.spectrum import Fact, Operation

__all__ = ["GROUP", "TARGET_GROUPS", "facts"]

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


def facts(change: ResourceChange, plan: Plan) -> frozenset[Fact]:
    """The facts about one change.

    Args:
        change: the change.
        plan: the plan it is part of, for what the resource is used by and rebuilt from.
    """
    return frozenset(_facts(change, plan))


def _facts(change: ResourceChange, plan: Plan) -> Iterator[Fact]:
    if change.type == GROUP or (change.type in TARGET_GROUPS and _in_use(change, plan)) or _ends_tasks(change):
        yield Fact.SERVING
    if outages(change):
        yield Fact.STOPS
    # An option that comes with the change it would excuse excuses nothing.
    if change.old is not None and change.old.retained and (change.new is None or change.new.retained):
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
    """Whether something of the plan leads to a target group. Without what stays the same nobody can tell."""
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


def _ends_tasks(change: ResourceChange) -> bool:
    """Whether an ECS service goes while it runs something, with no other one there first."""
    goes = change.operation is Operation.DELETE or (change.operation is Operation.REPLACE and change.deleted_first)
    return goes and runs_tasks(change.state)


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
