"""Between which target groups ECS moves the requests of a service, and by which listener rules (pure)."""

from collections.abc import Mapping
from typing import Any

__all__ = ["groups_of", "rules_of", "test_rules_of"]


def groups_of(load_balancer: Mapping[str, Any]) -> tuple[str, ...]:
    """The target groups of a load balancer of a service, in AWS's words."""
    advanced = load_balancer.get("advancedConfiguration") or {}
    pair = (load_balancer.get("targetGroupArn"), advanced.get("alternateTargetGroupArn"))
    return tuple(str(arn) for arn in pair if arn)


def rules_of(load_balancer: Mapping[str, Any]) -> tuple[str, ...]:
    """The listener rule whose weights ECS moves for a load balancer of a service; none where it rolls."""
    return _rule(load_balancer, "productionListenerRule")


def test_rules_of(load_balancer: Mapping[str, Any]) -> tuple[str, ...]:
    """The listener rule of test requests, of a load balancer of a service; none without test requests."""
    return _rule(load_balancer, "testListenerRule")


def _rule(load_balancer: Mapping[str, Any], name: str) -> tuple[str, ...]:
    rule = (load_balancer.get("advancedConfiguration") or {}).get(name)
    return (str(rule),) if rule else ()
