import re

from hypothesis import given
from hypothesis import strategies as st

from strata_rehearsal.plugin.auto_naming import generated_name, with_auto_name
from strata_rehearsal.plugin.type_row import AutoName


@given(st.from_regex(r"[a-z][a-z0-9-]{0,60}", fullmatch=True), st.integers(20, 80), st.binary(max_size=8))
def test_a_generated_name_fits_and_ends_in_seven_digits(base: str, limit: int, seed: bytes) -> None:
    name = generated_name(base, limit, seed)
    assert len(name) <= limit
    assert re.fullmatch(r".*-[0-9a-f]{7}", name)


def test_a_preview_and_its_update_agree_on_the_name() -> None:
    assert generated_name("web", 32, b"seed") == generated_name("web", 32, b"seed")
    assert generated_name("web", 32, b"seed") != generated_name("web", 32, b"other")


def test_a_generated_name_stays() -> None:
    first = with_auto_name({}, {}, AutoName(), "web", b"1")
    assert with_auto_name({}, first, AutoName(), "web", b"2") == first


def test_a_name_taken_away_by_the_program_is_generated_anew() -> None:
    named = with_auto_name({"name": "mine"}, {}, AutoName(), "web", b"1")
    assert named == {"name": "mine", "__defaults": []}
    assert with_auto_name({}, named, AutoName(), "web", b"2")["name"].startswith("web-")


def test_a_prefix_leaves_the_name_to_the_creation() -> None:
    assert "name" not in with_auto_name({"namePrefix": "web-"}, {}, AutoName(), "web", b"1")


def test_a_bucket_is_named_in_lower_case() -> None:
    rule = AutoName(63, "bucket", "bucketPrefix", lower=True)
    assert with_auto_name({}, {}, rule, "MyData", b"1")["bucket"].startswith("mydata-")
