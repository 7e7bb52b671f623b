"""Which images a rehearsal seeds and pins."""

import re

import pytest

from strata.settings.load import load
from strata_rehearsal.run.rehearsed_settings import images_of, wanted_pins
from strata_rehearsal.run.request import image_id

PINS = {"web": {"version": "1.4.2", "id": "ami-0f3c51d29a7e84b61"}}


def test_the_pinned_version_keeps_its_id() -> None:
    assert wanted_pins(PINS, {"web": "1.4.2"}) == PINS


def test_another_version_gets_an_id_of_its_own_that_is_always_the_same() -> None:
    pinned = wanted_pins(PINS, {"web": "1.5.0"})["web"]
    assert pinned == {"version": "1.5.0", "id": image_id("web", "1.5.0")}
    assert re.fullmatch(r"ami-[0-9a-f]{17}", pinned["id"])
    assert image_id("web", "1.5.0") != image_id("api", "1.5.0")


def test_the_given_pins_are_not_changed() -> None:
    wanted_pins(PINS, {"web": "1.5.0"})
    assert PINS == {"web": {"version": "1.4.2", "id": "ami-0f3c51d29a7e84b61"}}


@pytest.mark.parametrize("instance_type,architecture", [("m7g.large", "arm64"), ("t3.small", "x86_64")])
def test_an_image_is_built_for_the_servers_that_run_it(instance_type: str, architecture: str) -> None:
    settings = load(
        {"stage": "staging", "images": PINS, "services": {"web": {"instance_type": instance_type}}}, source="test"
    ).settings
    (image,) = images_of(settings)
    assert (image.name, image.version, image.id, image.architecture) == (
        "web",
        "1.4.2",
        "ami-0f3c51d29a7e84b61",
        architecture,
    )


@pytest.mark.parametrize(
    "owners, owner", [(None, None), (["amazon"], "amazon"), (["210987654321"], "210987654321"), (["self"], None)]
)
def test_what_an_image_is_baked_from_is_there_for_the_servers_that_bake(
    owners: list[str] | None, owner: str | None
) -> None:
    pipeline = {"parent": "ami-0a1b2c3d4e5f60718", "instance_types": ["t4g.small"], "provision": ["install.sh"]}
    said = {**pipeline, "verify": ["verify.sh"], **({"parent_owners": owners} if owners else {})}
    settings = load({"stage": "staging", "image_pipelines": {"web": said}}, source="test").settings
    (image,) = images_of(settings)
    assert (image.id, image.architecture, image.owner) == ("ami-0a1b2c3d4e5f60718", "arm64", owner)


def test_a_pinned_image_that_others_are_baked_from_is_there_once() -> None:
    pipeline = {"parent": PINS["web"]["id"], "provision": ["install.sh"], "verify": ["verify.sh"]}
    values = {"stage": "staging", "images": PINS, "image_pipelines": {"more": pipeline}, "services": {"web": {}}}
    (image,) = images_of(load(values, source="test").settings)
    assert image.name == "web"
