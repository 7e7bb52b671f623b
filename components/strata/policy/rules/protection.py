"""Rules over what keeps data from being lost."""

from collections.abc import Iterator
from typing import Final

from strata.policy.rule import Rule, Severity, Terms
from strata.resources.classes import holds_data
from strata.resources.protections.held import refuses_deletion
from strata.resources.protections.protection import is_on
from strata.resources.resource import Resource
from strata.resources.values import is_known
from strata.stage import Stage

__all__ = ["CONTROLLED_PROTECTED", "NO_FORCED_DELETION"]

_FORCED: Final = ("forceDelete", "forceDestroy")
"""Inputs with which a delete takes the content along."""


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


def _not_forced(resource: Resource, terms: Terms) -> Iterator[str]:
    if terms.stage is Stage.DEV or terms.teardown or not holds_data(resource):
        return
    # what cannot be read is not on
    if any(is_on(value) for key in _FORCED if is_known(value := resource.inputs.get(key))):
        yield f"is deleted together with its content in {terms.stage.value}"


NO_FORCED_DELETION: Final = Rule(
    "no-forced-deletion",
    Severity.ADVISORY,
    "What holds data is not deleted together with its content outside dev.",
    "Leave force_delete and force_destroy off; a stack that is being taken down declares it under strata:teardown.",
    _not_forced,
)
