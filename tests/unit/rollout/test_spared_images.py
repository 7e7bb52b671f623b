"""The images of a release, and of the one before it, are spared by a lifecycle, and protected from deregistration."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from strata.errors import RolloutError
from strata.images.image_tags import KEPT, KEPT_VALUE, PROTECTED, RECIPE
from strata.rollout.servers.driver import Driver
from strata_rehearsal.cloud.machine_images import Image
from tests.unit.rehearsal.cloud.conftest import NEW, OLD, Aws, aws, bare, clients
from tests.unit.rollout.stand_in import IMAGE, RELEASE, Stage, roll_back, rollout, succeed

__all__ = ["aws", "bare", "clients"]

BEFORE = replace(RELEASE, template_version=1, digest="d1", image=replace(IMAGE, version="1.4.0", id="ami-before"))


async def test_what_is_released_and_what_was_before_it_are_spared() -> None:
    stage = Stage()
    stage.aws.polls = [succeed]
    await stage.roll.next(rollout(), BEFORE)
    assert stage.aws.spared == stage.aws.protected == {IMAGE.id, "ami-before"}


async def test_a_release_that_failed_spares_nothing() -> None:
    stage = Stage()
    stage.aws.polls = [roll_back]
    with pytest.raises(RolloutError):
        await stage.roll.next(rollout(), BEFORE)
    assert stage.aws.spared == stage.aws.protected == set()


@pytest.mark.parametrize(
    "refused, needed, done",
    [("spare", "ec2:CreateTags", "protected"), ("protect", "ec2:EnableImageDeregistrationProtection", "spared")],
)
async def test_what_is_refused_is_a_warning_and_no_verdict_and_the_other_is_done(
    refused: str, needed: str, done: str
) -> None:
    stage = Stage()
    stage.aws.polls, stage.aws.refusals = [succeed], {refused: "UnauthorizedOperation"}
    await stage.roll.next(rollout(), BEFORE)
    assert [each for each in stage.console.warned if needed in each and "UnauthorizedOperation" in each]
    assert getattr(stage.aws, done) == {IMAGE.id, "ami-before"}


def tags(aws: Aws, image: str) -> dict[str, str]:
    (found,) = aws.ec2.describe_images(ImageIds=[image])["Images"]
    return {each["Key"]: each["Value"] for each in found.get("Tags", ())}


def test_only_what_a_pipeline_has_baked_is_tagged_and_only_once(aws: Aws) -> None:
    changes: list[Any] = []

    def client(_service: str) -> Any:
        return Watched(aws.ec2, changes.append)

    aws.ec2.create_tags(Resources=[NEW], Tags=[{"Key": RECIPE, "Value": "1.0.0"}])
    for _ in range(2):
        Driver(client).spare_images({OLD, NEW, "ami-00000000000000000"})
    assert tags(aws, NEW)[KEPT] == KEPT_VALUE
    assert KEPT not in tags(aws, OLD)
    assert [each["Resources"] for each in changes] == [[NEW]]


def protection(aws: Aws, image: str) -> str:
    (found,) = aws.ec2.describe_images(ImageIds=[image])["Images"]
    return found["DeregistrationProtection"]


def test_images_of_this_account_are_protected_with_a_mark_and_only_once(aws: Aws) -> None:
    changes: list[Any] = []
    shared = "ami-0000000000000009"
    aws.cloud.images.add(Image("web", "9.0.0", shared, owner="210987654321"))
    aws.ec2.enable_image_deregistration_protection(ImageId=OLD, WithCooldown=True)

    def client(_service: str) -> Any:
        return Watched(aws.ec2, changes.append)

    for _ in range(2):
        Driver(client).protect_images({OLD, NEW, shared, "ami-00000000000000000"})
    assert {each: protection(aws, each) for each in (OLD, NEW, shared)} == {
        OLD: "enabled-with-cooldown",
        NEW: "enabled-without-cooldown",
        shared: "disabled",
    }
    assert PROTECTED in tags(aws, NEW)
    assert PROTECTED not in tags(aws, OLD)
    assert changes == [
        {"Resources": [NEW], "Tags": [{"Key": PROTECTED, "Value": KEPT_VALUE}]},
        {"ImageId": NEW},
    ]


class Watched:
    """A client whose changes are seen."""

    def __init__(self, client: Any, seen: Callable[[Any], None]) -> None:
        self.get_paginator = client.get_paginator
        self._client = client
        self._seen = seen

    def create_tags(self, **asked: Any) -> Any:
        self._seen(asked)
        return self._client.create_tags(**asked)

    def enable_image_deregistration_protection(self, **asked: Any) -> Any:
        self._seen(asked)
        return self._client.enable_image_deregistration_protection(**asked)
