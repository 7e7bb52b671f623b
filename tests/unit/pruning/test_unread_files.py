"""A stack file that Pulumi would not read: what it pins is not known, so nothing may be removed."""

import pytest

from tests.unit.pruning.conftest import Shop


@pytest.mark.parametrize("ending", [".yml", ".json", ".YAML"])
@pytest.mark.parametrize("options", [(), ("--apply",)], ids=["looked-at", "applied"])
def test_a_stack_file_with_an_ending_that_is_not_read_keeps_everything(
    shop: Shop, ending: str, options: tuple[str, ...]
):
    shop.file("staging").rename(shop.folder / f"Pulumi.staging{ending}")
    code, said = shop.run("prod", "web", *options)
    assert code == 3
    assert f"what Pulumi.staging{ending} pins is not known, so no image can be called unneeded" in said
    assert "Nothing was removed" in said
    there = {each["ImageId"] for each in shop.aws.ec2.describe_images(Owners=["self"])["Images"]}
    assert set(shop.ids.values()) <= there


def test_a_file_beside_the_one_that_pulumi_reads_is_none_of_a_stack(shop: Shop):
    (shop.folder / "Pulumi.staging.yml").write_text("config: {}\n")
    assert shop.run("prod", "web")[0] == 0
