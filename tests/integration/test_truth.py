"""The record names what a healthy server has run, and whoever asks is told where that is not what runs."""

import json
import shlex

import pytest

from strata.naming import record_name
from strata.rollout.note import Phase
from strata.rollout.servers.live_servers import LiveServers, look_at_servers
from strata.settings.recorded_terms import TERMS_OUTPUT
from strata_rehearsal.cloud.faults import FaultKind
from tests.integration.support import Said, Trial, routed, worker
from tests.integration.support.site import REGION
from tests.integration.support.trial import PROJECT

FOREIGN_PREFERENCES = {"InstanceWarmup": 60, "MinHealthyPercentage": 0, "MaxHealthyPercentage": 100}
MANY_LOOKS = 50_000
"""At a hundred times the pace of the machine's clock, far more than any refresh here needs."""
QUICK = {"progress_deadline_seconds": 300}


def look(trial: Trial, service: str = "jobs") -> LiveServers:
    """What `strata rollout status` goes by."""
    least = trial.services[service].get("capacity", {}).get("min", 2)
    (found,) = look_at_servers(trial.site.driver, PROJECT, trial.stack, {service: least})
    return found


def as_pasted(trial: Trial, line: str) -> None:
    """Carry out the AWS command of a line as the AWS command line would, against the AWS it names."""
    words = shlex.split(line[line.index("env -u") :])
    words = words[words.index("aws") + 1 :]
    assert words[:4] == ["--endpoint-url", trial.site.cloud.endpoint, "--region", REGION]
    service, operation, *options = words[4:]
    given = {
        "".join(part.capitalize() for part in name.removeprefix("--").split("-")): value
        for name, value in zip(options[::2], options[1::2], strict=True)
    }
    arguments = {name: json.loads(value) if value.startswith("{") else value for name, value in given.items()}
    renamed = {"AutoScalingGroupName": arguments.pop("AutoScalingGroupName"), **arguments}
    getattr(trial.site.client(service), operation.replace("-", "_"))(**renamed)


def changed_by_hand(trial: Trial) -> dict[str, str]:
    """A finished refresh of somebody else's to another version of the service's own template, of the same image."""
    ours = trial.record("jobs")
    assert ours is not None
    made = trial.site.client("ec2").create_launch_template_version(
        LaunchTemplateId=ours.template,
        SourceVersion=str(ours.template_version),
        LaunchTemplateData={"InstanceType": "t3.medium"},
    )["LaunchTemplateVersion"]
    theirs = {"LaunchTemplateId": ours.template, "Version": str(made["VersionNumber"])}
    trial.site.client("autoscaling").start_instance_refresh(
        AutoScalingGroupName=trial.group("jobs").name,
        DesiredConfiguration={"LaunchTemplate": theirs},
        Preferences=FOREIGN_PREFERENCES,
    )
    wait_for_refresh(trial)
    return theirs


def wait_for_refresh(trial: Trial) -> None:
    """Until a refresh that nobody's gate follows has ended; each look moves the local AWS."""
    assert any(not trial.refreshes("jobs")[0].active for _ in range(MANY_LOOKS)), "it does not end"


async def test_a_bad_image_deployed_at_night_is_not_recorded_and_is_found_in_the_morning(new_trial):
    trial = new_trial({"jobs": worker(rollout=QUICK)})
    trial.services["jobs"]["capacity"] = {"min": 0, "max": 4, "initial": 2}
    first = await trial.up()
    assert first.ok, first.reason
    group = trial.group("jobs").name
    trial.site.cloud.set_capacity(group, 0)
    trial.break_image("jobs", "1.1.0", FaultKind.UNHEALTHY)

    said = Said()
    night = await trial.up(jobs="1.1.0", said=said)
    assert night.ok, "a service that is scaled to zero at night makes no deploy red"
    assert said.has(f"1.1.0 ({trial.image('jobs')}) is not proven: no server ran it")
    assert trial.recorded("jobs") == "1.0.0"
    assert trial.saved_image("jobs") == trial.image("jobs", "1.1.0"), "what scales out is what was deployed"
    assert look(trial).deviations == ("the group launches 1.1.0, not proven: no server ran it",)
    again = await trial.up()
    assert again.ok, again.reason
    assert again.changes.updated == 0

    trial.site.cloud.set_capacity(group, 2)
    morning = await trial.up()
    assert not morning.ok, "0 of 2 servers are healthy"
    assert "0 of 2 servers became healthy" in morning.reason
    assert "Pin 1.0.0 to go back" in morning.reason
    assert trial.recorded("jobs") == "1.0.0"
    assert "no healthy server runs 1.0.0" in look(trial).deviations

    back = await trial.up(jobs="1.0.0")
    assert back.ok, back.reason
    trial.is_live("jobs", "1.0.0")
    assert look(trial).deviations == ()
    assert (await trial.unchanged()).ok


