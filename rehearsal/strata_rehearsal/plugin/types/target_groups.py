"""Target groups."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from strata_rehearsal.plugin.check import Failure
from strata_rehearsal.plugin.engine_values import is_unknown
from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.type_row import ID, ApiCall, AutoName, Lookup, P, PropertyStep, TypeRow, sends
from strata_rehearsal.plugin.types.tagging import attribute_outputs, attribute_step, elb_tags, listed

__all__ = ["ROWS"]

_ATTRIBUTES = {
    "deregistrationDelay": "deregistration_delay.timeout_seconds",
    "connectionTermination": "deregistration_delay.connection_termination.enabled",
    "lambdaMultiValueHeadersEnabled": "lambda.multi_value_headers.enabled",
    "loadBalancingAlgorithmType": "load_balancing.algorithm.type",
    "loadBalancingAnomalyMitigation": "load_balancing.algorithm.anomaly_mitigation",
    "loadBalancingCrossZoneEnabled": "load_balancing.cross_zone.enabled",
    "preserveClientIp": "preserve_client_ip.enabled",
    "proxyProtocolV2": "proxy_protocol_v2.enabled",
    "slowStart": "slow_start.duration_seconds",
    "stickiness": {
        "enabled": "stickiness.enabled",
        "type": "stickiness.type",
        "cookieDuration": "stickiness.lb_cookie.duration_seconds",
        "cookieName": "stickiness.app_cookie.cookie_name",
    },
}
_CHECK = {
    "enabled": "HealthCheckEnabled",
    "healthyThreshold": "HealthyThresholdCount",
    "interval": "HealthCheckIntervalSeconds",
    "path": "HealthCheckPath",
    "port": "HealthCheckPort",
    "protocol": "HealthCheckProtocol",
    "timeout": "HealthCheckTimeoutSeconds",
    "unhealthyThreshold": "UnhealthyThresholdCount",
}
_NUMBERS = frozenset({"healthyThreshold", "interval", "timeout", "unhealthyThreshold"})
_GRPC = "GRPC"


def _allowed_name(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    name = inputs.get("name")
    if name is None or is_unknown(name):
        return
    if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?", name):
        yield Failure(
            "name",
            "a target group's name has at most 32 letters, digits and hyphens and neither begins nor ends with a "
            f"hyphen, got {name!r}",
        )


def _check_member(member: str) -> Any:
    def fill(resource: LiveResource) -> Any:
        block = resource.inputs.get("healthCheck") or {}
        name = next(key for key, value in _CHECK.items() if value == member)
        value = block.get(name)
        if value is None:
            return None
        if name == "enabled":
            return str(value).lower() == "true"
        return int(value) if name in _NUMBERS else str(value)

    return fill


def _matcher(resource: LiveResource) -> dict[str, str] | None:
    codes = (resource.inputs.get("healthCheck") or {}).get("matcher")
    if not codes:
        return None
    return {"GrpcCode" if resource.get("protocolVersion") == _GRPC else "HttpCode": str(codes)}


def _described_check(_resource: LiveResource, found: Mapping[str, Any]) -> dict[str, Any]:
    check = {name: found[member] for name, member in _CHECK.items() if found.get(member) is not None}
    matcher = found.get("Matcher") or {}
    codes = matcher.get("HttpCode") or matcher.get("GrpcCode")
    return check | ({"matcher": codes} if codes else {})


_HEALTH = {member: _check_member(member) for member in _CHECK.values()} | {"Matcher": _matcher}

TARGET_GROUP = TypeRow(
    tokens=("aws:lb/targetGroup:TargetGroup", "aws:alb/targetGroup:TargetGroup"),
    service="elbv2",
    create=ApiCall(
        "create_target_group",
        {
            "Name": P("name"),
            **sends("port protocol protocolVersion vpcId targetType ipAddressType targetControlPort"),
            **_HEALTH,
        },
    ),
    id="TargetGroups[0].TargetGroupArn",
    read=Lookup(
        ApiCall("describe_target_groups", {"TargetGroupArns": [ID]}), "TargetGroups[0]", ("TargetGroupNotFound",)
    ),
    steps=(
        PropertyStep("healthCheck", ApiCall("modify_target_group", {"TargetGroupArn": ID, **_HEALTH}), on_create=False),
        attribute_step(_ATTRIBUTES, "modify_target_group_attributes", "TargetGroupArn"),
    ),
    delete=ApiCall("delete_target_group", {"TargetGroupArn": ID}),
    busy=("ResourceInUse",),
    replace="name port protocol protocolVersion vpcId targetType ipAddressType targetControlPort",
    renames={"name": "TargetGroupName"},
    defaults={
        "targetType": "instance",
        "deregistrationDelay": 300,
        "slowStart": 0,
        "lambdaMultiValueHeadersEnabled": False,
        "proxyProtocolV2": False,
    },
    outputs={
        "arn": "TargetGroupArn",
        "arnSuffix": lambda r, _: r.id.rpartition(":")[2],
        "healthCheck": _described_check,
        "port": lambda _, found: found.get("Port"),
        **attribute_outputs(_ATTRIBUTES, listed("describe_target_group_attributes", "TargetGroupArn")),
    },
    tagging=elb_tags(),
    auto_name=AutoName(32),
    checks=(_allowed_name,),
    recorded="targetFailovers targetGroupHealth targetHealthStates",
)

ROWS = (TARGET_GROUP,)
