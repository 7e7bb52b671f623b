"""A VPC with public, private and isolated subnets."""

from collections.abc import Sequence
from ipaddress import IPv4Network
from typing import Any

import pulumi
import pulumi_aws as aws

from strata.arguments import checked
from strata.components.base import Component
from strata.components.children import Children
from strata.components.inputs import NetworkOverrides
from strata.components.network.existing import ExistingNetwork, Tier, network_elsewhere
from strata.components.network.flow_logs import flow_logs
from strata.components.network.routing import endpoints, routing
from strata.errors import UsageError
from strata.settings.models import NetworkSettings
from strata.spectrum import Mutability

__all__ = ["MAX_ZONES", "Network", "NetworkChildren", "subnet_cidr"]

MAX_ZONES = 4
"""Zones a tier has room for; the range is cut into sixteen parts, four a tier, and the last four stay free."""
_SLOT_BITS = 4


class NetworkChildren(Children):
    """What the component Network makes."""

    vpc: "aws.ec2.Vpc"
    """The VPC."""
    public_subnet: "Sequence[aws.ec2.Subnet]"
    """Subnets for public load balancers, one a zone."""
    private_subnet: "Sequence[aws.ec2.Subnet]"
    """Subnets for servers, one a zone."""
    isolated_subnet: "Sequence[aws.ec2.Subnet]"
    """Subnets for databases, one a zone."""
    public_routes: "aws.ec2.RouteTable"
    """The route table of the public subnets."""
    private_routes: "Sequence[aws.ec2.RouteTable]"
    """The route tables of the private subnets, one a zone."""
    isolated_routes: "aws.ec2.RouteTable"
    """The route table of the isolated subnets."""
    internet_gateway: "aws.ec2.InternetGateway"
    """The way to the internet."""
    nat: "Sequence[aws.ec2.NatGateway]"
    """The servers' way out."""
    nat_address: "Sequence[aws.ec2.Eip]"
    """The public addresses of the NAT gateways."""
    default_route: "Sequence[aws.ec2.Route]"
    """The routes to the internet: the public one, and those through NAT."""
    association: "Sequence[aws.ec2.RouteTableAssociation]"
    """Which route table a subnet has."""
    endpoint: "Sequence[aws.ec2.VpcEndpoint]"
    """Private ways to AWS's services."""
    endpoints_security_group: "aws.ec2.SecurityGroup | None"
    """Who may reach these."""
    endpoints_ingress: "aws.vpc.SecurityGroupIngressRule | None"
    """The network's way to these."""
    flow_log: "aws.ec2.FlowLog | None"
    """The record of traffic."""
    flow_log_group: "aws.cloudwatch.LogGroup | None"
    """Where it is written."""
    flow_log_role: "aws.iam.Role | None"
    """The role that writes it."""
    flow_log_policy: "aws.iam.RolePolicy | None"
    """What that role may do."""


