"""The heartbeat of a gate: a metric that it reports while it watches an instance refresh, and the alarm that misses it.

EC2 takes a refresh back when one of its alarms is in ALARM. One that only the gate keeps OK, because its missing data
is a breach, makes a rollout fail closed: if the laptop or the runner dies, the metric ends, and EC2 takes the refresh
back by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strata.rollout.servers.server_spec import ServerSpec

__all__ = ["METRIC", "NAMESPACE", "PERIOD_SECONDS", "Heartbeat", "describe_heartbeat", "heartbeat_of"]

NAMESPACE = "Strata"
"""A namespace of one's own: CloudWatch keeps `AWS/` for itself (PutMetricData)."""
METRIC = "GateHeartbeat"
PERIOD_SECONDS = 60
"""Length of a data point of a metric of standard resolution, the shortest there is (PutMetricAlarm)."""


@dataclass(frozen=True)
class Heartbeat:
    """The metric of one service.

    Args:
        alarm: name of the alarm that watches it.
    """

    alarm: str

    @property
    def dimensions(self) -> Mapping[str, str]:
        """What tells it from those of other services."""
        return {"Alarm": self.alarm}

    def to_api(self) -> dict[str, Any]:
        """The parameters of PutMetricData for one heartbeat."""
        dimensions = [{"Name": name, "Value": value} for name, value in self.dimensions.items()]
        return {
            "Namespace": NAMESPACE,
            "MetricData": [{"MetricName": METRIC, "Dimensions": dimensions, "Value": 1.0, "Unit": "Count"}],
        }


def heartbeat_of(spec: ServerSpec) -> Heartbeat | None:
    """The heartbeat of a service's gate; None where a rollout is to go on without its gate."""
    return None if spec.heartbeat is None else Heartbeat(spec.heartbeat)


def describe_heartbeat(spec: ServerSpec) -> tuple[str, ...]:
    """What a plan says of it; nothing where there is none."""
    minutes = spec.settings.heartbeat_minutes
    if minutes is None:
        return ()
    why = (
        f"stops on {minutes} min without a heartbeat of the gate, as CloudWatch counts: goes back to the release before"
    )
    return ("starts some minutes later, when the alarm of its heartbeat is OK", why)
