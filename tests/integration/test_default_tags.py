"""Tags that the provider gives everything reach what it never sees: groups, their servers and the servers' volumes."""

from typing import Any

from tests.all_pages import all_pages
from tests.integration.support import Trial, worker

OWNER = {"cost-centre": "4711", "strata:stage": "dev"}


async def test_default_tags_of_the_provider_reach_group_servers_and_volumes(new_trial: Any):
    trial: Trial = new_trial({"jobs": worker()}, extra={"aws:defaultTags": {"tags": OWNER}})
    done = await trial.up()
    assert done.ok, done.reason
    clean = await trial.unchanged()
    assert clean.ok, clean.stdout
    (group,) = (
        each
        for each in all_pages(trial.site.client("autoscaling"), "describe_auto_scaling_groups")
        if each["AutoScalingGroupName"] == trial.group("jobs").name
    )
    assert {"cost-centre": "4711"}.items() <= {each["Key"]: each["Value"] for each in group["Tags"]}.items()
    servers = [each["InstanceId"] for each in group["Instances"]]
    ec2 = trial.site.client("ec2")
    found = ec2.describe_instances(InstanceIds=servers)["Reservations"]
    instances = [each for part in found for each in part["Instances"]]
    volumes = [disk["Ebs"]["VolumeId"] for each in instances for disk in each["BlockDeviceMappings"]]
    tagged = [*instances, *ec2.describe_volumes(VolumeIds=volumes)["Volumes"]]
    assert len(tagged) >= 2 * len(servers) > 0
    for each in tagged:
        tags = {tag["Key"]: tag["Value"] for tag in each["Tags"]}
        assert tags["cost-centre"] == "4711"
        assert tags["strata:stage"] == "staging", "Strata's own tags win"


async def test_a_new_default_tag_rolls_no_fleet(new_trial: Any):
    trial: Trial = new_trial({"jobs": worker()})
    assert (await trial.up()).ok
    trial.extra["aws:defaultTags"] = {"tags": {"cost-centre": "4711"}}
    trial.mark()
    done = await trial.up()
    assert done.ok, done.reason
    assert trial.history.calls("StartInstanceRefresh") == []
