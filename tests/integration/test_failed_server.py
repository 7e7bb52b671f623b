"""A rollout that fails leaves one of its servers, out of service, until its time is over."""

import json
from typing import Any

from strata_rehearsal.cloud.faults import FaultKind
from tests.integration.support import Trial, routed
from tests.integration.support.trial import Said
from tests.integration.test_break_glass import Capture, Strata, healthy_again, promoted, strata

__all__ = ["Capture", "strata"]

KEEPS = {"keep_failed": "2h", "progress_deadline_seconds": 400}


def kept_by(trial: Trial) -> list[str]:
    """Ids of the servers that the group keeps."""
    return [each.id for each in trial.group("web").servers if each.retained]


def policy_of(trial: Trial) -> Any:
    """What the group does with a server whose termination hook is abandoned, as the local AWS reports it."""
    (group,) = trial.site.client("autoscaling").describe_auto_scaling_groups(
        AutoScalingGroupNames=[trial.group("web").name]
    )["AutoScalingGroups"]
    return group["InstanceLifecyclePolicy"]["RetentionTriggers"]["TerminateHookAbandon"]


def noted(trial: Trial, strata: Strata) -> list[Any]:
    return strata(trial, "break-glass", "list", trial.stack)["notes"]


async def test_a_failed_rollout_leaves_one_server_that_is_listed_is_no_drift_and_ends_when_it_is_over(
    new_trial, strata: Strata
):
    trial: Trial = new_trial({"web": routed(76, boot_seconds=20, rollout=KEEPS)})
    done = await trial.up()
    assert done.ok, done.reason
    trial.break_image("web", "1.1.0", FaultKind.UNHEALTHY)
    failed = await trial.up(web="1.1.0")
    assert not failed.ok
    (kept,) = kept_by(trial)
    assert f"its server {kept} is kept until " in failed.reason
    assert f"end it now: `strata break-glass close {trial.stack} {kept}`" in failed.reason
    assert set(trial.running("web").values()) == {trial.image("web", "1.0.0")}
    driver, group = trial.site.driver, trial.group("web")
    assert kept not in driver.healthy_targets(group.target_groups)

    (note,) = noted(trial, strata)
    assert (note["subject"], note["mode"], note["version"], note["as_noted"]) == (kept, "kept-failed", "1.1.0", True)
    (drift,) = strata(trial, "drift", trial.stack)["services"]
    assert drift["findings"] == []
    assert [each["subject"] for each in strata(trial, "rollout", "status", trial.stack)["break_glass"]] == [kept]
    await healthy_again(trial, 2)
    assert promoted(trial, strata)["version"] == "1.0.0", "nobody was let into it"

    said = Said()
    again = await trial.up(said=said, web="1.0.0")
    assert again.ok, again.reason
    assert kept_by(trial) == [kept], "its time is not over"
    await trial.site.cloud.clock.sleep(7300)
    assert [each["kind"] for each in strata(trial, "drift", trial.stack, code=5)["services"][0]["findings"]] == [
        "kept-too-long"
    ]
    await trial.preview()
    assert kept_by(trial) == [kept], "a preview ends nothing"
    done = await trial.up(said=said)
    assert done.ok, done.reason
    assert any(f"web: {kept}, which was kept until" in line for line in said.lines)
    await trial.site.cloud.clock.sleep(300)
    assert kept_by(trial) == []
    assert noted(trial, strata) == []
    audited = [each["kind"] for each in strata(trial, "audit", trial.stack)["events"]]
    assert (audited.count("failed server kept"), audited.count("failed server ended")) == (1, 1)


async def test_what_was_opened_keeps_promotions_back_until_it_is_closed_and_the_setting_can_go(
    new_trial, strata: Strata
):
    trial: Trial = new_trial({"web": routed(77, boot_seconds=20, rollout=KEEPS)})
    assert (await trial.up()).ok
    trial.break_image("web", "1.1.0", FaultKind.UNHEALTHY)
    assert not (await trial.up(web="1.1.0")).ok
    (kept,) = kept_by(trial)
    await healthy_again(trial, 2)
    strata(trial, "break-glass", "open", trial.stack, kept, "--reason", "why it never answers", "--for", "24h")
    assert f"was let into {kept} of web" in json.dumps(promoted(trial, strata, code=3))
    assert strata(trial, "break-glass", "close", trial.stack, kept, "--no-change", "read its log")["closed"][0][
        "terminated"
    ]
    assert promoted(trial, strata)["version"] == "1.0.0"
    assert policy_of(trial) == "retain"
    running = trial.running("web")
    trial.services["web"]["rollout"] = {}
    done = await trial.up(web="1.0.0")
    assert done.ok, done.reason
    assert policy_of(trial) == "terminate"
    assert trial.running("web") == running
    assert (await trial.unchanged()).ok
