"""A plan about an image that nothing can launch: it is refused as the preflight of `up` does."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.ec2.models import ec2_backends

from strata.aws.clients import Clients
from strata.images.image_trust import ImageTerms
from strata.rollout.record import ImageRef
from strata.rollout.servers.driver import Driver
from strata.rollout.servers.machine_trust import look_at_machine

REGION = "eu-west-1"
RECORD = "/strata/shop/prod/web/release"


@pytest.fixture
def ec2(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield boto3.client("ec2")


def found(image: str, *, needed: bool = True) -> list[str]:
    wanted = ImageRef("web", "1.3.0", image)
    looked = look_at_machine(Driver(Clients()), RECORD, wanted, None, ImageTerms(), now=0.0, needed=needed)
    return [each.text for each in looked]


def test_an_image_that_is_gone_or_disabled_is_refused_with_which_of_both_it_is(ec2: Any):
    image = ec2.register_image(Name="web", RootDeviceName="/dev/xvda")["ImageId"]
    assert found(image) == []
    ec2_backends["123456789012"][REGION].amis[image].state = "disabled"
    assert found(image) == [f"image web 1.3.0 ({image}) is disabled"]
    ec2.deregister_image(ImageId=image)
    (gone,) = found(image)
    assert gone.startswith(f"image web 1.3.0 ({image}) does not exist, is not shared with account")
    assert found(image, needed=False) == [], "whether it is there is no matter"
