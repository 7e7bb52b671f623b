"""An image that cannot run after what a later release has run once is not rolled out by its pin."""

import pytest

from strata.errors import PreflightError
from strata.naming import rollback_name
from strata.rollout.begun_rollback import BegunRollback
from strata.rollout.once_note import OnceNote, once_name
from strata.rollout.record import TaskRelease
from strata.rollout.stack_services import StackServices
from strata.settings import ContainerImageSettings
from strata.settings.models import Compatible, RunOnceSettings
from tests.unit.rehearsal.cloud.shop import REPOSITORY
from tests.unit.rollout.tasks.rolled_shop import RECORD, RolledShop
from tests.unit.rollout.tasks.test_live_tasks import begin, record, services

MIGRATE = RunOnceSettings(name="migrate", command=("migrate",))
CANNOT = "cannot run after migrate of good"


def put(shop: RolledShop, name: str, value: str) -> None:
    shop.aws.ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)


async def moved_on(shop: RolledShop, compatible: Compatible) -> TaskRelease:
    """The first release of a shop that has rolled out another one since, after something that ran once."""
    begin(shop)
    first = shop.recorded
    assert first is not None
    good = shop.release("good")
    at = "2100-01-01T00:00:00Z"
    settings = MIGRATE.model_copy(update={"compatible": compatible})
    put(
        shop,
        once_name(RECORD, "migrate", good.digest),
        OnceNote.begun(settings, good.image, good.digest, at=at, by="ann").to_json(),
    )
    await shop.up(good)
    record(shop)
    return first


def planned(shop: RolledShop, release: TaskRelease) -> StackServices:
    digest = release.image.content
    return services(shop, ContainerImageSettings(version=release.image.version, repository=REPOSITORY, digest=digest))


async def test_it_is_refused_and_the_way_out_is_named(shop: RolledShop):
    first = await moved_on(shop, Compatible.NONE)
    (plan,) = planned(shop, first).plans()
    (refusal,) = plan.refusals
    assert CANNOT in refusal.text
    assert "Pin good, a later release or a new one." in refusal.fix
    assert "`strata rollout rollback dev web --to first --force` goes back all the same" in refusal.fix
    with pytest.raises(PreflightError, match=CANNOT):
        await shop.up(first)


async def previewed(shop: RolledShop, release: TaskRelease, recorded: TaskRelease | None) -> list[str]:
    """What a preview warns of before it prints its plan."""
    before = len(shop.console.warned)
    lines = await shop.deployer.plan(shop.spec, recorded, image=release.image, digest=release.digest)
    assert lines
    return shop.console.warned[before:]


async def test_a_preview_says_that_up_refuses_it_before_anything_else(shop: RolledShop):
    first = await moved_on(shop, Compatible.NONE)
    (said,) = await previewed(shop, first, shop.recorded)
    assert said.startswith(f"web: `pulumi up` will refuse it: {first.image} {CANNOT}")
    assert "fix: Pin good, a later release or a new one." in said
    assert await previewed(shop, shop.release("newer"), shop.recorded) == [], "a new one can run"
    begun = BegunRollback("d", "good", first.digest, "first", "2100-01-02T00:00:00Z", 2)
    put(shop, rollback_name(RECORD), begun.to_json())
    assert await previewed(shop, first, shop.recorded) == [], "it is on its way back"


async def test_a_preview_says_nothing_after_what_both_can_live_with(shop: RolledShop):
    first = await moved_on(shop, Compatible.BOTH)
    assert await previewed(shop, first, shop.recorded) == []


async def test_a_rollback_that_was_forced_brings_it(shop: RolledShop):
    first = await moved_on(shop, Compatible.NONE)
    begun = BegunRollback("d", "good", first.digest, "first", "2100-01-02T00:00:00Z", 2)
    put(shop, rollback_name(RECORD), begun.to_json())
    await shop.up(first)
    assert shop.recorded == first


async def test_after_what_both_can_live_with_it_comes_back_by_its_pin(shop: RolledShop):
    first = await moved_on(shop, Compatible.BOTH)
    (plan,) = planned(shop, first).plans()
    assert plan.refusals == ()
    await shop.up(first)
    assert shop.recorded == first


async def test_a_note_that_cannot_be_read_is_a_warning(shop: RolledShop):
    first = await moved_on(shop, Compatible.BOTH)
    put(shop, once_name(RECORD, "migrate", shop.release("good").digest), "hello")
    (plan,) = planned(shop, first).plans()
    assert any("is no note of what runs once, so nobody knows whether" in each for each in plan.warnings)
    await shop.up(first)
    assert any("nobody knows whether" in line for line in shop.console.warned)
