"""What becomes of the protection of an image that is revoked and disabled, on the local AWS."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from strata.cli.run import run
from strata.images.image_tags import PROTECTED
from strata.naming import revocation_name
from strata.promotion import revoking, unrevoking
from tests.unit.rehearsal.cloud.conftest import NEW, Aws, bare, clients

__all__ = ["bare", "clients"]

REVOKE = ["image", "revoke", "web", "1.1.0", "--reason", "leaks", "--disable"]
UNREVOKE = ["image", "unrevoke", "web", "1.1.0", "--reason", "it was 1.0.0"]


@pytest.mark.parametrize("marked, left", [(True, "disabled"), (False, "enabled-without-cooldown")])
def test_disabling_takes_off_the_protection_of_a_gate_and_no_other(
    bare: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], marked: bool, left: str
):
    asked_of(bare, monkeypatch)
    bare.ec2.enable_image_deregistration_protection(ImageId=NEW)
    if marked:
        bare.ec2.create_tags(Resources=[NEW], Tags=[{"Key": PROTECTED, "Value": "true"}])
    assert run([*REVOKE, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["disabled"], found["unprotected"]) == ([NEW], [NEW] if marked else [])
    (image,) = bare.ec2.describe_images(ImageIds=[NEW], IncludeDisabled=True)["Images"]
    assert (image["State"], image["DeregistrationProtection"]) == ("disabled", left)


@pytest.mark.parametrize("marked", [True, False])
def test_lifting_a_revocation_puts_back_the_protection_that_it_took_off_and_no_other(
    bare: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], marked: bool
):
    asked_of(bare, monkeypatch)
    if marked:
        bare.ec2.enable_image_deregistration_protection(ImageId=NEW)
        bare.ec2.create_tags(Resources=[NEW], Tags=[{"Key": PROTECTED, "Value": "true"}])
    before = shown(bare)
    assert run([*REVOKE, "--json"]) == 0
    assert shown(bare) == ("disabled", "disabled")
    capsys.readouterr()
    assert run([*UNREVOKE, "--dry-run"]) == 0
    said = capsys.readouterr().out
    protected = " and protected from being deregistered again" if marked else ""
    assert f"{NEW} is disabled, and would be enabled{protected}\n" in said
    assert run([*UNREVOKE, "--dry-run", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["enabled"], found["protected"]) == ([NEW], [NEW] if marked else []), "what it would give back"
    assert shown(bare) == ("disabled", "disabled")
    assert run([*UNREVOKE, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["enabled"], found["protected"]) == ([NEW], [NEW] if marked else [])
    assert (found["unprotected"], found["next"]) == ([], [])
    assert shown(bare) == before == ("available", "enabled-without-cooldown" if marked else "disabled")


@pytest.mark.parametrize("noted", [True, False], ids=["refused", "revoked before it was noted"])
def test_what_stays_without_the_protection_that_it_had_is_named_with_the_command_that_puts_it_back(
    bare: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], noted: bool
):
    asked_of(bare, monkeypatch)
    bare.ec2.enable_image_deregistration_protection(ImageId=NEW)
    bare.ec2.create_tags(Resources=[NEW], Tags=[{"Key": PROTECTED, "Value": "true"}])
    assert run([*REVOKE]) == 0
    if not noted:
        name = revocation_name("web", "1.1.0")
        value = json.loads(bare.ssm.get_parameter(Name=name)["Parameter"]["Value"])
        assert value.pop("unprotected") == [NEW]
        bare.ssm.put_parameter(Name=name, Value=json.dumps(value), Type="String", Overwrite=True)

    def refuse(*_: Any) -> Any:
        error = {"Code": "UnauthorizedOperation", "Message": "no"}
        raise ClientError({"Error": error}, "EnableImageDeregistrationProtection")

    monkeypatch.setattr(unrevoking, "protect_images", refuse)
    capsys.readouterr()
    assert run(UNREVOKE) == 0
    said = capsys.readouterr()
    assert f"{NEW} is available\n" in said.out
    (warning,) = said.err.splitlines()
    assert warning.startswith(f"warning: {NEW} was protected from being deregistered, and is not")
    assert "enable-image-deregistration-protection --image-id ami-" in warning
    assert ("UnauthorizedOperation" in warning) == noted
    assert shown(bare) == ("available", "disabled")


def asked_of(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands ask this AWS."""
    asked = revoking.ImageAws(lambda service: getattr(aws, service), aws.clock)  # type: ignore[arg-type]
    monkeypatch.setattr(revoking, "image_aws", lambda *_, local: asked)


def shown(aws: Aws) -> tuple[str, str]:
    (image,) = aws.ec2.describe_images(ImageIds=[NEW], IncludeDisabled=True)["Images"]
    return image["State"], image["DeregistrationProtection"]
