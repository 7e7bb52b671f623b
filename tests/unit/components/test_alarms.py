"""The alarms that gate a rollout."""

import pulumi
import pulumi_aws as aws
import pytest

from strata import Alarms, ImmutableService, Ingress, Network, testing
from strata.errors import UsageError
from strata.settings.models import AlarmSettings, IngressSettings, NetworkSettings, ServiceSettings

TOPIC = "arn:aws:sns:eu-west-1:123456789012:on-call"


def alarms(settings=None, **keywords) -> testing.Graph:
    def program():
        made = Alarms(
            "web", settings or AlarmSettings(), target_group="targetgroup/web/1", load_balancer="app/lb/2", **keywords
        )
        pulumi.export("gating", made.gating)

    return testing.run(program)


def test_the_error_alarm_is_a_rate_of_the_target_groups_own_requests():
    inputs = alarms(AlarmSettings(error_rate_percent=2.5)).one("MetricAlarm", "web-5xx").inputs
    queries = {it["id"]: it for it in inputs["metricQueries"]}
    assert queries["rate"]["returnData"] is True
    assert queries["rate"]["expression"] == "IF(requests > 0, 100 * FILL(errors, 0) / requests, 0)"
    assert inputs["threshold"] == 2.5
    for name, metric in {"errors": "HTTPCode_Target_5XX_Count", "requests": "RequestCount"}.items():
        assert queries[name]["metric"]["metricName"] == metric
        assert queries[name]["metric"]["stat"] == "Sum"
        assert queries[name]["returnData"] is False


def test_the_latency_alarm_ignores_percentiles_of_few_samples():
    inputs = alarms(AlarmSettings(latency_p95_seconds=0.8)).one("MetricAlarm", "web-latency").inputs
    assert inputs["extendedStatistic"] == "p95"
    assert inputs["evaluateLowSampleCountPercentiles"] == "ignore"
    assert inputs["threshold"] == 0.8


def test_every_metric_is_the_target_groups_never_the_load_balancers_alone():
    for alarm in alarms().of_type("MetricAlarm"):
        dimensions = [it["metric"]["dimensions"] for it in alarm.inputs.get("metricQueries", []) if "metric" in it]
        for found in dimensions or [alarm.inputs["dimensions"]]:
            assert found == {"TargetGroup": "targetgroup/web/1", "LoadBalancer": "app/lb/2"}


def test_silence_is_never_a_breach():
    assert {it.inputs["treatMissingData"] for it in alarms().of_type("MetricAlarm")} == {"notBreaching"}


def test_unhealthy_hosts_never_gate():
    graph = alarms()
    assert graph.one("MetricAlarm", "web-unhealthy-hosts").inputs["metricName"] == "UnHealthyHostCount"
    assert [it.rsplit("-", 1)[0] for it in graph.exports["gating"]] == ["web-5xx", "web-latency"]


def test_every_alarm_looks_at_the_periods_asked_for():
    for alarm in alarms(AlarmSettings(period_seconds=120, periods=3)).of_type("MetricAlarm"):
        queries = [it["metric"]["period"] for it in alarm.inputs.get("metricQueries", []) if "metric" in it]
        assert set(queries or [alarm.inputs["period"]]) == {120}
        assert alarm.inputs["evaluationPeriods"] == alarm.inputs["datapointsToAlarm"] == 3


@pytest.mark.parametrize("topic, actions", [(None, []), (TOPIC, [TOPIC])])
def test_a_topic_hears_of_every_change(topic, actions):
    for alarm in alarms(notify_topic_arn=topic).of_type("MetricAlarm"):
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == actions


def test_alarms_below_a_service_carry_its_tags_and_its_name(ground):
    def program(on):
        tagged = ServiceSettings(tags={"team": "shop"})
        web = ImmutableService("web", tagged, image=on.image, network=on.network, gate=ground.gate)
        opts = pulumi.ResourceOptions(parent=web)
        Alarms("extra", AlarmSettings(), target_group="targetgroup/web/1", load_balancer="app/lb/2", opts=opts)

    tags = ground.run(program).one("MetricAlarm", "extra-5xx").inputs["tags"]
    assert (tags["team"], tags["strata:service"]) == ("shop", "web")
    assert alarms().one("MetricAlarm", "web-5xx").inputs["tags"]["strata:service"] == "web"


def test_a_target_group_and_a_load_balancer_can_be_passed_as_they_are():
    def program():
        network = Network("main", NetworkSettings())
        ingress = Ingress("public", IngressSettings(), network=network)
        targets = aws.lb.TargetGroup("blue", port=8080, protocol="HTTP", vpc_id=network.vpc_id)
        balancer = ingress.resources.load_balancer
        Alarms("component", AlarmSettings(), target_group=targets, load_balancer=ingress)
        Alarms("resource", AlarmSettings(), target_group=targets, load_balancer=balancer)
        Alarms("text", AlarmSettings(), target_group=targets.arn_suffix, load_balancer=balancer.arn_suffix)

    graph = testing.run(program)
    by_component, by_resource, by_text = (
        graph.one("MetricAlarm", f"{name}-latency").inputs["dimensions"] for name in ("component", "resource", "text")
    )
    assert by_component == by_resource == by_text
    assert all(by_text.values())


def test_what_is_no_target_group_is_refused_with_what_to_pass():
    with pytest.raises(UsageError, match=r"(?s)target_group must be .*Pass the target group, such as"):
        testing.run(lambda: Alarms("web", AlarmSettings(), target_group=7, load_balancer="app/lb/2"))  # pyright: ignore[reportArgumentType]
