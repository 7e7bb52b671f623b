"""A group as Strata makes one, on the local AWS, and an assessment of it."""

import base64
from collections import Counter
from typing import Any

from strata.assess.assess_driver import AssessDriver
from strata.assess.assess_reading import AssessReading
from strata.assess.group_assessment import assess_facts
from strata.assess.stack_assessment import StackAssessment
from strata.components.service.template import user_data
from tests.unit.drift.counting_client import CountingClient
from tests.unit.drift.drifting_fleet import GROUP, TAGS, pairs
from tests.unit.rehearsal.cloud.conftest import OLD, Aws

__all__ = ["AssessedFleet", "encoded"]


def encoded(text: str) -> str:
    """User data as EC2 wants it."""
    return base64.b64encode(text.encode()).decode()


class AssessedFleet:
    """The group `web` of three servers, with whatever `ImmutableService` gives to one.

    Args:
        aws: the local AWS.
    """

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.calls: Counter[str] = Counter()
        self.refused: dict[str, Exception] = {}
        self.walls = self._walls()
        self.version = self.launched()
        self.made = False
        self.stand_in: dict[str, Any] = {}
        """Calls that are answered by something else than the local AWS, which does not make what they show."""

    def launched(self, image: str = OLD, *, without: tuple[str, ...] = (), **data: Any) -> str:
        """A version of the template; gives its number."""
        interface = {"DeviceIndex": 0, "Groups": [self.walls], "AssociatePublicIpAddress": False}
        disk = {"Encrypted": True, "DeleteOnTermination": True, "VolumeSize": 20, "VolumeType": "gp3"}
        clean: dict[str, Any] = {
            "NetworkInterfaces": [{**interface, "DeleteOnTermination": True}],
            "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": disk}],
            "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1, "HttpEndpoint": "enabled"},
            "UserData": user_data("web", {"STRATA_SERVICE": "web", "TABLE": "orders"}),
            "TagSpecifications": [{"ResourceType": "instance", "Tags": pairs({**TAGS, "strata:release": "d1"})}],
            **data,
        }
        return self.aws.version(image, **{key: value for key, value in clean.items() if key not in without})

    def start(self, *, size: int = 3, **settings: Any) -> None:
        """Make the group, and wait until its servers are healthy."""
        self.aws.group(
            GROUP,
            size=size,
            version=settings.pop("version", self.version),
            Tags=[{**each, "PropagateAtLaunch": True} for each in pairs(TAGS)],
            **{"HealthCheckGracePeriod": 60, "MinSize": 2, **settings},
        )
        self.made = True
        self.aws.wait(600)

    @property
    def servers(self) -> list[str]:
        """Ids of its servers."""
        return sorted(each["InstanceId"] for each in self.aws.instances(GROUP))

    def client(self, service: str) -> Any:
        """A client that counts calls, and refuses those that are to be refused."""
        return CountingClient(_StandIn(getattr(self.aws, service), self.stand_in), self.calls, self.refused)

    def assess(self) -> StackAssessment:
        """Assess it, as the command does."""
        if not self.made:
            self.start()
        self.calls.clear()
        driver = AssessDriver(self.client)
        reading = AssessReading(driver)
        looked = reading.look(driver.groups_named(GROUP))
        found = tuple(assess_facts(each, self.aws.clock.now()) for each in looked)
        return StackAssessment("prod", driver.region, found, reading.unread)

    def _walls(self) -> str:
        """The security group of the servers, which lets in the load balancer at the port of the service."""
        public, own = (
            self.aws.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.aws.vpc)["GroupId"]
            for name in ("public", "servers")
        )
        way = {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "UserIdGroupPairs": [{"GroupId": public}]}
        self.aws.ec2.authorize_security_group_ingress(GroupId=own, IpPermissions=[way])
        return own


class _StandIn:
    """A client some of whose calls are answered by something else."""

    def __init__(self, client: Any, answers: dict[str, Any]) -> None:
        self._client, self._answers = client, answers

    def __getattr__(self, name: str) -> Any:
        return self._answers.get(name) or getattr(self._client, name)
