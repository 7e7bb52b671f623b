"""A note of a promotion that somebody has deleted is not written again without a word."""

import json

import pytest

from strata.images.proof_note import proof_note_name
from tests.unit.cli.test_image_command import PROMOTE, World, world

__all__ = ["world"]

SEARCH = ("promote", "prod", "search", "--from", "staging", "--min-soak", "0s")


def note(world: World, image: str) -> str:
    return str(proof_note_name("shop", "prod", image))


def there(world: World, name: str) -> bool:
    return bool(world.ssm.get_parameters(Names=[name])["Parameters"])


@pytest.mark.parametrize("kind", ["machine", "container"])
def test_a_promotion_says_that_the_note_of_its_proof_was_missing_and_is_written_again(world: World, kind: str):
    command, image = PROMOTE, world.ids["1.5.0"]
    if kind == "container":
        command, image = SEARCH, world.push("3.1.0")
        world.release_container("staging", "3.1.0", image)
    else:
        world.release("staging", "1.5.0")
    code, first = world.answer(*command)
    assert (code, first["note_missing"]) == (0, False)
    name = note(world, image)
    before = json.loads(world.ssm.get_parameter(Name=name)["Parameter"]["Value"])
    code, again = world.answer(*command)
    assert (code, again["note_missing"], again["written"]) == (0, False, False)

    world.ssm.delete_parameter(Name=name)
    code, said = world.run(*command, "--dry-run")
    assert code == 0
    assert (
        f"warning: the note of the proof that Pulumi.prod.yaml has of this image already, {name}, was missing" in said
    )
    assert "and would be written again" in said
    assert not there(world, name)
    code, said = world.run(*command)
    assert code == 0
    assert f"{name}, was missing and was written again: somebody has deleted it" in said
    assert json.loads(world.ssm.get_parameter(Name=name)["Parameter"]["Value"]) == before
    world.ssm.delete_parameter(Name=name)
    code, found = world.answer(*command)
    assert (code, found["note_missing"], found["written"]) == (0, True, False)
    assert there(world, name)


def test_a_first_proof_of_what_was_pinned_by_hand_misses_no_note(world: World):
    assert world.run("pin", "prod", "web", "1.5.0")[0] == 0
    world.release("staging", "1.5.0")
    code, said = world.run(*PROMOTE)
    assert code == 0
    assert "missing" not in said
