"""What could not be read is reported as that, and is never taken for no drift."""

import pytest

from strata.exit_code import ExitCode
from tests.unit.drift.drifting_fleet import GROUP, DriftingFleet
from tests.unit.drift.refusals import operation, refusal

REFUSED = (
    "describe_instances",
    "describe_images",
    "describe_instance_refreshes",
    "describe_target_health",
    "describe_launch_template_versions",
    "describe_listeners",
    "describe_certificate",
)


def refuse(fleet: DriftingFleet, call: str) -> None:
    fleet.refused[call] = refusal(call, "UnauthorizedOperation")


@pytest.mark.parametrize("call", REFUSED)
def test_a_call_that_is_refused_is_named_and_is_not_no_drift(fleet: DriftingFleet, call: str):
    fleet.aws.https_listener()
    refuse(fleet, call)
    drift = fleet.look()
    assert list(drift.findings) == []
    (unread,) = drift.unread
    assert unread.call == operation(call)
    assert unread.why == "UnauthorizedOperation: You are not authorized."
    assert drift.exit_code(strict=False) is ExitCode.FAILED
    assert drift.exit_code(strict=True) is ExitCode.WARNINGS


def test_what_differs_is_found_although_something_else_could_not_be_read(fleet: DriftingFleet):
    fleet.update(MaxSize=9)
    refuse(fleet, "describe_instances")
    drift = fleet.look()
    assert [(each.kind.value, each.subject) for each in drift.findings] == [("group-settings", GROUP)]
    assert len(drift.unread) == 1
    assert drift.exit_code(strict=True) is ExitCode.DRIFT


def test_a_service_without_servers_is_reported_as_that(aws):
    fleet = DriftingFleet(aws, capacity={"min": 0, "max": 6})
    fleet.update(DesiredCapacity=0)
    fleet.aws.wait(3600)
    (service,) = fleet.look().services
    assert service.headline == "1.0.0, no servers compared: nothing to compare"
    assert service.delegated == (f"group {GROUP} has no servers, so that none could be compared",)


def test_an_instance_that_only_the_group_knows_is_not_taken_for_a_good_one(fleet: DriftingFleet, monkeypatch):
    server = fleet.servers[0]
    described = fleet.aws.ec2.describe_instances

    def without(**asked):
        answer = described(**asked)
        for each in answer["Reservations"]:
            each["Instances"] = [one for one in each["Instances"] if one["InstanceId"] != server]
        return answer

    monkeypatch.setattr(fleet.aws.ec2, "describe_instances", without)
    drift = fleet.look()
    assert list(drift.findings) == []
    assert [(each.what, each.call) for each in drift.unread] == [(f"server {server}", "DescribeInstances")]
