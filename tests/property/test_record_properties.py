"""The record never names a release that no healthy server ran, and `status` is never green while something else runs.

The gate, its driver and boto3 are the real ones, on the local AWS in the process of the test. Of the engine there is
what matters here: it writes the record after the gate, and only if the value differs from the one it wrote last.
"""

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from strata.errors import StrataError
from strata.rollout.gated_service import DesiredRelease
from strata.rollout.record import DIGEST_TAG, NOTHING_PROVEN, ImageRef, ServerRelease, proven, proven_by
from strata.rollout.roll import Roll
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.driver import Driver
from strata.rollout.servers.live_servers import LiveServers, look_at_servers
from strata.rollout.servers.server_deferral import kept_value
from strata.rollout.servers.server_deployer import ServerDeployer
from strata.rollout.servers.server_spec import ServerRollout, ServerSpec
from strata.settings.models import HealthSettings, RolloutSettings
from strata_rehearsal.cloud import patches, state
from strata_rehearsal.cloud.faults import Fault, FaultKind
from strata_rehearsal.cloud.machine_images import Image
from tests.unit.rehearsal.cloud.conftest import Aws, clients
from tests.unit.rollout.stand_in import Memory

__all__ = ["clients"]

RECORD = "/strata/shop/prod/web/release"
IMAGES = {version: f"ami-00000000000000{index:03}" for index, version in enumerate(("1.0", "1.1", "bad", "theirs"), 1)}
TAGS = {"strata:project": "shop", "strata:stack": "prod", "strata:service": "web"}
POLL_SECONDS = 60.0

Step = tuple[Any, ...]


class Killed(BaseException):
    """Somebody killed `up`."""


