"""What ELB refuses of a load balancer and of the conditions of its rules."""

from collections.abc import Iterator
from typing import Final

from strata.aws.facts.load_balancing import CONDITION_WILDCARDS, TLS_POLICIES, knows_tls_policy, wildcards
from strata.settings.models import ServiceSettings
from strata.settings.rules.facts import Conflict, Facts, Rule
from strata.suggest import nearest

__all__ = ["RULES"]


def tls_policy(facts: Facts) -> Iterator[Conflict]:
    policy = facts.settings.ingress.tls_policy
    if not knows_tls_policy(policy):
        yield Conflict(
            ("ingress", "tls_policy"),
            policy,
            expected="one of the security policies of ELB",
            fix=f"Did you mean {nearest(policy, TLS_POLICIES) or TLS_POLICIES[1]}?",
        )


def allowed_once(facts: Facts) -> Iterator[Conflict]:
    ranges = facts.settings.ingress.allowed_cidrs
    for index, cidr in enumerate(ranges):
        if cidr in ranges[:index]:
            yield Conflict(
                ("ingress", "allowed_cidrs", index),
                str(cidr),
                expected="every range once: each becomes a rule of the security group",
                fix="Remove it.",
            )


def route_wildcards(facts: Facts) -> Iterator[Conflict]:
    for path, service in facts.each(ServiceSettings):
        for index, route in enumerate(service.routes):
            count = wildcards((*route.hosts, *route.paths))
            if count > CONDITION_WILDCARDS:
                at = (*path, "routes", index)
                yield Conflict(
                    at,
                    f"{count} wildcards",
                    expected=f"at most {CONDITION_WILDCARDS} of * and ? in one route, hosts and paths together (ELB)",
                    fix="Split it into several routes with priorities of their own, or use fewer wildcards.",
                    reads=((*at, "hosts"), (*at, "paths")),
                )


RULES: Final = (
    Rule("ingress-tls", "ELB has the TLS policy.", tls_policy),
    Rule("ingress-ranges", "Every range that may connect is named once.", allowed_once),
    Rule("route-wildcards", "A route has no more wildcards than ELB takes.", route_wildcards),
)
