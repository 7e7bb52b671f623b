"""Each difference that somebody makes by hand is found, has its name, and nothing else is found."""

import inspect
import sys
from collections.abc import Callable

import pytest

from strata.drift.drift_kinds import KINDS, DriftKind
from strata.drift.task_drift_kinds import TASK_KINDS
from strata.images.catalogue import CatalogueEntry, ImageKind
from strata.naming import break_glass_name, catalogue_name, revocation_name, veto_name
from strata.rollout.note import Phase
from tests.unit.break_glass.keeping import keep_noted, keep_unnoted
from tests.unit.break_glass.letting_in import let_in
from tests.unit.drift.drifting_fleet import DAY, GROUP, RECORD, DriftingFleet, pairs
from tests.unit.rehearsal.cloud.conftest import NEW, OLD

Found = list[tuple[DriftKind, str]]
Plant = Callable[[DriftingFleet], Found]

PLANTS: dict[str, Plant] = {}


def plant(change: Plant) -> Plant:
    """A row of the table: makes a difference, and gives all that is to be found of it."""
    PLANTS[change.__name__.replace("_", " ")] = change
    return change


@plant
def a_server_of_another_image(fleet: DriftingFleet) -> Found:
    return [(DriftKind.IMAGE, fleet.one_of(fleet.version(NEW, "d2")))]


@plant
def a_server_of_another_content(fleet: DriftingFleet) -> Found:
    return [(DriftKind.TEMPLATE, fleet.one_of(fleet.version(OLD, "d2", UserData="Ynll")))]


@plant
def a_server_whose_version_only_bears_the_tag_of_the_release(fleet: DriftingFleet) -> Found:
    return [(DriftKind.TEMPLATE, fleet.one_of(fleet.version(OLD, "d1", UserData="Ynll")))]


@plant
def another_instance_type(fleet: DriftingFleet) -> Found:
    server = fleet.servers[0]
    fleet.aws.ec2.modify_instance_attribute(InstanceId=server, InstanceType={"Value": "t3.large"})
    return [(DriftKind.INSTANCE_TYPE, server)]


@plant
def another_security_group(fleet: DriftingFleet) -> Found:
    server = fleet.servers[0]
    opened = fleet.aws.ec2.create_security_group(GroupName="open", Description="by hand", VpcId=fleet.aws.vpc)
    fleet.aws.ec2.modify_instance_attribute(InstanceId=server, Groups=[fleet.walls, opened["GroupId"]])
    return [(DriftKind.SECURITY_GROUPS, server)]


@plant
def a_server_that_somebody_was_let_into_for_too_long(fleet: DriftingFleet) -> Found:
    server = fleet.servers[0]
    let_in(fleet, server, hours=1)
    fleet.aws.wait(3601)
    return [(DriftKind.GLASS_EXPIRED, server)]


@plant
def a_server_that_is_kept_for_too_long(fleet: DriftingFleet) -> Found:
    server = keep_noted(fleet, hours=1)
    fleet.aws.wait(3601)
    return [(DriftKind.KEPT, server)]


@plant
def a_server_that_is_kept_and_not_noted(fleet: DriftingFleet) -> Found:
    return [(DriftKind.KEPT, keep_unnoted(fleet))]


@plant
def a_tainted_server_back_in_service(fleet: DriftingFleet) -> Found:
    server = fleet.servers[0]
    let_in(fleet, server)
    fleet.aws.wait(600)
    fleet.aws.autoscaling.exit_standby(AutoScalingGroupName=GROUP, InstanceIds=[server])
    fleet.update(DesiredCapacity=4)
    fleet.aws.wait(600)
    return [(DriftKind.TAINTED, server)]


@plant
def a_tainted_server_whose_note_is_gone(fleet: DriftingFleet) -> Found:
    server = fleet.servers[0]
    let_in(fleet, server, in_service=True)
    fleet.aws.ssm.delete_parameter(Name=break_glass_name(RECORD, server))
    return [(DriftKind.TAINTED, server)]


