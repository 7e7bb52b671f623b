"""What becomes of the protection of an image that is revoked and disabled, on the local AWS."""

import json

import pytest

from strata.cli.run import run
from strata.images.image_tags import PROTECTED
from strata.promotion import revoking
from tests.unit.rehearsal.cloud.conftest import NEW, Aws, bare, clients

__all__ = ["bare", "clients"]


@pytest.mark.parametrize("marked, left", [(True, "disabled"), (False, "enabled-without-cooldown")])
def test_disabling_takes_off_the_protection_of_a_gate_and_no_other(
    bare: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], marked: bool, left: str
):
    aws = revoking.ImageAws(lambda service: getattr(bare, service), bare.clock)  # type: ignore[arg-type]
    monkeypatch.setattr(revoking, "image_aws", lambda *_, local: aws)
    bare.ec2.enable_image_deregistration_protection(ImageId=NEW)
    if marked:
        bare.ec2.create_tags(Resources=[NEW], Tags=[{"Key": PROTECTED, "Value": "true"}])
    command = ["image", "revoke", "web", "1.1.0", "--reason", "leaks", "--disable", "--json"]
    assert run(command) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["disabled"], found["unprotected"]) == ([NEW], [NEW] if marked else [])
    (image,) = bare.ec2.describe_images(ImageIds=[NEW], IncludeDisabled=True)["Images"]
    assert (image["State"], image["DeregistrationProtection"]) == ("disabled", left)
