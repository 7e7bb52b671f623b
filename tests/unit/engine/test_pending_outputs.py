"""The wait for outputs has the SDK's meaning, and is not quadratic."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pulumi
import pytest
from pulumi.runtime import reset_options, settings, stack

from strata.engine import pending_outputs
from strata.engine.pending_outputs import wait_once

STATE: Any = settings.SETTINGS
"""The SDK finds its attributes in a context variable, which no type checker can follow."""

SDKS_WAIT = pending_outputs._sdk_wait


@pytest.fixture(params=["ours", "the SDK's"])
def wait(request, monkeypatch) -> Callable[[], Awaitable[None]]:
    monkeypatch.setattr(stack, "wait_for_rpcs", SDKS_WAIT)
    if request.param == "ours":
        wait_once()
    return stack.wait_for_rpcs


@pytest.fixture
def run():
    """Runs a coroutine as a program of its own."""
    reset_options()

    async def bounded(program):
        await asyncio.wait_for(program, timeout=60)

    yield lambda program: asyncio.run(bounded(program))
    STATE.outputs.clear()
    STATE.rpc_manager.clear()


def test_every_output_is_waited_for(wait, run):
    async def program():
        gates = [asyncio.Event() for _ in range(3)]
        for gate in gates:
            pulumi.Output.from_input(gate.wait()).apply(lambda _: ended.append(True))
        asyncio.get_running_loop().call_soon(lambda: [gate.set() for gate in gates])
        await wait()

    ended = []
    run(program())

    assert ended == [True] * 3


def test_outputs_made_by_outputs_that_are_waited_for_are_waited_for_too(wait, run):
    async def program():
        gate = asyncio.Event()

        def more(depth: int) -> None:
            made.append(depth)
            if depth:
                pulumi.Output.from_input(asyncio.sleep(0, depth - 1)).apply(more)

        pulumi.Output.from_input(gate.wait()).apply(lambda _: more(3))
        asyncio.get_running_loop().call_soon(gate.set)
        await wait()

    made = []
    run(program())

    assert made == [3, 2, 1, 0]


def test_calls_that_outputs_make_are_waited_for(wait, run):
    async def program():
        async def call() -> None:
            await asyncio.sleep(0)
            called.append(True)

        pulumi.Output.from_input(asyncio.sleep(0)).apply(
            lambda _: STATE.rpc_manager.rpcs.append(asyncio.ensure_future(call()))
        )
        await wait()

    called = []
    run(program())

    assert called == [True]


def test_an_output_that_fails_ends_the_wait_while_others_are_pending(wait, run):
    async def program():
        never = asyncio.Event()
        pulumi.Output.from_input(never.wait())
        pulumi.Output.from_input(asyncio.sleep(0)).apply(lambda _: fail())
        with pytest.raises(ValueError, match="no such zone"):
            await wait()

    def fail():
        raise ValueError("no such zone")

    run(program())


def test_an_output_that_failed_before_the_wait_is_raised(wait, run):
    async def program():
        failed = asyncio.get_running_loop().create_future()
        failed.set_exception(ValueError("too early"))
        output = pulumi.Output.from_input(failed)
        with suppress(ValueError):
            await output.future()
        with pytest.raises(ValueError, match="too early"):
            await wait()

    run(program())


def test_an_output_made_meanwhile_that_fails_ends_the_wait_too(wait, run):
    async def program():
        never = asyncio.Event()
        pulumi.Output.from_input(never.wait())
        pulumi.Output.from_input(asyncio.sleep(0)).apply(
            lambda _: pulumi.Output.from_input(asyncio.sleep(0)).apply(lambda _: fail()) and None
        )
        with pytest.raises(ValueError, match="made late"):
            await wait()

    def fail():
        raise ValueError("made late")

    run(program())


def test_a_failed_output_that_was_recovered_from_is_no_failure(wait, run):
    async def program():
        failed = asyncio.get_running_loop().create_future()
        failed.set_exception(ValueError("handled"))
        pulumi.Output.from_input(failed).recover(lambda _: True).apply(recovered.append)
        await wait()

    recovered = []
    run(program())

    assert recovered == [True]


def test_a_call_that_fails_is_raised_before_outputs_are_waited_for(wait, run):
    async def program():
        async def call():
            raise ValueError("refused by the engine")

        never = asyncio.Event()
        pulumi.Output.from_input(never.wait())
        await STATE.rpc_manager.do_rpc("a call", call)()
        with pytest.raises(ValueError, match="refused by the engine"):
            await wait()

    run(program())


def test_a_provider_in_python_waits_for_calls_only(wait, run):
    async def program():
        pulumi.Output.from_input(asyncio.Event().wait())
        await stack.wait_for_rpcs(await_all_outstanding_tasks=False)

    run(program())


def test_an_output_is_given_one_callback_however_many_there_are(monkeypatch, run):
    class Counted(asyncio.Future):
        def add_done_callback(self, *args, **kwargs):
            added.append(self)
            super().add_done_callback(*args, **kwargs)

    async def program():
        futures = [Counted() for _ in range(100)]
        STATE.outputs.update(futures)
        loop = asyncio.get_running_loop()

        def end_next(left: list[Counted]) -> None:
            if left:
                left[0].set_result(None)
                loop.call_soon(end_next, left[1:])

        loop.call_soon(end_next, futures)
        await stack.wait_for_rpcs()

    added = []
    monkeypatch.setattr(stack, "wait_for_rpcs", pending_outputs._wait)
    run(program())

    assert len(added) == 100
