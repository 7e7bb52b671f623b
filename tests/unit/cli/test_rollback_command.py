"""`strata rollout rollback` and `refresh`: what they end with and print before anything is rolled."""

import json
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from moto import mock_aws
from ruamel.yaml import YAML

from strata.cli import rollout_rollback
from strata.cli.run import run
from strata.errors import BusyError, PreflightError, RolloutError
from strata.naming import rollback_name, veto_name
from strata.rollback import direct_rolls, pulumi_up, rollback_pin, rollback_steps, service_history
from strata.rollback.past_fleets import UnfinishedRollout
from strata.rollback.record_store import RecordStore
from strata.rollback.rollback_steps import RollbackReport
from strata.rollout.proof_check import find_unconfirmed
from strata.rollout.record import NOTHING_PROVEN, ImageRef, Release
from strata.rollout.servers.driver import Driver
from strata.settings.models import ImageProofSettings
from tests.unit.rollback.past import release
from tests.unit.rollback.test_rollback_plan import RECORD, Group

LIFTED = "to let it back in: `strata image unveto"
Capture = pytest.CaptureFixture[str]
WHOLE = "acme/shop/prod"


@pytest.fixture
def group(monkeypatch: pytest.MonkeyPatch) -> Iterator[Group]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    found = Group()
    monkeypatch.setattr(service_history, "fleet_of", lambda *_: found)
    with mock_aws():
        yield found


def write(*values: Any) -> None:
    for each in values:
        value = each if isinstance(each, str) else each.to_json()
        boto3.client("ssm").put_parameter(Name=RECORD, Value=value, Type="String", Overwrite=True)


def strata(folder: Path, capsys: Capture, *words: str) -> tuple[int, str, str]:
    code = run(["rollout", words[0], WHOLE, "web", *words[1:], "-C", str(folder)])
    told = capsys.readouterr()
    return code, told.out, told.err


THREE = (release("1.0.0"), release("1.1.0"), release("1.2.0"))
PINNED = """\
config:
  aws:region: eu-west-1
  strata:stage: dev
  strata:images: { web: { version: 1.2.0, id: ami-0123456789abcdef0 } }
  strata:services: { web: { instance_type: t3.small, capacity: { min: 2, max: 4 } } }
"""
BUSY = UnfinishedRollout("r-9", "d-1.3.0", "ami-1.3.0", forward=True)


@pytest.mark.parametrize(
    "words,values,unfinished,code,said",
    [
        (["rollback", "--now", "--dry-run"], THREE, None, 0, "back from 1.2.0 to web 1.1.0"),
        (["rollback", "--now", "--dry-run", "--to", "1.0.0"], THREE, None, 0, "back from 1.2.0 to web 1.0.0"),
        (["rollback", "--now", "--dry-run"], THREE, BUSY, 0, "would first take back the rollout to"),
        (["rollback", "--now", "--to", "7.0.0"], THREE, None, 3, "cannot go back to 7.0.0"),
        (["rollback", "--now", "--to", ""], THREE, None, 2, "--to is '': expected a version such as 1.4.2"),
        (["rollback", "--now", "--to", " "], THREE, None, 2, "Leave it out to go back to the newest release"),
        (["rollback", "--now", "--reason", ""], THREE, None, 2, "--reason is '': expected a few words"),
        (["rollback", "--now", "--reason", "\t "], THREE, None, 2, "--reason is '\\t ': expected a few words"),
        (["rollback", "--now"], THREE[:1], None, 3, "there is no earlier release"),
        (["rollback", "--now"], [NOTHING_PROVEN], None, 3, "has no proven release"),
        (["rollback", "--now"], [], None, 2, "there is no release record"),
        (["rollback", "--now"], ["{"], None, 3, "is no release record: '{', written by"),
        (["rollback", "--now", "--dry-run"], [*THREE, "{"], None, 0, "it named web 1.2.0 (ami-1.2.0) before"),
        (["rollback", "--now", "--dry-run"], [*THREE, "{"], None, 0, "back from 1.2.0 to web 1.1.0"),
        (["refresh"], [*THREE, "{"], None, 3, "so nothing says which release is to be started afresh"),
        (["rollback"], THREE, None, 2, "no Pulumi.yaml"),
        (["rollback", "--local"], THREE, None, 2, "--local needs --now or --dry-run: by its pin"),
        (["rollback", "--local"], THREE, None, 2, "`strata rehearse acme/shop/prod`"),
        (["rollback", "--now", "--local"], THREE, None, 2, "no Pulumi.yaml"),
        (["refresh", "--dry-run"], THREE, None, 0, "would replace all that runs by fresh ones of web 1.2.0"),
        (["refresh"], THREE, BUSY, 6, "a rollout is running (r-9)"),
        (["refresh"], [NOTHING_PROVEN], None, 3, "has no proven release"),
        (["refresh"], [], None, 2, "there is no release record"),
    ],
)
def test_what_a_command_ends_with_before_anything_is_rolled(
    group: Group,
    tmp_path: Path,
    capsys: Capture,
    words: list[str],
    values: list[Any],
    unfinished: UnfinishedRollout | None,
    code: int,
    said: str,
):
    write(*values)
    group.unfinished = unfinished
    ended, out, err = strata(tmp_path, capsys, *words)
    assert ended == code, out + err
    assert said in out + err
    held = boto3.client("ssm").get_parameters(Names=[rollback_name(RECORD), veto_name(RECORD, "1.2.0")])
    assert held["Parameters"] == [], "and nothing was changed"


