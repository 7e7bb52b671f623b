"""What a team makes sure of about how its images are baked: no engine, no AWS, milliseconds."""

import json

import pytest
from program import program

from strata import testing

CONFIG = {
    "aws:region": "eu-central-1",
    "strata:stage": "dev",
    "strata:image_pipelines": {
        "web-image": {
            "app": "web",
            "parent": "arn:aws:imagebuilder:eu-central-1:aws:image/amazon-linux-2023-arm64/2026.11.1/1",
            "instance_types": ["t4g.small"],
            "artifact": "s3://builds-of-the-shop/web/{version}.tar.gz",
            "packages": "image/packages.lock",
            "provision": ["image/install.sh"],
            "harden": ["image/harden.sh"],
            "verify": ["image/verify.sh"],
            "test": ["image/test.sh"],
        }
    },
}


@pytest.fixture
def graph() -> testing.Graph:
    return testing.run(program, config=CONFIG)


def test_servers_that_build_are_as_closed_as_those_that_serve(graph: testing.Graph) -> None:
    testing.assert_metadata_is_protected(graph)
    testing.assert_volumes_are_encrypted(graph)
    testing.assert_not_open_to_the_world(graph)
    testing.assert_names_are_free(graph)


def test_nothing_is_baked_by_an_up(graph: testing.Graph) -> None:
    kinds = {resource.type for resource in graph}
    assert "aws:imagebuilder/imagePipeline:ImagePipeline" in kinds
    assert "aws:imagebuilder/image:Image" not in kinds
    assert "schedule" not in graph.one("aws:imagebuilder/imagePipeline:ImagePipeline", "web-image-pipeline").inputs


def test_the_command_line_finds_the_pipeline(graph: testing.Graph) -> None:
    record = graph.one("aws:ssm/parameter:Parameter", "web-image-record").inputs
    assert record["name"] == "/strata/project/test/images/web-image/pipeline"
    assert json.loads(record["insecureValue"])["architecture"] == "arm64"
