"""Auto Scaling groups: waiting for servers, and not undoing what a rollout did."""

from typing import Any

import pytest

from strata_rehearsal.plugin.operation_errors import AwsCallError, CancelledError, HalfMadeError
from strata_rehearsal.plugin.provider import Resources
from strata_rehearsal.plugin.types.group_capacity import duration_seconds

from .conftest import ScriptedCloud

GROUP = "aws:autoscaling/group:Group"
INPUTS = {
    "name": "web",
    "minSize": 1,
    "maxSize": 4,
    "desiredCapacity": 2,
    "launchTemplate": {"id": "lt-1", "version": "1"},
    "vpcZoneIdentifiers": ["subnet-1", "subnet-2"],
}


def ignore(_id: str) -> None:
    """Nobody keeps a journal here."""


def server(number: int, state: str = "InService", health: str = "Healthy") -> dict[str, str]:
    return {"InstanceId": f"i-{number}", "LifecycleState": state, "HealthStatus": health}


def described(*servers: dict[str, str], **more: Any) -> dict[str, Any]:
    group = {
        "AutoScalingGroupName": "web",
        "AutoScalingGroupARN": "arn:web",
        "MinSize": 1,
        "MaxSize": 4,
        "DesiredCapacity": 2,
        "VPCZoneIdentifier": "subnet-2,subnet-1",
        "LaunchTemplate": {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "web", "Version": "1"},
        "Instances": list(servers),
        "Tags": [],
    }
    return {"AutoScalingGroups": [group | more]}


@pytest.fixture
def booting(cloud: ScriptedCloud) -> ScriptedCloud:
    """Servers are in service a minute after the test began."""

    def describe(**_parameters: Any) -> dict[str, Any]:
        state = "InService" if cloud.time >= 1060 else "Pending"
        return described(server(1, state), server(2, state))

    cloud.answers["describe_auto_scaling_groups"] = describe
    return cloud


def test_creation_waits_until_the_servers_are_in_service(booting) -> None:
    resource_id, outputs = Resources(booting).create(GROUP, "web", INPUTS, ignore)
    assert resource_id == "web"
    assert booting.time == 1060
    assert outputs["desiredCapacity"] == 2
    assert outputs["vpcZoneIdentifiers"] == ["subnet-1", "subnet-2"]
    assert booting.parameters("create_auto_scaling_group")["VPCZoneIdentifier"] == "subnet-1,subnet-2"


def test_a_timeout_of_zero_does_not_wait(booting) -> None:
    Resources(booting).create(GROUP, "web", {**INPUTS, "waitForCapacityTimeout": "0"}, ignore)
    assert booting.time == 1000


def test_a_timeout_names_the_last_activity_and_keeps_the_group(booting) -> None:
    activity = {"StatusCode": "Failed", "Description": "Launching", "StatusMessage": "no capacity"}
    booting.answers["describe_scaling_activities"] = {"Activities": [activity]}
    expected = "needs 2 healthy servers and has 0 after 30 s; last activity: Failed: Launching: no capacity"
    with pytest.raises(HalfMadeError, match=expected) as caught:
        Resources(booting).create(GROUP, "web", {**INPUTS, "waitForCapacityTimeout": "30s"}, ignore)
    assert caught.value.resource_id == "web"


def test_unhealthy_servers_do_not_count(cloud) -> None:
    cloud.answers["describe_auto_scaling_groups"] = described(server(1), server(2, health="Unhealthy"))
    with pytest.raises(HalfMadeError, match="needs 2 healthy servers and has 1"):
        Resources(cloud).create(GROUP, "web", INPUTS, ignore)


def test_servers_behind_a_load_balancer_are_waited_for_when_asked(cloud) -> None:
    cloud.answers |= {
        "describe_auto_scaling_groups": described(server(1), server(2), TargetGroupARNs=["arn:t"]),
        "describe_target_health": {
            "TargetHealthDescriptions": [{"Target": {"Id": "i-1"}, "TargetHealth": {"State": "healthy"}}]
        },
    }
    with pytest.raises(HalfMadeError, match="needs 2 servers healthy behind its load balancer and has 1"):
        Resources(cloud).create(GROUP, "web", {**INPUTS, "waitForElbCapacity": 2}, ignore)


def test_a_cancelled_update_stops_waiting_and_keeps_the_group(booting) -> None:
    def cancelled(_seconds: float) -> None:
        raise CancelledError("the update was cancelled")

    booting.pause = cancelled
    with pytest.raises(HalfMadeError, match="cancelled"):
        Resources(booting).create(GROUP, "web", INPUTS, ignore)


