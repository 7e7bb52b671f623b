"""`strata image list` of an image for which only release records have a name."""

from collections.abc import Callable

import pytest

from strata.aws.kept_images import KEPT
from strata.naming import note_name, record_name
from strata.rollout.note import Note, Phase
from strata.rollout.record import ImageRef, TaskRelease
from tests.unit.cli.test_image_command import REPOSITORY, World, world

__all__ = ["world"]


def keep(world: World) -> str:
    """Push an image that has no tag but the one that spares it from expiring, as a gate leaves it."""
    digest = world.push("3.1.0")
    manifest = world.ecr.batch_get_image(repositoryName="search", imageIds=[{"imageDigest": digest}])["images"][0]
    world.ecr.put_image(repositoryName="search", imageManifest=manifest["imageManifest"], imageTag=f"{KEPT}web")
    world.ecr.batch_delete_image(repositoryName="search", imageIds=[{"imageTag": "3.1.0"}])
    return digest


def record(world: World, place: tuple[str, str, str], digest: str, *, name: str = "search", called: str = "3.1.0"):
    image = ImageRef(name, called, f"{REPOSITORY}@{digest}")
    release = TaskRelease(image=image, digest="e" * 16, service="arn:search", task_definition="search:1")
    world.put(record_name(*place), release.to_json())


OTHER = f"sha256:{'c' * 64}"


def earlier(world: World, digest: str) -> None:
    record(world, ("shop", "prod", "search"), digest)
    record(world, ("shop", "prod", "search"), OTHER, called="3.2.0")


def of_another_stack(world: World, digest: str) -> None:
    record(world, ("shop", "staging", "search"), digest)


def of_another_project(world: World, digest: str) -> None:
    record(world, ("till", "prod", "find"), digest)


def renamed(world: World, digest: str) -> None:
    """Let somebody have written another name over the one that the gate has noted."""
    image = ImageRef("search", "3.1.0", f"{REPOSITORY}@{digest}")
    note = Note(image, "e" * 16, "d-1", "2026-11-28T12:00:00+00:00", Phase.SUCCEEDED)
    world.put(note_name(record_name("till", "prod", "find")), note.to_json())
    record(world, ("till", "prod", "find"), digest, called="9.9.9")


def listed(world: World, digest: str) -> dict[str, object]:
    code, found = world.answer("list", "prod", "search")
    assert code == 0
    (row,) = (each for each in found["images"][0]["versions"] if each["image_id"] == digest)
    return row


@pytest.mark.parametrize("named", [earlier, of_another_stack, of_another_project, renamed])
def test_a_digest_without_a_tag_is_called_what_a_release_of_it_was(world: World, named: Callable[[World, str], None]):
    digest = keep(world)
    assert listed(world, digest)["version"] == "", "nothing has a name for it yet"
    named(world, digest)
    assert listed(world, digest)["version"] == "3.1.0"
    _, said = world.run("list", "prod", "search")
    (line,) = (each for each in said.splitlines() if digest in each)
    assert ("3.1.0" in line, "no version" in line) == (True, False)


def test_what_a_record_calls_by_another_image_s_name_gives_none(world: World):
    digest = keep(world)
    record(world, ("till", "prod", "find"), digest, name="base")
    assert listed(world, digest)["version"] == ""


def test_a_record_that_somebody_has_written_over_keeps_nobody_from_the_names_of_the_others(world: World):
    digest = keep(world)
    world.put(record_name("till", "prod", "find"), "{")
    of_another_stack(world, digest)
    assert listed(world, digest)["version"] == "3.1.0"


def test_what_has_a_tag_is_called_by_that_and_not_by_a_record(world: World):
    digest = world.push("3.1.0")
    record(world, ("till", "prod", "find"), digest, called="9.9.9")
    assert listed(world, digest)["labels"] == ["3.1.0"]
