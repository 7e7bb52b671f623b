"""How old an image is: as AWS has it, and where AWS does not say it, as the catalogue has noted it."""

from moto.ecr.models import ecr_backends

from strata.clock import utc_text
from strata.images.catalogue import ImageKind, read_entry
from strata.naming import catalogue_name
from tests.unit.cli.test_image_command import DIGESTS, World, world

__all__ = ["world"]

NOTED = "2026-01-31T08:30:00Z"


def pushed(world: World, digest: str) -> float:
    found = world.ecr.describe_images(repositoryName="search", imageIds=[{"imageDigest": digest}])
    return found["imageDetails"][0]["imagePushedAt"].timestamp()


def test_the_age_of_a_container_image_is_since_it_was_pushed_or_said_to_be_that_of_its_entry(world: World):
    there, gone = world.push("3.1.0"), DIGESTS["3.1.0"]
    for version, digest in (("3.1.0", there), ("2.9.0", gone)):
        world.catalogue(version, kind=ImageKind.CONTAINER, name="search", digest=digest, made=NOTED)
    code, found = world.answer("list", "staging", "search")
    assert code == 0
    rows = {each["version"]: each for each in found["images"][0]["versions"]}
    assert {version: (row["made"], row["made_noted"]) for version, row in rows.items()} == {
        "3.1.0": (utc_text(pushed(world, there)), False),
        "2.9.0": (NOTED, True),
        # nothing says it of what is only pinned
        "3.0.0": (None, False),
    }
    lines = {line.split()[0]: line for line in world.run("list", "staging", "search")[1].splitlines()[1:]}
    assert " old by the catalogue" in lines["2.9.0"]
    assert " old" in lines["3.1.0"]
    assert "by the catalogue" not in lines["3.1.0"]


def test_a_promotion_notes_when_a_container_image_was_pushed_and_not_when_it_was_promoted(world: World):
    digest = world.push("3.1.0")
    (image,) = ecr_backends["123456789012"]["eu-west-1"].repositories["search"].images
    image.image_pushed_at = 1_767_225_600
    world.release_container("staging", "3.1.0", digest)
    text = world.file("prod").read_text().replace("require_proof: false", "require_proof: true")
    world.file("prod").write_text(text)
    code, said = world.run("promote", "prod", "search", "--from", "staging", "--min-soak", "0s")
    assert code == 0, said
    noted = world.ssm.get_parameter(Name=catalogue_name("search", "3.1.0"))["Parameter"]["Value"]
    assert read_entry(noted).made == "2026-01-01T00:00:00Z"
