"""The alarm that misses the heartbeat of a gate."""

from strata.settings.models import RolloutSettings, ServiceSettings

GUARDED = ServiceSettings(rollout=RolloutSettings(heartbeat_minutes=7))


def test_without_the_setting_there_is_none(ground):
    assert "web-heartbeat" not in {each.name for each in ground.service(ServiceSettings()).of_type("MetricAlarm")}


def test_missing_data_is_a_breach_after_the_minutes_that_are_set_and_nobody_is_notified(ground):
    alarm = ground.service(GUARDED).one("MetricAlarm", "web-heartbeat").inputs
    assert (alarm["evaluationPeriods"], alarm["datapointsToAlarm"], alarm["period"]) == (7, 7, 60)
    assert alarm["treatMissingData"] == "breaching"
    assert (alarm["statistic"], alarm["comparisonOperator"], alarm["threshold"]) == ("Maximum", "LessThanThreshold", 1)
    assert not {"alarmActions", "okActions", "insufficientDataActions"} & set(alarm), "it is in ALARM without a rollout"


def test_it_is_found_by_the_services_record(ground):
    graph = ground.service(GUARDED)
    alarm = graph.one("MetricAlarm", "web-heartbeat").inputs
    assert alarm["name"] == graph.one("Parameter", "web-release").inputs["name"].replace("/release", "/heartbeat")
    assert alarm["dimensions"] == {"Alarm": alarm["name"]}
    assert not alarm["namespace"].startswith("AWS/")


def test_the_gate_runs_when_it_is_there(ground):
    graph = ground.service(GUARDED)
    alarm = graph.one("MetricAlarm", "web-heartbeat")
    assert alarm.urn in graph.one("Parameter", "web-release").options.depends_on
