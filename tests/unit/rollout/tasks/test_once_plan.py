"""What a preview and a plan say of what runs once before the rollout."""

import pytest

from strata.rollout.once_note import OnceNote, OncePhase
from strata.rollout.record import ImageRef
from strata.rollout.run_once.once_plan import describe_once
from strata.rollout.stack_services import StackContainers
from strata.rollout.tasks.task_preview import plan_of_tasks, task_preview_lines
from strata.rollout.tasks.task_spec import TaskSpec
from strata.settings.models import Compatible, ContainerImageSettings, ContainerServiceSettings, RunOnceSettings
from tests.unit.rehearsal.cloud.shop import REPOSITORY, ROLLING
from tests.unit.rollout.tasks.rolled_shop import RECORD, RolledShop, release_digest
from tests.unit.rollout.tasks.test_live_tasks import SETTINGS, begin

MIGRATE = RunOnceSettings(name="migrate", command=("manage", "migrate all"), timeout_minutes=90)
FIRST = (
    "first runs migrate once for this release: manage 'migrate all', for up to 90 min; nothing is replaced unless it "
    "succeeds"
)
ONE_WAY = "the release before cannot run after migrate"


async def preview(shop: RolledShop, content: str) -> list[str]:
    recorded = shop.recorded
    return await task_preview_lines(shop.deployer.aws, shop.spec, recorded, image=None, digest=release_digest(content))


async def test_a_preview_says_what_runs_first_and_what_has_run_already(shop: RolledShop):
    shop.begin(ROLLING)
    assert not any("migrate" in line for line in await preview(shop, "good"))
    shop.before = MIGRATE
    assert f"  {FIRST}" in await preview(shop, "good")
    note = OnceNote.begun(
        MIGRATE, shop.release("good").image, release_digest("good"), at="2026-11-01T10:00:00Z", by="ann"
    )
    for each in (note, note.end(OncePhase.SUCCEEDED, at="2026-11-01T10:05:00Z")):
        shop.aws.ssm.put_parameter(Name=each.name(RECORD), Value=each.to_json(), Type="String", Overwrite=True)
        (line,) = (each for each in await preview(shop, "good") if "migrate" in each)
        said = line.strip().removeprefix(FIRST)
    assert said == "migrate has run for this release already, at 2026-11-01T10:00:00Z, and is not repeated"
    assert describe_once(shop.spec, note) == [
        f"{FIRST}; it was begun at 2026-11-01T10:00:00Z, and nobody has noted its end"
    ]


async def test_a_preview_of_a_first_release_says_it_too(shop: RolledShop):
    shop.begin(ROLLING)
    shop.before, shop.recorded = MIGRATE, None
    assert f"  {FIRST}" in await preview(shop, "good")


async def test_a_plan_warns_where_nothing_goes_back(shop: RolledShop):
    shop.begin(ROLLING)
    shop.before = MIGRATE.model_copy(update={"compatible": Compatible.NONE})
    lines = await preview(shop, "good")
    assert [line.strip().startswith(f"warning: {ONE_WAY}") for line in lines].count(True) == 1
    service = shop.driver.service(shop.arn)
    assert [each.id for each in plan_of_tasks(shop.spec, service).warnings if ONE_WAY in each.text] == [
        "rollout-one-way"
    ]


@pytest.mark.parametrize("strategy", ["rolling", "canary"])
def test_by_such_settings_neither_the_breaker_nor_a_hook_goes_back(strategy: str):
    before = {"name": "migrate", "command": ["migrate"]}
    route = [{"priority": 1, "paths": ["/*"]}]

    def spec(**more: str) -> TaskSpec:
        settings = {"routes": route, "rollout": {"strategy": strategy, "before": {**before, **more}}}
        return TaskSpec.of_service("web", ContainerServiceSettings.model_validate(settings), record=RECORD)

    safe, one_way = spec(), spec(compatible="none")
    assert safe.goes_back
    assert safe.configuration.circuit_breaker.rollback == (strategy == "rolling")
    assert bool(safe.configuration.hooks) == (strategy == "canary")
    assert not one_way.goes_back
    assert one_way.no_way_back
    assert not one_way.configuration.circuit_breaker.rollback
    assert one_way.configuration.hooks == ()
    assert one_way.configuration.circuit_breaker.enable == safe.configuration.circuit_breaker.enable


async def test_the_plan_of_a_stack_file_says_that_it_has_succeeded_for_the_image(shop: RolledShop):
    begin(shop)
    good, other = shop.release("good"), shop.release("other")
    settings = SETTINGS.model_copy(update={"rollout": SETTINGS.rollout.model_copy(update={"before": MIGRATE})})
    note = OnceNote.begun(MIGRATE, good.image, good.digest, at="2026-11-01T10:00:00Z", by="ann")
    done = note.end(OncePhase.SUCCEEDED, at="2026-11-01T10:05:00Z")
    shop.aws.ssm.put_parameter(Name=done.name(RECORD), Value=done.to_json(), Type="String")

    def said(image: ImageRef) -> list[str]:
        pin = ContainerImageSettings(version=image.version, repository=REPOSITORY, digest=image.content)
        containers = StackContainers({"web": settings}, {"web": pin}, shop.driver)
        (found,) = containers.look("shop", "dev", now=shop.now())
        return [each for each in containers.plan(found, RECORD, now=shop.now()).lines if "migrate" in each]

    (line,) = said(good.image)
    assert line.startswith("migrate has run for good already, at 2026-11-01T10:00:00Z, and is not repeated unless")
    assert said(other.image) == [FIRST]
