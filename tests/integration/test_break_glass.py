"""Break-glass on a stack of the engine: left alone by a rollout, no drift, no promotion, closed, promoted."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from strata.cli.run import run
from strata_rehearsal.run.aws_config import aws_environment
from tests.integration.support import Trial, routed
from tests.integration.support.rolled_tasks import digest
from tests.integration.support.site import REGION
from tests.integration.support.trial import Said
from tests.integration.test_container_rollouts import Containers

Capture = pytest.CaptureFixture[str]
Strata = Callable[..., dict[str, Any]]


@pytest.fixture
def strata(monkeypatch: pytest.MonkeyPatch, capsys: Capture):
    """Run a command on a trial, which ends with a code; gives its JSON."""

    def command(trial: Trial, *words: str, code: int = 0) -> dict[str, Any]:
        cloud = trial.site.cloud
        led = {**aws_environment(cloud.endpoint, REGION), "STRATA_CLOCK": cloud.clock.variable()}
        for name, value in {**led, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}.items():
            monkeypatch.setenv(name, value)
        ended = run([*words, "-C", str(trial.folder), "--json"])
        told = capsys.readouterr()
        assert ended == code, f"{words} ended with {ended}\n{told.out}{told.err}"
        return json.loads(told.out)

    return command


async def healthy_again(trial: Trial, count: int) -> None:
    """Wait until so many servers are in service and healthy."""
    driver, group = trial.site.driver, trial.group("web")
    while len(driver.healthy_targets(group.target_groups)) < count:
        await asyncio.wait([asyncio.ensure_future(trial.site.cloud.clock.sleep(30))])


def promoted(trial: Trial, strata: Strata, code: int = 0) -> dict[str, Any]:
    """Promote what the stack runs to a stack beside it."""
    stack_file = trial.folder / f"Pulumi.{trial.stack}.yaml"
    (trial.folder / "Pulumi.next.yaml").write_text(stack_file.read_text().replace("1.1.0", "1.0.0"))
    from_here = ("--from", trial.stack, "--min-soak", "0s")
    return strata(trial, "image", "promote", "next", "web", *from_here, code=code)


async def test_a_tainted_server_is_left_alone_is_no_drift_and_keeps_promotions_back(new_trial, strata: Strata):
    trial: Trial = new_trial({"web": routed(74)})
    done = await trial.up()
    assert done.ok, done.reason
    first, second = sorted(trial.running("web"))
    opened = strata(trial, "break-glass", "open", trial.stack, first, "--reason", "the queue hangs", "--for", "24h")
    assert (opened["state"], opened["mode"], opened["version"]) == ("open", "standby", "1.0.0")
    assert opened["session_command"].endswith(f"ssm start-session --target {first}")
    await healthy_again(trial, 2)
    serving = ("--in-service", "--for", "24h", "--reason", "takes a dump under load")
    assert strata(trial, "break-glass", "open", trial.stack, second, *serving)["mode"] == "in-service"

    said = Said()
    done = await trial.up(said=said, web="1.1.0")
    assert done.ok, done.reason
    for server, why in ((first, "the queue hangs"), (second, "takes a dump under load")):
        assert any(f"{server} is left alone: break-glass opened by" in line and why in line for line in said.lines)
    servers = {each.id: each for each in trial.group("web").servers}
    assert servers[first].standby
    assert servers[second].in_service
    assert set(trial.running("web").values()) == {trial.image("web", "1.0.0"), trial.image("web", "1.1.0")}
    assert trial.recorded("web") == "1.1.0"

    (drift,) = strata(trial, "drift", trial.stack)["services"]
    assert drift["findings"] == []
    assert [line.split(",")[0] for line in drift["delegated"]] == [f"held: {each}" for each in sorted((first, second))]
    status = strata(trial, "rollout", "status", trial.stack)
    assert {each["subject"] for each in status["break_glass"]} == {first, second}
    refused = json.dumps(promoted(trial, strata, code=3))
    assert f"was let into {first} of web in trial/{trial.stack}" in refused
    assert f"strata break-glass close {trial.stack} {first} --fixed-in VERSION" in refused

    assert strata(trial, "break-glass", "close", trial.stack, first, "--no-change", "took a dump")["closed"][0][
        "terminated"
    ]
    strata(trial, "break-glass", "close", trial.stack, second, "--fixed-in", "1.2.0")
    await healthy_again(trial, 2)
    assert "what was done by hand is in 1.2.0" in json.dumps(promoted(trial, strata, code=3))
    done = await trial.up(web="1.2.0")
    assert done.ok, done.reason
    assert trial.runs_only("web", "1.2.0")
    assert promoted(trial, strata)["version"] == "1.2.0"
    assert strata(trial, "break-glass", "list", trial.stack)["notes"] == []
    audited = [each["kind"] for each in strata(trial, "audit", trial.stack)["events"]]
    assert (audited.count("break-glass opened"), audited.count("break-glass closed")) == (2, 2)


class Enterable(Containers):
    """A container service whose tasks have a way in."""

    def use(self, version: str) -> None:
        super().use(version)
        self.trial.extra["strata:container_services"]["web"]["execute_command"] = True


async def test_a_rollout_of_tasks_is_refused_while_somebody_is_in_one_and_goes_on_when_it_is_closed(
    new_trial, strata: Strata
):
    containers = Enterable(new_trial({}, program="containers"), "rolling")
    trial = containers.trial
    done = await containers.up("1.0.0")
    assert done.ok, done.reason
    task = min(each["id"] for each in containers.tasks())
    opened = strata(trial, "break-glass", "open", trial.stack, task, "--reason", "it leaks", "--for", "24h")
    assert (opened["mode"], opened["version"]) == ("task", "1.0.0")
    assert f"--task {task} --container web --interactive" in opened["session_command"]
    (drift,) = strata(trial, "drift", trial.stack)["services"]
    assert drift["findings"] == []
    assert any(line.startswith(f"held: {task}, break-glass opened by") for line in drift["delegated"])
    (noted,) = strata(trial, "rollout", "status", trial.stack)["break_glass"]
    assert (noted["subject"], noted["state"]) == (task, "open")

    said = Said()
    done = await containers.up("1.1.0", said=said)
    assert not done.ok
    assert said.has(f"task {task} is protected, so the deployment would wait for it")
    assert trial.task_digests("web") == {digest("1.0.0")}

    (closed,) = strata(trial, "break-glass", "close", trial.stack, task, "--no-change", "a look only")["closed"]
    assert closed["terminated"]
    done = await containers.up("1.1.0")
    assert done.ok, done.reason
    containers.is_live("1.1.0")
    (drift,) = strata(trial, "drift", trial.stack)["services"]
    assert drift["findings"] == []
