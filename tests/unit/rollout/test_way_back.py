"""What is said beside "not the release": what runs, and what brings the release back."""

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from strata.cli.run import run
from strata.naming import note_name, revocation_name, veto_name
from strata.rollout import stack_services
from strata.rollout.note import Phase
from strata.rollout.servers.live_servers import look_at_servers
from strata.rollout.servers.refresh import Status
from strata.rollout.stack_services import StackServices
from strata.settings.models import CapacitySettings, ImageSettings, ServiceSettings
from tests.unit.rollout.stand_in import IMAGE, Clock, running, servers
from tests.unit.rollout.test_truth import DEVIATIONS, LIVE, NAME, Cloud, note

LOST = (
    "version 1 of template lt-1, which the record names, is not there or launches something else, so nothing shows "
    "what runs the release"
)
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def cloud() -> Cloud:
    return Cloud(kept={NAME: LIVE.to_json()})


@pytest.fixture
def project(tmp_path: Path, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    driver: Any = cloud
    pinned = {"web": ImageSettings(version="1.5.0", id=IMAGE.id)}
    asked = StackServices(
        "shop", "prod", {"web": ServiceSettings(capacity=CapacitySettings(min=0))}, pinned, driver, Clock()
    )
    monkeypatch.setattr(stack_services, "services_of_stack", lambda *_, **__: asked)
    return tmp_path


def strata(project: Path, verb: str, *options: str) -> int:
    return run(["rollout", verb, "prod", "-C", str(project), *options])


def way_back(cloud: Cloud) -> str:
    driver: Any = cloud
    (found,) = look_at_servers(driver, "shop", "prod", {"web": 0})
    return found.way_back


@pytest.mark.parametrize("case", DEVIATIONS)
def test_a_way_back_is_named_exactly_when_the_service_is_not_its_release(cloud: Cloud, case: str):
    change, expected = DEVIATIONS[case]
    change(cloud)
    assert bool(way_back(cloud)) == bool(expected)


def test_a_fleet_changed_by_hand_gets_one_whole_command_with_template_version_and_region(cloud: Cloud):
    cloud.become(servers=servers(4, "2"), saved_version="2")
    line = way_back(cloud)
    words = shlex.split(line.partition(": ")[2])
    assert words[:7] == [
        "aws",
        "--region",
        "eu-west-1",
        "autoscaling",
        "start-instance-refresh",
        "--auto-scaling-group-name",
        "web-1",
    ]
    assert json.loads(words[words.index("--desired-configuration") + 1]) == {
        "LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "1"}
    }
    preferences = json.loads(words[words.index("--preferences") + 1])
    assert "Wait" not in preferences.values(), "AWS waits an hour for a protected server and fails then"
    assert preferences["SkipMatching"]


def test_no_command_is_named_while_a_rollout_runs(cloud: Cloud):
    cloud.become(servers=servers(4, "2"), saved_version="2")
    cloud.history = [running("r-1", "2")]
    assert way_back(cloud) == ""


def test_servers_of_the_release_that_are_ill_are_not_to_be_replaced_by_the_same(cloud: Cloud):
    cloud.become(servers=servers(4, "1", healthy=False))
    assert "start-instance-refresh" not in way_back(cloud)
    assert "describe-scaling-activities --auto-scaling-group-name web-1" in way_back(cloud)


def test_a_release_launched_over_nothing_has_both_ways(cloud: Cloud):
    cloud.become(desired=0, servers=(), saved_version="2")
    cloud.kept[note_name(NAME)] = note(Phase.NOT_PROVEN, None).to_json()
    assert "`pulumi up` proves it" in way_back(cloud)
    assert "to bring 1.5.0 back, pin it" in way_back(cloud)


def test_the_row_of_a_fleet_changed_by_hand_shows_what_runs_and_not_the_record(
    project: Path, cloud: Cloud, capsys: Capture
):
    cloud.become(servers=servers(4, "2"), saved_version="2")
    cloud.history = [running("r-9", "2", Status.SUCCESSFUL)]
    assert strata(project, "status") == 5
    row, *lines = capsys.readouterr().out.splitlines()
    assert row.split("  ")[1].strip() == "template version 2"
    assert "recorded 1.5.0" in row
    assert lines[-1] == f"web: {way_back(cloud)}"


def test_the_json_of_status_names_the_way_back(project: Path, cloud: Cloud, capsys: Capture):
    cloud.become(servers=servers(4, "2"), saved_version="2")
    assert strata(project, "status", "--json") == 5
    (found,) = json.loads(capsys.readouterr().out)["services"]
    assert found["way_back"] == way_back(cloud)


def test_a_plan_does_not_call_live_what_is_only_recorded(project: Path, cloud: Cloud, capsys: Capture):
    cloud.become(servers=servers(4, "2"), saved_version="2")
    strata(project, "plan")
    said = capsys.readouterr().out
    assert "1.5.0 is pinned and recorded, and not what runs (template version 2)" in said
    assert way_back(cloud) in said


def test_a_deleted_template_version_of_the_record_leaves_no_tag_to_believe(cloud: Cloud):
    cloud.digests = dict.fromkeys(cloud.digests)
    driver: Any = cloud
    (found,) = look_at_servers(driver, "shop", "prod", {"web": 0})
    assert found.deviations == (
        LOST,
        "4 servers on template version 1",
        "the group launches template version 1",
    )
    assert found.way_back == (
        "a deleted template version does not come back: `pulumi up --refresh` writes the record again for what is "
        "pinned, and rolls to that where something else runs; or pin another image and run `pulumi up`"
    )


def test_a_group_of_another_template_is_led_back_too(cloud: Cloud):
    cloud.become(servers=servers(4, "1", template="lt-theirs"), template="lt-theirs")
    assert '"LaunchTemplateId":"lt-1"' in way_back(cloud)


def test_a_group_that_is_gone_comes_back_by_a_refresh_of_the_state(cloud: Cloud):
    cloud.live = None
    assert "`pulumi up --refresh`" in way_back(cloud)


def test_a_record_of_another_group_is_not_led_to_a_group_that_is_not_its_own(cloud: Cloud):
    cloud.kept[NAME] = replace(LIVE, group="web-0").to_json()
    assert "start-instance-refresh" not in way_back(cloud)


FORBIDDEN = [
    (veto_name(NAME, "1.5.0"), "vetoed for this service: loses orders"),
    (revocation_name("web", "1.5.0"), "revoked: loses orders"),
]


@pytest.mark.parametrize("parameter,why", FORBIDDEN)
def test_nobody_is_advised_to_bring_back_a_version_that_is_vetoed_or_revoked(
    project: Path, cloud: Cloud, capsys: Capture, parameter: str, why: str
):
    cloud.become(servers=servers(4, "2"), saved_version="2")
    cloud.kept[parameter] = "loses orders"
    assert strata(project, "status") == 5
    said = capsys.readouterr().out
    assert f"web: not the release: 1.5.0, which the record names, is {why}" in said
    assert "web: 1.5.0 must not come back: `strata rollout rollback prod web` goes back to a release before it" in said
    assert "start-instance-refresh" not in said
    assert "to bring 1.5.0 back" not in said
    assert "runs, and is" not in said


def test_a_group_that_is_gone_is_not_made_again_for_a_version_that_is_revoked(cloud: Cloud):
    cloud.live = None
    cloud.kept[revocation_name("web", "1.5.0")] = "loses orders"
    assert way_back(cloud).startswith("1.5.0 must not come back: ")


@pytest.mark.parametrize("parameter,why", FORBIDDEN)
def test_status_says_that_what_runs_is_vetoed_or_revoked(
    project: Path, cloud: Cloud, capsys: Capture, parameter: str, why: str
):
    cloud.kept[parameter] = "loses orders"
    assert strata(project, "status") == 0
    assert f"web: 1.5.0 runs, and is {why}\n" in capsys.readouterr().out
    strata(project, "status", "--json")
    (found,) = json.loads(capsys.readouterr().out)["services"]
    assert (found["forbidden"], found["deviations"]) == ([f"1.5.0 runs, and is {why}"], [])


def test_the_way_back_from_a_forbidden_version_is_the_command_that_brings_the_release_back(
    project: Path, cloud: Cloud, capsys: Capture
):
    cloud.kept |= {note_name(NAME): note(Phase.SUCCEEDED, "r-1").to_json(), veto_name(NAME, "1.6.0"): "loses orders"}
    cloud.become(servers=servers(4, "2"), saved_version="2")
    assert strata(project, "status") == 5
    said = capsys.readouterr().out
    assert "web: 1.6.0 runs, and is vetoed for this service: loses orders" in said
    assert "web: to bring 1.5.0 back: aws" in said
