"""The network of a stack."""

from enum import StrEnum
from ipaddress import IPv4Network

from pydantic import Field

from strata.settings.models.base import Settings
from strata.settings.models.by_stage import by_stage

__all__ = ["EndpointName", "FlowLogSettings", "Nat", "NetworkSettings"]


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
    flow_logs: FlowLogSettings = FlowLogSettings()
    """Flow logs of the VPC."""
    tags: dict[str, str] = Field(default={})
    """Further tags for everything of the network, besides the stack's. Default: none."""
    protect: bool = by_stage(dev=False, staging=False, prod=True)
    """Pulumi refuses to delete or replace its parts."""
