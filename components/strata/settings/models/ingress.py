"""The load balancer that services share, and which requests reach which of them."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Annotated

from pydantic import Field

from strata import naming
from strata.aws.facts.load_balancing import (
    CONDITION_VALUES,
    CONDITION_WILDCARDS,
    LONGEST_CONDITION,
    TLS_POLICIES,
    knows_tls_policy,
    wildcards,
)
from strata.problem import nearest
from strata.settings import patterns
from strata.settings.models.base import Settings
from strata.settings.models.by_stage import by_stack, by_stage
from strata.settings.models.rule import Conflict, rule, slow_check

__all__ = ["AccessLogSettings", "HealthSettings", "IngressSettings", "RouteSettings"]


class AccessLogSettings(Settings):
    """Where the load balancer writes one line per request."""

    bucket: str = Field(pattern=patterns.BUCKET, examples=["shop-logs"])
    """S3 bucket that allows the load balancer's service to write. Limits: S3's bucket naming rules."""
    prefix: str = Field(default="", max_length=512)
    """Key prefix. Default: none."""

    @rule("bucket-name", "S3 accepts buckets of that name.")
    def _bucket_name(self) -> Iterator[Conflict]:
        if (refusal := naming.bucket_refusal(self.bucket)) is not None:
            yield Conflict(
                ("bucket",),
                self.bucket,
                expected=f"a name {refusal} (S3)",
                fix="Write the name of the bucket as S3 shows it.",
            )


class IngressSettings(Settings):
    """An application load balancer that several services share."""

    internal: bool = False
    """True puts it into private subnets, reachable from the network only. Default: false."""
    certificate_arn: str | None = Field(default=None, pattern=patterns.CERTIFICATE)
    """Certificate; with it the listener speaks HTTPS on 443 and 80 redirects. Default: none, HTTP on 80."""
    tls_policy: str = Field(default="ELBSecurityPolicy-TLS13-1-2-2021-06", pattern=patterns.TLS_POLICY)
    """TLS policy of the HTTPS listener, one of ELB's. Default: TLS 1.2 and 1.3."""
    allowed_cidrs: tuple[IPv4Network, ...] = by_stack((IPv4Network("0.0.0.0/0"),), min_length=1, validate_default=False)
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

    @rule("internal-access", "An internal load balancer is not open to the internet.")
    def _access(self) -> Iterator[Conflict]:
        public = [str(cidr) for cidr in self.allowed_cidrs if cidr.prefixlen == 0 or cidr.is_global]
        if self.internal and public:
            yield Conflict(
                ("allowed_cidrs",),
                [str(cidr) for cidr in self.allowed_cidrs],
                expected=f"private ranges for an internal load balancer, not {', '.join(public)}",
                fix="Leave it out for the network's own range.",
                reads=(("internal",),),
            )

    @rule("ingress-tls", "ELB has the TLS policy.")
    def _tls(self) -> Iterator[Conflict]:
        if not knows_tls_policy(self.tls_policy):
            yield Conflict(
                ("tls_policy",),
                self.tls_policy,
                expected="one of the security policies of ELB",
                fix=f"Did you mean {nearest(self.tls_policy, TLS_POLICIES) or TLS_POLICIES[1]}?",
            )

    @rule("ingress-ranges", "Every range that may connect is named once.")
    def _ranges(self) -> Iterator[Conflict]:
        for index, cidr in enumerate(self.allowed_cidrs):
            if cidr in self.allowed_cidrs[:index]:
                yield Conflict(
                    ("allowed_cidrs", index),
                    str(cidr),
                    expected="every range once: each becomes a rule of the security group",
                    fix="Remove it.",
                )


class HealthSettings(Settings):
    """The load balancer's health check. Limits: ELB's target group API.

    A change applies at once to what runs, and no rollout proves it: release an image that passes the new check first.
    """

    path: str = Field(default="/healthz", pattern=patterns.URL_PATH)
    """Path requested on every server or task. A change applies at once to what runs: release an image that answers
    it first. Default: /healthz."""
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

    @rule("health-timeout", "A health check's timeout is shorter than its interval.")
    def _timeout(self) -> Iterator[Conflict]:
        yield from slow_check(self.timeout_seconds, self.interval_seconds)

    @rule("health-codes", "Ranges of HTTP codes rise.")
    def _codes(self) -> Iterator[Conflict]:
        for part in self.codes.split(","):
            ends = [int(code) for code in part.split("-")]
            if ends != sorted(ends) or part.count("-") > 1:
                yield Conflict(
                    ("codes",),
                    self.codes,
                    expected=f"a range from the lower to the higher code in place of {part}",
                    fix=f"Write {min(ends)}-{max(ends)}.",
                )


class RouteSettings(Settings):
    """Which requests of a shared load balancer go to a service; hosts and paths must both match."""

    priority: int = Field(ge=1, le=50_000, examples=[1])
    """Order among all routes of the load balancer, unique, 1 to 50000 (ELB's limit), lowest first."""
    hosts: tuple[Annotated[str, Field(pattern=patterns.HOST, max_length=LONGEST_CONDITION)], ...] = ()
    """Host names with a dot, and only letters after the last one; * and ? are wildcards, of which a route has five at
    most, hosts and paths together (ELB). Default: every host."""
    paths: tuple[Annotated[str, Field(pattern=patterns.ROUTE_PATH)], ...] = ()
    """Paths, with * and ? as wildcards. Default: every path."""

    @property
    def condition(self) -> tuple[frozenset[str], frozenset[str]]:
        """Its hosts and paths, equal for routes that match the same requests."""
        # ELB compares hosts without case, paths with it
        return frozenset(host.lower() for host in self.hosts), frozenset(self.paths)

    @rule("route-condition", "A route says which requests it answers.")
    def _condition(self) -> Iterator[Conflict]:
        if not self.hosts and not self.paths:
            yield Conflict(
                (),
                {"priority": self.priority},
                expected="hosts, paths or both",
                fix="Say which requests the route answers; `paths: [/*]` means all.",
                reads=(("hosts",), ("paths",)),
            )

    @rule("route-values", "A route has no more values than ELB accepts.")
    def _values(self) -> Iterator[Conflict]:
        values = len(self.hosts) + len(self.paths)
        if values > CONDITION_VALUES:
            yield Conflict(
                (),
                f"{values} hosts and paths",
                expected=f"at most {CONDITION_VALUES} in one route, hosts and paths together (ELB)",
                fix="Split it into several routes with priorities of their own.",
                reads=(("hosts",), ("paths",)),
            )

    @rule("route-wildcards", "A route has no more wildcards than ELB accepts.")
    def _wildcards(self) -> Iterator[Conflict]:
        count = wildcards((*self.hosts, *self.paths))
        if count > CONDITION_WILDCARDS:
            yield Conflict(
                (),
                f"{count} wildcards",
                expected=f"at most {CONDITION_WILDCARDS} of * and ? in one route, hosts and paths together (ELB)",
                fix="Split it into several routes with priorities of their own, or use fewer wildcards.",
                reads=(("hosts",), ("paths",)),
            )
