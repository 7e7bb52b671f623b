"""What Ctrl-C and SIGTERM do to a rehearsal, with a stand-in for the engine."""

import asyncio
import os
import signal
from typing import Any, cast

import pytest

from strata.cli.signals import stoppable
from strata.engine.engine_run import EngineRun
from strata.engine.stopping import Stopping


class Engine:
    """Ends when it is told to, if at all."""

    def __init__(self, *, obeys: bool = False) -> None:
        self.obeys = obeys
        self.interrupts = 0
        self.ended = asyncio.Event()

    def interrupt(self) -> None:
        self.interrupts += 1
        if self.obeys:
            self.ended.set()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def stopping(told: list[str]) -> Stopping:
    return Stopping(told.append)


def running(stopping: Stopping, engine: Engine) -> Any:
    return stopping.running(cast("EngineRun", engine), lambda: "web rolls to 1.5.0, batch 2, 40 %")


async def test_the_first_ctrl_c_says_at_once_what_goes_on_and_the_run_ends_by_itself(stopping, told):
    engine = Engine(obeys=True)

    async def rehearse() -> str:
        with running(stopping, engine):
            os.kill(os.getpid(), signal.SIGINT)
            await engine.ended.wait()
            return "the report"

    assert await stoppable(rehearse(), stopping) == "the report"
    assert told == ["still running: web rolls to 1.5.0, batch 2, 40 %; press Ctrl-C again to stop watching"]
    assert engine.interrupts == 1


async def test_the_second_ctrl_c_stops_the_run_and_more_of_them_say_no_more(stopping, told):
    engine = Engine()
    began = asyncio.Event()

    async def rehearse() -> None:
        with running(stopping, engine):
            began.set()
            await engine.ended.wait()

    work = asyncio.ensure_future(stoppable(rehearse(), stopping))
    await began.wait()
    for _ in range(4):
        stopping.ask()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert (engine.interrupts, len(told)) == (1, 2)
    assert told[1] == "stopping the engine; what AWS has begun goes on there"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_before_the_engine_runs_stops_at_once(stopping, told, number):
    async def prepare() -> None:
        os.kill(os.getpid(), number)
        await asyncio.Event().wait()

    with pytest.raises(asyncio.CancelledError):
        await stoppable(prepare(), stopping)
    assert told == ["stopping"]


async def test_clearing_up_is_not_cut_short_by_a_signal_after_the_end(stopping, told):
    async def nothing() -> None: ...

    await stoppable(nothing(), stopping)
    stopping.insist()
    stopping.ask()
    assert told == []
