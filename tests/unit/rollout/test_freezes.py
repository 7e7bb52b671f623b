"""No other release comes while the stack is frozen, whatever runs the service; everything else goes on."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from strata.clock import utc_text
from strata.errors import PreflightError
from strata.exit_code import ExitCode
from strata.naming import rollback_name
from strata.resource_hooks import PulumiConsole
from strata.rollout.begun_rollback import BegunRollback
from strata.rollout.freeze_guard import FreezeGuard
from strata.rollout.gated_service import DesiredRelease
from strata.rollout.record import NOTHING_PROVEN, Release
from strata.settings.models import FreezeSettings
from tests.unit.rehearsal.cloud.conftest import Aws as LocalAws
from tests.unit.rehearsal.cloud.conftest import aws, bare, clients
from tests.unit.rehearsal.cloud.shop import ROLLING
from tests.unit.rollout import test_kept as kept
from tests.unit.rollout.stand_in import RELEASE, Memory, Refused, Stage, rollout, running
from tests.unit.rollout.tasks.rolled_shop import RECORD, RolledShop
from tests.unit.rollout.test_kept import fleet, gate, gated, rolled

__all__ = ["aws", "bare", "clients", "fleet", "gate", "gated", "rolled"]

HOUR = 3600


def window(now: float, begins: int = -1, ends: int = 1) -> FreezeSettings:
    """A window, by hours from now."""
    return FreezeSettings(reason="the sale", start=utc_text(now + begins * HOUR), until=utc_text(now + ends * HOUR))


@dataclass
class World:
    """A service with a record, on some kind of AWS, and a release that the program asks for.

    Args:
        recorded: what the record names.
        other: another release.
        spec: how the service is rolled.
        deployer: rolls it.
        clock: time.
        console: where lines go.
        put: writes a parameter.
        have_had: makes the record have named releases before, oldest first, and name the recorded one again.
        begin: starts a rollout to the other release.
        deny_history: lets nobody read what the record has had.
    """

    recorded: Release
    other: Release
    spec: Any
    deployer: Any
    clock: Any
    console: Memory
    put: Callable[[str, str], None]
    have_had: Callable[[str], None]
    begin: Callable[[], None]
    deny_history: Callable[[], None]
    windows: list[FreezeSettings] = field(default_factory=list)

    async def heed(self, asked: Release, recorded: Release | None) -> None:
        spec = replace(self.spec, freezes=tuple(self.windows))
        desired = DesiredRelease(asked.fleet, asked.image, asked.digest)
        await FreezeGuard(spec, self.deployer, self.clock, self.console).heed(desired, recorded)


def servers(_aws: LocalAws) -> World:
    stage = Stage()
    recorded = replace(RELEASE, template_version=1, digest="d1", image=replace(RELEASE.image, version="1.4.0"))

    def begin() -> None:
        stage.aws.history = [running("r-1", "2")]

    return World(
        recorded,
        RELEASE,
        rollout().spec,
        stage.deployer,
        stage.clock,
        stage.console,
        stage.aws.kept.__setitem__,
        stage.aws.past.append,
        begin,
        lambda: stage.aws.refusals.update(history="AccessDeniedException"),
    )


def tasks(aws: LocalAws) -> World:
    shop = RolledShop(aws)
    recorded = shop.begin(ROLLING)
    other = shop.release("other")

    def put(name: str, value: str) -> None:
        aws.ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)

    def begin() -> None:
        aws.ecs.update_service(cluster="shop", service="web", taskDefinition=other.task_definition)

    def denied(_record: str) -> list[str]:
        raise Refused("AccessDeniedException")

    return World(
        recorded,
        other,
        shop.spec,
        shop.deployer,
        shop,
        shop.console,
        put,
        lambda value: put(RECORD, value),
        begin,
        lambda: setattr(shop.driver, "parameter_history", denied),
    )


@pytest.fixture(params=[servers, tasks], ids=["servers", "tasks"])
def world(request: pytest.FixtureRequest, aws: LocalAws) -> World:
    found: World = request.param(aws)
    found.windows = [window(found.clock.now())]
    return found


async def test_another_release_is_refused_with_the_window_its_end_and_the_ways_out(world: World):
    with pytest.raises(PreflightError) as error:
        await world.heed(world.other, world.recorded)
    said = str(error.value)
    ends = utc_text(world.clock.now() + HOUR)
    assert error.value.exit_code is ExitCode.REFUSED
    assert said.startswith(f"web: the rollout to {world.other.image} must not start:")
    assert f"a freeze window is open until {ends}: the sale (" in said
    assert "Wait until it is over, or take the window out of strata:freezes in the stack file" in said
    stack = world.spec.record.split("/")[3]
    assert f"`strata rollout rollback {stack} web --now`" in said


async def test_a_preview_says_that_up_will_refuse_it_and_refuses_nothing(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: True)
    await world.heed(world.other, world.recorded)
    (warned,) = world.console.warned
    assert warned.startswith("web: `pulumi up` will refuse it: a freeze window is open until ")


async def test_the_same_release_and_a_first_one_are_let_through(world: World):
    await world.heed(world.recorded, world.recorded)
    await world.heed(world.other, None)
    assert world.console.warned == []


@pytest.mark.parametrize("begins, ends", [(1, 2), (-2, -1)], ids=["to come", "over"])
async def test_nothing_is_refused_while_no_window_is_open(world: World, begins: int, ends: int):
    world.windows = [window(world.clock.now(), begins, ends)]
    await world.heed(world.other, world.recorded)


async def test_one_of_several_windows_is_enough_and_all_that_are_open_are_named(world: World):
    now = world.clock.now()
    later = FreezeSettings(reason="stocktaking", start=utc_text(now - 60), until=utc_text(now + 2 * HOUR))
    world.windows = [window(now, 5, 6), *world.windows, later]
    with pytest.raises(PreflightError) as error:
        await world.heed(world.other, world.recorded)
    assert f"freeze windows are open until {utc_text(now + 2 * HOUR)}: stocktaking (" in str(error.value)
    assert "the sale (" in str(error.value)


async def test_a_rollout_that_runs_already_is_adopted(world: World):
    world.begin()
    await world.heed(world.other, world.recorded)


async def test_a_release_that_the_record_has_named_before_comes_back(world: World):
    for each in (world.other, world.recorded):
        world.have_had(each.to_json())
    await world.heed(world.other, world.recorded)


async def test_a_record_that_has_named_other_releases_lets_none_through_that_is_not_among_them(world: World):
    for each in (NOTHING_PROVEN, "no record", world.recorded.to_json()):
        world.have_had(each)
    with pytest.raises(PreflightError):
        await world.heed(world.other, world.recorded)


def begun(leaves: Release, to: Release) -> str:
    return BegunRollback(leaves.digest, "1", to.digest, "2", "2026-11-30T09:00:00Z", 3).to_json()


async def test_what_a_rollback_has_begun_to_go_back_to_comes_back_also_where_the_history_is_closed(world: World):
    world.deny_history()
    world.put(rollback_name(world.spec.record), begun(world.recorded, world.other))
    await world.heed(world.other, world.recorded)


async def test_what_a_rollback_has_left_is_another_release_although_it_ran_before(world: World):
    for each in (world.other, world.recorded):
        world.have_had(each.to_json())
    world.put(rollback_name(world.spec.record), begun(world.other, world.recorded))
    with pytest.raises(PreflightError, match="a freeze window is open"):
        await world.heed(world.other, world.recorded)


async def test_who_may_not_read_the_history_is_told_what_lets_a_way_back_through(world: World):
    world.deny_history()
    with pytest.raises(PreflightError, match="allow ssm:GetParameterHistory to who deploys"):
        await world.heed(world.other, world.recorded)


# the gate, with a deployer that remembers


@pytest.fixture
def frozen(gate: Any, gated: Any, fleet: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A gated service whose stack is frozen, recorded with the release before."""
    driver = SimpleNamespace(parameters=fleet.driver.parameters, parameter_history=lambda _record: list[str]())
    monkeypatch.setattr(type(fleet), "driver", property(lambda _self: driver))

    async def parameters(names: Any) -> dict[str, str]:
        return driver.parameters(names)

    fleet.parameters = parameters
    fleet.values[kept.RECORD] = kept.EARLIER.to_json(), 4
    gated.spec = replace(gated.spec, freezes=(window(gate._clock.now()),))
    return gated


