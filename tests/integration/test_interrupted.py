"""An `up` that is interrupted stops watching; the rollout goes on in AWS, and the next `up` takes it up."""

import asyncio

import pytest

from strata.engine.engine_run import EngineResult, EngineRun
from tests.integration.support import Said, Trial, worker

WARM_UP_SECONDS = 3000
"""Makes a rollout of four servers, one by one, take long enough for the next `up` to find it running."""

ROLLOUT = {"min_healthy_percent": 100, "max_healthy_percent": 125, "progress_deadline_seconds": 3600}


async def rolling(trial: Trial, said: Said) -> tuple[EngineRun, asyncio.Future[EngineResult]]:
    """A rollout of four servers, one after the other, that has just begun."""
    first = await trial.up()
    assert first.ok, first.reason
    trial.mark()
    run = await trial.start_up(said, jobs="2.0.0")
    ended = asyncio.ensure_future(run.result())
    await until(ended, said, "jobs: rolling to")
    return run, ended


async def until(ended: asyncio.Future[EngineResult], said: Said, text: str) -> None:
    while not said.has(text):
        assert not ended.done(), f"the engine ended before it said {text!r}"
        await asyncio.wait([ended], timeout=0.02)


@pytest.fixture
def trial(new_trial) -> Trial:
    return new_trial({"jobs": worker((4, 4), boot_seconds=WARM_UP_SECONDS, drain_seconds=0, rollout=ROLLOUT)})


async def test_after_one_interrupt_the_gate_runs_on_and_the_record_is_written(trial):
    said = Said()
    run, ended = await rolling(trial, said)
    run.interrupt()
    await ended
    trial.is_live("jobs", "2.0.0")
    again = await trial.up()
    assert again.ok, again.reason
    assert len(trial.history.calls("StartInstanceRefresh")) == 1


async def test_after_two_interrupts_the_next_up_takes_the_rollout_up(trial):
    said = Said()
    run, ended = await rolling(trial, said)
    run.interrupt()
    await until(ended, said, "^C")
    run.interrupt()
    assert not (await ended).ok
    await taken_up(trial)


async def test_after_a_kill_the_lock_is_cleared_and_the_next_up_takes_the_rollout_up(trial):
    said = Said()
    run, ended = await rolling(trial, said)
    run.kill()
    assert (await ended).exit_code == -9
    assert len(trial.engine().state.locks()) == 1
    await taken_up(trial)
    assert trial.engine().state.locks() == []


async def taken_up(trial: Trial) -> None:
    assert trial.recorded("jobs") == "1.0.0"
    (refresh,) = trial.refreshes("jobs")
    assert refresh.active, "the rollout goes on in AWS"
    said = Said()
    done = await trial.up(said=said)
    assert done.ok, done.reason
    assert said.has(f"jobs: adopting refresh {refresh.id}")
    trial.is_live("jobs", "2.0.0")
    assert len(trial.history.calls("StartInstanceRefresh")) == 1
