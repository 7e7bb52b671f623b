import math
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.rehearsal.cloud.conftest import NEW, OLD, Aws


def test_a_refresh_replaces_every_server_and_saves_its_configuration(aws: Aws):
    aws.running_group()
    aws.refresh()
    ended = aws.until_ended()
    assert (ended["Status"], ended["PercentageComplete"], ended["InstancesToUpdate"]) == ("Successful", 100, 0)
    aws.wait(60)
    assert aws.versions() == ["2"] * 4
    assert aws.describe()["LaunchTemplate"]["Version"] == "2"
    assert aws.health() == ["healthy"] * 4


def test_the_saved_configuration_stays_the_old_one_until_the_end(aws: Aws):
    aws.running_group()
    aws.refresh()
    aws.wait(100)
    assert "2" in aws.versions()
    assert aws.describe()["LaunchTemplate"]["Version"] == "1"


def test_the_fleet_stays_between_floor_and_ceiling(aws: Aws):
    aws.running_group(size=5)
    aws.refresh(MinHealthyPercentage=80, MaxHealthyPercentage=120)
    fewest, most = 99, 0
    while not aws.latest().get("EndTime"):
        serving = [each for each in aws.instances() if each["LifecycleState"] in ("InService", "Pending")]
        fewest = min(fewest, sum(each["LifecycleState"] == "InService" for each in serving))
        most = max(most, len(serving))
        aws.wait(5)
    assert fewest >= math.ceil(5 * 0.8)
    assert most <= math.ceil(5 * 1.2)


def test_servers_lost_during_a_refresh_are_replaced_by_new_ones(aws: Aws):
    aws.running_group()
    aws.refresh()
    aws.wait(30)
    old = next(each["InstanceId"] for each in aws.instances() if each["LaunchTemplate"]["Version"] == "1")
    aws.admin("kill", instance=old)
    assert aws.versions().count("1") == 3
    assert aws.until_ended()["Status"] == "Successful"


def test_a_scale_out_during_a_refresh_launches_the_new_version(aws: Aws):
    aws.running_group()
    aws.refresh()
    aws.autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=8)
    aws.wait(10)
    assert aws.versions().count("1") == 4
    assert aws.until_ended()["Status"] == "Successful"
    aws.wait(60)
    assert aws.versions() == ["2"] * 8


def test_matching_servers_are_skipped(aws: Aws):
    aws.running_group()
    before = aws.instances()
    aws.refresh("1", SkipMatching=True)
    assert aws.latest()["Status"] == "Successful"
    assert aws.instances() == before


def test_a_refresh_without_desired_configuration_restarts_the_fleet(aws: Aws):
    aws.running_group()
    before = {each["InstanceId"] for each in aws.instances()}
    aws.autoscaling.start_instance_refresh(AutoScalingGroupName="web")
    assert aws.until_ended()["Status"] == "Successful"
    aws.wait(60)
    assert not before & {each["InstanceId"] for each in aws.instances()}
    assert aws.versions() == ["1"] * 4


def test_a_cancelled_refresh_leaves_things_as_they_are(aws: Aws):
    aws.running_group()
    aws.refresh()
    aws.wait(200)
    mixed = set(aws.versions())
    aws.autoscaling.cancel_instance_refresh(AutoScalingGroupName="web")
    assert aws.until_ended()["Status"] == "Cancelled"
    aws.wait(600)
    assert aws.describe()["LaunchTemplate"]["Version"] == "1"
    assert set(aws.versions()) == mixed == {"1", "2"}
    assert aws.states() == ["InService"] * 4


def test_a_rollback_brings_every_server_back(aws: Aws):
    aws.running_group()
    identity = aws.refresh()
    aws.wait(200)
    assert aws.autoscaling.rollback_instance_refresh(AutoScalingGroupName="web")["InstanceRefreshId"] == identity
    ended = aws.until_ended()
    assert ended["Status"] == "RollbackSuccessful"
    assert ended["InstanceRefreshId"] == identity
    assert ended["RollbackDetails"]["PercentageCompleteOnRollback"] == 50
    assert ended["PercentageComplete"] == 0
    aws.wait(60)
    assert aws.versions() == ["1"] * 4
    assert aws.describe()["LaunchTemplate"]["Version"] == "1"


