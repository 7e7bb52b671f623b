"""Servers behind a faulty proxy: their local AWS, their gate, and every call of it."""

import itertools
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from strata.errors import RolloutError
from strata.images.image_tags import KEPT, KEPT_VALUE, RECIPE
from strata.rollout.record import DIGEST_TAG, ImageRef, ServerRelease
from strata.rollout.roll import Roll
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.driver import Driver, read_fleet
from strata.rollout.servers.heartbeat import Heartbeat
from strata.rollout.servers.observer import Observer
from strata.rollout.servers.once_calls import ONCE_TAG
from strata.rollout.servers.once_server import OnceServer, run_before_rollout
from strata.rollout.servers.preferences import preferences_for
from strata.rollout.servers.refresh_requests import start_refresh, stop_rollout
from strata.rollout.servers.server_deployer import ServerDeployer
from strata.rollout.servers.server_spec import ServerRollout, ServerSpec
from strata.rollout.servers.views import ImageView
from strata.settings.models import HealthSettings, RolloutSettings, RunOnceSettings
from tests.integration.support.gate_weather import COMMON_CALLS, POLL_SECONDS, GateWorld, Row, Rows, reading
from tests.unit.rehearsal.cloud.conftest import NEW, OLD, REGION

__all__ = ["SERVER_CALLS", "ServerWorld"]


@dataclass
class ServerWorld(GateWorld):
    """A group behind a load balancer, and groups of one server as they are needed."""

    numbers: Iterator[int] = field(default_factory=itertools.count)

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
        # servers of the other cases still leave the network's subnets while a reading waits and asks again
        self.empty_subnet = self.client("ec2").create_subnet(VpcId=self.aws.vpc, CidrBlock="10.0.9.0/24")["Subnet"]

    @property
    def driver(self) -> Driver:
        return Driver(self.client)

    @property
    def calls(self) -> AsyncDriver:
        return AsyncDriver(self.driver, self.renew, self.patience)

    @property
    def deployer(self) -> ServerDeployer:
        return ServerDeployer(self.calls, self.aws.clock, self.console, POLL_SECONDS)

    @property
    def roll(self) -> Roll:
        return Roll(self.deployer, self.aws.clock, self.console, POLL_SECONDS)

    def some_rollout(self) -> ServerRollout:
        return self.rollout()

    async def roll_good(self) -> None:
        group = self.new_group()
        self.aws.wait(200)
        await self.roll.next(replace(self.rollout(group), alarms=("web-5xx",)), None)
        assert [each["Status"] for each in self.history(group)] == ["Successful"]
        assert self.serving(group) == [str(self.new)]

    async def roll_bad(self) -> None:
        group = self.new_group()
        self.aws.wait(200)
        self.aws.admin("fault", kind="unhealthy", image=NEW)
        try:
            with pytest.raises(RolloutError, match="was rolled back"):
                await self.roll.next(self.rollout(group, progress_deadline_seconds=300), None)
        finally:
            self.aws.admin("clear", kind=None, service=None, image=None)
        assert [each["Status"] for each in self.history(group)] == ["RollbackSuccessful"]
        assert self.serving(group) == [str(self.old)]

    def new_group(self) -> str:
        """A group that no other case touches."""
        name = f"web-{next(self.numbers)}"
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

    def retained(self, group: str) -> list[str]:
        """Ids of the servers that a group keeps."""
        found = self.aws.instances(group)
        return [each["InstanceId"] for each in found if each["LifecycleState"] == "Terminating:Retained"]

    def history(self, group: str) -> list[Any]:
        return self.aws.autoscaling.describe_instance_refreshes(AutoScalingGroupName=group)["InstanceRefreshes"]


async def started_once(world: ServerWorld) -> None:
    group = world.new_group()
    rollout = world.rollout(group)
    found = await start_refresh(world.calls, rollout, preferences_for(rollout.spec), before=())
    assert [each["InstanceRefreshId"] for each in world.history(group)] == [found]


async def rolled_back(world: ServerWorld) -> None:
    group = world.new_group()
    found = running(world, group)
    await stop_rollout(world.calls, world.rollout(group), found, world.console)
    (only,) = world.history(group)
    assert only["Status"].startswith("Rollback")
    assert world.console.warned == []


async def cancelled(world: ServerWorld) -> None:
    group = world.new_group()
    found = running(world, group)
    await stop_rollout(world.calls, world.rollout(group, auto_rollback=False), found, world.console)
    (only,) = world.history(group)
    assert only["Status"] in ("Cancelling", "Cancelled")


def running(world: ServerWorld, group: str) -> str:
    world.aws.wait(200)
    endless = replace(preferences_for(world.rollout(group).spec), instance_warmup_seconds=1_000_000)
    rollout = world.rollout(group)
    started: Any = world.aws.autoscaling.start_instance_refresh(
        AutoScalingGroupName=group,
        DesiredConfiguration={"LaunchTemplate": world.aws.specification(str(rollout.release.template_version))},
        Preferences=endless.to_api(),
    )
    return started["InstanceRefreshId"]


