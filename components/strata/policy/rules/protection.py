"""Rules over what keeps data from being lost."""

from collections.abc import Iterator
from typing import Final

from strata.policy.rule import Rule, Severity, Terms
from strata.resources.classes import holds_data
from strata.resources.protections.held import refuses_deletion
from strata.resources.resource import Resource
from strata.stage import Stage

__all__ = ["CONTROLLED_PROTECTED"]


def _protected(resource: Resource, terms: Terms) -> Iterator[str]:
    if terms.stage is Stage.DEV or terms.teardown or not holds_data(resource):
        return
    if not resource.protected and not refuses_deletion(resource):
        yield f"holds data and can be deleted by one run in {terms.stage.value}"


CONTROLLED_PROTECTED: Final = Rule(
    "controlled-protected",
    Severity.MANDATORY,
    "What holds data is protected against deletion outside dev.",
    "Set protect: true in its settings, or protect=True on the resource itself; to take a stack down on purpose, "
    "declare it under strata:teardown.",
    _protected,
)
