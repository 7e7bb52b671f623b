"""The agent is mutable, the application is not: held as tests."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from program import program

from strata import testing

PATH = "/sidecar/dev/shop/agent"


def config(**metrics: Any) -> Mapping[str, Any]:
    return {
        "aws:region": "eu-central-1",
        "strata:stage": "dev",
        "strata:images": {"shop": {"version": "1.0.0", "id": "ami-0a1b2c3d4e5f60718"}},
        "strata:services": {
            "shop": {
                "instance_type": "t4g.small",
                "capacity": {"min": 2, "max": 4},
                "routes": [{"priority": 10, "hosts": ["shop.example.com"]}],
                "environment": {"AGENT_CONFIG": PATH},
            }
        },
        "sidecar:metrics": {"interval": 60, "measurements": ["mem_used_percent"], **metrics},
    }


def run(**metrics: Any) -> testing.Graph:
    return testing.run(program, config=config(**metrics), project="sidecar")


@pytest.fixture
def graph() -> testing.Graph:
    return run()


def test_the_agent_finds_its_configuration_where_the_servers_are_told(graph: testing.Graph) -> None:
    assert graph.one("aws:ssm/parameter:Parameter", "shop-agent").inputs["name"] == PATH


def test_another_configuration_of_the_agent_replaces_no_server(graph: testing.Graph) -> None:
    other = run(interval=10)
    for token, name in (
        ("aws:ec2/launchTemplate:LaunchTemplate", "shop-template"),
        ("aws:ssm/parameter:Parameter", "shop-release"),
    ):
        assert graph.one(token, name).inputs == other.one(token, name).inputs
    before, after = (
        each.one("aws:ssm/parameter:Parameter", "shop-agent").inputs["insecureValue"] for each in (graph, other)
    )
    assert before != after


def test_the_servers_may_read_this_one_parameter_and_report_to_one_namespace(graph: testing.Graph) -> None:
    policy = json.loads(graph.one("aws:iam/rolePolicy:RolePolicy", "shop-agent").inputs["policy"])
    read, report = policy["Statement"]
    assert read["Action"] == "ssm:GetParameter"
    assert read["Resource"].endswith(f":{PATH}")
    assert report["Condition"] == {"StringEquals": {"cloudwatch:namespace": "shop"}}
