"""Where each subnet lies in the network's address range."""

from enum import StrEnum
from ipaddress import IPv4Network

__all__ = ["MAX_ZONES", "Tier", "subnet_cidr"]

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
