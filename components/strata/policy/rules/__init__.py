"""The rules, a topic each, and how resources are held to them."""

from collections.abc import Iterable, Sequence
from typing import Final

from strata.policy.rule import Rule, Terms, Violation
from strata.policy.rules.containers import DIGEST_ONLY
from strata.policy.rules.encryption import ENCRYPTED, TLS_FLOOR
from strata.policy.rules.exposure import NO_OPEN_ADMIN_PORT, NO_PUBLIC_DATABASE, NO_PUBLIC_IMAGE
from strata.policy.rules.protection import CONTROLLED_PROTECTED, NO_FORCED_DELETION
from strata.policy.rules.repositories import IMMUTABLE_TAGS, RELEASED_IMAGES_STAY
from strata.policy.rules.secrets import NO_SECRETS_IN_THE_OPEN
from strata.policy.rules.servers import (
    IMAGE_AGE,
    IMAGE_BY_ID,
    IMDSV2,
    NO_IMAGE_OF_A_SERVER,
    NO_IMAGE_OF_A_SNAPSHOT,
    NUMBERED_TEMPLATE_VERSION,
)
from strata.policy.rules.tags import REQUIRED_TAGS
from strata.resources.resource import Resource

__all__ = ["RULES", "judge"]

RULES: Final[tuple[Rule, ...]] = (
    NUMBERED_TEMPLATE_VERSION,
    IMAGE_BY_ID,
    IMDSV2,
    NO_IMAGE_OF_A_SERVER,
    NO_IMAGE_OF_A_SNAPSHOT,
    IMAGE_AGE,
    DIGEST_ONLY,
    IMMUTABLE_TAGS,
    RELEASED_IMAGES_STAY,
    NO_SECRETS_IN_THE_OPEN,
    ENCRYPTED,
    NO_PUBLIC_DATABASE,
    NO_PUBLIC_IMAGE,
    NO_OPEN_ADMIN_PORT,
    TLS_FLOOR,
    CONTROLLED_PROTECTED,
    NO_FORCED_DELETION,
    REQUIRED_TAGS,
)
"""Every rule; their ids never change."""


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
