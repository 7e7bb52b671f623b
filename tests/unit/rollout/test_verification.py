"""A release that is asked whether it works, while its rollout can still be taken back."""

import asyncio
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from strata.errors import RolloutError
from strata.rollout.roll import Roll
from strata.rollout.servers.refresh import Status
from strata.rollout.verifying.answer_judgement import HttpAnswer, judge_answers
from strata.rollout.verifying.balancer_request import LOAD_BALANCERS_VARIABLE
from strata.rollout.verifying.release_question import Attempt, ReleaseQuestion
from strata.rollout.verifying.verification import ask_release
from strata.settings.models import VerifySettings
from strata_rehearsal.cloud.cloud_process import command_line
from tests.unit.rollout.stand_in import IMAGE, POLL_SECONDS, RELEASE, Aws, Stage, roll_back, rollout, servers, succeed

OLD = replace(RELEASE, template_version=1, digest="d1", image=replace(IMAGE, version="1.4.0", id="ami-0aa"))
URL = "http://lb.example.com"
BAKE: dict[str, Any] = {"bake_seconds": 600, "verify": {"path": "/version", "attempts": 2}}
GOOD = Attempt(good=True, seen="GET /version answered 200")
BAD = Attempt(good=False, seen="GET /version answered 500, expected 200", details="\n  the last lines of the command:")
SILENT = Attempt(good=False, seen="GET /version did not answer", answered=False)


def question(url: str = URL, **verify: Any) -> ReleaseQuestion:
    settings = VerifySettings.model_validate({"path": "/version", **verify}, strict=False)
    return ReleaseQuestion(settings, url, "shop.example.com", "web", "prod", "1.5.0", "ami-1", before="1.4.0")


def answer(status: int = 200, body: str = "1.5.0", **headers: str) -> HttpAnswer:
    return HttpAnswer(status, headers, body)


@pytest.mark.parametrize(
    "expect, came, wrong",
    [
        ({}, answer(), ""),
        ({"status": 204}, answer(204, ""), ""),
        ({"body": "{version}"}, answer(body="web 1.5.0"), ""),
        ({"headers": {"X-Version": "{version}"}}, HttpAnswer(200, {"x-version": "1.5.0"}, ""), ""),
        ({}, answer(500, "no  database"), "answered 500 'no database', expected 200"),
        ({}, answer(301, ""), "answered 301, expected 200"),
        ({"body": "{version}"}, answer(body=""), "answered 200 without a body, expected '1.5.0' in it"),
        ({"body": "{version}"}, answer(body="web 1.4.0"), "answered 200 'web 1.4.0', expected '1.5.0' in it"),
        ({"headers": {"X-V": "1"}}, answer(), "answered with no header X-V, expected '1'"),
        ({"headers": {"X-V": "1"}}, HttpAnswer(200, {"x-v": "2"}, ""), "answered with '2' in X-V, expected '1'"),
    ],
)
def test_an_answer_is_held_against_what_is_expected(expect: dict[str, Any], came: HttpAnswer, wrong: str):
    found = judge_answers([came], question(expect=expect), mixed=False)
    assert found.good == (not wrong)
    assert wrong in found.seen


def test_where_others_answer_too_only_the_version_says_whose_an_answer_is():
    named, old = question(expect={"body": "{version}"}), answer(body="1.4.0")
    some = judge_answers([old, answer(), old], named, mixed=True)
    assert some.good
    assert some.seen.endswith("answered 200 as 1.5.0, 1 of 3 requests, and 2 were answered by 1.4.0")
    assert not judge_answers([old, old], named, mixed=True).good
    assert "was answered by 1.4.0 only, 2 of 2 times" in judge_answers([old, old], named, mixed=True).seen
    assert not judge_answers([old, answer()], named, mixed=False).good, "nothing else takes requests"
    assert not judge_answers([answer(), answer(body="1.3.0")], named, mixed=True).good, "neither of the two"


class Asked:
    """Answers attempts, the last one again and again, and counts them."""

    def __init__(self, *attempts: Attempt) -> None:
        self.left = list(attempts)
        self.questions: list[ReleaseQuestion] = []

    async def __call__(self, asked: ReleaseQuestion, mixed: bool) -> Attempt:
        del mixed
        self.questions.append(asked)
        await asyncio.sleep(0)
        return self.left.pop(0) if len(self.left) > 1 else self.left[0]


def bakes(aws: Aws) -> None:
    aws.become(servers=servers(4, "2"))
    aws.turn(Status.BAKING, percentage=100)


def nothing(_aws: Aws) -> None:
    """Time passes."""


def back(aws: Aws) -> None:
    aws.become(servers=servers(4, "1"), saved_version="1")
    aws.turn(Status.SUCCESSFUL, percentage=100)


def roll(stage: Stage, asked: Asked) -> Roll:
    return Roll(stage.deployer, stage.clock, stage.console, POLL_SECONDS, asked)


async def test_servers_are_asked_when_all_are_replaced_and_not_before():
    stage, asked = Stage(), Asked(GOOD)
    stage.aws.polls = [nothing, nothing, bakes, nothing, nothing, succeed]
    await roll(stage, asked).next(replace(rollout(**BAKE), url=URL), OLD)
    assert len(asked.questions) == 1
    assert (asked.questions[0].url, asked.questions[0].version, asked.questions[0].before) == (URL, "1.5.0", "1.4.0")
    assert "web: verified: GET /version answered 200" in stage.console.said


async def test_servers_that_answer_wrongly_are_rolled_back():
    stage, asked = Stage(), Asked(BAD)
    stage.aws.polls = [nothing, bakes, *[nothing] * 6, roll_back]
    with pytest.raises(RolloutError, match="was rolled back: verification failed in 2 attempts: GET /version") as error:
        await roll(stage, asked).next(rollout(**BAKE), OLD)
    assert len(asked.questions) == 2
    assert stage.aws.did("roll back") == [()]
    assert error.value.message.endswith(BAD.details), "the output is the end of the error"