async def test_a_target_group_or_a_record_deleted_by_hand_is_reported_and_comes_back_by_a_refresh(new_trial):
    trial = new_trial({"web": routed(60)})
    first = await trial.up()
    assert first.ok, first.reason
    balancing = trial.site.client("elbv2")
    (group,) = trial.group("web").target_groups
    (balancer,) = balancing.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0]["LoadBalancerArns"]
    for listener in balancing.describe_listeners(LoadBalancerArn=balancer)["Listeners"]:
        for rule in balancing.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]:
            if not rule["IsDefault"]:
                balancing.delete_rule(RuleArn=rule["RuleArn"])
    balancing.delete_target_group(TargetGroupArn=group)

    found = look(trial, "web")
    assert found.deviations[-1] == f"target group {group}, in which its servers are found, is gone"
    assert found.way_back.startswith("`pulumi up --refresh` makes what is gone again")
    said = Said()
    refused = await trial.up(web="1.1.0", said=said)
    assert not refused.ok
    assert said.has(f"target group {group}, in which its servers are found, is gone")
    again = await trial.up("--refresh", web="1.0.0")
    assert again.ok, again.reason
    assert any(not look(trial, "web").deviations for _ in range(MANY_LOOKS)), "they never serve"

    trial.site.client("ssm").delete_parameter(Name=record_name(PROJECT, trial.stack, "web"))
    assert look(trial, "web").way_back.startswith("`pulumi up --refresh` waits for its servers and records")
    again = await trial.up("--refresh")
    assert again.ok, again.reason
    assert trial.recorded("web") == "1.0.0"
    assert look(trial, "web").deviations == ()


async def test_a_good_image_deployed_at_night_is_proven_by_the_first_up_that_finds_servers(new_trial):
    trial = new_trial({"jobs": worker()})
    trial.services["jobs"]["capacity"] = {"min": 0, "max": 4}
    never = await trial.up()
    assert never.ok, never.reason
    assert trial.record("jobs") is None, "no server has ever run it"
    assert never.outputs == {"jobs": "", TERMS_OUTPUT: {"stage": "staging", "allow": []}}
    assert look(trial).deviations == ("no release is proven: no server ran 1.0.0",)

    trial.site.cloud.set_capacity(trial.group("jobs").name, 2)
    proven = await trial.up()
    assert proven.ok, proven.reason
    trial.is_live("jobs", "1.0.0")
    assert look(trial).deviations == ()

    trial.site.cloud.set_capacity(trial.group("jobs").name, 0)
    assert (await trial.up(jobs="1.1.0")).ok
    assert trial.recorded("jobs") == "1.0.0"
    trial.site.cloud.set_capacity(trial.group("jobs").name, 2)
    good = await trial.up()
    assert good.ok, good.reason
    trial.is_live("jobs", "1.1.0")
    assert look(trial).deviations == ()


async def test_a_release_launched_over_nothing_can_be_taken_back_over_nothing(new_trial):
    trial = new_trial({"jobs": worker()})
    trial.services["jobs"]["capacity"] = {"min": 0, "max": 4, "initial": 1}
    assert (await trial.up()).ok
    trial.site.cloud.set_capacity(trial.group("jobs").name, 0)
    assert (await trial.up(jobs="1.1.0")).ok
    back = await trial.up(jobs="1.0.0")
    assert back.ok, back.reason
    assert trial.recorded("jobs") == "1.0.0"
    assert trial.saved_image("jobs") == trial.image("jobs", "1.0.0")
    assert look(trial).deviations == ()


