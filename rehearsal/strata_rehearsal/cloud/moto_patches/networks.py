"""moto makes networks in addresses that no VPC can have, and knows no network but those it made.

A stack can stand on a network that exists in the account and nowhere in a rehearsal. It asks for its subnets by their
ids before it uses them (`strata.components.network.place`); ids that the local AWS never gave out are those of such a
network, and it is made there and then, its subnets in the zones of the region one after the other.
"""

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from ipaddress import IPv4Network
from itertools import cycle
from types import ModuleType
from typing import Any, Final

from moto.ec2.models import subnets, vpcs
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.ec2.models.subnets import Subnet, SubnetBackend
from moto.ec2.models.vpcs import VPC, VPCBackend

from strata_rehearsal.cloud.moto_patches.refusals import refuse_network_range
from strata_rehearsal.cloud.patches import wrap
from strata_rehearsal.cloud.state import current, in_use

__all__ = ["patch"]

_RANGE: Final = IPv4Network("10.0.0.0/16")
"""Where a network that exists elsewhere lies here; a program's own rules name the range it says."""
_SUBNET_PREFIX: Final = 22


def patch() -> None:
    """Refuse the ranges that EC2 refuses, and make the networks that a program says there are."""
    wrap(VPCBackend, "create_vpc", _in_usable_addresses)
    wrap(SubnetBackend, "create_subnet", _given_out)
    wrap(SubnetBackend, "describe_subnets", _made_when_named)


def _in_usable_addresses(original: Callable[..., VPC]) -> Callable[..., VPC]:
    def create_vpc(self: Any, cidr_block: str, *args: Any, **others: Any) -> VPC:
        refuse_network_range(cidr_block)
        made = original(self, cidr_block, *args, **others)
        _given(self).add(made.id)
        return made

    return create_vpc


def _given_out(original: Callable[..., Subnet]) -> Callable[..., Subnet]:
    def create_subnet(self: Any, *args: Any, **others: Any) -> Subnet:
        made = original(self, *args, **others)
        _given(self).add(made.id)
        return made

    return create_subnet


def _made_when_named(original: Callable[..., list[Subnet]]) -> Callable[..., list[Subnet]]:
    def describe_subnets(
        self: Any, subnet_ids: list[str] | None = None, filters: Mapping[str, list[str]] | None = None
    ) -> list[Subnet]:
        if in_use() and filters is not None and set(filters) == {"subnet-id", "vpc-id"}:
            (network, *more), named = filters["vpc-id"], filters["subnet-id"]
            if not more:
                _make(self, network, named)
        return original(self, subnet_ids, filters)

    return describe_subnets


def _make(ec2: Any, network: str, named: Iterable[str]) -> None:
    """The subnets of a network that the local AWS never gave out; nothing for one that was deleted here."""
    new = [each for each in named if each not in _given(ec2)]
    if network not in ec2.vpcs:
        if network in _given(ec2):
            return
        with _next_id(vpcs, "random_vpc_id", network):
            ec2.create_vpc(str(_RANGE))
        current().world.record("network", network, "told", region=ec2.region_name)
    zones = cycle(zone.name for zone in RegionsAndZonesBackend.zones[ec2.region_name])
    for subnet, zone in zip(new, zones, strict=False):
        cidr = _free(ec2, network)
        if cidr is not None:
            with _next_id(subnets, "random_subnet_id", subnet):
                ec2.create_subnet(network, str(cidr), availability_zone=zone)


def _free(ec2: Any, network: str) -> IPv4Network | None:
    taken = [each.cidr for each in ec2.describe_subnets(filters={"vpc-id": [network]})]
    whole = IPv4Network(ec2.vpcs[network].cidr_block)
    parts = whole.subnets(new_prefix=max(_SUBNET_PREFIX, whole.prefixlen))
    return next((part for part in parts if not any(part.overlaps(each) for each in taken)), None)


@contextmanager
def _next_id(module: ModuleType, name: str, wanted: str) -> Generator[None]:
    """What moto makes in here has this id; requests come one at a time."""
    original = getattr(module, name)
    setattr(module, name, lambda: wanted)
    try:
        yield
    finally:
        setattr(module, name, original)


def _given(ec2: Any) -> set[str]:
    return ec2.__dict__.setdefault("strata_given", set())
