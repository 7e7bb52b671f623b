"""A way back of a service whose record somebody has renamed by hand: nothing is written under the false name."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from strata.errors import RolloutError
from strata.naming import note_name, rollback_name, veto_name
from strata.rollback import direct_rolls, pulumi_up
from strata.rollback.past_fleets import UnfinishedRollout
from strata.rollout.note import Note, Phase
from strata.rollout.record import ImageRef, Release, ServerRelease, read_release
from strata.verdict_names import vetoed_image_name
from tests.unit.cli.test_rollback_command import PINNED, Capture, group, strata, write
from tests.unit.rollback.past import release
from tests.unit.rollback.test_rollback_plan import RECORD, Group

__all__ = ["group"]


def machine(version: str, number: int) -> ServerRelease:
    return replace(release(version), image=ImageRef("web", version, f"ami-0123456789abcdef{number}"))


def renamed(one: ServerRelease, version: str) -> ServerRelease:
    return replace(one, image=replace(one.image, version=version))


OLD, MIDDLE, NEW = machine("1.1.0", 1), machine("1.2.0", 2), machine("1.3.0", 0)
FALSE = "6.0.0"
PROVEN = {each.image.id: (each.image.version,) for each in (OLD, MIDDLE, NEW)}


class Rolls:
    """What rolls a service, in memory; it keeps what it was asked for."""

    def __init__(self) -> None:
        self.rolled: list[Release] = []

    async def made_newest(self, release: Release) -> Release:
        return release

    async def roll(self, release: Release) -> None:
        self.rolled.append(release)

    async def renew(self) -> None:
        raise AssertionError


@pytest.fixture
def rolls(monkeypatch: pytest.MonkeyPatch) -> Rolls:
    found = Rolls()

    def made(_place: Any, recorded: Release, *_: Any) -> Rolls:
        assert recorded.image.version != FALSE, "the gate notes by what it is called here"
        return found

    monkeypatch.setattr(direct_rolls, "direct_roll", made)
    return found


@pytest.fixture
def stack_file(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(PINNED.replace("1.2.0", "1.3.0"))
    return file


def kept() -> dict[str, str]:
    """All that is in Parameter Store."""
    pages = boto3.client("ssm").get_paginator("get_parameters_by_path").paginate(Path="/strata", Recursive=True)
    return {each["Name"]: each["Value"] for page in pages for each in page["Parameters"]}


def recorded() -> str:
    found = read_release(kept()[RECORD])
    assert found is not None
    return found.image.version


def open_rollback(tmp_path: Path, capsys: Capture) -> None:
    """Let the last release have come by a rollback, and be renamed then."""
    write(OLD, MIDDLE, NEW)
    code, out, err = strata(tmp_path, capsys, "rollback", "--now")
    assert code == 0, out + err
    assert recorded() == "1.2.0"
    write(renamed(MIDDLE, FALSE))


@pytest.mark.parametrize("to", [(), ("--to", "1.2.0")], ids=["newest", "named"])
def test_a_rollback_that_has_arrived_puts_the_proven_name_into_the_record_and_the_pin(
    group: Group, rolls: Rolls, tmp_path: Path, stack_file: Path, capsys: Capture, to: tuple[str, ...]
):
    group.proven = PROVEN
    open_rollback(tmp_path, capsys)
    code, out, err = strata(tmp_path, capsys, "rollback", "--now", *to)
    assert code == 0, out + err
    said = " ".join(err.split())
    assert f"the record calls {MIDDLE.image.id} web 6.0.0, and by its watermark it is web 1.2.0" in said
    assert "it is taken as 1.2.0" in said
    assert FALSE not in out
    assert "version: 1.2.0" in stack_file.read_text()
    assert FALSE not in stack_file.read_text()
    assert rolls.rolled == [MIDDLE, MIDDLE]
    assert recorded() == "1.2.0"
    assert not [name for name, value in kept().items() if FALSE in name + value]


def denial() -> ClientError:
    return ClientError({"Error": {"Code": "UnauthorizedOperation", "Message": "no"}}, "DescribeImages")


@pytest.mark.parametrize("denied", [False, True], ids=["nothing known", "denied"])
def test_where_nothing_else_says_it_the_name_is_that_of_the_rollback_which_has_brought_it(
    group: Group, rolls: Rolls, tmp_path: Path, stack_file: Path, capsys: Capture, denied: bool
):
    open_rollback(tmp_path, capsys)
    group.denied = denial() if denied else None
    code, out, err = strata(tmp_path, capsys, "rollback", "--now")
    assert code == 0, out + err
    assert "by the note of the rollback that was begun at" in " ".join(err.split())
    assert (recorded(), rolls.rolled[-1]) == ("1.2.0", MIDDLE)
    assert FALSE not in stack_file.read_text()


def test_the_version_that_is_vetoed_is_the_one_that_ran(group: Group, rolls: Rolls, tmp_path: Path, capsys: Capture):
    group.proven = PROVEN
    write(OLD, MIDDLE, renamed(MIDDLE, FALSE))
    code, out, err = strata(tmp_path, capsys, "rollback", "--now", "--reason", "loses orders")
    assert code == 0, out + err
    assert "web: 1.2.0 is vetoed: loses orders" in out
    assert rolls.rolled == [OLD]
    found = kept()
    assert (veto_name(RECORD, "1.2.0") in found, veto_name(RECORD, FALSE) in found) == (True, False)
    assert json.loads(found[rollback_name(RECORD)])["leaves_version"] == "1.2.0"


@pytest.mark.parametrize(
    "words", [["rollback"], ["rollback", "--to", "1.1.0"], ["refresh"], ["refresh", "--dry-run"]], ids=" ".join
)
def test_what_can_wait_for_the_engine_is_refused_before_anything_is_written(
    group: Group, rolls: Rolls, tmp_path: Path, stack_file: Path, capsys: Capture, words: list[str]
):
    group.proven = PROVEN
    write(OLD, MIDDLE, renamed(MIDDLE, FALSE))
    before, pinned = kept(), stack_file.read_text()
    code, out, err = strata(tmp_path, capsys, *words)
    assert code == 3, out + err
    said = " ".join(err.split())
    assert f"web: the record calls {MIDDLE.image.id} web 6.0.0, and by its watermark it is web 1.2.0" in said
    assert "`pulumi up --refresh --stack acme/shop/prod` writes the record again" in said
    assert (kept(), stack_file.read_text(), rolls.rolled) == (before, pinned, [])
    group.unfinished = UnfinishedRollout("r-9", "d-1.4.0", "ami-1.4.0", forward=True)
    assert strata(tmp_path, capsys, *words)[0] == 6, "what runs has to end first"


def test_where_nothing_else_says_it_fresh_servers_are_refused_by_the_name_that_the_last_gate_has_noted(
    group: Group, rolls: Rolls, tmp_path: Path, capsys: Capture
):
    del group
    note = Note(MIDDLE.image, MIDDLE.digest, "r-1", "2026-11-28T12:00:00+00:00", Phase.SUCCEEDED)
    boto3.client("ssm").put_parameter(Name=note_name(RECORD), Value=note.to_json(), Type="String")
    write(OLD, renamed(MIDDLE, FALSE))
    before = kept()
    code, _, err = strata(tmp_path, capsys, "refresh")
    assert (code, "by the note of its last gate it is web 1.2.0" in " ".join(err.split())) == (3, True)
    assert (kept(), rolls.rolled) == (before, [])


def test_an_image_of_several_names_none_of_which_the_record_has_ever_said_is_not_left(
    group: Group, rolls: Rolls, tmp_path: Path, capsys: Capture
):
    group.proven = {MIDDLE.image.id: ("2.0.0", "stable")}
    write(OLD, renamed(MIDDLE, FALSE))
    before = kept()
    code, _, err = strata(tmp_path, capsys, "rollback", "--now")
    assert (code, "it is web 2.0.0, stable" in " ".join(err.split())) == (3, True)
    assert (kept(), rolls.rolled) == (before, [])


@pytest.mark.parametrize("vetoed", [False, True], ids=["allowed", "vetoed"])
def test_an_earlier_release_that_was_renamed_comes_back_as_what_it_is(
    group: Group, rolls: Rolls, tmp_path: Path, capsys: Capture, vetoed: bool
):
    group.proven = PROVEN
    write(OLD, MIDDLE, renamed(MIDDLE, FALSE), NEW)
    if vetoed:
        boto3.client("ssm").put_parameter(Name=veto_name(RECORD, "1.2.0"), Value="slow", Type="String")
    code, out, err = strata(tmp_path, capsys, "rollback", "--now")
    assert code == 0, out + err
    assert rolls.rolled == [OLD if vetoed else MIDDLE]
    assert recorded() == ("1.1.0" if vetoed else "1.2.0")


@pytest.mark.parametrize("words", [["rollback", "--now", "--dry-run"], ["refresh", "--dry-run"]], ids=" ".join)
def test_who_may_not_look_goes_on_and_is_told(group: Group, tmp_path: Path, capsys: Capture, words: list[str]):
    group.denied = denial()
    write(OLD, MIDDLE)
    code, out, err = strata(tmp_path, capsys, *words)
    assert code == 0, out + err
    assert f"whether {MIDDLE.image} is what its record calls it was not checked" in " ".join(err.split())


def test_what_a_gate_has_rolled_out_under_another_name_since_is_another_release(
    group: Group, rolls: Rolls, tmp_path: Path, capsys: Capture
):
    del rolls
    open_rollback(tmp_path, capsys)
    group.denied = AssertionError("the gate has said it")
    image = replace(MIDDLE.image, version=FALSE)
    note = Note(image, MIDDLE.digest, "r-1", "2026-11-28T12:00:00+00:00", Phase.SUCCEEDED)
    boto3.client("ssm").put_parameter(Name=note_name(RECORD), Value=note.to_json(), Type="String")
    code, out, _ = strata(tmp_path, capsys, "rollback", "--now", "--dry-run")
    assert (code, "is recorded already" in out) == (0, False)
    assert "would go back from 6.0.0 to web 1.1.0" in out


def test_a_pin_that_a_failed_up_has_left_behind_is_named_by_a_rollback_through_aws(
    group: Group, rolls: Rolls, tmp_path: Path, stack_file: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
):
    del group, rolls
    write(OLD, NEW)

    async def up(*_: Any) -> None:
        # the program has made another release of the same image since
        note = Note(OLD.image, "newer settings", "r-1", "2999-01-01T00:00:00+00:00", Phase.FAILED)
        boto3.client("ssm").put_parameter(Name=note_name(RECORD), Value=note.to_json(), Type="String")
        raise RolloutError("web: rolled back", fix="Run the same command again.")

    monkeypatch.setattr(pulumi_up, "pulumi_up", up)
    assert strata(tmp_path, capsys, "rollback")[0] == 1
    assert "version: 1.1.0" in stack_file.read_text()
    code, out, err = strata(tmp_path, capsys, "rollback", "--now", "--to", "1.1.0")
    assert code == 0, out + err
    assert "continuing" not in out
    last = out.splitlines()[-1]
    assert last.startswith(
        "web: commit Pulumi.prod.yaml, which pins 1.1.0, unless that was done since a rollback to it"
    )


@pytest.mark.parametrize("field", ["image", "image and version"])
def test_what_is_left_and_vetoed_is_the_image_that_ran_whatever_the_record_was_made_to_name(
    group: Group, rolls: Rolls, tmp_path: Path, capsys: Capture, field: str
):
    """By its id, and by the version that this proves to be: nothing of what the record names is forbidden."""
    false = ImageRef("web", NEW.image.version if field == "image" else FALSE, "ami-00000000000000bad")
    wrong = replace(NEW, image=false)
    group.proven, group.right = PROVEN, lambda release: NEW if release == wrong else release
    if field != "image":
        group.right = lambda release: (
            replace(NEW, image=replace(false, id=NEW.image.id)) if release == wrong else release
        )
    write(OLD, MIDDLE, NEW, wrong)
    before = kept()
    code, out, err = strata(tmp_path, capsys, "rollback", "--now", "--dry-run")
    assert code == 0, out + err
    assert f"launches image {NEW.image.id}, but the record names {false}; it is taken as what runs" in " ".join(
        err.split()
    )
    assert kept() == before
    code, out, err = strata(tmp_path, capsys, "rollback", "--now")
    assert code == 0, out + err
    assert rolls.rolled == [MIDDLE]
    names = {veto_name(RECORD, "1.3.0"), vetoed_image_name(RECORD, NEW.image.id)}
    assert {each for each in kept() if "/veto" in each} == names
    assert recorded() == MIDDLE.image.version


@pytest.mark.parametrize("words", [["rollback"], ["refresh"], ["refresh", "--dry-run"]], ids=" ".join)
def test_what_can_wait_for_the_engine_is_refused_where_the_record_names_another_image(
    group: Group, tmp_path: Path, stack_file: Path, capsys: Capture, words: list[str]
):
    pinned = stack_file.read_text()
    wrong = replace(NEW, image=replace(NEW.image, id="ami-00000000000000bad"))
    group.proven, group.right = PROVEN, lambda release: NEW if release == wrong else release
    write(OLD, MIDDLE, NEW, wrong)
    before = kept()
    code, out, err = strata(tmp_path, capsys, *words)
    assert code == 3, out + err
    assert "expected a record that names what runs, and nothing was changed" in " ".join(err.split())
    assert kept() == before
    assert stack_file.read_text() == pinned