def test_an_image_that_never_gets_healthy_rolls_back_after_an_hour(aws: Aws):
    aws.admin("fault", kind="unhealthy", service="web", image=NEW)
    aws.running_group(HealthCheckGracePeriod=0)
    aws.refresh(AutoRollback=True)
    ended = aws.until_ended()
    assert ended["Status"] == "RollbackSuccessful"
    assert (ended["EndTime"] - ended["StartTime"]).total_seconds() >= 3600
    aws.wait(60)
    assert aws.versions() == ["1"] * 4
    assert aws.health() == ["healthy"] * 4


def test_an_unhealthy_image_is_not_noticed_while_the_grace_period_hides_it(aws: Aws):
    aws.admin("fault", kind="unhealthy", service="web", image=NEW)
    aws.running_group(HealthCheckGracePeriod=7200)
    aws.refresh(AutoRollback=True)
    assert aws.until_ended()["Status"] == "Successful"
    assert "healthy" not in aws.health()


def test_a_slow_image_boots_ten_times_slower_and_succeeds(aws: Aws):
    aws.admin("fault", kind="slow", image=NEW)
    aws.running_group()
    aws.refresh()
    aws.wait(599)
    assert aws.states().count("Pending") == 2
    assert aws.until_ended()["Status"] == "Successful"


def test_a_crashing_image_keeps_dying_and_rolls_back(aws: Aws):
    aws.admin("fault", kind="crash", image=NEW, after=30)
    aws.running_group()
    aws.refresh(AutoRollback=True)
    assert aws.until_ended()["Status"] == "RollbackSuccessful"
    assert {each["image"] for each in aws.events("server") if each["state"] == "died"} == {NEW}
    aws.wait(60)
    assert aws.versions() == ["1"] * 4


def test_without_capacity_launches_fail_with_an_activity_until_there_is_some(aws: Aws):
    aws.running_group()
    aws.admin("fault", kind="no-capacity", image=NEW)
    aws.refresh()
    aws.wait(120)
    assert aws.versions() == ["1"] * 4
    failed = aws.autoscaling.describe_scaling_activities(AutoScalingGroupName="web")["Activities"][0]
    assert failed["StatusCode"] == "Failed"
    assert "InsufficientInstanceCapacity" in failed["StatusMessage"]
    aws.admin("clear")
    assert aws.until_ended()["Status"] == "Successful"


def test_an_alarm_that_fires_rolls_the_refresh_back_and_recovers(aws: Aws):
    aws.running_group()
    aws.alarm()
    aws.wait(60)
    aws.admin("fault", kind="alarm", service="web", image=NEW)
    aws.refresh(AutoRollback=True, AlarmSpecification={"Alarms": ["web-5xx"]})
    ended = aws.until_ended()
    assert ended["Status"] == "RollbackSuccessful"
    assert "web-5xx" in ended["RollbackDetails"]["RollbackReason"]
    assert alarm_state(aws) == "OK"
    assert [each["state"] for each in aws.events("alarm")] == ["INSUFFICIENT_DATA", "OK", "ALARM", "OK"]


def test_an_alarm_without_auto_rollback_fails_the_refresh(aws: Aws):
    aws.running_group()
    aws.alarm()
    aws.wait(60)
    aws.refresh(AlarmSpecification={"Alarms": ["web-5xx"]})
    aws.cloudwatch.set_alarm_state(AlarmName="web-5xx", StateValue="ALARM", StateReason="test")
    assert aws.latest()["Status"] == "Failed"
    assert "web-5xx" in aws.latest()["StatusReason"]


def test_baking_watches_the_alarms(aws: Aws):
    aws.running_group()
    aws.alarm()
    aws.wait(60)
    aws.refresh(AutoRollback=True, BakeTime=600, AlarmSpecification={"Alarms": ["web-5xx"]})
    while aws.latest()["Status"] != "Baking":
        aws.wait(10)
    aws.admin("alarm", name="web-5xx", state="ALARM")
    assert aws.until_ended()["Status"] == "RollbackSuccessful"


def test_a_neighbour_does_not_notice_a_rollback(aws: Aws):
    aws.running_group()
    aws.group("api", TargetGroupARNs=[])
    aws.wait(100)
    neighbours = aws.instances("api")
    aws.admin("fault", kind="crash", service="web", after=30)
    aws.refresh(AutoRollback=True)
    aws.until_ended()
    assert aws.instances("api") == neighbours


