"""Runs of a stand-in for the engine."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from strata.engine import engine_run
from strata.engine.engine_run import start_engine
from strata.engine.events import Changes, Event, EventLog

ENGINE = """
import json, os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
def wait():
    signal.sigwait({signal.SIGINT})
log = open("log", "w")
def event(**content):
    print(json.dumps({"sequence": 1, "timestamp": 1, **content}), file=log, flush=True)
def say(text):
    print(text, flush=True)
"""


class Follower:
    def __init__(self):
        self.lines: list[str] = []
        self.events: list[Event] = []
        self.heard = asyncio.Event()

    def console(self, line: str, /) -> None:
        self.lines.append(line)
        self.heard.set()

    def event(self, event: Event, /) -> None:
        self.events.append(event)


@pytest.fixture
def start(tmp_path: Path):
    async def start(body: str, listener=None):
        program = tmp_path / "engine.py"
        program.write_text(ENGINE + body)
        return await start_engine(
            [sys.executable, str(program)],
            folder=tmp_path,
            environment={"MARK": "here"},
            event_log=EventLog(tmp_path / "log", tmp_path / "kept"),
            listener=listener,
        )

    return start


async def test_a_run_is_told_from_its_events_and_its_lines(start):
    follower = Follower()
    run = await start(
        'say(os.environ["MARK"]); print("aside", file=sys.stderr)\n'
        'event(diagnosticEvent={"severity": "info", "message": "kept"})\n'
        'event(diagnosticEvent={"severity": "info", "message": "tick", "ephemeral": True})\n'
        'event(diagnosticEvent={"severity": "debug", "message": "noise"})\n'
        'event(summaryEvent={"resourceChanges": {"create": 2}})\n',
        follower,
    )
    result = await run.result()
    assert (result.exit_code, result.ok, result.interrupted, result.errors) == (0, True, False, ())
    assert (result.stdout, result.stderr) == ("here", "aside")
    assert [each.message for each in result.diagnostics] == ["kept"]
    assert result.changes == Changes(created=2)
    assert sorted(follower.lines) == ["aside", "here"]
    assert len(follower.events) == 3
    assert await run.result() is result


async def test_the_reason_of_a_failure_is_what_the_events_say_and_not_the_verdict(start):
    run = await start(
        'event(diagnosticEvent={"severity": "error", "message": "rollout of web failed"})\n'
        'event(diagnosticEvent={"severity": "error", "message": "update failed"})\nsys.exit(255)'
    )
    result = await run.result()
    assert (result.exit_code, result.reason) == (255, "rollout of web failed")


@pytest.mark.parametrize(
    "body,reason",
    [
        ('print("error: no such flag\\nUsage: ...", file=sys.stderr); sys.exit(1)', "no such flag"),
        ('print("Segmentation fault", file=sys.stderr); sys.exit(1)', "Segmentation fault"),
        ("sys.exit(3)", "it ended with 3"),
        ('say("Updating (t)"); sys.exit(3)', "it ended with 3"),
        ('event(diagnosticEvent={"severity": "error", "message": "update failed"}); sys.exit(1)', "update failed"),
    ],
)
async def test_a_failure_always_has_a_reason(start, body, reason):
    assert (await (await start(body)).result()).reason == reason


@pytest.mark.parametrize("before", ["", 'event(diagnosticEvent={"severity": "error", "message": "update failed"})'])
async def test_a_killed_engine_is_told_as_that_and_not_by_what_it_printed_last(start, before):
    run = await start(f'say("Updating (t)")\n{before}\nos.kill(os.getpid(), signal.SIGKILL)')
    assert (await run.result()).reason == "the engine was killed (SIGKILL) before it was done"


async def test_a_killed_engine_keeps_the_errors_it_told_before(start):
    run = await start(
        'event(diagnosticEvent={"severity": "error", "message": "no capacity"})\nos.kill(os.getpid(), signal.SIGKILL)'
    )
    assert (await run.result()).errors == ("no capacity", "the engine was killed (SIGKILL) before it was done")


async def test_interrupting_is_a_ctrl_c_that_the_engine_may_answer_in_its_own_time(start):
    follower = Follower()
    run = await start('say("ready")\nwait()\nsay("first")\nwait()\nsys.exit(9)', follower)
    await follower.heard.wait()
    follower.heard.clear()
    run.interrupt()
    await follower.heard.wait()
    run.interrupt()
    result = await run.result()
    assert (follower.lines, result.exit_code, result.interrupted) == (["ready", "first"], 9, True)
    run.interrupt()


async def test_an_engine_that_obeys_nothing_is_killed_when_nobody_waits_any_more(start, monkeypatch):
    monkeypatch.setattr(engine_run, "PATIENCE_SECONDS", 0.05)
    follower = Follower()
    run = await start('say("ready")\nwhile True: wait()', follower)
    await follower.heard.wait()
    waiting = asyncio.ensure_future(run.result())
    await asyncio.wait([waiting], timeout=0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (await run.result()).exit_code == -9


async def test_an_error_of_the_listener_waits_for_the_end_of_the_engine(start, tmp_path):
    class Broken(Follower):
        def event(self, event: Event, /) -> None:
            raise ValueError("cannot draw")

    run = await start('event(preludeEvent={})\nevent(preludeEvent={})\nopen("done", "w")', Broken())
    with pytest.raises(ValueError, match="cannot draw"):
        await run.result()
    assert (tmp_path / "done").exists()


async def test_the_engine_is_in_a_process_group_of_its_own(start):
    run = await start("say(os.getpgrp())")
    assert (await run.result()).stdout == str(run.pid) != str(os.getpgrp())
