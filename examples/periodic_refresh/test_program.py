"""What makes a periodic refresh safe, held as tests."""

from collections.abc import Mapping
from typing import Any

import pytest
from program import program

from strata import testing

DAY = 86_400
ALL = 100
"""Percent of the desired capacity."""


def config(**image: str) -> Mapping[str, Any]:
    return {
        "aws:region": "eu-central-1",
        "strata:stage": "dev",
        "strata:images": {"shop": {"version": "2026.47.0", "id": "ami-0c1d2e3f405162738", **image}},
        "strata:services": {
            "shop": {
                "instance_type": "t4g.small",
                "capacity": {"min": 2, "max": 4},
                "routes": [{"priority": 10, "hosts": ["shop.example.com"]}],
                "max_instance_lifetime_days": 7,
                "refresh_every": {"recurrence": "0 10 * * 3", "time_zone": "Europe/Berlin"},
            }
        },
    }


@pytest.fixture
def graph() -> testing.Graph:
    return testing.run(program, config=config())


def test_no_server_grows_older_than_a_week(graph: testing.Graph) -> None:
    group = graph.one("aws:autoscaling/group:Group", "shop-group")
    assert group.inputs["maxInstanceLifetime"] == 7 * DAY


def test_the_whole_fleet_is_fresh_on_wednesdays(graph: testing.Graph) -> None:
    schedule = graph.one("aws:scheduler/schedule:Schedule", "shop-refresh")
    assert schedule.inputs["scheduleExpression"] == "cron(0 10 ? * WED *)"
    assert schedule.inputs["scheduleExpressionTimezone"] == "Europe/Berlin"


def test_aws_starts_the_new_server_before_it_ends_the_old_one(graph: testing.Graph) -> None:
    policy = graph.one("aws:autoscaling/group:Group", "shop-group").inputs["instanceMaintenancePolicy"]
    assert policy["minHealthyPercentage"] == ALL
    assert policy["maxHealthyPercentage"] > ALL


def test_a_renewed_server_runs_the_proven_release_and_not_whatever_is_newest(graph: testing.Graph) -> None:
    testing.assert_images_are_pinned(graph)
    testing.assert_capacity_is_left_alone(graph)


def test_a_fresh_image_is_a_release_and_goes_through_the_gate() -> None:
    week, next_week = (
        testing.run(program, config=config(version=version, id=image))
        for version, image in (("2026.47.0", "ami-0c1d2e3f405162738"), ("2026.48.0", "ami-0d1e2f30415263748"))
    )
    name = ("aws:ssm/parameter:Parameter", "shop-release")
    assert week.one(*name).inputs["insecureValue"] != next_week.one(*name).inputs["insecureValue"]
