"""A group that somebody has set to no servers: nothing that is said of all its servers is a comfort."""

from dataclasses import replace
from typing import Any

import pytest

from strata.naming import revocation_name, veto_name
from strata.rollout.gated_service import DesiredRelease
from strata.rollout.servers.live_servers import LiveServers, look_at_servers
from strata.rollout.servers.server_deferral import kept_value
from strata.rollout.spec import RolloutOf
from strata.settings import ScheduleSettings, ServiceSettings
from tests.unit.rollout.stand_in import RELEASE, Stage, rollout, servers
from tests.unit.rollout.test_deferral import ASKED, OLD
from tests.unit.rollout.test_truth import LIVE, NAME, Cloud

NONE_WANTED = "the group wants no server, although capacity.min is 2"
STARTS = "`pulumi up --refresh` starts them"


@pytest.fixture
def stopped() -> Cloud:
    """A group of two servers at least, whose release is proven, and that has been set to none."""
    cloud = Cloud(kept={NAME: LIVE.to_json()})
    cloud.become(desired=0, servers=())
    return cloud


def look(cloud: Cloud) -> LiveServers:
    driver: Any = cloud
    (found,) = look_at_servers(driver, "shop", "prod", {"web": 2})
    return found


def test_a_group_stopped_by_hand_is_not_called_right(stopped: Cloud):
    assert (look(stopped).deviations, look(stopped).way_back) == ((NONE_WANTED,), f"to have servers again: {STARTS}")


def test_what_brings_another_release_back_says_how_to_start_its_servers(stopped: Cloud):
    stopped.become(desired=0, servers=(), saved_version="2")
    found = look(stopped)
    assert found.deviations == ("the group launches template version 2", NONE_WANTED)
    assert found.way_back.startswith("to bring 1.5.0 back: ")
    assert found.way_back.endswith(f"; {STARTS}")


def test_a_group_without_a_record_is_given_servers_before_anything_can_be_proven(stopped: Cloud):
    stopped.kept.clear()
    assert look(stopped).deviations[1:] == (NONE_WANTED,)
    assert look(stopped).way_back.endswith(f"once the group has some; {STARTS}")


@pytest.mark.parametrize("night, least", [(None, 2), (1, 2), (0, 0)])
def test_a_schedule_may_leave_a_group_without_servers(night: int | None, least: int):
    schedule = ScheduleSettings(recurrence="0 20 * * *", min=night, max=3)
    assert ServiceSettings(schedules={"night": schedule}).least == least


@pytest.mark.parametrize("version", [2, None])
async def test_up_says_that_nothing_runs(version: int | None):
    stage = Stage()
    stage.aws.kept[NAME] = RELEASE.to_json()
    stage.aws.become(desired=0, servers=(), saved_version="2")
    spec = replace(rollout().spec, least=2)
    same = DesiredRelease("web-1", RELEASE.image, RELEASE.digest, "lt-1", version)
    assert await kept_value(stage.calls, stage.clock, stage.console, spec, same, RELEASE.to_json()) is None
    assert stage.console.warned == [f"web: not the release {RELEASE.image}: {NONE_WANTED}"]
    assert stage.console.said == [f"web: to have servers again: {STARTS}"]


@pytest.mark.parametrize(
    "verdict", [veto_name(NAME, RELEASE.image.version), revocation_name("web", RELEASE.image.version)]
)
@pytest.mark.parametrize("saved", ["1", "2"], ids=["of another release", "of the release"])
async def test_up_tells_nobody_to_bring_back_or_to_start_a_version_that_must_not_run(verdict: str, saved: str):
    stage = Stage()
    stage.aws.kept |= {NAME: RELEASE.to_json(), verdict: "loses orders"}
    stage.aws.become(desired=0, servers=(), saved_version=saved)
    spec = replace(rollout().spec, least=2)
    same = DesiredRelease("web-1", RELEASE.image, RELEASE.digest, "lt-1", 2)
    await kept_value(stage.calls, stage.clock, stage.console, spec, same, RELEASE.to_json())
    assert "which the record names, is" in stage.console.warned[0]
    (said,) = stage.console.said
    assert said.startswith("web: 1.5.0 must not come back: `strata rollout rollback prod web`")
    assert "autoscaling" not in said
    assert "--refresh" not in said


@pytest.mark.parametrize("version", [2, None])
async def test_a_release_that_cannot_be_proven_comes_with_what_would_start_its_servers(version: int | None):
    stage = Stage()
    stage.aws.kept[NAME] = OLD.to_json()
    stage.aws.become(desired=0, servers=())
    asked = replace(ASKED, template_version=version)
    await kept_value(stage.calls, stage.clock, stage.console, replace(rollout().spec, least=2), asked, OLD.to_json())
    assert stage.console.warned[-1].endswith(f" Since capacity.min is 2, it should have some: {STARTS}.")


@pytest.mark.parametrize(
    "desired, said",
    [
        (0, "web: no server runs, so none is replaced; 1.5.0 was proven before"),
        (4, "web: every server runs 1.5.0 already, none is replaced"),
    ],
)
async def test_up_does_not_claim_that_every_server_runs_a_release_where_there_is_none(desired: int, said: str):
    stage = Stage()
    stage.aws.become(desired=desired, servers=servers(desired, "2"), saved_version="2")
    again: RolloutOf[Any, Any] = rollout()
    await stage.roll.next(again, RELEASE)
    assert stage.console.said[-1] == said
