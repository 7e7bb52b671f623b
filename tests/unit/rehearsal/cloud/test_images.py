import pytest

from strata_rehearsal.cloud.machine_images import Image
from tests.unit.rehearsal.cloud.conftest import NEW, OLD, Aws


def test_seeded_images_have_their_ids_and_tags(bare: Aws):
    (found,) = bare.ec2.describe_images(ImageIds=[NEW])["Images"]
    tags = {tag["Key"]: tag["Value"] for tag in found["Tags"]}
    assert (tags["app"], tags["app_version"]) == ("web", "1.1.0")
    assert (found["State"], found["Architecture"], found["RootDeviceName"]) == ("available", "x86_64", "/dev/xvda")
    assert found["OwnerId"] == bare.sts.get_caller_identity()["Account"]


def test_only_images_of_the_stack_are_ours(bare: Aws):
    own = bare.ec2.describe_images(Owners=["self"])["Images"]
    assert sorted(each["ImageId"] for each in own) == [OLD, NEW]
    found = bare.ec2.describe_images(
        Owners=["self"],
        Filters=[{"Name": "tag:app", "Values": ["web"]}, {"Name": "tag:app_version", "Values": ["1.0.0"]}],
    )
    assert [each["ImageId"] for each in found["Images"]] == [OLD]


def test_public_images_exist_for_who_asks_for_them(bare: Aws, monkeypatch: pytest.MonkeyPatch):
    # as in a rehearsal; a region's images are made at its first call
    monkeypatch.delenv("MOTO_EC2_LOAD_DEFAULT_AMIS")
    found = bare.ec2.describe_images(Owners=["amazon"])["Images"]
    assert len(found) > 10
    assert NEW not in [each["ImageId"] for each in found]


def test_an_image_added_later_exists_in_regions_in_use(aws: Aws):
    later = Image("api", "2.0.0", "ami-00000000000000aa", architecture="arm64", deprecated_at="2020-01-01T00:00:00Z")
    aws.admin("images", images=[later.document()])
    (found,) = aws.ec2.describe_images(ImageIds=[later.id])["Images"]
    assert found["Architecture"] == "arm64"
    assert found["DeprecationTime"].startswith("2020-01-01")


def test_an_image_of_one_region_is_in_no_other(bare: Aws):
    bare.admin("images", images=[Image("far", "1", "ami-00000000000000bb", region="us-east-1").document()])
    found = bare.ec2.describe_images(Owners=["self"])["Images"]
    assert "ami-00000000000000bb" not in [each["ImageId"] for each in found]


def test_an_image_of_another_account_is_not_ours(bare: Aws):
    bare.admin("images", images=[Image("shared", "1", "ami-00000000000000cc", owner="999999999999").document()])
    assert bare.ec2.describe_images(Owners=["self"], ImageIds=["ami-00000000000000cc"])["Images"][0]["OwnerId"] == (
        "999999999999"
    )
    listed = bare.ec2.describe_images(Owners=["self"])["Images"]
    assert "ami-00000000000000cc" not in [each["ImageId"] for each in listed]


def test_a_document_makes_the_same_image_again():
    image = Image("web", "1", "ami-1", boot_seconds=5, tags={"a": "b"})
    assert Image.parse(image.document()) == image
    assert image.all_tags()["strata:boot-seconds"] == "5"


@pytest.mark.parametrize("wrong", [{"name": "web"}, {"name": "web", "version": "1", "id": "ami-1", "colour": "red"}])
def test_an_image_with_missing_or_unknown_fields_is_refused(wrong: dict[str, str]):
    with pytest.raises(ValueError, match="cannot make an image"):
        Image.parse(wrong)


def test_launching_servers_loads_no_public_images(aws: Aws):
    aws.running_group()
    assert sorted(each["ImageId"] for each in aws.ec2.describe_images()["Images"]) == [OLD, NEW]
