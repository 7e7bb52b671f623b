import pytest

from strata_rehearsal.plugin.property_comparison import coerce, reconcile, same
from strata_rehearsal.plugin.schema import ListOf, MapOf, Scalar, resource_schema

GROUP = resource_schema("aws:autoscaling/group:Group").inputs
STRINGS = ListOf(Scalar("str"))


@pytest.mark.parametrize(
    "value, kind, expected",
    [
        (True, "str", "true"),
        (300, "str", "300"),
        ("true", "bool", True),
        ("0", "bool", False),
        ("20", "int", 20),
        ("1.5", "float", 1.5),
        ("many", "int", "many"),
        (None, "str", None),
    ],
)
def test_plain_values_are_read_as_their_declared_kind(value: object, kind: str, expected: object) -> None:
    assert coerce(value, kind) == expected


def test_members_aws_adds_are_no_difference() -> None:
    given, live = {"id": "lt-1", "version": "1"}, {"id": "lt-1", "name": "web", "version": "1"}
    assert reconcile(given, live, GROUP["launchTemplate"].type) == given


def test_a_changed_member_is_taken_from_aws() -> None:
    given, live = {"id": "lt-1", "version": "1"}, {"id": "lt-1", "name": "web", "version": "2"}
    assert reconcile(given, live, GROUP["launchTemplate"].type) == {"id": "lt-1", "version": "2"}


def test_the_programs_order_of_tags_is_kept() -> None:
    given = [{"key": k, "value": "1", "propagateAtLaunch": True} for k in "ba"]
    assert reconcile(given, given[::-1], GROUP["tags"].type) is given


def test_one_changed_tag_is_the_only_difference() -> None:
    given = [{"key": k, "value": "1", "propagateAtLaunch": True} for k in "ab"]
    live = [given[0], {**given[1], "value": "2"}]
    assert reconcile(given, live, GROUP["tags"].type) == live


def test_an_item_more_in_aws_shows() -> None:
    assert reconcile(["a"], ["b", "a"], STRINGS) == ["b", "a"]


def test_a_key_more_in_a_map_shows() -> None:
    assert reconcile({"a": "1"}, {"a": "1", "rogue": "2"}, MapOf(Scalar("str"))) == {"a": "1", "rogue": "2"}


def test_two_equal_items_are_not_one() -> None:
    assert not same(["a", "a", "b"], ["a", "b", "b"], STRINGS)
