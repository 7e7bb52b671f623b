"""What ECS can do and the local AWS cannot: it is refused, for a rehearsal in which it had no effect would be wrong."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.responses import EC2ContainerServiceResponse

from strata_rehearsal.cloud.patches import replace

__all__ = ["REFUSED", "patch", "refuse_not_simulated"]

_SWITCHED: Final = MappingProxyType(
    {"deploymentConfiguration": ("earlySuccessCriteria", "enable"), "serviceConnectConfiguration": ("enabled",)}
)
"""Parameters that say with a switch below them whether they are used."""

REFUSED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "deploymentConfiguration": "A deployment that succeeds early (earlySuccessCriteria)",
        "gatewayConnectors": "A gateway connector",
        "placementConstraints": "Placement on container instances",
        "placementStrategy": "Placement on container instances",
        "serviceConnectConfiguration": "Service Connect",
        "serviceRegistries": "The registration of tasks in Cloud Map (serviceRegistries)",
        "volumeConfigurations": "A volume that ECS attaches to each task (volumeConfigurations)",
        "vpcLatticeConfigurations": "VPC Lattice",
    }
)
"""Parameters of CreateService and UpdateService, and what they ask for. One that is empty asks for nothing."""

_ON_FARGATE: Final = frozenset({"FARGATE", "FARGATE_SPOT"})
_TASK_SETS: Final = ("create_task_set", "update_task_set", "update_service_primary_task_set")


def patch() -> None:
    """Refuse sets of tasks, which only a deployment controller of another kind has."""
    for name in _TASK_SETS:
        replace(EC2ContainerServiceResponse, name, _refuse_task_sets)


def refuse_not_simulated(
    asked: Mapping[str, Any], *, launch_type: str | None, strategy: Iterable[Mapping[str, Any]]
) -> None:
    """Refuse a service, or a change of one, that needs what the local AWS does not have.

    Args:
        asked: the parameters of the call.
        launch_type: the service's launch type.
        strategy: its capacity provider strategy.

    Raises:
        InvalidParameterException: there is something of that kind in it; the first one is named.
    """
    for what in _not_simulated(asked, launch_type, strategy):
        raise InvalidParameterException(f"{what} is not simulated by the local AWS of a rehearsal.")


def _not_simulated(
    asked: Mapping[str, Any], launch_type: str | None, strategy: Iterable[Mapping[str, Any]]
) -> Iterator[str]:
    for each in strategy:
        if each.get("capacityProvider") not in _ON_FARGATE:
            yield f"The capacity provider {each.get('capacityProvider')}, which is not Fargate's,"
    if launch_type not in (None, "FARGATE"):
        yield f"The launch type {launch_type}, which a service has unless it says FARGATE,"
    if (scheduling := asked.get("schedulingStrategy", "REPLICA")) != "REPLICA":
        yield f"The scheduling strategy {scheduling}"
    if (controller := (asked.get("deploymentController") or {}).get("type", "ECS")) != "ECS":
        yield f"The deployment controller {controller}"
    if any(each.get("loadBalancerName") for each in asked.get("loadBalancers") or ()):
        yield "A Classic Load Balancer before a service"
    for name, what in REFUSED.items():
        if _asks(name, asked.get(name)):
            yield what


def _asks(name: str, value: Any) -> bool:
    for key in _SWITCHED.get(name, ()):
        value = value.get(key) if isinstance(value, Mapping) else None
    return bool(value)


def _refuse_task_sets(_self: EC2ContainerServiceResponse) -> None:
    raise InvalidParameterException("A set of tasks is not simulated by the local AWS of a rehearsal.")
