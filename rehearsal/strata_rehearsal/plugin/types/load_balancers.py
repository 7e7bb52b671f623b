"""Application and network load balancers."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from strata_rehearsal.plugin.check import Failure
from strata_rehearsal.plugin.engine_values import is_unknown
from strata_rehearsal.plugin.live_resource import LiveResource, dig
from strata_rehearsal.plugin.operation_errors import AwsCallError
from strata_rehearsal.plugin.type_row import ID, ApiCall, AutoName, Lookup, P, PropertyStep, TypeRow, sends
from strata_rehearsal.plugin.types.tagging import attribute_outputs, attribute_step, elb_tags, listed

__all__ = ["ROWS"]

POLL_SECONDS = 10.0
ACTIVE_SECONDS = 600.0
"""How long a load balancer may take to become active, simulated; the provider's default."""

_ATTRIBUTES = {
    "accessLogs": {
        "bucket": "access_logs.s3.bucket",
        "enabled": "access_logs.s3.enabled",
        "prefix": "access_logs.s3.prefix",
    },
    "connectionLogs": {
        "bucket": "connection_logs.s3.bucket",
        "enabled": "connection_logs.s3.enabled",
        "prefix": "connection_logs.s3.prefix",
    },
    "clientKeepAlive": "client_keep_alive.seconds",
    "desyncMitigationMode": "routing.http.desync_mitigation_mode",
    "dnsRecordClientRoutingPolicy": "dns_record.client_routing_policy",
    "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
    "enableCrossZoneLoadBalancing": "load_balancing.cross_zone.enabled",
    "enableDeletionProtection": "deletion_protection.enabled",
    "enableHttp2": "routing.http2.enabled",
    "enableTlsVersionAndCipherSuiteHeaders": "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
    "enableWafFailOpen": "waf.fail_open.enabled",
    "enableXffClientPort": "routing.http.xff_client_port.enabled",
    "enableZonalShift": "zonal_shift.config.enabled",
    "idleTimeout": "idle_timeout.timeout_seconds",
    "preserveHostHeader": "routing.http.preserve_host_header.enabled",
    "xffHeaderProcessingMode": "routing.http.xff_header_processing.mode",
}
_look = listed("describe_load_balancer_attributes", "LoadBalancerArn")


def _allowed_name(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    name = inputs.get("name")
    if name is None or is_unknown(name):
        return
    if not re.fullmatch(r"(?!internal-)[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?", name):
        yield Failure(
            "name",
            "a load balancer's name has at most 32 letters, digits and hyphens, neither begins nor ends with a hyphen, "
            f"and does not begin with internal-, got {name!r}",
        )


def _scheme(resource: LiveResource) -> str:
    return "internal" if str(resource.inputs.get("internal")).lower() == "true" else "internet-facing"


def _active(resource: LiveResource, _changed: frozenset[str]) -> None:
    deadline = resource.cloud.now() + ACTIVE_SECONDS
    while (state := _state(resource)) != "active":
        if state == "failed" or resource.cloud.now() >= deadline:
            raise AwsCallError("", f"load balancer {resource.id} is {state}", "DescribeLoadBalancers")
        resource.cloud.pause(POLL_SECONDS)


def _state(resource: LiveResource) -> str:
    found = resource.aws("describe_load_balancers", LoadBalancerArns=[resource.id])
    return str(dig(found, "LoadBalancers[0].State.Code"))


LOAD_BALANCER = TypeRow(
    tokens=("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer"),
    service="elbv2",
    create=ApiCall(
        "create_load_balancer",
        sends("subnets subnetMappings securityGroups ipAddressType customerOwnedIpv4Pool", loadBalancerType="Type")
        | {"Name": P("name"), "Scheme": _scheme},
    ),
    id="LoadBalancers[0].LoadBalancerArn",
    read=Lookup(
        ApiCall("describe_load_balancers", {"LoadBalancerArns": [ID]}), "LoadBalancers[0]", ("LoadBalancerNotFound",)
    ),
    steps=(
        PropertyStep(
            "subnets subnetMappings",
            ApiCall("set_subnets", {"LoadBalancerArn": ID, **sends("subnets subnetMappings")}),
            on_create=False,
        ),
        PropertyStep(
            "securityGroups",
            ApiCall("set_security_groups", {"LoadBalancerArn": ID, "SecurityGroups": P("securityGroups")}),
            on_create=False,
        ),
        PropertyStep(
            "ipAddressType",
            ApiCall("set_ip_address_type", {"LoadBalancerArn": ID, "IpAddressType": P("ipAddressType")}),
            on_create=False,
        ),
        attribute_step(_ATTRIBUTES, "modify_load_balancer_attributes", "LoadBalancerArn"),
    ),
    delete=ApiCall("delete_load_balancer", {"LoadBalancerArn": ID}),
    settled=_active,
    replace="name internal loadBalancerType customerOwnedIpv4Pool",
    renames={
        "name": "LoadBalancerName",
        "loadBalancerType": "Type",
        "dnsName": "DNSName",
        "zoneId": "CanonicalHostedZoneId",
    },
    defaults={
        "loadBalancerType": "application",
        "internal": False,
        "idleTimeout": 60,
        "clientKeepAlive": 3600,
        "enableDeletionProtection": False,
        "enableHttp2": True,
        "enableCrossZoneLoadBalancing": True,
        "dropInvalidHeaderFields": False,
        "preserveHostHeader": False,
        "enableTlsVersionAndCipherSuiteHeaders": False,
        "enableWafFailOpen": False,
        "enableXffClientPort": False,
        "enableZonalShift": False,
        "desyncMitigationMode": "defensive",
        "xffHeaderProcessingMode": "append",
    },
    outputs={
        "arn": "LoadBalancerArn",
        "arnSuffix": lambda r, _: r.id.partition(":loadbalancer/")[2],
        "internal": lambda _, found: found.get("Scheme") == "internal",
        "subnets": lambda _, found: [zone["SubnetId"] for zone in found.get("AvailabilityZones") or []],
        **attribute_outputs(_ATTRIBUTES, _look),
    },
    tagging=elb_tags(),
    auto_name=AutoName(32),
    checks=(_allowed_name,),
    recorded=(
        "enablePrefixForIpv6SourceNat enforceSecurityGroupInboundRulesOnPrivateLinkTraffic healthCheckLogs "
        "ipamPools minimumLoadBalancerCapacity secondaryIpsAutoAssignedPerSubnet subnetMappings"
    ),
)

ROWS = (LOAD_BALANCER,)
