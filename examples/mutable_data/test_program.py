"""The data survives the servers: held as tests."""

import base64
from collections.abc import Mapping
from typing import Any

import pytest
from program import program

from strata import testing


def config(**image: str) -> Mapping[str, Any]:
    return {
        "aws:region": "eu-central-1",
        "strata:stage": "staging",
        "strata:images": {"shop": {"version": "1.0.0", "id": "ami-0a1b2c3d4e5f60718", **image}},
        "strata:services": {
            "shop": {
                "instance_type": "t4g.small",
                "capacity": {"min": 2, "max": 4},
                "routes": [{"priority": 10, "hosts": ["shop.example.com"]}],
            }
        },
        "strata:databases": {"orders": {"engine": "postgres", "version": "16"}},
        "strata:object_stores": {"uploads": {}},
    }


@pytest.fixture
def graph() -> testing.Graph:
    return testing.run(program, config=config())


def test_the_data_is_protected_and_encrypted(graph: testing.Graph) -> None:
    testing.assert_protected(graph, ["aws:rds/instance:Instance", "aws:s3/bucket:Bucket"])
    (database,) = graph.of_type("aws:rds/instance:Instance")
    assert database.inputs["storageEncrypted"] is True
    assert database.inputs["publiclyAccessible"] is False


def test_a_new_image_changes_nothing_of_the_data(graph: testing.Graph) -> None:
    other = testing.run(program, config=config(version="2.0.0", id="ami-0b1c2d3e4f5061728"))
    for token in ("aws:rds/instance:Instance", "aws:s3/bucket:Bucket"):
        assert [it.inputs for it in graph.of_type(token)] == [it.inputs for it in other.of_type(token)]


def test_the_servers_are_told_where_the_password_is_and_not_the_password(graph: testing.Graph) -> None:
    template = graph.one("aws:ec2/launchTemplate:LaunchTemplate", "shop-template")
    told = base64.b64decode(str(template.inputs["userData"])).decode()
    content = base64.b64decode(told.partition('"content": "')[2].partition('"')[0]).decode()
    assert "ORDERS_SECRET_ARN=" in content
    assert "PASSWORD" not in content
