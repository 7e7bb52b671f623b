"""Every AWS call of the gate under six faults, through a faulty proxy; and whole rollouts with all of them at once.

Time stands still but for the gate's own sleeping, and botocore makes one try of each call, so that all repetition is
the gate's.
"""

import ast
import itertools
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.config import Config

from strata.aws.outage import Patience
from strata.errors import RolloutError
from strata.naming import note_name
from strata.rollout import aws_calls
from strata.rollout.note import Journal, Phase
from strata.rollout.notifier import Notifier
from strata.rollout.record import DIGEST_TAG, ImageRef, ServerRelease
from strata.rollout.roll import Roll
from strata.rollout.servers import driver as driver_module
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.driver import Driver, read_fleet
from strata.rollout.servers.observer import Observer
from strata.rollout.servers.preferences import preferences_for
from strata.rollout.servers.refresh_requests import start_refresh, stop_rollout
from strata.rollout.servers.server_deployer import ServerDeployer
from strata.rollout.servers.server_spec import ServerRollout, ServerSpec
from strata.rollout.servers.views import ImageView
from strata.settings.models import HealthSettings, RolloutSettings
from strata_rehearsal.cloud import patches, state
from tests.integration.support.faulty_proxy import Answer, Fault, FaultyProxy, Kind, faulty_proxy
from tests.unit.rehearsal.cloud.conftest import NEW, OLD, REGION, SERVICES, Aws
from tests.unit.rollout.stand_in import Memory

POLL_SECONDS = 15.0
HURRIED_SECONDS, PATIENT_SECONDS = 0.4, 60.0
"""How long the clients of these tests wait for an answer: not long where it is held back on purpose."""
TIMES: Mapping[Kind, int] = {**dict.fromkeys(Kind, 3), Kind.DELAY: 1, Kind.EXPIRED: 1}
"""How often a call meets a fault in a row. Credentials are renewed once; a third expiry would be one too many."""