async def test_the_hook_refuses_while_frozen_and_nothing_is_rolled_or_deferred(gate, frozen, fleet, rolled):
    fleet.answer = "what a group without servers keeps, and launches at its next scale-out"
    found = await gate.kept(frozen, kept.ASKED)
    assert found.value is None
    value = kept.WANTED.to_json(found.follows)
    with pytest.raises(PreflightError, match="a freeze window is open"):
        await gate._release(frozen, kept.called(kept.EARLIER.to_json(), value), first=False)
    assert rolled == []


async def test_a_window_that_opens_between_the_program_and_its_rollout_is_heeded(gate, frozen, rolled):
    frozen.spec = replace(frozen.spec, freezes=(window(gate._clock.now(), 1, 2),))
    value = kept.WANTED.to_json((await gate.kept(frozen, kept.ASKED)).follows)
    await gate._clock.sleep(1.5 * HOUR)
    with pytest.raises(PreflightError, match="a freeze window is open"):
        await gate._release(frozen, kept.called(kept.EARLIER.to_json(), value), first=False)
    assert rolled == []


async def test_it_is_rolled_when_the_window_is_over(gate, frozen, rolled):
    await gate._clock.sleep(2 * HOUR)
    value = kept.WANTED.to_json((await gate.kept(frozen, kept.ASKED)).follows)
    await gate._release(frozen, kept.called(kept.EARLIER.to_json(), value), first=False)
    assert rolled == [(kept.WANTED, kept.EARLIER)]


async def test_a_preview_warns_of_it_once(gate, frozen, rolled, monkeypatch):
    warned: list[str] = []
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: True)
    monkeypatch.setattr(PulumiConsole, "warn", lambda _self, text: warned.append(text))
    await gate.kept(frozen, kept.ASKED)
    assert [each for each in warned if "a freeze window is open" in each] == warned[:1] != []
