"""moto makes networks in addresses that no VPC can have, and knows no network, and no region, but its own.

A stack can use a network that exists in the account and nowhere in a rehearsal. It asks for its subnets by their
ids before it uses them (`strata.components.network.place`); ids that the local AWS never gave out are those of such a
network, and it is made there and then, its subnets in the zones of the region one after the other. A region that AWS
opened since moto's list was made, or one in another partition, gets zones.

moto also loses what a security group rule says about itself when its source is another security group, changes no
source but a range of IPv4 addresses, and gives another name to the error about a rule id that is not there: a client
that asks again after it lost an answer tells by that name that its rule is gone.
"""

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from ipaddress import IPv4Network
from itertools import cycle
from types import ModuleType
from typing import Any, Final

from moto.ec2.exceptions import (
    InvalidPermissionNotFoundError,
    InvalidSecurityGroupNotFoundError,
    InvalidSecurityGroupRuleIdNotFoundError,
)
from moto.ec2.models import subnets, vpcs
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend, Zone
from moto.ec2.models.security_groups import SecurityGroupBackend, SecurityGroupRule
from moto.ec2.models.subnets import Subnet, SubnetBackend
from moto.ec2.models.vpcs import VPC, VPCBackend

from strata_rehearsal.cloud.moto_patches.refusals import refuse_network_range
from strata_rehearsal.cloud.patches import replace, wrap
from strata_rehearsal.cloud.state import current, in_use

__all__ = ["patch"]

_RANGE: Final = IPv4Network("10.0.0.0/16")
"""Where a network that exists elsewhere lies here; a program's own rules name the range it says."""
_SUBNET_PREFIX: Final = 22


def patch() -> None:
    """Refuse what EC2 refuses, give every region zones, and make the networks that a program says there are."""
    wrap(VPCBackend, "create_vpc", _in_usable_addresses)
    wrap(SubnetBackend, "create_subnet", _given_out)
    wrap(SubnetBackend, "describe_subnets", _made_when_named)
    wrap(RegionsAndZonesBackend, "describe_availability_zones", _with_zones)
    replace(SecurityGroupRule, "description", property(_rule_description))
    wrap(SecurityGroupBackend, "modify_security_group_rules", _with_any_source)
    for direction in ("ingress", "egress"):
        wrap(SecurityGroupBackend, f"revoke_security_group_{direction}", _by_id)


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
    unknown = network not in ec2.vpcs
    if unknown:
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
            if unknown:
                _lead_out(ec2, network, subnet)
                unknown = False


def _lead_out(ec2: Any, network: str, subnet: str) -> None:
    """A way to what is outside: nobody says which one the network has, and what runs in it reaches its images."""
    (main,) = (each for each in ec2.route_tables.values() if each.vpc_id == network and each.main_association_id)
    nat = ec2.create_nat_gateway(subnet, ec2.allocate_address("vpc").allocation_id)
    ec2.create_route(main.id, "0.0.0.0/0", nat_gateway_id=nat.id)


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


ZONES = "abc"
"""The letters of a region's zones; nearly every region of AWS has three or more."""


def _with_zones(original: Callable[..., list[Zone]]) -> Callable[..., list[Zone]]:
    def describe_availability_zones(self: Any, *args: Any, **kwargs: Any) -> list[Zone]:
        region = str(self.region_name)
        if region not in self.zones:
            self.zones[region] = [
                Zone(name=f"{region}{letter}", region_name=region, zone_id=f"{region}-az{number}")
                for number, letter in enumerate(ZONES, 1)
            ]
        return original(self, *args, **kwargs)

    return describe_availability_zones


def _rule_description(rule: Any) -> str | None:
    return rule.ip_range.get("Description") or rule.source_group.get("Description")


def _with_any_source(original: Callable[..., None]) -> Callable[..., None]:
    def modify_security_group_rules(self: Any, group_id: str, rules: dict[str, Any]) -> None:
        for source in (new["ReferencedGroupId"] for new in rules.values() if new.get("ReferencedGroupId")):
            if self.get_security_group_from_id(source) is None:
                raise InvalidSecurityGroupNotFoundError(source)
        original(self, group_id, rules)
        for group in (group for groups in self.groups.values() for group in groups.values()):
            for rule in (*group.ingress_rules, *group.egress_rules):
                if rule.id in rules:
                    _set_source(rule, rules[rule.id])

    return modify_security_group_rules


def _set_source(rule: Any, new: Mapping[str, Any]) -> None:
    """What moto leaves as it was: it knows rules for a range of IPv4 addresses only."""
    if rule.source_group:
        rule.source_group["GroupId"] = new.get("ReferencedGroupId") or rule.source_group["GroupId"]
        # moto puts a new description into a range of addresses, which this rule does not have
        if "Description" in rule.ip_range:
            rule.source_group["Description"] = rule.ip_range.pop("Description")
    if "CidrIpv6" in rule.ip_range:
        rule.ip_range["CidrIpv6"] = new.get("CidrIpv6") or rule.ip_range["CidrIpv6"]
    if rule.prefix_list_id:
        rule.prefix_list_id = new.get("PrefixListId") or rule.prefix_list_id


def _by_id(original: Callable[..., None]) -> Callable[..., None]:
    def revoke(self: Any, *, security_rule_ids: list[str] | None = None, **rule: Any) -> None:
        try:
            original(self, security_rule_ids=security_rule_ids, **rule)
        except InvalidPermissionNotFoundError:
            if not security_rule_ids:
                raise
            raise InvalidSecurityGroupRuleIdNotFoundError(", ".join(security_rule_ids)) from None

    return revoke
