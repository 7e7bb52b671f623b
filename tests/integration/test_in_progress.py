"""A refresh that somebody else started is in the way of a rollout."""

import asyncio
from typing import Any

from strata.rollout.record import DIGEST_TAG
from strata.rollout.servers.preferences import Preferences
from tests.integration.support import Said, Trial, worker

ENDLESS = Preferences(min_healthy_percent=100, max_healthy_percent=200, instance_warmup_seconds=1_000_000)


def other_version(trial: Trial, service: str) -> tuple[str, int]:
    """A version of the service's template for a release that Strata knows nothing of."""
    group = trial.group(service)
    assert group.template
    assert group.saved_version
    tags = [{"ResourceType": "instance", "Tags": [{"Key": DIGEST_TAG, "Value": "another"}]}]
    data = {**trial.site.driver.template_data(group.template, group.saved_version), "TagSpecifications": tags}
    made: Any = trial.site.client("ec2").create_launch_template_version(
        LaunchTemplateId=group.template, LaunchTemplateData=data
    )
    return group.template, int(made["LaunchTemplateVersion"]["VersionNumber"])


def start_elsewhere(trial: Trial, service: str) -> str:
    """What a colleague does by hand: a refresh to another release, which never ends by itself."""
    return trial.site.driver.start_refresh(trial.group(service).name, *other_version(trial, service), ENDLESS)


def start_scheduled(trial: Trial, service: str) -> str:
    """What a schedule does: the same configuration again, without saying which."""
    started = trial.site.client("autoscaling").start_instance_refresh(
        AutoScalingGroupName=trial.group(service).name, Preferences=ENDLESS.to_api()
    )
    return started["InstanceRefreshId"]


async def test_row_05_another_refresh_is_failed_at_waited_for_or_superseded_as_the_settings_say(new_trial):
    trial = new_trial(
        {
            "failing": worker(),
            "waiting": worker(rollout={"on_in_progress": "wait"}),
            "superseding": worker(rollout={"on_in_progress": "supersede"}),
            "scheduled": worker(),
        }
    )
    assert (await trial.up()).ok
    others = {service: start_elsewhere(trial, service) for service in ("failing", "waiting", "superseding")}
    others["scheduled"] = start_scheduled(trial, "scheduled")

    said = Said()
    trial.pin(others, "2.0.0")
    run = await trial.start_up(said)
    ended = asyncio.ensure_future(run.result())
    while not said.has(f"waiting for refresh {others['waiting']} to end"):
        assert not ended.done(), f"up did not wait: {ended.result().reason}"
        await asyncio.wait([ended], timeout=0.05)
    assert trial.refreshes("waiting")[0].id == others["waiting"]
    trial.site.driver.cancel(trial.group("waiting").name)
    done = await ended

    assert not done.ok
    assert f"failing: refresh {others['failing']} to template version" in done.reason
    assert "`rollout.on_in_progress: wait` or `supersede`" in done.reason
    assert trial.recorded("failing") == "1.0.0"
    assert trial.refreshes("failing")[0].active, "the other refresh goes on"
    for service in ("waiting", "superseding", "scheduled"):
        assert f"{service}:" not in done.reason
        trial.is_live(service, "2.0.0")
        assert [each.status.value for each in trial.refreshes(service)] == ["Successful", "Cancelled"]
    assert said.has(f"superseding: superseding refresh {others['superseding']}")
    assert said.has(f"scheduled: superseding refresh {others['scheduled']}")