def test_an_update_sends_only_what_changed(booting) -> None:
    booting.time = 1060.0
    Resources(booting).update(GROUP, "web", "web", INPUTS, INPUTS, {**INPUTS, "maxSize": 6})
    sent = booting.parameters("update_auto_scaling_group")
    # The launch template of the inputs is ignored by the program and may be older than what a rollout saved.
    assert sent == {"AutoScalingGroupName": "web", "MaxSize": 6}


def test_a_tag_changes_without_touching_the_group(booting) -> None:
    booting.time = 1060.0
    tag = {"key": "cost", "value": "7", "propagateAtLaunch": True}
    Resources(booting).update(GROUP, "web", "web", INPUTS, INPUTS, {**INPUTS, "tags": [tag]})
    assert "update_auto_scaling_group" not in booting.operations()
    assert booting.parameters("create_or_update_tags")["Tags"][0]["PropagateAtLaunch"] is True


def test_a_rollouts_new_version_shows_in_a_refresh(cloud) -> None:
    new = {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "web", "Version": "2"}
    cloud.answers["describe_auto_scaling_groups"] = described(server(1), LaunchTemplate=new, DesiredCapacity=3)
    found = Resources(cloud).read(GROUP, "web", "web", INPUTS, INPUTS)
    assert found is not None
    assert found[1] == {**INPUTS, "desiredCapacity": 3, "launchTemplate": {"id": "lt-1", "version": "2"}}


def test_a_group_being_deleted_is_gone(cloud) -> None:
    cloud.answers["describe_auto_scaling_groups"] = described(Status="Delete in progress")
    assert Resources(cloud).read(GROUP, "web", "web", INPUTS, INPUTS) is None


def emptying(cloud: ScriptedCloud) -> None:
    """A group whose servers leave within half a minute of being told to."""
    asked_at: list[float] = []

    def update(**_parameters: Any) -> dict[str, Any]:
        asked_at.append(cloud.time)
        return {}

    def describe(**_parameters: Any) -> dict[str, Any]:
        if "delete_auto_scaling_group" in cloud.operations():
            return {"AutoScalingGroups": []}
        gone = bool(asked_at) and cloud.time >= asked_at[0] + 30
        return described() if gone else described(server(1))

    cloud.answers |= {"update_auto_scaling_group": update, "describe_auto_scaling_groups": describe}


def test_deletion_drains_the_group_first(cloud) -> None:
    emptying(cloud)
    Resources(cloud).delete(GROUP, "web", "web", INPUTS, INPUTS)
    assert cloud.parameters("update_auto_scaling_group")["DesiredCapacity"] == 0
    assert cloud.parameters("delete_auto_scaling_group") == {"AutoScalingGroupName": "web"}
    assert cloud.time == 1030


def test_forced_deletion_does_not_wait_for_the_servers(cloud) -> None:
    emptying(cloud)
    Resources(cloud).delete(GROUP, "web", "web", INPUTS, {**INPUTS, "forceDelete": True})
    assert "update_auto_scaling_group" not in cloud.operations()
    assert cloud.parameters("delete_auto_scaling_group")["ForceDelete"] is True


def test_a_group_that_keeps_its_servers_is_not_deleted(cloud) -> None:
    cloud.answers["describe_auto_scaling_groups"] = described(server(1))
    with pytest.raises(AwsCallError, match="still has servers after 600 s"):
        Resources(cloud).delete(GROUP, "web", "web", INPUTS, INPUTS)


def test_the_providers_own_refresh_starts_after_the_template_is_saved(booting) -> None:
    booting.time = 1060.0
    refresh = {"strategy": "Rolling", "preferences": {"minHealthyPercentage": 50, "instanceWarmup": "30"}}
    old = {**INPUTS, "instanceRefresh": refresh}
    new = {**old, "launchTemplate": {"id": "lt-1", "version": "2"}}
    Resources(booting).update(GROUP, "web", "web", old, old, new)
    operations = booting.operations()
    assert operations.index("update_auto_scaling_group") < operations.index("start_instance_refresh")
    assert booting.parameters("start_instance_refresh") == {
        "AutoScalingGroupName": "web",
        "Strategy": "Rolling",
        "Preferences": {"MinHealthyPercentage": 50, "InstanceWarmup": 30},
    }


@pytest.mark.parametrize(
    "text, seconds", [("10m", 600), ("1h30m", 5400), ("45s", 45), ("1.5m", 90), ("0", 0), ("500ms", 0.5)]
)
def test_durations_are_those_of_go(text: str, seconds: float) -> None:
    assert duration_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "10 m", "m", "-5s"])
def test_other_text_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="expected a duration"):
        duration_seconds(text)
