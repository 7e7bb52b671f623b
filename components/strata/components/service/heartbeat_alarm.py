"""The alarm that misses the heartbeat of a gate."""

import pulumi_aws as aws

from strata.components.base import Component
from strata.rollout.servers.heartbeat import METRIC, NAMESPACE, PERIOD_SECONDS, heartbeat_of
from strata.rollout.servers.server_spec import ServerSpec
from strata.spectrum import Mutability

__all__ = ["heartbeat_alarm"]


def heartbeat_alarm(service: Component, spec: ServerSpec) -> "list[aws.cloudwatch.MetricAlarm]":
    """The alarm, where the settings have a rollout fail closed.

    Its name is its own, so that whoever adopts a refresh knows whose heartbeat it waits for. It notifies nobody: there
    is no heartbeat without a rollout, and it is in ALARM until the next one.

    Args:
        service: the service.
        spec: how it is rolled.
    """
    heartbeat = heartbeat_of(spec)
    minutes = spec.settings.heartbeat_minutes
    if heartbeat is None or minutes is None:
        return []
    alarm = service.child(
        aws.cloudwatch.MetricAlarm,
        "heartbeat",
        Mutability.REPLACED,
    )(
        name=heartbeat.alarm,
        alarm_description=f"No gate watches a rollout of {spec.service}: as it should be whenever none runs",
        namespace=NAMESPACE,
        metric_name=METRIC,
        dimensions=heartbeat.dimensions,
        statistic="Maximum",
        comparison_operator="LessThanThreshold",
        threshold=1,
        period=PERIOD_SECONDS,
        evaluation_periods=minutes,
        datapoints_to_alarm=minutes,
        treat_missing_data="breaching",
    )
    return [alarm]
