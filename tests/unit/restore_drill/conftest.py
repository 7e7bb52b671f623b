"""A database with a backup in moto's RDS, and a drill on it whose time stands still."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from moto import mock_aws

from strata.restore_drill.databases import Databases
from strata.restore_drill.drill import Drill

REGION = "eu-west-1"
STACK = {"strata:project": "shop", "strata:stack": "prod"}
TAGS = {**STACK, "strata:component": "orders", "strata:mutability": "controlled"}


@dataclass
class StoppedClock:
    """Moves only by sleeping."""

    time: float
    slept: list[float] = field(default_factory=list[float])

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


@dataclass
class Rds:
    """The test's own way to RDS."""

    client: Any
    subnet_group: str
    clock: StoppedClock
    said: list[str] = field(default_factory=list[str])

    def add(self, identifier: str, **more: Any) -> None:
        tags = [{"Key": key, "Value": value} for key, value in more.pop("tags", TAGS).items()]
        settings = {
            "Engine": "postgres",
            "EngineVersion": "16.3",
            "DBInstanceClass": "db.t4g.small",
            "AllocatedStorage": 20,
            "MasterUsername": "orders",
            "MasterUserPassword": "not-a-secret",
            "DBSubnetGroupName": self.subnet_group,
            "StorageEncrypted": True,
            "PubliclyAccessible": False,
        }
        self.client.create_db_instance(DBInstanceIdentifier=identifier, Tags=tags, **{**settings, **more})

    def back_up(self, identifier: str, snapshot: str) -> None:
        self.client.create_db_snapshot(DBInstanceIdentifier=identifier, DBSnapshotIdentifier=snapshot)

    def forget_backups(self) -> None:
        for each in self.client.describe_db_snapshots()["DBSnapshots"]:
            self.client.delete_db_snapshot(DBSnapshotIdentifier=each["DBSnapshotIdentifier"])

    def described(self, identifier: str) -> dict[str, Any]:
        (found,) = self.client.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
        # This moves by itself, with every look.
        return {key: value for key, value in found.items() if key != "LatestRestorableTime"}

    @property
    def names(self) -> set[str]:
        return {each["DBInstanceIdentifier"] for each in self.client.describe_db_instances()["DBInstances"]}

    def drill(self, databases: Databases | None = None) -> Drill:
        return Drill(databases or Databases(lambda _: self.client), self.clock, STACK, self.said.append)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """RDS with a subnet group; making a network anew for every test would take longer than all of them."""
    with pytest.MonkeyPatch.context() as patched, mock_aws():
        for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            patched.setenv(key, "test")
        ec2, made = (boto3.client(service, region_name=REGION) for service in ("ec2", "rds"))
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]
            for n, zone in enumerate("ab")
        ]
        made.create_db_subnet_group(
            DBSubnetGroupName="isolated",
            DBSubnetGroupDescription="isolated",
            SubnetIds=[each["SubnetId"] for each in subnets],
        )
        yield made


@pytest.fixture
def rds(client: Any) -> Iterator[Rds]:
    """RDS with the database orders and one backup of it."""
    made = Rds(client, "isolated", StoppedClock(time.time() + 3600))
    made.add("orders-1a2b3c4")
    made.back_up("orders-1a2b3c4", "first")
    yield made
    for each in made.names:
        client.delete_db_instance(DBInstanceIdentifier=each, SkipFinalSnapshot=True)
    made.forget_backups()
