"""Updates that leave a service with nothing that serves: an outage without a delete, in one table by type.

Such an update can be undone by the next one, and now and then it is meant. It is judged by what it does to those who
use the service: refused where what serves is held, unless an override was there before, and else warned of.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from strata.guard.plan import ResourceChange
from strata.guard.weakening import lessened
from strata.resources.protections.protection import KEEPS, Protection
from strata.resources.resource import Resource

__all__ = ["ADVICE", "TABLE", "describe_stops", "runs_tasks"]

ADVICE: Final = (
    "Leave something running and reachable. To stop it on purpose, first apply an override of this update, in a change "
    "of its own."
)

_SERVICE: Final = "aws:ecs/service:Service"


def _to_zero(old: Any, new: Any) -> bool:
    return not isinstance(new, bool) and new in (0, "0") and old not in (0, "0")


def _fewer(old: Any, new: Any) -> bool:
    return len(new or ()) < len(old or ())


_CUT: Final = "requests by way of a load balancer no longer reach its servers"

TABLE: Final[Mapping[str, tuple[Protection, ...]]] = MappingProxyType(
    {
        "aws:appautoscaling/target:Target": (
            Protection("maxCapacity", _to_zero, "it is scaled down to nothing, and cannot scale up again"),
        ),
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


def runs_tasks(state: Resource) -> bool:
    """Whether a resource is an ECS service that is meant to run something.

    Args:
        state: the resource.
    """
    daemon = state.inputs.get("schedulingStrategy") == "DAEMON"
    return state.type == _SERVICE and (daemon or state.inputs.get("desiredCount") not in (0, "0"))
