"""What rolls the fleet and what does not: held as tests."""

from collections.abc import Mapping
from typing import Any

import pytest
from program import program

from strata import testing

TEMPLATE = ("aws:ec2/launchTemplate:LaunchTemplate", "shop-template")


def config(*, enabled: str = "true", pool: str = "20") -> Mapping[str, Any]:
    return {
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
        "strata:runtime": {
            "shop": {"values": {"checkout/enabled": enabled, "POOL_SIZE": {"value": pool, "restart": True}}}
        },
    }


@pytest.fixture
def template() -> Mapping[str, Any]:
    return testing.run(program, config=config()).one(*TEMPLATE).inputs


def test_a_toggle_changes_no_server(template: Mapping[str, Any]) -> None:
    assert testing.run(program, config=config(enabled="false")).one(*TEMPLATE).inputs == template


def test_a_value_that_is_read_at_start_is_another_release(template: Mapping[str, Any]) -> None:
    assert testing.run(program, config=config(pool="40")).one(*TEMPLATE).inputs["userData"] != template["userData"]


def test_the_toggle_is_a_parameter_of_its_own() -> None:
    graph = testing.run(program, config=config(enabled="false"))
    values = [it.inputs["insecureValue"] for it in graph.of_type("aws:ssm/parameter:Parameter")]
    assert "false" in values
