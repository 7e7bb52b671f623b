"""A load balancer that several services share, and which of them answers which request."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from strata.aws.facts.load_balancing import LEAST_ZONES
from strata.components.base import Component
from strata.components.certificate import Certificate
from strata.components.children import Children
from strata.components.inputs import IngressOverrides
from strata.components.network import AnyNetwork, Place, Tier, place
from strata.components.network.security_group import make_security_group
from strata.errors import UsageError
from strata.naming import LOAD_BALANCER_NAME, LOAD_BALANCER_RESERVED_PREFIX
from strata.settings.models import IngressSettings, RouteSettings
from strata.spectrum import Mutability

__all__ = ["Ingress", "IngressChildren", "RouteTable"]

HTTP = 80
HTTPS = 443
_NOT_FOUND: "aws.lb.ListenerDefaultActionArgsDict" = {
    "type": "fixed-response",
    "fixed_response": {"content_type": "text/plain", "message_body": "not found", "status_code": "404"},
}
_TO_HTTPS: "aws.lb.ListenerDefaultActionArgsDict" = {
    "type": "redirect",
    "redirect": {"port": str(HTTPS), "protocol": "HTTPS", "status_code": "HTTP_301"},
}


class IngressChildren(Children):
    """What the component Ingress makes."""

    load_balancer: "aws.lb.LoadBalancer"
    """The load balancer."""
    security_group: "aws.ec2.SecurityGroup"
    """The load balancer's security group."""
    ingress_rule: "Sequence[aws.vpc.SecurityGroupIngressRule]"
    """Who may reach it, one a range and port."""
    http_listener: "aws.lb.Listener"
    """Port 80: the services, or the way to port 443."""
    https_listener: "aws.lb.Listener | None"
    """Port 443, with a certificate."""


