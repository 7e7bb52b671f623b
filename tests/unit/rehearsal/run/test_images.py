"""Which images a rehearsal seeds and pins."""

import re
from types import SimpleNamespace
from typing import cast

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID

from strata.settings.load import load
from strata_rehearsal.cloud.cloud_handle import CloudHandle
from strata_rehearsal.cloud.machine_images import Image
from strata_rehearsal.run.made_up_images import MadeUpImage, find_made_up_containers, make_up_images
from strata_rehearsal.run.rehearsed_settings import RehearsedSettings, images_of, wanted_pins
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
    (image,) = images_of(settings, "eu-west-1")
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
    (image,) = images_of(settings, "eu-west-1")
    assert (image.id, image.architecture, image.owner) == ("ami-0a1b2c3d4e5f60718", "arm64", owner)


def test_a_pinned_image_that_others_are_baked_from_is_there_once() -> None:
    pipeline = {"parent": PINS["web"]["id"], "provision": ["install.sh"], "verify": ["verify.sh"]}
    values = {"stage": "staging", "images": PINS, "image_pipelines": {"more": pipeline}, "services": {"web": {}}}
    (image,) = images_of(load(values, source="test").settings, "eu-west-1")
    assert image.name == "web"


def test_the_images_of_a_stack_are_those_of_its_region_and_account() -> None:
    values = {"stage": "staging", "images": PINS, "services": {"web": {}}}
    (image,) = images_of(load(values, source="test").settings, "us-east-1")
    assert (image.region, image.account) == ("us-east-1", DEFAULT_ACCOUNT_ID)
    assert image.unique, "its id is one of AWS"


def test_the_id_of_a_version_that_is_only_tried_may_be_in_every_region() -> None:
    values = {"stage": "staging", "images": wanted_pins(PINS, {"web": "1.5.0"}), "services": {"web": {}}}
    (image,) = images_of(load(values, source="test").settings, "us-east-1")
    assert not image.unique


class Cloud(SimpleNamespace):
    """A local AWS in which some images are new."""

    def add_images(self, images: list[Image]) -> frozenset[str]:
        self.named = [each.id for each in images]
        return frozenset(self.new)


def made_up(*new: str) -> list[MadeUpImage]:
    proof = {"stack": "shop/staging", "release": "2.0.0", "digest": "7d0c2f1e5b9a4836", "soaked": 60, "by": "ann"}
    at = {"at": "2026-11-27T09:30:00Z"}
    api = {"version": "2.0.0", "id": "ami-0f3c51d29a7e84b62", "proof": {**proof, **at}}
    values = {"stage": "prod", "images": {**PINS, "api": api}, "promotion": {"require_proof": False}}
    services = {"web": {}, "api": {}}
    settings = load({**values, "services": services}, source="test").settings
    cloud = Cloud(new=new)
    found = make_up_images(cast("CloudHandle", cloud), RehearsedSettings(settings, None, "eu-west-1"))
    assert cloud.named == [PINS["web"]["id"], api["id"]]
    return found


def test_only_images_that_were_not_there_are_made_up_and_a_proof_is_named() -> None:
    assert made_up() == []
    assert made_up("ami-0f3c51d29a7e84b62") == [
        MadeUpImage("ami-0f3c51d29a7e84b62", "api", "2.0.0", "eu-west-1", "shop/staging")
    ]
    (web,) = made_up(PINS["web"]["id"])
    assert web.document() == {
        "image_id": PINS["web"]["id"],
        "image_name": "web",
        "version": "1.4.2",
        "region": "eu-west-1",
        "proven_by": None,
    }


KEPT = {"account": DEFAULT_ACCOUNT_ID, "region": "eu-west-1", "repository": "api", "digest": f"sha256:{'a' * 64}"}
OTHER = {**KEPT, "digest": f"sha256:{'b' * 64}"}


@pytest.mark.parametrize(
    "before,after,found",
    [([], [KEPT, OTHER], True), ([OTHER], [OTHER, KEPT], True), ([KEPT], [KEPT, OTHER], False), ([], [OTHER], False)],
    ids=["new", "new beside another", "there before", "not the pinned one"],
)
@pytest.mark.parametrize(
    "pin,called",
    [
        ({"version": "2.0.0", "digest": KEPT["digest"]}, "api 2.0.0"),
        ({"digest": KEPT["digest"]}, "api"),
        ({"reference": f"registry.example.com/api@{KEPT['digest']}"}, "api"),
    ],
)
def test_a_pinned_container_image_is_named_by_the_rehearsal_that_has_made_it_up(
    before: list[dict[str, str]], after: list[dict[str, str]], found: bool, pin: dict[str, str], called: str
) -> None:
    values = {"stage": "dev", "container_images": {"api": pin}, "container_services": {"api": {}}}
    settings = load(values, source="test").settings
    made = find_made_up_containers(RehearsedSettings(settings, None, "eu-west-1"), before, after)
    assert [(each.image_id, each.image_name, each.region) for each in made] == (
        [(KEPT["digest"], "api", "eu-west-1")] if found else []
    )
    assert [str(each).partition(" was made up")[0] for each in made] == ([f"{called} ({KEPT['digest']})"] * found)
