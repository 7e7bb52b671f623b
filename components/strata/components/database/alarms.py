"""Alarms of one RDS instance."""

from collections.abc import Mapping
from typing import Any

import pulumi_aws as aws

from strata.components.base import Component
from strata.naming import ALARM_NAME
from strata.settings.models import DatabaseAlarmSettings
from strata.spectrum import Mutability

__all__ = ["alarm", "alarms"]

_MIB = 1024**2
_GIB = 1024**3


def alarms(
    component: Component,
    settings: DatabaseAlarmSettings,
    instance: "aws.rds.Instance",
    size_gib: int,
    topic_arn: str | None,
) -> None:
    """Alarms for CPU, storage, memory and connections, without those that are switched off."""

    def make(key: str, what: str, metric: str, comparison: str, threshold: float | None) -> None:
        if threshold is not None:
            alarm(component, settings, instance, topic_arn, key, what, (metric, comparison, threshold))

    percent, memory = settings.free_storage_percent, settings.freeable_memory_mib
    storage = None if percent is None else size_gib * _GIB * percent / 100
    make("cpu_alarm", "uses much CPU", "CPUUtilization", "GreaterThanThreshold", settings.cpu_percent)
    make("storage_alarm", "has little free storage", "FreeStorageSpace", "LessThanThreshold", storage)
    make(
        "memory_alarm",
        "has little memory",
        "FreeableMemory",
        "LessThanThreshold",
        None if memory is None else memory * _MIB,
    )
    make(
        "connections_alarm",
        "has many connections",
        "DatabaseConnections",
        "GreaterThanThreshold",
        settings.connections,
    )


def alarm(
    component: Component,
    settings: DatabaseAlarmSettings,
    instance: "aws.rds.Instance",
    topic_arn: str | None,
    key: str,
    what: str,
    limit: tuple[str, str, float],
) -> None:
    """One alarm: a metric of the instance, compared with a threshold. No data is no breach: it is asleep, or new."""
    metric, comparison, threshold = limit
    actions = [topic_arn] if topic_arn else []
    inputs: Mapping[str, Any] = {
        "alarm_description": f"{component.pulumi_resource_name} {what}",
        "namespace": "AWS/RDS",
        "metric_name": metric,
        "dimensions": {"DBInstanceIdentifier": instance.identifier},
        "statistic": "Average",
        "comparison_operator": comparison,
        "threshold": threshold,
        "period": settings.period_seconds,
        "evaluation_periods": settings.periods,
        "datapoints_to_alarm": settings.periods,
        "treat_missing_data": "notBreaching",
        "alarm_actions": actions,
        "ok_actions": actions,
    }
    component.child(
        aws.cloudwatch.MetricAlarm,
        key,
        Mutability.REPLACED,
        suffix=key.removesuffix("_alarm"),
        named=ALARM_NAME,
    )(**inputs)
