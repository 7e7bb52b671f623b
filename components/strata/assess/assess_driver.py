"""AWS as an assessment asks it: whatever has several pages is read to its end, and nothing is changed."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from strata.assess.assessed_group import AssessedGroup, AssessedLaunch, AssessedServer, LaunchSource, OpenedPort
from strata.aws.clients import ClientFor
from strata.aws.portions import portions

__all__ = ["AssessDriver"]

_VALUES: Final = 200
"""Values of one filter of EC2."""
_GROUPS_A_PAGE: Final = 100
"""DescribeAutoScalingGroups: `MaxRecords`."""
_CONFIGURATIONS: Final = 50
"""DescribeLaunchConfigurations: names in one call."""
_DOORS: Final = (22, 3389)
"""SSH and remote desktop."""
_THERE: Final = ["pending", "running", "stopping", "stopped"]


class AssessDriver:
    """The calls of an assessment.

    Args:
        client: gives the boto3 client of a service.
    """

    def __init__(self, client: ClientFor) -> None:
        self._client = client

    @property
    def region(self) -> str:
        """Where it asks."""
        return str(self._client("autoscaling").meta.region_name)

    def groups_tagged(self, tags: Mapping[str, str]) -> list[AssessedGroup]:
        """All groups that carry every one of the tags, by name."""
        return self._groups(Filters=[{"Name": f"tag:{key}", "Values": [value]} for key, value in tags.items()])

    def groups_named(self, name: str) -> list[AssessedGroup]:
        """The group of a name, if there is one."""
        return self._groups(AutoScalingGroupNames=[name])

    def _groups(self, **asked: Any) -> list[AssessedGroup]:
        pages = self._client("autoscaling").get_paginator("describe_auto_scaling_groups")
        found = pages.paginate(**asked, PaginationConfig={"PageSize": _GROUPS_A_PAGE})
        groups = [AssessedGroup.from_api(each) for page in found for each in page["AutoScalingGroups"]]
        return sorted(groups, key=lambda each: each.name)

    def launch(self, source: LaunchSource) -> AssessedLaunch | None:
        """What a version of a launch template launches; None where it is not there."""
        if source.template is None:
            raise TypeError(f"{source} is none of a template")
        asked = self._client("ec2").get_paginator("describe_launch_template_versions")
        pages = asked.paginate(LaunchTemplateId=source.template, Versions=[source.version])
        found = [each["LaunchTemplateData"] for page in pages for each in page["LaunchTemplateVersions"]]
        return AssessedLaunch.from_api(source, found[0]) if found else None

    def configurations(self, sources: Collection[LaunchSource]) -> list[AssessedLaunch]:
        """What launch configurations launch, of those that are there."""
        names = {str(each.configuration): each for each in sources}
        pages = self._client("autoscaling").get_paginator("describe_launch_configurations")
        return [
            AssessedLaunch.from_api(names[each["LaunchConfigurationName"]], each)
            for some in portions(sorted(names), _CONFIGURATIONS)
            for page in pages.paginate(LaunchConfigurationNames=some)
            for each in page["LaunchConfigurations"]
        ]

    def servers(self, ids: Collection[str]) -> dict[str, AssessedServer]:
        """Instances that have not ended, by id."""
        alive = {"Name": "instance-state-name", "Values": _THERE}
        return {
            each["InstanceId"]: AssessedServer.from_api(each)
            for answer in self._described("describe_instances", "instance-id", ids, alive)
            for reservation in answer["Reservations"]
            for each in reservation["Instances"]
        }

    def opened(self, security_groups: Collection[str]) -> list[OpenedPort]:
        """The ways in to ports that people log in by."""
        return [
            opened
            for answer in self._described("describe_security_groups", "group-id", security_groups)
            for each in answer["SecurityGroups"]
            for opened in _opened(each)
        ]

    def elastic(self, ids: Collection[str]) -> dict[str, tuple[str, ...]]:
        """The elastic addresses of servers, by server."""
        found: dict[str, tuple[str, ...]] = {}
        ec2 = self._client("ec2")
        # DescribeAddresses has no pages
        for some in portions(sorted(ids), _VALUES):
            asked = [{"Name": "instance-id", "Values": list(some)}]
            for each in ec2.describe_addresses(Filters=asked)["Addresses"]:
                server = each["InstanceId"]
                found[server] = (*found.get(server, ()), each["PublicIp"])
        return found

    def stores(self, instance_types: Collection[str]) -> dict[str, int]:
        """Gigabytes of instance store, by instance type, of those that have one."""
        return {
            each["InstanceType"]: int(each["InstanceStorageInfo"]["TotalSizeInGB"])
            for answer in self._described("describe_instance_types", "instance-type", instance_types)
            for each in answer["InstanceTypes"]
            if each.get("InstanceStorageInfo")
        }

    def _described(
        self, call: str, name: str, values: Collection[str], *more: Mapping[str, Any]
    ) -> Iterator[Mapping[str, Any]]:
        """The pages of an answer about things that are named, by a filter: EC2 refuses an id that is gone."""
        pages = self._client("ec2").get_paginator(call)
        for some in portions(sorted(values), _VALUES):
            yield from pages.paginate(Filters=[{"Name": name, "Values": list(some)}, *more])


def _opened(group: Mapping[str, Any]) -> Iterator[OpenedPort]:
    for rule in group.get("IpPermissions", ()):
        for port in _DOORS:
            if _lets_in(rule, port):
                yield from (OpenedPort(group["GroupId"], port, source) for source in _sources(rule))


def _lets_in(rule: Mapping[str, Any], port: int) -> bool:
    if rule["IpProtocol"] == "-1":
        return True
    return rule["IpProtocol"] in ("tcp", "6") and rule.get("FromPort", 0) <= port <= rule.get("ToPort", 65_535)


def _sources(rule: Mapping[str, Any]) -> Iterator[str]:
    for part, key in (
        ("IpRanges", "CidrIp"),
        ("Ipv6Ranges", "CidrIpv6"),
        ("UserIdGroupPairs", "GroupId"),
        ("PrefixListIds", "PrefixListId"),
    ):
        yield from (str(each[key]) for each in rule.get(part) or () if each.get(key))