class Clock:
    """The clock of the local AWS."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def now(self) -> float:
        return self._aws.clock.now()

    async def sleep(self, seconds: float) -> None:
        self._aws.wait(seconds)


@dataclass
class Shop:
    """One service and everything that happens to it."""

    aws: Aws
    written: str | None = None
    """The value of the record in the engine's state."""
    asked_last: tuple[str, str] | None = None
    version: int = 0
    template: str = ""
    told: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.clock = Clock(self.aws)
        self.driver = Driver(lambda name: getattr(self.aws, name))
        rollout = RolloutSettings(bake_seconds=0, progress_deadline_seconds=60)
        self.spec = ServerSpec(
            service="web",
            settings=rollout,
            health=HealthSettings(),
            boot_seconds=60,
            drain_seconds=0,
            record=RECORD,
            behind_load_balancer=False,
        )
        for version, image in IMAGES.items():
            self.aws.cloud.images.add(Image("shop", version, image))
        self.aws.cloud.faults.add(Fault(FaultKind.UNHEALTHY, image=IMAGES["bad"]))

    # what a program and the engine do

    def up(self, version: str, flavour: str, *, killed_at: int | None = None) -> None:
        """Apply the program.

        Args:
            version: the image it pins.
            flavour: an override that servers feel; part of the digest.
            killed_at: the call of the gate at which `up` is killed. Default: it is not.
        """
        calls = AsyncDriver(self._mortal(killed_at), lambda: None)
        try:
            asyncio.run(self._up(calls, version, flavour))
        except StrataError as error:
            self.told.append(error.message)
        except Killed:
            self.told.append("killed")

    async def _up(self, calls: AsyncDriver, version: str, flavour: str) -> None:
        image, digest = ImageRef("shop", version, IMAGES[version]), f"{version}-{flavour}"
        if self.asked_last != (version, flavour):
            self._new_version(image.id, digest, flavour)
            self.asked_last = (version, flavour)
        if self.driver.group("web") is None:
            self.group(self.template, str(self.version), size=2)
        console = Memory()
        asked = DesiredRelease("web", image, digest, self.template, self.version)
        value, _number = await calls.recorded(self.spec.record)
        kept = await kept_value(calls, self.clock, console, self.spec, asked, value)
        release = ServerRelease(
            group="web", template=self.template, template_version=self.version, image=image, digest=digest
        )
        value = release.to_json() if kept is None else kept
        if value == self.written:
            return
        if value != NOTHING_PROVEN:
            deployer = ServerDeployer(calls, self.clock, console, POLL_SECONDS)
            roll = Roll(deployer, self.clock, console, POLL_SECONDS)
            rollout = ServerRollout(self.spec, release)
            await (roll.first(rollout) if self.written is None else roll.next(rollout, proven(self.written)))
        await calls(calls.driver.keep_note, RECORD, value)
        self.written = value

    def _mortal(self, killed_at: int | None) -> Any:
        """The driver, until it is killed."""
        if killed_at is None:
            return self.driver
        left = [killed_at]
        whole = self.driver

        class Mortal:
            def __getattr__(self, name: str) -> Any:
                method = getattr(whole, name)

                def call(*args: Any, **kwargs: Any) -> Any:
                    left[0] -= 1
                    if left[0] < 0:
                        raise Killed
                    return method(*args, **kwargs)

                return call

        return Mortal()

    def _new_version(self, image: str, digest: str, flavour: str) -> None:
        data = self._data(image, digest, flavour)
        if not self.template:
            made = self.aws.ec2.create_launch_template(LaunchTemplateName="shop", LaunchTemplateData=data)
            self.template, self.version = made["LaunchTemplate"]["LaunchTemplateId"], 1
        else:
            made = self.aws.ec2.create_launch_template_version(LaunchTemplateId=self.template, LaunchTemplateData=data)
            self.version = int(made["LaunchTemplateVersion"]["VersionNumber"])

    def _data(self, image: str, digest: str, flavour: str = "small") -> dict[str, Any]:
        tags = [{"Key": DIGEST_TAG, "Value": digest}]
        specification = [{"ResourceType": "instance", "Tags": tags}]
        return {"ImageId": image, "InstanceType": f"t3.{flavour}", "TagSpecifications": specification}

    # what everybody else does

    def group(self, template: str, version: str, size: int) -> None:
        self.aws.autoscaling.create_auto_scaling_group(
            AutoScalingGroupName="web",
            MinSize=0,
            MaxSize=4,
            DesiredCapacity=size,
            LaunchTemplate={"LaunchTemplateId": template, "Version": version},
            VPCZoneIdentifier=",".join(self.aws.subnets),
            HealthCheckGracePeriod=60,
            # Pulumi tags a group that it takes over
            Tags=[{"Key": key, "Value": value, "PropagateAtLaunch": True} for key, value in TAGS.items()],
        )
        self.aws.wait(200)

    def adopt(self, size: int) -> None:
        """A group that was there before Strata, on a template of its own whose first version has our digest's words."""
        data = self._data(IMAGES["theirs"], "1.0-small")
        made = self.aws.ec2.create_launch_template(LaunchTemplateName="theirs", LaunchTemplateData=data)
        self.group(made["LaunchTemplate"]["LaunchTemplateId"], "1", size)

    def scale(self, size: int) -> None:
        self.aws.autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=size)
        self.aws.wait(300)

    def by_hand(self, image: str, *, refresh: bool) -> None:
        """A colleague makes a version of our template, and refreshes the fleet to it or only saves it."""
        if not self.template or self._rolling():
            return
        data = self._data(IMAGES[image], f"by hand {image}")
        made = self.aws.ec2.create_launch_template_version(LaunchTemplateId=self.template, LaunchTemplateData=data)
        wanted = {
            "LaunchTemplateId": self.template,
            "Version": str(made["LaunchTemplateVersion"]["VersionNumber"]),
        }
        if refresh:
            self.aws.autoscaling.start_instance_refresh(
                AutoScalingGroupName="web",
                DesiredConfiguration={"LaunchTemplate": wanted},
                Preferences={"MinHealthyPercentage": 100, "MaxHealthyPercentage": 200, "InstanceWarmup": 60},
            )
        else:
            self.aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName="web", LaunchTemplate=wanted)

    def protect(self) -> None:
        servers = [each["InstanceId"] for each in self.aws.instances() if each["LifecycleState"] == "InService"]
        if servers:
            self.aws.autoscaling.set_instance_protection(
                AutoScalingGroupName="web", InstanceIds=servers, ProtectedFromScaleIn=True
            )

    def _rolling(self) -> bool:
        found = self.driver.refreshes("web", most=1)
        return bool(found) and found[0].active

    # what must hold

    def ran(self) -> set[tuple[str, int]]:
        """Image and template version of every server that was in service with an image that works."""
        launched: dict[str, tuple[str, int]] = {}
        found: set[tuple[str, int]] = set()
        for event in self.aws.events("server"):
            if event["state"] == "Pending" and "image" in event:
                launched[event["name"]] = (event["image"], event["version"])
            if event["state"] == "InService" and launched[event["name"]][0] != IMAGES["bad"]:
                found.add(launched[event["name"]])
        return found

    def status(self) -> LiveServers:
        (found,) = look_at_servers(self.driver, "shop", "prod", {"web": 0})
        return found

    def check(self) -> None:
        """Both promises, judged by the event log and by the API."""
        value = self.driver.parameters([RECORD]).get(RECORD)
        recorded = proven_by(ServerRelease, value) if value else None
        if recorded is not None:
            digests = self._digests()
            same = [
                pair for pair in self.ran() if pair[0] == recorded.image.id and digests.get(pair[1]) == recorded.digest
            ]
            assert same, f"the record names {recorded}, which no healthy server ran: {self.told}"
        status = self.status()
        if status.rolling or status.deviations:
            return
        group = self.aws.describe()
        digests = self._digests()
        for server in group["Instances"]:
            if server["LifecycleState"] in ("InService", "Pending"):
                assert recorded is not None, f"green without a record: {self.told}"
                launched = server["LaunchTemplate"]
                assert launched["LaunchTemplateId"] == recorded.template, f"green on another template: {self.told}"
                assert digests[int(launched["Version"])] == recorded.digest, f"green on another release: {self.told}"
                assert server["ImageId"] == recorded.image.id, f"green on another image: {self.told}"
        saved = group["LaunchTemplate"]
        assert recorded is not None, f"green without a record: {self.told}"
        assert (saved["LaunchTemplateId"], digests[int(saved["Version"])]) == (recorded.template, recorded.digest)

    def _digests(self) -> dict[int, str]:
        found = self.aws.ec2.describe_launch_template_versions(LaunchTemplateId=self.template, MaxResults=200)
        return {
            each["VersionNumber"]: each["LaunchTemplateData"]["TagSpecifications"][0]["Tags"][0]["Value"]
            for each in found["LaunchTemplateVersions"]
        }


