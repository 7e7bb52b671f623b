"""Values as rules read them."""

import pytest

from strata.resources.values import SECRET, UNKNOWN, at, mappings, number, parsed, plain, says_yes, walk

WRAPPED = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "v"}


def test_marks_are_read_wherever_they_come_from():
    given = {"a": "04da6b54-80e4-46f7-96ec-b56ff0331ba9", "b": ["[secret]", "x"], "c": WRAPPED, "d": 1.5, "e": ("y",)}
    assert plain(given) == {"a": UNKNOWN, "b": [SECRET, "x"], "c": "v", "d": 1.5, "e": ["y"]}


def test_a_path_ends_at_a_mark_and_at_nothing():
    assert at({"a": {"b": 1}}, "a", "b") == 1
    assert at({"a": UNKNOWN}, "a", "b") is UNKNOWN
    assert at({"a": [1]}, "a", "b") is None
    assert at({}, "a", "b") is None


@pytest.mark.parametrize(
    "value,on", [(True, True), ("true", True), (UNKNOWN, True), (False, False), (None, False), ("no", False)]
)
def test_a_switch_that_is_not_known_may_be_on(value, on):
    assert says_yes(value) is on


def test_numbers_lists_and_json_that_cannot_be_read_are_nothing():
    assert [number(each) for each in (22.0, "22", None, UNKNOWN, "x")] == [22, 22, None, None, None]
    assert mappings(UNKNOWN) == mappings("text") == mappings(None) == []
    assert mappings({"a": 1}) == mappings([{"a": 1}, UNKNOWN]) == [{"a": 1}]
    assert parsed("{") is None
    assert parsed('{"a": "[secret]"}') == {"a": SECRET}
    assert parsed(UNKNOWN) is UNKNOWN


def test_a_walk_passes_every_mapping_in_lists_too():
    assert [path for path, _ in walk({"a": [{"b": 1}], "c": 2})] == [("a",), ("a", "0", "b"), ("c",)]
