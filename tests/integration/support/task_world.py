"""Tasks behind a faulty proxy: their local AWS, their gate, and every call of it."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from strata.aws.kept_images import kept_tag
from strata.errors import RolloutError
from strata.rollout.roll import Roll
from strata.rollout.tasks.async_task_driver import AsyncTaskDriver
from strata.rollout.tasks.deployment_requests import continue_deployment, start_deployment, stop_deployment
from strata.rollout.tasks.image_keeping import keep_released_images
from strata.rollout.tasks.image_lookup import RepositoryImage
from strata.rollout.tasks.once_task import OnceTask, run_before_rollout, started_by
from strata.rollout.tasks.released_tasks import ReleasedTasks
from strata.rollout.tasks.task_access import RefusedAction
from strata.rollout.tasks.task_deployer import TaskDeployer
from strata.rollout.tasks.task_driver import TaskDriver
from strata.rollout.tasks.task_spec import TaskRollout
from strata.rollout.tasks.task_trouble import last_trouble
from strata.rollout.tasks.task_views import ContainerServiceView, DefinitionView, DeploymentView, RevisionView
from strata.settings.models import RunOnceSettings
from tests.integration.support.gate_weather import COMMON_CALLS, POLL_SECONDS, Ask, GateWorld, Row, Rows, reading
from tests.unit.rehearsal.cloud.conftest import REGION
from tests.unit.rehearsal.cloud.shop import CANARY
from tests.unit.rollout.tasks.rolled_shop import RECORD, RolledShop
from tests.unit.rollout.tasks.test_task_adoption import PAUSED

__all__ = ["TASK_CALLS", "TaskWorld"]

ACCOUNT = "123456789012"
HELD = {**CANARY, "lifecycleHooks": [PAUSED]}
SMALL = 1


@dataclass
class TaskWorld(GateWorld):
    """A service that is deployed as a canary and waits for its gate, and what it runs: always the newest good image."""

    def __post_init__(self) -> None:
        self.shop = RolledShop(self.aws)
        self.shop.settings = {"progress_deadline_seconds": 300}
        self.shop.begin(CANARY, desired=SMALL)
        # a first deployment would wait for its gate too
        self.shop.update(deploymentConfiguration=HELD)
        self.shop.configuration = HELD
        self.number = 0
        self.role = self.aws.iam.create_role(RoleName="pulls", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        kms, secrets = self.client("kms"), self.client("secretsmanager")
        self.key = kms.create_key()["KeyMetadata"]["Arn"]
        self.secret = secrets.create_secret(Name="login", SecretString="x", KmsKeyId=self.key)["ARN"]
        self.parameter = "/web/login"
        self.client("ssm").put_parameter(Name=self.parameter, Value="x", Type="SecureString", KeyId=self.key)
        self.topic = self.client("sns").create_topic(Name="on-call")["TopicArn"]

    @property
    def driver(self) -> TaskDriver:
        return TaskDriver(self.client)

    @property
    def calls(self) -> AsyncTaskDriver:
        return AsyncTaskDriver(self.driver, self.renew, self.patience)

    @property
    def roll(self) -> Roll:
        deployer = TaskDeployer(self.calls, self.aws.clock, self.console, POLL_SECONDS)
        return Roll(deployer, self.aws.clock, self.console, POLL_SECONDS)

    @property
    def service(self) -> str:
        return self.shop.arn

    def settle(self) -> None:
        """Wait until no deployment runs, and what it stopped is gone; one that waits for a gate goes back by itself."""
        self.shop.until_ended()
        self.aws.wait(120)

    def next_rollout(self, content: str | None = None) -> TaskRollout:
        """Of an image that the service has not run yet."""
        self.number += 1
        return self.shop.rollout(self.shop.release(content or f"image-{self.number}"))

    def some_rollout(self) -> TaskRollout:
        rollout = self.shop.rollout(self.shop.release("first"))
        return replace(rollout, spec=replace(rollout.spec, topic=self.topic))

    def started(self, rollout: TaskRollout) -> str:
        """A deployment that somebody else has started."""
        self.shop.update(taskDefinition=rollout.release.task_definition, deploymentConfiguration=HELD)
        return self.shop.listed()[0]["serviceDeploymentArn"]

    def known(self) -> set[str]:
        """The newest deployments that there are."""
        return {each["serviceDeploymentArn"] for each in self.shop.listed()}

    async def roll_good(self) -> None:
        self.settle()
        before, rollout = self.known(), self.next_rollout()
        await self.roll.next(rollout, None)
        assert self.shop.latest()["status"] == "SUCCESSFUL"
        assert (len(self.known() - before), self.shop.running) == (1, {rollout.release.image.version})

    async def roll_bad(self) -> None:
        self.settle()
        before, running = self.known(), self.shop.running
        rollout = self.next_rollout()
        self.shop.fault("unhealthy", image=self.shop.push(rollout.release.image.version))
        with pytest.raises(RolloutError, match="was rolled back"):
            await self.roll.next(rollout, None)
        assert self.shop.latest()["status"] == "ROLLBACK_SUCCESSFUL"
        assert (len(self.known() - before), self.shop.running) == (1, running)


async def started_once(world: TaskWorld) -> None:
    world.settle()
    rollout, before = world.next_rollout(), world.known()
    released = ReleasedTasks(world.calls)
    found = await start_deployment(
        world.calls,
        world.aws.clock,
        released,
        rollout,
        service=await world.calls.present_service(world.service),
        before=before,
        forced=False,
        poll_seconds=POLL_SECONDS,
    )
    assert world.known() - before == {found}


async def stopped_once(world: TaskWorld) -> None:
    world.settle()
    rollout = world.next_rollout()
    found = world.started(rollout)
    await stop_deployment(world.calls, rollout, found, world.console)
    assert world.shop.latest()["status"].startswith("ROLLBACK")
    assert world.console.warned == []


async def answered_once(world: TaskWorld) -> None:
    world.settle()
    arn = world.started(world.next_rollout())
    world.aws.wait(120)
    waiting = world.shop.driver.deployment(arn).waiting_hooks
    await continue_deployment(world.calls, arn, waiting[0])
    assert world.shop.driver.deployment(arn).waiting_hooks == ()


async def saved(world: TaskWorld) -> None:
    world.settle()
    rollout = world.next_rollout()
    await world.calls.save(world.service, {"taskDefinition": rollout.release.task_definition})
    assert world.shop.service()["taskDefinition"] == rollout.release.task_definition


async def troubled(world: TaskWorld) -> None:
    world.settle()
    # with each row, since those of the servers lift every fault
    world.shop.fault("crash", image=world.shop.push("dying"), after=1)
    rollout = world.next_rollout("dying")
    arn = world.started(rollout)
    world.aws.wait(100)
    world.aws.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
    before = world.aws.clock.now()
    said = await last_trouble(world.calls, ReleasedTasks(world.calls), rollout)
    assert world.aws.clock.now() == before, "a reason is known without it"
    assert "stopped by" in said or "could not be read" in said


async def kept_or_said(world: TaskWorld) -> None:
    """Nobody waits for the tags that spare images; a release by a third image takes one of them away."""
    pushed = [world.next_rollout() for _ in range(3)]
    oldest, before, now = (each.release.image.id.partition("@")[2] for each in pushed)
    ecr, web = world.aws.ecr, {"repositoryName": "web"}
    manifest = ecr.batch_get_image(**web, imageIds=[{"imageDigest": oldest}])["images"][0]["imageManifest"]
    for tag in (oldest[-8:], kept_tag(RECORD, oldest)):
        ecr.put_image(**web, imageManifest=manifest, imageTag=tag)
    began = world.aws.clock.now()
    await keep_released_images(world.calls, world.console, replace(pushed[2], recorded=pushed[1].release))
    assert world.aws.clock.now() == began, "nobody waits for a tag"
    tags = {each.get("imageTag") for each in ecr.list_images(**web)["imageIds"]}
    wanted = {kept_tag(RECORD, before), kept_tag(RECORD, now)}
    said = any("could not be tagged as kept" in each for each in world.console.warned)
    assert said or (wanted <= tags and kept_tag(RECORD, oldest) not in tags)


KEEPING = ("keep_images", "caller_if_answered", "definition_if_listed")


def settled(call: Callable[[TaskWorld, AsyncTaskDriver], Awaitable[Any]]) -> Ask[TaskWorld]:
    """A reading while nothing is deployed, which would change what is read."""
    read = reading(call)

    async def ask(world: TaskWorld) -> None:
        world.settle()
        await read(world)

    return ask


async def revision_of(world: TaskWorld, calls: AsyncTaskDriver) -> RevisionView | None:
    return await calls.revision(world.shop.latest()["targetServiceRevision"]["arn"])


async def definition_of(world: TaskWorld, calls: AsyncTaskDriver) -> DefinitionView | None:
    return await calls.definition(world.shop.service()["taskDefinition"])


async def deployment_of(world: TaskWorld, calls: AsyncTaskDriver) -> tuple[DeploymentView | None, ...]:
    arn = world.shop.listed()[0]["serviceDeploymentArn"]
    return await calls.deployment(arn), await calls.deployment_if_listed(arn)


async def health_of(world: TaskWorld, calls: AsyncTaskDriver) -> frozenset[str]:
    found = await calls.healthy_addresses([world.shop.blue, world.shop.green])
    assert found
    return found


async def keys_of(world: TaskWorld, calls: AsyncTaskDriver) -> tuple[str, ...]:
    found = await calls.secret_keys([world.secret, world.parameter])
    assert found == (world.key,)
    return found


async def led(world: TaskWorld) -> None:
    """Requests are led to where the tasks are not, and back: a request that is sent twice does no harm."""
    world.settle()
    blue, green = world.shop.weights()
    for weights in ((green, blue), (blue, green)):
        await world.calls.lead(world.shop.rule, dict(zip((world.shop.blue, world.shop.green), weights, strict=True)))
        assert world.shop.weights() == weights


def once(call: Callable[[TaskWorld, AsyncTaskDriver], Awaitable[Any]]) -> Ask[TaskWorld]:
    """A call that nobody waits for: whoever makes it does without."""

    async def ask(world: TaskWorld) -> None:
        before = world.aws.clock.now()
        with suppress(BotoCoreError, ClientError):
            await call(world, world.calls)
        assert world.aws.clock.now() == before

    return ask


async def configured(world: TaskWorld) -> None:
    world.settle()
    await world.calls.configure(world.service, {**CANARY, "lifecycleHooks": []})
    assert not world.shop.service()["deploymentConfiguration"].get("lifecycleHooks")


async def definition_if_listed(world: TaskWorld, calls: AsyncTaskDriver) -> DefinitionView | None:
    return await calls.definition_if_listed(world.shop.service()["taskDefinition"])


async def refused(world: TaskWorld, calls: AsyncTaskDriver) -> tuple[RefusedAction, ...]:
    return await calls.refused_actions(world.role, [("ecr:BatchGetImage", "*")])


async def copied(world: TaskWorld) -> None:
    """A copy that is made twice, because the answer of the first was lost, is one revision more that nothing runs."""
    world.settle()
    wanted = await world.calls.definition(world.shop.service()["taskDefinition"])
    assert wanted is not None
    made = await world.calls.definition(await world.calls.copy_definition(wanted))
    assert made is not None
    assert made.arn != wanted.arn
    assert (made.containers, made.digest) == (wanted.containers, wanted.digest)


MIGRATE = RunOnceSettings(name="migrate", command=("manage", "migrate"))


def before(world: TaskWorld, settings: RunOnceSettings) -> TaskRollout:
    """Of a release that runs something before its rollout."""
    rollout = world.next_rollout()
    network = {"awsvpcConfiguration": {"subnets": world.aws.subnets}}
    spec = replace(rollout.spec, before=settings)
    return replace(rollout, spec=spec, parameters={"networkConfiguration": network})


def started_for(world: TaskWorld, rollout: TaskRollout) -> list[dict[str, Any]]:
    """The tasks that were run for a release and by no service."""
    listed = [world.aws.ecs.list_tasks(cluster="shop", desiredStatus=each) for each in ("RUNNING", "STOPPED")]
    arns = [arn for page in listed for arn in page["taskArns"]]
    found = world.aws.ecs.describe_tasks(cluster="shop", tasks=arns)["tasks"]
    return [each for each in found if each["startedBy"] == started_by("web", "migrate", rollout.release.digest)]


async def ran_once(world: TaskWorld) -> None:
    """It runs once, whatever becomes of requests and answers."""
    rollout = before(world, MIGRATE)
    await run_before_rollout(OnceTask(world.calls, world.aws.clock, world.console, POLL_SECONDS), rollout)
    (ran,) = started_for(world, rollout)
    assert ran["stopCode"] == "EssentialContainerExited"


async def ended_late(world: TaskWorld) -> None:
    rollout = before(world, MIGRATE.model_copy(update={"timeout_minutes": 1}))
    world.shop.fault("slow", image=rollout.release.image.content)
    with pytest.raises(RolloutError, match="did not end within 60 s"):
        await run_before_rollout(OnceTask(world.calls, world.aws.clock, world.console, POLL_SECONDS), rollout)
    (ran,) = started_for(world, rollout)
    assert ran["stopCode"] == "UserInitiated"


async def newest_of(world: TaskWorld, calls: AsyncTaskDriver) -> DefinitionView | None:
    return await calls.newest_definition(world.shop.service()["taskDefinition"])


async def found_by_tag(world: TaskWorld, calls: AsyncTaskDriver) -> ContainerServiceView | None:
    """By the commands that look at a rollout; a gate has the service's ARN."""
    return await calls(world.driver.service_tagged, {"strata:service": "web"})