async def test_a_group_on_another_template_with_the_same_number_is_rolled_and_not_taken_for_ours(new_trial):
    trial = new_trial({"jobs": worker()})
    assert (await trial.up()).ok
    ours, group = trial.record("jobs"), trial.group("jobs")
    assert ours is not None
    ec2, scaling = trial.site.client("ec2"), trial.site.client("autoscaling")
    data = trial.site.driver.template_data(ours.template, str(ours.template_version))
    made = ec2.create_launch_template(
        LaunchTemplateName=f"{trial.stack}-theirs", LaunchTemplateData={**data, "TagSpecifications": []}
    )
    theirs = {"LaunchTemplateId": made["LaunchTemplate"]["LaunchTemplateId"], "Version": str(ours.template_version)}
    started = scaling.start_instance_refresh(
        AutoScalingGroupName=group.name,
        DesiredConfiguration={"LaunchTemplate": theirs},
        Preferences={"InstanceWarmup": 60},
    )
    assert started["InstanceRefreshId"]
    wait_for_refresh(trial)
    assert look(trial).deviations == (
        f"2 servers on version {ours.template_version} of template {theirs['LaunchTemplateId']}",
        f"the group launches version {ours.template_version} of template {theirs['LaunchTemplateId']}",
        "no healthy server runs 1.0.0",
    )
    said = Said()
    unchanged = await trial.up(said=said)
    assert unchanged.ok
    assert said.has("jobs: not the release"), "an up that changes nothing says so"
    as_pasted(trial, look(trial).way_back)
    wait_for_refresh(trial)
    assert look(trial).deviations == (), "one command comes back from another template as well"
    trial.is_live("jobs", "1.0.0")
    scaling.start_instance_refresh(
        AutoScalingGroupName=group.name,
        DesiredConfiguration={"LaunchTemplate": theirs},
        Preferences={"InstanceWarmup": 60},
    )
    wait_for_refresh(trial)

    refused = await trial.up(jobs="1.1.0")
    assert not refused.ok
    assert f"launches from template {theirs['LaunchTemplateId']}, not from {ours.template} of its release" in (
        refused.reason
    )
    assert trial.recorded("jobs") == "1.0.0"
    back = {"LaunchTemplateId": ours.template, "Version": str(ours.template_version)}
    scaling.update_auto_scaling_group(AutoScalingGroupName=group.name, LaunchTemplate=back)
    rolled = await trial.up(jobs="1.1.0")
    assert rolled.ok, rolled.reason
    trial.is_live("jobs", "1.1.0")


async def test_a_group_with_a_mixed_instances_policy_is_refused_and_keeps_it(new_trial):
    trial = new_trial({"jobs": worker()})
    assert (await trial.up()).ok
    ours = trial.record("jobs")
    assert ours is not None
    scaling, name = trial.site.client("autoscaling"), trial.group("jobs").name
    specification = {"LaunchTemplateId": ours.template, "Version": str(ours.template_version)}
    scaling.update_auto_scaling_group(
        AutoScalingGroupName=name,
        MixedInstancesPolicy={
            "LaunchTemplate": {
                "LaunchTemplateSpecification": specification,
                "Overrides": [{"InstanceType": "t3.small"}],
            }
        },
    )
    for change in ({"jobs": "1.1.0"}, {}):
        refused = await trial.up(**change)
        assert not refused.ok
        assert "launches its servers from a mixed instances policy" in refused.reason
    (found,) = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    assert found["MixedInstancesPolicy"], "nothing the gate does takes it away"
    assert trial.recorded("jobs") == "1.0.0"


@pytest.mark.parametrize("harm", ["written over", "deleted"])
async def test_a_record_that_somebody_destroyed_comes_back_as_the_status_says(new_trial, harm):
    trial = new_trial({"jobs": worker(rollout=QUICK)})
    assert (await trial.up()).ok
    before, name = trial.record("jobs"), record_name(PROJECT, trial.stack, "jobs")
    parameters = trial.site.client("ssm")
    if harm == "deleted":
        parameters.delete_parameter(Name=name)
        assert look(trial).deviations, "no record is no proof"
    else:
        parameters.put_parameter(Name=name, Value="not by us", Type="String", Overwrite=True)
        found = look(trial)
        assert any("so nothing says which release is proven" in each for each in found.deviations)
        assert "pulumi up --refresh" in found.way_back
    done = await trial.up("--refresh")
    assert done.ok, done.reason
    assert trial.record("jobs") == before
    assert look(trial).deviations == ()


