"""A look for drift at a thousand servers, and at five thousand, on the local AWS: from outside, and into them."""

import resource
import time
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from bench.local_aws import FLEET, Client, clients_of, two_subnets, until
from bench.row import Measured, Plan, Row, Topic
from strata.clock import SystemClock
from strata.drift.contents.contents_look import ContentsLook
from strata.drift.drift_driver import DriftDriver
from strata.drift.drift_reading import DriftReading
from strata.naming import record_name
from strata.rollout.live_service import tags_of
from strata.rollout.record import DIGEST_TAG, ImageRef, ServerRelease
from strata.rollout.servers.group_terms import GroupTerms
from strata.settings.load import for_stage
from strata.settings.models import ServiceSettings
from strata.stage import Stage
from strata_rehearsal.cloud.cloud_process import start, stop
from strata_rehearsal.cloud.machine_images import Image

__all__ = ["TOPIC"]

IMAGE = "ami-00000000000000001"
SIZES = (FLEET, 5 * FLEET)
SPEED = 3600.0
TAGS = tags_of("shop", "prod", "web")

DRIFT = Row("drift", f"drift of {FLEET:,} servers, its own processor time", "s", goal=1)
DRIFT_GROWTH = Row("drift-growth", f"the same of {SIZES[1]:,} servers, for each server", "times as much", goal=1.2)
DEEP = Row(
    "drift-deep",
    f"drift --deep of {FLEET:,} servers, its own processor time",
    "s",
    no_goal="none was set; Systems Manager lists 50 servers a call",
)
DEEP_GROWTH = Row("drift-deep-growth", f"the same of {SIZES[1]:,} servers, for each server", "times as much", goal=1.2)


def measure(plan: Plan) -> Mapping[str, Measured]:
    spent: dict[int, float] = {}
    inside: dict[int, float] = {}
    peaks: dict[int, float] = {}
    deep_peaks: dict[int, float] = {}
    for size in SIZES:
        folder = plan.folder / str(size)
        cloud = start(folder, speed=SPEED, images=[Image("web", "1.0.0", IMAGE, baked=False)])
        try:
            client = clients_of(cloud)
            settings = _settings(size)
            _launch(client, settings, size)
            before = _peak_mb()
            _look(client, settings, size)
            rounds = range(max(3, plan.rounds))
            spent[size] = median(_look(client, settings, size) for _ in rounds)
            peaks[size] = _peak_mb() - before
            if plan.wanted & {DEEP.key, DEEP_GROWTH.key}:
                inside[size] = median(_look(client, settings, size, deep=True) for _ in rounds)
                deep_peaks[size] = _peak_mb() - before
        finally:
            stop(folder)
    found = _measured(DRIFT, DRIFT_GROWTH, spent, peaks)
    return {**found, **_measured(DEEP, DEEP_GROWTH, inside, deep_peaks)} if inside else found


def _measured(row: Row, growth: Row, spent: Mapping[int, float], peaks: Mapping[int, float]) -> Mapping[str, Measured]:
    few, many = SIZES
    detail = f"{spent[many]:.2f} s for {many:,}; all looks together {peaks[few]:.0f} and {peaks[many]:.0f} MB at most"
    each = (spent[many] / many) / (spent[few] / few)
    return {row.key: Measured(spent[few], detail), growth.key: Measured(each, detail)}


def _settings(size: int) -> ServiceSettings:
    # more servers than a stack file may ask for: what is measured grows beyond it
    given = {"capacity": {"min": 1, "max": 2}, "routes": [{"priority": 1, "paths": ["/*"]}]}
    settings = for_stage(ServiceSettings, Stage.DEV, given, name="web")
    capacity = settings.capacity.model_copy(update={"max": 2 * size})
    return settings.model_copy(update={"capacity": capacity})


def _launch(client: Client, settings: ServiceSettings, size: int) -> None:
    terms, subnets = GroupTerms.of_service(settings), two_subnets(client)
    tags = [{"Key": key, "Value": value} for key, value in {**TAGS, DIGEST_TAG: "d1"}.items()]
    template = client("ec2").create_launch_template(
        LaunchTemplateName="web",
        LaunchTemplateData={
            "ImageId": IMAGE,
            "InstanceType": settings.instance_type,
            "TagSpecifications": [{"ResourceType": "instance", "Tags": tags}],
        },
    )["LaunchTemplate"]["LaunchTemplateId"]
    client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName="web",
        DesiredCapacity=size,
        LaunchTemplate={"LaunchTemplateId": template, "Version": "1"},
        VPCZoneIdentifier=",".join(subnets),
        TargetGroupARNs=[_targets(client, subnets)],
        **terms.to_api(),
        Tags=[{"Key": key, "Value": value, "PropagateAtLaunch": True} for key, value in TAGS.items()],
    )
    release = ServerRelease(
        group="web", template=template, template_version=1, image=ImageRef("web", "1.0.0", IMAGE), digest="d1"
    )
    record = record_name("shop", "prod", "web")
    client("ssm").put_parameter(Name=record, Value=release.to_json(), Type="String")

    def in_service() -> bool:
        return _in_service(client) == size

    until("the fleet to be in service", in_service)


def _targets(client: Client, subnets: Sequence[str]) -> str:
    """A target group behind a load balancer."""
    balancing = client("elbv2")
    (first, *_) = client("ec2").describe_subnets(SubnetIds=list(subnets))["Subnets"]
    made = balancing.create_target_group(Name="web", Port=80, Protocol="HTTP", VpcId=first["VpcId"])
    targets = made["TargetGroups"][0]["TargetGroupArn"]
    balancer = balancing.create_load_balancer(Name="web", Subnets=list(subnets))["LoadBalancers"][0]["LoadBalancerArn"]
    action = {"Type": "forward", "TargetGroupArn": targets}
    balancing.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[action])
    return targets


def _in_service(client: Client) -> int:
    found: Sequence[Any] = client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    return sum(each["LifecycleState"] == "InService" for each in found[0]["Instances"])


def _look(client: Client, settings: ServiceSettings, size: int, *, deep: bool = False) -> float:
    """Processor seconds of one look, which has to compare every server and to find nothing.

    Args:
        client: gives the clients of the local AWS.
        settings: of the service.
        size: how many servers it has.
        deep: whether they compare themselves with their images, too.

    Raises:
        RuntimeError: it does not.
    """
    began = time.process_time()
    inside = ContentsLook(client, SystemClock()) if deep else None
    drift = DriftReading(DriftDriver(client), SystemClock(), "shop", "prod", inside).look({"web": settings})
    spent = time.process_time() - began
    (service,) = drift.services
    asked = service.contents.compared if service.contents is not None else 0
    if service.compared != size or asked != (size if deep else 0) or service.findings or drift.unread:
        raise RuntimeError(f"{service.headline}: {service.findings[:3]} {drift.unread}")
    return spent


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


TOPIC = Topic((DRIFT, DRIFT_GROWTH, DEEP, DEEP_GROWTH), measure)
