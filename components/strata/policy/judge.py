"""Applies rules to resources."""

from collections.abc import Iterable, Sequence

from strata.policy.model import Finding, Rule, Subject, Terms
from strata.policy.rules import RULES

__all__ = ["judge"]


def judge(subjects: Iterable[Subject], terms: Terms, rules: Sequence[Rule] = RULES) -> list[Finding]:
    """Everything the rules find, by resource and then in the order of the rules.

    Args:
        subjects: the resources.
        terms: what holds for the whole stack.
        rules: which rules. Default: all.
    """
    return [
        Finding(rule, subject, detail)
        for subject in subjects
        for rule in rules
        for detail in rule.check(subject, terms)
    ]
