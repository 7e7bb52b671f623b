"""Applies rules to resources."""

from collections.abc import Iterable, Sequence

from strata.policy.model import Rule, Terms, Violation
from strata.policy.rules import RULES
from strata.resources.resource import Resource

__all__ = ["judge"]


def judge(resources: Iterable[Resource], terms: Terms, rules: Sequence[Rule] = RULES) -> list[Violation]:
    """Everything the rules find, by resource and then in the order of the rules.

    Args:
        resources: the resources.
        terms: what holds for the whole stack.
        rules: which rules. Default: all.
    """
    return [
        Violation(rule, resource, detail)
        for resource in resources
        for rule in rules
        for detail in rule.check(resource, terms)
    ]