async def test_what_aws_has_ended_meanwhile_is_verified_before_it_is_recorded_and_brought_back():
    stage, asked = Stage(), Asked(BAD)
    stage.aws.polls = [nothing, succeed, back]
    with pytest.raises(RolloutError, match=r"is not proven: verification failed .*; the gate has gone back to web 1.4"):
        await roll(stage, asked).next(rollout(**BAKE), OLD)
    assert stage.aws.did("start") == [(2,), (1,)]


async def test_a_failure_is_one_although_aws_was_quicker_than_the_stop():
    stage, asked = Stage(), Asked(BAD)
    stage.aws.polls = [bakes, nothing, nothing, nothing, succeed, back]
    stage.aws.refusals["roll back"] = "ActiveInstanceRefreshNotFound"
    with pytest.raises(RolloutError, match="verification failed"):
        await roll(stage, asked).next(rollout(**BAKE), OLD)
    assert len(asked.questions) == 2


async def test_a_release_that_is_proven_is_asked_nothing_and_a_first_one_is_asked_before_its_record():
    stage, asked = Stage(Aws()), Asked(BAD)
    stage.aws.become(servers=servers(4, "2"), saved_version="2")
    await roll(stage, asked).next(rollout(**BAKE), RELEASE)
    assert asked.questions == []
    with pytest.raises(RolloutError, match=r"verification failed .* no release before it to go back to"):
        await roll(stage, asked).first(rollout(**BAKE))
    assert len(asked.questions) == 2


async def test_an_attempt_without_an_answer_counts_unless_aws_did_not_answer_either():
    stage, asked = Stage(), Asked(SILENT, SILENT, GOOD)
    stage.aws.polls = [bakes, *[nothing] * 8, succeed]
    calls = stage.calls
    waits = [0.0, 0.0, 30.0, *[0.0] * 20]
    calls.take_waited = lambda: waits.pop(0)
    deployer = stage.deployer
    deployer._aws = deployer.observer._aws = calls
    await Roll(deployer, stage.clock, stage.console, POLL_SECONDS, asked).next(rollout(**BAKE), OLD)
    assert len(asked.questions) == 3
    assert "web: not verified yet: AWS did not answer either, so this is not counted" in stage.console.said
    assert any("attempt 1 of 2: GET /version did not answer" in line for line in stage.console.said)


@contextmanager
def listening(status: int, body: str) -> Generator[tuple[str, list[dict[str, str]]]]:
    """A server that answers like this, and what it was asked."""
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}})
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name of the one overridden
            """Nothing on the console."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_a_request_goes_to_the_load_balancer_for_the_host_of_the_route(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(LOAD_BALANCERS_VARIABLE, raising=False)
    with listening(200, "web 1.5.0") as (url, seen):
        asked = question(url, expect={"body": "{version}"}, headers={"X-Check": "smoke"}, requests=2)
        found = await ask_release(asked, mixed=False)
    assert found == Attempt(
        good=True, seen=f"GET {url}/version of shop.example.com answered 200 as 1.5.0, 2 of 2 requests"
    )
    assert [(each["path"], each["host"], each["x-check"]) for each in seen] == [
        ("/version", "shop.example.com", "smoke")
    ] * 2
    silent = await ask_release(question(url, timeout_seconds=5), mixed=False)
    assert (silent.good, silent.answered) == (False, False)
    assert "did not answer" in silent.seen


async def test_a_local_aws_is_asked_by_the_whole_url(monkeypatch: pytest.MonkeyPatch):
    with listening(200, "") as (url, seen):
        monkeypatch.setenv(LOAD_BALANCERS_VARIABLE, url)
        assert (await ask_release(question("https://lb.example.com", requests=1), mixed=False)).good
    assert (seen[0]["path"], seen[0]["host"]) == ("https://lb.example.com/version", "shop.example.com")


def command(tmp_path: Path, text: str, **verify: Any) -> ReleaseQuestion:
    script = tmp_path / "smoke.sh"
    script.write_text(f"#!/bin/sh\n{text}\n")
    script.chmod(0o755)
    return question(path=None, command=[str(script)], **verify)


async def test_a_command_finds_what_it_is_to_ask_and_its_last_lines_are_kept(tmp_path: Path):
    asked = command(
        tmp_path, 'for n in $(seq 30); do echo "$n $STRATA_VERSION $STRATA_URL $STRATA_STACK"; done; exit 3'
    )
    found = await ask_release(asked, mixed=False)
    assert (found.good, found.answered) == (False, True)
    assert found.seen == f"{tmp_path}/smoke.sh ended with 3"
    lines = found.details.splitlines()[2:]
    assert lines == [f"    {number} 1.5.0 {URL} prod" for number in range(11, 31)]
    assert (await ask_release(command(tmp_path, "exit 0"), mixed=False)).good


async def test_a_command_is_killed_with_all_that_it_has_started_when_its_time_is_over(tmp_path: Path):
    pid = tmp_path / "pid"
    found = await ask_release(
        command(tmp_path, f"cat /dev/zero >/dev/null & echo $! > {pid}; wait", timeout_seconds=1), mixed=False
    )
    assert found.seen.endswith("was killed after 1 s")
    assert command_line(int(pid.read_text())) in (None, ""), "it has ended, and has no command line any more"


async def test_a_command_that_is_not_there_is_said_to_be_so():
    found = await ask_release(question(path=None, command=["./no-such-thing"]), mixed=False)
    assert not found.good
    assert "./no-such-thing could not be run in " in found.seen
