"""AWS as a look for drift asks it: what several services need is asked once, and what was answered is kept."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from strata.aws.clients import ClientFor
from strata.drift.kept_parameters import KeptParameters
from strata.drift.running_instance import GROUP_TAG, RunningInstance
from strata.drift.served_certificate import ServedCertificate
from strata.images.image_finder import FoundVersion, ImageFinder
from strata.rollout.registered_targets import RegisteredTargets
from strata.rollout.servers.driver import Driver
from strata.rollout.servers.views import GroupView

__all__ = ["DriftDriver"]

_A_PAGE = 1000
"""DescribeInstances: `MaxResults`."""
_GROUPS_A_PAGE = 100
"""DescribeAutoScalingGroups: `MaxRecords`."""
_THERE = ["pending", "running", "stopping", "stopped"]
"""States of instances without those that end: a rollout of a thousand servers leaves a thousand of them for an hour."""


class DriftDriver(KeptParameters, Driver):
    """The calls of a rollout of servers, which keep what they were answered, and those that only drift needs.

    Args:
        client: gives the boto3 client of a service.
    """

    def __init__(self, client: ClientFor) -> None:
        super().__init__(client)
        self.versions: dict[tuple[str, str], Mapping[str, Any]] = {}
        """What template versions launch, by template and version."""
        self.targets: dict[str, RegisteredTargets | None] = {}
        """What was in each target group that was asked for; None for one that is gone."""
        self._groups: dict[str, GroupView] = {}
        self._balancers: set[str] = set()
        """ARNs of the load balancers whose listeners were asked for."""

    def prepare(self, parameters: Iterable[str], tags: Mapping[str, str]) -> None:
        """Ask for what several services need at once.

        Args:
            parameters: names of parameters that will be asked for.
            tags: those of all groups that will be asked for.
        """
        self.parameters(list(parameters))
        pages = (
            self._client("autoscaling")
            .get_paginator("describe_auto_scaling_groups")
            .paginate(
                Filters=[{"Name": f"tag:{key}", "Values": [value]} for key, value in tags.items()],
                PaginationConfig={"PageSize": _GROUPS_A_PAGE},
            )
        )
        found = [GroupView.from_api(each) for page in pages for each in page["AutoScalingGroups"]]
        self._groups = {each.name: each for each in found}

    def group(self, name: str) -> GroupView | None:
        # once only: who asks again wants to know what has become of it
        found = self._groups.pop(name, None)
        return found if found is not None else super().group(name)

    def groups_tagged(self, tags: Mapping[str, str]) -> list[GroupView]:
        return [each for each in self._groups.values() if tags.items() <= each.tags.items()]

    def launched(self, template: str, versions: Iterable[str]) -> dict[str, Mapping[str, Any]]:
        found = super().launched(template, versions)
        self.versions |= {(template, version): data for version, data in found.items()}
        return found

    def _targets_in(self, target_group: str) -> RegisteredTargets | None:
        found, before = super()._targets_in(target_group), self.targets.get(target_group)
        self.targets[target_group] = found.after(before) if found is not None and before is not None else found
        return found

    def instances_tagged(self, tags: Mapping[str, str]) -> list[RunningInstance]:
        """All instances that carry every one of the tags and have not ended."""
        filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in tags.items()]
        return self._instances([*filters, {"Name": "instance-state-name", "Values": _THERE}])

    def instances_of(self, group: str) -> list[RunningInstance]:
        """All instances that a group has launched, in whatever state: AWS sets their tag, and nobody can remove it."""
        return self._instances([{"Name": f"tag:{GROUP_TAG}", "Values": [group]}])

    def image_by_id(self, image: str) -> FoundVersion | None:
        """An image, a disabled one too; None where the account does not see it."""
        return next(iter(ImageFinder(self._client).machines_by_id(image)), None)

    def certificate_arns(self, target_groups: Sequence[str]) -> list[str]:
        """ARNs of the certificates of all listeners of the load balancers that lead to target groups.

        Args:
            target_groups: ARNs of target groups that are there.
        """
        balancing = self._client("elbv2")
        found = balancing.describe_target_groups(TargetGroupArns=list(target_groups))["TargetGroups"]
        balancers = sorted({arn for each in found for arn in each["LoadBalancerArns"]})
        arns: list[str] = []
        for each in balancers:
            if each not in self._balancers:
                pages = balancing.get_paginator("describe_listeners").paginate(LoadBalancerArn=each)
                listeners = [one for page in pages for one in page["Listeners"]]
                self._balancers.add(each)
                arns += [one["CertificateArn"] for listener in listeners for one in listener.get("Certificates", ())]
        return list(dict.fromkeys(arns))

    def certificate(self, arn: str) -> ServedCertificate:
        """A certificate of ACM."""
        return ServedCertificate.from_api(self._client("acm").describe_certificate(CertificateArn=arn)["Certificate"])

    def _instances(self, filters: Sequence[Mapping[str, Any]]) -> list[RunningInstance]:
        pages = (
            self._client("ec2")
            .get_paginator("describe_instances")
            .paginate(Filters=list(filters), PaginationConfig={"PageSize": _A_PAGE})
        )
        return [
            RunningInstance.from_api(each)
            for page in pages
            for reservation in page["Reservations"]
            for each in reservation["Instances"]
        ]
