"""What the stages deploy, held as tests: no engine, no Docker, no AWS, milliseconds."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from program import program

from strata import testing

BUILT = {"build": {"context": ".", "args": {"VERSION": "1.5.0-dev"}}}
PINNED = {
    "repository": "210987654321.dkr.ecr.eu-central-1.amazonaws.com/shop",
    "version": "1.4.2",
    "digest": "sha256:6d2f1a0f6a1c5c1f0c5a7d3b9e8f4a2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f",
}


def run(stage: str, image: Mapping[str, Any]) -> testing.Graph:
    config = {
        "aws:region": "eu-central-1",
        "strata:stage": stage,
        "strata:promotion": {"require_proof": False},  # the pin of a test has run nowhere
        "strata:container_images": {"shop": image},
        "strata:container_services": {
            "shop": {"capacity": {"min": 2, "max": 4}, "routes": [{"priority": 10, "hosts": ["shop.example.com"]}]}
        },
    }
    return testing.run(program, config=config, project="container-service")


@pytest.fixture
def built() -> testing.Graph:
    return run("dev", BUILT)


@pytest.fixture
def pinned() -> testing.Graph:
    return run("prod", PINNED)


def task(graph: testing.Graph) -> dict[str, Any]:
    """The one container of a task."""
    definition = graph.one("aws:ecs/taskDefinition:TaskDefinition", "shop-task")
    (container,) = json.loads(definition.inputs["containerDefinitions"])
    return container


def strategy(graph: testing.Graph) -> str:
    service = graph.one("aws:ecs/service:Service", "shop-service")
    return service.inputs["deploymentConfiguration"]["strategy"]


def test_every_stage_keeps_the_house_rules(built: testing.Graph, pinned: testing.Graph) -> None:
    for graph in (built, pinned):
        testing.assert_images_are_pinned(graph)
        testing.assert_names_are_free(graph)
        testing.assert_policies(graph)
        # the load balancer is the one door to the world, on the port a browser asks first
        testing.assert_not_open_to_the_world(graph, except_for=["public-from-0.0.0.0-0-80"])


def test_dev_runs_what_it_has_built(built: testing.Graph) -> None:
    image = built.one("docker:index/image:Image", "shop-image")
    assert image.inputs["build"]["args"] == {"VERSION": "1.5.0-dev"}
    assert task(built)["image"] == built.exports["image"]


def test_prod_runs_the_pinned_digest_and_builds_nothing(pinned: testing.Graph) -> None:
    assert task(pinned)["image"] == f"{PINNED['repository']}@{PINNED['digest']}"
    assert not pinned.of_type("docker:index/image:Image")
    assert not pinned.of_type("aws:ecr/repository:Repository")


def test_the_stage_decides_how_requests_come_to_a_new_release(built: testing.Graph, pinned: testing.Graph) -> None:
    assert strategy(built) == "ROLLING"
    assert strategy(pinned) == "CANARY"


def test_the_container_writes_to_nothing_but_its_volume_and_is_not_root(pinned: testing.Graph) -> None:
    container = task(pinned)
    assert container["readonlyRootFilesystem"]
    assert container["user"] == "10001:10001"
    assert [each["containerPath"] for each in container["mountPoints"]] == ["/tmp"]  # noqa: S108 - inside the container
