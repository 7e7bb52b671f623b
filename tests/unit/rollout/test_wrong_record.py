"""A record of which somebody has written over the image: nothing that looks takes what runs for what it names."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from strata.cli.run import run
from strata.naming import note_name, veto_name
from strata.rollout.note import Note, Phase
from strata.rollout.proven_names import RECORD_AGAIN
from strata.rollout.record import ImageRef, ServerRelease
from strata.rollout.recorded_images import describe_other, find_other
from strata.rollout.servers.live_servers import LiveServers, look_at_servers
from strata.rollout.servers.service_status import how_to_restore
from strata.verdict_names import vetoed_image_name
from tests.unit.rollout.stand_in import IMAGE, servers
from tests.unit.rollout.test_truth import LIVE, NAME, Capture, Cloud, cloud, project, strata

__all__ = ["cloud", "project"]

WRONG = replace(LIVE, image=ImageRef("web", "1.2.0", "ami-00000000000000bad"))
SAID = (
    f"version 1 of template lt-1, which the record names, launches image {IMAGE.id}, but the record names "
    "web 1.2.0 (ami-00000000000000bad)"
)


def look(cloud: Cloud) -> LiveServers:
    driver: Any = cloud
    (found,) = look_at_servers(driver, "shop", "prod", {"web": 0})
    return found


def test_an_image_is_another_by_its_content_and_of_none_that_is_launched():
    assert find_other(LIVE, (IMAGE.id,)) is None
    assert find_other(WRONG, (IMAGE.id,)) == WRONG.image
    assert describe_other("it", LIVE, (IMAGE.id,)) == ""
    assert describe_other("it", WRONG, ()) == f"it launches image none, but the record names {WRONG.image}"
    digest = f"sha256:{'a' * 64}"
    copied = replace(LIVE, image=replace(IMAGE, id=f"one.example/web@{digest}"))
    assert find_other(copied, (f"two.example/web@{digest}",)) is None


def test_status_says_that_the_record_names_another_image_and_what_runs(project: Path, cloud: Cloud, capsys: Capture):
    assert strata(project, "status") == 0
    cloud.kept[NAME] = WRONG.to_json()
    capsys.readouterr()
    assert strata(project, "status") == 5
    said = capsys.readouterr().out
    assert f"web: not the release: {SAID}" in said.splitlines()
    assert "4 on template version 1; recorded 1.2.0" in " ".join(said.split())
    assert f"web: {RECORD_AGAIN}" in said.splitlines()


def test_what_its_gate_has_noted_of_the_image_says_what_runs(cloud: Cloud):
    cloud.kept[NAME] = WRONG.to_json()
    note = Note(IMAGE, LIVE.digest, "r-1", "2026-11-28T12:00:00+00:00", Phase.SUCCEEDED)
    cloud.kept[note_name(NAME)] = note.to_json()
    assert dict(look(cloud).running) == {IMAGE.version: 4}
    # whoever has written over the note too
    cloud.kept[note_name(NAME)] = replace(note, image=WRONG.image).to_json()
    assert dict(look(cloud).running) == {"template version 1": 4}


def test_what_brings_a_fleet_back_calls_it_what_it_launches_and_then_rights_the_record(cloud: Cloud):
    cloud.kept[NAME] = WRONG.to_json()
    cloud.become(servers=(*servers(3, "1"), *servers(1, "2")))
    found = look(cloud)
    assert found.deviations == (SAID, "1 server on template version 2")
    way = how_to_restore(found.status)
    assert way.startswith("to bring template version 1 back: ")
    assert way.endswith(f"; then, {RECORD_AGAIN}")


def test_a_version_that_is_not_there_launches_nothing_to_compare_with(cloud: Cloud):
    cloud.kept[NAME] = replace(WRONG, template_version=99).to_json()
    found = look(cloud)
    assert found.status.lost
    assert found.status.misnamed == ""


BAD = ImageRef("web", "1.6.0", "ami-00000000000000bad")
EDITS: dict[str, tuple[ServerRelease, str]] = {
    "image id": (replace(LIVE, image=replace(IMAGE, id=BAD.id)), f"launches image {IMAGE.id}, but the record names"),
    "version": (replace(LIVE, image=replace(IMAGE, version=BAD.version)), "and by the note of its last gate it is web"),
    "template version": (
        replace(LIVE, template_version=2),
        "the record names version 2 of template lt-1, but version 1 of template lt-1 runs and launches the release d1",
    ),
    "digest": (
        replace(LIVE, digest="d9"),
        "the record names release d9, but version 1 of template lt-1, which it names and which runs, launches release",
    ),
}


@pytest.fixture(params=[vetoed_image_name(NAME, BAD.id), veto_name(NAME, BAD.version)])
def vetoed(request: pytest.FixtureRequest, cloud: Cloud) -> str:
    """What is vetoed is another image than what runs, by what it is or by its version."""
    cloud.kept[request.param] = "loses orders"
    note = Note(IMAGE, LIVE.digest, "r-1", "2026-11-28T12:00:00+00:00", Phase.SUCCEEDED)
    cloud.kept[note_name(NAME)] = note.to_json()
    return str(request.param)


@pytest.mark.parametrize("field", EDITS)
@pytest.mark.usefixtures("vetoed")
def test_what_runs_is_not_called_vetoed_because_one_field_of_its_record_is_another_images(
    project: Path, cloud: Cloud, capsys: Capture, field: str
):
    cloud.kept[NAME], said = EDITS[field][0].to_json(), EDITS[field][1]
    assert run(["rollout", "status", "prod", "-C", str(project), "--json"]) == 5
    (found,) = json.loads(capsys.readouterr().out)["services"]
    (deviation,) = found["deviations"]
    assert said in deviation
    assert found["forbidden"] == []
    assert "veto" not in json.dumps(found)
    assert found["running"] == {IMAGE.version: 4}
    assert found["way_back"] == RECORD_AGAIN


@pytest.mark.parametrize("field", EDITS)
def test_what_runs_and_is_vetoed_is_said_to_be_whatever_its_record_names(
    project: Path, cloud: Cloud, capsys: Capture, field: str
):
    note = Note(IMAGE, LIVE.digest, "r-1", "2026-11-28T12:00:00+00:00", Phase.SUCCEEDED)
    cloud.kept |= {note_name(NAME): note.to_json(), vetoed_image_name(NAME, IMAGE.id) or "": "loses orders"}
    cloud.kept[NAME] = EDITS[field][0].to_json()
    assert run(["rollout", "status", "prod", "-C", str(project), "--json"]) == 5
    (found,) = json.loads(capsys.readouterr().out)["services"]
    (said,) = found["forbidden"]
    assert said.startswith(f"{IMAGE.version} runs, and is vetoed")
