"""What a stack names is made up where AWS has never had it, and whatever is there stays as it is."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from strata_rehearsal.cloud.machine_images import ACCOUNT, Image
from tests.unit.rehearsal.cloud.conftest import NEW, OLD, REGION, Aws
from tests.unit.rehearsal.cloud.test_image_marks import OTHER, client

PINNED = "ami-0f3c51d29a7e84b61"
NOT_FOUND = r"InvalidAMIID\.NotFound"


def pinned(identity: str = PINNED, version: str = "1.1.1", region: str = REGION, *, unique: bool = True) -> Image:
    """As a rehearsal asks for what a stack pins."""
    return Image("web", version, identity, architecture="arm64", region=region, account=ACCOUNT, unique=unique)


def rehearsed(aws: Aws, *images: Image) -> list[str]:
    return aws.admin("images", images=[each.document() for each in images])["added"]


def described(aws: Aws, identity: str) -> dict[str, Any]:
    (found,) = aws.ec2.describe_images(ImageIds=[identity], IncludeDisabled=True)["Images"]
    return found


def marked(aws: Aws) -> str:
    aws.ec2.attach_image_watermark(ImageId=OLD, WatermarkName="web/1.0.0")
    return OLD


def registered(aws: Aws) -> str:
    made = aws.ec2.register_image(Name="theirs")["ImageId"]
    aws.ec2.create_tags(Resources=[made], Tags=[{"Key": "app", "Value": "web"}, {"Key": "team", "Value": "shop"}])
    return made


def disabled(aws: Aws) -> str:
    aws.ec2.disable_image(ImageId=NEW)
    assert described(aws, NEW)["State"] == "disabled"
    return NEW


def of_a_server(aws: Aws) -> str:
    aws.ec2.attach_image_watermark(ImageId=OLD, WatermarkName="web/1.0.0")
    server = aws.ec2.run_instances(ImageId=OLD, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    made = aws.ec2.create_image(InstanceId=server, Name="stranger")["ImageId"]
    found = described(aws, made)
    assert (found["SourceInstanceId"], found["SourceImageId"]) == (server, OLD)
    return made


@pytest.mark.parametrize("made", [marked, registered, disabled, of_a_server])
def test_an_image_that_is_there_stays_as_it_is(bare: Aws, made: Callable[[Aws], str]):
    identity = made(bare)
    before = described(bare, identity)
    assert rehearsed(bare, pinned(identity, "9.0.0")) == []
    assert described(bare, identity) == before
    assert rehearsed(bare, pinned("ami-0f3c51d29a7e84b69")) == ["ami-0f3c51d29a7e84b69"], "what is not there is made up"


def test_an_image_is_made_up_once_and_another_version_of_it_does_not_change_it(bare: Aws):
    assert rehearsed(bare, pinned()) == [PINNED]
    before = described(bare, PINNED)
    assert {tag["Key"]: tag["Value"] for tag in before["Tags"]}["app_version"] == "1.1.1"
    assert rehearsed(bare, pinned(), pinned(version="1.2.0")) == []
    assert described(bare, PINNED) == before


def test_an_image_that_was_made_up_and_deregistered_stays_gone(bare: Aws):
    rehearsed(bare, pinned())
    bare.ec2.deregister_image(ImageId=PINNED)
    assert rehearsed(bare, pinned()) == []
    assert bare.ec2.describe_images(Filters=[{"Name": "image-id", "Values": [PINNED]}])["Images"] == []


def test_an_image_of_another_account_that_it_does_not_share_is_not_made_up(bare: Aws):
    bare.admin("accounts", accounts=[OTHER])
    theirs = client(bare, "ec2").register_image(Name="theirs")["ImageId"]
    assert rehearsed(bare, pinned(theirs)) == []
    with pytest.raises(ClientError, match=NOT_FOUND):
        bare.ec2.describe_images(ImageIds=[theirs])


def test_an_image_is_made_up_in_the_region_and_account_of_the_stack_only(bare: Aws):
    bare.admin("accounts", accounts=[OTHER])
    elsewhere = [client(bare, "ec2"), client(bare, "ec2", "test", "us-east-1")]
    rehearsed(bare, pinned())
    assert described(bare, PINNED)["OwnerId"] == ACCOUNT
    for ec2 in elsewhere:
        with pytest.raises(ClientError, match=NOT_FOUND):
            ec2.describe_images(ImageIds=[PINNED])


def test_the_id_of_an_image_in_one_region_is_no_image_in_another(bare: Aws):
    rehearsed(bare, pinned())
    assert rehearsed(bare, pinned(region="us-east-1")) == []
    with pytest.raises(ClientError, match=NOT_FOUND):
        client(bare, "ec2", "test", "us-east-1").describe_images(ImageIds=[PINNED])


def test_a_version_that_is_only_tried_has_the_same_id_in_every_region(bare: Aws):
    tried = "ami-0f3c51d29a7e84b6a"
    assert rehearsed(bare, pinned(tried, unique=False)) == [tried]
    assert rehearsed(bare, pinned(tried, region="us-east-1", unique=False)) == [tried]
    assert client(bare, "ec2", "test", "us-east-1").describe_images(ImageIds=[tried])["Images"]


def test_an_image_that_amazon_has_published_is_not_made_up(bare: Aws):
    # moto's public images are made when somebody asks for one of them
    published = "ami-03cf127a"
    assert rehearsed(bare, pinned(published)) == []
    assert rehearsed(bare, pinned()) == [PINNED]
