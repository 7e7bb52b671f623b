"""A registry is asked in its own region, wherever the stack is."""

import boto3
import pytest
from moto import mock_aws

from strata.aws.clients import Clients
from strata.aws.registry_clients import ecr_in
from strata.images.image_finder import ImageFinder
from strata.rollout.tasks.image_lookup import RepositoryImage
from strata.rollout.tasks.task_driver import TaskDriver

HERE, THERE, ACCOUNT = "us-east-1", "eu-west-1", "123456789012"
TEXT = (
    '{"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", '
    '"config": {"mediaType": "application/json", "size": 1, "digest": "sha256:1"}, "layers": []}'
)


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Clients:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", HERE)
    return Clients()


def test_an_image_of_another_region_is_there_and_one_that_was_deleted_is_not(clients: Clients):
    with mock_aws():
        ecr = boto3.client("ecr", region_name=THERE)
        ecr.create_repository(repositoryName="web")
        pushed = ecr.put_image(repositoryName="web", imageManifest=TEXT, imageTag="1.0.0")["image"]["imageId"]
        image = RepositoryImage(ACCOUNT, THERE, "web", pushed["imageDigest"])
        repository = f"{ACCOUNT}.dkr.ecr.{THERE}.amazonaws.com/web"
        driver, finder = TaskDriver(clients), ImageFinder(clients)
        assert driver.manifest(image) is not None
        assert finder.has_container(repository, image.digest)
        assert [each.id for each in finder.stored_containers(repository)] == [image.digest]
        assert list(driver.parts(image, {image.digest})) == [image.digest]
        ecr.batch_delete_image(repositoryName="web", imageIds=[pushed])
        assert driver.manifest(image) is None
        assert not finder.has_container(repository, image.digest)


def test_in_the_region_of_the_stack_there_is_one_client(clients: Clients):
    assert ecr_in(clients, HERE) is clients("ecr")
    assert ecr_in(clients, THERE) is ecr_in(clients, THERE)
    assert ecr_in(clients, THERE).meta.region_name == THERE
