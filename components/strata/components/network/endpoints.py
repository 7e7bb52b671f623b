"""Private ways to AWS's own services."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from strata.components.base import Component
from strata.settings.models import EndpointName, NetworkSettings
from strata.spectrum import Mutability

__all__ = ["endpoints"]

_SESSION_MANAGER = ("ssm", "ssmmessages", "ec2messages")
"""The three services an instance needs to reach for Session Manager."""
_HTTPS = 443


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
    group = network.child(
        aws.ec2.SecurityGroup,
        "endpoints_security_group",
        Mutability.STABLE,
        suffix="endpoints",
    )(
        # AWS replaces a group whose description changes, and one in use cannot go: the text is a constant.
        vpc_id=vpc.id,
        description="Endpoints of a Strata network",
        revoke_rules_on_delete=True,
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
