"""CloudWatch: metric alarms and log groups."""

from collections.abc import Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.type_row import ID, ApiCall, AutoName, Lookup, P, PropertyStep, TypeRow, sends
from strata_rehearsal.plugin.types.tagging import arn_tags

__all__ = ["ROWS"]

_SETTINGS = (
    "actionsEnabled alarmActions alarmDescription comparisonOperator datapointsToAlarm dimensions evaluationPeriods "
    "extendedStatistic insufficientDataActions metricName namespace period statistic threshold thresholdMetricId "
    "treatMissingData unit"
)
_STAT = ("Period", "Stat", "Unit")


def _queries(blocks: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """CloudWatch keeps a metric's identity apart from how it is counted; the provider has both in one block."""
    queries: list[dict[str, Any]] = []
    for block in blocks:
        query = {key[:1].upper() + key[1:]: value for key, value in block.items() if key != "metric"}
        if "ReturnData" in query:
            query["ReturnData"] = str(query["ReturnData"]).lower() == "true"
        if metric := block.get("metric"):
            dimensions = [{"Name": key, "Value": str(value)} for key, value in (metric.get("dimensions") or {}).items()]
            identity = {
                "MetricName": metric["metricName"],
                "Namespace": metric.get("namespace"),
                "Dimensions": dimensions,
            }
            query["MetricStat"] = {
                "Metric": {key: value for key, value in identity.items() if value},
                "Period": int(metric["period"]),
                "Stat": metric["stat"],
                **({"Unit": metric["unit"]} if metric.get("unit") else {}),
            }
        queries.append(query)
    return queries


def _described_queries(_resource: LiveResource, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    for query in found.get("Metrics") or []:
        block = {key[:1].lower() + key[1:]: value for key, value in query.items() if key != "MetricStat"}
        block.setdefault("returnData", False)
        if stat := query.get("MetricStat"):
            metric = stat["Metric"]
            dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions") or []}
            block["metric"] = {
                **{key.lower(): stat[key] for key in _STAT if stat.get(key) is not None},
                "metricName": metric.get("MetricName"),
                "namespace": metric.get("Namespace"),
                **({"dimensions": dimensions} if dimensions else {}),
            }
        blocks.append(block)
    return blocks


_PUT = ApiCall(
    "put_metric_alarm",
    {
        "AlarmName": P("name"),
        **sends(
            _SETTINGS,
            okActions="OKActions",
            evaluateLowSampleCountPercentiles="EvaluateLowSampleCountPercentile",
        ),
        "Metrics": lambda r: _queries(r.inputs.get("metricQueries") or []) or None,
    },
)

ALARM = TypeRow(
    tokens=("aws:cloudwatch/metricAlarm:MetricAlarm",),
    service="cloudwatch",
    create=_PUT,
    id=lambda resource, _: str(resource.get("name")),
    read=Lookup(ApiCall("describe_alarms", {"AlarmNames": [ID], "AlarmTypes": ["MetricAlarm"]}), "MetricAlarms[0]"),
    steps=(
        PropertyStep(f"{_SETTINGS} okActions evaluateLowSampleCountPercentiles metricQueries", _PUT, on_create=False),
    ),
    delete=ApiCall("delete_alarms", {"AlarmNames": [ID]}),
    gone=("ResourceNotFound", "ResourceNotFoundException"),
    replace="name",
    renames={"name": "AlarmName"},
    defaults={"actionsEnabled": True, "treatMissingData": "missing"},
    outputs={"arn": "AlarmArn", "metricQueries": _described_queries, "threshold": "Threshold"},
    tagging=arn_tags(lambda r: r.arn(f"alarm:{r.id}"), "ResourceARN"),
    auto_name=AutoName(255),
    recorded="evaluationCriteria evaluationInterval evaluationWindow warmUpConfiguration",
)


def _find_log_group(resource: LiveResource) -> Mapping[str, Any] | None:
    """The API lists by prefix only."""
    groups = resource.cloud.pages(
        "logs", "describe_log_groups", "logGroups", resource.region, logGroupNamePrefix=resource.id
    )
    return next((group for group in groups if group["logGroupName"] == resource.id), None)


def _retention(resource: LiveResource) -> None:
    """0 days is the provider's word for "keep for ever"."""
    if days := resource.inputs.get("retentionInDays"):
        resource.aws("put_retention_policy", logGroupName=resource.id, retentionInDays=int(days))
    elif resource.state.get("retentionInDays"):
        resource.aws("delete_retention_policy", logGroupName=resource.id)


def _delete_log_group(resource: LiveResource) -> None:
    if str(resource.get("skipDestroy")).lower() != "true":
        resource.aws("delete_log_group", logGroupName=resource.id)


def _log_group_arn(resource: LiveResource, _found: Mapping[str, Any] | None = None) -> str:
    """Without the `:*` that describing adds, which no other API wants."""
    return resource.arn(f"log-group:{resource.id}")


LOG_GROUP = TypeRow(
    tokens=("aws:cloudwatch/logGroup:LogGroup",),
    service="logs",
    create=ApiCall(
        "create_log_group", sends("", name="logGroupName", kmsKeyId="kmsKeyId", logGroupClass="logGroupClass")
    ),
    id=lambda resource, _: str(resource.get("name")),
    read=_find_log_group,
    steps=(PropertyStep("retentionInDays", _retention),),
    delete=_delete_log_group,
    gone=("ResourceNotFoundException",),
    replace="name logGroupClass",
    renames={"name": "logGroupName"},
    defaults={
        "retentionInDays": 0,
        "skipDestroy": False,
        "logGroupClass": "STANDARD",
        "deletionProtectionEnabled": False,
    },
    outputs={"arn": _log_group_arn, "retentionInDays": lambda _, found: found.get("retentionInDays", 0)},
    tagging=arn_tags(_log_group_arn, "resourceArn", "tags", "tagKeys", at="tags", as_dict=True, on_create="tags"),
    auto_name=AutoName(512),
    recorded="skipDestroy deletionProtectionEnabled",
)

ROWS = (ALARM, LOG_GROUP)