@dataclass
class World:
    """A local AWS behind a faulty proxy, and a gate on the far side of it."""

    aws: Aws
    proxy: FaultyProxy
    console: Memory = field(default_factory=Memory)
    renewed: int = 0
    read_seconds: float = PATIENT_SECONDS
    _clients: dict[tuple[str, float], Any] = field(default_factory=dict[tuple[str, float], Any])
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def client(self, service: str) -> Any:
        key = (service, self.read_seconds)
        if key not in self._clients:
            config = Config(retries={"total_max_attempts": 1}, read_timeout=self.read_seconds, user_agent_appid="gate")
            keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
            self._clients[key] = boto3.client(
                service, region_name=REGION, endpoint_url=self.proxy.url, config=config, **keys
            )
        return self._clients[key]

    def __post_init__(self) -> None:
        tags = [{"ResourceType": "instance", "Tags": [{"Key": DIGEST_TAG, "Value": value}]} for value in ("old", "new")]
        self.old = int(self.aws.version(OLD, TagSpecifications=[tags[0]]))
        self.new = int(self.aws.version(NEW, TagSpecifications=[tags[1]]))
        self.aws.group("web", size=2, version=str(self.old))
        self.aws.wait(200)
        self.topic = self.client("sns").create_topic(Name="on-call")["TopicArn"]
        self.key = self.client("kms").create_key()["KeyMetadata"]["Arn"]
        volume = self.client("ec2").create_volume(AvailabilityZone=f"{REGION}a", Size=1, Encrypted=True)["VolumeId"]
        self.snapshot = self.client("ec2").create_snapshot(VolumeId=volume)["SnapshotId"]
        self.client("ssm").put_parameter(Name="/strata/there", Type="String", Value="yes")
        # servers of the other cases still leave the network's subnets while a reading waits and asks again
        self.empty_subnet = self.client("ec2").create_subnet(VpcId=self.aws.vpc, CidrBlock="10.0.9.0/24")["Subnet"]
        self.aws.alarm()

    @property
    def driver(self) -> Driver:
        return Driver(self.client)

    @property
    def calls(self) -> AsyncDriver:
        patience = Patience(self.aws.clock, self.console.say, pause_seconds=POLL_SECONDS)
        return AsyncDriver(self.driver, self._renew, patience)

    @property
    def roll(self) -> Roll:
        deployer = ServerDeployer(self.calls, self.aws.clock, self.console, POLL_SECONDS)
        return Roll(deployer, self.aws.clock, self.console, POLL_SECONDS)

    def _renew(self) -> None:
        self.renewed += 1

    def new_group(self) -> str:
        """A group that no other case touches."""
        name = f"web-{next(self._numbers)}"
        self.aws.group(name, size=1, version=str(self.old))
        return name

    def rollout(self, group: str = "web", **settings: Any) -> ServerRollout:
        spec = ServerSpec(
            service="web",
            settings=RolloutSettings.model_validate({"bake_seconds": 0, **settings}),
            health=HealthSettings(),
            boot_seconds=60,
            drain_seconds=60,
            record="/strata/shop/prod/web/release",
            topic=self.topic,
        )
        return ServerRollout(
            spec,
            ServerRelease(
                group=group,
                template=self.aws.template,
                template_version=self.new,
                image=ImageRef("web", "1.1.0", NEW),
                digest="new",
            ),
        )

    def serving(self, group: str) -> list[str]:
        """The template versions of the servers in service; those that left are still drained for a while."""
        found = self.aws.instances(group)
        return [each["LaunchTemplate"]["Version"] for each in found if each["LifecycleState"] == "InService"]

    def history(self, group: str) -> list[Any]:
        return self.aws.autoscaling.describe_instance_refreshes(AutoScalingGroupName=group)["InstanceRefreshes"]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    found = SimpleNamespace(aws=None)

    def forward(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        answer = found.aws.web.open(path, method=method, headers=dict(headers), data=body)
        return Answer(answer.status_code, dict(answer.headers), answer.data)

    with faulty_proxy(forward) as proxy:
        plain = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "endpoint_url": proxy.url}
        clients = {service: boto3.client(service, region_name=REGION, **plain) for service in SERVICES}
        found.aws = Aws(SimpleNamespace(**clients))
        yield World(found.aws.prepare(), proxy)
    state.use(None)
    patches.restore()


@pytest.fixture(autouse=True)
def calm(world: World) -> None:
    world.proxy.calm()
    world.console = Memory()
    world.renewed = 0
    world.read_seconds = PATIENT_SECONDS


def strike(world: World, kind: Kind, actions: Iterable[str], times: int) -> None:
    """Let a fault happen to the gate's next calls of some operations."""
    world.read_seconds = HURRIED_SECONDS if kind is Kind.DELAY else PATIENT_SECONDS
    world.proxy.add(*(Fault(kind, action, times, caller="gate") for action in actions))


Ask = Callable[[World], Awaitable[Any]]


def reading(call: Callable[[World, AsyncDriver], Awaitable[Any]]) -> Ask:
    """A call whose answer is the same whatever happens on the way."""

    async def ask(world: World) -> None:
        faults = list(world.proxy.faults)
        world.proxy.faults.clear()
        wanted = await call(world, world.calls)
        world.proxy.add(*faults)
        assert await call(world, world.calls) == wanted

    return ask


async def started_once(world: World) -> None:
    group = world.new_group()
    rollout = world.rollout(group)
    found = await start_refresh(world.calls, rollout, preferences_for(rollout.spec), before=())
    assert [each["InstanceRefreshId"] for each in world.history(group)] == [found]


async def rolled_back(world: World) -> None:
    group = world.new_group()
    found = running(world, group)
    await stop_rollout(world.calls, world.rollout(group), found, world.console)
    (only,) = world.history(group)
    assert only["Status"].startswith("Rollback")
    assert world.console.warned == []


async def cancelled(world: World) -> None:
    group = world.new_group()
    found = running(world, group)
    await stop_rollout(world.calls, world.rollout(group, auto_rollback=False), found, world.console)
    (only,) = world.history(group)
    assert only["Status"] in ("Cancelling", "Cancelled")


