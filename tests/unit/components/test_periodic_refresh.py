"""The schedule that refreshes a fleet."""

import json

from strata.settings.models import (
    CapacitySettings,
    PeriodicRefreshSettings,
    ProtectedServers,
    RolloutSettings,
    RouteSettings,
    ServiceSettings,
)

SUNDAYS = PeriodicRefreshSettings(recurrence="0 3 * * 0", time_zone="Europe/Berlin")
ROUTES = (RouteSettings(priority=10, hosts=("shop.example.com",)),)


def request_of(graph):
    return json.loads(graph.one("Schedule", "web-refresh").inputs["target"]["input"])


def test_without_the_setting_there_is_none(ground):
    graph = ground.service(ServiceSettings())
    assert not [each for each in graph.of_type("scheduler/schedule:Schedule") if each.name == "web-refresh"]
    assert "web-refresh" not in {each.name for each in graph.of_type("Role")}


def test_it_fires_when_the_settings_say(ground):
    schedule = ground.service(ServiceSettings(refresh_every=SUNDAYS)).one("Schedule", "web-refresh").inputs
    assert schedule["scheduleExpression"] == "cron(0 3 ? * SUN *)"
    assert schedule["scheduleExpressionTimezone"] == "Europe/Berlin"
    assert schedule["flexibleTimeWindow"] == {"mode": "OFF"}


def test_a_window_is_flexible(ground):
    settings = ServiceSettings(refresh_every=PeriodicRefreshSettings(recurrence="0 3 * * 0", window_minutes=120))
    schedule = ground.service(settings).one("Schedule", "web-refresh").inputs
    assert schedule["flexibleTimeWindow"] == {"mode": "FLEXIBLE", "maximumWindowInMinutes": 120}


def test_it_refreshes_the_services_own_group_and_may_do_nothing_else(ground):
    graph = ground.service(ServiceSettings(refresh_every=SUNDAYS))
    target = graph.one("Schedule", "web-refresh").inputs["target"]
    assert target["arn"] == "arn:aws:scheduler:::aws-sdk:autoscaling:startInstanceRefresh"
    allowed = json.loads(graph.one("RolePolicy", "web-refresh").inputs["policy"])["Statement"]
    starts = [each for each in allowed if "autoscaling:StartInstanceRefresh" in each["Action"]]
    group = request_of(graph)["AutoScalingGroupName"]
    assert group.startswith("web-group-")
    assert [each["Resource"] for each in starts] == [[f"arn:aws:autoscaling:eu-west-1:123456789012:{group}"]]
    assert {action for each in allowed for action in each["Action"]} == {
        "autoscaling:StartInstanceRefresh",
        "cloudwatch:DescribeAlarms",
    }
    trusted = json.loads(graph.one("Role", "web-refresh").inputs["assumeRolePolicy"])["Statement"]
    assert [each["Principal"] for each in trusted] == [{"Service": "scheduler.amazonaws.com"}]


def test_the_same_release_is_launched_on_all_within_the_floor(ground):
    settings = ServiceSettings(
        capacity=CapacitySettings(min=12, max=20),
        routes=ROUTES,
        refresh_every=SUNDAYS,
        rollout=RolloutSettings(min_healthy_percent=90, max_healthy_percent=130, checkpoint_percentages=(50, 100)),
    )
    asked = request_of(ground.service(settings))
    assert "DesiredConfiguration" not in asked, "what the group has saved is the release that is proven"
    preferences = asked["Preferences"]
    assert (preferences["MinHealthyPercentage"], preferences["MaxHealthyPercentage"]) == (90, 130)
    assert (preferences["SkipMatching"], preferences["AutoRollback"]) == (False, False)
    assert not {"CheckpointPercentages", "CheckpointDelay", "BakeTime"} & set(preferences), "nobody is waiting"
    assert len(preferences["AlarmSpecification"]["Alarms"]) == 2


def test_who_is_in_a_server_is_left_alone_whatever_a_rollout_does(ground):
    rollout = RolloutSettings(standby=ProtectedServers.REPLACE, scale_in_protected=ProtectedServers.REPLACE)
    preferences = request_of(ground.service(ServiceSettings(refresh_every=SUNDAYS, rollout=rollout)))["Preferences"]
    assert (preferences["StandbyInstances"], preferences["ScaleInProtectedInstances"]) == ("Ignore", "Ignore")
