"""A record whose version somebody has renamed by hand: status shows what the image proves to be, and ends with 5."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from strata.images.catalogue import CatalogueEntry, ImageKind
from strata.images.image_origin import ImageOrigin, Watermark
from strata.naming import catalogue_name, note_name
from strata.rollout.note import UNDER_WAY, Note, Phase
from strata.rollout.proven_names import RECORD_AGAIN
from strata.rollout.servers.refresh import Status
from strata.rollout.servers.views import ImageView
from tests.unit.rollout.stand_in import IMAGE, running
from tests.unit.rollout.test_truth import LIVE, NAME, Capture, Cloud, cloud, project, strata

__all__ = ["cloud", "project"]

RENAMED = replace(LIVE, image=replace(IMAGE, version="9.9.9"))
ACCOUNT = "123456789012"


def say(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, *, tag: str = "", mark: str = "", source: str = IMAGE.id
) -> None:
    """What EC2 says of the image."""
    marks = (Watermark(ACCOUNT, "web", mark, source),) if mark else ()
    origin = ImageOrigin(IMAGE.id, watermarks=marks)
    view = ImageView(IMAGE.id, "available", "x86_64", "/dev/xvda", version=tag, origin=origin)
    monkeypatch.setattr(cloud, "image", lambda _id: view)


def status(project: Path, capsys: Capture) -> tuple[int, str]:
    ended = strata(project, "status")
    return ended, capsys.readouterr().out


@pytest.mark.parametrize(
    "known, by",
    [({"mark": "1.5.0", "tag": "9.9.9"}, "by its watermark"), ({"tag": "1.5.0"}, "by its tags")],
    ids=["watermark", "tags"],
)
def test_a_renamed_record_of_servers_is_a_difference(
    project: Path, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: Capture, known: dict[str, str], by: str
):
    say(cloud, monkeypatch, **known)
    assert status(project, capsys)[0] == 0
    cloud.kept[NAME] = RENAMED.to_json()
    code, said = status(project, capsys)
    assert code == 5
    line = f"web: not the release: the record calls {IMAGE.id} web 9.9.9, and {by} it is web 1.5.0"
    assert line in said.splitlines()
    assert said.splitlines()[0].split("  ")[1].strip() == "1.5.0"
    assert "4 on 1.5.0; recorded 9.9.9" in " ".join(said.split())
    assert f"web: {RECORD_AGAIN}" in said


def test_what_the_catalogue_calls_it_tells_a_renamed_record_too(
    project: Path, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: Capture
):
    say(cloud, monkeypatch)
    cloud.kept[NAME] = RENAMED.to_json()
    assert status(project, capsys)[0] == 0, "nothing is known of it"
    entry = CatalogueEntry(
        kind=ImageKind.MACHINE, name="web", version="1.5.0", id=IMAGE.id, made="2026-01-31T08:30:00Z"
    )
    cloud.kept[catalogue_name("web", "1.5.0")] = entry.to_json()
    cloud.kept[note_name(NAME)] = noted("1.5.0").to_json()
    code, said = status(project, capsys)
    assert (code, "and in the catalogue it is web 1.5.0" in said) == (5, True)
    # what the catalogue has under the recorded version is that
    cloud.kept[catalogue_name("web", "9.9.9")] = replace(entry, version="9.9.9").to_json()
    assert status(project, capsys)[0] == 0


def noted(version: str) -> Note:
    image = replace(IMAGE, version=version)
    return Note(image, LIVE.digest, "r-1", "2026-11-28T12:00:00+00:00", Phase.SUCCEEDED)


@pytest.mark.parametrize("mark", ["9.9.9", ""], ids=["proven", "a copy of a stranger"])
def test_a_name_that_the_image_proves_or_that_nothing_speaks_against_is_none(
    project: Path, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: Capture, mark: str
):
    cloud.kept[NAME] = RENAMED.to_json()
    say(cloud, monkeypatch, mark=mark or "1.5.0", source=IMAGE.id if mark else "ami-0fedcba9876543210")
    assert status(project, capsys)[0] == 0


@pytest.mark.parametrize("phase", sorted(set(Phase) - UNDER_WAY))
def test_where_nothing_else_names_an_image_the_gate_that_has_proven_it_does(
    project: Path, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: Capture, phase: Phase
):
    cloud.kept[NAME] = RENAMED.to_json()
    cloud.kept[note_name(NAME)] = replace(noted("1.5.0"), phase=phase).to_json()
    say(cloud, monkeypatch)
    code, said = status(project, capsys)
    told = f"the record calls {IMAGE.id} web 9.9.9, and by the note of its last gate it is web 1.5.0"
    proven = phase is Phase.SUCCEEDED
    assert (code == 5, told in said) == (proven, proven), said


def test_what_a_gate_has_noted_under_that_name_asks_nothing_of_aws(
    project: Path, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: Capture
):
    cloud.kept[note_name(NAME)] = noted("1.5.0").to_json()
    monkeypatch.setattr(cloud, "image", lambda _id: pytest.fail("EC2 was asked"))
    assert status(project, capsys)[0] == 0


def test_who_may_not_ask_is_shown_what_the_record_says(
    project: Path, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: Capture
):
    def denied(_id: str) -> Any:
        raise ClientError({"Error": {"Code": "UnauthorizedOperation", "Message": "no"}}, "DescribeImages")

    cloud.kept[NAME] = RENAMED.to_json()
    monkeypatch.setattr(cloud, "image", denied)
    assert status(project, capsys)[0] == 0


def test_while_a_rollout_runs_nobody_asks(
    project: Path, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: Capture
):
    cloud.kept[NAME] = RENAMED.to_json()
    cloud.history = [running("r-9", "2", Status.IN_PROGRESS)]
    monkeypatch.setattr(cloud, "image", lambda _id: pytest.fail("EC2 was asked"))
    assert status(project, capsys)[0] == 6


def test_other_differences_come_with_what_brings_them_back(
    project: Path, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: Capture
):
    say(cloud, monkeypatch, mark="1.5.0")
    cloud.kept[NAME] = RENAMED.to_json()
    cloud.become(saved_version="3")
    code, said = status(project, capsys)
    assert code == 5
    assert "web: not the release: the group launches template version 3" in said
    assert "it is web 1.5.0" in said
    assert "start-instance-refresh" in said
