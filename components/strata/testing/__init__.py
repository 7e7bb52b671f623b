"""Unit tests of programs that use Strata, without an engine and without AWS.

from strata import testing

def test_the_fleet_survives_a_deploy():
    graph = testing.run(program, config={"strata:stage": "staging", "strata:images": {...}})
    testing.assert_capacity_is_left_alone(graph)
    assert graph.one("Group", "web-group").inputs["minSize"] == 2
"""

from strata.resources.resource import Graph, LogLine, Options
from strata.resources.resource import Resource as Registered
from strata.testing.assertions import (
    assert_capacity_is_left_alone,
    assert_images_are_pinned,
    assert_metadata_is_protected,
    assert_names_are_free,
    assert_not_open_to_the_world,
    assert_policies,
    assert_protected,
    assert_tagged,
    assert_volumes_are_encrypted,
)
from strata.testing.mocks import CloudMocks, MockImage
from strata.testing.program_run import images_pinned_by, run

__all__ = [
    "CloudMocks",
    "Graph",
    "LogLine",
    "MockImage",
    "Options",
    "Registered",
    "assert_capacity_is_left_alone",
    "assert_images_are_pinned",
    "assert_metadata_is_protected",
    "assert_names_are_free",
    "assert_not_open_to_the_world",
    "assert_policies",
    "assert_protected",
    "assert_tagged",
    "assert_volumes_are_encrypted",
    "images_pinned_by",
    "run",
]
