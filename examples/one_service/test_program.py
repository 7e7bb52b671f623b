"""How a team tests its own stack: no engine, no AWS, milliseconds."""

import pytest
from program import program

from strata import testing

CONFIG = {
    "aws:region": "eu-central-1",
    "strata:stage": "dev",
    "strata:images": {"shop": {"version": "1.0.0", "id": "ami-0a1b2c3d4e5f60718"}},
    "strata:services": {
        "shop": {
            "instance_type": "t4g.small",
            "capacity": {"min": 2, "max": 4},
            "routes": [{"priority": 10, "hosts": ["shop.example.com"]}],
        }
    },
}


@pytest.fixture
def graph() -> testing.Graph:
    return testing.run(program, config=CONFIG)


def test_the_stack_keeps_the_house_rules(graph: testing.Graph) -> None:
    testing.assert_images_are_pinned(graph)
    testing.assert_metadata_is_protected(graph)
    testing.assert_volumes_are_encrypted(graph)
    # the load balancer is the one door to the world, on the port a browser asks first
    testing.assert_not_open_to_the_world(graph, except_for=["public-from-0.0.0.0-0-80"])
    testing.assert_names_are_free(graph)


def test_a_deploy_leaves_the_capacity_alone(graph: testing.Graph) -> None:
    testing.assert_capacity_is_left_alone(graph)


def test_the_override_reaches_the_template(graph: testing.Graph) -> None:
    template = graph.one("aws:ec2/launchTemplate:LaunchTemplate", "shop-template")
    assert template.inputs["creditSpecification"] == {"cpuCredits": "standard"}
