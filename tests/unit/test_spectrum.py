"""The spectrum says what the table of classes says."""

from itertools import product

import pulumi
import pytest

from strata.spectrum import (
    MUTABILITY_TAG,
    Fact,
    Mutability,
    Operation,
    Verdict,
    is_laxer,
    operation_of,
    protected_by_default,
    protection,
    provider_flags,
    verdict,
)
from strata.stage import Stage

A, W, R = Verdict.ALLOW, Verdict.WARN, Verdict.REFUSE

TABLE = {
    # class: create, update, replace, delete
    Mutability.REPLACED: (A, A, A, W),
    Mutability.VERSIONED: (A, A, R, W),
    Mutability.REBUILDABLE: (A, A, R, W),
    Mutability.CONTROLLED: (A, A, R, R),
    Mutability.STABLE: (A, W, R, R),
    Mutability.ROTATED: (A, A, R, R),
}
"""Verdicts where nothing else is known."""

EXCEPTIONS = {
    (Mutability.REPLACED, Operation.REPLACE, Fact.SERVING): R,
    (Mutability.REPLACED, Operation.DELETE, Fact.SERVING): R,
    (Mutability.REPLACED, Operation.UPDATE, Fact.STOPS): R,
    (Mutability.VERSIONED, Operation.REPLACE, Fact.OLD_KEPT): A,
    (Mutability.VERSIONED, Operation.CREATE, Fact.WEAKENS): R,
    (Mutability.VERSIONED, Operation.UPDATE, Fact.WEAKENS): R,
    (Mutability.REBUILDABLE, Operation.REPLACE, Fact.SOURCE_PROTECTED): W,
    (Mutability.REBUILDABLE, Operation.CREATE, Fact.WEAKENS): R,
    (Mutability.REBUILDABLE, Operation.UPDATE, Fact.WEAKENS): R,
    (Mutability.CONTROLLED, Operation.UPDATE, Fact.NO_WAY_BACK): W,
    (Mutability.CONTROLLED, Operation.CREATE, Fact.WEAKENS): R,
    (Mutability.CONTROLLED, Operation.UPDATE, Fact.WEAKENS): R,
    (Mutability.STABLE, Operation.CREATE, Fact.WEAKENS): R,
    (Mutability.STABLE, Operation.UPDATE, Fact.WEAKENS): R,
    (Mutability.ROTATED, Operation.UPDATE, Fact.CARRIES_VALUE): R,
    (Mutability.ROTATED, Operation.CREATE, Fact.WEAKENS): R,
    (Mutability.ROTATED, Operation.UPDATE, Fact.WEAKENS): R,
}
"""Facts that change a verdict; every other fact changes none."""

JUDGED = (Operation.CREATE, Operation.UPDATE, Operation.REPLACE, Operation.DELETE)


@pytest.mark.parametrize("stage", [Stage.STAGING, Stage.PROD])
@pytest.mark.parametrize("mutability,operation", list(product(Mutability, JUDGED)))
def test_an_operation_is_judged_by_its_class(mutability: Mutability, operation: Operation, stage: Stage):
    assert verdict(mutability, operation, stage) is TABLE[mutability][JUDGED.index(operation)]


@pytest.mark.parametrize("mutability,operation,fact", list(product(Mutability, JUDGED, Fact)))
def test_a_fact_changes_the_verdicts_it_is_about_and_no_other(mutability: Mutability, operation: Operation, fact: Fact):
    usual = verdict(mutability, operation, Stage.PROD)
    expected = EXCEPTIONS.get((mutability, operation, fact), usual)
    assert verdict(mutability, operation, Stage.PROD, {fact}) is expected


@pytest.mark.parametrize("mutability,operation,fact", list(product(Mutability, JUDGED, [None, *Fact])))
def test_dev_warns_where_others_refuse(mutability: Mutability, operation: Operation, fact: Fact | None):
    facts = set() if fact is None else {fact}
    strict = verdict(mutability, operation, Stage.PROD, facts)
    assert verdict(mutability, operation, Stage.DEV, facts) is (W if strict is R else strict)