@plant
def a_tag_taken_off(fleet: DriftingFleet) -> Found:
    server = fleet.servers[0]
    fleet.aws.ec2.delete_tags(Resources=[server], Tags=[{"Key": "cost"}])
    return [(DriftKind.TAGS, server)]


@plant
def the_tag_of_the_service_taken_off(fleet: DriftingFleet) -> Found:
    server = fleet.servers[0]
    fleet.aws.ec2.delete_tags(Resources=[server], Tags=[{"Key": "strata:service"}, {"Key": "strata:stack"}])
    return [(DriftKind.TAGS, server)]


@plant
def a_tag_changed(fleet: DriftingFleet) -> Found:
    server = fleet.servers[0]
    fleet.aws.ec2.create_tags(Resources=[server], Tags=[{"Key": "cost", "Value": "mine"}])
    return [(DriftKind.TAGS, server)]


@plant
def the_tag_of_the_release_changed(fleet: DriftingFleet) -> Found:
    server = fleet.servers[0]
    fleet.aws.ec2.create_tags(Resources=[server], Tags=[{"Key": "strata:release", "Value": "d2"}])
    return [(DriftKind.TAGS, server)]


@plant
def a_tag_of_the_group_changed(fleet: DriftingFleet) -> Found:
    tag = {"ResourceId": GROUP, "ResourceType": "auto-scaling-group", "Key": "strata:stack", "PropagateAtLaunch": True}
    fleet.aws.autoscaling.create_or_update_tags(Tags=[{**tag, "Value": "dev"}])
    return [(DriftKind.TAGS, GROUP)]


@plant
def an_instance_launched_by_hand(fleet: DriftingFleet) -> Found:
    tags = pairs({"strata:project": "shop", "strata:stack": "prod", "strata:service": "web"})
    made = fleet.aws.ec2.run_instances(
        ImageId=OLD,
        InstanceType="t3.small",
        MinCount=1,
        MaxCount=1,
        SubnetId=fleet.aws.subnets[0],
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
    )["Instances"][0]["InstanceId"]
    return [(DriftKind.OUTSIDE, made)]


@plant
def a_server_detached(fleet: DriftingFleet) -> Found:
    server = fleet.servers[0]
    fleet.aws.autoscaling.detach_instances(
        AutoScalingGroupName=GROUP, InstanceIds=[server], ShouldDecrementDesiredCapacity=True
    )
    fleet.aws.wait(300)
    return [(DriftKind.OUTSIDE, server)]


@plant
def a_server_kept_beyond_its_life(fleet: DriftingFleet) -> Found:
    server = fleet.servers[0]
    fleet.aws.autoscaling.set_instance_protection(
        AutoScalingGroupName=GROUP, InstanceIds=[server], ProtectedFromScaleIn=True
    )
    fleet.aws.wait(8 * DAY + 3600)
    return [(DriftKind.AGE, server)]


@plant
def a_server_found_unhealthy_and_not_replaced(fleet: DriftingFleet) -> Found:
    server = fleet.servers[0]
    fleet.aws.autoscaling.suspend_processes(AutoScalingGroupName=GROUP, ScalingProcesses=["ReplaceUnhealthy"])
    fleet.aws.autoscaling.set_instance_health(
        InstanceId=server, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False
    )
    return [(DriftKind.GROUP_SETTINGS, GROUP), (DriftKind.UNHEALTHY, server)]


@plant
def a_server_taken_out_of_the_target_group(fleet: DriftingFleet) -> Found:
    server = fleet.servers[0]
    fleet.aws.elbv2.deregister_targets(TargetGroupArn=fleet.aws.targets, Targets=[{"Id": server}])
    return [(DriftKind.FAILING_TARGET, server)]


@plant
def the_image_revoked(fleet: DriftingFleet) -> Found:
    fleet.put(revocation_name("web", "1.0.0"), "CVE-2026-1")
    return [(DriftKind.IMAGE_FORBIDDEN, OLD)]


