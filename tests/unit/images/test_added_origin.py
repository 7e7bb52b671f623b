"""`strata image add` of images that somebody has made on the local AWS of what runs, with every tag of a baked one."""

import os
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from strata.naming import catalogue_name
from tests.contract.permissions.account import REGION, Account, open_account
from tests.unit.rehearsal.cloud.conftest import clients

__all__ = ["clients"]

# moto would make 1,300 public images for every region that is touched
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")


@pytest.fixture(scope="module")
def account(clients: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account whose pipeline has baked 1.5.0."""
    with open_account(clients, tmp_path_factory.mktemp("shop")) as made:
        ended, said = made.strata("image bake servers base 1.5.0 --watch")
        assert ended == 0, said
        yield made


def baked(account: Account) -> str:
    tags = {"tag:app": ["base"], "tag:app_version": ["1.5.0"]}
    asked = [{"Name": name, "Values": values} for name, values in tags.items()]
    (found,) = account.aws.ec2.describe_images(Owners=["self"], Filters=asked)["Images"]
    assert found["ImageWatermarks"], "it has the watermark of its version"
    return found["ImageId"]


def copied(account: Account, image: str) -> str:
    return account.aws.ec2.copy_image(Name=f"of {image}", SourceRegion=REGION, SourceImageId=image, Encrypted=True)[
        "ImageId"
    ]


def of_a_server(account: Account) -> str:
    """The encrypted copy of an image of a server that runs 1.5.0."""
    launched = account.aws.ec2.run_instances(ImageId=baked(account), MinCount=1, MaxCount=1)["Instances"][0]
    account.aws.wait(600)
    server = launched["InstanceId"]
    return copied(account, account.aws.ec2.create_image(InstanceId=server, Name=f"saved of {server}")["ImageId"])


def of_another_version(account: Account) -> str:
    return copied(account, baked(account))


@pytest.mark.parametrize("made", [of_a_server, of_another_version])
@pytest.mark.parametrize("more", ["", " --dry-run"])
def test_what_was_made_of_another_version_becomes_none_whatever_its_tags_are(
    account: Account, made: Callable[[Account], str], more: str
):
    image = made(account)
    account.aws.wait(600)
    (source,) = account.aws.ec2.describe_images(ImageIds=[baked(account)])["Images"]
    kept = [each for each in source["Tags"] if each["Key"] in ("app", "base_ami", "strata:recipe")]
    assert len(kept) == 3
    account.aws.ec2.create_tags(Resources=[image], Tags=kept)
    account.packed("1.8.0", f"{REGION}:{image}")
    ended, said = account.strata(f"image add servers base --manifest {{manifest}}{more}")
    assert ended == 1
    assert "it was made of base 1.5.0, by a copy or from a server" in said
    assert account.aws.ssm.get_parameters(Names=[catalogue_name("base", "1.8.0")])["Parameters"] == []
    account.aws.ec2.deregister_image(ImageId=image)
