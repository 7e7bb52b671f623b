"""`strata drift --resources` with a person's own engine: what somebody changed is found, whoever holds the lock."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from strata_rehearsal.workspace.stack_engine import engine_environment
from tests.integration.support import Trial, worker


async def strata(trial: Trial, *words: str) -> tuple[int, str, str]:
    """Run `strata drift` beside a person's own backend and Pulumi home; gives exit code, and what is printed."""
    engine = trial.engine()
    home = engine.home
    own = engine_environment(os.environ, home=home.pulumi_home, state=home.state, extra=engine.environment)
    command = [Path(sys.executable).with_name("strata"), "drift", trial.stack, *words, "-C", engine.workspace.folder]
    done = await asyncio.to_thread(subprocess.run, command, env=own, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def resource(trial: Trial, kind: str) -> dict[str, Any]:
    (found,) = (each for each in trial.engine().state.resources() if each["type"] == kind)
    return found


def lock(trial: Trial) -> Path:
    """What an `up` leaves while it works."""
    folder = trial.site.home.state / ".pulumi" / "locks" / "organization" / "trial" / trial.stack
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "another.json"
    content = {"pid": 1, "username": "ann", "hostname": "elsewhere", "timestamp": "2026-11-30T12:00:00Z"}
    file.write_text(json.dumps(content))
    return file


async def test_what_differs_of_all_resources_is_found_told_and_shown(new_trial, tmp_path: Path):
    trial: Trial = new_trial({"jobs": worker((1, 3))})
    assert (await trial.up()).ok
    assert (await trial.up(jobs="2.0.0")).ok
    scaled = trial.group("jobs").name
    trial.site.client("autoscaling").set_desired_capacity(AutoScalingGroupName=scaled, DesiredCapacity=2)
    code, said, _ = await strata(trial, "--resources", "--json")
    found = json.loads(said)
    assert (code, found["resource_drift"]["differing"], found["unread"]) == (0, [], []), "scaling is no drift"
    assert found["resource_drift"]["compared"] > 10

    hook, logs = (
        resource(trial, each)
        for each in ("aws:autoscaling/lifecycleHook:LifecycleHook", "aws:cloudwatch/logGroup:LogGroup")
    )
    trial.site.client("autoscaling").put_lifecycle_hook(
        AutoScalingGroupName=scaled, LifecycleHookName=hook["outputs"]["name"], HeartbeatTimeout=7000
    )
    trial.site.client("logs").delete_log_group(logGroupName=logs["outputs"]["name"])
    topic = trial.site.client("sns").create_topic(Name=f"{trial.stack}-drift")["TopicArn"]
    before = trial.engine().state.file.read_bytes()
    held = lock(trial)
    refused = await trial.engine().up()
    assert "locked" in refused.reason, "the lock is one"
    trial.mark()
    page = tmp_path / "drift.html"
    code, said, told = await strata(trial, "--resources", "--html", str(page), "--notify", topic)
    assert code == 5, said + told
    assert "jobs: 2.0.0" in said
    assert "no drift" in said
    assert "resources: 2 of " in said
    words = " ".join(said.split())
    assert f"gone jobs-logs {logs['type']} is gone" in words
    assert f"changed jobs-drain {hook['type']} has another heartbeatTimeout" in words
    assert f"to do: `pulumi up --refresh --stack {trial.stack}` sets it again" in said
    assert f"the page: {page}\nnotified {topic}\n" in said
    shown = page.read_text()
    assert "has another heartbeatTimeout" in shown
    assert f"<code>pulumi up --refresh --stack {trial.stack}</code>" in shown
    (published,) = [each for each in trial.history.calls("Publish") if each["TopicArn"] == topic]
    assert published["Subject"].startswith(f"drift in {trial.stack}: 0 differences in 0 of 1 service, 2 of ")
    # the history keeps the beginning of a long value
    assert "\n\nresources: " in published["Message"]
    assert trial.engine().state.file.read_bytes() == before, "nothing is written"
    assert held.exists()
    held.unlink()

    code, said, told = await strata(trial, "--resources", "--json", "--notify", topic.replace("-drift", "-gone"))
    assert code == 1
    assert json.loads(said)["notification"]["sent"] is False
    assert "-gone was not notified: " in told


async def test_what_the_engine_cannot_compare_is_not_read_and_the_rest_is_reported(new_trial):
    trial: Trial = new_trial({"jobs": worker((1, 2))})
    assert (await trial.up()).ok
    trial.engine().state.file.write_text("no state")
    code, said, _ = await strata(trial, "--resources")
    assert code == 1
    assert "jobs: 1.0.0, 1 server compared: no drift" in said
    assert "resources: no resources to compare" in said
    assert "not read: every service: its resources (pulumi refresh --preview-only): " in said
