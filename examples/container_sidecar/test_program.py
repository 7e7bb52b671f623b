"""The agent's configuration is mutable, the application and the agent's image are not: held as tests."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from program import program

from strata import testing

FILE = Path(__file__).with_name("Pulumi.dev.yaml")
TASK = "aws:ecs/taskDefinition:TaskDefinition"
RECORD = ("aws:ssm/parameter:Parameter", "shop-release")
OTHER = f"ghcr.io/example/agent@sha256:{'b' * 64}"


def run(*, sampling: str = "0.1", agent: str | None = None) -> testing.Graph:
    config: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["config"]
    config["strata:runtime"]["agent"]["values"]["sampling"] = sampling
    if agent is not None:
        config["strata:container_images"]["agent"]["reference"] = agent
    return testing.run(program, config=config, project="container-sidecar")


@pytest.fixture
def graph() -> testing.Graph:
    return run()


def containers(graph: testing.Graph) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in json.loads(graph.one(TASK, "shop-task").inputs["containerDefinitions"])}


def test_it_keeps_the_house_rules(graph: testing.Graph) -> None:
    testing.assert_images_are_pinned(graph)
    testing.assert_policies(graph)


def test_another_configuration_of_the_agent_starts_no_deployment(graph: testing.Graph) -> None:
    other = run(sampling="1.0")
    assert graph.one(TASK, "shop-task").inputs == other.one(TASK, "shop-task").inputs
    assert graph.one(*RECORD).inputs == other.one(*RECORD).inputs
    value = "agent-config-sampling"
    assert graph.one(RECORD[0], value).inputs["insecureValue"] != other.one(RECORD[0], value).inputs["insecureValue"]


def test_another_agent_is_another_release_of_the_same_application(graph: testing.Graph) -> None:
    before, after = (json.loads(each.one(*RECORD).inputs["insecureValue"]) for each in (graph, run(agent=OTHER)))
    assert before["image"] == after["image"]
    assert (before["digest"] == after["digest"], after["sidecars"]["agent"]["id"]) == (False, OTHER)


def test_the_application_reads_what_the_agent_writes_and_does_without_it(graph: testing.Graph) -> None:
    found = containers(graph)
    shared = {
        name: [each["readOnly"] for each in it["mountPoints"] if each["containerPath"] == "/run/config"]
        for name, it in found.items()
    }
    assert shared == {"shop": [True], "agent": [False]}
    assert found["shop"]["dependsOn"] == [{"containerName": "agent", "condition": "HEALTHY"}]
    assert not found["agent"]["essential"]
