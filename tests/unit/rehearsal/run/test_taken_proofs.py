"""Which proofs a rehearsal takes from the stack file: those of a local AWS that has never seen a promotion."""

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from strata.images.proof_note import keep_proof_note, proof_note_name
from strata.rollout.proof_check import find_unconfirmed
from strata.rollout.record import ImageRef
from strata.rollout.servers.driver import Driver
from strata.settings.load import load
from strata_rehearsal.cloud.cloud_handle import CloudHandle
from strata_rehearsal.run import taken_proofs
from strata_rehearsal.run.rehearsed_settings import RehearsedSettings
from strata_rehearsal.run.taken_proofs import take_proofs
from tests.unit.promotion.test_image_proofs import AWAY, HOME, Place, World, bare, clients, world

__all__ = ["bare", "clients", "world"]

WEB, API = "ami-0f3c51d29a7e84b61", "ami-0f3c51d29a7e84b62"
PROOF = {
    "stack": "shop/staging",
    "release": "1.5.0",
    "digest": "0123456789abcdef",
    "soaked": 5400,
    "by": "arn:aws:iam::123456789012:user/ann",
    "at": "2026-01-31T08:30:00Z",
}


class Rehearsals:
    """Rehearsals of shop/prod, which pins web and api with proofs."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._cloud = SimpleNamespace(endpoint="", state=self._state)

    def _state(self) -> dict[str, Any]:
        return json.loads(self._world.aws.web.get("/_strata/state").data)

    def take(self, *, names_region: bool = True) -> list[str]:
        """The names of the pins whose proofs the next rehearsal takes."""
        pins = {"web": WEB, "api": API}
        images = {name: {"version": "1.5.0", "id": image, "proof": PROOF} for name, image in pins.items()}
        settings = load({"stage": "prod", "images": images, "services": {"web": {}, "api": {}}}, source="test").settings
        rehearsed = RehearsedSettings(settings, None, HOME, names_region=names_region)
        return [each.image_name for each in take_proofs(cast("CloudHandle", self._cloud), rehearsed, "shop", "prod")]

    def refused(self, name: str, image: str, region: str = HOME) -> str:
        """What the gate then has against the proof of an image; empty if it accepts it."""
        driver = Driver(self._world.at(Place(region=region)))
        proof = (
            load({"stage": "prod", "images": {name: {"version": "1.5.0", "id": image, "proof": PROOF}}}, source="test")
            .settings.images[name]
            .proof
        )
        assert proof is not None
        found = find_unconfirmed(driver, f"/strata/shop/prod/{name}/release", ImageRef(name, "1.5.0", image), proof)
        return "; ".join(each.text for each in found)


@pytest.fixture
def rehearsals(world: World, monkeypatch: pytest.MonkeyPatch) -> Rehearsals:
    monkeypatch.setattr(taken_proofs, "local_clients", lambda _endpoint, region: world.at(Place(region=region)))
    return Rehearsals(world)


def promote(world: World, image: str, stack: str = "prod") -> str:
    keep_proof_note(world.at(Place()), "shop", stack, {**PROOF, "image": image})
    name = proof_note_name("shop", stack, image)
    assert name is not None
    return name


def delete(world: World, name: str) -> None:
    world.at(Place())("ssm").delete_parameter(Name=name)


def test_where_nothing_was_promoted_the_word_of_the_stack_file_is_taken_each_time(rehearsals: Rehearsals):
    assert rehearsals.take() == ["web", "api"]
    assert rehearsals.refused("web", WEB) == ""
    assert rehearsals.take() == ["web", "api"], "it is said again"


def test_the_only_promotion_is_not_made_up_again_once_its_note_is_deleted(world: World, rehearsals: Rehearsals):
    note = promote(world, WEB)
    delete(world, note)
    assert rehearsals.take() == []
    assert f"nothing in AWS confirms it: expected what a promotion notes as {note}" in rehearsals.refused("web", WEB)


@pytest.mark.parametrize("stack", ["prod", "preprod"])
def test_once_another_image_was_promoted_a_missing_note_is_refused(world: World, rehearsals: Rehearsals, stack: str):
    promote(world, API, stack)
    assert rehearsals.take() == []
    assert "nothing in AWS confirms it" in rehearsals.refused("web", WEB)


def test_what_an_earlier_rehearsal_took_stays_taken_and_nothing_is_noted_anew(world: World, rehearsals: Rehearsals):
    assert rehearsals.take() == ["web", "api"]
    note = promote(world, API)
    assert rehearsals.take() == ["web"]
    assert (rehearsals.refused("web", WEB), rehearsals.refused("api", API)) == ("", "")
    delete(world, note)
    assert rehearsals.take() == ["web"]
    assert "nothing in AWS confirms it" in rehearsals.refused("api", API)


def test_where_only_the_program_knows_the_region_a_proof_is_taken_in_each(rehearsals: Rehearsals):
    assert rehearsals.take(names_region=False) == ["web", "api"]
    assert (rehearsals.refused("web", WEB), rehearsals.refused("web", WEB, AWAY)) == ("", "")


def test_a_note_in_one_region_is_not_made_up_in_the_others(world: World, rehearsals: Rehearsals):
    promote(world, WEB)
    assert rehearsals.take(names_region=False) == []
    assert rehearsals.refused("web", WEB) == ""
    assert "nothing in AWS confirms it" in rehearsals.refused("web", WEB, AWAY)


def test_a_proof_that_was_taken_says_no_more_than_was_seen():
    said = str(taken_proofs.TakenProof(WEB, "web", "1.5.0", HOME, "shop/staging"))
    assert "this local AWS has seen no promotion of it" in said
