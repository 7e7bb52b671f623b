"""Images that are others and yet the same as a revoked one: copies of machine images, parts of an image index."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from strata.errors import PreflightError
from strata.rollout.record import ImageRef
from strata.rollout.servers.copied_machines import find_revoked_copies
from strata.rollout.servers.driver import Driver
from strata.rollout.tasks.shared_manifests import find_revoked_parts
from strata.rollout.tasks.task_driver import TaskDriver
from strata.verdict_names import revoked_image_name
from tests.unit.rehearsal.cloud.conftest import NEW, OLD, REGION, Aws, aws, bare, clients
from tests.unit.rehearsal.cloud.shop import MEDIA, REPOSITORY, ROLLING, Shop
from tests.unit.rollout.stand_in import IMAGE, RELEASE, Refused, Stage, rollout, succeed
from tests.unit.rollout.tasks.rolled_shop import RolledShop

__all__ = ["aws", "bare", "clients"]

INDEX = "application/vnd.oci.image.index.v1+json"
VERDICT = json.dumps({"reason": "loses orders", "by": "ann", "at": "2026-11-30T03:00:00Z", "called": ["web 1.5.0"]})
SAID = "which is revoked as web 1.5.0: loses orders (ann, 2026-11-30T03:00:00Z)"


def revoke(aws: Aws, image: str) -> None:
    name = revoked_image_name(image)
    assert name is not None
    aws.ssm.put_parameter(Name=name, Value=VERDICT, Type="String")


def copy(aws: Aws, image: str) -> str:
    name = f"copy of {image}"
    return aws.ec2.copy_image(SourceImageId=image, SourceRegion=REGION, Name=name)["ImageId"]


def against(aws: Aws, image: str) -> list[str]:
    driver = Driver(lambda service: getattr(aws, service))
    return [each.text for each in find_revoked_copies(driver, ImageRef("base", "7", image))]


def test_a_copy_of_a_revoked_machine_image_is_refused_and_so_is_every_other_copy_of_the_same(bare: Aws):
    first = copy(bare, NEW)
    second = copy(bare, first)
    assert [against(bare, each) for each in (NEW, first, second)] == [[], [], []]
    revoke(bare, first)
    for image in (NEW, second):
        assert against(bare, image) == [f"image base 7 ({image}) is a copy with the content of {first}, {SAID}"]
    assert against(bare, first) == [], "it is refused for its own revocation"
    assert against(bare, OLD) == []


def test_what_was_made_from_a_server_of_a_revoked_image_is_no_copy_of_it(bare: Aws):
    server = bare.ec2.run_instances(ImageId=NEW, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    baked = bare.ec2.create_image(InstanceId=server, Name="baked on it")["ImageId"]
    revoke(bare, NEW)
    assert against(bare, baked) == []


def test_nothing_but_the_revocations_is_asked_where_there_are_none():
    class Unasked:
        def revoked_images(self) -> dict[str, str]:
            return {}

    driver: Any = Unasked()
    assert find_revoked_copies(driver, IMAGE) == ()
    assert find_revoked_parts(driver, [IMAGE]) == ()


@pytest.mark.parametrize("call", ["revoked_images", "copied_from"])
async def test_who_may_not_read_what_is_revoked_is_told_so_and_rolls(call: str):
    def denied(*_: Any) -> Any:
        raise Refused("AccessDeniedException")

    stage = Stage()
    stage.aws.kept[revoked_image_name("ami-0bb") or ""] = VERDICT
    setattr(stage.aws, call, denied)
    stage.aws.polls = [succeed]
    await stage.roll.next(rollout(), replace(RELEASE, template_version=1, digest="d1"))
    (said,) = stage.console.warned
    assert said.startswith(f"web: whether {IMAGE} is the same as an image that is revoked was not checked")
    assert "Allow ssm:GetParametersByPath and ec2:DescribeImages" in said


async def test_no_rollout_to_a_copy_starts_and_no_group_is_made_of_one():
    stage = Stage()
    stage.aws.kept[revoked_image_name("ami-0bb") or ""] = VERDICT
    stage.aws.copies = {IMAGE.id: "ami-0cc", "ami-0bb": "ami-0cc"}
    text = f"image {IMAGE} is a copy with the content of ami-0bb, {SAID}"
    with pytest.raises(PreflightError) as error:
        await stage.roll.next(rollout(), replace(RELEASE, digest="d1"))
    assert text in str(error.value)
    assert stage.aws.calls == []
    (found,) = await stage.deployer.judge(rollout().spec, IMAGE, {}, previews=False)
    assert found.text == text


def index_of(shop: Shop, *parts: str) -> str:
    manifests = [
        {"digest": each, "size": 1, "mediaType": MEDIA, "platform": {"os": "linux", "architecture": name}}
        for each, name in zip(parts, ("amd64", "arm64"), strict=False)
    ]
    text = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests})
    return shop.aws.ecr.put_image(repositoryName="web", imageManifest=text)["image"]["imageId"]["imageDigest"]


def shared(aws: Aws, digests: Iterable[str]) -> list[str]:
    driver = TaskDriver(lambda service: getattr(aws, service))
    found = find_revoked_parts(driver, [ImageRef("web", "7", f"{REPOSITORY}@{each}") for each in digests])
    return [each.text for each in found]


def test_an_image_of_one_platform_of_a_revoked_index_is_refused_and_an_index_of_a_revoked_one(aws: Aws):
    shop = Shop(aws)
    first, second, third = (shop.push(each) for each in ("amd64", "arm64", "another"))
    index, other = index_of(shop, first, second), index_of(shop, third)
    assert shared(aws, (first, second, third, index, other)) == []
    revoke(aws, index)
    assert shared(aws, (first, second, third, index, other)) == [
        f"image web 7 ({REPOSITORY}@{each}) is for one platform of {index}, {SAID}" for each in (first, second)
    ]
    revoke(aws, third)
    assert shared(aws, (other,)) == [f"image web 7 ({REPOSITORY}@{other}) has for one platform {third}, {SAID}"]
    assert shared(aws, [f"sha256:{'0' * 64}"]) == [], "what is not there has no parts"


async def test_no_rollout_to_an_image_of_one_platform_of_a_revoked_index_starts(aws: Aws):
    shop = RolledShop(aws)
    first = shop.begin(ROLLING)
    release = shop.release("amd64")
    index = index_of(shop, shop.push("amd64"))
    revoke(aws, index)
    with pytest.raises(PreflightError) as error:
        await shop.up(release)
    assert f"image {release.image} is for one platform of {index}, {SAID}" in str(error.value)
    assert (shop.recorded, shop.running) == (first, {"first"})
    (found,) = await shop.deployer.judge(shop.spec, release.image, {}, previews=True)
    assert f"is for one platform of {index}" in found.text
