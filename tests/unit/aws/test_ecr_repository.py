"""A registry is asked in its own region, wherever the stack is."""

import json

import boto3
import pytest
from moto import mock_aws

from strata.aws.clients import Clients
from strata.aws.ecr_repository import ecr_in
from strata.clock import SystemClock
from strata.drift.task_drift_driver import TaskDriftDriver
from strata.images.image_finder import ImageFinder
from strata.pruning.prune_plan import PruneRow
from strata.pruning.removal import Remover
from strata.pruning.repository_policy import accounts_allowed
from strata.pruning.stored_images import stored_containers
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


def test_a_prune_lists_and_deletes_where_the_repository_is_and_not_its_namesake_in_the_region_of_the_stack(
    clients: Clients,
):
    repository = f"{ACCOUNT}.dkr.ecr.{THERE}.amazonaws.com/web"
    policy = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "210987654321"}, "Action": "ecr:BatchGetImage"}]}
    with mock_aws():
        namesake, ecr = boto3.client("ecr", region_name=HERE), boto3.client("ecr", region_name=THERE)
        for each in (namesake, ecr):
            each.create_repository(repositoryName="web")
            each.put_image(repositoryName="web", imageManifest=TEXT, imageTag="1.0.0")
        ecr.set_repository_policy(repositoryName="web", policyText=json.dumps(policy))
        assert accounts_allowed(clients, repository, but=()) == ("210987654321",)
        rows = [PruneRow(each, 0.0) for each in stored_containers(clients, "web", repository)]
        assert [each.gone for each in Remover(clients, SystemClock()).remove(rows)] == [True]
        assert not ecr.list_images(repositoryName="web")["imageIds"]
        assert len(namesake.list_images(repositoryName="web")["imageIds"]) == 1


def test_drift_asks_the_region_of_the_repository_whether_an_image_is_gone(clients: Clients):
    with mock_aws():
        ecr = boto3.client("ecr", region_name=THERE)
        ecr.create_repository(repositoryName="web")
        pushed = ecr.put_image(repositoryName="web", imageManifest=TEXT, imageTag="1.0.0")["image"]["imageId"]
        image = RepositoryImage(ACCOUNT, THERE, "web", pushed["imageDigest"])
        assert TaskDriftDriver(clients).has_image(image)
        ecr.batch_delete_image(repositoryName="web", imageIds=[pushed])
        assert not TaskDriftDriver(clients).has_image(image)


def test_in_the_region_of_the_stack_there_is_one_client(clients: Clients):
    assert ecr_in(clients, HERE) is clients("ecr")
    assert ecr_in(clients, THERE) is ecr_in(clients, THERE)
    assert ecr_in(clients, THERE).meta.region_name == THERE
