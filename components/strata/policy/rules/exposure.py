"""Rules over what the internet can reach."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from strata.policy.rule import Rule, Severity, Terms
from strata.resources.resource import Resource
from strata.resources.values import at, is_known, mappings, number, says_yes

__all__ = ["NO_OPEN_ADMIN_PORT", "NO_PUBLIC_DATABASE", "NO_PUBLIC_IMAGE"]

_DATABASES = frozenset(
    {
        "aws:dms/replicationInstance:ReplicationInstance",
        "aws:docdb/clusterInstance:ClusterInstance",
        "aws:lightsail/database:Database",
        "aws:neptune/clusterInstance:ClusterInstance",
        "aws:rds/cluster:Cluster",
        "aws:rds/clusterInstance:ClusterInstance",
        "aws:rds/instance:Instance",
        "aws:rds/shardGroup:ShardGroup",
        "aws:redshift/cluster:Cluster",
        "aws:redshiftserverless/workgroup:Workgroup",
        "aws:timestreaminfluxdb/dbCluster:DbCluster",
        "aws:timestreaminfluxdb/dbInstance:DbInstance",
    }
)
"""Every type of the provider that holds data and has the input `publiclyAccessible`; all are private by default."""

_LAUNCH_PERMISSION: Final = "aws:ec2/amiLaunchPermission:AmiLaunchPermission"
_DISTRIBUTION: Final = "aws:imagebuilder/distributionConfiguration:DistributionConfiguration"
_EVERYBODY: Final = "all"
"""The group of users that is everybody (ModifyImageAttribute)."""

_ADMIN_PORTS = {22: frozenset({"tcp", "6"}), 3389: frozenset({"tcp", "6", "udp", "17"})}
"""SSH and RDP, with the protocols they speak."""
_EVERY_PROTOCOL = frozenset({"-1", "all"})

_INLINE = frozenset({"aws:ec2/securityGroup:SecurityGroup", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"})
_OLD_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"

_WIDEST = {4: 8, 6: 16}
"""Prefix lengths below which a block is the internet whatever it is called: 0.0.0.0/1 and 128.0.0.0/1 are its halves.
The widest blocks anybody was ever given are an IPv4 /8 and an IPv6 /16."""


def _public_database(resource: Resource, _: Terms) -> Iterator[str]:
    if resource.type in _DATABASES:
        public = resource.inputs.get("publiclyAccessible")
        if is_known(public) and says_yes(public):
            yield "can be reached from the internet"


def _public_image(resource: Resource, _: Terms) -> Iterator[str]:
    if resource.type == _LAUNCH_PERMISSION and resource.inputs.get("group") == _EVERYBODY:
        yield "lets every account launch the image"
    if resource.type == _DISTRIBUTION:
        for each in mappings(resource.inputs.get("distributions")):
            groups = at(each, "amiDistributionConfiguration", "launchPermission", "userGroups")
            if isinstance(groups, list) and _EVERYBODY in groups:
                yield f"lets every account launch its images in {each.get('region')}"


def _open_admin_port(resource: Resource, _: Terms) -> Iterator[str]:
    for rule in _ingress(resource):
        world = sorted(block for block in _blocks(rule) if _is_world(block))
        ports = sorted(port for port, protocols in _ADMIN_PORTS.items() if _lets_in(rule, port, protocols))
        if world and ports:
            yield f"lets {' and '.join(world)} in on port {' and '.join(map(str, ports))}"


def _ingress(resource: Resource) -> Iterable[Mapping[str, Any]]:
    """What a resource lets in."""
    if resource.type in _INLINE:
        return mappings(resource.inputs.get("ingress"))
    if resource.type == _RULE or (resource.type == _OLD_RULE and resource.inputs.get("type") == "ingress"):
        return [resource.inputs]
    return []


def _blocks(rule: Mapping[str, Any]) -> Iterator[str]:
    for key in ("cidrBlocks", "ipv6CidrBlocks"):
        several = rule.get(key)
        yield from (each for each in (several if isinstance(several, list) else []) if isinstance(each, str))
    for key in ("cidrIpv4", "cidrIpv6"):
        if isinstance(rule.get(key), str):
            yield rule[key]


def _is_world(block: str) -> bool:
    try:
        network = ipaddress.ip_network(block, strict=False)
    except ValueError:
        return False
    return network.prefixlen < _WIDEST[network.version]


def _lets_in(rule: Mapping[str, Any], port: int, protocols: frozenset[str]) -> bool:
    protocol = str(rule.get("ipProtocol") or rule.get("protocol") or "").lower()
    if protocol in _EVERY_PROTOCOL:
        return True
    first, last = number(rule.get("fromPort")), number(rule.get("toPort"))
    if protocol not in protocols or first is None or last is None:
        return False
    return first == -1 or first <= port <= last


NO_PUBLIC_DATABASE: Final = Rule(
    "no-public-database",
    Severity.MANDATORY,
    "No database can be reached from the internet.",
    "Set publicly_accessible to false, and let clients in by their security groups.",
    _public_database,
)

NO_PUBLIC_IMAGE: Final = Rule(
    "no-public-image",
    Severity.MANDATORY,
    "No machine image can be launched by every account.",
    "Name the accounts that may launch it: an image has everything in it that its servers start with.",
    _public_image,
)

NO_OPEN_ADMIN_PORT: Final = Rule(
    "no-open-admin-port",
    Severity.MANDATORY,
    "Nobody reaches SSH (22) or RDP (3389) from anywhere.",
    "Remove the rule: a shell on a server is a Session Manager session, which needs no open port.",
    _open_admin_port,
)
