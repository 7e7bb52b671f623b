"""A pin by hand of a copy: of which image it is one, by what the catalogue has in the region it was copied from."""

import warnings
from typing import Any

import pytest
from botocore.exceptions import ClientError

from strata.errors import RefusedError
from strata.images.catalogue import Catalogue, CatalogueEntry, ImageKind
from strata.naming import catalogue_name, revocation_name
from strata.promotion.pinned_stack import PinnedStack
from strata.promotion.pinning import prepare_pin
from tests.unit.promotion.test_image_proofs import AWAY, HOME, Place, World, bare, clients, world

__all__ = ["bare", "clients", "world"]

ELSEWHERE = Place(region=AWAY)


def copied(world: World, image: str, name: str, version: str = "1.5.0", into: Place = ELSEWHERE) -> str:
    ec2 = world.at(into)("ec2")
    made = ec2.copy_image(SourceImageId=image, SourceRegion=HOME, Name=name)["ImageId"]
    world.tag(into, made, version)
    return made


def note(world: World, version: str, image: str, place: Place | None = None) -> None:
    Catalogue(world.at(place or Place())).add(
        CatalogueEntry(kind=ImageKind.MACHINE, name="web", version=version, id=image, made="2026-01-31T08:30:00Z")
    )


def pinned(world: World, image: str, version: str = "1.5.0", place: Place = ELSEWHERE) -> str:
    return prepare_pin(world._stack("prod", place, required=False), "web", version, image).image_id


def refused(world: World, image: str, version: str = "1.5.0", place: Place = ELSEWHERE) -> str:
    with pytest.raises(RefusedError) as error:
        pinned(world, image, version, place)
    return " ".join(str(error.value).split())


@pytest.mark.parametrize("noted", [False, True])
def test_a_copy_of_another_image_than_the_version_is_not_pinned(world: World, noted: bool):
    other = world.register(Place(), "other")
    made = copied(world, other, "of-another")
    if noted:
        note(world, "1.5.0", made, ELSEWHERE)
    said = refused(world, made)
    assert f"{made} is a copy of {other}, and the catalogue of {HOME} has {world.baked} as web 1.5.0" in said
    assert f"Pin a copy of {world.baked}, or bake this one under a version of its own." in said
    if noted:
        world.at(ELSEWHERE)("ssm").delete_parameter(Name=catalogue_name("web", "1.5.0"))
    assert pinned(world, world.copy) == world.copy


def test_a_copy_of_another_version_is_not_pinned_whatever_its_tags_say(world: World):
    made = copied(world, world.baked, "renamed", "1.6.0")
    assert f"which the catalogue of {HOME} has as web 1.5.0: expected 1.6.0" in refused(world, made, "1.6.0")
    world.at(Place())("ssm").delete_parameter(Name=catalogue_name("web", "1.5.0"))
    assert "which the catalogue of" not in refused(world, made, "1.6.0"), "its watermark says it all the same"


def test_within_a_region_a_copy_of_another_version_is_not_pinned_either(world: World):
    old = world.register(Place(), "old")
    note(world, "1.4.0", old)
    made = copied(world, old, "again", "1.6.0", Place())
    said = refused(world, made, "1.6.0", Place())
    assert f"{made} is a copy of {old}, which the catalogue of {HOME} has as web 1.4.0: expected 1.6.0" in said


def test_two_copies_of_one_image_that_only_their_builder_has_seen_are_one_version(world: World):
    third = world.register(Place(), "third")
    note(world, "1.6.0", copied(world, third, "home", "1.6.0", Place()))
    made = copied(world, third, "away", "1.6.0")
    assert pinned(world, made, "1.6.0") == made
    note(world, "1.7.0", world.register(Place(), "no-copy"))
    assert "is a copy of" in refused(world, copied(world, third, "more", "1.7.0"), "1.7.0")


def test_nobody_is_told_to_copy_what_is_revoked(world: World):
    made = copied(world, world.register(Place(), "other"), "of-another")
    assert "Pin a copy of" in refused(world, made)
    world.at(ELSEWHERE)("ssm").put_parameter(Name=revocation_name("web", "1.5.0"), Value="leaks", Type="String")
    said = refused(world, made)
    assert "has" in said
    assert "is a copy of" in said
    assert "Pin a copy of" not in said


def test_a_source_that_may_not_be_asked_about_is_said_and_keeps_nobody_from_pinning(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    made = copied(world, world.register(Place(), "other"), "of-another")
    whole = PinnedStack.entries

    def entries(self: PinnedStack, name: str) -> Any:
        if self.finder.region() == HOME:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetParametersByPath")
        return whole(self, name)

    monkeypatch.setattr(PinnedStack, "entries", entries)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        assert pinned(world, made) == made
    said = [str(each.message) for each in heard]
    wanted = f"whether that is web 1.5.0 was not checked: the catalogue and the images of {HOME} may not be read"
    assert any(wanted in each for each in said)
