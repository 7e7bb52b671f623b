"""Alarms on metrics that somebody reports by PutMetricData, judged by what was reported.

Metrics in the namespaces of AWS (`AWS/...`) come from services that are not simulated; those alarms have their states
from `alarm_states.py`. The rule for missing data is CloudWatch's own ("Configuring how CloudWatch alarms treat missing
data"): a range of more data points than the evaluation periods is looked at, real ones count first, and missing ones
are filled in as few times as possible.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend, MetricDatum

from strata.rollout.servers.refresh import AlarmState

__all__ = ["EVALUATION_SECONDS", "datapoints", "is_reported", "judge"]

EVALUATION_SECONDS = 60.0
"""An alarm of standard resolution is evaluated once a minute."""

FURTHER_POINTS = 2
"""Data points in the range beyond the evaluation periods: five for three in CloudWatch's own example, which gives no
rule for other numbers."""

_STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Average": lambda values: sum(values) / len(values),
    "Maximum": max,
    "Minimum": min,
    "SampleCount": len,
    "Sum": sum,
}
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}


def is_reported(alarm: Alarm) -> bool:
    """Whether an alarm watches one metric that somebody reports, in a way that is simulated."""
    simulated = alarm.statistic in _STATISTICS and alarm.comparison_operator in _COMPARISONS
    return bool(alarm.metric_name) and not alarm.namespace.startswith("AWS/") and simulated


def datapoints(backend: CloudWatchBackend, alarm: Alarm, now: float) -> list[float | None]:
    """The data points of the range that an evaluation looks at, oldest first; None where nothing was reported.

    Args:
        backend: what was reported.
        alarm: the alarm.
        now: simulated time; only periods that have ended count.
    """
    period, count = float(alarm.period), int(alarm.evaluation_periods) + FURTHER_POINTS
    oldest = int(now // period) - count
    values: list[list[float]] = [[] for _ in range(count)]
    identity = _identity(alarm.namespace, alarm.metric_name, alarm.dimensions)
    for datum in backend.metric_data:
        if not isinstance(datum, MetricDatum) or _identity(datum.namespace, datum.name, datum.dimensions) != identity:
            continue
        place = int(_seconds(datum) // period) - oldest
        if 0 <= place < count:
            values[place].append(datum.value)
    statistic = _STATISTICS[alarm.statistic]
    return [float(statistic(each)) if each else None for each in values]


def judge(alarm: Alarm, points: Sequence[float | None]) -> AlarmState | None:
    """The state that an evaluation comes to; None where the alarm keeps the one it has.

    Args:
        alarm: the alarm.
        points: see `datapoints`.
    """
    periods = int(alarm.evaluation_periods)
    breaches = _COMPARISONS[alarm.comparison_operator]
    real = [breaches(point, float(alarm.threshold)) for point in points if point is not None][-periods:]
    filled = periods - len(real)
    if filled and not real:
        return _WITHOUT_DATA.get(alarm.treat_missing_data or "missing", AlarmState.INSUFFICIENT_DATA)
    if filled and alarm.treat_missing_data == "ignore" and any(real):
        return None
    bad = sum(real) + (filled if alarm.treat_missing_data == "breaching" else 0)
    if filled and alarm.treat_missing_data in (None, "missing") and all(real):
        return AlarmState.ALARM
    return AlarmState.ALARM if bad >= int(alarm.datapoints_to_alarm or periods) else AlarmState.OK


_WITHOUT_DATA: Mapping[str, AlarmState | None] = {
    "breaching": AlarmState.ALARM,
    "ignore": None,
    "missing": AlarmState.INSUFFICIENT_DATA,
    "notBreaching": AlarmState.OK,
}


def _identity(namespace: str, name: str, dimensions: Sequence[Any]) -> tuple[object, ...]:
    return namespace, name, frozenset((each.name, each.value) for each in dimensions)


def _seconds(datum: MetricDatum) -> float:
    moment = datum.timestamp
    return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).timestamp()