async def saved(world: ServerWorld) -> None:
    group = world.new_group()
    await world.calls(world.driver.save_version, group, world.aws.template, world.new)
    assert world.aws.describe(group)["LaunchTemplate"]["Version"] == str(world.new)


async def troubled(world: ServerWorld) -> None:
    before = world.aws.clock.now()
    observer = Observer(world.calls, world.aws.clock, world.console, POLL_SECONDS)
    said = await observer.last_trouble("web")
    assert world.aws.clock.now() == before, "a reason is known without it"
    assert said == "" or "could not be read" in said


async def consoled(world: ServerWorld) -> None:
    before = world.aws.clock.now()
    observer = Observer(world.calls, world.aws.clock, world.console, POLL_SECONDS)
    assert await observer.last_console() == "", "nothing was seen"
    server = world.aws.ec2.run_instances(ImageId=NEW, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    observer.note_health({server}, set())
    said = await observer.last_console()
    assert world.aws.clock.now() == before, "a reason is known without it"
    assert f"on the console of {server}" in said or "could not be read" in said


async def spared_or_said(world: ServerWorld) -> None:
    """Nobody waits for the tags that spare images."""
    ec2, kept = world.aws.ec2, [{"Key": KEPT, "Value": KEPT_VALUE}]
    ec2.create_tags(Resources=[NEW], Tags=[{"Key": RECIPE, "Value": "1.0.0"}])
    ec2.delete_tags(Resources=[NEW], Tags=kept)
    began = world.aws.clock.now()
    await world.deployer.keep(world.rollout())
    assert world.aws.clock.now() == began, "nobody waits for a tag"
    said = any("could not be tagged as kept" in each for each in world.console.warned)
    (found,) = ec2.describe_images(ImageIds=[NEW])["Images"]
    assert said or kept[0] in found["Tags"]


async def protected_or_said(world: ServerWorld) -> None:
    """Nor for the protection of images from being deregistered."""
    world.aws.ec2.disable_image_deregistration_protection(ImageId=NEW)
    began = world.aws.clock.now()
    await world.deployer.keep(world.rollout())
    assert world.aws.clock.now() == began, "nobody waits for a protection"
    said = any("could not be protected" in each for each in world.console.warned)
    (found,) = world.aws.ec2.describe_images(ImageIds=[NEW])["Images"]
    assert said or found["DeregistrationProtection"] == "enabled-without-cooldown"


async def copied(world: ServerWorld) -> None:
    """A copy that is made twice, as the answer of the first was lost, is one version more that nothing launches."""
    made = await world.calls.copy_version(world.aws.template, world.old)
    assert made > world.new
    wanted = world.driver.template_data(world.aws.template, str(world.old))
    assert world.driver.template_data(world.aws.template, str(made)) == wanted


async def kept_or_said(world: ServerWorld) -> None:
    """Whatever fails, the rollout goes back, one server at most is kept, and none for ever."""
    group = world.new_group()
    kept = {"TerminateHookAbandon": "retain"}
    world.aws.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=group, InstanceLifecyclePolicy={"RetentionTriggers": kept}
    )
    world.aws.wait(200)
    rollout = world.rollout(group, progress_deadline_seconds=300, keep_failed="15m")
    world.aws.admin("fault", kind="unhealthy", image=NEW)
    try:
        with pytest.raises(RolloutError, match="was rolled back") as failed:
            await world.roll.next(rollout, None)
    finally:
        world.aws.admin("clear", kind=None, service=None, image=None)
    retained = world.retained(group)
    said = str(failed.value)
    assert (len(retained) == 1 and f"{retained[0]} is kept until" in said) or (
        not retained and "no server of it is kept" in said
    )
    world.aws.wait(1000)
    await world.deployer.tidy(rollout.spec, group)
    assert not world.retained(group) or world.console.warned


async def ran_once(world: ServerWorld) -> None:
    """It runs once and its server is ended, whatever becomes of requests and answers."""
    rollout = before(world)
    await run_before_rollout(once(world), rollout, tuple(world.aws.subnets))
    states = once_states(world, rollout)
    assert states == ["pending", "running", "terminated"]


async def once_forgotten(world: ServerWorld) -> None:
    """A note is deleted by a call that nobody waits for."""
    with suppress(BotoCoreError, ClientError):
        await world.calls.once(world.driver.forget_once, "/strata/shop/prod/web/once/migrate/none")


async def left_server(world: ServerWorld) -> None:
    """A server that was ended before anything was sent to it is no success, and nothing is left of it."""
    rollout, clock = before(world), world.aws.clock

    async def kill(seconds: float) -> None:
        for each in list(world.aws.cloud.single_servers):
            world.aws.ec2.terminate_instances(InstanceIds=[each])
        clock.time += seconds

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "sleep", kill)
        with pytest.raises(RolloutError, match="has ended before it could run"):
            await run_before_rollout(once(world), rollout, tuple(world.aws.subnets))
    assert once_states(world, rollout) == ["pending", "terminated"]


