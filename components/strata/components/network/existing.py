"""Networks that Strata did not make, and what all networks have in common: tiers, and the subnets of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Any, Protocol

import pulumi

from strata.arguments import checked_class
from strata.errors import UsageError

__all__ = ["MAX_ZONES", "AnyNetwork", "ExistingNetwork", "Tier", "subnet_cidr"]

_KEYS = ("vpc_id", "cidr", "public_subnet_ids", "private_subnet_ids", "isolated_subnet_ids")
MAX_ZONES = 4
"""Zones a tier has room for; the range is cut into sixteen parts, four a tier, and the last four stay free."""
_SLOT_BITS = 4


class Tier(StrEnum):
    """Who can be reached from a subnet, and from where."""

    PUBLIC = "public"
    """Reaches the internet and can be reached: load balancers and NAT gateways only."""
    PRIVATE = "private"
    """Reaches the internet through NAT, if there is any: servers."""
    ISOLATED = "isolated"
    """Reaches the network only: databases."""


class AnyNetwork(Protocol):
    """What other components need of a network."""

    @property
    def vpc_id(self) -> pulumi.Output[str]:
        """Id of the VPC."""
        ...

    @property
    def cidr(self) -> pulumi.Output[str]:
        """The VPC's address range."""
        ...

    @property
    def public_subnet_ids(self) -> pulumi.Output[Sequence[str]]:
        """Subnets for public load balancers."""
        ...

    @property
    def private_subnet_ids(self) -> pulumi.Output[Sequence[str]]:
        """Subnets for servers."""
        ...

    @property
    def isolated_subnet_ids(self) -> pulumi.Output[Sequence[str]]:
        """Subnets for databases."""
        ...

    def ready(self, tier: Tier) -> Sequence[pulumi.Resource]:
        """What must exist before something in a tier's subnets can reach, or be reached."""
        ...


@checked_class
@dataclass(frozen=True)
class ExistingNetwork:
    """A network made elsewhere; Strata uses it and never changes it."""

    name: str
    vpc_id: pulumi.Output[str]
    cidr: pulumi.Output[str]
    public_subnet_ids: pulumi.Output[Sequence[str]]
    private_subnet_ids: pulumi.Output[Sequence[str]]
    isolated_subnet_ids: pulumi.Output[Sequence[str]]

    def ready(self, tier: Tier) -> Sequence[pulumi.Resource]:  # noqa: ARG002 (it exists, whatever the tier)
        """Nothing: it exists."""
        return ()

    @classmethod
    def from_output(cls, name: str, exported: pulumi.Output[Any], *, source: str) -> "ExistingNetwork":
        """Read what `Network.exports` wrote.

        Args:
            name: what the network is called here, for messages.
            exported: the output's value.
            source: where it comes from, for messages.

        Raises:
            UsageError: when the program runs and the output is not what a network exports.
        """

        def part(key: str) -> pulumi.Output[Any]:
            return exported.apply(lambda value: _require(value, key, source))

        return cls(name, *(part(key) for key in _KEYS))


def _require(value: object, key: str, source: str) -> Any:
    if isinstance(value, Mapping) and key in value:
        return value[key]
    raise UsageError(
        f"{source} is not a network: it has no {key!r}",
        fix="Export it in the network's own program: pulumi.export('network', network.exports).",
    )


def subnet_cidr(cidr: IPv4Network, tier: Tier, zone: int) -> IPv4Network:
    """The range of one subnet.

    It depends on nothing but its own tier and zone, so a network that gets another zone never renumbers a subnet.

    Args:
        cidr: the network's range, /16 to /20.
        tier: the subnet's tier.
        zone: index of its availability zone, from 0.

    Raises:
        ValueError: the zone is beyond `MAX_ZONES`.
    """
    if not 0 <= zone < MAX_ZONES:
        raise ValueError(f"zone index {zone} is outside 0 to {MAX_ZONES - 1}")
    slot = list(Tier).index(tier) * MAX_ZONES + zone
    prefix = cidr.prefixlen + _SLOT_BITS
    return IPv4Network((int(cidr.network_address) + (slot << (32 - prefix)), prefix))
