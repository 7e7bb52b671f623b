"""How requests reach a service: its load balancer's rules, and who may reach its servers."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from strata.components.base import Component
from strata.components.ingress import Ingress
from strata.components.network import Place
from strata.components.network.security_group import let_in, make_security_group
from strata.components.service.permissions import AnyServers, AnyService
from strata.errors import UsageError
from strata.naming import TARGET_GROUP_NAME
from strata.settings.models import HealthSettings, RouteSettings
from strata.spectrum import Mutability

__all__ = ["Firewall", "Traffic", "conditions", "firewall", "health_check", "ingress_in_use", "traffic"]

_ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True)
class Traffic:
    """A service's target group and the rules that lead to it."""

    target_group: "aws.lb.TargetGroup"
    rules: "Sequence[aws.lb.ListenerRule]"


def traffic(service: Component, settings: AnyServers, ground: Place, ingress: Ingress) -> Traffic:
    """The target group, and one listener rule a route.

    Raises:
        UsageError: another service of this program has a route with the same priority or conditions.
    """
    ingress.claim(service.pulumi_resource_name, settings.routes)
    target_group = _target_group(service, settings, ground)
    rules = [_rule(service, route, ingress, target_group) for route in settings.routes]
    return Traffic(target_group, rules)


def ingress_in_use(service: Component, settings: AnyService, ingress: Ingress | None) -> Ingress | None:
    """The ingress a service uses: none for a worker, whatever it is handed.

    Raises:
        UsageError: there are routes and no ingress.
    """
    if settings.routes and ingress is None:
        raise UsageError(
            f"service {service.pulumi_resource_name!r} has routes but no ingress",
            fix="Pass ingress=..., or remove its routes to make it a worker.",
        )
    return ingress if settings.routes else None


def _target_group(service: Component, settings: AnyServers, ground: Place) -> "aws.lb.TargetGroup":
    return service.child(
        aws.lb.TargetGroup,
        "target_group",
        Mutability.REPLACED,
        suffix="tg",
        named=TARGET_GROUP_NAME,
    )(
        # No name: AWS replaces a target group for most changes, and the new one must exist beside the old.
        port=settings.port,
        protocol="HTTP",
        target_type="instance",
        vpc_id=ground.vpc_id,
        deregistration_delay=settings.drain_seconds,
        health_check=health_check(settings.health),
    )


def health_check(health: HealthSettings) -> "aws.lb.TargetGroupHealthCheckArgsDict":
    """How the load balancer finds out whether a server or a task is healthy."""
    return {
        "path": health.path,
        "protocol": "HTTP",
        "port": "traffic-port",
        "matcher": health.codes,
        "interval": health.interval_seconds,
        "timeout": health.timeout_seconds,
        "healthy_threshold": health.healthy_threshold,
        "unhealthy_threshold": health.unhealthy_threshold,
    }


def conditions(
    route: RouteSettings, header: tuple[str, str] | None = None
) -> "list[aws.lb.ListenerRuleConditionArgsDict]":
    """The conditions of a rule.

    Args:
        route: the route.
        header: name and value of a header that a request must have besides. Default: none.
    """
    with_header: list[aws.lb.ListenerRuleConditionArgsDict] = (
        [{"http_header": {"http_header_name": header[0], "values": [header[1]]}}] if header is not None else []
    )
    found: list[aws.lb.ListenerRuleConditionArgsDict] = []
    if route.hosts:
        found.append({"host_header": {"values": list(route.hosts)}})
    if route.paths:
        found.append({"path_pattern": {"values": list(route.paths)}})
    # A rule needs a condition (ELB); a route without hosts and paths means everything.
    return [*(found or [{"path_pattern": {"values": ["*"]}}]), *with_header]


def _rule(
    service: Component, route: RouteSettings, ingress: Ingress, target_group: "aws.lb.TargetGroup"
) -> "aws.lb.ListenerRule":
    return service.child(
        aws.lb.ListenerRule,
        "listener_rule",
        Mutability.REPLACED,
        # Named by priority: a route moved in the list is the same rule, and a new priority is made before the old goes.
        suffix=f"route-{route.priority}",
    )(
        listener_arn=ingress.listener_arn,
        priority=route.priority,
        conditions=conditions(route),
        actions=[{"type": "forward", "target_group_arn": target_group.arn}],
    )


@dataclass(frozen=True)
class Firewall:
    """The servers' security group and its rules."""

    security_group: "aws.ec2.SecurityGroup"
    rules: Sequence[pulumi.Resource]


def firewall(
    service: Component, settings: AnyService, ground: Place, ingress: Ingress | None, *, of: str = "servers"
) -> Firewall:
    """The security group of the servers. They may reach everything; only the load balancer reaches them.

    There is no port 22: people use Session Manager.

    Args:
        service: the service.
        settings: its settings, which name the port.
        ground: where its servers are.
        ingress: the load balancer; none for a worker.
        of: what it runs on. Default: servers.
    """
    group = make_security_group(service, ground.vpc_id, f"{of.capitalize()} of a Strata service", suffix=of)
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
    return Firewall(group, [egress, *(_from_ingress(service, settings, group, ingress, of) if ingress else ())])


def _from_ingress(
    service: Component, settings: AnyService, group: "aws.ec2.SecurityGroup", ingress: Ingress, of: str
) -> list[pulumi.Resource]:
    inwards = let_in(
        service,
        "from_ingress",
        source=ingress.security_group_id,
        into=group.id,
        port=settings.port,
        description="From the load balancer",
    )
    outwards = service.child(
        aws.vpc.SecurityGroupEgressRule,
        "ingress_egress",
        Mutability.REPLACED,
        suffix=f"to-{of}",
    )(
        security_group_id=ingress.security_group_id,
        referenced_security_group_id=group.id,
        description=f"To {service.pulumi_resource_name}",
        ip_protocol="tcp",
        from_port=settings.port,
        to_port=settings.port,
    )
    return [inwards, outwards]
