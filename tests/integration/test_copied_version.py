"""A template version that somebody copied from a release's carries the release's tags, and is not the release."""

from typing import Any

import pytest

from strata.rollout.servers.live_servers import LiveServers, look_at_servers
from strata_rehearsal.cloud.machine_images import Image
from tests.integration.support import Said, Trial, worker
from tests.integration.support.trial import PROJECT


def look(trial: Trial) -> LiveServers:
    """What `strata rollout status` goes by."""
    (found,) = look_at_servers(trial.site.driver, PROJECT, trial.stack, {"jobs": 2})
    return found


def copied(trial: Trial, change: dict[str, Any]) -> dict[str, str]:
    """What a colleague does by hand: `create-launch-template-version --source-version`, with one thing changed."""
    ours = trial.record("jobs")
    assert ours is not None
    made: Any = trial.site.client("ec2").create_launch_template_version(
        LaunchTemplateId=ours.template, SourceVersion=str(ours.template_version), LaunchTemplateData=change
    )
    return {"LaunchTemplateId": ours.template, "Version": str(made["LaunchTemplateVersion"]["VersionNumber"])}


def test_a_version_made_from_another_keeps_what_is_not_changed(new_trial):
    ec2 = new_trial({"jobs": worker()}).site.client("ec2")
    whole = {"InstanceType": "t4g.small", "ImageId": "ami-1", "UserData": "aGk="}
    template = ec2.create_launch_template(LaunchTemplateName="whole", LaunchTemplateData=whole)
    template_id = template["LaunchTemplate"]["LaunchTemplateId"]
    ec2.create_launch_template_version(
        LaunchTemplateId=template_id, SourceVersion="1", LaunchTemplateData={"ImageId": "ami-2"}
    )
    ec2.create_launch_template_version(LaunchTemplateId=template_id, LaunchTemplateData={"ImageId": "ami-3"})
    found = ec2.describe_launch_template_versions(LaunchTemplateId=template_id, Versions=["2", "3"])
    assert [each["LaunchTemplateData"] for each in found["LaunchTemplateVersions"]] == [
        {**whole, "ImageId": "ami-2"},
        {"ImageId": "ami-3"},
    ]


@pytest.mark.parametrize("changed", ["ImageId", "UserData"])
async def test_servers_of_a_copied_and_changed_version_are_not_the_release_and_the_next_up_replaces_them(
    new_trial, changed
):
    trial = new_trial({"jobs": worker()})
    assert (await trial.up()).ok
    value = {"ImageId": trial.image("jobs", "1.1.0"), "UserData": "aGk="}[changed]
    trial.site.cloud.add_images([Image(trial.app("jobs"), "1.1.0", trial.image("jobs", "1.1.0"))])
    theirs = copied(trial, {changed: value})
    trial.site.client("autoscaling").start_instance_refresh(
        AutoScalingGroupName=trial.group("jobs").name,
        DesiredConfiguration={"LaunchTemplate": theirs},
        Preferences={"InstanceWarmup": 60},
    )
    assert look(trial).target == f"template version {theirs['Version']}"
    while trial.refreshes("jobs")[0].active:
        pass
    assert trial.refreshes("jobs")[0].status == "Successful"
    assert look(trial).deviations == (
        f"2 servers on template version {theirs['Version']}",
        f"the group launches template version {theirs['Version']}",
        "no healthy server runs 1.0.0",
    )
    said = Said()
    assert (await trial.up(said=said)).ok
    assert said.has("jobs: not the release"), "an up that changes nothing says so"

    rolled = await trial.up(jobs="1.1.0")
    assert rolled.ok, rolled.reason
    trial.is_live("jobs", "1.1.0")
    back = await trial.up(jobs="1.0.0")
    assert back.ok, back.reason
    trial.is_live("jobs", "1.0.0")
    assert look(trial).deviations == ()


async def test_a_copied_version_with_other_tags_only_is_the_release_still(new_trial):
    trial = new_trial({"jobs": worker()})
    assert (await trial.up()).ok
    ours = trial.record("jobs")
    assert ours is not None
    tags = trial.site.driver.template_data(ours.template, str(ours.template_version))["TagSpecifications"]
    tags = [{**each, "Tags": [*each["Tags"], {"Key": "cost", "Value": "42"}]} for each in tags]
    theirs = copied(trial, {"TagSpecifications": tags})
    trial.site.client("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName=trial.group("jobs").name, LaunchTemplate=theirs
    )
    assert look(trial).deviations == ()
