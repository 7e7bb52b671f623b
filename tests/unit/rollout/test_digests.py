"""Which release a template version launches, where its tag alone says it."""

from collections.abc import Iterator
from typing import Any

import pytest

from strata.rollout.servers.driver import Driver


class NoSuchVersion(Exception):  # noqa: N818  reads as what it is
    response: Any = {"Error": {"Code": "InvalidLaunchTemplateId.VersionNotFound"}}  # noqa: RUF012  never changed


class Ec2:
    """Template versions by number: image and digest."""

    def __init__(self, **versions: tuple[str, str]) -> None:
        self._versions = {name.removeprefix("v"): each for name, each in versions.items()}

    def get_paginator(self, operation: str) -> "Ec2":
        assert operation == "describe_launch_template_versions"
        return self

    def paginate(self, *, LaunchTemplateId: str, Versions: list[str]) -> Iterator[dict[str, Any]]:  # noqa: N803
        assert LaunchTemplateId == "lt-1"
        if not set(Versions) <= self._versions.keys():
            raise NoSuchVersion
        for each in Versions:
            yield {"LaunchTemplateVersions": [self._version(each)]}

    def _version(self, number: str) -> dict[str, Any]:
        image, digest = self._versions[number]
        tags = [{"Key": "strata:release", "Value": digest}]
        data = {"ImageId": image, "TagSpecifications": [{"ResourceType": "instance", "Tags": tags}]}
        return {"VersionNumber": int(number), "LaunchTemplateData": data}


def digests(ec2: Ec2, *versions: str, model: int | None) -> dict[str, str | None]:
    return Driver(lambda _: ec2).release_digests("lt-1", versions, model=model)


def test_a_copy_that_was_changed_is_not_believed():
    ec2 = Ec2(v2=("ami-a", "d2"), v3=("ami-b", "d2"), v4=("ami-a", "d2"))
    assert digests(ec2, "2", "3", "4", model=2) == {"2": "d2", "3": None, "4": "d2"}


@pytest.mark.parametrize("asked", [("3",), ("2", "3")])
def test_no_tag_is_believed_once_the_version_of_the_record_was_deleted(asked: tuple[str, ...]):
    ec2 = Ec2(v3=("ami-b", "d2"))
    assert digests(ec2, *asked, model=2) == dict.fromkeys(asked)
