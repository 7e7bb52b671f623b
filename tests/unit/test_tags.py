"""One set of tags."""

from typing import Any

import pytest

from strata.spectrum import Mutability
from strata.tags import KEY_LIMIT, OWN_TAGS, STAGE_TAG, TAG_LIMIT, USER_TAG_LIMIT, is_reserved, tag_set, tagged_class


def made(**further: Any) -> dict[str, str]:
    """The tags of a group in a prod stack."""
    return tag_set(
        name="web-group", project="shop", stack="prod", component="web", mutability=Mutability.REPLACED, **further
    )


def test_a_resource_says_what_it_is_and_where_it_belongs():
    assert made(service="web", user={STAGE_TAG: "prod", "team": "shop"}) == {
        "Name": "web-group",
        "strata:project": "shop",
        "strata:stack": "prod",
        "strata:stage": "prod",
        "strata:component": "web",
        "strata:service": "web",
        "strata:mutability": "replaced",
        "team": "shop",
    }


def test_what_belongs_to_no_service_has_no_such_tag():
    assert "strata:service" not in made()


def test_our_own_tags_win():
    assert made(user={"Name": "x", "strata:stack": "y"})["Name"] == "web-group"


def test_every_tag_of_a_resource_is_accounted_for():
    tags = made(service="web", user={STAGE_TAG: "prod"})
    assert set(tags) <= set(OWN_TAGS)
    assert USER_TAG_LIMIT + len(OWN_TAGS) == TAG_LIMIT
    assert all(len(key) <= KEY_LIMIT for key in OWN_TAGS)


@pytest.mark.parametrize("key,reserved", [("Name", True), ("strata:x", True), ("AWS:x", True), ("name", False)])
def test_some_keys_are_not_for_stack_files(key: str, reserved: bool):
    assert is_reserved(key) is reserved


@pytest.mark.parametrize(
    "tags,named",
    [
        ({"strata:mutability": "controlled"}, Mutability.CONTROLLED),
        ([{"key": "Name", "value": "web"}, {"key": "strata:mutability", "value": "replaced"}], Mutability.REPLACED),
        ({"strata:mutability": "frozen"}, None),
        ({"strata:mutability": {"unknown": True}}, None),
        ({"team": "shop"}, None),
        ("not known yet", None),
        (None, None),
    ],
)
def test_tags_name_a_class_or_none(tags: Any, named: Mutability | None):
    assert tagged_class(tags) is named
