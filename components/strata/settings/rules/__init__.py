"""Rules across the parts of a stack; those about one part only belong to its model. One function asks them all."""

from collections.abc import Iterator
from typing import Final

from strata.problem import Problem
from strata.settings.models.base import every_model
from strata.settings.models.rule import Conflict, SettingsRule, own_conflicts, rules_in
from strata.settings.parts import Facts
from strata.settings.rules import between_parts, part_names, pin_proofs, stage_and_region, today
from strata.settings.validate import Reading

__all__ = ["RULES", "conflicts"]

_ACROSS: Final = rules_in(between_parts, part_names, pin_proofs, stage_and_region, today)

RULES: Final[tuple[SettingsRule, ...]] = tuple(dict.fromkeys((*rules_in(*every_model()), *_ACROSS)))
"""Every rule, by id and what it says, once."""


def conflicts(facts: Facts, reading: Reading) -> Iterator[Problem]:
    """What the rules find, without what rests on values that could not be read."""
    for rule, found in _found(facts):
        places = [reading.original(path) for path in (found.path, *found.reads)]
        doubtful = any(place[: len(doubt)] == doubt for place in places for doubt in reading.doubtful)
        if not doubtful and not any(path in reading.renamed for path in found.reads):
            yield Problem(places[0], found.got, found.expected, found.fix, rule=rule.id)


def _found(facts: Facts) -> Iterator[tuple[SettingsRule, Conflict]]:
    yield from own_conflicts(facts.settings)
    for each in _ACROSS:
        for found in each.check(facts):
            yield each, found