def test_suspended_launches_stall_a_refresh(aws: Aws):
    aws.running_group()
    aws.autoscaling.suspend_processes(AutoScalingGroupName="web", ScalingProcesses=["Launch"])
    aws.refresh()
    aws.wait(600)
    assert aws.versions() == ["1"] * 4
    aws.autoscaling.resume_processes(AutoScalingGroupName="web")
    assert aws.until_ended()["Status"] == "Successful"


def test_a_standby_server_that_is_waited_for_fails_the_refresh_after_an_hour(aws: Aws):
    aws.running_group()
    aws.autoscaling.enter_standby(
        AutoScalingGroupName="web",
        InstanceIds=[aws.instances()[0]["InstanceId"]],
        ShouldDecrementDesiredCapacity=True,
    )
    aws.refresh()
    ended = aws.until_ended()
    assert ended["Status"] == "Failed"


def test_the_refreshes_of_six_weeks_are_described_newest_first(aws: Aws):
    aws.running_group()
    first = aws.refresh("2")
    aws.until_ended()
    aws.wait(30 * 86_400)
    second = aws.refresh("1")
    aws.until_ended()
    assert refreshes(aws) == [second, first]
    aws.wait(20 * 86_400)
    assert refreshes(aws) == [second]
    asked = aws.autoscaling.describe_instance_refreshes(AutoScalingGroupName="web", InstanceRefreshIds=[second])
    assert [each["InstanceRefreshId"] for each in asked["InstanceRefreshes"]] == [second]


def test_a_refresh_shows_what_was_asked_for(aws: Aws):
    aws.running_group(DefaultInstanceWarmup=45)
    aws.autoscaling.start_instance_refresh(
        AutoScalingGroupName="web",
        DesiredConfiguration={"LaunchTemplate": aws.specification("2")},
        Preferences={"MinHealthyPercentage": 100, "CheckpointPercentages": [50, 100], "CheckpointDelay": 60},
    )
    shown = aws.latest()
    assert shown["DesiredConfiguration"]["LaunchTemplate"]["Version"] == "2"
    assert shown["Preferences"]["InstanceWarmup"] == 45
    assert shown["Preferences"]["CheckpointPercentages"] == [50, 100]


def test_the_maintenance_policy_gives_the_percentages_that_are_not_said(aws: Aws):
    policy = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 200}
    aws.running_group(InstanceMaintenancePolicy=policy)
    aws.autoscaling.start_instance_refresh(AutoScalingGroupName="web")
    shown = aws.latest()["Preferences"]
    assert (shown["MinHealthyPercentage"], shown["MaxHealthyPercentage"]) == (100, 200)
    assert len(aws.instances()) == 8


def test_a_second_refresh_is_refused(aws: Aws):
    aws.running_group()
    aws.refresh()
    assert fails(aws.refresh) == "InstanceRefreshInProgress"
    with pytest.raises(aws.autoscaling.exceptions.InstanceRefreshInProgressFault):
        aws.refresh()


def test_an_alarm_in_alarm_is_refused_at_the_start(aws: Aws):
    aws.running_group()
    aws.alarm()
    aws.admin("alarm", name="web-5xx", state="ALARM")
    refused = message(lambda: aws.refresh(AlarmSpecification={"Alarms": ["web-5xx"]}))
    assert "web-5xx" in refused
    assert "ALARM" in refused


def test_an_alarm_without_data_is_refused_at_the_start(aws: Aws):
    aws.running_group()
    aws.alarm()
    assert "INSUFFICIENT_DATA" in message(lambda: aws.refresh(AlarmSpecification={"Alarms": ["web-5xx"]}))


def test_an_alarm_that_does_not_exist_is_refused_at_the_start(aws: Aws):
    aws.running_group()
    assert "none" in message(lambda: aws.refresh(AlarmSpecification={"Alarms": ["none"]}))


def test_auto_rollback_without_desired_configuration_is_refused(aws: Aws):
    aws.running_group()
    start = lambda: aws.autoscaling.start_instance_refresh(  # noqa: E731
        AutoScalingGroupName="web", Preferences={"AutoRollback": True}
    )
    assert fails(start) == "ValidationError"


