"""`strata drift` on a stack that the real engine has made: what an operator changes by hand is found, and named."""

import json
from typing import Any

import pytest

from strata.cli.run import run
from strata_rehearsal.run.aws_config import aws_environment
from tests.integration.support import Trial, routed, worker
from tests.integration.support.site import REGION

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def strata(monkeypatch: pytest.MonkeyPatch, capsys: Capture):
    """Run `strata drift` on a trial; gives its exit code and what it prints."""

    def command(trial: Trial, *words: str) -> tuple[int, str]:
        cloud = trial.site.cloud
        led = {**aws_environment(cloud.endpoint, REGION), "STRATA_CLOCK": cloud.clock.variable()}
        for name, value in {**led, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}.items():
            monkeypatch.setenv(name, value)
        code = run(["drift", trial.stack, *words, "-C", str(trial.folder)])
        told = capsys.readouterr()
        assert told.err == ""
        return code, told.out

    return command


def findings(said: str) -> list[tuple[str, str, str]]:
    return [
        (each["service"], each["kind"], each["subject"])
        for service in json.loads(said)["services"]
        for each in service["findings"]
    ]


async def test_what_was_released_is_no_drift_and_what_is_changed_by_hand_is(new_trial, strata):
    trial: Trial = new_trial({"web": routed(70), "jobs": worker()})
    done = await trial.up()
    assert done.ok, done.reason
    code, said = strata(trial)
    assert (code, said) == (0, "jobs: 1.0.0, 2 servers compared: no drift\nweb: 1.0.0, 2 servers compared: no drift\n")
    assert (await trial.up(web="1.1.0")).ok
    code, said = strata(trial, "--json")
    assert (code, findings(said)) == (0, []), said
    assert [(each["version"], each["compared"]) for each in json.loads(said)["services"]] == [
        ("1.0.0", 2),
        ("1.1.0", 2),
    ]

    ec2: Any = trial.site.client("ec2")
    server = min(trial.running("web"))
    vpc = trial.site.network["vpc_id"]
    opened = ec2.create_security_group(GroupName=f"{trial.stack}-open", Description="by hand", VpcId=vpc)["GroupId"]
    ec2.modify_instance_attribute(InstanceId=server, Groups=[opened])
    trial.site.client("autoscaling").update_auto_scaling_group(AutoScalingGroupName=trial.group("jobs").name, MaxSize=9)
    code, said = strata(trial, "--json")
    assert code == 5
    jobs = trial.group("jobs").name
    assert findings(said) == [("jobs", "group-settings", jobs), ("web", "security-groups", server)]
    (found,) = json.loads(said)["services"][1]["findings"]
    assert found["found"] == [opened]
    assert found["expected"] != found["found"]
    code, said = strata(trial, "jobs")
    assert code == 5
    assert f"group-settings  {jobs}  has MaxSize 9, and the stack file wants 4" in said
    assert "web" not in said
