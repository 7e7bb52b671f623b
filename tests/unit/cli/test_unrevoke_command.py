"""`strata image unrevoke`: what lifts a revocation, what it enables again, and what it leaves behind."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient

from strata.images.verdicts import read_verdict
from strata.naming import lifted_revocation_name, revocation_name
from tests.unit.cli.test_image_command import REGION, World, refused, world

__all__ = ["world"]

REVOKE = ("revoke", "web", "1.5.0", "--reason", "leaks", "--stack", "prod")
UNREVOKE = ("unrevoke", "web", "1.5.0", "--reason", "it was 1.4.2", "--stack", "prod")


def state(world: World, version: str = "1.5.0") -> str:
    found = world.ec2.describe_images(ImageIds=[world.ids[version]], IncludeDisabled=True)["Images"]
    return found[0]["State"]


def kept(world: World, name: str) -> str | None:
    found = world.ssm.get_parameters(Names=[name])["Parameters"]
    return found[0]["Value"] if found else None


def test_what_a_revocation_disabled_is_enabled_again_and_the_trace_says_by_whom_and_why(world: World):
    assert world.run(*REVOKE, "--disable")[0] == 0
    assert state(world) == "disabled"
    assert world.run("pin", "prod", "web", "1.5.0")[0] == 3
    code, found = world.answer(*UNREVOKE)
    assert code == 0
    assert found["enabled"] == [world.ids["1.5.0"]]
    assert found["images"] == [{"image_id": world.ids["1.5.0"], "state": "available"}]
    assert found["revoked"].startswith("leaks (arn:aws:sts::")
    assert state(world) == "available"
    assert kept(world, revocation_name("web", "1.5.0")) is None
    trace = read_verdict(kept(world, lifted_revocation_name("web", "1.5.0")) or "")
    assert (trace.reason, trace.by, trace.at) == ("it was 1.4.2", found["by"], found["at"])
    assert found["by"].startswith("arn:aws:sts::")
    assert world.run("pin", "prod", "web", "1.5.0")[0] == 0


def test_what_somebody_else_disabled_stays_so(world: World):
    world.ec2.disable_image(ImageId=world.ids["1.5.0"])
    assert world.run(*REVOKE, "--disable")[0] == 0
    code, found = world.answer(*UNREVOKE)
    assert (code, found["enabled"], found["images"]) == (0, [], [])
    assert state(world) == "disabled"


def test_what_somebody_else_disabled_stays_so_also_where_its_protection_is_put_back(world: World):
    world.ec2.disable_image(ImageId=world.ids["1.5.0"])
    verdict = {"reason": "leaks", "unprotected": [world.ids["1.5.0"]]}
    world.put(revocation_name("web", "1.5.0"), json.dumps(verdict))
    code, found = world.answer(*UNREVOKE)
    assert (code, found["enabled"], found["protected"]) == (0, [], [world.ids["1.5.0"]])
    assert found["images"] == [{"image_id": world.ids["1.5.0"], "state": "disabled"}]
    assert state(world) == "disabled"


def test_a_second_revocation_adds_what_it_disables_and_keeps_the_first_reason(world: World):
    assert world.run(*REVOKE)[0] == 0
    assert world.run("revoke", "web", "1.5.0", "--reason", "again", "--region", REGION, "--disable")[0] == 0
    verdict = read_verdict(kept(world, revocation_name("web", "1.5.0")) or "")
    assert (verdict.reason, verdict.disabled) == ("leaks", (world.ids["1.5.0"],))
    assert world.answer(*UNREVOKE)[1]["enabled"] == [world.ids["1.5.0"]]


def test_a_revocation_that_was_written_by_hand_is_lifted(world: World):
    world.revoke("1.5.0", "leaks")
    code, said = world.run(*UNREVOKE)
    assert code == 0
    assert f"web 1.5.0 is not revoked any more in account 123456789012, {REGION}: it was 1.4.2 (arn:" in said
    assert "it was revoked: leaks\n" in said
    assert kept(world, revocation_name("web", "1.5.0")) is None


def test_a_dry_run_lifts_nothing(world: World):
    assert world.run(*REVOKE, "--disable")[0] == 0
    code, found = world.answer(*UNREVOKE, "--dry-run")
    assert (code, found["dry_run"], found["reason"], found["by"]) == (0, True, "it was 1.4.2", None)
    assert found["enabled"] == [world.ids["1.5.0"]], "what it would give back"
    assert found["images"] == [{"image_id": world.ids["1.5.0"], "state": "disabled"}]
    assert state(world) == "disabled"
    assert kept(world, revocation_name("web", "1.5.0")) is not None
    assert kept(world, lifted_revocation_name("web", "1.5.0")) is None
    said = world.run(*UNREVOKE, "--dry-run")[1]
    assert "nothing was written: leaks" in said
    assert f"{world.ids['1.5.0']} is disabled, and would be enabled" in said


def test_what_is_not_revoked_is_refused(world: World):
    world.revoke("1.4.2", "leaks")
    said = refused(world, *UNREVOKE, code=2)
    assert "web 1.5.0 is not revoked in account 123456789012, eu-west-1" in said
    assert "`strata image list prod web`" in said
    assert "`strata image unveto prod SERVICE 1.5.0`" in said
    assert kept(world, lifted_revocation_name("web", "1.5.0")) is None


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_reason_is_asked_for(world: World, reason: str):
    world.revoke("1.5.0", "leaks")
    said = refused(world, "unrevoke", "web", "1.5.0", "--reason", reason, "--stack", "prod", code=2)
    assert "expected a few words" in said
    assert kept(world, revocation_name("web", "1.5.0")) == "leaks"


@pytest.mark.parametrize("call", ["EnableImage", "PutParameter", "DeleteParameter"])
def test_after_a_call_that_was_refused_the_same_command_lifts_it(
    world: World, monkeypatch: pytest.MonkeyPatch, call: str
):
    from botocore.exceptions import ClientError

    assert world.run(*REVOKE, "--disable")[0] == 0
    asked: Callable[..., Any] = BaseClient._make_api_call  # type: ignore[attr-defined]

    def refuse(self: BaseClient, operation: str, arguments: Any) -> Any:
        if operation == call:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, operation)
        return asked(self, operation, arguments)

    with monkeypatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", refuse)
        assert f"AWS refused {call}" in refused(world, *UNREVOKE, code=1)
    assert kept(world, revocation_name("web", "1.5.0")) is not None
    assert world.answer(*UNREVOKE)[0] == 0
    assert state(world) == "available"
    assert kept(world, revocation_name("web", "1.5.0")) is None
