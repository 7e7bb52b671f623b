import pytest

from tests.unit.rehearsal.cloud.conftest import NEW, Aws


def test_a_new_alarm_has_no_data_until_what_it_watches_has_existed_for_a_minute(aws: Aws):
    aws.running_group()
    aws.alarm()
    aws.wait(59)
    assert state_of(aws) == "INSUFFICIENT_DATA"
    aws.wait(1)
    assert state_of(aws) == "OK"


def test_an_alarm_takes_at_least_one_of_its_periods_and_two_minutes_at_most(aws: Aws):
    aws.running_group()
    aws.alarm(Period=300)
    aws.wait(119)
    assert state_of(aws) == "INSUFFICIENT_DATA"
    aws.wait(1)
    assert state_of(aws) == "OK"


def test_an_alarm_on_a_target_group_without_targets_has_no_data(aws: Aws):
    aws.alarm()
    aws.wait(3600)
    assert state_of(aws) == "INSUFFICIENT_DATA"
    aws.group()
    aws.wait(60)
    assert state_of(aws) == "OK"


@pytest.mark.parametrize(
    "missing, state", [("notBreaching", "OK"), ("breaching", "ALARM"), ("missing", "INSUFFICIENT_DATA")]
)
def test_missing_data_counts_as_the_alarm_says(aws: Aws, missing: str, state: str):
    aws.alarm(TreatMissingData=missing, Dimensions=[])
    aws.wait(120)
    assert state_of(aws) == state


def test_an_alarm_of_metric_math_watches_what_its_metrics_watch(aws: Aws):
    aws.running_group()
    suffix = aws.targets.rpartition(":")[2]
    metric = {"Namespace": "AWS/ApplicationELB", "Dimensions": [{"Name": "TargetGroup", "Value": suffix}]}
    aws.cloudwatch.put_metric_alarm(
        AlarmName="rate",
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
        Metrics=[
            {"Id": "rate", "Expression": "100 * e / r"},
            {
                "Id": "e",
                "MetricStat": {"Metric": {**metric, "MetricName": "E"}, "Period": 60, "Stat": "Sum"},
                "ReturnData": False,
            },
            {
                "Id": "r",
                "MetricStat": {"Metric": {**metric, "MetricName": "R"}, "Period": 60, "Stat": "Sum"},
                "ReturnData": False,
            },
        ],
    )
    aws.wait(60)
    assert state_of(aws, "rate") == "OK"


def test_a_state_that_was_set_stays(aws: Aws):
    aws.running_group()
    aws.alarm()
    aws.cloudwatch.set_alarm_state(AlarmName="web-5xx", StateValue="INSUFFICIENT_DATA", StateReason="test")
    aws.wait(600)
    assert state_of(aws) == "INSUFFICIENT_DATA"
    aws.admin("alarm", name="web-5xx", state="ALARM")
    aws.wait(600)
    assert state_of(aws) == "ALARM"


def test_putting_an_alarm_again_keeps_its_state(aws: Aws):
    aws.running_group()
    aws.alarm()
    aws.wait(60)
    aws.alarm(Threshold=5)
    assert state_of(aws) == "OK"


def test_a_fault_drives_the_alarms_of_its_target_group_while_its_servers_serve(aws: Aws):
    aws.running_group()
    aws.alarm()
    aws.alarm("other", TreatMissingData="notBreaching", Dimensions=[])
    aws.wait(120)
    aws.admin("fault", kind="alarm", image=NEW, after=30)
    aws.group("second", version="2", size=1)
    aws.wait(60 + 29)
    assert state_of(aws) == "OK"
    aws.wait(1)
    assert (state_of(aws), state_of(aws, "other")) == ("ALARM", "OK")
    aws.autoscaling.set_desired_capacity(AutoScalingGroupName="second", DesiredCapacity=0)
    assert state_of(aws) == "OK"


def test_lifting_the_fault_brings_the_alarm_back(aws: Aws):
    aws.running_group(version="2")
    aws.alarm()
    aws.wait(60)
    aws.admin("fault", kind="alarm", image=NEW)
    aws.group("second", version="2", size=1)
    aws.wait(120)
    assert state_of(aws) == "ALARM"
    aws.admin("clear", kind="alarm")
    assert state_of(aws) == "OK"


def state_of(aws: Aws, name: str = "web-5xx") -> str:
    return aws.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]