@pytest.mark.parametrize("words", [["rollback", "--now", "--dry-run"], ["refresh", "--dry-run"]])
def test_json_is_all_that_is_on_stdout(group: Group, tmp_path: Path, capsys: Capture, words: list[str]):
    del group
    write(*THREE)
    code, out, _ = strata(tmp_path, capsys, *words, "--json")
    assert code == 0
    found = json.loads(out)
    assert (found["project"], found["stack"], found["service"], found["dry_run"]) == ("shop", "prod", "web", True)


def test_a_dry_run_has_what_would_forbid_the_version_that_is_left(group: Group, tmp_path: Path, capsys: Capture):
    del group
    write(*THREE)
    dry = ("rollback", "--now", "--dry-run", "--json")
    assert json.loads(strata(tmp_path, capsys, *dry)[1])["vetoed"] == "left by a rollback to 1.1.0"
    assert json.loads(strata(tmp_path, capsys, *dry, "--reason", "leaks")[1])["vetoed"] == "leaks"
    boto3.client("ssm").put_parameter(Name=veto_name(RECORD, "1.2.0"), Value="slow", Type="String")
    assert json.loads(strata(tmp_path, capsys, *dry, "--reason", "leaks")[1])["vetoed"] == "slow"


@pytest.mark.parametrize("project", [False, True], ids=["from anywhere", "in its project"])
def test_a_dry_run_says_what_would_become_of_the_pin(group: Group, tmp_path: Path, capsys: Capture, project: bool):
    del group
    write(*THREE)
    stack_file = tmp_path / "Pulumi.prod.yaml"
    if project:
        (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        stack_file.write_text(PINNED)
    code, out, err = strata(tmp_path, capsys, "rollback", "--now", "--dry-run")
    assert code == 0, err
    line = "strata:images: {web: {version: 1.1.0, id: ami-1.1.0"
    if project:
        assert f"web: would write the pin into Pulumi.prod.yaml: {line}" in out
        assert stack_file.read_text() == PINNED
    else:
        assert "web: would not change the stack file, since there is no project here" in out
        assert "web: would need this to be committed, in place of the pin that is there, or below" in out
        assert f"or below config where there is none: {line}" in out
    pin = json.loads(strata(tmp_path, capsys, "rollback", "--now", "--dry-run", "--json")[1])["pin"]
    assert (pin["written"], pin["would_write"], pin["trouble"]) == (
        *(False, project),
        None if project else "there is no project here",
    )
    assert pin["to_commit"].startswith(line)


def test_what_is_recorded_and_neither_left_nor_gone_back_to_is_named(group: Group, tmp_path: Path, capsys: Capture):
    write(*THREE)
    group.unfinished = BUSY
    code, out, err = strata(tmp_path, capsys, "rollback", "--now", "--dry-run", "--to", "1.0.0")
    assert code == 0, err
    assert "web: the record names web 1.2.0 (ami-1.2.0), which is left too, and not vetoed" in out
    assert "the record names" not in strata(tmp_path, capsys, "rollback", "--now", "--dry-run", "--to", "1.2.0")[1]
    group.unfinished = None
    assert "the record names" not in strata(tmp_path, capsys, "rollback", "--now", "--dry-run")[1]


def test_a_release_that_is_passed_over_is_named_with_its_reason(group: Group, tmp_path: Path, capsys: Capture):
    group.lost_templates = ["1.1.0"]
    write(*THREE)
    _, out, _ = strata(tmp_path, capsys, "rollback", "--now", "--dry-run")
    assert "web: not to 1.1.0: its launch template is gone" in out
    assert "back from 1.2.0 to web 1.0.0" in out


@pytest.mark.parametrize("unfinished", [None, BUSY], ids=["quiet", "rolling"])
@pytest.mark.parametrize("idle", ["", "the group wants no server"], ids=["running", "empty"])
def test_what_is_only_looked_at_is_worded_as_what_would_be_done(
    group: Group, tmp_path: Path, capsys: Capture, unfinished: UnfinishedRollout | None, idle: str
):
    group.unfinished, group.nothing_wanted = unfinished, idle
    write(*THREE)
    code, out, err = strata(tmp_path, capsys, "rollback", "--now", "--dry-run")
    assert (code, err) == (0, "")
    *told, last = out.splitlines()
    assert last == "web: nothing was done"
    assert all("would" in line for line in told), told
    assert ("nothing runs now: the group wants no server" in out) == bool(idle)


@dataclass
class Roll:
    """What rolls a service, in memory."""

    error: Exception | None = None

    async def made_newest(self, release: Release) -> Release:
        return release

    async def roll(self, _release: Release) -> None:
        if self.error is not None:
            raise self.error

    async def renew(self) -> None:
        self.renewed()

    def renewed(self) -> None:
        """What becomes of the fleet."""


@pytest.fixture
def roll(monkeypatch: pytest.MonkeyPatch) -> Roll:
    found = Roll()
    monkeypatch.setattr(direct_rolls, "direct_roll", lambda *_: found)
    return found


def test_a_service_that_wants_nothing_is_not_said_to_run_anything(
    group: Group, roll: Roll, tmp_path: Path, capsys: Capture
):
    del roll
    group.nothing_wanted = "the group wants no server"
    write(*THREE)
    code, out, err = strata(tmp_path, capsys, "rollback", "--now")
    assert code == 0, err
    assert "web: nothing runs: the group wants no server; what starts next runs web 1.1.0 (ami-1.1.0)\n" in out
    assert "web: runs" not in out
    write(release("1.3.0"))
    code, out, _ = strata(tmp_path, capsys, "rollback", "--now", "--json")
    found = json.loads(out)
    assert (code, found["idle"], found["recorded"]) == (0, "the group wants no server", "1.1.0")


@pytest.mark.parametrize(
    "now, said",
    [
        (True, "web: runs web 1.1.0 (ami-1.1.0)"),
        (False, "web: `pulumi up` has succeeded, and the record names web 1.1.0 (ami-1.1.0)"),
    ],
)
def test_what_a_rollback_has_only_read_from_the_record_is_not_said_to_run(capsys: Capture, now: bool, said: str):
    back = release("1.1.0")
    plan: Any = SimpleNamespace(
        place=SimpleNamespace(service="web"), release=back, leaving=back, pin=SimpleNamespace(file=None, line="")
    )
    rollout_rollback._print(RollbackReport(plan, now=now, dry_run=False, recorded=back))
    assert capsys.readouterr().out.splitlines() == [said]


def test_a_rollback_that_has_arrived_announces_nothing_that_it_does_not_do(
    group: Group, roll: Roll, tmp_path: Path, capsys: Capture
):
    del group, roll
    write(*THREE)
    code, out, _ = strata(tmp_path, capsys, "rollback", "--now")
    assert code == 0
    assert "web: going back from 1.2.0 to web 1.1.0" in out
    assert "web: vetoing 1.2.0\n" in out
    code, out, _ = strata(tmp_path, capsys, "rollback", "--now")
    assert code == 0
    assert "web: 1.1.0 is recorded already, since the rollback that was begun at" in out
    assert "web: making sure that web 1.1.0 (ami-1.1.0) is what runs, straight through AWS\n" in out
    for done_before in ("vetoing", "continuing", "going back"):
        assert done_before not in out
    assert "web: to go further back, name the version with --to\n" in out
    code, out, _ = strata(tmp_path, capsys, "rollback", "--now", "--to", "1.1.0")
    assert code == 0
    assert "web: 1.1.0 is recorded already, since the rollback that was begun at" in out
    assert "--to" not in out, "it was named"
    code, out, _ = strata(tmp_path, capsys, "rollback", "--now", "--dry-run", "--json")
    assert (code, json.loads(out)["arrived"]) == (0, True)


def test_the_proof_of_a_way_back_through_aws_is_noted_so_that_its_pin_counts_later(
    group: Group, roll: Roll, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
):
    del group, roll
    image = ImageRef("web", "1.1.0", "ami-0123456789abcdef0")
    write(release("1.0.0"), replace(release("1.1.0", "a" * 16), image=image), release("1.2.0"))
    code, out, _ = strata(tmp_path, capsys, "rollback", "--now", "--json")
    assert code == 0
    line = YAML(typ="safe").load(json.loads(out)["pin"]["to_commit"])
    proof = ImageProofSettings.model_validate(line["strata:images"]["web"]["proof"])
    driver = Driver(boto3.client)
    assert find_unconfirmed(driver, RECORD, image, proof) == ()
    assert find_unconfirmed(driver, RECORD, image, proof.model_copy(update={"digest": "f" * 16}))

    def denied(*_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "PutParameter")

    monkeypatch.setattr(rollback_steps, "keep_proof_note", denied)
    code, out, err = strata(tmp_path, capsys, "rollback", "--now")
    assert code == 0, "what runs is back all the same"
    assert "the proof of this pin could not be noted in AWS" in out + err


def test_a_pin_that_a_second_rollback_to_the_same_has_written_meanwhile_is_there(
    group: Group, roll: Roll, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
):
    del group
    write(*THREE)
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    stack_file = tmp_path / "Pulumi.prod.yaml"
    stack_file.write_text(PINNED)
    theirs = PINNED.replace("version: 1.2.0, id: ami-0123456789abcdef0", "version: 1.1.0, id: ami-1.1.0")

    async def rolled(_release: Release) -> None:
        stack_file.write_text(theirs)

    monkeypatch.setattr(roll, "roll", rolled)
    code, out, err = strata(tmp_path, capsys, "rollback", "--now")
    assert (code, err) == (0, "")
    assert out.endswith("web: commit Pulumi.prod.yaml, which pins 1.1.0 since somebody else has written it meanwhile\n")
    assert stack_file.read_text() == theirs


BACK = replace(release("1.1.0"), image=ImageRef("web", "1.1.0", "ami-0123456789abcdef1"))
LEFT = replace(release("1.2.0"), image=ImageRef("web", "1.2.0", "ami-0123456789abcdef0"))


@pytest.fixture
def stack_file(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(PINNED)
    return file


@pytest.mark.parametrize("to", [(), ("--to", "1.1.0")], ids=["newest", "named"])
def test_a_pin_that_a_failed_up_has_left_behind_is_named_then_and_when_it_is_continued(
    group: Group,
    tmp_path: Path,
    stack_file: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    to: tuple[str, ...],
):
    del group
    write(BACK, LEFT)
    ended: list[Exception | None] = [RolloutError("web: rolled back", fix="Run the same command again."), None]

    async def up(*_: Any) -> None:
        if (error := ended.pop(0)) is not None:
            raise error
        write(BACK)

    monkeypatch.setattr(pulumi_up, "pulumi_up", up)
    code, out, err = strata(tmp_path, capsys, "rollback", *to)
    assert code == 1, out + err
    assert "version: 1.1.0, id: ami-0123456789abcdef1" in stack_file.read_text()
    said = " ".join(err.split())
    assert "Pulumi.prod.yaml now pins 1.1.0, whatever runs: commit Pulumi.prod.yaml once the same command" in said
    assert "restore it if you do not go back" in said
    code, out, err = strata(tmp_path, capsys, "rollback", *to)
    assert code == 0, out + err
    assert "continuing the rollback that was begun at" in out
    line = "web: commit Pulumi.prod.yaml, which pins 1.1.0, unless that was done since this rollback was begun at "
    assert out.splitlines()[-1].startswith(line)
    assert ended == []


def test_a_rollback_through_aws_that_died_after_its_pin_names_it_when_it_is_given_again(
    group: Group, roll: Roll, tmp_path: Path, stack_file: Path, capsys: Capture
):
    del group, roll
    write(BACK, LEFT)
    assert strata(tmp_path, capsys, "rollback", "--now")[1].splitlines()[-1] == (
        "web: commit Pulumi.prod.yaml, which now pins 1.1.0"
    )
    pinned = stack_file.read_text()
    code, out, err = strata(tmp_path, capsys, "rollback", "--now")
    assert code == 0, out + err
    assert stack_file.read_text() == pinned
    assert "web: commit Pulumi.prod.yaml, which pins 1.1.0, unless that was done since" in out.splitlines()[-1]


def test_an_error_before_the_pin_is_written_says_nothing_of_the_file(
    group: Group, tmp_path: Path, stack_file: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
):
    del group
    write(BACK, LEFT)

    async def up(*_: Any) -> None:
        raise AssertionError

    def elsewhere(*_: Any) -> None:
        raise RolloutError("no note")

    monkeypatch.setattr(pulumi_up, "pulumi_up", up)
    monkeypatch.setattr(rollback_steps, "keep_proof_note", elsewhere)
    monkeypatch.setattr(rollback_pin.StackPin, "proves", property(lambda _: True))
    code, _, err = strata(tmp_path, capsys, "rollback")
    assert code == 1
    assert "no note" in err
    assert "now pins" not in err
    assert stack_file.read_text() == PINNED


def test_a_record_that_could_not_be_read_is_written_again_by_the_rollback(
    group: Group, roll: Roll, tmp_path: Path, capsys: Capture
):
    del group
    write(*THREE, "{")
    roll.error = RolloutError("web: 0 of 2 servers became healthy")
    code, _, err = strata(tmp_path, capsys, "rollback", "--now")
    assert code == 1
    assert "The record is as it was: version 4 of" in err
    assert "still names" not in err
    roll.error = None
    code, out, _ = strata(tmp_path, capsys, "rollback", "--now", "--json")
    found = json.loads(out)
    assert (code, found["from"], found["to"], found["recorded"]) == (0, "1.2.0", "1.1.0", "1.1.0")
    assert found["unreadable"].startswith(f"version 4 of {RECORD} is no release record: '{{'")
    held = boto3.client("ssm").get_parameters(Names=[RECORD])["Parameters"]
    assert [each["Value"] for each in held] == [release("1.1.0").to_json()]


@pytest.mark.parametrize(
    "error,code",
    [
        (PreflightError("web: the rollout must not start", fix="Wait."), 3),
        (RolloutError("web: 0 of 2 servers became healthy"), 1),
        (BusyError("web: refresh r-9 is running"), 6),
        (ClientError({"Error": {"Code": "LimitExceeded", "Message": "too many"}}, "StartInstanceRefresh"), 1),
    ],
    ids=["refused", "failed", "busy", "AWS"],
)
def test_what_ends_after_the_veto_says_that_it_stays_and_what_lifts_it(
    group: Group, roll: Roll, tmp_path: Path, capsys: Capture, error: Exception, code: int
):
    del group
    roll.error = error
    write(*THREE)
    ended, out, err = strata(tmp_path, capsys, "rollback", "--now")
    assert ended == code, out + err
    command = f"strata image unveto {WHOLE} web 1.2.0"
    assert f"1.2.0 is vetoed since this command began, so that no `pulumi up` rolls it out again; {LIFTED}" in err
    assert command in err
    # and it does, from where the person is
    assert run([*command.split()[1:], "-C", str(tmp_path)]) == 0
    assert "the next `pulumi up` that pins 1.2.0 rolls to it" in capsys.readouterr().out
    held = boto3.client("ssm").get_parameters(Names=[veto_name(RECORD, "1.2.0")])
    assert held["Parameters"] == []


def test_settings_that_are_left_are_not_forbidden_and_the_next_up_is_said_to_bring_them_back(
    group: Group, roll: Roll, tmp_path: Path, capsys: Capture
):
    del group, roll
    write(release("1.1.0", "small"), release("1.1.0", "large", number=2))
    code, out, _ = strata(tmp_path, capsys, "rollback", "--now")
    assert code == 0
    assert "web: nothing forbids 1.1.0 as it was: the next `pulumi up` that asks for it rolls to it" in out


@pytest.mark.parametrize(
    "text", ["name: [shop", "runtime: python\n", "name: {}\n"], ids=["no YAML", "no name", "no text"]
)
@pytest.mark.parametrize("words", [["rollback", "--now", "--dry-run"], ["history"], ["refresh", "--dry-run"]])
def test_a_broken_project_is_left_aside_where_names_and_credentials_suffice(
    group: Group, tmp_path: Path, capsys: Capture, words: list[str], text: str
):
    del group
    (tmp_path / "Pulumi.yaml").write_text(text)
    write(*THREE)
    code, out, err = strata(tmp_path, capsys, *words)
    assert code == 0, out + err
    assert err.startswith("warning: ")
    assert "Pulumi.yaml" in err
    assert "the project is left aside, and AWS is reached as the environment says" in err
    code = run(["rollout", words[0], "prod", "web", *words[1:], "-C", str(tmp_path)])
    err = capsys.readouterr().err
    assert code == 2
    assert "Write ORGANISATION/PROJECT/STACK" in err


EMPTY = "the group wants no server"


@pytest.mark.parametrize("options", [[], ["--dry-run"]], ids=["done", "looked-at"])
def test_a_refresh_of_a_service_that_runs_nothing_claims_nothing(
    group: Group, roll: Roll, tmp_path: Path, capsys: Capture, options: list[str]
):
    del roll
    group.nothing_wanted = EMPTY
    write(*THREE)
    code, out, err = strata(tmp_path, capsys, "refresh", *options)
    assert (code, err) == (0, "")
    said = "nothing would be replaced" if options else "nothing is fresh"
    assert out == f"web: nothing runs: {EMPTY}, so {said}\n"
    code, out, _ = strata(tmp_path, capsys, "refresh", *options, "--json")
    assert (code, json.loads(out)["idle"]) == (0, EMPTY)


def test_a_refresh_of_what_is_stopped_meanwhile_does_not_say_that_anything_is_fresh(
    group: Group, roll: Roll, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture
):
    write(*THREE)
    code, out, _ = strata(tmp_path, capsys, "refresh")
    assert code == 0
    assert "web: all that runs is fresh, of web 1.2.0 (ami-1.2.0)" in out
    monkeypatch.setattr(roll, "renewed", lambda: setattr(group, "nothing_wanted", EMPTY))
    code, out, _ = strata(tmp_path, capsys, "refresh")
    assert code == 0
    assert f"web: nothing runs: {EMPTY}, so nothing is fresh\n" in out
    assert "fresh, of" not in out


@pytest.mark.parametrize("image", ["its image is gone"])
def test_fresh_servers_of_an_image_that_is_gone_are_refused(group: Group, tmp_path: Path, capsys: Capture, image: str):
    group.lost_images = ["1.2.0"]
    write(*THREE)
    code, _, err = strata(tmp_path, capsys, "refresh")
    assert code == 3
    assert image in err


@pytest.mark.parametrize(
    "error,said",
    [
        (NoCredentialsError(), "there are no AWS credentials"),
        (ClientError({"Error": {"Code": "ExpiredTokenException", "Message": "expired"}}, "GetParameterHistory"), "AWS"),
        (ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetParameterHistory"), "refused"),
        (EndpointConnectionError(endpoint_url="https://ssm"), "AWS cannot be reached"),
    ],
    ids=["none", "expired", "denied", "unreachable"],
)
@pytest.mark.parametrize("words", [["history"], ["rollback", "--now"], ["refresh"]], ids=lambda words: words[0])
def test_what_aws_refuses_is_one_line_and_ends_with_1(
    group: Group,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: Capture,
    words: list[str],
    error: Exception,
    said: str,
):
    del group

    def refused(_self: RecordStore) -> Any:
        raise error

    monkeypatch.setattr(RecordStore, "versions", refused)
    code, _, err = strata(tmp_path, capsys, *words)
    assert code == 1
    assert said in err
    assert "Traceback" not in err


def test_a_history_of_several_pages_is_read_to_its_end(group: Group, tmp_path: Path, capsys: Capture):
    del group
    write(*(release(f"1.{number}.0") for number in range(60)))
    code, out, _ = strata(tmp_path, capsys, "history", "--json")
    assert code == 0
    assert len(json.loads(out)["releases"]) == 60


class Refusing(BaseHTTPRequestHandler):
    """An AWS that refuses everything, and remembers what it was asked first."""

    asked: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        self.asked.append(str(self.headers.get("X-Amz-Target")))
        body = b'{"__type": "AccessDeniedException", "message": "no"}'
        self.send_response(400)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing on the console."""


def test_at_night_aws_is_asked_within_five_seconds_by_a_fresh_process_in_an_empty_folder(tmp_path: Path):
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        }
        command = ["rollout", "rollback", WHOLE, "web", "--now", "-C", str(tmp_path)]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [sys.executable, "-c", "from strata.cli import main; main()", *command],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        server.shutdown()
    assert done.returncode == 1, done.stderr
    assert Refusing.asked == ["AmazonSSM.GetParameterHistory"]
    # of a processor, since others may be at work on this machine
    assert used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime < 5
