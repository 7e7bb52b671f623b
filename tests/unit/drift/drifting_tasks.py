"""A service of tasks on the local AWS, what its settings want, and a look for drift at it."""

from collections import Counter
from dataclasses import replace
from typing import Any

from strata.drift.container_reading import look_for_task_drift
from strata.drift.drift_finding import StackDrift
from strata.drift.task_drift_driver import TaskDriftDriver
from strata.naming import note_name, record_name
from strata.rollout.live_service import tags_of
from strata.rollout.note import Note, Phase
from strata.rollout.record import ImageRef, TaskRelease
from strata.rollout.tasks.live_tasks import LiveTasks
from strata.rollout.tasks.task_look import look_at_tasks
from strata.settings.load import for_stage
from strata.settings.models import ContainerServiceSettings
from strata.stage import Stage
from tests.unit.drift.counting_client import CountingClient
from tests.unit.rehearsal.cloud.conftest import Aws
from tests.unit.rehearsal.cloud.shop import REPOSITORY
from tests.unit.rollout.tasks.rolled_shop import RolledShop

__all__ = ["RECORD", "TAGS", "DriftingTasks"]

RECORD = record_name("shop", "prod", "web")
TAGS = tags_of("shop", "prod", "web")
CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "rolling": {
        "strategy": "ROLLING",
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        "minimumHealthyPercent": 100,
        "maximumPercent": 200,
    },
    "canary": {
        "strategy": "CANARY",
        "bakeTimeInMinutes": 5,
        "minimumHealthyPercent": 100,
        "maximumPercent": 200,
        "canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 5},
    },
}
ROLLOUTS: dict[str, dict[str, Any]] = {
    "rolling": {},
    "canary": {"bake_minutes": 5, "canary_percent": 10, "canary_bake_minutes": 5},
}
SIDECAR = "agent"


class DriftingTasks:
    """The service `web` of the stack `prod`, three tasks of version first with a sidecar, healthy and recorded.

    Args:
        aws: the local AWS.
        strategy: how it is deployed.
        settings: further settings; those of `rollout` are added to those it has.
    """

    def __init__(self, aws: Aws, strategy: str = "rolling", **settings: Any) -> None:
        self.aws = aws
        self.shop = RolledShop(aws)
        rollout = {"strategy": strategy, "alarms": "off", **ROLLOUTS[strategy], **settings.pop("rollout", {})}
        routes = [{"priority": 1, "paths": ["/web/*"]}]
        wanted = {"capacity": {"min": 2, "max": 6}, "boot_seconds": 60, "routes": routes, "rollout": rollout}
        self.settings = for_stage(ContainerServiceSettings, Stage.STAGING, {**wanted, **settings}, name="web")
        self.calls: Counter[str] = Counter()
        self.refused: dict[str, Exception] = {}
        self.beside = self.shop.push("agent")
        self.open = aws.ec2.create_security_group(GroupName="tasks", Description="tasks", VpcId=aws.vpc)["GroupId"]
        network = {"awsvpcConfiguration": {"subnets": aws.subnets, "securityGroups": [self.open]}}
        self.recorded = self.shop.begin(
            CONFIGURATIONS[strategy],
            desired=3,
            tags=[{"key": key, "value": value} for key, value in TAGS.items()],
            propagateTags="TASK_DEFINITION",
            healthCheckGracePeriodSeconds=60,
            platformVersion="1.4.0",
            enableExecuteCommand=self.settings.execute_command,
        )
        self.shop.update(networkConfiguration=network, taskDefinition=self.define("first", "first"))
        self.end()
        self.prove("first", self.shop.service()["taskDefinition"])

    def define(self, content: str, digest: str, **changes: Any) -> str:
        """A task definition with a sidecar as a component makes one; gives its ARN."""
        shop = self.shop
        made = self.aws.ecs.describe_task_definition(taskDefinition=shop.define(shop.push(content), **changes))
        found = made["taskDefinition"]
        beside = {"name": SIDECAR, "image": f"{REPOSITORY}@{self.beside}", "essential": False}
        return self.aws.ecs.register_task_definition(
            **{
                key: found[key]
                for key in ("family", "requiresCompatibilities", "networkMode", "cpu", "memory", "executionRoleArn")
            },
            containerDefinitions=[*found["containerDefinitions"], beside],
            tags=[{"key": key, "value": value} for key, value in {**TAGS, "strata:release": digest}.items()],
        )["taskDefinition"]["taskDefinitionArn"]

    def prove(self, content: str, definition: str, phase: Phase = Phase.SUCCEEDED) -> None:
        """Record a release, as a gate does that has rolled to it."""
        image = ImageRef("web", content, f"{REPOSITORY}@{self.shop.push(content)}")
        sidecars = {SIDECAR: ImageRef("agent", "1.0.0", f"{REPOSITORY}@{self.beside}")}
        release = TaskRelease(
            service=self.shop.arn, task_definition=definition, image=image, digest=content, sidecars=sidecars
        )
        if phase is Phase.SUCCEEDED:
            self.recorded = release
            self.put(RECORD, release.to_json())
        began = "2026-11-28T12:00:00+00:00"
        note = Note(image, content, self.shop.latest()["serviceDeploymentArn"], began, phase)
        self.put(note_name(RECORD), note.to_json())

    def put(self, name: str, value: str) -> None:
        self.aws.ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)

    def end(self) -> None:
        """Let the newest deployment end, and its tasks settle."""
        self.shop.until_ended()
        self.aws.wait(300)

    def re_record(self, **changes: Any) -> None:
        """Write the record over by hand."""
        self.put(RECORD, replace(self.recorded, **changes).to_json())

    @property
    def tasks(self) -> list[str]:
        """Ids of the tasks that run or are about to."""
        return sorted(each["taskArn"].rpartition("/")[2] for each in self.shop.tasks())

    def run_by_hand(self, definition: str, **more: Any) -> str:
        """Run a task without a service; gives its id."""
        network = {"awsvpcConfiguration": {"subnets": self.aws.subnets[:1], "securityGroups": [self.open]}}
        (made,) = self.aws.ecs.run_task(
            cluster="shop", taskDefinition=definition, launchType="FARGATE", networkConfiguration=network, **more
        )["tasks"]
        return made["taskArn"].rpartition("/")[2]

    def client(self, service: str) -> Any:
        """A client that counts calls, and refuses those that are to be refused."""
        return CountingClient(getattr(self.aws, service), self.calls, self.refused)

    def look(self) -> StackDrift:
        """Look for drift."""
        self.calls.clear()
        found, unread = look_for_task_drift(
            lambda: TaskDriftDriver(self.client), self.aws.clock, "shop", "prod", {"web": self.settings}
        )
        return StackDrift("prod", found, unread)

    def found(self) -> list[tuple[str, str]]:
        """What a look finds: kind and subject. Everything must have been read, and the status must not contradict."""
        drift = self.look()
        assert list(drift.unread) == []
        found = sorted((each.kind.value, each.subject) for each in drift.findings)
        status = self.status()
        assert found or not status.deviations, status.deviations
        return found

    def status(self) -> LiveTasks:
        """What `strata rollout status` shows."""
        now = self.aws.clock.now()
        (found,) = look_at_tasks(self.shop.driver, now, "shop", "prod", {"web": self.settings})
        return found
