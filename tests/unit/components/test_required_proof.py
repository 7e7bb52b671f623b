"""What a gate is told of the images that the stack file pins with a proof, wherever the program takes its own from."""

from typing import Any

import pytest

from strata import ContainerImage, ContainerService, ImmutableService
from strata.rollout.spec import RolloutSpec
from strata.settings.models import (
    ContainerBuildSettings,
    ContainerImageSettings,
    ContainerServiceSettings,
    ServiceSettings,
)
from tests.unit.components.conftest import WEB

DIGEST, OTHER = (f"sha256:{each * 64}" for each in "ab")
REPOSITORY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop"
PROOF = {
    "stack": "shop/staging",
    "release": "1.0.0",
    "digest": "0" * 16,
    "soaked": 5400,
    "by": "arn:aws:iam::123456789012:user/ann",
    "at": "2026-01-31T08:30:00Z",
}
OF_ANOTHER = {**PROOF, "image": f"sha256:{'f' * 64}"}
NO_PROOF = {"stack": "shop/staging", "image": f"sha256:{'e' * 64}"}
PINS: dict[str, Any] = {
    "strata:images": {
        "web": {"version": WEB.version, "id": WEB.id, "proof": PROOF},
        "old": {"version": "1.0.0", "proof": PROOF},
        "new": {"version": "1.1.0", "proof": {**PROOF, "image": "ami-01234567"}},
        "none": {"version": "1.0.0", "id": "ami-0fedcba9876543210"},
        "edited": {"version": "1.0.0", "id": "ami-0fedcba9876543211", "proof": OF_ANOTHER},
    },
    "strata:container_images": {
        "shop": {"version": "1.0.0", "digest": DIGEST, "proof": {**PROOF, "image": DIGEST}},
        "agent": {"reference": f"{REPOSITORY}@{OTHER}", "proof": {**PROOF, "image": OTHER}},
        "edited": {"version": "1.0.0", "digest": f"sha256:{'c' * 64}", "proof": OF_ANOTHER},
        "old": {"version": "1.0.0", "digest": f"sha256:{'d' * 64}", "proof": PROOF},
        "none": {"version": "1.0.0", "digest": f"sha256:{'e' * 64}", "proof": NO_PROOF},
        "built": {"build": {}},
    },
}
PROVEN = frozenset({WEB.id, "old 1.0.0", "ami-01234567", DIGEST, OTHER})


def spec(ground: Any, image: Any, **config: Any) -> RolloutSpec:
    """How the gate is told to roll a service that runs such an image."""

    def program(on: Any) -> None:
        made: Any = image() if callable(image) else image
        ContainerService("shop", ContainerServiceSettings(), image=made, network=on.network, gate=ground.gate)

    ground.run(program, config={**PINS, **config})
    return ground.gate.records[-1].spec


def handed_over() -> ContainerImage:
    return ContainerImage("shop", ContainerImageSettings(reference=f"{REPOSITORY}@{OTHER}"))


@pytest.mark.parametrize("image", [f"{REPOSITORY}@{OTHER}", handed_over], ids=["reference", "component"])
@pytest.mark.parametrize(
    "config, required",
    [
        ({"strata:stage": "prod"}, True),
        ({"strata:stage": "staging"}, False),
        ({}, False),
        ({"strata:stage": "dev", "strata:promotion": {"require_proof": True}}, True),
        ({"strata:stage": "prod", "strata:promotion": {"require_proof": False}}, False),
    ],
)
def test_an_image_of_the_program_has_to_be_one_of_those_with_a_proof_where_the_stack_requires_one(
    ground, image, config, required
):
    terms = spec(ground, image, **config).terms
    proven = terms.proven if terms is not None else None
    assert (None if proven is None else frozenset(proven)) == (PROVEN if required else None)
    assert proven is None or proven[OTHER].image == OTHER


def test_what_up_builds_needs_no_proof(ground, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    built = ContainerImageSettings(build=ContainerBuildSettings())
    terms = spec(ground, lambda: ContainerImage("shop", built), **{"strata:stage": "prod"}).terms
    assert terms is not None
    assert terms.proven is None


def test_servers_are_held_to_it_too(ground):
    ground.service()
    assert ground.gate.records[-1].spec.terms.proven is None

    def program(on: Any) -> None:
        ImmutableService("web", ServiceSettings(), image=on.image, network=on.network, gate=ground.gate)

    ground.run(program, config={**PINS, "strata:stage": "prod"})
    proven = ground.gate.records[-1].spec.terms.proven
    assert proven is not None
    assert frozenset(proven) == PROVEN
