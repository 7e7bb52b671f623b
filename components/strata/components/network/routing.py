"""What leads traffic from a network's subnets: routes, gateways, and private ways to AWS's own services."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from strata.components.base import Component
from strata.components.network.existing import Tier
from strata.components.network.security_group import make_security_group
from strata.settings.models import EndpointName, Nat, NetworkSettings
from strata.spectrum import Mutability

__all__ = ["ANYWHERE", "Routing", "endpoints", "routing"]

ANYWHERE = "0.0.0.0/0"
_SESSION_MANAGER = ("ssm", "ssmmessages", "ec2messages")
"""The three services an instance needs to reach for Session Manager."""
_HTTPS = 443


@dataclass(frozen=True)
class Routing:
    """How a network's subnets are connected."""

    table_ids: Sequence[pulumi.Output[str]]
    """Ids of every route table."""
    ready: Mapping[Tier, Sequence[pulumi.Resource]]
    """Routes and associations without which a subnet of a tier reaches nothing yet."""


def routing(
    network: Component,
    settings: NetworkSettings,
    vpc: "aws.ec2.Vpc",
    subnets: "dict[Tier, list[aws.ec2.Subnet]]",
) -> Routing:
    """Route tables, gateways and their associations.

    Every private zone has a route table of its own, so that one NAT gateway can become one per zone by changing
    routes, without touching a subnet.
    """
    gateway = network.child(aws.ec2.InternetGateway, "internet_gateway", Mutability.STABLE)(vpc_id=vpc.id)
    public = _table(network, vpc, Tier.PUBLIC, Tier.PUBLIC)
    outside = _route(network, public, Tier.PUBLIC, {"gateway_id": gateway.id})
    nats = _nats(network, settings, subnets[Tier.PUBLIC], outside)

    ready: dict[Tier, list[pulumi.Resource]] = {tier: [] for tier in Tier}
    ready[Tier.PUBLIC].append(outside)
    private = []
    for index in range(settings.zones):
        suffix = f"{Tier.PRIVATE}-{index + 1}"
        table = _table(network, vpc, Tier.PRIVATE, suffix)
        if nats:
            ready[Tier.PRIVATE].append(_route(network, table, suffix, {"nat_gateway_id": nats[index % len(nats)].id}))
        private.append(table)
    isolated = _table(network, vpc, Tier.ISOLATED, Tier.ISOLATED)

    for index in range(settings.zones):
        tables = {Tier.PUBLIC: public, Tier.PRIVATE: private[index], Tier.ISOLATED: isolated}
        for tier, table in tables.items():
            ready[tier].append(_associate(network, subnets[tier][index], table, f"{tier}-{index + 1}"))
    return Routing([table.id for table in (public, *private, isolated)], ready)


def _nats(
    network: Component,
    settings: NetworkSettings,
    public_subnets: "Sequence[aws.ec2.Subnet]",
    outside: "aws.ec2.Route",
) -> "list[aws.ec2.NatGateway]":
    count = {Nat.NONE: 0, Nat.ONE: 1, Nat.PER_ZONE: settings.zones}[settings.nat]
    nats = []
    for index in range(count):
        address = network.child(
            aws.ec2.Eip,
            "nat_address",
            Mutability.STABLE,
            suffix=f"nat-{index + 1}-address",
        )(domain="vpc")
        nats.append(
            network.child(
                aws.ec2.NatGateway,
                "nat",
                Mutability.STABLE,
                suffix=f"nat-{index + 1}",
                # AWS refuses a gateway in a network that is not connected to the internet.
                depends_on=[outside],
            )(allocation_id=address.id, subnet_id=public_subnets[index].id)
        )
    return nats


def _table(network: Component, vpc: "aws.ec2.Vpc", tier: Tier, suffix: str) -> "aws.ec2.RouteTable":
    return network.child(
        aws.ec2.RouteTable,
        f"{tier}_routes",
        Mutability.STABLE,
        suffix=f"{suffix}-routes",
    )(vpc_id=vpc.id)


def _route(network: Component, table: "aws.ec2.RouteTable", suffix: str, target: Mapping[str, Any]) -> "aws.ec2.Route":
    return network.child(
        aws.ec2.Route,
        "default_route",
        Mutability.STABLE,
        suffix=f"{suffix}-default-route",
        tagged=False,
    )(route_table_id=table.id, destination_cidr_block=ANYWHERE, **target)


def _associate(
    network: Component, subnet: "aws.ec2.Subnet", table: "aws.ec2.RouteTable", suffix: str
) -> "aws.ec2.RouteTableAssociation":
    return network.child(
        aws.ec2.RouteTableAssociation,
        "association",
        Mutability.STABLE,
        suffix=f"{suffix}-association",
        tagged=False,
    )(subnet_id=subnet.id, route_table_id=table.id)


def endpoints(
    network: Component,
    settings: NetworkSettings,
    vpc: "aws.ec2.Vpc",
    subnets: "Sequence[aws.ec2.Subnet]",
    route_table_ids: Sequence[pulumi.Output[str]],
) -> "list[aws.ec2.VpcEndpoint]":
    """The endpoints the settings name: interfaces in the private subnets, gateways on every route table."""
    made: list[aws.ec2.VpcEndpoint] = []
    if not settings.endpoints:
        return made
    prefix = pulumi.Output.all(partition=network.partition, region=aws.get_region_output(opts=network.lookups)).apply(
        lambda found: f"{found['partition'].reverse_dns_prefix}.{found['region'].region}"
    )

    if EndpointName.SSM in settings.endpoints:
        firewall = _firewall(network, settings, vpc)
        interface = {
            "vpc_id": vpc.id,
            "vpc_endpoint_type": "Interface",
            "private_dns_enabled": True,
            "subnet_ids": [subnet.id for subnet in subnets],
            "security_group_ids": [firewall.id],
        }
        made += [_endpoint(network, service, prefix, interface) for service in _SESSION_MANAGER]
    if EndpointName.S3 in settings.endpoints:
        gateway = {"vpc_id": vpc.id, "vpc_endpoint_type": "Gateway", "route_table_ids": list(route_table_ids)}
        made.append(_endpoint(network, "s3", prefix, gateway))
    return made


def _endpoint(
    network: Component, service: str, prefix: pulumi.Output[str], inputs: Mapping[str, Any]
) -> "aws.ec2.VpcEndpoint":
    return network.child(
        aws.ec2.VpcEndpoint,
        "endpoint",
        Mutability.STABLE,
        suffix=f"{service}-endpoint",
    )(service_name=pulumi.Output.concat(prefix, ".", service), **inputs)


def _firewall(network: Component, settings: NetworkSettings, vpc: "aws.ec2.Vpc") -> "aws.ec2.SecurityGroup":
    group = make_security_group(
        network, vpc.id, "Endpoints of a Strata network", suffix="endpoints", key="endpoints_security_group"
    )
    network.child(
        aws.vpc.SecurityGroupIngressRule,
        "endpoints_ingress",
        Mutability.REPLACED,
    )(
        security_group_id=group.id,
        cidr_ipv4=str(settings.cidr),
        ip_protocol="tcp",
        from_port=_HTTPS,
        to_port=_HTTPS,
        description="HTTPS from the network",
    )
    return group