@pytest.mark.parametrize("version", ["$Latest", "$Default"])
def test_auto_rollback_of_a_group_without_a_numbered_version_is_refused(aws: Aws, version: str):
    aws.running_group(version=version)
    assert version in message(lambda: aws.refresh(AutoRollback=True))


def test_auto_rollback_with_an_image_from_ssm_is_refused(aws: Aws):
    aws.ssm.put_parameter(Name="/images/web", Type="String", Value=OLD)
    aws.running_group(version=aws.version("resolve:ssm:/images/web"))
    assert "/images/web" in message(lambda: aws.refresh(AutoRollback=True))


def test_the_template_is_not_updated_during_a_refresh_with_a_desired_configuration(aws: Aws):
    aws.running_group()
    aws.refresh()
    update = lambda: aws.autoscaling.update_auto_scaling_group(  # noqa: E731
        AutoScalingGroupName="web", LaunchTemplate=aws.specification("2")
    )
    assert "An active instance refresh with a desired configuration exists" in message(update)
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName="web", MaxSize=20)
    aws.until_ended()
    update()


def test_nothing_active_is_neither_cancelled_nor_rolled_back(aws: Aws):
    aws.running_group()
    for action in (aws.autoscaling.cancel_instance_refresh, aws.autoscaling.rollback_instance_refresh):
        assert fails(lambda action=action: action(AutoScalingGroupName="web")) == "ActiveInstanceRefreshNotFound"


def test_a_refresh_without_desired_configuration_is_irreversible(aws: Aws):
    aws.running_group()
    aws.autoscaling.start_instance_refresh(AutoScalingGroupName="web")
    roll_back = lambda: aws.autoscaling.rollback_instance_refresh(AutoScalingGroupName="web")  # noqa: E731
    assert fails(roll_back) == "IrreversibleInstanceRefresh"


@pytest.mark.parametrize(
    "preferences",
    [
        {"MinHealthyPercentage": 101},
        {"MaxHealthyPercentage": 201},
        {"MinHealthyPercentage": 50, "MaxHealthyPercentage": 200},
        {"CheckpointPercentages": [50, 20]},
        {"CheckpointPercentages": [20, 20, 100]},
        {"CheckpointDelay": 60},
        {"BakeTime": 172_801},
        {"ScaleInProtectedInstances": "Maybe"},
        {"StandbyInstances": "Maybe"},
        {"AlarmSpecification": {"Alarms": [f"a{n}" for n in range(11)]}},
    ],
)
def test_preferences_outside_their_ranges_are_refused(aws: Aws, preferences: dict[str, Any]):
    aws.running_group()
    assert fails(lambda: aws.refresh(**preferences)) == "ValidationError"


def test_an_unknown_template_version_is_refused(aws: Aws):
    aws.running_group()
    assert fails(lambda: aws.refresh("99")) == "ValidationError"


def test_a_refresh_of_an_unknown_group_is_refused(aws: Aws):
    assert fails(lambda: aws.refresh(name="none")) == "ValidationError"


def test_a_group_deleted_during_its_refresh_goes(aws: Aws):
    aws.running_group()
    aws.refresh()
    aws.wait(30)
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="web", ForceDelete=True)
    aws.wait(3600)
    assert aws.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"] == []


def test_looking_often_changes_nothing(aws: Aws):
    aws.running_group()
    aws.refresh(BakeTime=60)
    aws.wait(100_000)
    seldom = aws.latest()["EndTime"] - aws.latest()["StartTime"]
    aws.refresh("1", BakeTime=60)
    often = aws.until_ended(step=1)
    assert often["EndTime"] - often["StartTime"] == seldom


def refreshes(aws: Aws) -> list[str]:
    described = aws.autoscaling.describe_instance_refreshes(AutoScalingGroupName="web")
    return [each["InstanceRefreshId"] for each in described["InstanceRefreshes"]]


def alarm_state(aws: Aws, name: str = "web-5xx") -> str:
    return aws.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]


def refusal(call) -> dict[str, str]:
    with pytest.raises(ClientError) as refused:
        call()
    return refused.value.response["Error"]


def fails(call) -> str:
    return refusal(call)["Code"]


def message(call) -> str:
    error = refusal(call)
    assert error["Code"] == "ValidationError"
    return error["Message"]