class Network(Component[NetworkChildren]):
    """A VPC with three tiers of subnets in each zone, NAT, endpoints and flow logs.

    Args:
        name: the component's name.
        settings: see `NetworkSettings`.
        overrides: inputs of single children, by the child's name in `NetworkChildren`. One that exists
            several times is changed everywhere.
        opts: Pulumi options of the component.

    Raises:
        UsageError: when the region has fewer zones than asked for, or an override does not fit.
    """

    MUTABILITY = Mutability.STABLE

    vpc_id: pulumi.Output[str]
    """Id of the VPC."""
    cidr: pulumi.Output[str]
    """The VPC's address range."""
    public_subnet_ids: pulumi.Output[Sequence[str]]
    """Subnets for public load balancers, in the order of zones."""
    private_subnet_ids: pulumi.Output[Sequence[str]]
    """Subnets for servers, in the order of zones."""
    isolated_subnet_ids: pulumi.Output[Sequence[str]]
    """Subnets for databases, in the order of zones."""

    def __init__(
        self,
        name: str,
        settings: NetworkSettings,
        *,
        overrides: NetworkOverrides | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, user_tags=settings.tags, protect=settings.protect, overrides=overrides, opts=opts)
        vpc = self._vpc(settings)
        subnets = self._subnets(settings, vpc)
        routes = routing(self, settings, vpc, subnets)
        private_ways = endpoints(self, settings, vpc, subnets[Tier.PRIVATE], routes.table_ids)
        flow_logs(self, settings, vpc)

        self._ready = {**routes.ready, Tier.PRIVATE: [*routes.ready[Tier.PRIVATE], *private_ways]}
        self.vpc_id = vpc.id
        self.cidr = vpc.cidr_block
        self.public_subnet_ids = _ids(subnets[Tier.PUBLIC])
        self.private_subnet_ids = _ids(subnets[Tier.PRIVATE])
        self.isolated_subnet_ids = _ids(subnets[Tier.ISOLATED])
        self.publish()

    @property
    def exports(self) -> dict[str, pulumi.Output[Any]]:
        """What another stack needs to use this network: `pulumi.export("network", network.exports)`."""
        return {
            "vpc_id": self.vpc_id,
            "cidr": self.cidr,
            "public_subnet_ids": self.public_subnet_ids,
            "private_subnet_ids": self.private_subnet_ids,
            "isolated_subnet_ids": self.isolated_subnet_ids,
        }

    def ready(self, tier: Tier) -> Sequence[pulumi.Resource]:
        """What must exist before something in a tier's subnets can reach, or be reached: routes and endpoints."""
        return self._ready[tier]

    @staticmethod
    @checked
    def from_ids(
        name: str,
        *,
        vpc_id: pulumi.Input[str],
        cidr: pulumi.Input[str],
        private_subnet_ids: pulumi.Input[Sequence[str]],
        public_subnet_ids: pulumi.Input[Sequence[str]] = (),
        isolated_subnet_ids: pulumi.Input[Sequence[str]] = (),
    ) -> ExistingNetwork:
        """A network made elsewhere, by the ids of its parts.

        Args:
            name: what it is called here, for messages.
            vpc_id: id of the VPC.
            cidr: the VPC's address range.
            private_subnet_ids: where servers go.
            public_subnet_ids: where public load balancers go. Default: none.
            isolated_subnet_ids: where databases go. Default: none.
        """

        def known(value: pulumi.Input[Any]) -> pulumi.Output[Any]:
            return pulumi.Output.from_input(list(value) if isinstance(value, tuple) else value)

        return ExistingNetwork(
            name=name,
            vpc_id=known(vpc_id),
            cidr=known(cidr),
            public_subnet_ids=known(public_subnet_ids),
            private_subnet_ids=known(private_subnet_ids),
            isolated_subnet_ids=known(isolated_subnet_ids),
        )

    @staticmethod
    @checked
    def from_stack(name: str, reference: pulumi.StackReference, *, output: str = "network") -> ExistingNetwork:
        """The network of another stack, which exported `network.exports`.

        In a rehearsal that does not have the other stack, it is a network of made-up ids.

        Args:
            name: what it is called here, for messages.
            reference: the other stack.
            output: name of its output. Default: network.

        Raises:
            UsageError: when the program runs and the output is missing or not a network's.
        """
        made_up = network_elsewhere(reference, output)
        if made_up is not None:
            return Network.from_ids(name, **made_up)
        source = f"output {output!r} of the stack that network {name!r} refers to"
        return ExistingNetwork.from_output(name, reference.get_output(output), source=source)

    def _vpc(self, settings: NetworkSettings) -> "aws.ec2.Vpc":
        return self.child(
            aws.ec2.Vpc,
            "vpc",
            Mutability.STABLE,
        )(cidr_block=str(settings.cidr), enable_dns_support=True, enable_dns_hostnames=True)

    def _subnets(self, settings: NetworkSettings, vpc: "aws.ec2.Vpc") -> "dict[Tier, list[aws.ec2.Subnet]]":
        zones = self._zones(settings.zones)
        return {
            tier: [self._subnet(settings, vpc, tier, index, zones[index]) for index in range(settings.zones)]
            for tier in Tier
        }

    def _subnet(
        self, settings: NetworkSettings, vpc: "aws.ec2.Vpc", tier: Tier, index: int, zone: pulumi.Output[str]
    ) -> "aws.ec2.Subnet":
        return self.child(
            aws.ec2.Subnet,
            f"{tier}_subnet",
            Mutability.STABLE,
            suffix=f"{tier}-{index + 1}",
            # The list of zones may shrink for a day when AWS has trouble; a subnet never moves because of that.
            ignore_changes=["availabilityZone"],
        )(
            vpc_id=vpc.id,
            cidr_block=str(subnet_cidr(settings.cidr, tier, index)),
            availability_zone=zone,
            map_public_ip_on_launch=False,
        )

    def _zones(self, count: int) -> list[pulumi.Output[str]]:
        def named(found: "aws.GetAvailabilityZonesResult") -> list[str]:
            if len(found.names) < count:
                raise UsageError(
                    f"network {self.pulumi_resource_name!r} wants {count} zones, this region offers {len(found.names)}",
                    fix=f"Set strata:network.zones to {len(found.names)} or use another region.",
                )
            return sorted(found.names)[:count]

        # Local zones and wavelength zones need an opt-in and lack most instance types.
        ordinary = aws.GetAvailabilityZonesFilterArgs(name="opt-in-status", values=["opt-in-not-required"])
        names = aws.get_availability_zones_output(state="available", filters=[ordinary], opts=self.lookups).apply(named)
        return [names[index] for index in range(count)]


def _ids(subnets: "list[aws.ec2.Subnet]") -> pulumi.Output[Any]:
    return pulumi.Output.all(*(subnet.id for subnet in subnets))


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
