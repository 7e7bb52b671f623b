"""Whether the parent of an image has a newer version, as AWS answers it; the local one does."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from moto.ec2.models import ec2_backends

from strata.images.baking.newer_parent import NewerParent, find_newer_parent
from strata_rehearsal.cloud.machine_images import ACCOUNT, AMAZON, Image
from tests.unit.rehearsal.cloud.baking import Bakery
from tests.unit.rehearsal.cloud.conftest import REGION, Aws, aws, bare, clients

__all__ = ["aws", "bare", "clients"]

USED = Image("al2023-ami", "2023.9.20260901.0-kernel-6.1-x86_64", "ami-00000000000000a1", owner=AMAZON)
OF_AWS = f"arn:aws:imagebuilder:{REGION}:aws:image/amazon-linux-2023-x86"


def publish(aws: Aws, image: Image, day: int, **more: Any) -> None:
    """An image that was made on a day of October."""
    aws.cloud.images.add(image)
    aws.ec2.describe_images(ImageIds=[image.id])
    made = ec2_backends[ACCOUNT][REGION].amis[image.id]
    made.creation_date = datetime(2026, 10, day, tzinfo=UTC)
    for name, value in more.items():
        setattr(made, name, value)


def newer(aws: Aws, parent: str, architecture: str = "x86_64") -> NewerParent | None:
    return find_newer_parent(lambda service: getattr(aws, service), aws.clock, parent, architecture)


def another(version: str, number: int, **more: Any) -> Image:
    return replace(USED, version=version, id=f"ami-00000000000000b{number}", **more)


def test_of_the_images_of_its_series_the_newest_is_found(bare: Aws):
    publish(bare, USED, 1)
    assert newer(bare, USED.id) is None
    publish(bare, another("2023.10.20261002.0-kernel-6.1-x86_64", 1), 2)
    publish(bare, another("2023.10.20261005.1-kernel-6.1-x86_64", 2), 5)
    assert newer(bare, USED.id) == NewerParent(
        "ami-00000000000000b2", "al2023-ami-2023.10.20261005.1-kernel-6.1-x86_64", "2026-10-05T00:00:00Z"
    )
    assert newer(bare, "ami-00000000000000b2") is None, "the older ones are not newer"


@pytest.mark.parametrize(
    "stranger, more",
    [
        (another("2023.10.20261005.1-kernel-6.12-x86_64", 1), {}),
        (another("minimal-2023.10.20261005.1-kernel-6.1-x86_64", 2), {}),
        (another("2023.10.20261005.1-kernel-6.1-x86_64", 3, architecture="arm64"), {}),
        (another("2023.10.20261005.1-kernel-6.1-x86_64", 4, owner="210987654321"), {}),
        (another("2023.10.20261005.1-kernel-6.1-x86_64", 5), {"state": "pending"}),
    ],
    ids=["kernel", "name", "architecture", "owner", "state"],
)
def test_an_image_of_another_series_is_no_newer_parent(bare: Aws, stranger: Image, more: dict[str, Any]):
    publish(bare, USED, 1)
    publish(bare, stranger, 5, **more)
    assert newer(bare, USED.id) is None


def test_a_deprecated_image_of_ones_own_is_no_newer_parent(bare: Aws):
    own = Image("base", "1.0.0", "ami-00000000000000c1", baked=False)
    publish(bare, own, 1)
    publish(bare, replace(own, version="1.1.0", id="ami-00000000000000c2"), 2)
    publish(bare, replace(own, version="1.2.0", id="ami-00000000000000c3", deprecated_at="2020-01-01T00:00:00Z"), 3)
    found = newer(bare, own.id)
    assert found is not None
    assert found.parent == "ami-00000000000000c2"


def test_of_an_image_of_aws_the_highest_version_is_found(bare: Aws):
    found = newer(bare, f"{OF_AWS}/2026.10.1/1")
    assert found == NewerParent(f"{OF_AWS}/2026.11.28/1", "Amazon Linux 2023 X86", "2026-11-28T00:00:00Z")
    assert newer(bare, f"{OF_AWS}/2026.11.28/1") is None
    assert newer(bare, f"{OF_AWS}/2027.1.1/1") is None


def test_of_an_image_of_ones_own_the_newest_build_is_found_whatever_its_version(bare: Aws):
    bakery = Bakery(bare)
    first = bakery.bake(bakery.pipeline(bakery.recipe(version="9.0.0")))["arn"]
    assert newer(bare, first) is None
    # a version of a recipe that is a hash
    second = bakery.bake(bakery.pipeline(bakery.recipe(version="1.0.0", name="shop"), name="again"))["arn"]
    found = newer(bare, first)
    assert found is not None
    assert found.parent == second
    assert newer(bare, second) is None
    bakery.start(bakery.pipeline(bakery.recipe(version="2.0.0", name="shop"), name="third"))
    assert newer(bare, second) is None, "it is not available yet"


@pytest.mark.parametrize("parent", ["ami-00000000000000ff", f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}:image/a/1.0.0/1"])
def test_of_a_parent_that_is_gone_nothing_is_known(bare: Aws, parent: str):
    with pytest.raises(LookupError, match="this account cannot see"):
        newer(bare, parent)
