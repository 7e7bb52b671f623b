"""The parameters of UpdateService that start a service deployment, and whether a revision has them.

A task definition's tags may change in place, so a tag alone does not prove that what runs was started with the network
or the load balancers a release wants. What AWS fills in by itself is no difference.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

__all__ = ["STARTING_PARAMETERS", "differing_parameters", "has_parameters"]

STARTING_PARAMETERS: Final = (
    *("taskDefinition", "networkConfiguration", "platformVersion", "loadBalancers", "serviceRegistries"),
    *("serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations"),
)
"""The API's model says of each that it triggers a new service deployment."""

_ANY_VERSION = "LATEST"
"""The platform version that AWS resolves to a number when a revision is made."""


def has_parameters(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Whether a revision, or an entry of the older view, was made with what is wanted, as far as it shows it.

    Args:
        wanted: parameters as UpdateService is sent them.
        found: as AWS describes them; a parameter that it does not show is not compared.
    """
    return not differing_parameters(wanted, found)


def differing_parameters(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Names of the parameters with which a revision, or an entry of the older view, was not made as wanted.

    Args:
        wanted: as for `has_parameters`.
        found: as for `has_parameters`.
    """
    return [
        name
        for name, value in wanted.items()
        if name in found and not _same(_comparable(name, value), _comparable(name, found[name]))
    ]


def _comparable(name: str, value: Any) -> Any:
    """Two target groups of a load balancer swap their roles with every deployment that shifts traffic."""
    if name != "loadBalancers":
        return value
    return [{**each, "targetGroupArn": _pair(each), "advancedConfiguration": _rest(each)} for each in value or ()]


def _pair(balancer: Mapping[str, Any]) -> list[str]:
    other = (balancer.get("advancedConfiguration") or {}).get("alternateTargetGroupArn")
    return [each for each in (balancer.get("targetGroupArn"), other) if each]


def _rest(balancer: Mapping[str, Any]) -> dict[str, Any]:
    advanced: Mapping[str, Any] = balancer.get("advancedConfiguration") or {}
    return {name: value for name, value in advanced.items() if name != "alternateTargetGroupArn"}


def _same(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(
            _same(value, found[name]) if name in found else not value for name, value in wanted.items()
        )
    if isinstance(wanted, Sequence) and not isinstance(wanted, str):
        if not isinstance(found, Sequence) or len(wanted) != len(found):
            return False
        left = list(found)
        for each in wanted:
            match = next((other for other in left if _same(each, other)), None)
            if match is None:
                return False
            left.remove(match)
        return True
    return wanted in (found, _ANY_VERSION)
