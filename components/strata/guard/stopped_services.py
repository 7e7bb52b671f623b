"""Updates that leave a service with nothing that serves: an outage without a delete, in one table by type.

Such an update can be undone by the next one, and now and then it is meant. It is judged by what it does to those who
use the service: refused where what serves is held, unless an override was there before, and else warned of.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from strata.guard.plan import ResourceChange
from strata.guard.weakening import lessened
from strata.resources.protections.protection import KEEPS, Protection
from strata.resources.resource import Resource
from strata.resources.wire import is_hidden

__all__ = ["ADVICE", "TABLE", "describe_stops", "runs_tasks"]

ADVICE: Final = (
    "Leave something running and reachable. To stop it on purpose, first apply an override of this update, in a change "
    "of its own."
)

_SERVICE: Final = "aws:ecs/service:Service"
_TASK_SET: Final = "aws:ecs/taskSet:TaskSet"
_SCALED: Final = "aws:appautoscaling/target:Target"
_NONE: Final = (0, "0")


def _to_zero(old: Any, new: Any) -> bool:
    return not isinstance(new, bool) and new in _NONE and old not in _NONE


def _fewer(old: Any, new: Any) -> bool:
    return len(new or ()) < len(old or ())


_CUT: Final = "requests by way of a load balancer no longer reach its servers"

TABLE: Final[Mapping[str, tuple[Protection, ...]]] = MappingProxyType(
    {
        _SCALED: (Protection("maxCapacity", _to_zero, "it is scaled down to nothing, and cannot scale up again"),),
        "aws:autoscaling/group:Group": (
            Protection("maxSize", _to_zero, "every server ends, and none can start"),
            Protection("desiredCapacity", _to_zero, "every server ends", KEEPS),
            Protection("targetGroupArns", _fewer, _CUT, KEEPS),
            Protection("trafficSources", _fewer, _CUT, KEEPS),
            Protection("loadBalancers", _fewer, _CUT, KEEPS),
        ),
        _SERVICE: (
            # The provider does not keep a number that is no longer given: it sends 0.
            Protection("desiredCount", _to_zero, "every task ends", 0),
            Protection("loadBalancers", _fewer, "requests by way of a load balancer no longer reach its tasks"),
        ),
        _TASK_SET: (Protection("scale.value", _to_zero, "every task of the set ends", KEEPS),),
        "aws:eks/nodeGroup:NodeGroup": (
            Protection("scalingConfig.maxSize", _to_zero, "every node ends, and none can start"),
            Protection("scalingConfig.desiredSize", _to_zero, "every node ends"),
        ),
        "aws:lambda/function:Function": (
            Protection("reservedConcurrentExecutions", _to_zero, "every call of it is refused", -1),
        ),
    }
)
"""By type token: the inputs whose change can stop a service."""


def describe_stops(change: ResourceChange) -> list[str]:
    """What an update stops, in words.

    Args:
        change: the change.
    """
    return list(dict.fromkeys(lessened(change, TABLE.get(change.type, ()))))


def runs_tasks(state: Resource, others: Iterable[Resource]) -> bool:
    """Whether a resource is an ECS service, or a set of tasks of one, that is meant to run something.

    A program that leaves the number of tasks to scaling may have said 0 once, when it made the service.

    Args:
        state: the resource.
        others: everything beside it, for what scales it.
    """
    if state.type == _TASK_SET:
        scale = state.inputs.get("scale")
        return not isinstance(scale, Mapping) or scale.get("value") not in _NONE
    if state.type != _SERVICE:
        return False
    asked, found = state.inputs.get("desiredCount"), state.outputs.get("desiredCount", 0)
    if state.inputs.get("schedulingStrategy") == "DAEMON" or asked not in _NONE or found not in _NONE:
        return True
    arn = str(state.outputs.get("arn") or state.id)
    return any(each.type == _SCALED and _scales(each.inputs, arn.rpartition(":")[2]) for each in others)


def _scales(target: Mapping[str, Any], service: str) -> bool:
    """Whether a scalable target is, or may be, that of a service, and lets it have tasks.

    A program that is only recorded does not know the service's ARN.
    """
    named = target.get("resourceId")
    may_be = is_hidden(named) or (not service and str(named).startswith("service/"))
    return target.get("maxCapacity") not in _NONE and (named == service or may_be)
