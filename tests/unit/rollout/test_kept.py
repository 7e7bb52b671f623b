"""What a gate makes of its look at the record before that is registered: it never fails there, and keeps refusals."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from strata.errors import PreflightError
from strata.rollout.gate import ReleaseGate
from strata.rollout.gated_service import DesiredRelease
from strata.rollout.record import NOTHING_PROVEN, ImageRef
from strata.rollout.servers import server_deferral
from strata.rollout.servers.server_deployer import ServerDeployer
from strata.rollout.wiring import server_gate
from tests.unit.rollout.stand_in import Clock, rollout

ASKED = DesiredRelease("web-1", ImageRef("web", "1.5.0", "ami-0123456789abcdef0"), "d2", "lt-1", 2)


@pytest.fixture
def gate() -> ReleaseGate:
    session: Any = SimpleNamespace()
    return server_gate(session=session, clock=Clock())


@pytest.fixture
def gated() -> Any:
    return SimpleNamespace(service="web", component=None, spec=rollout().spec)


def looking(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    async def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(server_deferral, "kept_value", fail)


@pytest.mark.parametrize("error", [RuntimeError("no"), TimeoutError(), KeyboardInterrupt(), SystemExit()])
async def test_a_look_that_fails_leaves_the_decision_to_the_rollout(gate, gated, monkeypatch, error):
    looking(monkeypatch, error)
    assert await gate.kept(gated, ASKED) is None


async def test_a_refusal_fails_the_hook_of_its_service(gate, gated, monkeypatch):
    looking(monkeypatch, PreflightError("web: the image is vetoed"))
    assert await gate.kept(gated, ASKED) is None
    args: Any = SimpleNamespace(old_inputs={}, new_inputs={"insecureValue": "{}"})
    with pytest.raises(PreflightError, match="the image is vetoed"):
        await gate._release(gated, args, first=False)


async def test_a_record_that_names_nothing_has_nothing_to_roll(gate, gated):
    args: Any = SimpleNamespace(old_inputs=None, new_inputs={"insecureValue": NOTHING_PROVEN})
    await gate._release(gated, args, first=True)


@pytest.mark.parametrize("protect, looked", [(True, ["web-1"]), (False, [])])
async def test_only_a_protected_service_has_its_group_held(gate, gated, monkeypatch, protect, looked):
    seen: list[str] = []

    async def look(_deployer: Any, _service: str, group: str) -> None:
        seen.append(group)

    async def nothing(*_: Any) -> None:
        """The record is what the program asks for."""

    monkeypatch.setattr(ServerDeployer, "hold_again", look)
    monkeypatch.setattr(server_deferral, "kept_value", nothing)
    gated.spec = replace(gated.spec, protect=protect)
    assert await gate.kept(gated, ASKED) is None
    assert seen == looked
