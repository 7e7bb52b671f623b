"""Who can reach a service's servers: its load balancer, and nobody else."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from strata.components.base import Component
from strata.components.ingress import Ingress
from strata.components.network import Place
from strata.settings.models import ServiceSettings
from strata.spectrum import Mutability

__all__ = ["Firewall", "firewall"]

_ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True)
class Firewall:
    """The servers' security group and its rules."""

    security_group: "aws.ec2.SecurityGroup"
    rules: Sequence[pulumi.Resource]


def firewall(service: Component, settings: ServiceSettings, ground: Place, ingress: Ingress | None) -> Firewall:
    """The security group of the servers. They may reach everything; only the load balancer reaches them.

    There is no port 22: people use Session Manager.
    """
    group = service.child(
        aws.ec2.SecurityGroup,
        "security_group",
        Mutability.STABLE,
        suffix="servers",
    )(
        # The description is a constant: AWS replaces a group for a new one, and one in use cannot go.
        vpc_id=ground.vpc_id,
        description="Servers of a Strata service",
        revoke_rules_on_delete=True,
    )
    egress = service.child(
        aws.vpc.SecurityGroupEgressRule,
        "egress",
        Mutability.REPLACED,
    )(
        security_group_id=group.id,
        cidr_ipv4=_ANYWHERE,
        ip_protocol="-1",
        description="To everywhere",
    )
    return Firewall(group, [egress, *(_from_ingress(service, settings, group, ingress) if ingress else ())])


def _from_ingress(
    service: Component, settings: ServiceSettings, group: "aws.ec2.SecurityGroup", ingress: Ingress
) -> list[pulumi.Resource]:
    port: dict[str, Any] = {"ip_protocol": "tcp", "from_port": settings.port, "to_port": settings.port}
    inwards = service.child(
        aws.vpc.SecurityGroupIngressRule,
        "from_ingress",
        Mutability.REPLACED,
    )(
        security_group_id=group.id,
        referenced_security_group_id=ingress.security_group_id,
        description="From the load balancer",
        **port,
    )
    outwards = service.child(
        aws.vpc.SecurityGroupEgressRule,
        "ingress_egress",
        Mutability.REPLACED,
        suffix="to-servers",
    )(
        security_group_id=ingress.security_group_id,
        referenced_security_group_id=group.id,
        description=f"To {service.pulumi_resource_name}",
        **port,
    )
    return [inwards, outwards]
