"""Major upgrades of databases: updates in place that are an outage, and have no way back."""

from types import MappingProxyType
from typing import Any, Final

from strata.aws.facts.database_engines import ENGINES, Engine
from strata.guard.plan import Plan, ResourceChange
from strata.resources.wire import is_unknown
from strata.spectrum import Operation

__all__ = ["ADVICE", "major_upgrade", "superseded"]

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

ADVICE: Final = (
    "Upgrade a copy from a snapshot first and run the programs against it; take a snapshot right before, and apply it "
    "when nobody needs the database."
)


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
    if name in set(Engine):
        return ENGINES[Engine(name)].major(str(version))
    return str(version).partition(".")[0]
