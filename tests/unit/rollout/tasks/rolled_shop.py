"""The service of a shop on the local AWS, rolled by the gate, and seen from outside all the while."""

import asyncio
import hashlib
from dataclasses import replace
from typing import Any

from strata.aws.outage import Patience
from strata.images.image_trust import ImageTerms
from strata.naming import note_name
from strata.rollout.gated_service import DesiredRelease
from strata.rollout.record import DIGEST_TAG, ImageRef, TaskRelease
from strata.rollout.roll import Roll
from strata.rollout.tasks.async_task_driver import AsyncTaskDriver
from strata.rollout.tasks.deployment import configuration_from_api
from strata.rollout.tasks.task_deployer import TaskDeployer
from strata.rollout.tasks.task_driver import TaskDriver
from strata.rollout.tasks.task_spec import TaskRollout, TaskSpec
from strata.settings.models import AlarmGate, RunOnceSettings
from strata.settings.models.rollout import GateSettings
from tests.unit.rehearsal.cloud.conftest import Aws
from tests.unit.rehearsal.cloud.shop import REPOSITORY, ROLLING, Shop
from tests.unit.rollout.stand_in import Memory

RECORD = "/strata/shop/dev/web/release"
POLL_SECONDS = 15.0
LOOK_SECONDS = 5.0


def release_digest(content: str) -> str:
    """A release digest, as stack files and records have it, for what an image contains."""
    return hashlib.sha256(content.encode()).hexdigest()[:16]


class RolledShop(Shop):
    """A shop whose service the gate rolls, as `pulumi up` does it."""

    def __init__(self, aws: Aws) -> None:
        super().__init__(aws)
        self.console = Memory()
        self.driver: Any = TaskDriver(lambda service: getattr(aws, service))
        self.configuration: dict[str, Any] = ROLLING
        self.recorded: TaskRelease | None = None
        self.settings: dict[str, Any] = {}
        self.alarms: tuple[str, ...] = ()
        self.parameters: dict[str, Any] = {}
        self.watched_from_outside = True
        self.least = 0
        self.terms: ImageTerms | None = None
        self.min_ready_seconds = 60
        self.before: RunOnceSettings | None = None
        self.test_headers: dict[str, str] = {}
        self.poll_seconds = POLL_SECONDS
        self.reached: asyncio.Event | None = None
        """Set as soon as time is `reached_at`."""
        self.reached_at = 0.0

    # the gate's clock: every sleep is watched

    def now(self) -> float:
        return self.aws.clock.time

    async def sleep(self, seconds: float) -> None:
        left = seconds
        while left > 0:
            if self.watched_from_outside:
                self.look()
            self.aws.wait(min(LOOK_SECONDS, left))
            left -= LOOK_SECONDS
        if self.reached is not None and self.now() >= self.reached_at:
            self.reached.set()
        await asyncio.sleep(0)

    @property
    def deployer(self) -> TaskDeployer:
        patience = Patience(self, self.console.warn, pause_seconds=POLL_SECONDS)
        return TaskDeployer(AsyncTaskDriver(self.driver, lambda: None, patience), self, self.console, self.poll_seconds)

    async def kept(self, asked: DesiredRelease) -> str | None:
        """What the record keeps, as a gate asks for it."""
        deployer, spec = self.deployer, self.spec
        value, _number = await deployer.aws.recorded(spec.record)
        return await deployer.kept_value(spec, asked, value)

    @property
    def roll(self) -> Roll:
        return Roll(self.deployer, self, self.console, self.poll_seconds)

    @property
    def spec(self) -> TaskSpec:
        values: dict[str, Any] = {
            "min_healthy_percent": 100,
            "auto_rollback": True,
            "alarms": AlarmGate.ON,
            "progress_deadline_seconds": 300,
            **self.settings,
        }
        return TaskSpec(
            service="web",
            settings=GateSettings(**values),
            boot_seconds=60,
            drain_seconds=20,
            record=RECORD,
            least=self.least,
            configuration=configuration_from_api(self.configuration),
            min_ready_seconds=self.min_ready_seconds,
            terms=self.terms,
            before=self.before,
            test_listener=bool(self.test_headers),
            test_headers=self.test_headers,
        )

    @property
    def arn(self) -> str:
        return self.service()["serviceArn"]

    def release(self, content: str, *, digest: str | None = None) -> TaskRelease:
        """A release of an image, with a task definition of its own that is tagged with it, registered anew."""
        image = digest or self.push(content)
        definition = self.define(image)
        self.aws.ecs.tag_resource(resourceArn=definition, tags=[{"key": DIGEST_TAG, "value": release_digest(content)}])
        named = ImageRef("web", content, f"{REPOSITORY}@{image}")
        return TaskRelease(service=self.arn, task_definition=definition, image=named, digest=release_digest(content))

    def rollout(self, release: TaskRelease) -> TaskRollout:
        return TaskRollout(
            spec=self.spec, release=release, alarms=self.alarms, parameters=self.parameters, recorded=None
        )

    def begin(self, configuration: dict[str, Any], **changes: Any) -> TaskRelease:
        """Make the service with a first release that is proven and recorded."""
        self.configuration = configuration
        self.run(configuration, **changes)
        first = self.service()["taskDefinition"]
        self.aws.ecs.tag_resource(resourceArn=first, tags=[{"key": DIGEST_TAG, "value": release_digest("first")}])
        image = ImageRef("web", "first", f"{REPOSITORY}@{self.push('first')}")
        self.recorded = TaskRelease(
            service=self.arn, task_definition=first, image=image, digest=release_digest("first")
        )
        return self.recorded

    async def up(self, release: TaskRelease) -> None:
        """What `pulumi up` does with a release: the record names it if the gate lets it."""
        rollout = self.rollout(release)
        await (self.roll.first(rollout) if self.recorded is None else self.roll.next(rollout, self.recorded))
        self.recorded = replace(release)

    def note(self) -> str:
        name = note_name(RECORD)
        return self.aws.ssm.get_parameters(Names=[name])["Parameters"][0]["Value"]

    @property
    def running(self) -> set[str]:
        """Contents of the images that the tasks run."""
        contents = {digest: content for content, digest in self._pushed.items()}
        return {contents.get(each, each) for each in self.digests()}
