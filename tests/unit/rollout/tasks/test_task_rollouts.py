"""Rollouts of containers on the local AWS: every strategy, good and bad, by the gate's verdict and from outside."""

from typing import Any

import pytest

from strata.errors import RolloutError
from strata.rollout.tasks.released_tasks import unrouted_tasks
from strata.rollout.tasks.task_views import RevisionView, TaskView
from tests.unit.rehearsal.cloud.container_requests import ROLE
from tests.unit.rehearsal.cloud.shop import BLUE_GREEN, CANARY, LINEAR, ROLLING
from tests.unit.rollout.tasks.rolled_shop import RolledShop

STRATEGIES = [
    ROLLING,
    {**BLUE_GREEN, "bakeTimeInMinutes": 2},
    {**LINEAR, "bakeTimeInMinutes": 2, "linearConfiguration": {"stepPercent": 50.0, "stepBakeTimeInMinutes": 2}},
    {**CANARY, "bakeTimeInMinutes": 2, "canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 2}},
]
"""Each minute of a bake time is four looks of the gate and twelve from outside."""


def name(value: object) -> str:
    return str(value.get("strategy", "ROLLING")) if isinstance(value, dict) else str(value)


def highest(configuration: dict[str, Any]) -> int:
    return 6 if configuration is ROLLING else 8


@pytest.mark.parametrize("configuration", STRATEGIES, ids=name)
async def test_a_good_release_is_rolled_and_recorded(shop: RolledShop, configuration: dict[str, Any]):
    shop.begin(configuration)
    good = shop.release("good")
    await shop.up(good)
    assert (shop.recorded, shop.running) == (good, {"good"})
    assert (shop.lowest, shop.highest) == (4, highest(configuration))
    assert shop.console.said[-1].startswith("web: rolled to web good")
    assert shop.console.said[-1].endswith("never fewer than 4 healthy tasks")


BAD = ["unhealthy", "crash", "cannot-pull", "alarm"]


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("configuration", STRATEGIES, ids=name)
async def test_a_bad_release_fails_is_taken_back_and_a_good_one_follows(
    shop: RolledShop, configuration: dict[str, Any], kind: str
):
    alarms: dict[str, Any] = {}
    if kind == "alarm":
        shop.alarms = (shop.aws.alarm(),)
        alarms = {"alarms": {"alarmNames": list(shop.alarms), "enable": True, "rollback": True}}
    first = shop.begin({**configuration, **alarms})
    weights = shop.weights()
    bad = shop.release("bad")
    shop.fault(kind, image=shop.push("bad"), **({"after": 45} if kind == "crash" else {}))
    with pytest.raises(RolloutError, match=r"the rollout to web bad .* was rolled back") as error:
        await shop.up(bad)
    assert (shop.recorded, shop.running, shop.weights()) == (first, {"first"}, weights)
    # ECS stops old tasks for new ones that are healthy for a moment; nothing else makes it go below the floor
    assert shop.lowest == (2 if kind == "crash" and configuration is ROLLING else 4)
    assert shop.highest <= highest(configuration)
    expected = {
        "unhealthy": "ServiceSchedulerInitiated: Task failed ELB health checks",
        "crash": "EssentialContainerExited: Essential container in task exited; web exited with 1",
        "cannot-pull": "TaskFailedToStart: CannotPullContainerError",
        "alarm": "web-5xx",
    }
    assert expected[kind] in str(error.value)
    shop.aws.wait(600)
    good = shop.release("good")
    await shop.up(good)
    assert (shop.recorded, shop.running) == (good, {"good"})


async def test_the_tasks_that_a_worker_has_run_for_long_are_healthy_when_its_rollout_begins(shop: RolledShop):
    shop.begin(ROLLING, routed=False)
    shop.aws.wait(600)
    await shop.up(shop.release("good"))
    assert shop.console.said[-1].endswith("never fewer than 4 healthy tasks")
    assert [line for line in shop.console.warned if "are healthy now" in line] == []


@pytest.mark.parametrize("configuration", [ROLLING, BLUE_GREEN], ids=name)
@pytest.mark.parametrize("age", [60, 600])
async def test_the_tasks_of_a_worker_that_gets_its_first_requests_are_healthy_until_the_new_ones_are(
    shop: RolledShop, configuration: dict[str, Any], age: int
):
    shop.begin(ROLLING, routed=False)
    shop.aws.wait(age)
    shop.watched_from_outside = False
    advanced = {"alternateTargetGroupArn": shop.green, "productionListenerRule": shop.rule, "roleArn": ROLE}
    balancer: dict[str, Any] = {"targetGroupArn": shop.blue, "containerName": "web", "containerPort": 8080}
    if configuration is BLUE_GREEN:
        balancer["advancedConfiguration"] = advanced
        shop.update(deploymentConfiguration=configuration)
        shop.configuration = configuration
    shop.parameters = {"loadBalancers": [balancer]}
    await shop.up(shop.release("good"))
    assert (shop.running, shop.console.warned) == ({"good"}, [])
    assert shop.console.said[-1].endswith("never fewer than 4 healthy tasks")


def test_only_the_tasks_that_knew_no_load_balancer_do_without_one():
    def task(number: int) -> TaskView:
        found = {"taskArn": f"task/{number}", "taskDefinitionArn": f"web:{number}", "lastStatus": "RUNNING"}
        return TaskView.from_api(found)

    routed = RevisionView("revision/2", "web:2", {"loadBalancers": [{"targetGroupArn": "blue"}]})
    assert unrouted_tasks([task(1), task(2), task(3)], [RevisionView("revision/1", "web:1", {}), routed, None]) == {"1"}
