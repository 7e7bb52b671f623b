"""Names stay within limits and stay apart."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strata import naming
from strata.naming import PULUMI_SUFFIX, fit, logical
from strata.settings import patterns

names = st.from_regex(r"[a-z][a-z0-9-]{0,200}", fullmatch=True)
limits = st.integers(min_value=18, max_value=255)
LIMITS = [value for name, value in vars(naming).items() if name.endswith("_LIMIT")]


@given(name=names, limit=limits)
def test_a_physical_name_stays_within_its_limit(name: str, limit: int):
    assert len(logical(name, limit)) + PULUMI_SUFFIX <= limit


@given(name=names, limit=limits)
def test_a_name_that_fits_is_left_alone_and_any_other_keeps_its_beginning(name: str, limit: int):
    made = fit(name, limit)
    if len(name) <= limit:
        assert made == name
    else:
        kept, _, digest = made.rpartition("-")
        assert name.startswith(kept)
        assert len(digest) == 6
        assert not kept.endswith("-")


@given(start=names, endings=st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=2, unique=True))
def test_names_that_begin_alike_stay_apart(start: str, endings: list[str]):
    long = start + "x" * 40
    assert logical(long + endings[0], 32) != logical(long + endings[1], 32)


@given(name=names, limit=limits)
def test_a_name_is_made_the_same_way_every_time(name: str, limit: int):
    assert fit(name, limit) == fit(name, limit)
    assert fit(fit(name, limit), limit) == fit(name, limit)


@pytest.mark.parametrize("limit", [0, 9])
def test_a_limit_without_room_is_refused(limit: int):
    with pytest.raises(ValueError, match="leaves no room"):
        fit("web", limit)


@pytest.mark.parametrize("limit", LIMITS)
def test_every_limit_of_aws_leaves_room_for_a_name(limit: int):
    assert logical("a-service-with-quite-a-long-name-for-one", limit)


versions = st.one_of(
    st.from_regex(patterns.VERSION, fullmatch=True),
    st.text(alphabet="ab01._+-2bf/ :é", min_size=1, max_size=20),
)


@given(version=versions, other=versions)
def test_any_version_has_a_parameter_of_its_own_that_parameter_store_allows(version: str, other: str):
    for name in (
        lambda each: naming.veto_name("/strata/shop/prod/web/release", each),
        lambda each: naming.catalogue_name("web", each),
    ):
        made = name(version)
        assert re.fullmatch(r"(/[a-zA-Z0-9_.-]+)+", made)
        assert naming.version_in(made) == version
        assert (name(other) == made) == (other == version)


@given(version=st.from_regex(patterns.VERSION, fullmatch=True).filter(lambda each: "+" not in each))
def test_a_version_without_a_plus_is_in_the_names_of_its_parameters_as_it_is(version: str):
    assert naming.veto_name("/strata/shop/prod/web/release", version) == f"/strata/shop/prod/web/veto/{version}"
    assert naming.catalogue_name("web", version) == f"/strata/images/web/{version}"
    assert naming.revocation_name("web", version) == f"/strata/images/web/{version}/revoked"


@pytest.mark.parametrize("part", ["-", "-1.0", "-1_0", "-1_ff", "-1_2B0"])
def test_a_parameter_somebody_named_by_hand_is_read_as_it_is(part: str):
    assert naming.version_in(f"/strata/shop/prod/web/veto/{part}") == part
