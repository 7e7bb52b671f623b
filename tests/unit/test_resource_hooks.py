"""What a hook makes of an exception, and where there is none."""

import asyncio
from typing import Any, cast

import pulumi
import pytest

from strata import testing
from strata.errors import BusyError, RolloutError
from strata.resource_hooks import hook
from strata.rollout.gate import NoGate
from strata.rollout.wiring import default_gate

ARGS = cast("pulumi.ResourceHookArgs", None)

SILENT = [
    TimeoutError(),
    AssertionError(),
    Exception(),
    BaseException(),
    KeyboardInterrupt(),
    SystemExit(),
    asyncio.CancelledError(),
    GeneratorExit(),
]


@pytest.fixture
def hooked(monkeypatch) -> Any:
    """Makes the hook of some work: its name, the function it runs, its options."""
    monkeypatch.setattr(pulumi, "ResourceHook", lambda name, run, opts: (name, run, opts))
    return lambda work: hook("web-release", "web", work)


@pytest.mark.parametrize("error", SILENT, ids=lambda each: type(each).__name__)
async def test_an_exception_without_a_message_gets_one(hooked, error):
    async def work(_args: object) -> None:
        raise error

    with pytest.raises(RolloutError, match=f"web: the gate failed: {type(error).__name__}"):
        await hooked(work)[1](ARGS)


async def test_an_exception_with_a_message_keeps_it(hooked):
    async def work(_args: object) -> None:
        raise KeyError("Instances")

    with pytest.raises(RolloutError, match=r"web: the gate failed: 'Instances'"):
        await hooked(work)[1](ARGS)


async def test_an_error_of_ours_stays_what_it_is(hooked):
    async def work(_args: object) -> None:
        raise BusyError("web: another refresh is running")

    with pytest.raises(BusyError, match=r"^web: another refresh is running"):
        await hooked(work)[1](ARGS)


async def test_a_hook_that_ends_well_passes_and_runs_in_previews_too(hooked):
    async def work(_args: object) -> None:
        """Nothing fails."""

    name, run, options = hooked(work)
    assert await run(ARGS) is None
    assert name == "web-release"
    assert options.on_dry_run


def test_there_is_no_gate_under_mocks():
    found: list[object] = []
    testing.run(lambda: found.append(default_gate()))
    assert isinstance(found[0], NoGate)