class Ingress(Component[IngressChildren]):
    """An application load balancer whose listener answers 404 until services bring their routes.

    Args:
        name: the component's name.
        settings: see `IngressSettings`.
        network: its network; it is in the public subnets, or in private ones when it is internal.
        certificate: a certificate, or the ARN of one, in place of the setting; it may be made in the same program.
        overrides: inputs of single children, by the child's name in `IngressChildren`.
        opts: Pulumi options of the component.

    Raises:
        UsageError: a name that AWS refuses for a load balancer, an internal one that lets in a public address range,
            two certificates, or an override that does not fit.
    """

    MUTABILITY = Mutability.STABLE

    url: pulumi.Output[str]
    """Where it answers, with the scheme its certificate allows."""
    dns_name: pulumi.Output[str]
    """AWS's name of the load balancer, for an alias record."""
    zone_id: pulumi.Output[str]
    """Hosted zone of that name, for an alias record."""
    listener_arn: pulumi.Output[str]
    """The listener that carries the services' rules."""
    load_balancer_arn_suffix: pulumi.Output[str]
    """The load balancer as CloudWatch's dimensions name it."""
    security_group_id: pulumi.Output[str]
    """Security group of the load balancer; services let in nothing else."""

    def __init__(
        self,
        name: str,
        settings: IngressSettings,
        *,
        network: AnyNetwork,
        certificate: "Certificate | pulumi.Input[str] | None" = None,
        overrides: IngressOverrides | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        if name.startswith(LOAD_BALANCER_RESERVED_PREFIX):
            raise UsageError(
                f"ingress {name!r} cannot have that name: AWS refuses load balancers whose name begins with "
                f"{LOAD_BALANCER_RESERVED_PREFIX}",
                fix=f"Use another first word, such as {name.removeprefix(LOAD_BALANCER_RESERVED_PREFIX)}-internal.",
            )
        super().__init__(name, user_tags=settings.tags, protect=settings.protect, overrides=overrides, opts=opts)
        self._routes = RouteTable(name)
        self._tier = Tier.PRIVATE if settings.internal else Tier.PUBLIC
        ground = place(self, network, self._tier, user="a load balancer", zones=LEAST_ZONES)
        security_group = make_security_group(self, ground.vpc_id, "Load balancer of a Strata ingress", suffix="ingress")
        certificate_arn = self._certificate(settings, certificate)
        ports = [HTTP] if certificate_arn is None else [HTTP, HTTPS]
        rules = self._ingress_rules(settings, network, security_group, ports)
        balancer = self._load_balancer(settings, network, ground, security_group, rules)
        listener = self._listeners(settings, balancer, certificate_arn)

        scheme = "http" if certificate_arn is None else "https"
        self.url = pulumi.Output.concat(scheme, "://", balancer.dns_name)
        self.dns_name = balancer.dns_name
        self.zone_id = balancer.zone_id
        self.listener_arn = listener.arn
        self.load_balancer_arn_suffix = balancer.arn_suffix
        self.security_group_id = security_group.id
        self.publish()

    def claim(self, service: str, routes: Sequence[RouteSettings]) -> None:
        """Take routes for a service of this program.

        Raises:
            UsageError: another route has the same priority or the same conditions.
        """
        self._routes.claim(service, routes)

    def claim_priority(self, service: str, priority: int, purpose: str) -> None:
        """Take the priority of a listener rule that is no route, for a service of this program.

        Args:
            service: the service.
            priority: the priority.
            purpose: what the rule is for, in a few words.

        Raises:
            UsageError: another rule has the same priority.
        """
        self._routes.claim_priority(service, priority, purpose)

    def _certificate(
        self, settings: IngressSettings, certificate: "Certificate | pulumi.Input[str] | None"
    ) -> pulumi.Input[str] | None:
        if certificate is None:
            return settings.certificate_arn
        if settings.certificate_arn is not None:
            raise UsageError(
                f"ingress {self.pulumi_resource_name!r} is given two certificates: {settings.certificate_arn} by its "
                "settings, and one by certificate=",
                fix="Remove one of the two.",
            )
        return certificate.arn if isinstance(certificate, Certificate) else certificate

    def _ingress_rules(
        self, settings: IngressSettings, network: AnyNetwork, group: "aws.ec2.SecurityGroup", ports: Sequence[int]
    ) -> "list[aws.vpc.SecurityGroupIngressRule]":
        return [
            self.child(
                aws.vpc.SecurityGroupIngressRule,
                "ingress_rule",
                Mutability.REPLACED,
                suffix=f"from-{label.replace('/', '-')}-{port}",
            )(
                security_group_id=group.id,
                cidr_ipv4=cidr,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                description=f"{'HTTPS' if port == HTTPS else 'HTTP'} from {label}",
            )
            for label, cidr in self._sources(settings, network)
            for port in ports
        ]

    def _sources(self, settings: IngressSettings, network: AnyNetwork) -> list[tuple[str, pulumi.Input[str]]]:
        if settings.internal and "allowed_cidrs" not in settings.model_fields_set:
            return [("network", network.cidr)]
        public = [str(cidr) for cidr in settings.allowed_cidrs if cidr.is_global]
        if settings.internal and public:
            raise UsageError(
                f"internal ingress {self.pulumi_resource_name!r} allows the public range {', '.join(public)}",
                fix="Name private ranges in allowed_cidrs, or leave it out to allow the network's own.",
            )
        return [(str(cidr), str(cidr)) for cidr in settings.allowed_cidrs]

    def _load_balancer(
        self,
        settings: IngressSettings,
        network: AnyNetwork,
        ground: Place,
        group: "aws.ec2.SecurityGroup",
        rules: "Sequence[aws.vpc.SecurityGroupIngressRule]",
    ) -> "aws.lb.LoadBalancer":
        inputs: dict[str, Any] = {
            "load_balancer_type": "application",
            "internal": settings.internal,
            "subnets": ground.subnet_ids,
            "security_groups": [group.id],
            "drop_invalid_header_fields": True,
            "idle_timeout": settings.idle_timeout_seconds,
            "enable_deletion_protection": settings.deletion_protection,
        }
        if settings.access_logs:
            inputs["access_logs"] = aws.lb.LoadBalancerAccessLogsArgs(
                bucket=settings.access_logs.bucket, prefix=settings.access_logs.prefix or None, enabled=True
            )
        return self.child(
            aws.lb.LoadBalancer,
            "load_balancer",
            Mutability.STABLE,
            suffix="lb",
            named=LOAD_BALANCER_NAME,
            # AWS refuses a public load balancer in a network without a way to the internet.
            depends_on=[*rules, *network.ready(self._tier)],
        )(**inputs)

    def _listeners(
        self, settings: IngressSettings, balancer: "aws.lb.LoadBalancer", certificate_arn: pulumi.Input[str] | None
    ) -> "aws.lb.Listener":
        """The listeners; returns the one that carries the services' rules."""
        if certificate_arn is None:
            return self._listener("http_listener", balancer, HTTP, _NOT_FOUND)
        self._listener("http_listener", balancer, HTTP, _TO_HTTPS)
        secure = {"certificate_arn": certificate_arn, "ssl_policy": settings.tls_policy}
        return self._listener("https_listener", balancer, HTTPS, _NOT_FOUND, secure)

    def _listener(
        self,
        key: str,
        balancer: "aws.lb.LoadBalancer",
        port: int,
        action: "aws.lb.ListenerDefaultActionArgsDict",
        secure: Mapping[str, Any] | None = None,
    ) -> "aws.lb.Listener":
        return self.child(
            aws.lb.Listener,
            key,
            Mutability.STABLE,
            suffix=key.removesuffix("_listener"),
        )(
            load_balancer_arn=balancer.arn,
            port=port,
            protocol="HTTPS" if secure else "HTTP",
            default_actions=[action],
            **(secure or {}),
        )


class RouteTable:
    """The routes claimed on one load balancer in this program.

    AWS refuses two rules with one priority only while it applies them, half way through an `up`; and two rules with
    equal conditions it accepts, the second never matching. Both are refused here.
    """

    def __init__(self, ingress: str) -> None:
        self._ingress = ingress
        self._claims: list[tuple[str, RouteSettings]] = []
        self._priorities: dict[int, str] = {}
        """Of rules that are no routes, with what each is."""

    def claim(self, service: str, routes: Sequence[RouteSettings]) -> None:
        """Take routes for a service.

        Raises:
            UsageError: a route has the priority or the conditions of one that is taken; the message names both.
        """
        for route in routes:
            for owner, taken in self._claims:
                self._refuse_clash(service, route, owner, taken)
            if (other := self._priorities.get(route.priority)) is not None:
                raise self._same_priority(route.priority, f"{other}; {service}: {_describe(route)}")
            self._claims.append((service, route))

    def claim_priority(self, service: str, priority: int, purpose: str) -> None:
        """Take the priority of a rule that is no route.

        Raises:
            UsageError: it is taken; the message names both.
        """
        rule = f"{service}: priority {priority}, {purpose}"
        taken = [f"{owner}: {_describe(route)}" for owner, route in self._claims if route.priority == priority]
        if other := next(iter(taken), self._priorities.get(priority)):
            raise self._same_priority(priority, f"{other}; {rule}")
        self._priorities[priority] = rule

    def _same_priority(self, priority: int, both: str) -> UsageError:
        return UsageError(
            f"two rules of ingress {self._ingress!r} have priority {priority} ({both})",
            fix="Give each of them a priority of its own.",
        )

    def _refuse_clash(self, service: str, route: RouteSettings, owner: str, taken: RouteSettings) -> None:
        both = f"{owner}: {_describe(taken)}; {service}: {_describe(route)}"
        if route.priority == taken.priority:
            raise UsageError(
                f"two routes of ingress {self._ingress!r} have priority {route.priority} ({both})",
                fix="Give each route a priority of its own.",
            )
        if route.condition == taken.condition:
            raise UsageError(
                f"two routes of ingress {self._ingress!r} match the same requests ({both})",
                fix="Change the hosts or paths of one of them: the later one would never match.",
            )


def _describe(route: RouteSettings) -> str:
    """A route in one line."""
    hosts = ", ".join(route.hosts) or "every host"
    paths = ", ".join(route.paths) or "every path"
    return f"priority {route.priority}, {hosts}, {paths}"
