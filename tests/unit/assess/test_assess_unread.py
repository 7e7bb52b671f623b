"""What could not be read, and what there was nothing to see of, is reported as that, and is no clean group."""

import base64

import pytest
from botocore.exceptions import ClientError

from strata.assess.assess_codes import AssessCode
from strata.exit_code import ExitCode
from tests.unit.assess.assessed_fleet import AssessedFleet
from tests.unit.drift.drifting_fleet import GROUP
from tests.unit.drift.refusals import operation, refusal

REFUSED = (
    "describe_launch_template_versions",
    "describe_instances",
    "describe_security_groups",
    "describe_addresses",
    "describe_instance_types",
)


@pytest.mark.parametrize("call", REFUSED)
def test_a_call_that_is_refused_is_named_and_the_others_are_made(fleet: AssessedFleet, call: str):
    fleet.start(HealthCheckGracePeriod=900)
    fleet.refused[call] = refusal(call, "UnauthorizedOperation")
    assessed = fleet.assess()
    assert [each.code for each in assessed.findings] == [AssessCode.SLOW_BOOT]
    (unread,) = assessed.unread
    assert (unread.call, unread.why) == (operation(call), "UnauthorizedOperation: You are not authorized.")
    assert set(fleet.calls) == {*REFUSED, "describe_auto_scaling_groups"}


@pytest.mark.parametrize("call", REFUSED)
def test_where_nothing_is_found_and_something_was_not_read_it_does_not_end_well(fleet: AssessedFleet, call: str):
    fleet.refused[call] = refusal(call, "UnauthorizedOperation")
    assessed = fleet.assess()
    assert assessed.findings == ()
    assert assessed.exit_code(strict=False) is ExitCode.FAILED
    assert assessed.exit_code(strict=True) is ExitCode.WARNINGS


def test_groups_that_are_not_listed_end_it(fleet: AssessedFleet):
    fleet.refused["describe_auto_scaling_groups"] = refusal("describe_auto_scaling_groups", "AccessDenied")
    with pytest.raises(ClientError):
        fleet.assess()


def test_a_template_version_that_is_gone_is_not_read(fleet: AssessedFleet):
    fleet.start()
    fleet.aws.ec2.delete_launch_template_versions(LaunchTemplateId=fleet.aws.template, Versions=[fleet.version])
    (unread,) = fleet.assess().unread
    assert unread.service == GROUP
    assert unread.what == f"launch template {fleet.aws.template} version {fleet.version}"


def test_a_group_without_servers_proves_nothing(fleet: AssessedFleet):
    fleet.start(MinSize=0)
    fleet.aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=GROUP, DesiredCapacity=0)
    fleet.aws.wait(3600)
    assessed = fleet.assess()
    (group,) = assessed.groups
    assert group.headline == "no servers: nothing found"
    assert [each.split(":")[0] for each in group.not_observed] == ["The group has no servers"]
    assert assessed.exit_code(strict=False) is ExitCode.OK
    assert assessed.exit_code(strict=True) is ExitCode.WARNINGS


def test_a_group_that_wants_a_server_and_has_none_is_said_to(fleet: AssessedFleet):
    fleet.start(MinSize=0)
    fleet.aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=GROUP, DesiredCapacity=0)
    fleet.aws.wait(3600)
    fleet.aws.autoscaling.suspend_processes(AutoScalingGroupName=GROUP, ScalingProcesses=["Launch"])
    fleet.aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=GROUP, DesiredCapacity=1)
    fleet.aws.wait(600)
    (group,) = fleet.assess().groups
    assert group.headline.startswith("no servers, although it wants 1: ")
    assert group.not_observed[0].startswith("The group has no servers, although it wants 1: nothing is known of ")


def test_what_a_group_without_servers_would_launch_is_judged(fleet: AssessedFleet):
    fleet.start(MinSize=0, version=fleet.launched(MetadataOptions={"HttpTokens": "optional"}))
    fleet.aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=GROUP, DesiredCapacity=0)
    fleet.aws.wait(3600)
    assert [(each.code, each.found) for each in fleet.assess().findings] == [(AssessCode.IMDS_V1, [fleet.aws.template])]


def test_a_server_that_ec2_does_not_describe_is_named(fleet: AssessedFleet):
    fleet.start()
    server = fleet.servers[0]
    described = fleet.aws.ec2.describe_instances

    def without(**asked):
        answer = described(**asked)
        for each in answer["Reservations"]:
            each["Instances"] = [one for one in each["Instances"] if one["InstanceId"] != server]
        return answer

    fleet.stand_in["describe_instances"] = without
    (group,) = fleet.assess().groups
    assert (group.servers, group.compared) == (3, 2)
    assert group.not_observed == (f"EC2 does not describe {server}, which the group has.",)


def test_user_data_that_cannot_be_read_is_not_taken_for_harmless(fleet: AssessedFleet):
    fleet.start(version=fleet.launched(UserData=base64.b64encode(b"\x1f\x8bnothing").decode()))
    (group,) = fleet.assess().groups
    assert any("could not be read" in each for each in group.not_observed)
