"""A container service that somebody has set to no tasks: nothing that is said of all its tasks is a comfort."""

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from strata.naming import veto_name
from strata.rollout.gated_service import DesiredRelease
from strata.rollout.record import NOTHING_PROVEN, TaskRelease
from tests.unit.rehearsal.cloud.shop import ROLLING
from tests.unit.rollout.tasks.rolled_shop import RECORD, RolledShop
from tests.unit.rollout.tasks.test_live_tasks import (
    MAY_HAVE_NONE,
    TAGS,
    begin,
    look,
    project_with,
    strata,
)

Capture = pytest.CaptureFixture[str]
NONE_WANTED = "the service wants no task, although capacity.min is 2"
STARTS = "ecs update-service --cluster shop --service web --desired-count 2` starts them"


@pytest.fixture
def stopped(shop: RolledShop) -> RolledShop:
    """A service of two tasks at least, whose release is proven, and that has been set to none."""
    begin(shop)
    shop.least = 2
    shop.update(desiredCount=0)
    shop.aws.wait(300)
    return shop


@pytest.fixture
def project(stopped: RolledShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with it."""
    return project_with(stopped, tmp_path, monkeypatch)


def asked(release: TaskRelease) -> DesiredRelease:
    return DesiredRelease(release.service, release.image, release.digest, task_definition=release.task_definition)


def pasted(shop: RolledShop, way_back: str) -> None:
    """Carry out the command of a line as AWS's command line would."""
    words = shlex.split(way_back.partition("update-service ")[2].partition("`")[0])
    given = dict(zip(words[::2], words[1::2], strict=True))
    changes: dict[str, Any] = {"desiredCount": int(given["--desired-count"])}
    if "--task-definition" in given:
        changes["taskDefinition"] = given["--task-definition"]
    shop.update(**changes)


def test_a_service_stopped_by_hand_is_not_called_right(stopped: RolledShop, project: Path, capsys: Capture):
    assert strata(project, "status") == 5
    said = capsys.readouterr().out
    assert f"web: not the release: {NONE_WANTED}" in said
    assert STARTS in said
    strata(project, "plan")
    said = capsys.readouterr().out
    assert f"not the release: {NONE_WANTED}" in said
    assert STARTS in said
    pasted(stopped, look(stopped).way_back)
    stopped.aws.wait(300)
    assert strata(project, "status") == 0


def test_a_service_that_may_have_no_tasks_lacks_none(stopped: RolledShop):
    assert (look(stopped, MAY_HAVE_NONE).deviations, look(stopped, MAY_HAVE_NONE).way_back) == ((), "")


def test_a_plan_does_not_call_live_what_no_task_runs(stopped: RolledShop):
    from strata.rollout.service_plan import headline_of_recorded

    for settings in (MAY_HAVE_NONE, None):
        found = look(stopped, settings) if settings else look(stopped)
        assert headline_of_recorded(found, "first", None).startswith(
            "web: first is pinned and recorded, and no task runs;"
        )


def test_what_brings_another_release_back_starts_its_tasks_too(stopped: RolledShop):
    stopped.deploy(stopped.push("other"))
    stopped.aws.wait(300)
    found = look(stopped)
    assert found.deviations[-1] == NONE_WANTED
    pasted(stopped, found.way_back)
    stopped.until_ended()
    stopped.aws.wait(120)
    assert (look(stopped).deviations, stopped.running) == ((), {"first"})


def test_a_service_without_a_record_is_given_tasks_before_anything_can_be_proven(shop: RolledShop):
    shop.create(ROLLING, desired=0, tags=TAGS)
    shop.aws.wait(60)
    found = look(shop)
    assert found.deviations[0].startswith("no release is proven: no task ran ")
    assert found.deviations[1:] == (NONE_WANTED,)
    waits = " waits for its tasks and records what they prove, once the service "
    assert found.way_back.startswith(f"`pulumi up --refresh`{waits}")
    assert found.way_back.endswith(STARTS)
    # an `up` that found no task has made one
    shop.aws.ssm.put_parameter(Name=RECORD, Value=NOTHING_PROVEN, Type="String")
    assert look(shop).way_back.startswith(f"`pulumi up`{waits}")


def test_a_record_that_somebody_has_deleted_is_seen_by_a_refresh_only(shop: RolledShop):
    begin(shop)
    shop.aws.ssm.delete_parameter(Name=RECORD)
    assert look(shop).way_back.startswith("`pulumi up --refresh` waits for its tasks")


async def test_up_says_that_nothing_runs_where_the_record_is_right(stopped: RolledShop):
    assert stopped.recorded is not None
    assert await stopped.kept(asked(stopped.recorded)) is None
    (said,) = stopped.console.warned
    assert said.startswith(f"web: no task runs {stopped.recorded.image}: {NONE_WANTED}; ")
    assert said.endswith(STARTS)


async def test_up_tells_nobody_to_start_tasks_of_a_version_that_must_not_run(stopped: RolledShop):
    assert stopped.recorded is not None
    veto = veto_name(RECORD, stopped.recorded.image.version)
    stopped.aws.ssm.put_parameter(Name=veto, Value="loses orders", Type="String")
    await stopped.kept(asked(stopped.recorded))
    (said,) = stopped.console.warned
    assert "first must not come back: `strata rollout rollback dev web`" in said
    assert STARTS not in said


async def test_a_preview_knows_that_its_change_may_raise_the_number_of_tasks(stopped: RolledShop):
    assert stopped.recorded is not None
    await stopped.kept(replace(asked(stopped.recorded), task_definition=None))
    assert f"{NONE_WANTED}; unless this change raises it, " in stopped.console.warned[-1]


async def test_up_says_nothing_of_a_service_that_may_have_no_tasks(stopped: RolledShop):
    stopped.least = 0
    assert stopped.recorded is not None
    await stopped.kept(asked(stopped.recorded))
    assert stopped.console.warned == []


async def test_up_does_not_claim_that_every_task_runs_a_release_where_there_is_none(stopped: RolledShop):
    await stopped.up(stopped.release("first"))
    assert stopped.console.said[-1] == "web: no task runs, so none is replaced; first was proven before"


async def test_a_release_that_cannot_be_proven_comes_with_what_would_start_its_tasks(stopped: RolledShop):
    good = stopped.release("good")
    value = stopped.aws.ssm.get_parameters(Names=[RECORD])["Parameters"][0]["Value"]
    for definition in (None, good.task_definition):
        kept = await stopped.kept(replace(asked(good), task_definition=definition))
        assert kept == value
        assert "Since capacity.min is 2, it should have some: `" in stopped.console.warned[-1]
        assert stopped.console.warned[-1].endswith(f"{STARTS}.")
    assert look(stopped).way_back.startswith("`pulumi up` proves it once the service has tasks, and `")


@pytest.mark.parametrize("content", ["other", "first"])
async def test_a_deployment_of_something_else_that_nobody_watches_is_reported_where_the_record_is_asked_for(
    shop: RolledShop, content: str
):
    begin(shop)
    assert shop.recorded is not None
    definition = shop.service()["taskDefinition"] if content == "first" else None
    if definition is None:
        shop.deploy(shop.push(content))
    else:
        shop.update(taskDefinition=definition, forceNewDeployment=True)
    assert await shop.kept(asked(shop.recorded)) is None
    if content == "first":
        assert shop.console.warned == [], "fresh tasks of the release"
        return
    (said,) = shop.console.warned
    assert "web: not the release web first" in said
    assert "is running (" in said
    assert "and brings something else; `strata rollout watch dev web` follows it" in said
