"""A local AWS at high speed and a toolchain, shared by every test of a process."""

import base64
import ipaddress
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from strata.engine.bootstrap.set_up import ready_cli
from strata.engine.pulumi_cli import Cli
from strata.rollout.servers.driver import Driver
from strata_rehearsal.cloud.cloud_process import CloudHandle, start, stop
from strata_rehearsal.workspace.home import Home, ready_home
from tests.integration.support.warm_start import WarmStart
from tests.way_out import lead_out

__all__ = ["REGION", "Site", "open_site"]

REGION = "eu-west-1"
DATA_KEY_BYTES = 32
CIDR = "10.0.0.0/16"


@dataclass
class Site:
    """The local AWS, the toolchain, and the network that every stack of a test run uses.

    Args:
        folder: everything below it belongs to the tests.
        cli: the Pulumi CLI.
        home: Pulumi home and backend.
        cloud: the local AWS.
    """

    folder: Path
    cli: Cli
    home: Home
    cloud: CloudHandle
    network: Mapping[str, Any] = field(default_factory=dict[str, Any])
    new_stack: dict[str, Any] | None = None
    """What the backend holds of a stack of a trial that was made and never applied, once there is one."""
    secrets_provider: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What encrypts the secrets of its stacks, in the form of the state."""
    _clients: dict[str, Any] = field(default_factory=dict[str, Any])

    def client(self, service: str) -> Any:
        """A boto3 client of the local AWS, for the test itself."""
        if service not in self._clients:
            self._clients[service] = self.new_client(service, "test")
        return self._clients[service]

    def new_client(self, service: str, caller: str) -> Any:
        """A boto3 client that is nobody else's.

        Args:
            service: such as `autoscaling`.
            caller: what the event log calls it.
        """
        import boto3
        from botocore.config import Config

        session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
        return session.client(service, endpoint_url=self.cloud.endpoint, config=Config(user_agent_appid=caller))

    @property
    def driver(self) -> Driver:
        """The calls of a rollout, made by a test."""
        return Driver(self.client)


@contextmanager
def open_site(folder: Path, *, speed: float, warm: WarmStart | None = None) -> Generator[Site]:
    """Start a local AWS with a network in it, and stop it in the end.

    Args:
        folder: where it keeps its files.
        speed: simulated seconds per real second.
        warm: starts language hosts and plugins. Default: they start as they do for a person.
    """
    cli = ready_cli()
    home = ready_home(folder / "pulumi", cli)
    if warm:
        warm.put_scripts(home.pulumi_home)
    cloud = start(folder / "cloud", speed=speed)
    try:
        site = Site(folder, cli, home, cloud)
        site.network = _network(site.client("ec2"))
        site.secrets_provider = _secrets_provider(site.client("kms"))
        yield site
    finally:
        stop(folder / "cloud")


def _secrets_provider(kms: Any) -> dict[str, Any]:
    """A key of the local AWS that encrypts the key of the stacks' secrets.

    The engine derives a key from a passphrase a million times over, whoever asks, and that is half of what a run of it
    computes. It asks a key management service once, in a millisecond.
    """
    key = kms.create_key(Description="secrets of the stacks of tests")["KeyMetadata"]["KeyId"]
    encrypted = kms.encrypt(KeyId=key, Plaintext=os.urandom(DATA_KEY_BYTES))["CiphertextBlob"]
    url = f"awskms:///{key}?region={REGION}"
    return {"type": "cloud", "state": {"url": url, "encryptedkey": base64.b64encode(encrypted).decode()}}


def _network(ec2: Any) -> dict[str, Any]:
    """A VPC with two public and two private subnets: enough for a load balancer, and 32,000 addresses for servers."""
    vpc = ec2.create_vpc(CidrBlock=CIDR)["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    blocks = ipaddress.ip_network(CIDR).subnets(new_prefix=18)
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=str(block), AvailabilityZone=f"{REGION}{zone}")["Subnet"]["SubnetId"]
        for block, zone in zip(blocks, "abab", strict=True)
    ]
    lead_out(ec2, vpc, subnets[0])
    return {
        "vpc_id": vpc,
        "cidr": CIDR,
        "public_subnet_ids": subnets[:2],
        "private_subnet_ids": subnets[2:],
    }
