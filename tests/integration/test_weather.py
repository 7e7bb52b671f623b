"""Every AWS call of a gate under six faults, through a faulty proxy; and whole rollouts with all of them at once.

One table, whatever the gate rolls: servers or tasks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest

from strata.aws import kept_images, log_events, parameter_tree, parameters
from strata.errors import RolloutError
from strata.images import allowed_images, image_protection, key_use, scan_reading
from strata.rollout import aws_calls, wiring
from strata.rollout.aws_calls import Repeatable
from strata.rollout.run_once import once_parameters
from strata.rollout.servers import driver as server_driver
from strata.rollout.servers import keeping_calls, once_calls
from strata.rollout.tasks import once_driver, secret_lookup, task_driver
from strata.rollout.tasks.async_task_driver import AsyncTaskDriver
from strata.verdict_names import revoked_image_name
from strata_rehearsal.cloud import patches, state
from tests.integration.support.faulty_proxy import Answer, FaultyProxy, Kind, faulty_proxy
from tests.integration.support.gate_weather import TIMES, GateWorld, Row, Rows, operations_of
from tests.integration.support.server_world import SERVER_CALLS, ServerWorld
from tests.integration.support.task_world import TASK_CALLS, TaskWorld
from tests.unit.rehearsal.cloud.conftest import REGION, SERVICES, Aws


@dataclass(frozen=True)
class Rolled:
    """What a gate rolls: the world it is in, its calls, and the modules they are made in."""

    world: type[GateWorld]
    calls: Rows[Any]
    modules: tuple[ModuleType, ...]


DEPLOYERS: Mapping[str, Rolled] = {
    "servers": Rolled(
        ServerWorld,
        SERVER_CALLS,
        (server_driver, keeping_calls, once_calls, once_parameters, allowed_images, image_protection, key_use),
    ),
    "tasks": Rolled(
        TaskWorld,
        TASK_CALLS,
        (task_driver, once_driver, once_parameters, kept_images, log_events, scan_reading, secret_lookup),
    ),
}
CASES = [
    pytest.param(deployer, row, id=f"{deployer}-{row.action}{'-' + row.methods[0] if row.methods else ''}")
    for deployer, rolled in DEPLOYERS.items()
    for row in rolled.calls.rows
]


@pytest.fixture(scope="module")
def near() -> Iterator[tuple[Aws, FaultyProxy]]:
    """A local AWS and a proxy in front of it."""
    found = SimpleNamespace(aws=None)

    def forward(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        answer = found.aws.web.open(path, method=method, headers=dict(headers), data=body)
        return Answer(answer.status_code, dict(answer.headers), answer.data)

    with faulty_proxy(forward) as proxy:
        plain = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "endpoint_url": proxy.url}
        clients = {service: boto3.client(service, region_name=REGION, **plain) for service in SERVICES}
        found.aws = Aws(SimpleNamespace(**clients))
        found.aws.prepare()
        found.aws.alarm()
        found.aws.ssm.put_parameter(Name="/strata/there", Type="String", Value="yes")
        # so that every preflight asks how its image is related to one that must not run
        found.aws.ssm.put_parameter(Name=str(revoked_image_name("ami-0123456789abcdef0")), Type="String", Value="bad")
        yield found.aws, proxy
    state.use(None)
    patches.restore()


@pytest.fixture(scope="module")
def worlds(near: tuple[Aws, FaultyProxy]) -> dict[str, GateWorld]:
    """Those that a test has asked for."""
    return {name: rolled.world(*near) for name, rolled in DEPLOYERS.items()}


@pytest.fixture
def world(worlds: dict[str, GateWorld], deployer: str) -> GateWorld:
    found = worlds[deployer]
    found.calm()
    return found


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.value.replace(" ", "-"))
@pytest.mark.parametrize("deployer, row", CASES)
async def test_no_fault_of_the_way_to_aws_changes_what_a_call_does(world: GateWorld, row: Row[Any], kind: Kind):
    world.strike(kind, [row.action], TIMES[kind])
    await row.ask(world)
    met = [seen.kind for seen in world.proxy.seen if seen.action == row.action and seen.kind]
    assert met, "the call was made, and the fault happened"
    assert world.renewed == (1 if kind is Kind.EXPIRED else 0)


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.value.replace(" ", "-"))
@pytest.mark.parametrize("deployer", DEPLOYERS)
async def test_a_rollout_in_which_each_call_meets_the_fault_succeeds_once(world: GateWorld, deployer: str, kind: Kind):
    calls = DEPLOYERS[deployer].calls
    known = {row.action for row in calls.rows}
    spared = calls.stops | (calls.seconds if kind is Kind.EXPIRED else frozenset())
    world.strike(kind, sorted(known - spared), 1)
    await world.roll_good()
    met = {seen.action for seen in world.proxy.seen if seen.kind is kind}
    assert calls.always - spared <= met
    asked = {seen.action for seen in world.proxy.seen if seen.caller == "gate"}
    assert asked <= known


@pytest.mark.parametrize("kind", [Kind.LOST_ANSWER, Kind.SERVER_ERROR], ids=["lost-answer", "5xx"])
@pytest.mark.parametrize("deployer", DEPLOYERS)
async def test_a_bad_release_is_taken_back_through_the_fault(world: GateWorld, deployer: str, kind: Kind):
    world.strike(kind, sorted(DEPLOYERS[deployer].calls.stops), 4)
    await world.roll_bad()


@pytest.mark.parametrize("deployer", ["servers"])
async def test_a_gating_alarm_that_somebody_deletes_during_the_rollout_is_named(world: ServerWorld, monkeypatch):
    """AWS itself would wait an hour for its data."""
    group, alarm = world.new_group(), world.aws.alarm("web-latency")
    world.aws.wait(200)
    real = world.aws.clock.sleep

    async def sleep(seconds: float) -> None:
        if world.history(group):
            world.aws.cloudwatch.delete_alarms(AlarmNames=[alarm])
        await real(seconds)

    monkeypatch.setattr(world.aws.clock, "sleep", sleep)
    began = world.aws.clock.now()
    with pytest.raises(RolloutError, match="was rolled back: web-latency gated the rollout and was deleted"):
        await world.roll.next(replace(world.rollout(group), alarms=(alarm,)), None)
    assert world.aws.clock.now() - began < 1200
    assert world.serving(group) == [str(world.old)]


def test_the_table_has_every_deployer():
    assert set(DEPLOYERS) == set(wiring.DEPLOYERS)


@pytest.mark.parametrize("deployer", DEPLOYERS)
def test_the_table_has_every_call_that_a_gate_can_make(deployer: str):
    rolled = DEPLOYERS[deployer]
    assert operations_of(aws_calls, parameters, parameter_tree, *rolled.modules) == {
        row.action for row in rolled.calls.rows
    }


def test_the_table_has_every_method_of_the_driver_of_tasks():
    own = {"start", "stop", "answer_hook", "present_service", "service_tagged"}
    declared = {
        name for kind in AsyncTaskDriver.__mro__ for name, value in vars(kind).items() if isinstance(value, Repeatable)
    }
    covered = {name for row in TASK_CALLS.rows for name in row.methods}
    assert covered == declared | own
