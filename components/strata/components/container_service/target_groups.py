"""How requests reach a container service: two target groups, and the rules between which of them ECS moves requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from strata.components.base import Component
from strata.components.container_service.task_roles import infrastructure_role
from strata.components.ingress import Ingress
from strata.components.network import Place
from strata.components.service.traffic import conditions, health_check
from strata.errors import UsageError
from strata.naming import TARGET_GROUP_NAME
from strata.settings.models import ContainerServiceSettings, RouteSettings
from strata.spectrum import Mutability

__all__ = ["TargetGroups", "target_groups"]

_PORT: Final = 80
"""A target group needs a port, and ECS registers every task with its own: a change of it replaces no target group."""
_ALL: Final = 100
_MOVED_RULE: Final = "route"


@dataclass(frozen=True)
class TargetGroups:
    """A service as the load balancer sees it.

    Args:
        primary: where the first release is.
        alternate: where the next one comes, with a strategy that moves requests. They then swap.
        rules: what leads requests to them.
        test_rule: what leads test requests to them; None without test requests.
        mover: the role by which ECS moves requests; None where the service is rolled.
        grants: what that role may do.
    """

    primary: "aws.lb.TargetGroup"
    alternate: "aws.lb.TargetGroup"
    rules: "Sequence[aws.lb.ListenerRule]"
    test_rule: "aws.lb.ListenerRule | None"
    mover: "aws.iam.Role | None"
    grants: Sequence[pulumi.Resource]

    @property
    def every_rule(self) -> "Sequence[aws.lb.ListenerRule]":
        """All rules that lead to them."""
        return [*self.rules, *([self.test_rule] if self.test_rule is not None else [])]

    def load_balancer(self, container: str, port: int) -> dict[str, Any]:
        """The load balancer as the service names it, in pulumi_aws' words."""
        moved: dict[str, Any] = {}
        if self.mover is not None:
            moved["advanced_configuration"] = {
                "alternate_target_group_arn": self.alternate.arn,
                "production_listener_rule": self.rules[0].arn,
                "role_arn": self.mover.arn,
            }
            if self.test_rule is not None:
                moved["advanced_configuration"]["test_listener_rule"] = self.test_rule.arn
        return {
            "target_group_arn": self.primary.arn,
            "container_name": container,
            "container_port": port,
            **moved,
        }


def target_groups(
    service: Component, settings: ContainerServiceSettings, ground: Place, ingress: Ingress
) -> TargetGroups:
    """Two target groups, one listener rule a route, and one for test requests where there are any.

    There are two whatever the strategy, so that another strategy finds the listener rule as it needs it.

    Raises:
        UsageError: another service of this program has a route with the same priority or conditions, or ECS would have
            to move more than one rule.
    """
    if settings.strategy.shifts_traffic and len(settings.routes) > 1:
        raise UsageError(
            f"service {service.pulumi_resource_name!r} has {len(settings.routes)} routes, and with the strategy "
            f"{settings.strategy} ECS moves the requests of one",
            fix="Name all hosts and paths in one route, or set rollout.strategy to rolling.",
        )
    ingress.claim(service.pulumi_resource_name, settings.routes)
    primary = _target_group(service, settings, ground, "target_group", "tg")
    alternate = _target_group(service, settings, ground, "alternate_target_group", "tg-alternate")
    rules = [
        _rule(service, route, ingress, (primary, alternate), *_rule_names(settings, index))
        for index, route in enumerate(settings.routes)
    ]
    tested = _test_rule(service, settings, ingress, (primary, alternate))
    role, grants = infrastructure_role(service) if settings.strategy.shifts_traffic else (None, [])
    return TargetGroups(primary, alternate, rules, tested, role, grants)


def _target_group(
    service: Component, settings: ContainerServiceSettings, ground: Place, key: str, suffix: str
) -> "aws.lb.TargetGroup":
    return service.child(aws.lb.TargetGroup, key, Mutability.REPLACED, suffix=suffix, named=TARGET_GROUP_NAME)(
        port=_PORT,
        protocol="HTTP",
        target_type="ip",
        vpc_id=ground.vpc_id,
        deregistration_delay=settings.drain_seconds,
        health_check=health_check(settings.health),
    )


def _rule_names(settings: ContainerServiceSettings, index: int) -> tuple[str, str | None]:
    """What a route's rule is called, and what it was called with another strategy.

    The one whose weights ECS moves keeps its name whatever becomes of the route: it is changed in place, and with it
    stays where the requests go. A new one would lead them to where the first release was.
    """
    by_priority = f"route-{settings.routes[index].priority}"
    if settings.strategy.shifts_traffic:
        return _MOVED_RULE, by_priority
    return by_priority, None if index else _MOVED_RULE


def _rule(
    service: Component,
    route: RouteSettings,
    ingress: Ingress,
    groups: "tuple[aws.lb.TargetGroup, aws.lb.TargetGroup]",
    suffix: str,
    formerly: str | None,
) -> "aws.lb.ListenerRule":
    return service.child(
        aws.lb.ListenerRule,
        "listener_rule",
        Mutability.REPLACED,
        suffix=suffix,
        formerly=formerly,
        # The weights are ECS's: an `up` that set them would shift requests back to the release before.
        ignore_changes=["actions"],
    )(
        listener_arn=ingress.listener_arn,
        priority=route.priority,
        conditions=conditions(route),
        actions=_to_first_release(groups),
    )


def _test_rule(
    service: Component,
    settings: ContainerServiceSettings,
    ingress: Ingress,
    groups: "tuple[aws.lb.TargetGroup, aws.lb.TargetGroup]",
) -> "aws.lb.ListenerRule | None":
    """The rule of test requests: those of the route that have the header. ECS leads them to new tasks before others."""
    tested = settings.rollout.test_rule
    if tested is None or not settings.strategy.shifts_traffic:
        return None
    ingress.claim_priority(service.pulumi_resource_name, tested.priority, "test requests")
    return service.child(
        aws.lb.ListenerRule,
        "test_listener_rule",
        Mutability.REPLACED,
        suffix="test-route",
        ignore_changes=["actions"],
    )(
        listener_arn=ingress.listener_arn,
        priority=tested.priority,
        conditions=conditions(settings.routes[0], (tested.header, tested.value)),
        actions=_to_first_release(groups),
    )


def _to_first_release(groups: "tuple[aws.lb.TargetGroup, aws.lb.TargetGroup]") -> "list[Any]":
    primary, alternate = groups
    return [
        {
            "type": "forward",
            "forward": {"target_groups": [{"arn": primary.arn, "weight": _ALL}, {"arn": alternate.arn, "weight": 0}]},
        }
    ]
