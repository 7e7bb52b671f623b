"""A service of servers on the local AWS, what its settings want, and a look for drift at it."""

from collections import Counter
from typing import Any

from strata.drift.drift_driver import DriftDriver
from strata.drift.drift_finding import StackDrift
from strata.drift.drift_reading import DriftReading
from strata.naming import note_name, record_name
from strata.rollout.live_service import tags_of
from strata.rollout.note import Note, Phase
from strata.rollout.record import DIGEST_TAG, ImageRef, ServerRelease
from strata.rollout.servers.group_terms import GroupTerms
from strata.rollout.servers.live_servers import LiveServers, look_at_servers
from strata.settings.load import for_stage
from strata.settings.models import ImageSettings, ServiceSettings
from strata.stage import Stage
from tests.unit.drift.counting_client import CountingClient
from tests.unit.rehearsal.cloud.conftest import OLD, Aws

__all__ = ["DAY", "GROUP", "RECORD", "DriftingFleet"]

DAY = 86_400
GROUP = "web"
RECORD = record_name("shop", "prod", "web")
TAGS = {**tags_of("shop", "prod", "web"), "Name": "web", "cost": "shop"}
REFRESH: dict[str, Any] = {
    "MinHealthyPercentage": 100,
    "MaxHealthyPercentage": 200,
    "InstanceWarmup": 60,
    "SkipMatching": True,
}


def pairs(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


class DriftingFleet:
    """The service `web` of the stack `prod`, three servers of version 1.0.0, healthy and recorded.

    Args:
        aws: the local AWS.
        routed: whether it is behind a load balancer.
        settings: further settings.
    """

    def __init__(self, aws: Aws, *, routed: bool = True, **settings: Any) -> None:
        self.aws = aws
        self.settings = for_stage(
            ServiceSettings,
            Stage.STAGING,
            {
                "capacity": {"min": 2, "max": 6},
                "boot_seconds": 60,
                "max_instance_lifetime_days": 7,
                **({"routes": [{"priority": 1, "paths": ["/*"]}]} if routed else {}),
                **settings,
            },
            name="web",
        )
        self.walls = aws.ec2.create_security_group(GroupName="web", Description="servers", VpcId=aws.vpc)["GroupId"]
        self.calls: Counter[str] = Counter()
        self.refused: dict[str, Exception] = {}
        self.first = self.version(OLD, "d1")
        self._group()
        self.record("1.0.0", OLD, "d1", self.first)
        aws.wait(900)

    def version(self, image: str, digest: str, tags: dict[str, str] | None = None, **data: Any) -> str:
        """A version of the template as a component makes one; gives its number."""
        launched = pairs({**(tags or TAGS), DIGEST_TAG: digest})
        interface = {"DeviceIndex": 0, "Groups": [self.walls], "AssociatePublicIpAddress": False}
        kinds = [{"ResourceType": kind, "Tags": launched} for kind in ("instance", "volume")]
        return self.aws.version(image, NetworkInterfaces=[interface], TagSpecifications=kinds, **data)

    def record(self, version: str, image: str, digest: str, template_version: str) -> None:
        """Note a release as proven."""
        release = ServerRelease(
            group=GROUP,
            template=self.aws.template,
            template_version=int(template_version),
            image=ImageRef("web", version, image),
            digest=digest,
        )
        self.put(RECORD, release.to_json())

    def note(self, version: str, image: str, digest: str, refresh: str | None, phase: Phase) -> None:
        """Leave the note of a gate."""
        note = Note(ImageRef("web", version, image), digest, refresh, "2026-11-28T12:00:00+00:00", phase)
        self.put(note_name(RECORD), note.to_json())

    def put(self, name: str, value: str) -> None:
        self.aws.ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)

    def release(self, version: str, image: str, digest: str) -> None:
        """Roll to a release and record it, as a gate does."""
        number = self.version(image, digest)
        refresh = self.aws.refresh(number, **REFRESH)
        self.note(version, image, digest, refresh, Phase.ROLLING)
        assert self.aws.until_ended()["Status"] == "Successful"
        self.record(version, image, digest, number)
        self.note(version, image, digest, refresh, Phase.SUCCEEDED)

    def one_of(self, template_version: str) -> str:
        """Let one server be of another version of the template, and the group go on as before; gives its id."""
        before = set(self.servers)
        self.update(LaunchTemplate=self.aws.specification(template_version))
        self.aws.autoscaling.terminate_instance_in_auto_scaling_group(
            InstanceId=self.servers[0], ShouldDecrementDesiredCapacity=False
        )
        self.aws.wait(5)
        assert set(self.servers) - before, "its successor is launched at once"
        self.update(LaunchTemplate=self.aws.specification(self.first))
        self.aws.wait(900)
        (server,) = set(self.servers) - before
        return server

    def update(self, **settings: Any) -> None:
        """Change the group by hand."""
        self.aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=GROUP, **settings)

    @property
    def servers(self) -> list[str]:
        """Ids of the servers that take a place."""
        taking = ("InService", "Pending")
        return [each["InstanceId"] for each in self.aws.instances() if each["LifecycleState"].startswith(taking)]

    def client(self, service: str) -> Any:
        """A client that counts calls, and refuses those that are to be refused."""
        return CountingClient(getattr(self.aws, service), self.calls, self.refused)

    def look(self) -> StackDrift:
        """Look for drift."""
        self.calls.clear()
        reading = DriftReading(DriftDriver(self.client), self.aws.clock, "shop", "prod")
        pin = ImageSettings(version="1.0.0", id="ami-00000000")
        # the ids of the local AWS are too short for a stack file
        pins = {"web": pin.model_copy(update={"id": OLD})}
        return reading.look({"web": self.settings}, pins)

    def found(self) -> list[tuple[str, str]]:
        """What a look finds: kind and subject. Everything must have been read."""
        drift = self.look()
        assert list(drift.unread) == []
        return sorted((each.kind.value, each.subject) for each in drift.findings)

    def status(self) -> LiveServers:
        """What `strata rollout status` shows."""
        (found,) = look_at_servers(DriftDriver(self.client), "shop", "prod", {"web": self.settings.least})
        return found

    def _group(self) -> None:
        terms = GroupTerms.of_service(self.settings)
        self.aws.group(
            GROUP,
            size=3,
            version=self.first,
            TargetGroupARNs=[self.aws.targets] if terms.behind_load_balancer else [],
            **terms.to_api(),
            Tags=[{**each, "PropagateAtLaunch": True} for each in pairs(TAGS)],
        )
