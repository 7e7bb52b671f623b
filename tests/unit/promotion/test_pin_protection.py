"""What is pinned is protected from being deregistered for as long as somebody needs it, and no pin fails for that."""

import json
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from strata.cli.run import run
from strata.images.image_tags import PROTECTED
from tests.unit.promotion.test_image_proofs import BAKES, RUNS, Place, World
from tests.unit.pruning.conftest import Shop, aws, bare, clients, shop

__all__ = ["aws", "bare", "clients", "shop"]

PIN = ("pin", "prod", "web", "1.0.0")


def image(shop: Shop, *arguments: str) -> tuple[int, dict[str, Any], str]:
    code = run(["image", *arguments, "--json", "-C", str(shop.folder)])
    told = shop._capsys.readouterr()
    return code, json.loads(told.out), told.err


def protection(shop: Shop, version: str) -> tuple[str, bool]:
    (found,) = shop.aws.ec2.describe_images(ImageIds=[shop.ids[version]])["Images"]
    return found["DeregistrationProtection"], PROTECTED in {each["Key"] for each in found.get("Tags", ())}


def refuse(monkeypatch: pytest.MonkeyPatch, call: str, error: Exception) -> None:
    original: Any = BaseClient._make_api_call  # type: ignore[attr-defined]

    def ask(client: BaseClient, operation: str, asked: dict[str, Any]) -> Any:
        if operation == call:
            raise error
        return original(client, operation, asked)

    monkeypatch.setattr(BaseClient, "_make_api_call", ask)


def test_a_pin_protects_its_image_once_and_says_so(shop: Shop):
    code, found, _ = image(shop, *PIN)
    assert (code, found["written"], found["protected"]) == (0, True, [shop.ids["1.0.0"]])
    assert protection(shop, "1.0.0") == ("enabled-without-cooldown", True)
    assert protection(shop, "1.1.0") == ("disabled", False)
    code, found, _ = image(shop, *PIN)
    assert (code, found["written"], found["protected"]) == (0, False, [])
    assert run(["image", "pin", "prod", "web", "1.1.0", "-C", str(shop.folder)]) == 0
    assert f"protected {shop.ids['1.1.0']} from being deregistered" in shop._capsys.readouterr().out


def test_what_was_pinned_already_is_protected_too(shop: Shop):
    code, found, _ = image(shop, "pin", "prod", "web", "1.4.0")
    assert (code, found["written"], found["protected"]) == (0, False, [shop.ids["1.4.0"]])


def test_a_dry_run_protects_nothing(shop: Shop):
    code, found, _ = image(shop, *PIN, "--dry-run")
    assert (code, found["dry_run"], found["protected"]) == (0, True, [])
    assert protection(shop, "1.0.0") == ("disabled", False)


def test_a_container_image_has_no_protection(shop: Shop):
    code, found, told = image(shop, "pin", "prod", "search", "2.9.0")
    assert (code, found["written"], found["protected"], told) == (0, True, [], "")


@pytest.mark.parametrize("call", ["EnableImageDeregistrationProtection", "CreateTags"])
@pytest.mark.parametrize("code", ["UnauthorizedOperation", "InvalidAction", "RequestLimitExceeded"])
def test_a_pin_is_written_although_its_image_cannot_be_protected(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, call: str, code: str
):
    refuse(monkeypatch, call, ClientError({"Error": {"Code": code, "Message": "no"}}, call))
    ended, found, told = image(shop, *PIN)
    assert (ended, found["written"], found["protected"]) == (0, True, [])
    assert f"note: {shop.ids['1.0.0']} could not be protected from being deregistered: {call}: {code}" in told
    assert shop.ids["1.0.0"] in shop.file("prod").read_text()


def test_what_is_no_answer_of_aws_is_not_taken_for_one(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    refuse(monkeypatch, "EnableImageDeregistrationProtection", ZeroDivisionError("a mistake"))
    assert run(["image", *PIN, "-C", str(shop.folder)]) == 1
    assert "a mistake" in shop._capsys.readouterr().err


def test_protection_goes_with_what_nobody_needs_any_more_and_not_before(shop: Shop):
    for version in ("1.0.0", "1.1.0"):
        assert image(shop, "pin", "prod", "web", version)[0] == 0
    # the pin names 1.1.0 now
    assert "pinned" in shop.why("1.1.0")
    rows = shop.prune("--apply")
    assert {version for version, row in rows.items() if row["removal"]} == {"1.0.0", "1.2.0", "1.4.0", "2.9.0"}
    assert "1.0.0" not in shop.machines()
    assert protection(shop, "1.1.0") == ("enabled-without-cooldown", True)


def test_an_image_of_another_account_is_for_its_owner_to_protect(
    bare: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
):
    from strata.promotion.pin_protection import protect_pinned

    world = World(bare, tmp_path, monkeypatch)
    promotion = world.promote(world.baked, Place(), Place(RUNS))
    told = protect_pinned(promotion.change)
    assert told.protected == ()
    line = f"`aws ec2 enable-image-deregistration-protection --region eu-west-1 --image-id {world.baked}`"
    assert told.note == (
        f"{world.baked} belongs to account {BAKES}, which alone can protect it from being deregistered: {line}"
    )
    at_home = protect_pinned(world.promote(world.baked, Place(), Place()).change)
    assert at_home.protected == (world.baked,)
