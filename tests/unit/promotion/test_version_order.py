"""Which of two versions is the older one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strata.promotion.version_order import is_older

EARLY, LATE = "2026-01-31T08:30:00Z", "2026-02-28T08:30:00Z"


@pytest.mark.parametrize(
    "older, newer",
    [
        ("1.4.2", "1.5.0"),
        ("1.9.0", "1.10.0"),
        ("v1.9", "1.10.0"),
        ("1.5.0-rc.1", "1.5.0"),
        ("1.5.0-rc.2", "1.5.0-rc.10"),
        ("1.5.0-1", "1.5.0-alpha"),
        ("1", "1.0.1"),
        ("2026.11.28", "2026.11.29"),
    ],
)
def test_versions_of_numbers_are_compared_by_their_numbers(older: str, newer: str):
    # a fix of an old version is made after a new one
    assert is_older(older, newer, made=LATE, than_made=EARLY)
    assert not is_older(newer, older, made=EARLY, than_made=LATE)


def test_the_same_version_written_differently_is_not_older():
    assert not is_older("1.5", "1.5.0")
    assert not is_older("1.5.0", "1.5")
    assert not is_older("1.5.0+build", "1.5.0")


def test_other_versions_are_compared_by_when_they_were_made():
    assert is_older("0f3c51d", "main", made=EARLY, than_made=LATE)
    assert not is_older("0f3c51d", "main", made=LATE, than_made=EARLY)
    assert not is_older("0f3c51d", "main", made=EARLY)
    assert not is_older("0f3c51d", "main")


versions = st.lists(st.integers(0, 20), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
suffixes = st.sampled_from(["", "-rc.1", "-rc.2", "-alpha", "+build"])


@given(one=versions, two=versions, three=versions, ends=st.tuples(suffixes, suffixes, suffixes))
def test_the_order_is_one(one: str, two: str, three: str, ends: tuple[str, str, str]):
    a, b, c = (f"{version}{end}" for version, end in zip((one, two, three), ends, strict=True))
    assert not (is_older(a, b) and is_older(b, a))
    assert not is_older(a, a)
    if is_older(a, b) and is_older(b, c):
        assert is_older(a, c)
