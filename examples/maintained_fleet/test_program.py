"""What keeps changes in place under control, held as tests."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from program import program
from ruamel.yaml import YAML

from strata import testing

CONFIG: Mapping[str, Any] = YAML(typ="safe").load(Path(__file__).parent / "Pulumi.dev.yaml")["config"]


@pytest.fixture
def graph() -> testing.Graph:
    return testing.run(program, config=CONFIG)


def test_a_quarter_of_the_servers_is_changed_at_a_time_and_the_first_failure_ends_it(graph: testing.Graph) -> None:
    association = graph.one("aws:ssm/association:Association", "legacy-playbook")
    assert association.inputs["maxConcurrency"] == "25%"
    assert association.inputs["maxErrors"] == "0"


def test_a_server_that_gets_another_archive_than_the_pinned_one_changes_nothing(graph: testing.Graph) -> None:
    document = json.loads(graph.one("aws:ssm/document:Document", "legacy-playbook").inputs["content"])
    _, before, play, healthy = document["mainSteps"]
    pinned = CONFIG["strata:maintained"]["legacy"]["playbook"]["sha256"]
    for step in (before, play):
        assert any(pinned in line and "sha256sum -c" in line for line in step["inputs"]["runCommand"])
    assert [each["onFailure"] for each in (before, play, healthy)] == ["exit"] * 3


def test_patches_wait_for_the_health_of_a_server_too(graph: testing.Graph) -> None:
    task = graph.one("aws:ssm/maintenanceWindowTask:MaintenanceWindowTask", "legacy-patches")
    told = task.inputs["taskInvocationParameters"]["runCommandParameters"]["parameters"]
    assert "OnExitHookDocName" in {each["name"] for each in told}
    assert task.inputs["maxConcurrency"] == "25%"


def test_nobody_logs_in(graph: testing.Graph) -> None:
    testing.assert_not_open_to_the_world(graph, except_for=["public-from-0.0.0.0-0-80"])
    testing.assert_metadata_is_protected(graph)


def test_the_group_is_one_whose_servers_are_changed_in_place(graph: testing.Graph) -> None:
    tags = graph.one("aws:autoscaling/group:Group", "legacy-group").inputs["tags"]
    assert {each["key"]: each["value"] for each in tags}["strata:mutability"] == "controlled"
