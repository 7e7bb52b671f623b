"""The network of a stack."""

from collections.abc import Iterator
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Final

from pydantic import Field

from strata.settings.models.base import Settings
from strata.settings.models.by_stage import by_stage
from strata.settings.models.rule import Conflict, rule, unknown_retention

__all__ = ["EndpointName", "FlowLogSettings", "Nat", "NetworkSettings"]

PREFIXES: Final = (16, 20)
"""CreateVpc allows /16 to /28; with a prefix beyond 20 twelve subnets get fewer than 256 addresses each."""
UNUSABLE: Final = (
    (IPv4Network("0.0.0.0/8"), "this network"),
    (IPv4Network("127.0.0.0/8"), "loopback"),
    (IPv4Network("169.254.0.0/16"), "link-local addresses, where AWS has its metadata"),
    (IPv4Network("224.0.0.0/4"), "multicast"),
)
"""Ranges that RFC 6890 keeps for another purpose and EC2 accepts for no VPC."""


class Nat(StrEnum):
    """How private subnets reach the internet; each NAT gateway costs by the hour."""

    NONE = "none"
    """No way out; what servers need must be reachable by VPC endpoints."""
    ONE = "one"
    """One gateway for all zones: cheaper, and no way out while its zone is down."""
    PER_ZONE = "per-zone"
    """One gateway in each zone."""


class EndpointName(StrEnum):
    """VPC endpoints a network can bring; SSM is the three interface endpoints Session Manager needs, S3 the gateway."""

    SSM = "ssm"
    """Systems Manager's three interface endpoints, so that Session Manager needs no NAT gateway."""
    S3 = "s3"
    """S3's gateway endpoint, which costs nothing."""


class FlowLogSettings(Settings):
    """Records of the traffic in the network, in CloudWatch Logs."""

    enabled: bool = by_stage(dev=False, staging=True, prod=True)
    """Whether there are any."""
    retention_days: int = by_stage(dev=14, staging=14, prod=90)
    """Days that logs are kept, one of the values CloudWatch Logs accepts."""

    @rule("retention", "CloudWatch Logs knows the retention.")
    def _retention(self) -> Iterator[Conflict]:
        yield from unknown_retention("retention_days", self.retention_days)


class NetworkSettings(Settings):
    """A VPC with public, private and isolated subnets in each zone."""

    cidr: IPv4Network = Field(default=IPv4Network("10.0.0.0/16"), validate_default=False)
    """Address range, /16 to /20: AWS allows /16 to /28 and twelve subnets must fit. Default: 10.0.0.0/16."""
    zones: int = by_stage(dev=2, staging=2, prod=3, ge=2, le=4)
    """How many availability zones, from the first. A load balancer needs two."""
    nat: Nat = by_stage(dev=Nat.ONE, staging=Nat.ONE, prod=Nat.PER_ZONE)
    """NAT gateways."""
    endpoints: tuple[EndpointName, ...] = (EndpointName.SSM, EndpointName.S3)
    """VPC endpoints. Default: ssm and s3."""
    flow_logs: FlowLogSettings = FlowLogSettings.model_construct()
    """Flow logs of the VPC."""
    tags: dict[str, str] = Field(default={})
    """Further tags for everything of the network, besides the stack's. Default: none."""
    protect: bool = by_stage(dev=False, staging=False, prod=True)
    """Pulumi refuses to delete or replace its parts."""

    @rule("network-size", "The network is neither too large for AWS nor too small for its subnets.")
    def _size(self) -> Iterator[Conflict]:
        low, high = PREFIXES
        if not low <= self.cidr.prefixlen <= high:
            yield Conflict(
                ("cidr",),
                str(self.cidr),
                expected=f"a range from /{low} to /{high}",
                fix=f"Write {self.cidr.network_address}/{min(max(self.cidr.prefixlen, low), high)}, "
                "if nothing else is there.",
            )

    @rule("network-range", "The network's addresses can be used in a network.")
    def _range(self) -> Iterator[Conflict]:
        for kept, purpose in UNUSABLE:
            if self.cidr.overlaps(kept):
                yield Conflict(
                    ("cidr",),
                    str(self.cidr),
                    expected=f"a range apart from {kept}, which is kept for {purpose}",
                    fix="Use a private range, such as 10.0.0.0/16 or 172.20.0.0/16.",
                )
