"""Networks that exist already."""

from typing import Any

from strata.errors import RehearsalError
from strata_rehearsal.plugin.connection import AwsConnection
from strata_rehearsal.plugin.engine_values import Properties
from strata_rehearsal.plugin.invokes.result import aws_filters, described
from strata_rehearsal.plugin.live_resource import dig

__all__ = ["FUNCTIONS"]

_VPC, _SUBNET = "aws:ec2/getVpc:getVpc", "aws:ec2/getSubnet:getSubnet"
_SUBNETS, _GROUP = "aws:ec2/getSubnets:getSubnets", "aws:ec2/getSecurityGroup:getSecurityGroup"


def _one(
    cloud: AwsConnection, arguments: Properties, operation: str, at: str, what: str, **filters: str | None
) -> dict[str, Any]:
    wanted = aws_filters(arguments, **filters)
    parameters = {"Filters": wanted} if wanted else {}
    found = cloud.pages("ec2", operation, at, arguments.get("region"), **parameters)
    if len(found) != 1:
        raise RehearsalError(
            f"the query returned {len(found)} {what}, expected one", fix="Change the filters or name the id."
        )
    return found[0]


def _vpc(cloud: AwsConnection, arguments: Properties) -> Properties:
    region = arguments.get("region") or cloud.settings.region
    found = _one(
        cloud,
        arguments,
        "describe_vpcs",
        "Vpcs",
        "VPCs",
        vpc_id=arguments.get("id"),
        cidr=arguments.get("cidrBlock"),
        **{"is_default": "true"} if arguments.get("default") else {},
    )
    tables = cloud.call(
        "ec2",
        "describe_route_tables",
        region,
        Filters=[{"Name": "vpc-id", "Values": [found["VpcId"]]}, {"Name": "association.main", "Values": ["true"]}],
    )
    switches = {
        name: cloud.call("ec2", "describe_vpc_attribute", region, VpcId=found["VpcId"], Attribute=name)[member]["Value"]
        for name, member in (("enableDnsSupport", "EnableDnsSupport"), ("enableDnsHostnames", "EnableDnsHostnames"))
    }
    return described(
        _VPC,
        {key: value for key, value in arguments.items() if key not in ("tags", "filters")},
        found,
        {"default": "IsDefault"},
        id=found["VpcId"],
        arn=f"arn:{cloud.partition}:ec2:{region}:{cloud.account}:vpc/{found['VpcId']}",
        mainRouteTableId=dig(tables, "RouteTables[0].RouteTableId"),
        region=region,
        **switches,
    )


def _subnet(cloud: AwsConnection, arguments: Properties) -> Properties:
    region = arguments.get("region") or cloud.settings.region
    found = _one(
        cloud,
        arguments,
        "describe_subnets",
        "Subnets",
        "subnets",
        subnet_id=arguments.get("id"),
        vpc_id=arguments.get("vpcId"),
        cidr_block=arguments.get("cidrBlock"),
        availability_zone=arguments.get("availabilityZone"),
    )
    plain = {key: value for key, value in arguments.items() if key not in ("tags", "filters")}
    arn = f"arn:{cloud.partition}:ec2:{region}:{cloud.account}:subnet/{found['SubnetId']}"
    return described(_SUBNET, plain, found, id=found["SubnetId"], arn=arn, region=region)


def _subnets(cloud: AwsConnection, arguments: Properties) -> Properties:
    region = arguments.get("region") or cloud.settings.region
    wanted = aws_filters(arguments)
    found = cloud.pages("ec2", "describe_subnets", "Subnets", region, **({"Filters": wanted} if wanted else {}))
    return described(_SUBNETS, arguments, {}, id=region, ids=sorted(each["SubnetId"] for each in found), region=region)


def _security_group(cloud: AwsConnection, arguments: Properties) -> Properties:
    region = arguments.get("region") or cloud.settings.region
    found = _one(
        cloud,
        arguments,
        "describe_security_groups",
        "SecurityGroups",
        "security groups",
        group_id=arguments.get("id"),
        group_name=arguments.get("name"),
        vpc_id=arguments.get("vpcId"),
    )
    arn = f"arn:{cloud.partition}:ec2:{region}:{cloud.account}:security-group/{found['GroupId']}"
    plain = {key: value for key, value in arguments.items() if key not in ("tags", "filters")}
    return described(_GROUP, plain, found, {"name": "GroupName"}, id=found["GroupId"], arn=arn, region=region)


FUNCTIONS = {_VPC: _vpc, _SUBNET: _subnet, _SUBNETS: _subnets, _GROUP: _security_group}
