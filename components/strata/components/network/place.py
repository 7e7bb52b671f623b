"""Where a component is in a network: the subnets of a tier, looked at before AWS is asked to use them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from strata.components.base import Component
from strata.components.network.existing import AnyNetwork, ExistingNetwork, Tier
from strata.errors import UsageError

__all__ = ["Place", "place"]


@dataclass(frozen=True)
class Place:
    """Subnets that are there and enough, and their VPC."""

    vpc_id: pulumi.Output[str]
    subnet_ids: pulumi.Output[Sequence[str]]


def place(component: Component, network: AnyNetwork, tier: Tier, *, user: str, zones: int = 1) -> Place:
    """The subnets of a tier, for a component that puts something there.

    A network that Strata makes has what its settings say. One that exists is looked up, by the component's own
    provider, as soon as its ids are known.

    Args:
        component: who asks.
        network: the network.
        tier: which of its subnets.
        user: what is put there, for messages, such as "a load balancer".
        zones: how many availability zones it must be in. Default: one.

    Raises:
        UsageError: when the program runs and there are no subnets, too few, or in too few zones, or they are not in the
            VPC.
    """
    ids = {
        Tier.PUBLIC: network.public_subnet_ids,
        Tier.PRIVATE: network.private_subnet_ids,
        Tier.ISOLATED: network.isolated_subnet_ids,
    }[tier]
    if not isinstance(network, ExistingNetwork):
        return Place(network.vpc_id, ids)
    wanted = _Wanted(network.name, tier, user, zones)

    def looked_up(told: Mapping[str, Any]) -> pulumi.Output[Sequence[str]]:
        wanted.require_some(told["ids"])
        return _zones(component, told["vpc"], told["ids"], wanted).apply(
            lambda found: wanted.require_zones(told["ids"], found)
        )

    checked = pulumi.Output.all(vpc=network.vpc_id, ids=ids).apply(looked_up)
    return Place(pulumi.Output.all(network.vpc_id, checked).apply(lambda both: both[0]), checked)


@dataclass(frozen=True)
class _Wanted:
    network: str
    tier: Tier
    user: str
    zones: int

    def require_some(self, ids: Sequence[str]) -> None:
        twice = sorted({each for each in ids if list(ids).count(each) > 1})
        if twice:
            raise UsageError(
                f"network {self.network!r} names the {self.tier} subnet {', '.join(twice)} more than once",
                fix=f"Name each subnet once in {self.tier}_subnet_ids.",
            )
        if len(ids) < self.zones:
            raise UsageError(
                f"{self.user} needs {self.tier} subnets in {_count(self.zones)}, network {self.network!r} has "
                f"{len(ids) or 'none'}",
                fix=f"Name the network's {self.tier} subnets in {self.tier}_subnet_ids, at least {self.zones}.",
            )

    def require_there(self, vpc: str, ids: Sequence[str], found: Sequence[str]) -> None:
        missing = [each for each in ids if each not in found]
        if missing:
            raise UsageError(
                f"network {self.network!r}: there is no subnet {', '.join(missing)} in {vpc}",
                fix=f"Correct {self.tier}_subnet_ids or vpc_id; all of them are in the region of the stack.",
            )

    def require_zones(self, ids: Sequence[str], zones: Sequence[str]) -> Sequence[str]:
        covered = sorted(set(zones))
        if len(covered) < self.zones:
            raise UsageError(
                f"{self.user} needs {self.tier} subnets in {_count(self.zones)}, those of network {self.network!r} are "
                f"all in {covered[0]}",
                fix=f"Add a subnet of another zone to {self.tier}_subnet_ids.",
            )
        return ids


def _zones(component: Component, vpc: str, ids: Sequence[str], wanted: _Wanted) -> pulumi.Output[Sequence[str]]:
    """The zone of each subnet. All are asked for at once first: that is how a rehearsal learns of them."""
    filters = [
        aws.ec2.GetSubnetsFilterArgs(name="subnet-id", values=list(ids)),
        aws.ec2.GetSubnetsFilterArgs(name="vpc-id", values=[vpc]),
    ]

    def each(found: "aws.ec2.GetSubnetsResult") -> pulumi.Output[Sequence[str]]:
        wanted.require_there(vpc, ids, found.ids)
        subnets = [aws.ec2.get_subnet_output(id=subnet, opts=component.lookups) for subnet in ids]
        return pulumi.Output.all(*(subnet.availability_zone for subnet in subnets))

    return aws.ec2.get_subnets_output(filters=filters, opts=component.lookups).apply(each)


def _count(zones: int) -> str:
    return "one zone" if zones == 1 else f"{zones} zones"