def running(world: World, group: str) -> str:
    world.aws.wait(200)
    endless = replace(preferences_for(world.rollout(group).spec), instance_warmup_seconds=1_000_000)
    rollout = world.rollout(group)
    started: Any = world.aws.autoscaling.start_instance_refresh(
        AutoScalingGroupName=group,
        DesiredConfiguration={"LaunchTemplate": world.aws.specification(str(rollout.release.template_version))},
        Preferences=endless.to_api(),
    )
    return started["InstanceRefreshId"]


async def saved(world: World) -> None:
    group = world.new_group()
    await world.calls(world.driver.save_version, group, world.aws.template, world.new)
    assert world.aws.describe(group)["LaunchTemplate"]["Version"] == str(world.new)


async def published_or_said(world: World) -> None:
    before = world.aws.clock.now()
    notifier = Notifier(world.calls, world.rollout(), world.console)
    await notifier.started()
    await notifier.finish()
    assert world.aws.clock.now() == before, "nobody waits for a topic"
    assert world.renewed or any("could not be notified" in each for each in world.console.warned)


async def troubled(world: World) -> None:
    before = world.aws.clock.now()
    observer = Observer(world.calls, world.aws.clock, world.console, POLL_SECONDS)
    said = await observer.last_trouble("web")
    assert world.aws.clock.now() == before, "a reason is known without it"
    assert said == "" or "could not be read" in said


async def noted_or_said(world: World) -> None:
    before = world.aws.clock.now()
    journal = Journal(world.calls, world.aws.clock, world.console)
    await journal.begin(world.rollout(), "r-1")
    await journal.enter(world.rollout(), Phase.FAILED, "for a reason")
    assert world.aws.clock.now() == before, "nobody waits for a note"
    kept = world.driver.parameters([note_name(world.rollout().spec.record)])
    assert "for a reason" in "".join(kept.values()) or any("could not be kept" in each for each in world.console.warned)


async def fleet_of(world: World, calls: AsyncDriver) -> frozenset[str]:
    group = await calls(world.driver.group, "web")
    assert group is not None
    return (await calls(read_fleet, world.driver, group)).healthy


def image(world: World) -> ImageView:
    return ImageView("ami-1", "available", "x86_64", "/dev/xvda", (world.snapshot,))


ROWS: Mapping[str, Ask] = {
    "StartInstanceRefresh": started_once,
    "RollbackInstanceRefresh": rolled_back,
    "CancelInstanceRefresh": cancelled,
    "UpdateAutoScalingGroup": saved,
    "Publish": published_or_said,
    "PutParameter": noted_or_said,
    "DescribeScalingActivities": troubled,
    "DescribeAutoScalingGroups": reading(lambda _, calls: calls.fleet("web")),
    "DescribeInstanceRefreshes": reading(lambda it, calls: calls(it.driver.refreshes, "web")),
    "DescribeTargetHealth": reading(fleet_of),
    "DescribeLaunchTemplateVersions": reading(
        lambda it, calls: calls(it.driver.release_digests, it.aws.template, [str(it.old), str(it.new)], model=it.new)
    ),
    "DescribeImages": reading(lambda it, calls: calls(it.driver.image, NEW)),
    "DescribeInstanceTypes": reading(lambda it, calls: calls(it.driver.architectures, "t3.small")),
    "DescribeSubnets": reading(lambda it, calls: calls(it.driver.free_addresses, [it.empty_subnet["SubnetId"]])),
    "DescribeSnapshots": reading(lambda it, calls: calls(it.driver.image_keys, image(it))),
    "DescribeAlarms": reading(lambda it, calls: calls(it.driver.alarm_states, ("web-5xx",))),
    "ListGrants": reading(lambda it, calls: calls(it.driver.auto_scaling_may_use, it.key)),
    "GetKeyPolicy": reading(lambda it, calls: calls(it.driver.auto_scaling_may_use, it.key)),
    "GetParameters": reading(lambda it, calls: calls(it.driver.parameters, ["/strata/there", "/strata/not"])),
    "GetCallerIdentity": reading(lambda it, calls: calls(it.driver.caller)),
}


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.value.replace(" ", "-"))
@pytest.mark.parametrize("action", ROWS)
async def test_no_fault_of_the_way_to_aws_changes_what_a_call_does(world: World, action: str, kind: Kind):
    strike(world, kind, [action], TIMES[kind])
    await ROWS[action](world)
    met = [seen.kind for seen in world.proxy.seen if seen.action == action and seen.kind]
    assert met, "the call was made, and the fault happened"
    assert world.renewed == (1 if kind is Kind.EXPIRED else 0)


