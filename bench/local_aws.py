"""A local AWS alone, driven by boto3: how long a rollout takes there, and what it costs."""

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any, TypeVar

from bench.memory import cpu_seconds, resident_mb
from bench.row import Measured, Plan, Row
from bench.site import REGION
from strata_rehearsal.cloud.cloud_process import CloudHandle, start, stop
from strata_rehearsal.cloud.machine_images import Image

__all__ = ["FLEET", "SPEED", "Client", "clients_of", "measure_rollout", "rollout_row", "two_subnets", "until"]

FLEET = 1000
"""Servers or tasks of a rollout."""

SPEED = 600.0
"""Ten minutes a second: fast enough that what takes time is the work, not the waiting."""

ANY = "test"
"""The local AWS accepts any credentials."""

PATIENCE_SECONDS = 600.0
POLL_SECONDS = 0.1

Client = Callable[[str], Any]
"""Gives the client of a service, by its name."""

Launched = TypeVar("Launched")


def rollout_row(key: str, what: str) -> Row:
    """The row of a rollout.

    Args:
        key: of the row.
        what: is rolled, and how.
    """
    return Row(
        key,
        f"{what} on the local AWS, at speed {SPEED:g}",
        "s",
        no_goal="none was set; most of it is simulated time",
    )


def measure_rollout(
    plan: Plan,
    launch: Callable[[Client], Launched],
    roll: Callable[[Client, Launched], None],
    images: Sequence[Image] = (),
) -> Measured:
    """Seconds of a rollout, the median of some rounds, each on a local AWS of its own.

    Args:
        plan: how many rounds, and where.
        launch: brings the fleet up, which is not measured.
        roll: replaces all of it.
        images: machine images that there are.
    """
    spent: list[float] = []
    cpu: list[float] = []
    memory: list[float] = []
    for turn in range(max(1, plan.rounds // 2)):
        folder = plan.folder / str(turn)
        cloud = start(folder, speed=SPEED, images=list(images))
        try:
            client = clients_of(cloud)
            launched = launch(client)
            began, before = time.perf_counter(), cpu_seconds(cloud.pid)
            roll(client, launched)
            spent.append(time.perf_counter() - began)
            cpu.append(cpu_seconds(cloud.pid) - before)
            memory.append(resident_mb(cloud.pid))
        finally:
            stop(folder)
    detail = f"{median(cpu):.1f} s of processor time in the local AWS, {median(memory):.0f} MB at the end"
    return Measured(median(spent), detail)


def clients_of(cloud: CloudHandle) -> Client:
    """Clients of a local AWS, each made once."""
    import boto3

    session = boto3.Session(aws_access_key_id=ANY, aws_secret_access_key=ANY, region_name=REGION)
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in made:
            made[service] = session.client(service, endpoint_url=cloud.endpoint)
        return made[service]

    return client


def two_subnets(client: Client) -> list[str]:
    """Ids of two subnets in two zones, with room for every fleet."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{third}.0/18", AvailabilityZone=f"{REGION}{zone}")["Subnet"][
            "SubnetId"
        ]
        for third, zone in ((0, "a"), (64, "b"))
    ]


def until(what: str, true: Callable[[], bool]) -> None:
    """Wait for something.

    Args:
        what: it is, for the error.
        true: whether it is so now.

    Raises:
        RuntimeError: it did not come.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited {PATIENCE_SECONDS:g} s for {what}")
        time.sleep(POLL_SECONDS)
