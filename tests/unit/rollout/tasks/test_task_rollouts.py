"""Rollouts of containers on the local AWS: every strategy, good and bad, by the gate's verdict and from outside."""

from typing import Any

import pytest

from strata.errors import RolloutError
from tests.unit.rehearsal.cloud.shop import BLUE_GREEN, CANARY, LINEAR, ROLLING
from tests.unit.rollout.tasks.rolled_shop import RolledShop

STRATEGIES = [ROLLING, BLUE_GREEN, LINEAR, CANARY]


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