def take(shop: Shop, step: Step) -> None:
    """One step of a history."""
    name, *arguments = step
    if name == "up":
        shop.up(arguments[0], arguments[1])
    elif name == "killed up":
        shop.up(arguments[0], arguments[1], killed_at=arguments[2])
    elif shop.driver.group("web") is None:
        return
    elif name == "scale":
        shop.scale(arguments[0])
    elif name == "refresh by hand":
        shop.by_hand(arguments[0], refresh=True)
    elif name == "save by hand":
        shop.by_hand(arguments[0], refresh=False)
    elif name == "protect":
        shop.protect()
    else:
        shop.aws.wait(arguments[0])


VERSIONS = st.sampled_from(["1.0", "1.1", "bad"])
FLAVOURS = st.sampled_from(["small", "small", "medium"])
STEPS = st.one_of(
    st.tuples(st.just("up"), VERSIONS, FLAVOURS),
    st.tuples(st.just("up"), VERSIONS, FLAVOURS),
    st.tuples(st.just("killed up"), VERSIONS, FLAVOURS, st.integers(0, 25)),
    st.tuples(st.just("scale"), st.sampled_from([0, 0, 1, 2])),
    st.tuples(st.just("refresh by hand"), VERSIONS),
    st.tuples(st.just("save by hand"), VERSIONS),
    st.tuples(st.just("protect")),
    st.tuples(st.just("wait"), st.sampled_from([30, 600, 4000])),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(adopted=st.sampled_from([None, None, 0, 2]), steps=st.lists(STEPS, min_size=2, max_size=9))
@example(
    adopted=None,
    steps=[("up", "1.0", "small"), ("scale", 0), ("up", "bad", "small"), ("scale", 2), ("up", "bad", "small")],
)
@example(adopted=2, steps=[("up", "1.0", "small")])
@example(adopted=0, steps=[("up", "1.0", "small"), ("scale", 2), ("up", "1.0", "small")])
@example(
    adopted=None, steps=[("up", "1.0", "small"), ("refresh by hand", "1.1"), ("wait", 4000), ("up", "1.0", "small")]
)
@example(adopted=None, steps=[("up", "1.0", "small"), ("scale", 0), ("up", "1.1", "small"), ("up", "1.0", "small")])
def test_the_record_names_only_what_a_healthy_server_ran_and_status_is_green_only_on_it(
    clients: SimpleNamespace, adopted: int | None, steps: list[Step]
):
    shop = Shop(Aws(clients).prepare())
    try:
        if adopted is not None:
            shop.adopt(adopted)
        for step in steps:
            take(shop, step)
            if shop.template and shop.driver.group("web") is not None:
                shop.check()
    finally:
        state.use(None)
        patches.restore()
