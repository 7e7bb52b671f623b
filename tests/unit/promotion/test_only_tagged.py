"""What `strata image list` says of a machine image that nothing but its tags calls a version of the pin."""

import pytest

from strata.cli.run import run
from strata.images.image_finder import ImageFinder
from strata.naming import catalogue_name
from strata.promotion.image_list import list_images
from tests.unit.promotion.test_image_proofs import Place, World, bare, clients, world

__all__ = ["bare", "clients", "world"]

SAID = "only its tags say what it is: no catalogue has it, and no watermark is on it"


def only_tagged(world: World) -> set[str]:
    (rows,) = list_images(world.promote(world.baked, Place(), Place()).change.stack, "web")
    return {each.image_id for each in rows.rows if each.only_tagged}


def test_an_image_with_tags_alone_is_told_from_one_that_has_a_watermark_or_is_in_the_catalogue(
    world: World, capsys: pytest.CaptureFixture[str]
):
    before = only_tagged(world)
    assert world.baked not in before
    by_hand = world.register(Place(), "by-hand")
    world.tag(Place(), by_hand, "1.6.0")
    assert only_tagged(world) == {*before, by_hand}
    world.at(Place())("ssm").delete_parameter(Name=catalogue_name("web", "1.5.0"))
    assert world.baked not in only_tagged(world), "its watermark proves it"
    assert run(["image", "list", "prod", "web", "-C", str(world.folder)]) == 0
    lines = {each.split()[1]: each for each in capsys.readouterr().out.splitlines() if "ami-" in each}
    assert SAID in lines[by_hand]
    assert SAID not in lines[world.baked]
    assert "not in the catalogue" in lines[world.baked]


def test_where_watermarks_cannot_be_seen_nothing_is_said_of_them(world: World, monkeypatch: pytest.MonkeyPatch):
    by_hand = world.register(Place(), "by-hand")
    assert by_hand in only_tagged(world)
    monkeypatch.setattr(ImageFinder, "knows_watermarks", lambda _self: False)
    assert only_tagged(world) == set()
