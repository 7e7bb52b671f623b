"""Alarms on metrics that are reported by PutMetricData, by CloudWatch's rules for missing data."""

from types import SimpleNamespace
from typing import Any

import pytest

from strata.rollout.servers.refresh import AlarmState
from strata_rehearsal.cloud.reported_metrics import judge
from tests.unit.rehearsal.cloud.conftest import NEW, Aws

MINUTE = 60
HEARTBEAT = {
    "Namespace": "Strata",
    "MetricName": "GateHeartbeat",
    "Dimensions": [{"Name": "Alarm", "Value": "heartbeat"}],
    "Statistic": "Maximum",
    "ComparisonOperator": "LessThanThreshold",
    "EvaluationPeriods": 3,
    "DatapointsToAlarm": 3,
    "TreatMissingData": "breaching",
}


def beat(aws: Aws, value: float = 1.0, **more: Any) -> None:
    datum: Any = {"MetricName": "GateHeartbeat", "Dimensions": HEARTBEAT["Dimensions"], "Value": value, **more}
    aws.cloudwatch.put_metric_data(Namespace="Strata", MetricData=[datum])


def state_of(aws: Aws) -> str:
    return aws.cloudwatch.describe_alarms(AlarmNames=["heartbeat"])["MetricAlarms"][0]["StateValue"]


@pytest.fixture
def watched(aws: Aws) -> Aws:
    """An alarm on a heartbeat, at the beginning of a minute."""
    aws.wait(MINUTE - aws.clock.time % MINUTE)
    aws.alarm("heartbeat", **HEARTBEAT)
    return aws


def test_without_data_it_is_in_alarm_when_it_is_first_evaluated(watched: Aws):
    assert state_of(watched) == "INSUFFICIENT_DATA"
    watched.wait(MINUTE)
    assert state_of(watched) == "ALARM"


def test_a_minute_with_one_heartbeat_makes_it_ok(watched: Aws):
    watched.wait(10 * MINUTE)
    assert state_of(watched) == "ALARM"
    beat(watched)
    watched.wait(MINUTE - 1)
    assert state_of(watched) == "ALARM"
    watched.wait(1)
    assert state_of(watched) == "OK"


def test_it_is_ok_as_long_as_the_range_has_one_and_in_alarm_without(watched: Aws):
    for _ in range(20):
        beat(watched)
        watched.wait(MINUTE)
    assert state_of(watched) == "OK"
    watched.wait(4 * MINUTE)
    assert state_of(watched) == "OK", "the range of five minutes still has the last one"
    watched.wait(MINUTE - 1)
    assert state_of(watched) == "OK"
    watched.wait(1)
    assert state_of(watched) == "ALARM"


def test_it_comes_to_rest_without_data(watched: Aws):
    beat(watched)
    watched.wait(3600)
    assert state_of(watched) == "ALARM"
    assert watched.cloud.world.next_event() is None


def test_another_dimension_is_another_metric(watched: Aws):
    beat(watched, Dimensions=[{"Name": "Alarm", "Value": "another"}])
    watched.wait(2 * MINUTE)
    assert state_of(watched) == "ALARM"


def test_a_state_that_somebody_sets_lasts_until_the_data_is_looked_at_again(watched: Aws):
    beat(watched)
    watched.wait(MINUTE)
    watched.cloudwatch.set_alarm_state(AlarmName="heartbeat", StateValue="ALARM", StateReason="test")
    assert state_of(watched) == "ALARM"
    watched.wait(MINUTE)
    assert state_of(watched) == "OK"


def test_a_refresh_goes_back_when_its_heartbeat_ends(watched: Aws):
    watched.running_group()
    beat(watched)
    watched.wait(MINUTE)
    watched.refresh(AutoRollback=True, AlarmSpecification={"Alarms": ["heartbeat"]}, BakeTime=86_400)
    for _ in range(30):
        beat(watched)
        watched.wait(30)
    assert watched.latest()["Status"] in ("InProgress", "Baking")
    ended = watched.until_ended()
    assert ended["Status"] == "RollbackSuccessful"
    assert "heartbeat is in ALARM" in ended["RollbackDetails"]["RollbackReason"]
    watched.wait(600)
    assert watched.versions() == ["1"] * 4


def test_no_refresh_starts_with_an_alarm_that_nobody_keeps_ok(watched: Aws):
    watched.running_group()
    with pytest.raises(watched.autoscaling.exceptions.ClientError, match="heartbeat is in ALARM, must be in OK"):
        watched.refresh(AutoRollback=True, AlarmSpecification={"Alarms": ["heartbeat"]})


def test_servers_with_a_fault_do_not_drive_it(watched: Aws):
    watched.running_group()
    watched.admin("fault", kind="alarm", image=NEW)
    beat(watched)
    watched.wait(MINUTE)
    watched.refresh(AutoRollback=True, AlarmSpecification={"Alarms": ["heartbeat"]})
    for _ in range(60):
        beat(watched)
        watched.wait(30)
    assert state_of(watched) == "OK"
    assert watched.latest()["Status"] == "Successful"


# CloudWatch's own table, for three data points out of three in a range of five ("How CloudWatch alarms handle missing
# data"): 0 does not breach, X breaches, - is missing
@pytest.mark.parametrize(
    "data,missing,ignore,breaching,not_breaching",
    [
        ("0 - X - X", "OK", "OK", "OK", "OK"),
        ("0 - - - -", "OK", "OK", "OK", "OK"),
        ("- - - - -", "INSUFFICIENT_DATA", None, "ALARM", "OK"),
        ("0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
        ("- - X - -", "ALARM", None, "ALARM", "OK"),
    ],
)
def test_missing_data_by_the_table_of_cloudwatch(data, missing, ignore, breaching, not_breaching):
    points = [{"0": 0.0, "X": 2.0, "-": None}[each] for each in data.split()]
    expected = {"missing": missing, "ignore": ignore, "breaching": breaching, "notBreaching": not_breaching}
    for treatment, state in expected.items():
        alarm: Any = SimpleNamespace(
            evaluation_periods=3,
            datapoints_to_alarm=3,
            comparison_operator="GreaterThanThreshold",
            threshold=1,
            treat_missing_data=treatment,
        )
        assert judge(alarm, points) == (None if state is None else AlarmState(state)), treatment
