"""An encrypted image is promoted only where Auto Scaling may use its key, in one account and across two."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from strata.images.catalogue import Catalogue, CatalogueEntry, ImageKind
from strata.images.key_use import grant_command
from tests.unit.promotion.test_image_proofs import AWAY, BAKES, RUNS, Place, World
from tests.unit.rehearsal.cloud.conftest import Aws, bare, clients

__all__ = ["bare", "clients"]

HOME, OTHER = Place(), Place(RUNS)
ROLE = "arn:aws:iam::{}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
USE = ["kms:Decrypt", "kms:DescribeKey", "kms:CreateGrant", "kms:ReEncrypt*", "kms:GenerateDataKey*"]

WITHOUT = ["GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo"]


class Encrypted(World):
    """The world of two accounts with an image that a key encrypts, and that both may launch."""

    def __init__(self, aws: Aws, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(aws, folder, monkeypatch)
        kms = self.at(HOME)("kms")
        self.key = kms.create_key()["KeyMetadata"]["Arn"]
        self.image = self.add("web-1.6.0", Encrypted=True, KmsKeyId=self.key)

    def add(self, name: str, **disk: Any) -> str:
        version = name.removeprefix("web-")
        image = self.register(HOME, name, **disk)
        self.tag(HOME, image, version)
        made = "2026-01-31T08:30:00Z"
        for place in (HOME, OTHER):
            Catalogue(self.at(place)).add(
                CatalogueEntry(kind=ImageKind.MACHINE, name="web", version=version, id=image, made=made)
            )
        self.at(HOME)("ec2").modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": RUNS}]})
        return image

    def share(self, *actions: str) -> None:
        kms = self.at(HOME)("kms")
        found = json.loads(kms.get_key_policy(KeyId=self.key, PolicyName="default")["Policy"])
        root = f"arn:aws:iam::{RUNS}:root"
        found["Statement"].append(
            {"Effect": "Allow", "Principal": {"AWS": root}, "Action": list(actions), "Resource": "*"}
        )
        kms.put_key_policy(KeyId=self.key, PolicyName="default", Policy=json.dumps(found))

    def grant(self, place: Place, *operations: str) -> None:
        role = ROLE.format(place.account)
        given = operations or grant_command(self.key, place.account).strip("`").partition("--operations ")[2].split()
        self.at(place)("kms").create_grant(KeyId=self.key, GranteePrincipal=role, Operations=given)

    def into(self, place: Place, image: str = "", version: str = "1.6.0") -> str:
        """What a promotion from the account that bakes is refused for."""
        return self.refused(image or self.image, HOME, place, version=version)

    def promoted(self, place: Place) -> tuple[str, ...]:
        """What a promotion from the account that bakes notes, which nothing speaks against."""
        return self.promote(self.image, HOME, place, version="1.6.0").notes

    def deny(self, monkeypatch: pytest.MonkeyPatch, place: Place, *calls: str) -> None:
        """Refuse calls of KMS to an account."""
        kms = self.at(place)("kms")
        real: Callable[..., Any] = kms._make_api_call

        def ask(operation: str, asked: Any) -> Any:
            if operation in calls:
                raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": ""}}, operation)
            return real(operation, asked)

        monkeypatch.setattr(kms, "_make_api_call", ask)


@pytest.fixture
def world(bare: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Encrypted:
    return Encrypted(bare, tmp_path, monkeypatch)


def test_a_key_that_auto_scaling_may_not_use_is_named_with_the_line_that_grants_it(world: Encrypted):
    said = world.into(HOME)
    assert f"is encrypted with {world.key}, which Auto Scaling of account {BAKES} has no right to use" in said
    line = grant_command(world.key, BAKES)
    assert f"Grant it: {line}" in said
    assert f"aws kms create-grant --region eu-west-1 --key-id {world.key} --grantee-principal {ROLE.format(BAKES)}" in (
        line
    )
    world.grant(HOME, "Decrypt", "DescribeKey")
    assert f"has no right to use: its grants and policy do not let it CreateGrant, {', '.join(WITHOUT)}" in (
        world.into(HOME)
    )
    world.grant(HOME)
    assert world.promoted(HOME) == ()


def test_a_policy_that_cannot_be_judged_is_a_note_with_the_line_that_grants_and_no_refusal(world: Encrypted):
    condition = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
    kms = world.at(HOME)("kms")
    found = json.loads(kms.get_key_policy(KeyId=world.key, PolicyName="default")["Policy"])
    found["Statement"].append(
        {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": condition}
    )
    kms.put_key_policy(KeyId=world.key, PolicyName="default", Policy=json.dumps(found))
    (note,) = world.promoted(HOME)
    assert f"whether Auto Scaling of account {BAKES} may use it could not be judged: its policy lets it" in note
    assert f"aws kms get-key-policy --region eu-west-1 --key-id {world.key} --policy-name default" in note
    assert grant_command(world.key, BAKES) in note


def test_a_shared_image_needs_the_policy_of_its_key_and_a_grant_of_the_account_that_launches(world: Encrypted):
    # which lets the other account launch nothing
    world.grant(HOME)
    said = world.into(OTHER)
    assert f"whose policy does not let account {RUNS} {', '.join(USE)}" in said
    assert f"aws kms put-key-policy --region eu-west-1 --key-id {world.key} --policy-name default" in said
    assert f"Grant it, as account {RUNS}: {grant_command(world.key, RUNS)}" in said
    world.share(*USE, "kms:ListGrants")
    said = world.into(OTHER)
    assert "policy does not let" not in said
    assert f"Grant it, as account {RUNS}: {grant_command(world.key, RUNS)}" in said
    world.grant(OTHER)
    assert world.promoted(OTHER) == ()


def test_what_the_stacks_account_may_not_ask_the_owner_of_the_key_is_asked(world: Encrypted):
    world.share(*USE)
    world.grant(OTHER)
    # ListGrants is not among what launching takes
    assert world.promoted(OTHER) == ()


def test_what_nobody_may_ask_is_a_note_with_the_line_that_grants_and_no_refusal(
    world: Encrypted, monkeypatch: pytest.MonkeyPatch
):
    world.share(*USE)
    world.deny(monkeypatch, HOME, "ListGrants")
    (note,) = world.promoted(OTHER)
    assert f"whether Auto Scaling of account {RUNS} may use it could not be read" in note
    assert grant_command(world.key, RUNS) in note


def test_an_image_whose_key_only_a_third_account_knows_is_promoted_with_a_note(world: Encrypted):
    (note,) = world.promote(world.image, OTHER, OTHER, version="1.6.0").notes
    assert f"is shown to account {BAKES} alone" in note


@pytest.mark.parametrize(
    "change, words, fix",
    [
        ("disable_key", "which is Disabled", "aws kms enable-key"),
        ("schedule_key_deletion", "which is about to be deleted", "aws kms cancel-key-deletion"),
    ],
)
def test_a_key_that_cannot_be_used_at_all_is_refused(world: Encrypted, change: str, words: str, fix: str):
    world.grant(HOME)
    getattr(world.at(HOME)("kms"), change)(KeyId=world.key)
    said = world.into(HOME)
    assert words in said
    assert f"{fix} --region eu-west-1 --key-id {world.key}" in said
    assert "has no right" not in said


def test_a_key_that_aws_manages_is_good_enough_at_home_and_for_nobody_else(
    world: Encrypted, monkeypatch: pytest.MonkeyPatch
):
    kms = world.at(HOME)("kms")
    real = kms._make_api_call

    def by_aws(operation: str, asked: Any) -> Any:
        found = real(operation, asked)
        if operation == "DescribeKey":
            found["KeyMetadata"]["KeyManager"] = "AWS"
        return found

    monkeypatch.setattr(kms, "_make_api_call", by_aws)
    assert world.promoted(HOME) == ()
    said = world.into(OTHER)
    assert "which AWS manages and no other account can use" in said
    assert "create-grant" not in said


def test_a_copy_is_judged_by_its_own_key_and_not_by_that_of_the_original(world: Encrypted):
    far = Place(BAKES, AWAY)
    ec2 = world.at(far)("ec2")
    key = world.at(far)("kms").create_key()["KeyMetadata"]["Arn"]
    asked = {"SourceImageId": world.image, "SourceRegion": "eu-west-1", "Name": "web-1.6.0", "CopyImageTags": True}
    copied = ec2.copy_image(**asked, Encrypted=True, KmsKeyId=key)["ImageId"]
    said = world.into(far)
    assert f"({copied}) is encrypted with {key}, which Auto Scaling of account {BAKES} has no right to use" in said
    assert world.key not in said


def follow(world: Encrypted, said: str, place: Place, **words: str) -> str:
    """Run the `aws ec2 copy-image` that a message prints; gives the copy."""
    line = re.search(r"`aws ec2 copy-image (.+?)`", " ".join(said.split()))
    assert line is not None, said
    given = shlex.split(line[1])
    assert given.pop(given.index("--region") + 1) == place.region
    values = {each: given[given.index(each) + 1] for each in given if each.startswith("--") and each not in FLAGS}
    assert set(values) >= {"--source-region", "--source-image-id", "--name"}
    assert set(given) >= FLAGS, "it has to be encrypted, and to keep its tags"
    key = values["--kms-key-id"]
    asked = {"SourceImageId": values["--source-image-id"], "SourceRegion": values["--source-region"]}
    more = {"Name": values["--name"], "CopyImageTags": True, "Encrypted": True, "KmsKeyId": words.get(key, key)}
    return world.at(place)("ec2").copy_image(**asked, **more)["ImageId"]


FLAGS = {"--encrypted", "--copy-image-tags"}


@pytest.mark.parametrize("by", ["its key", "the pipeline"])
def test_the_copy_that_a_promotion_asks_for_can_be_promoted(world: Encrypted, by: str):
    far = Place(BAKES, AWAY)
    key = world.at(far)("kms").create_key()["KeyMetadata"]["Arn"]
    if by == "the pipeline":
        copies = f'{{ {AWAY}: {{ kms_key_arn: "{key}" }} }}'
        pipeline = f'parent: ami-00000001, verify: [verify.sh], kms_key_arn: "{world.key}", copies: {copies}'
        world.more["staging"] = f"  strata:image_pipelines: {{ web: {{ {pipeline} }} }}\n"
    said = world.into(far)
    assert f"is in eu-west-1, and {AWAY} has no copy of it in account {BAKES}" in said
    assert (f"--encrypted --kms-key-id {key}`." in said) == (by == "the pipeline")
    assert (f"where KEY is a key of yours in {AWAY}" in said) == (by == "its key")
    copied = follow(world, said, far, KEY=key)
    said = world.into(far)
    assert f"({copied}) is encrypted with {key}, which Auto Scaling of account {BAKES} has no right to use" in said
    role = ROLE.format(BAKES)
    given = grant_command(key, BAKES).strip("`").partition("--operations ")[2].split()
    world.at(far)("kms").create_grant(KeyId=key, GranteePrincipal=role, Operations=given)
    promotion = world.promote(world.image, HOME, far, version="1.6.0")
    assert (promotion.change.image_id, promotion.notes) == (copied, ())


def test_an_image_that_no_key_of_yours_encrypts_is_copied_without_one(world: Encrypted):
    far = Place(BAKES, AWAY)
    for name, disk in {"web-1.7.0": {}, "web-1.8.0": {"Encrypted": True}}.items():
        said = world.into(far, world.add(name, **disk), name.removeprefix("web-"))
        assert "--copy-image-tags`." in said
        assert "kms-key-id" not in said
