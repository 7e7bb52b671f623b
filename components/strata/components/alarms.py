"""The alarms of one service behind a load balancer."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from strata.components.base import Component
from strata.components.children import Children
from strata.components.ingress import Ingress
from strata.components.inputs import AlarmsOverrides
from strata.settings.models import AlarmSettings
from strata.spectrum import Mutability

__all__ = ["Alarms", "AlarmsChildren"]

_NAMESPACE = "AWS/ApplicationELB"


class AlarmsChildren(Children):
    """What the component Alarms makes."""

    errors: "aws.cloudwatch.MetricAlarm"
    """Too many answers are 5xx."""
    latency: "aws.cloudwatch.MetricAlarm"
    """Answers take too long."""
    unhealthy_hosts: "aws.cloudwatch.MetricAlarm"
    """A server does not pass the health check."""


class Alarms(Component[AlarmsChildren]):
    """5xx rate and p95 latency of a target group, which can stop a rollout, and unhealthy hosts, which only notify.

    A load balancer's own totals would let one service's errors stop another's rollout, so every metric is the target
    group's. No traffic is no breach, and a percentile of a few requests is ignored. Unhealthy hosts never stop a
    rollout: servers that boot count as unhealthy.

    Args:
        name: the component's name, usually the service's. The tag `strata:service` and further tags are those of the
            component that is its parent, if Strata's; without one, the service is the name.
        settings: see `AlarmSettings`.
        target_group: the target group, such as `service.resources.target_group`, or its ARN suffix.
        load_balancer: the ingress or load balancer in front of it, or its ARN suffix.
        notify_topic_arn: SNS topic notified of every change of state. Default: none.
        overrides: inputs of single children, by the child's name in `AlarmsChildren`.
        opts: Pulumi options of the component.
    """

    MUTABILITY = Mutability.REPLACED

    gating: pulumi.Output[Sequence[str]]
    """Names of the alarms that can stop a rollout."""

    def __init__(
        self,
        name: str,
        settings: AlarmSettings,
        *,
        target_group: "aws.lb.TargetGroup | pulumi.Input[str]",
        load_balancer: "aws.lb.LoadBalancer | Ingress | pulumi.Input[str]",
        notify_topic_arn: str | None = None,
        overrides: AlarmsOverrides | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        parent = opts.parent if opts else None
        tags, service = (parent.user_tags, parent.service) if isinstance(parent, Component) else ({}, None)
        super().__init__(name, user_tags=tags, service=service or name, overrides=overrides, opts=opts)
        self._settings = settings
        self._actions = [notify_topic_arn] if notify_topic_arn else []
        self._dimensions = {"TargetGroup": _arn_suffix(target_group), "LoadBalancer": _arn_suffix(load_balancer)}
        errors = self._errors()
        latency = self._latency()
        self._unhealthy_hosts()
        self.gating = pulumi.Output.all(errors.name, latency.name)
        self.publish()

    def _errors(self) -> "aws.cloudwatch.MetricAlarm":
        rate = {
            "id": "rate",
            "label": "5xx answers in percent of requests",
            "expression": "IF(requests > 0, 100 * FILL(errors, 0) / requests, 0)",
            "return_data": True,
        }
        return self._alarm(
            "errors",
            "5xx",
            {
                "alarm_description": f"More than {self._settings.error_rate_percent:g} % of the answers are 5xx",
                "comparison_operator": "GreaterThanThreshold",
                "threshold": self._settings.error_rate_percent,
                "metric_queries": [
                    rate,
                    self._count("errors", "HTTPCode_Target_5XX_Count"),
                    self._count("requests", "RequestCount"),
                ],
            },
        )

    def _count(self, query: str, metric: str) -> dict[str, Any]:
        return {
            "id": query,
            "return_data": False,
            "metric": {
                "namespace": _NAMESPACE,
                "metric_name": metric,
                "dimensions": self._dimensions,
                "period": self._settings.period_seconds,
                "stat": "Sum",
            },
        }

    def _latency(self) -> "aws.cloudwatch.MetricAlarm":
        return self._alarm(
            "latency",
            "latency",
            {
                "alarm_description": f"One answer in twenty takes more than {self._settings.latency_p95_seconds:g} s",
                "comparison_operator": "GreaterThanThreshold",
                "threshold": self._settings.latency_p95_seconds,
                "namespace": _NAMESPACE,
                "metric_name": "TargetResponseTime",
                "dimensions": self._dimensions,
                "period": self._settings.period_seconds,
                "extended_statistic": "p95",
                "evaluate_low_sample_count_percentiles": "ignore",
            },
        )

    def _unhealthy_hosts(self) -> "aws.cloudwatch.MetricAlarm":
        return self._alarm(
            "unhealthy_hosts",
            "unhealthy-hosts",
            {
                "alarm_description": "A server does not pass the load balancer's health check",
                "comparison_operator": "GreaterThanThreshold",
                "threshold": 0,
                "namespace": _NAMESPACE,
                "metric_name": "UnHealthyHostCount",
                "dimensions": self._dimensions,
                "period": self._settings.period_seconds,
                "statistic": "Maximum",
            },
        )

    def _alarm(self, key: str, suffix: str, inputs: Mapping[str, Any]) -> "aws.cloudwatch.MetricAlarm":
        return self.child(
            aws.cloudwatch.MetricAlarm,
            key,
            Mutability.REPLACED,
            suffix=suffix,
        )(
            evaluation_periods=self._settings.periods,
            datapoints_to_alarm=self._settings.periods,
            treat_missing_data="notBreaching",
            alarm_actions=self._actions,
            ok_actions=self._actions,
            **inputs,
        )


def _arn_suffix(of: "Ingress | aws.lb.LoadBalancer | aws.lb.TargetGroup | pulumi.Input[str]") -> pulumi.Input[str]:
    """What CloudWatch's dimensions call a load balancer or a target group."""
    if isinstance(of, Ingress):
        return of.load_balancer_arn_suffix
    return of.arn_suffix if isinstance(of, aws.lb.LoadBalancer | aws.lb.TargetGroup) else of