@plant
def the_version_vetoed(fleet: DriftingFleet) -> Found:
    fleet.put(veto_name(RECORD, "1.0.0"), "slow")
    return [(DriftKind.IMAGE_FORBIDDEN, OLD)]


@plant
def the_image_deregistered(fleet: DriftingFleet) -> Found:
    fleet.aws.ec2.deregister_image(ImageId=OLD)
    return [(DriftKind.IMAGE_GONE, OLD)]


@plant
def the_image_disabled(fleet: DriftingFleet) -> Found:
    fleet.aws.ec2.disable_image(ImageId=OLD)
    return [(DriftKind.IMAGE_GONE, OLD)]


@plant
def another_version_saved_on_the_group(fleet: DriftingFleet) -> Found:
    fleet.update(LaunchTemplate=fleet.aws.specification(fleet.version(NEW, "d2")))
    return [(DriftKind.SAVED_VERSION, GROUP)]


@plant
def a_version_that_is_no_number_saved_on_the_group(fleet: DriftingFleet) -> Found:
    fleet.update(LaunchTemplate=fleet.aws.specification("$Latest"))
    return [(DriftKind.SAVED_VERSION, GROUP)]


SETTINGS = {
    "least": {"MinSize": 1},
    "most": {"MaxSize": 20},
    "who judges": {"HealthCheckType": "EC2"},
    "grace": {"HealthCheckGracePeriod": 600},
    "warm-up": {"DefaultInstanceWarmup": 1},
    "life": {"MaxInstanceLifetime": 0},
    "who goes first": {"TerminationPolicies": ["Default"]},
    "floor": {"InstanceMaintenancePolicy": {"MinHealthyPercentage": 50, "MaxHealthyPercentage": 150}},
}


@plant
def a_process_suspended(fleet: DriftingFleet) -> Found:
    fleet.aws.autoscaling.suspend_processes(AutoScalingGroupName=GROUP, ScalingProcesses=["AZRebalance"])
    return [(DriftKind.GROUP_SETTINGS, GROUP)]


@plant
def the_target_group_detached(fleet: DriftingFleet) -> Found:
    fleet.aws.autoscaling.detach_load_balancer_target_groups(
        AutoScalingGroupName=GROUP, TargetGroupARNs=[fleet.aws.targets]
    )
    fleet.aws.wait(300)
    return [(DriftKind.TARGET_GROUPS, GROUP)]


@plant
def the_target_group_deleted(fleet: DriftingFleet) -> Found:
    fleet.aws.elbv2.delete_listener(ListenerArn=fleet.aws.listener)
    fleet.aws.elbv2.delete_target_group(TargetGroupArn=fleet.aws.targets)
    return [(DriftKind.NOTHING_RUNS, RECORD), (DriftKind.TARGET_GROUPS, GROUP)]


@plant
def a_certificate_that_ends_soon(fleet: DriftingFleet) -> Found:
    certificate = fleet.aws.https_listener()
    assert fleet.found() == []
    ends = fleet.aws.acm.describe_certificate(CertificateArn=certificate)["Certificate"]["NotAfter"]
    fleet.aws.clock.time = ends.timestamp() - 30 * DAY - 3600
    fleet.aws.wait(0)
    for _ in range(40):
        fleet.aws.describe()
        fleet.aws.wait(80)
    fleet.aws.clock.time = ends.timestamp() - 30 * DAY + 1
    return [(DriftKind.CERTIFICATE, certificate)]


@plant
def all_servers_stopped_by_hand(fleet: DriftingFleet) -> Found:
    fleet.update(MinSize=0, DesiredCapacity=0)
    fleet.aws.wait(900)
    return [(DriftKind.GROUP_SETTINGS, GROUP), (DriftKind.NO_SERVERS, GROUP)]


