"""Where and who: region, partition, zones, caller."""

from strata_rehearsal.plugin.connection import AwsConnection
from strata_rehearsal.plugin.engine_values import Properties

__all__ = ["FUNCTIONS"]

# Accounts from which AWS delivered access logs before it had a service principal, by region.
_LOG_ACCOUNTS = {
    "us-east-1": "127311923021",
    "us-east-2": "033677994240",
    "us-west-1": "027434742980",
    "us-west-2": "797873946194",
    "eu-central-1": "054676820928",
    "eu-north-1": "897822967062",
    "eu-west-1": "156460612806",
    "eu-west-2": "652711504416",
    "eu-west-3": "009996457667",
    "ap-northeast-1": "582318560864",
    "ap-south-1": "718504428378",
    "ap-southeast-1": "114774131450",
    "ap-southeast-2": "783225319266",
    "ca-central-1": "985666609251",
    "sa-east-1": "507241528517",
}


def _region(cloud: AwsConnection, arguments: Properties) -> Properties:
    name = arguments.get("region") or arguments.get("name") or cloud.settings.region
    endpoint = f"ec2.{name}.{cloud.suffix}"
    return {"id": name, "name": name, "region": name, "endpoint": endpoint, "description": name}


def _partition(cloud: AwsConnection, _arguments: Properties) -> Properties:
    reverse = ".".join(reversed(cloud.suffix.split(".")))
    return {"id": cloud.partition, "partition": cloud.partition, "dnsSuffix": cloud.suffix, "reverseDnsPrefix": reverse}


def _caller(cloud: AwsConnection, _arguments: Properties) -> Properties:
    who = cloud.identity
    return {"id": who["Account"], "accountId": who["Account"], "arn": who["Arn"], "userId": who["UserId"]}


def _zones(cloud: AwsConnection, arguments: Properties) -> Properties:
    region = arguments.get("region") or cloud.settings.region
    filters = [{"Name": each["name"], "Values": list(each["values"])} for each in arguments.get("filters") or []]
    if state := arguments.get("state"):
        filters.append({"Name": "state", "Values": [state]})
    parameters = {"Filters": filters} if filters else {}
    found = cloud.call("ec2", "describe_availability_zones", region, **parameters)["AvailabilityZones"]
    names, ids = arguments.get("excludeNames") or (), arguments.get("excludeZoneIds") or ()
    zones = sorted(
        (zone for zone in found if zone["ZoneName"] not in names and zone["ZoneId"] not in ids),
        key=lambda zone: zone["ZoneName"],
    )
    return {
        **arguments,
        "id": region,
        "region": region,
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone["ZoneId"] for zone in zones],
        "groupNames": sorted({zone.get("GroupName") or region for zone in zones}),
    }


def _log_account(cloud: AwsConnection, arguments: Properties) -> Properties:
    region = arguments.get("region") or cloud.settings.region
    account = _LOG_ACCOUNTS.get(region, _LOG_ACCOUNTS["us-east-1"])
    return {"id": account, "arn": f"arn:{cloud.partition}:iam::{account}:root", "region": region}


FUNCTIONS = {
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getCallerIdentity:getCallerIdentity": _caller,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _zones,
    "aws:elb/getServiceAccount:getServiceAccount": _log_account,
}