EVERY_ROLLOUT = sorted(ROWS.keys() - {"RollbackInstanceRefresh", "CancelInstanceRefresh"})


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.value.replace(" ", "-"))
async def test_a_rollout_in_which_each_call_meets_the_fault_succeeds_once(world: World, kind: Kind):
    group = world.new_group()
    world.aws.wait(200)
    strike(world, kind, EVERY_ROLLOUT, 1)
    await world.roll.next(replace(world.rollout(group), alarms=("web-5xx",)), None)
    assert [each["Status"] for each in world.history(group)] == ["Successful"]
    assert world.serving(group) == [str(world.new)]
    met = {seen.action for seen in world.proxy.seen if seen.kind is kind}
    assert {"StartInstanceRefresh", "DescribeInstanceRefreshes", "DescribeAutoScalingGroups", "GetParameters"} <= met
    asked = {seen.action for seen in world.proxy.seen if seen.caller == "gate"}
    assert asked <= ROWS.keys()


@pytest.mark.parametrize("kind", [Kind.LOST_ANSWER, Kind.SERVER_ERROR], ids=["lost-answer", "5xx"])
async def test_a_bad_release_is_taken_back_through_the_fault(world: World, kind: Kind):
    group = world.new_group()
    world.aws.wait(200)
    world.aws.admin("fault", kind="unhealthy", image=NEW)
    strike(world, kind, ["RollbackInstanceRefresh"], 4)
    try:
        with pytest.raises(RolloutError, match="was rolled back"):
            await world.roll.next(world.rollout(group, progress_deadline_seconds=300), None)
    finally:
        world.aws.admin("clear", kind=None, service=None, image=None)
    assert [each["Status"] for each in world.history(group)] == ["RollbackSuccessful"]
    assert world.serving(group) == [str(world.old)]


async def test_a_gating_alarm_that_somebody_deletes_during_the_rollout_is_named(world: World, monkeypatch):
    """AWS itself would wait an hour for its data."""
    group, alarm = world.new_group(), world.aws.alarm("web-latency")
    world.aws.wait(200)
    real = world.aws.clock.sleep

    async def sleep(seconds: float) -> None:
        if world.history(group):
            world.aws.cloudwatch.delete_alarms(AlarmNames=[alarm])
        await real(seconds)

    monkeypatch.setattr(world.aws.clock, "sleep", sleep)
    began = world.aws.clock.now()
    with pytest.raises(RolloutError, match="was rolled back: web-latency gated the rollout and was deleted"):
        await world.roll.next(replace(world.rollout(group), alarms=(alarm,)), None)
    assert world.aws.clock.now() - began < 1200
    assert world.serving(group) == [str(world.old)]


def test_the_table_has_every_call_that_the_gate_can_make():
    sources = [Path(str(each.__file__)).read_text(encoding="utf-8") for each in (aws_calls, driver_module)]
    tree = ast.parse("\n".join(sources))
    paginated = [
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "get_paginator"
        and isinstance(node.args[0], ast.Constant)
    ]
    asked = [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    words = r"(describe|start|cancel|rollback|update|list|get|put|publish|delete|create)(_[a-z]+)*"
    made = {name for name in (*asked, *paginated) if isinstance(name, str) and re.fullmatch(words, name)}
    operations = {"".join(part.capitalize() for part in name.split("_")) for name in made - {"get", "get_paginator"}}
    # `start_refresh` and the like are the driver's own words
    assert operations == set(ROWS)
