"""What an earlier release lacks to run again, asked of a launch template in AWS."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from strata.aws.clients import Clients
from strata.rollback.past_fleets import PastServers, PastTasks
from strata.rollout.record import DIGEST_TAG, ImageRef, TaskRelease
from strata.rollout.servers.driver import Driver
from strata.rollout.tasks.task_driver import TaskDriver
from tests.unit.rollback.past import release


@pytest.fixture
def ec2(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        yield boto3.client("ec2")


def launches(image: str, digest: str) -> dict[str, Any]:
    tags = [{"Key": DIGEST_TAG, "Value": digest}]
    return {"ImageId": image, "TagSpecifications": [{"ResourceType": "instance", "Tags": tags}]}


def test_a_version_that_is_there_is_not_said_to_be_deleted(ec2: Any):
    made = ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=launches("ami-1", "one"))
    template = made["LaunchTemplate"]["LaunchTemplateId"]
    ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData=launches("ami-2", "two"))
    fleet = PastServers(Driver(Clients()), release("1.0.0", "one", template=template))
    second = replace(release("2.0.0", "two", 2, template=template), image=ImageRef("web", "2.0.0", "ami-2"))
    assert list(fleet.gone(second)) == []
    (other,) = fleet.gone(replace(second, image=ImageRef("web", "2.1.0", "ami-3")))
    assert other == (
        f"version 2 of its launch template {template} launches image ami-2, but the record names web 2.1.0 (ami-3)"
    )
    (forged,) = fleet.gone(release("2.0.0", "another", 2, template=template))
    assert forged == f"version 2 of its launch template {template} launches something else than the record says"
    (gone,) = fleet.gone(release("2.0.0", "two", 3, template=template))
    assert gone == f"version 3 of its launch template {template} was deleted"


def test_of_a_release_of_the_other_kind_nobody_is_asked():
    def asked(service: str) -> Any:
        raise AssertionError(f"{service} was asked for an image of the other kind")

    client: Any = asked
    digest = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/search@sha256:{'a' * 64}"
    image = ImageRef("search", "3.1.0", digest)
    tasks = TaskRelease(image=image, digest="e" * 16, service="arn:search", task_definition="search:1")
    servers = release("1.0.0", "one")
    for fleet, other, kind in (
        (PastServers(Driver(client), servers), tasks, "containers"),
        (PastTasks(TaskDriver(client), tasks), servers, "servers"),
    ):
        assert [*fleet.unavailable(other), *fleet.gone(other)] == [f"it is a release of {kind}"]
