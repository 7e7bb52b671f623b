"""Looks at container services from outside, as a stranger with credentials would, while something else deploys them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.all_pages import all_pages
from tests.integration.support.observer import Observer, Sighting
from tests.integration.support.site import Site

__all__ = ["TaskObserver", "serving_groups"]


def serving_groups(balancing: Any, balancers: Iterable[Mapping[str, Any]]) -> set[str]:
    """ARNs of the target groups that requests are sent to.

    Args:
        balancing: a client of elbv2.
        balancers: the load balancers of a service, as ECS describes them.
    """
    groups: set[str] = set()
    for each in balancers:
        rule = each.get("advancedConfiguration", {}).get("productionListenerRule")
        if rule is None:
            groups.add(each["targetGroupArn"])
            continue
        (found,) = balancing.describe_rules(RuleArns=[rule])["Rules"]
        sent = [action["ForwardConfig"]["TargetGroups"] for action in found["Actions"] if "ForwardConfig" in action]
        groups |= {group["TargetGroupArn"] for targets in sent for group in targets if group["Weight"]}
    return groups


class TaskObserver(Observer):
    """Looks at the container services of a stack: their counts, and whether what has requests is healthy.

    Args:
        site: where to look.
        stack: whose services.
    """

    def __init__(self, site: Site, stack: str) -> None:
        super().__init__(site, stack)
        self._ecs = site.new_client("ecs", "observer")
        self._balancing = site.new_client("elbv2", "observer")

    def look(self) -> Iterator[Sighting]:
        for cluster in all_pages(self._ecs, "list_clusters"):
            names = self._ecs.list_services(cluster=cluster)["serviceArns"]
            if not names:
                continue
            found = self._ecs.describe_services(cluster=cluster, services=names, include=["TAGS"])["services"]
            for each in found:
                tags = {tag["key"]: tag["value"] for tag in each.get("tags", ())}
                if tags.get("strata:stack") == self._stack:
                    yield from self._see(each["clusterArn"], each["serviceName"], tags["strata:service"])

    def _see(self, cluster: str, name: str, service: str) -> Iterator[Sighting]:
        before = self._now()
        shown = self._described(cluster, name)
        balancers = shown["loadBalancers"]
        serving = serving_groups(self._balancing, balancers)
        healthy = {arn: self._healthy(arn) for arn in serving}
        # requests move between two calls, and a group that has none any more may be empty
        serving &= serving_groups(self._balancing, balancers)
        shown = self._described(cluster, name)
        healthy = {arn: healthy[arn] | self._healthy(arn) for arn in serving}
        yield Sighting(
            service=service,
            before=before,
            after=self._now(),
            desired=shown["desiredCount"],
            healthy=min((len(found) for found in healthy.values()), default=shown["runningCount"]),
            total=shown["runningCount"] + shown["pendingCount"],
        )

    def _described(self, cluster: str, name: str) -> Mapping[str, Any]:
        (found,) = self._ecs.describe_services(cluster=cluster, services=[name])["services"]
        return found

    def _healthy(self, arn: str) -> set[str]:
        found = self._balancing.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        return {each["Target"]["Id"] for each in found if each["TargetHealth"]["State"] == "healthy"}
