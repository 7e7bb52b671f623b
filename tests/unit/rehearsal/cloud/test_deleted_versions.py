"""Versions of a launch template that somebody deletes: their numbers are not given again, and EC2 forgets them."""

import pytest

from strata.aws.clients import error_code
from strata.rollout.servers.driver import Driver
from tests.unit.rehearsal.cloud.conftest import Aws


def made(aws: Aws, versions: int) -> str:
    first = aws.ec2.create_launch_template(LaunchTemplateName="deleted-from", LaunchTemplateData={"ImageId": "ami-1"})
    template = first["LaunchTemplate"]["LaunchTemplateId"]
    for number in range(2, versions + 1):
        aws.ec2.create_launch_template_version(
            LaunchTemplateId=template, LaunchTemplateData={"ImageId": f"ami-{number}"}
        )
    return template


def images(aws: Aws, template: str, *versions: str) -> dict[int, str]:
    found = aws.ec2.describe_launch_template_versions(LaunchTemplateId=template, Versions=list(versions))
    return {each["VersionNumber"]: each["LaunchTemplateData"]["ImageId"] for each in found["LaunchTemplateVersions"]}


def delete(aws: Aws, template: str, *versions: str) -> dict[str, list[int]]:
    answer = aws.ec2.delete_launch_template_versions(LaunchTemplateId=template, Versions=list(versions))
    return {
        kind: [each["VersionNumber"] for each in answer.get(f"{kind}DeletedLaunchTemplateVersions", ())]
        for kind in ("Successfully", "Unsuccessfully")
    }


def test_a_deleted_version_is_not_there_and_the_others_keep_their_numbers(aws: Aws):
    template = made(aws, 3)
    assert delete(aws, template, "2") == {"Successfully": [2], "Unsuccessfully": []}
    assert images(aws, template, "1", "3") == {1: "ami-1", 3: "ami-3"}
    with pytest.raises(aws.ec2.exceptions.ClientError) as refused:
        images(aws, template, "2")
    assert error_code(refused.value) == "InvalidLaunchTemplateId.VersionNotFound"


def test_the_number_of_a_deleted_version_is_never_given_again(aws: Aws):
    template = made(aws, 2)
    delete(aws, template, "2")
    assert images(aws, template, "$Latest") == {1: "ami-1"}
    again = aws.ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData={"ImageId": "ami-3"})
    assert again["LaunchTemplateVersion"]["VersionNumber"] == 3
    assert images(aws, template, "$Latest", "$Default") == {3: "ami-3", 1: "ami-1"}


def test_the_default_version_and_one_that_is_not_there_stay_undeleted(aws: Aws):
    template = made(aws, 2)
    assert delete(aws, template, "1", "2", "9") == {"Successfully": [2], "Unsuccessfully": [1, 9]}
    assert images(aws, template, "1") == {1: "ami-1"}


def test_the_gate_finds_no_digest_where_the_version_was_deleted(aws: Aws):
    template = made(aws, 3)
    delete(aws, template, "2")
    driver = Driver(lambda _: aws.ec2)
    assert driver.release_digests(template, ["2", "3"], model=2) == {"2": None, "3": None}