@plant
def the_record_deleted(fleet: DriftingFleet) -> Found:
    fleet.aws.ssm.delete_parameter(Name=RECORD)
    return [(DriftKind.NO_RECORD, RECORD)]


@plant
def a_record_of_another_image(fleet: DriftingFleet) -> Found:
    fleet.record("1.2.0", NEW, "d1", fleet.first)
    return [(DriftKind.WRONG_RECORD, RECORD)]


@plant
def a_record_of_another_name(fleet: DriftingFleet) -> Found:
    fleet.note("1.0.0", OLD, "d1", "r-1", Phase.SUCCEEDED)
    assert fleet.found() == []
    fleet.record("9.9.9", OLD, "d1", fleet.first)
    entry = CatalogueEntry(kind=ImageKind.MACHINE, name="web", version="1.0.0", id=OLD, made="2026-01-31T08:30:00Z")
    fleet.put(catalogue_name("web", "1.0.0"), entry.to_json())
    return [(DriftKind.WRONG_RECORD, RECORD)]


@plant
def a_record_of_another_name_that_no_gate_has_noted(fleet: DriftingFleet) -> Found:
    fleet.record("9.9.9", OLD, "d1", fleet.first)
    return [(DriftKind.WRONG_RECORD, RECORD)]


@plant
def no_server_healthy(fleet: DriftingFleet) -> Found:
    targets = [{"Id": each} for each in fleet.servers]
    fleet.aws.elbv2.deregister_targets(TargetGroupArn=fleet.aws.targets, Targets=targets)
    return [*((DriftKind.FAILING_TARGET, each) for each in fleet.servers), (DriftKind.NOTHING_RUNS, RECORD)]


@plant
def the_group_deleted(fleet: DriftingFleet) -> Found:
    fleet.aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=GROUP, ForceDelete=True)
    fleet.aws.wait(900)
    return [(DriftKind.GROUP_GONE, GROUP)]


@plant
def the_version_of_the_record_deleted(fleet: DriftingFleet) -> Found:
    later = fleet.version(OLD, "d1")
    fleet.update(LaunchTemplate=fleet.aws.specification(later))
    fleet.aws.ec2.delete_launch_template_versions(LaunchTemplateId=fleet.aws.template, Versions=[fleet.first])
    return [(DriftKind.TEMPLATE_GONE, fleet.aws.template)]


@pytest.mark.parametrize("name", PLANTS)
def test_what_somebody_changes_is_found_and_nothing_else(fleet: DriftingFleet, name: str):
    assert fleet.found() == [], "nothing is found before"
    wanted = sorted((kind.value, subject) for kind, subject in PLANTS[name](fleet))
    assert fleet.found() == wanted


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_of_the_group_that_somebody_changes_is_found_with_both_values(fleet: DriftingFleet, name: str):
    ((setting, value),) = SETTINGS[name].items()
    before = fleet.aws.describe()[setting]
    fleet.update(**{setting: value})
    (found,) = fleet.look().findings
    assert (found.kind, found.subject) == (DriftKind.GROUP_SETTINGS, GROUP)
    assert (found.expected, found.found) == ({setting: before}, {setting: value})


def test_a_record_that_was_written_over_is_found_and_its_servers_are_not_compared(fleet: DriftingFleet):
    fleet.put(RECORD, "not by us")
    drift = fleet.look()
    assert [(each.kind, each.subject, each.found) for each in drift.findings] == [
        (DriftKind.NO_RECORD, RECORD, "not by us")
    ]
    assert [(each.service, each.what) for each in drift.unread] == [("web", "its servers")]


def test_every_kind_is_planted_and_explained():
    source = inspect.getsource(sys.modules[__name__])
    assert set(KINDS) | set(TASK_KINDS) == set(DriftKind)
    # what is in servers is planted in `test_contents_drift.py`
    assert [
        kind.name for kind in KINDS if kind is not DriftKind.CONTENTS and f"(DriftKind.{kind.name}, " not in source
    ] == []
