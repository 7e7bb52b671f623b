"""`strata rollout history` and `audit` of a service whose record somebody has renamed by hand."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import boto3
import pytest

from strata.cli.run import run
from strata.naming import veto_name
from strata.rollback.failed_rollouts import FailedRollout
from strata.rollout.record import Release
from tests.unit.cli.test_renamed_way_back import FALSE, MIDDLE, NEW, OLD, PROVEN, denial, renamed
from tests.unit.cli.test_rollback_command import Capture, group, strata, write
from tests.unit.rollback.test_rollback_plan import RECORD, Group

__all__ = ["group"]

SAID = f"the record calls {MIDDLE.image.id} web 6.0.0, and by its watermark it is web 1.2.0"


@pytest.mark.parametrize(
    "versions,marked",
    [
        ((OLD, MIDDLE, renamed(MIDDLE, FALSE)), 0),
        ((OLD, MIDDLE, renamed(MIDDLE, FALSE), NEW), 1),
        ((OLD, MIDDLE, renamed(MIDDLE, FALSE), MIDDLE), 1),
        # under a digest of its own, which nothing ever had
        ((OLD, MIDDLE, NEW, replace(renamed(MIDDLE, FALSE), digest="x"), NEW), 1),
    ],
    ids=["newest", "earlier", "put right", "another digest"],
)
def test_a_name_that_somebody_has_written_by_hand_is_not_listed_as_released(
    group: Group, tmp_path: Path, capsys: Capture, versions: tuple[object, ...], marked: int
):
    group.proven = PROVEN
    write(*versions)
    code, out, err = strata(tmp_path, capsys, "history")
    assert code == 0, out + err
    lines = [" ".join(each.split()) for each in out.splitlines()]
    false = [each for each in lines if f" {FALSE} " in each]
    assert false == [lines[marked]]
    assert f"{FALSE} renamed" in false[0]
    assert SAID in false[0]
    assert [each for each in lines if "renamed" in each] == false, "what is called rightly is no such thing"
    assert sum(" released " in each for each in lines) == len(versions) - 1
    code, out, _ = strata(tmp_path, capsys, "history", "--json")
    found = [(each["version"], each["proven_as"], each["proven_by"]) for each in json.loads(out)["releases"]]
    assert found[marked] == (FALSE, ["1.2.0"], "by its watermark")
    assert {each[1:] for index, each in enumerate(found) if index != marked} == {(None, None)}


def test_what_forbids_the_image_by_its_true_name_is_shown_beside_the_false_one(
    group: Group, tmp_path: Path, capsys: Capture
):
    group.proven = PROVEN
    write(OLD, MIDDLE, renamed(MIDDLE, FALSE), NEW)
    boto3.client("ssm").put_parameter(Name=veto_name(RECORD, "1.2.0"), Value="slow", Type="String")
    _, out, _ = strata(tmp_path, capsys, "history", "--json")
    assert [each["vetoed"] for each in json.loads(out)["releases"]] == [None, "slow", "slow", None]


def test_an_image_of_several_names_is_shown_with_all_of_them(group: Group, tmp_path: Path, capsys: Capture):
    group.proven = {MIDDLE.image.id: ("2.0.0", "stable")}
    write(OLD, renamed(MIDDLE, FALSE))
    _, out, _ = strata(tmp_path, capsys, "history", "--json")
    assert json.loads(out)["releases"][0]["proven_as"] == ["2.0.0", "stable"]
    assert "by its watermark it is web 2.0.0, stable" in " ".join(strata(tmp_path, capsys, "history")[1].split())


def test_who_may_not_look_at_the_image_is_told_that_its_name_was_not_checked(
    group: Group, tmp_path: Path, capsys: Capture
):
    group.denied = denial()
    write(OLD, MIDDLE)
    code, out, err = strata(tmp_path, capsys, "history")
    assert (code, "1.2.0" in out) == (0, True)
    assert f"warning: web: whether {MIDDLE.image} is what its record calls it was not checked" in " ".join(err.split())


def test_a_rollout_that_failed_is_called_what_its_release_proves_to_be(
    group: Group, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
):
    group.proven = PROVEN
    write(OLD, MIDDLE, renamed(MIDDLE, FALSE), NEW)

    def failed(releases: Sequence[Release], _notes: object) -> list[FailedRollout]:
        named = {each.digest: each.image.version for each in releases if each.image.version != "1.2.0"}
        named = {MIDDLE.digest: "1.2.0", **named}
        return [FailedRollout("r-1", named[MIDDLE.digest], "Failed", "", None, None)]

    monkeypatch.setattr(group, "failed", failed)
    _, out, _ = strata(tmp_path, capsys, "history", "--json")
    assert [each["target"] for each in json.loads(out)["failed_rollouts"]] == ["1.2.0"]


def audit(folder: Path, capsys: Capture) -> dict[str, list[dict[str, object]]]:
    assert run(["audit", "acme/shop/prod", "-C", str(folder), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_renaming_is_no_change_in_an_audit_which_says_who_wrote_it(group: Group, tmp_path: Path, capsys: Capture):
    group.proven = PROVEN
    write(OLD, MIDDLE, renamed(MIDDLE, FALSE), MIDDLE, NEW)
    found = audit(tmp_path, capsys)
    events = [(each["kind"], each["version"], each["failed"]) for each in found["events"]]
    assert events == [("release", "1.1.0", False), ("release", "1.2.0", False), ("release", "1.3.0", False)]
    assert [each for each in found["gaps"] if SAID in str(each) and "version 3 of its record" in str(each)]


def test_what_a_hand_has_renamed_and_brought_back_is_listed_by_its_true_name(
    group: Group, tmp_path: Path, capsys: Capture
):
    group.proven = PROVEN
    write(OLD, MIDDLE, NEW, renamed(MIDDLE, FALSE))
    events = [(each["kind"], each["version"]) for each in audit(tmp_path, capsys)["events"]]
    assert events[-1] == ("rollback", "1.2.0")
