"""A rollout of a thousand servers on the local AWS, by boto3 alone: what the simulated cloud itself costs."""

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

from bench.memory import cpu_seconds, resident_mb
from bench.row import Measured, Plan, Row, Topic
from bench.site import REGION
from strata_rehearsal.cloud.cloud_process import CloudHandle, start, stop
from strata_rehearsal.cloud.machine_images import Image

__all__ = ["TOPIC"]

SERVERS = 1000
SPEED = 600.0
"""Ten minutes a second: fast enough that what takes time is the work, not the waiting."""

ANY = "test"
"""The local AWS takes any credentials."""

GROUP = "fleet"
OLD, NEW = "ami-00000000000000001", "ami-00000000000000002"
PATIENCE_SECONDS = 600.0
POLL_SECONDS = 0.1
PREFERENCES = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 110, "InstanceWarmup": 60}

ROLLOUT = Row(
    "servers",
    f"rollout of {SERVERS:,} servers on the local AWS, at speed {SPEED:g}",
    "s",
    no_goal="none was set; most of it is simulated time",
)


def measure(plan: Plan) -> Mapping[str, Measured]:
    spent: list[float] = []
    cpu: list[float] = []
    memory: list[float] = []
    for turn in range(max(1, plan.rounds // 2)):
        folder = plan.folder / str(turn)
        images = [Image("fleet", "1", OLD), Image("fleet", "2", NEW)]
        cloud = start(folder, speed=SPEED, images=images)
        try:
            client = _clients(cloud)
            template = _launched(client)
            began, before = time.perf_counter(), cpu_seconds(cloud.pid)
            _roll(client, template)
            spent.append(time.perf_counter() - began)
            cpu.append(cpu_seconds(cloud.pid) - before)
            memory.append(resident_mb(cloud.pid))
        finally:
            stop(folder)
    detail = f"{median(cpu):.1f} s of processor time in the local AWS, {median(memory):.0f} MB at the end"
    return {ROLLOUT.key: Measured(median(spent), detail)}


def _clients(cloud: CloudHandle) -> Callable[[str], Any]:
    import boto3

    session = boto3.Session(aws_access_key_id=ANY, aws_secret_access_key=ANY, region_name=REGION)
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in made:
            made[service] = session.client(service, endpoint_url=cloud.endpoint)
        return made[service]

    return client


def _launched(client: Callable[[str], Any]) -> str:
    """Bring the fleet up on the old image; gives the template's id."""
    ec2, autoscaling = client("ec2"), client("autoscaling")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{third}.0/18", AvailabilityZone=f"{REGION}{zone}")["Subnet"]
        for third, zone in ((0, "a"), (64, "b"))
    ]
    template = ec2.create_launch_template(
        LaunchTemplateName="fleet", LaunchTemplateData={"ImageId": OLD, "InstanceType": "m7i.large"}
    )["LaunchTemplate"]["LaunchTemplateId"]
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=GROUP,
        MinSize=SERVERS,
        MaxSize=SERVERS * 2,
        DesiredCapacity=SERVERS,
        LaunchTemplate={"LaunchTemplateId": template, "Version": "1"},
        VPCZoneIdentifier=",".join(subnet["SubnetId"] for subnet in subnets),
    )

    def in_service() -> bool:
        (group,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])["AutoScalingGroups"]
        return sum(each["LifecycleState"] == "InService" for each in group["Instances"]) == SERVERS

    _until("the fleet to be in service", in_service)
    return template


def _roll(client: Callable[[str], Any], template: str) -> None:
    """Replace every server with one on the new image."""
    autoscaling = client("autoscaling")
    version = client("ec2").create_launch_template_version(
        LaunchTemplateId=template, SourceVersion="1", LaunchTemplateData={"ImageId": NEW}
    )["LaunchTemplateVersion"]["VersionNumber"]
    refresh = autoscaling.start_instance_refresh(
        AutoScalingGroupName=GROUP,
        DesiredConfiguration={"LaunchTemplate": {"LaunchTemplateId": template, "Version": str(version)}},
        Preferences=PREFERENCES,
    )["InstanceRefreshId"]

    def rolled() -> bool:
        found = autoscaling.describe_instance_refreshes(AutoScalingGroupName=GROUP, InstanceRefreshIds=[refresh])
        status = found["InstanceRefreshes"][0]["Status"]
        if status not in ("Pending", "InProgress", "Successful"):
            raise RuntimeError(f"the refresh ended as {status}: {found['InstanceRefreshes'][0].get('StatusReason')}")
        return status == "Successful"

    _until("the rollout to end", rolled)


def _until(what: str, true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited {PATIENCE_SECONDS:g} s for {what}")
        time.sleep(POLL_SECONDS)


TOPIC = Topic((ROLLOUT,), measure)
