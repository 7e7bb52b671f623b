"""The images that a record names, and the one to go back to, are spared by the lifecycle of their repository."""

from typing import Any

from botocore.exceptions import ClientError

from strata.aws.kept_images import KEPT, kept_tag
from strata.rollout.record import TaskRelease
from strata.rollout.tasks.task_driver import TaskDriver
from tests.unit.rehearsal.cloud.shop import ROLLING
from tests.unit.rollout.tasks.rolled_shop import RECORD, RolledShop


def kept(shop: RolledShop) -> set[str]:
    listed = shop.aws.ecr.list_images(repositoryName="web", filter={"tagStatus": "TAGGED"})["imageIds"]
    return {each["imageTag"] for each in listed if each["imageTag"].startswith(KEPT)}


def tags(*releases: TaskRelease) -> set[str]:
    return {kept_tag(RECORD, each.image.id.partition("@")[2]) for each in releases}


def also_tagged(shop: RolledShop, tag: str, release: TaskRelease) -> None:
    """As a builder pushes an image: it has a tag of its own, besides the one that spares it."""
    digest = release.image.id.partition("@")[2]
    found = shop.aws.ecr.batch_get_image(repositoryName="web", imageIds=[{"imageDigest": digest}])["images"][0]
    shop.aws.ecr.put_image(repositoryName="web", imageManifest=found["imageManifest"], imageTag=tag)


async def test_what_is_released_and_what_was_before_it_are_kept_and_nothing_older(shop: RolledShop):
    first = shop.begin(ROLLING)
    also_tagged(shop, "1", first)
    second, third = shop.release("second"), shop.release("third")
    also_tagged(shop, "2", second)
    await shop.up(second)
    assert kept(shop) == tags(first, second)
    await shop.up(third)
    assert kept(shop) == tags(second, third)
    assert "1" in {each.get("imageTag") for each in shop.aws.ecr.list_images(repositoryName="web")["imageIds"]}


async def test_a_release_with_the_same_image_takes_nothing_from_the_one_to_go_back_to(shop: RolledShop):
    first = shop.begin(ROLLING)
    also_tagged(shop, "1", first)
    second = shop.release("second")
    await shop.up(second)
    await shop.up(shop.release("third", digest=second.image.id.partition("@")[2]))
    assert kept(shop) == tags(first, second)


async def test_what_cannot_be_tagged_is_a_warning_and_no_verdict(shop: RolledShop):
    class Denied(TaskDriver):
        def keep_images(self, *_args: Any, **_more: Any) -> frozenset[str]:
            refusal: Any = {"Error": {"Code": "AccessDeniedException", "Message": "not authorized to ecr:PutImage"}}
            raise ClientError(refusal, "PutImage")

    shop.begin(ROLLING)
    shop.driver = Denied(lambda service: getattr(shop.aws, service))
    second = shop.release("second")
    await shop.up(second)
    assert shop.recorded == second
    assert any(
        "could not be tagged as kept" in line and "AccessDenied" in line and "ecr:PutImage" in line
        for line in shop.console.warned
    )


async def test_an_image_of_another_account_is_left_to_whoever_owns_it(shop: RolledShop):
    class Elsewhere(TaskDriver):
        def caller(self) -> tuple[str, str]:
            _, region = super().caller()
            return "210987654321", region

    shop.begin(ROLLING)
    await shop.up(shop.release("second"))
    before = kept(shop)
    shop.driver = Elsewhere(lambda service: getattr(shop.aws, service))
    # what else looks at the account refuses a rollout from another one
    await shop.deployer.keep(shop.rollout(shop.release("third")))
    assert kept(shop) == before
    assert not any("kept" in line for line in shop.console.warned)
