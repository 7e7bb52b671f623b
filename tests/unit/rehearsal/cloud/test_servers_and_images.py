"""EC2 of a rehearsal launches what EC2 would launch, and says why not in its words."""

import pytest

from strata_rehearsal.cloud.machine_images import Image
from tests.unit.rehearsal.cloud.conftest import OLD, Aws

ARM, LARGE = "ami-00000000000000a1", "ami-00000000000000a2"


def failure(aws: Aws) -> str:
    newest = aws.autoscaling.describe_scaling_activities(AutoScalingGroupName="web")["Activities"][0]
    assert newest["StatusCode"] == "Failed"
    return newest["StatusMessage"]


def launched(aws: Aws, image: str, **data: object) -> None:
    aws.group(size=1, version=aws.version(image, **data))
    aws.wait(1)


def test_servers_of_another_architecture_than_the_image_are_not_launched(aws: Aws):
    launched(aws, OLD, InstanceType="t4g.small")
    assert failure(aws).startswith(
        "The architecture 'arm64' of the specified instance type does not match the architecture 'x86_64' of the "
        "specified AMI."
    )
    assert aws.instances() == []


def test_an_image_stays_what_it_was_built_for_when_the_instance_type_changes(aws: Aws):
    aws.cloud.images.add(Image("web", "1.0.0", ARM, architecture="arm64"))
    # a stack that moves from t4g to t3 and keeps the id asks for the same image again
    aws.cloud.images.add(Image("web", "1.0.0", ARM, architecture="x86_64"))
    (found,) = aws.ec2.describe_images(ImageIds=[ARM])["Images"]
    assert found["Architecture"] == "arm64"
    launched(aws, ARM, InstanceType="t3.small")
    assert "does not match the architecture 'arm64'" in failure(aws)


def test_a_volume_smaller_than_the_image_is_not_made(aws: Aws):
    aws.cloud.images.add(Image("web", "3.0.0", LARGE, root_gib=30))
    (found,) = aws.ec2.describe_images(ImageIds=[LARGE])["Images"]
    (root,) = found["BlockDeviceMappings"]
    assert root["Ebs"]["VolumeSize"] == 30
    volume = {"DeviceName": found["RootDeviceName"], "Ebs": {"VolumeSize": 20}}
    launched(aws, LARGE, BlockDeviceMappings=[volume])
    snapshot = root["Ebs"]["SnapshotId"]
    assert failure(aws).startswith(f"Volume of size 20GB is smaller than snapshot '{snapshot}', expect size >= 30GB.")


def test_an_instance_type_that_does_not_exist_is_not_launched(aws: Aws):
    launched(aws, OLD, InstanceType="t9.small")
    assert failure(aws).startswith("Invalid value 't9.small' for InstanceType.")


@pytest.mark.parametrize("platform", [None, "windows"])
def test_an_image_says_its_platform(aws: Aws, platform: str | None):
    aws.cloud.images.add(Image("web", "4.0.0", LARGE, platform=platform))
    (found,) = aws.ec2.describe_images(ImageIds=[LARGE])["Images"]
    assert found.get("Platform") == platform