def pushed(world: TaskWorld) -> RepositoryImage:
    return RepositoryImage(ACCOUNT, REGION, "web", world.shop.push("first"))


TASK_CALLS: Rows[TaskWorld] = Rows(
    rows=(
        *COMMON_CALLS,
        Row("UpdateService", started_once, ("start",)),
        Row("UpdateService", saved, ("save",)),
        Row("StopServiceDeployment", stopped_once, ("stop",)),
        Row("ContinueServiceDeployment", answered_once, ("answer_hook",)),
        Row("GetLogEvents", troubled, ("log_lines", "stopped_tasks")),
        Row("DescribeServices", settled(lambda it, calls: calls.service(it.service)), ("service", "present_service")),
        Row("ListServiceDeployments", settled(lambda it, calls: calls.deployments(it.service)), ("deployments",)),
        Row("ListServiceDeployments", settled(lambda it, calls: calls.last_success(it.service)), ("last_success",)),
        Row(
            "ListServiceDeployments",
            settled(lambda it, calls: calls.every_deployment(it.service)),
            ("every_deployment",),
        ),
        Row("RegisterTaskDefinition", copied, ("copy_definition",)),
        Row("DescribeTaskDefinition", settled(newest_of), ("newest_definition",)),
        Row("DescribeServiceDeployments", settled(deployment_of), ("deployment", "deployment_if_listed")),
        Row("DescribeServiceRevisions", settled(revision_of), ("revision",)),
        Row("DescribeTaskDefinition", settled(definition_of), ("definition",)),
        Row("RunTask", ran_once, ("begin_once",)),
        Row("PutParameter", ran_once, ("claim_once", "keep_once")),
        Row("DescribeTasks", ran_once, ("once_task",)),
        Row(
            "DeleteParameter",
            once(lambda it, calls: calls.once(it.driver.forget_once, "/strata/shop/prod/web/once/migrate/none")),
        ),
        Row("StopTask", ended_late, ("end_once",)),
        Row("GetCallerIdentity", reading(lambda _, calls: calls.identity()), ("identity",)),
        Row("ListTasks", reading(lambda _, calls: calls.running_once("shop", "nobody")), ("running_once",)),
        Row("ListTasks", settled(lambda it, calls: calls.tasks(it.service)), ("tasks",)),
        Row("DescribeTasks", settled(lambda it, calls: calls.tasks(it.service)), ("tasks",)),
        Row("DescribeTargetHealth", settled(health_of), ("healthy_addresses",)),
        Row("DescribeRules", settled(lambda it, calls: calls.routing([it.shop.rule], [])), ("routing",)),
        Row("ModifyRule", led, ("lead",)),
        *(
            Row(action, settled(keys_of), ("secret_keys",))
            for action in ("DescribeSecret", "DescribeParameters", "DescribeKey")
        ),
        Row(
            "BatchGetImage",
            reading(lambda it, calls: calls(calls.driver.manifest, pushed(it))),
        ),
        Row(
            "DescribeImageScanFindings",
            reading(lambda it, calls: calls(calls.driver.scan, pushed(it))),
        ),
        Row("UpdateService", configured, ("configure",)),
        Row("DescribeTaskDefinition", once(definition_if_listed), ("definition_if_listed",)),
        Row("DescribeRouteTables", reading(lambda it, calls: calls.ways(it.aws.subnets)), ("ways",)),
        Row("DescribeVpcEndpoints", reading(lambda it, calls: calls.ways(it.aws.subnets)), ("ways",)),
        Row("SimulatePrincipalPolicy", reading(refused), ("refused_actions",)),
        Row("ListClusters", reading(found_by_tag), ("service_tagged",)),
        Row("ListServices", reading(found_by_tag), ("service_tagged",)),
        Row("ListImages", kept_or_said, KEEPING),
        Row("PutImage", kept_or_said, KEEPING),
        Row("BatchDeleteImage", kept_or_said, KEEPING),
        Row("DescribeSubnets", settled(lambda it, calls: calls.free_addresses(it.aws.subnets)), ("free_addresses",)),
    ),
    stops=frozenset({"StopServiceDeployment"}),
    seconds=frozenset(
        {
            "DescribeServiceDeployments",
            "DescribeTasks",
            "DescribeRouteTables",
            "DescribeVpcEndpoints",
            "PutImage",
            "BatchDeleteImage",
        }
    ),
    always=frozenset({"UpdateService", "DescribeServices", "DescribeServiceDeployments", "ContinueServiceDeployment"}),
)
