"""`strata image` with something that cannot be: refused as what it is, before AWS is asked, and said once."""

from typing import Any

import pytest

from strata.errors import RefusedError
from strata.promotion.pin_change import Objection, refuse_all
from tests.unit.cli.test_image_command import PROMOTE, World, refused, world

__all__ = ["world"]


@pytest.mark.parametrize(
    "name, given, expected",
    [
        ("web", "sha256:00", "'sha256:00' names no image: expected an image id such as ami-0123456789abcdef0"),
        ("web", "ami-1", "'ami-1' names no image: expected an image id"),
        ("search", "sha256:00", "'sha256:00' names no image: expected the digest of an image, sha256: and 64"),
        ("search", "ami-0123456789abcdef0", "'ami-0123456789abcdef0' names no image: expected the digest"),
        ("search", f"sha256:{'0' * 64}\n", "names no image: expected the digest"),
    ],
)
def test_an_id_that_is_none_is_a_wrong_call_and_asks_no_registry(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str, given: str, expected: str
):
    asked: list[str] = []

    def ask(_client: Any, operation: str, _asked: Any) -> Any:
        asked.append(operation)
        return {"Parameters": []}

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", ask)
    assert expected in refused(world, "pin", "staging", name, "3.1.0", "--id", given, code=2)
    assert not {each for each in asked if "Image" in each}


def test_a_soak_that_nobody_could_wait_for_is_a_wrong_call(world: World):
    world.release("staging", "1.5.0")
    said = refused(world, *PROMOTE[:-1], "9999999d", code=2)
    assert "'9999999d' is too long: expected at most 30 d" in said
    assert "and 30 d are required" in refused(world, *PROMOTE[:-1], "30d")


def test_a_veto_of_a_service_that_is_not_there_names_those_that_are(world: World):
    said = refused(world, "unveto", "prod", "mail", "1.5.0", code=2)
    assert "shop/prod has no service 'mail', and nothing is vetoed for one of that name" in said
    assert "There are search, web." in said
    # one that is gone from the stack file may have vetoes all the same
    world.veto("prod", "1.4.0", "slow", service="mail")
    assert "Vetoed are: 1.4.0." in refused(world, "unveto", "prod", "mail", "1.5.0", code=2)
    assert world.run("unveto", "prod", "mail", "1.4.0")[0] == 0


def test_what_helps_against_several_objections_is_said_once():
    another, wait = "Pin another version.", "Wait."
    found = [Objection("it leaks", another), Objection("it is young", wait), Objection("it is slow", another)]
    with pytest.raises(RefusedError) as error:
        refuse_all("web 1.5.0 cannot be pinned", [*found, found[0]])
    assert error.value.message.splitlines() == [
        "web 1.5.0 cannot be pinned:",
        "  - it leaks",
        "  - it is slow",
        "    fix: Pin another version.",
        "  - it is young",
        "    fix: Wait.",
    ]


def test_a_container_image_is_promoted_only_as_what_its_tags_or_the_catalogue_call_it(world: World):
    digest = world.push("3.1.0")
    world.release_container("staging", "9.9.9", digest)
    said = refused(world, "promote", "prod", "search", "--from", "staging", "--min-soak", "0s")
    assert f"{digest} is search 3.1.0 by its tags and the catalogue, and nothing there calls it 9.9.9" in said
    assert refused(world, "pin", "staging", "search", "9.9.9", "--id", digest).count("nothing there calls it 9.9.9")
    world.release_container("staging", "3.1.0", digest)
    assert world.run("promote", "prod", "search", "--from", "staging", "--min-soak", "0s")[0] == 0


def test_a_container_image_that_nothing_calls_anything_is_what_its_record_says(world: World):
    digest = world.push("3.1.0")
    (found,) = world.ecr.batch_get_image(repositoryName="search", imageIds=[{"imageDigest": digest}])["images"]
    world.ecr.batch_delete_image(repositoryName="search", imageIds=[{"imageDigest": digest}])
    world.ecr.put_image(repositoryName="search", imageManifest=found["imageManifest"], imageDigest=digest)
    world.release_container("staging", "9.9.9", digest)
    assert world.run("promote", "prod", "search", "--from", "staging", "--min-soak", "0s")[0] == 0
