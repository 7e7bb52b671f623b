"""The load balancer that services share, and which requests reach which of them."""

from ipaddress import IPv4Network
from typing import Annotated

from pydantic import Field

from strata.aws.facts.load_balancing import LONGEST_CONDITION
from strata.settings import patterns
from strata.settings.models.base import Settings
from strata.settings.models.by_stage import by_stage

__all__ = ["AccessLogSettings", "HealthSettings", "IngressSettings", "RouteSettings"]


class AccessLogSettings(Settings):
    """Where the load balancer writes one line per request."""

    bucket: str = Field(pattern=patterns.BUCKET)
    """S3 bucket that allows the load balancer's service to write. Limits: S3's bucket naming rules."""
    prefix: str = Field(default="", max_length=512)
    """Key prefix. Default: none."""


class IngressSettings(Settings):
    """An application load balancer that several services share."""

    internal: bool = False
    """True puts it into private subnets, reachable from the network only. Default: false."""
    certificate_arn: str | None = Field(default=None, pattern=patterns.CERTIFICATE)
    """Certificate; with it the listener speaks HTTPS on 443 and 80 redirects. Default: none, HTTP on 80."""
    tls_policy: str = Field(default="ELBSecurityPolicy-TLS13-1-2-2021-06", pattern=patterns.TLS_POLICY)
    """TLS policy of the HTTPS listener, one of ELB's. Default: TLS 1.2 and 1.3."""
    allowed_cidrs: tuple[IPv4Network, ...] = Field(
        default=(IPv4Network("0.0.0.0/0"),), min_length=1, validate_default=False
    )
    """Who may connect. Default: everyone for a public one; an internal one defaults to the network's own range."""
    idle_timeout_seconds: int = Field(default=60, ge=1, le=4000)
    """Seconds until an idle connection is closed, 1 to 4000 (ELB's limit). Default: 60."""
    access_logs: AccessLogSettings | None = None
    """Access logs. Default: none."""
    deletion_protection: bool = by_stage(dev=False, staging=False, prod=True)
    """AWS refuses to delete the load balancer."""
    tags: dict[str, str] = Field(default={})
    """Further tags for everything of the ingress, besides the stack's. Default: none."""
    protect: bool = by_stage(dev=False, staging=False, prod=True)
    """Pulumi refuses to delete or replace the load balancer."""


class HealthSettings(Settings):
    """The load balancer's health check. Limits: ELB's target group API."""

    path: str = Field(default="/healthz", pattern=patterns.URL_PATH)
    """Path requested on every server. Default: /healthz."""
    codes: str = Field(default="200", pattern=patterns.HTTP_CODES)
    """HTTP codes that mean healthy, such as 200 or 200-299. Default: 200."""
    interval_seconds: int = Field(default=10, ge=5, le=300)
    """Seconds between checks, 5 to 300. Default: 10."""
    timeout_seconds: int = Field(default=5, ge=2, le=120)
    """Seconds until a check counts as failed, below the interval. Default: 5."""
    healthy_threshold: int = Field(default=2, ge=2, le=10)
    """Passes in a row that make a server healthy, 2 to 10. Default: 2."""
    unhealthy_threshold: int = Field(default=3, ge=2, le=10)
    """Failures in a row that make it unhealthy, 2 to 10. Default: 3."""


class RouteSettings(Settings):
    """Which requests of a shared load balancer go to a service; hosts and paths must both match."""

    priority: int = Field(ge=1, le=50_000)
    """Order among all routes of the load balancer, unique, 1 to 50000 (ELB's limit), lowest first."""
    hosts: tuple[Annotated[str, Field(pattern=patterns.HOST, max_length=LONGEST_CONDITION)], ...] = ()
    """Host names with a dot, and only letters after the last one; * and ? are wildcards, of which a route has five at
    most, hosts and paths together (ELB). Default: every host."""
    paths: tuple[Annotated[str, Field(pattern=patterns.ROUTE_PATH)], ...] = ()
    """Paths, with * and ? as wildcards. Default: every path."""
