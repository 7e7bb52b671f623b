"""A deployment that ECS never ends, and that the settings say to wait for."""

import pytest

from strata.errors import BusyError
from strata.rollout.tasks.deployment_progress import LASTING_SECONDS, DeploymentProgress
from strata.rollout.tasks.task_views import DeploymentView
from strata.settings.models import OnInProgress
from tests.unit.rehearsal.cloud.shop import ROLLING
from tests.unit.rollout.tasks.rolled_shop import RolledShop

BREAKER = {**ROLLING, "deploymentCircuitBreaker": {"enable": True, "rollback": True}}
"""Trips for no task that runs for a moment."""


@pytest.fixture
def waiting(shop: RolledShop) -> RolledShop:
    """A shop whose release 2 runs for a second, again and again, and whose settings say to wait for what is running."""
    shop.begin(BREAKER)
    shop.settings = {"on_in_progress": OnInProgress.WAIT}
    shop.fault("crash", image=shop.push("bad"), after=1)
    return shop


async def test_what_a_killed_up_has_left_without_end_is_superseded(waiting: RolledShop):
    bad, good = waiting.release("bad"), waiting.release("good")
    waiting.update(taskDefinition=bad.task_definition)
    waiting.aws.wait(14_400)
    assert waiting.latest()["status"] == "IN_PROGRESS", "nothing of AWS ends it"
    began = waiting.now()
    await waiting.up(good)
    assert waiting.now() - began < 1800
    assert [each["status"] for each in waiting.listed()][:2] == ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL"]
    assert (waiting.running, waiting.lowest) == ({"good"}, 4)
    assert any("has made no progress for" in line and "superseding it" in line for line in waiting.console.warned)


async def test_what_a_colleague_has_started_without_end_is_left_to_the_colleague(waiting: RolledShop):
    waiting.update(taskDefinition=waiting.define(waiting.push("bad")))
    waiting.watch(600)
    with pytest.raises(BusyError, match=r"which Strata did not start, has made no progress for \d+ s") as error:
        await waiting.up(waiting.release("good"))
    assert "rollout.on_in_progress: supersede" in str(error.value)
    assert waiting.latest()["status"] == "IN_PROGRESS"
    assert "first" in waiting.running


async def test_a_slow_deployment_is_waited_for_however_long_it_takes(waiting: RolledShop):
    # of ten tasks one starts after the other, each after a while that is nearly the deadline
    waiting.update(desiredCount=10)
    waiting.watch(300)
    waiting.settings |= {"progress_deadline_seconds": 300}
    waiting.update(deploymentConfiguration={**BREAKER, "maximumPercent": 110})
    waiting.aws.admin("boot", service="web", seconds=200)
    waiting.update(taskDefinition=waiting.release("slow").task_definition)
    began = waiting.now()
    await waiting.up(waiting.release("good"))
    assert waiting.now() - began > 1800
    assert [each["status"] for each in waiting.listed()][:2] == ["SUCCESSFUL", "SUCCESSFUL"]


def deployment(**values: object) -> DeploymentView:
    found = {"serviceDeploymentArn": "a/b/c", "status": "IN_PROGRESS", **values}
    return DeploymentView.from_api(found)


def test_tasks_that_run_for_a_moment_are_no_progress():
    progress = DeploymentProgress(0.0)
    looks = [(at, {f"task {at}", f"another {at}"} if at % 2 else set[str]()) for at in range(0, 600, 15)]
    still = [progress.look(float(at), deployment(), running, 2) for at, running in looks]
    assert still[-1] == looks[-1][0]


def test_each_task_that_lasts_is_progress_and_all_of_them_are_the_end_of_it():
    progress = DeploymentProgress(0.0)
    assert progress.look(100.0, deployment(), {"a"}, 2) == 100.0 - 100.0, "where it is was not known before"
    assert progress.look(130.0, deployment(), {"a"}, 2) == 30.0
    assert progress.look(100.0 + LASTING_SECONDS, deployment(), {"a"}, 2) == 0.0
    assert progress.look(400.0, deployment(), {"a"}, 2) == 400.0 - 160.0
    assert progress.look(500.0, deployment(), {"a", "b"}, 2) == 340.0
    assert progress.look(9000.0, deployment(), {"a", "b"}, 2) == 0.0
    assert progress.look(9100.0, deployment(), {"a"}, 2) == 100.0


@pytest.mark.parametrize(
    "changed",
    [{"lifecycleStage": "SCALE_UP"}, {"targetServiceRevision": {"arn": "r", "requestedProductionTrafficWeight": 50}}],
    ids=["stage", "traffic"],
)
def test_a_further_stage_or_more_traffic_is_progress(changed: dict[str, object]):
    progress = DeploymentProgress(0.0)
    progress.look(0.0, deployment(), set(), 2)
    assert progress.look(200.0, deployment(), set(), 2) == 200.0
    assert progress.look(300.0, deployment(**changed), set(), 2) == 0.0
