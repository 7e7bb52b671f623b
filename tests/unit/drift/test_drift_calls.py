"""What a look for drift asks of AWS: as many calls as there are pages, whatever there is to find."""

from math import ceil

from strata.drift import drift_driver
from strata.rollout.note import Phase
from tests.unit.drift.drifting_fleet import GROUP, DriftingFleet
from tests.unit.rehearsal.cloud.conftest import OLD

ONE_SERVICE = {
    "get_parameters": 1,
    "describe_auto_scaling_groups": 1,
    "describe_instances": 1,
    "describe_instance_refreshes": 1,
    "describe_target_health": 1,
    "describe_launch_template_versions": 1,
    "describe_images": 1,
    "describe_target_groups": 1,
    "describe_listeners": 1,
    "describe_certificate": 1,
}
MANY = 14
A_PAGE = 5
"""The least that EC2 accepts."""


def test_a_healthy_service_takes_ten_calls(fleet: DriftingFleet):
    fleet.aws.https_listener()
    assert fleet.found() == []
    assert dict(fleet.calls) == ONE_SERVICE
    assert sum(ONE_SERVICE.values()) <= 10


def test_what_the_image_proves_to_be_is_asked_only_where_a_gate_has_called_it_otherwise(fleet: DriftingFleet):
    fleet.aws.https_listener()
    fleet.note("1.0.0", OLD, "d1", "r-1", Phase.SUCCEEDED)
    assert fleet.found() == []
    assert dict(fleet.calls) == ONE_SERVICE
    fleet.record("9.9.9", OLD, "d1", fleet.first)
    fleet.look()
    more = {key: fleet.calls[key] - ONE_SERVICE.get(key, 0) for key in fleet.calls}
    assert more["get_parameters"] >= 1, "the catalogue"
    assert set(more) - set(ONE_SERVICE) <= {"get_caller_identity"}


def test_more_servers_take_more_pages_and_no_other_calls(aws, monkeypatch):
    monkeypatch.setattr(drift_driver, "_A_PAGE", A_PAGE)
    fleet = DriftingFleet(aws, capacity={"min": 2, "max": MANY})
    for size in range(4, MANY + 1):
        # one at a time: the local AWS counts reservations, not instances
        fleet.aws.autoscaling.set_desired_capacity(AutoScalingGroupName=GROUP, DesiredCapacity=size)
        fleet.aws.wait(900)
    fleet.aws.https_listener()
    reservations = len(fleet.aws.ec2.describe_instances()["Reservations"])
    assert reservations > 2 * A_PAGE
    (service,) = fleet.look().services
    assert (service.compared, service.findings) == (MANY, ())
    assert dict(fleet.calls) == {**ONE_SERVICE, "describe_instances": ceil(reservations / A_PAGE)}


def test_a_difference_takes_at_most_a_second_look_at_the_group_its_targets_and_its_instances(fleet: DriftingFleet):
    fleet.aws.https_listener()
    server = fleet.servers[0]
    fleet.aws.elbv2.deregister_targets(TargetGroupArn=fleet.aws.targets, Targets=[{"Id": server}])
    fleet.aws.ec2.delete_tags(Resources=[server], Tags=[{"Key": "strata:stack"}])
    assert fleet.found() == [("failing-target", server), ("tags", server)]
    more = {key: fleet.calls[key] - ONE_SERVICE.get(key, 0) for key in fleet.calls}
    assert {key: count for key, count in more.items() if count} == {
        "describe_auto_scaling_groups": 2,
        "describe_target_health": 2,
        "describe_instances": 1,
    }
