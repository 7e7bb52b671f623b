"""Rules over what keeps data from being lost."""

from collections.abc import Iterator
from typing import Final

from strata.policy.classes import class_of
from strata.policy.model import Rule, Severity, Terms
from strata.resources.resource import Resource
from strata.resources.values import says_yes
from strata.spectrum import Mutability
from strata.stage import Stage

__all__ = ["CONTROLLED_PROTECTED", "DELETION_PROTECTION"]

DELETION_PROTECTION: Final = {
    "aws:docdb/cluster:Cluster": "deletionProtection",
    "aws:dynamodb/table:Table": "deletionProtectionEnabled",
    "aws:neptune/cluster:Cluster": "deletionProtection",
    "aws:rds/cluster:Cluster": "deletionProtection",
    "aws:rds/instance:Instance": "deletionProtection",
}
"""The input by which AWS itself refuses to delete data, for the types that have one."""


def _protected(resource: Resource, terms: Terms) -> Iterator[str]:
    if terms.stage is Stage.DEV or terms.teardown or class_of(resource) is not Mutability.CONTROLLED:
        return
    flag = DELETION_PROTECTION.get(resource.type)
    if not resource.protected and not (flag is not None and says_yes(resource.inputs.get(flag))):
        yield f"holds data and can be deleted by one run in {terms.stage.value}"


CONTROLLED_PROTECTED: Final = Rule(
    "controlled-protected",
    Severity.MANDATORY,
    "What holds data is protected against deletion outside dev.",
    "Set protect: true in its settings, or protect=True on the resource itself; to take a stack down on purpose, "
    "declare it under strata:teardown.",
    _protected,
)
