"""How many are replaced at a time, whatever the fleet and its policy: the floor holds, and all get their turn."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strata.healing.replacement_batches import ReplacementTerms, next_batch, planned_batches
from strata.rollout.spec import share


@dataclass(frozen=True)
class Fleet:
    """A fleet at a moment.

    Args:
        terms: what decides how many are replaced at a time.
        worn: ids of those that are to be replaced.
        healthy: ids of those that are healthy.
    """

    terms: ReplacementTerms
    worn: tuple[str, ...]
    healthy: frozenset[str]


@st.composite
def fleets(draw: st.DrawFn) -> Fleet:
    desired = draw(st.integers(1, 40))
    names = [f"i-{number}" for number in range(desired)]
    least = draw(st.integers(0, 100))
    ahead = max(1, desired * draw(st.integers(1, 100)) // 100) if least == 100 and draw(st.booleans()) else 0
    floor = share(desired, max(least, draw(st.integers(0, 100))))
    some = st.lists(st.sampled_from(names), unique=True)
    terms = ReplacementTerms(desired=desired, floor=floor, ahead=ahead)
    return Fleet(terms, tuple(draw(some)), frozenset(names) - {*draw(some)})


@given(fleets())
def test_a_batch_never_brings_the_healthy_under_the_floor(fleet: Fleet):
    terms, left, healthy = fleet.terms, list(fleet.worn), set(fleet.healthy)
    batches, stuck = planned_batches(fleet.worn, fleet.healthy, terms)
    for number, batch in enumerate(batches):
        assert batch == next_batch(left, healthy, terms)
        least = min(terms.floor, len(healthy))
        if terms.ahead:
            assert len(batch) <= terms.ahead
            # AWS starts the fresh ones first, and only then ends these
            healthy |= {f"fresh {number} {each}" for each in batch}
            healthy -= {*batch}
            assert len(healthy) >= least
        else:
            healthy -= {*batch}
            assert len(healthy) >= least, "ended first, and no successor is there yet"
            healthy |= {f"fresh {number} {each}" for each in batch}
        left = [each for each in left if each not in batch]
    assert sorted(stuck) == sorted(left)


@given(fleets())
def test_all_get_their_turn_exactly_once_unless_the_floor_has_no_room(fleet: Fleet):
    batches, stuck = planned_batches(fleet.worn, fleet.healthy, fleet.terms)
    assert sorted([*(each for batch in batches for each in batch), *stuck]) == sorted(fleet.worn)
    assert all(batches)
    if fleet.terms.ahead or fleet.terms.floor < len(fleet.healthy):
        assert stuck == ()
    if stuck:
        assert {*stuck} <= fleet.healthy, "who does no work has no place to keep"


@given(fleets())
def test_the_sick_go_first(fleet: Fleet):
    batches, _ = planned_batches(fleet.worn, fleet.healthy, fleet.terms)
    order = [each in fleet.healthy for batch in batches for each in batch]
    assert order == sorted(order)


@pytest.mark.parametrize(
    "desired,floor,ahead,sizes",
    [(4, 4, 1, [1, 1, 1]), (4, 4, 2, [2, 1]), (4, 2, 0, [2, 1]), (4, 3, 0, [1, 1, 1]), (4, 0, 0, [3]), (4, 4, 0, [])],
)
def test_batches_of_three_worn_of_four(desired: int, floor: int, ahead: int, sizes: list[int]):
    terms = ReplacementTerms(desired=desired, floor=floor, ahead=ahead)
    batches, stuck = planned_batches(("a", "b", "c"), {"a", "b", "c", "d"}, terms)
    assert [len(each) for each in batches] == sizes
    assert len(stuck) == 3 - sum(sizes)