def before(world: ServerWorld) -> ServerRollout:
    """Of a release that runs something that no other case runs before its rollout."""
    rollout = world.rollout()
    settings = RunOnceSettings(name=f"migrate-{next(world.numbers)}", command=("manage", "migrate"))
    return replace(rollout, spec=replace(rollout.spec, before=settings))


def once(world: ServerWorld) -> OnceServer:
    return OnceServer(world.calls, world.aws.clock, world.console, POLL_SECONDS)


def once_states(world: ServerWorld, rollout: ServerRollout) -> list[str]:
    """What became of the server on which it ran, as often as there was one."""
    assert rollout.spec.before is not None
    value = f"{rollout.spec.before.name}/{rollout.release.digest}"
    found = world.aws.ec2.describe_instances(Filters=[{"Name": f"tag:{ONCE_TAG}", "Values": [value]}])["Reservations"]
    own = {each["InstanceId"] for part in found for each in part["Instances"]}
    return [each["state"] for each in world.aws.events("single_server") if each["name"] in own]


async def fleet_of(world: ServerWorld, calls: AsyncDriver) -> frozenset[str]:
    group = await calls(world.driver.group, "web")
    assert group is not None
    return (await calls(read_fleet, world.driver, group)).healthy


def image(world: ServerWorld) -> ImageView:
    return ImageView("ami-1", "available", "x86_64", "/dev/xvda", (world.snapshot,))


async def may_use(world: ServerWorld, calls: AsyncDriver) -> bool:
    use = await calls(world.driver.auto_scaling_may_use, world.key, world.key.split(":")[4])
    return bool(use.allowed)


SERVER_CALLS: Rows[ServerWorld] = Rows(
    rows=(
        *COMMON_CALLS,
        Row("CreateTags", spared_or_said),
        Row("EnableImageDeregistrationProtection", protected_or_said),
        Row("CreateLaunchTemplateVersion", copied),
        Row("PutMetricData", reading(lambda _, calls: calls.beat(Heartbeat("web-heartbeat")))),
        Row("StartInstanceRefresh", started_once),
        Row("RollbackInstanceRefresh", rolled_back),
        Row("CancelInstanceRefresh", cancelled),
        Row("UpdateAutoScalingGroup", saved),
        Row("PutLifecycleHook", kept_or_said),
        Row("CompleteLifecycleAction", kept_or_said),
        Row("DeleteLifecycleHook", kept_or_said),
        Row("DescribeLifecycleHooks", kept_or_said),
        Row("TerminateInstanceInAutoScalingGroup", kept_or_said),
        Row("DescribeScalingActivities", troubled),
        Row("GetConsoleOutput", consoled),
        Row("RunInstances", ran_once),
        Row("SendCommand", ran_once),
        Row("GetCommandInvocation", ran_once),
        Row("TerminateInstances", ran_once),
        Row("ListCommands", left_server),
        Row("PutParameter", ran_once, ("claim_once", "keep_once")),
        Row("GetCallerIdentity", ran_once, ("identity",)),
        Row("DeleteParameter", once_forgotten),
        Row("DescribeAutoScalingGroups", reading(lambda _, calls: calls.fleet("web"))),
        Row("DescribeInstanceRefreshes", reading(lambda it, calls: calls(it.driver.refreshes, "web"))),
        Row("DescribeTargetHealth", reading(fleet_of)),
        Row(
            "DescribeLaunchTemplateVersions",
            reading(
                lambda it, calls: calls(
                    it.driver.release_digests, it.aws.template, [str(it.old), str(it.new)], model=it.new
                )
            ),
        ),
        Row("DescribeImages", reading(lambda it, calls: calls(it.driver.image, NEW))),
        Row("GetAllowedImagesSettings", reading(lambda it, calls: calls(it.driver.hides_images))),
        Row("DescribeInstances", reading(lambda it, calls: calls(it.driver.runs, "i-00000000000000000"))),
        Row("DescribeInstanceTypes", reading(lambda it, calls: calls(it.driver.architectures, "t3.small"))),
        Row(
            "DescribeSubnets", reading(lambda it, calls: calls(it.driver.free_addresses, [it.empty_subnet["SubnetId"]]))
        ),
        Row("DescribeSnapshots", reading(lambda it, calls: calls(it.driver.image_keys, image(it)))),
        Row("ListGrants", reading(may_use)),
        Row(
            "DescribeKey",
            reading(may_use),
        ),
        Row(
            "GetKeyPolicy",
            reading(may_use),
        ),
    ),
    stops=frozenset({"RollbackInstanceRefresh", "CancelInstanceRefresh"}),
    seconds=frozenset(),
    always=frozenset(
        {"StartInstanceRefresh", "DescribeInstanceRefreshes", "DescribeAutoScalingGroups", "GetParameters"}
    ),
)