async def test_a_fleet_changed_by_hand_goes_back_to_its_release_by_the_command_that_status_and_up_name(new_trial):
    trial = new_trial({"jobs": worker()})
    assert (await trial.up()).ok
    theirs = changed_by_hand(trial)
    found = look(trial)
    assert f"2 servers on template version {theirs['Version']}" in found.deviations
    assert found.live == f"template version {theirs['Version']}", "of the same image, and not the release"
    said = Said()
    unchanged = await trial.up(said=said)
    assert (unchanged.ok, unchanged.changes.updated) == (True, 0)
    assert said.has(found.way_back), "an up that repairs nothing names what does"

    as_pasted(trial, found.way_back)
    wait_for_refresh(trial)
    back = look(trial)
    assert (back.deviations, back.way_back, back.live) == ((), "", "1.0.0")
    trial.is_live("jobs", "1.0.0")


async def test_an_empty_group_set_to_launch_something_else_goes_back_by_the_command_that_status_names(new_trial):
    trial = new_trial({"jobs": worker()})
    trial.services["jobs"]["capacity"] = {"min": 0, "max": 4, "initial": 1}
    assert (await trial.up()).ok
    changed_by_hand(trial)
    trial.site.cloud.set_capacity(trial.group("jobs").name, 0)
    assert look(trial).deviations
    as_pasted(trial, look(trial).way_back)
    assert look(trial).deviations == ()
    trial.site.cloud.set_capacity(trial.group("jobs").name, 1)
    assert trial.saved_image("jobs") == trial.image("jobs", "1.0.0")


async def test_a_group_that_was_deleted_by_hand_comes_back_as_the_status_says(new_trial):
    trial = new_trial({"jobs": worker()})
    assert (await trial.up()).ok
    group = trial.group("jobs").name
    trial.site.client("autoscaling").delete_auto_scaling_group(AutoScalingGroupName=group, ForceDelete=True)
    found = look(trial)
    assert found.deviations == (f"group {group} of the release is gone",)
    assert "`pulumi up --refresh`" in found.way_back
    back = await trial.up("--refresh")
    assert back.ok, back.reason
    trial.is_live("jobs", "1.0.0")
    assert look(trial).deviations == ()
    assert (await trial.unchanged()).ok


async def test_a_template_version_of_the_record_that_was_deleted_by_hand_is_left_as_the_status_says(new_trial):
    trial = new_trial({"jobs": worker()})
    assert (await trial.up()).ok
    assert (await trial.up(jobs="1.1.0")).ok
    ours = trial.record("jobs")
    assert ours is not None
    trial.site.client("ec2").delete_launch_template_versions(
        LaunchTemplateId=ours.template, Versions=[str(ours.template_version)]
    )
    found = look(trial)
    assert found.deviations[0].startswith(f"version {ours.template_version} of template {ours.template}, which the")
    assert "pin another image and run `pulumi up`" in found.way_back
    forward = await trial.up(jobs="1.2.0")
    assert forward.ok, forward.reason
    trial.is_live("jobs", "1.2.0")
    assert look(trial).deviations == ()


async def test_the_note_of_a_release_that_nothing_had_proven_ends_with_its_proof(new_trial):
    trial = new_trial({"jobs": worker()})
    trial.services["jobs"]["capacity"] = {"min": 0, "max": 4, "initial": 1}
    assert (await trial.up()).ok
    group = trial.group("jobs").name
    trial.site.cloud.set_capacity(group, 0)
    assert (await trial.up(jobs="1.1.0")).ok
    note = look(trial).status.note
    assert note is not None
    assert (note.phase, note.image.version) == (Phase.NOT_PROVEN, "1.1.0")
    trial.site.cloud.set_capacity(group, 2)
    assert (await trial.up()).ok
    note = look(trial).status.note
    assert note is not None
    assert (note.phase, note.image.version, note.reason) == (Phase.SUCCEEDED, "1.1.0", "")
