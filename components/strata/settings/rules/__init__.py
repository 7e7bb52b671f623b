"""Rules about settings that are each fine alone; one table, and the one function that asks them all."""

from collections.abc import Iterator
from typing import Final

from strata.problem import Problem
from strata.settings.rules import (
    backups,
    capacity,
    certificates,
    database_storage,
    databases,
    environment,
    guarding,
    images,
    load_balancing,
    networks,
    rollout,
    runtime,
    secrets,
    servers,
    stores,
    tagging,
    traffic,
)
from strata.settings.rules.facts import Facts, Rule
from strata.settings.validate import Reading

__all__ = ["RULES", "conflicts"]

RULES: Final[tuple[Rule, ...]] = (
    *images.RULES,
    *traffic.RULES,
    *networks.RULES,
    *load_balancing.RULES,
    *capacity.RULES,
    *servers.RULES,
    *environment.RULES,
    *rollout.RULES,
    *stores.RULES,
    *backups.RULES,
    *databases.RULES,
    *database_storage.RULES,
    *tagging.RULES,
    *guarding.RULES,
    *runtime.RULES,
    *secrets.RULES,
    *certificates.RULES,
)
"""Every rule, by id and what it says."""


def conflicts(facts: Facts, reading: Reading) -> Iterator[Problem]:
    """What the rules find, without what rests on values that could not be read."""
    for rule in RULES:
        for found in rule.check(facts):
            places = [reading.original(path) for path in (found.path, *found.reads)]
            doubtful = any(place[: len(doubt)] == doubt for place in places for doubt in reading.doubtful)
            if not doubtful and not any(path in reading.renamed for path in found.reads):
                yield Problem(places[0], found.got, found.expected, found.fix, rule=rule.id)