@pytest.mark.parametrize("mutability", Mutability)
def test_what_stays_the_same_is_allowed(mutability: Mutability):
    assert verdict(mutability, Operation.SAME, Stage.PROD, set(Fact)) is A


@pytest.mark.parametrize(
    "step", ["replace", "create-replacement", "delete-replaced", "discard", "", "not-invented-yet"]
)
def test_a_step_nobody_knows_counts_as_a_replacement(step: str):
    assert operation_of(step) is Operation.REPLACE


@pytest.mark.parametrize(
    "step,operation",
    [("same", "same"), ("read", "same"), ("create", "create"), ("import", "create"), ("update", "update")],
)
def test_a_step_of_the_engine_is_an_operation(step: str, operation: str):
    assert operation_of(step).value == operation


@pytest.mark.parametrize("mutability,protect", list(product(Mutability, [True, False])))
def test_protection_is_made_of_resource_options(mutability: Mutability, protect: bool):
    options = protection(mutability, protect=protect)
    made = pulumi.ResourceOptions(**options)
    kept = {Mutability.CONTROLLED, Mutability.STABLE}
    assert bool(made.protect) is (protect and mutability in kept)
    assert bool(made.retain_on_delete) is (protect and mutability in {*kept, Mutability.ROTATED})
    assert not made.delete_before_replace


@pytest.mark.parametrize("mutability", Mutability)
def test_data_is_always_encrypted(mutability: Mutability):
    assert all(provider_flags(mutability, protect=protect).encrypted for protect in (True, False))


def test_provider_flags_protect_what_holds_data_and_what_stands_still():
    data = provider_flags(Mutability.CONTROLLED, protect=True)
    assert (data.deletion_protection, data.final_snapshot, data.force_destroy) == (True, True, False)
    assert provider_flags(Mutability.STABLE, protect=True).deletion_protection
    assert provider_flags(Mutability.ROTATED, protect=True).recovery_window_days == 30
    assert not provider_flags(Mutability.REPLACED, protect=True).deletion_protection
    assert not provider_flags(Mutability.CONTROLLED, protect=False).deletion_protection


def test_stages_protect_more_the_nearer_they_are_to_prod():
    protected = {
        stage: {mutability for mutability in Mutability if protected_by_default(mutability, stage)} for stage in Stage
    }
    assert protected == {
        Stage.DEV: set(),
        Stage.STAGING: {Mutability.CONTROLLED, Mutability.ROTATED},
        Stage.PROD: {Mutability.CONTROLLED, Mutability.ROTATED, Mutability.STABLE},
    }


def test_the_tag_is_one_of_ours():
    assert MUTABILITY_TAG == "strata:mutability"


@pytest.mark.parametrize("stage,expected", [(Stage.PROD, R), (Stage.STAGING, W), (Stage.DEV, W)])
def test_stopping_a_service_is_refused_only_where_what_serves_is_held(stage: Stage, expected: Verdict):
    assert verdict(Mutability.REPLACED, Operation.UPDATE, stage, {Fact.STOPS}) is expected
    both = {Fact.STOPS, Fact.CARRIES_VALUE}
    assert verdict(Mutability.ROTATED, Operation.UPDATE, Stage.STAGING, both) is R


LADDER = (
    {Mutability.REPLACED},
    {Mutability.VERSIONED, Mutability.REBUILDABLE},
    {Mutability.CONTROLLED, Mutability.STABLE},
    {Mutability.ROTATED},
)


@pytest.mark.parametrize("one,other", list(product(Mutability, Mutability)))
def test_a_class_is_laxer_than_those_that_refuse_more(one: Mutability, other: Mutability):
    rung, above = (next(at for at, each in enumerate(LADDER) if kind in each) for kind in (one, other))
    assert is_laxer(one, other) is (rung < above)
