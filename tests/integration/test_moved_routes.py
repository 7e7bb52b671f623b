"""A route that changes while the tasks are in the alternate target group: its requests go where the tasks are."""

from collections.abc import Sequence
from typing import Any

import pytest

from strata_rehearsal.cloud.faults import Fault, FaultKind
from tests.all_pages import all_pages
from tests.integration.support.rolled_tasks import digest
from tests.integration.test_container_rollouts import Containers

ROUTE = {"priority": 10, "paths": ["/10/*"]}
PATH = "/20/*"


class Routed(Containers):
    """A container service whose route and ingress change."""

    routes: Sequence[dict[str, Any]] = (ROUTE,)
    ingress: str = "public"

    def use(self, version: str) -> None:
        super().use(version)
        self.trial.extra["strata:container_services"]["web"]["routes"] = list(self.routes)
        self.trial.extra["trial:ingress"] = self.ingress

    def rules(self) -> list[dict[str, Any]]:
        """The listener rules that lead requests to the service, on any load balancer."""
        balancing = self.trial.site.client("elbv2")
        groups = {each["TargetGroupArn"] for each in all_pages(balancing, "describe_target_groups")}
        own = {each for each in groups if self.trial.stack in str(self._tags(each))}
        balancers = [each["LoadBalancerArn"] for each in all_pages(balancing, "describe_load_balancers")]
        listeners = [
            each["ListenerArn"]
            for balancer in balancers
            for each in balancing.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
        ]
        found = [rule for arn in listeners for rule in balancing.describe_rules(ListenerArn=arn)["Rules"]]
        return [each for each in found if set(weights_of(each)) & own]

    def deployments(self) -> int:
        """How many deployments ECS knows of the service."""
        return len(self.trial.container_service("web")["deployments"])

    def _tags(self, arn: str) -> dict[str, str]:
        (found,) = self.trial.site.client("elbv2").describe_tags(ResourceArns=[arn])["TagDescriptions"]
        return {each["Key"]: each["Value"] for each in found["Tags"]}

    def served(self) -> dict[str, int]:
        """How many healthy targets requests find, by listener rule."""
        balancing = self.trial.site.client("elbv2")
        found: dict[str, int] = {}
        for rule in self.rules():
            targets = [
                target
                for group, weight in weights_of(rule).items()
                if weight
                for target in balancing.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
            ]
            found[rule["RuleArn"]] = sum(each["TargetHealth"]["State"] == "healthy" for each in targets)
        return found


def weights_of(rule: dict[str, Any]) -> dict[str, int]:
    sent = [action["ForwardConfig"]["TargetGroups"] for action in rule["Actions"] if "ForwardConfig" in action]
    return {each["TargetGroupArn"]: each["Weight"] for targets in sent for each in targets}


@pytest.fixture
async def routed(new_trial: Any) -> Routed:
    """A service whose second release runs: its tasks are in the alternate target group."""
    made = Routed(new_trial({}, program="containers"), "blue-green")
    for version in ("1.0.0", "1.1.0"):
        done = await made.up(version)
        assert done.ok, done.reason
    return made


async def test_a_route_that_changes_deploys_nothing_and_its_requests_are_answered(routed: Routed):
    (rule,), deployed = routed.rules(), routed.deployments()
    assert routed.served() == {rule["RuleArn"]: 2}

    routed.routes = [{"priority": 20, "paths": [PATH]}]
    done = await routed.up("1.1.0")

    assert done.ok, done.reason
    assert (done.changes.created, done.changes.updated, done.changes.deleted) == (0, 1, 0)
    (changed,) = routed.rules()
    assert (changed["RuleArn"], changed["Priority"]) == (rule["RuleArn"], "20")
    assert changed["Conditions"][0]["PathPatternConfig"]["Values"] == [PATH]
    assert routed.served() == {rule["RuleArn"]: 2}
    assert routed.deployments() == deployed
    await routed.unchanged()

    # a load balancer that is new: its rule cannot be the one that ECS has moved
    routed.ingress = "other"
    bad = digest("2.0.0")
    routed.trial.site.cloud.add_fault(Fault(FaultKind.UNHEALTHY, image=bad))
    failed = await routed.up("2.0.0")
    assert not failed.ok
    assert len(routed.rules()) == 2
    assert set(routed.served().values()) == {2}, "of both load balancers"

    done = await routed.up("1.2.0")
    assert done.ok, done.reason
    routed.is_live("1.2.0")
    assert list(routed.served().values()) == [2]
    await routed.unchanged()

    # and once more with the image that runs, which is in the alternate target group
    deployed, routed.ingress = routed.deployments(), "public"
    done = await routed.up("1.2.0")
    assert done.ok, done.reason
    assert list(routed.served().values()) == [2]
    assert routed.deployments() == deployed + 1
    await routed.unchanged()


async def test_a_service_that_gets_and_loses_its_load_balancer_keeps_its_image_and_is_deployed(new_trial: Any):
    routed = Routed(new_trial({}, program="containers"), "rolling")
    done = await routed.up("1.0.0")
    assert done.ok, done.reason
    assert list(routed.served().values()) == [2]

    for number, routes in enumerate([[], [ROUTE]], start=2):
        routed.routes = routes
        done = await routed.up("1.0.0")
        assert done.ok, done.reason
        assert routed.deployments() == number
        routed.is_live("1.0.0")
        assert list(routed.served().values()) == [2 for _ in routes]
        await routed.unchanged()

    # with another strategy, which is to move the requests of the rule that is there
    routed.strategy = "blue-green"
    done = await routed.up("1.1.0")
    assert done.ok, done.reason
    routed.is_live("1.1.0")
    assert list(routed.served().values()) == [2]
    await routed.unchanged()
