"""Requests move to new tasks that last, and to no others: what the gate holds, for how long, and what it says of it."""

from typing import Any

import pytest

from strata.errors import RolloutError
from tests.unit.rehearsal.cloud.shop import BLUE_GREEN, CANARY, LINEAR
from tests.unit.rollout.tasks.rolled_shop import RolledShop
from tests.unit.rollout.tasks.test_task_adoption import HELD, PAUSED, begin, killed, name

SHIFTING = [{**each, "lifecycleHooks": [PAUSED]} for each in (BLUE_GREEN, LINEAR, CANARY)]
HOLD = 60
HEALTHY_AFTER = 20
"""Two checks of the target group."""


class Requests:
    """How many percent of them go to the new tasks, seen from outside all the while."""

    def __init__(self, shop: RolledShop, monkeypatch: pytest.MonkeyPatch) -> None:
        look = shop.look
        self.seen: list[tuple[float, int]] = []
        self.all_healthy_at: float | None = None
        """When as many as desired were first healthy beside the old ones."""

        def looking() -> Any:
            found = look()
            self.seen.append((shop.now(), shop.weights()[1]))
            passing = [each for each in found["tasks"] if each["state"] == "RUNNING" and each["targets"] == ["healthy"]]
            if self.all_healthy_at is None and len(passing) >= 2 * found["desired"]:
                self.all_healthy_at = shop.now()
            return found

        monkeypatch.setattr(shop, "look", looking)

    @property
    def most(self) -> int:
        return max(percent for _, percent in self.seen)

    @property
    def moved_at(self) -> float:
        return next(at for at, percent in self.seen if percent)


def held(shop: RolledShop) -> list[str]:
    return [line for line in shop.console.said if "the deployment is held" in line]


@pytest.mark.parametrize("configuration", SHIFTING, ids=name)
@pytest.mark.parametrize("after", [45, HEALTHY_AFTER + HOLD - 5])
async def test_a_release_that_dies_soon_after_its_first_healthy_moment_gets_no_request(
    shop: RolledShop, monkeypatch: pytest.MonkeyPatch, configuration: dict[str, Any], after: int
):
    begin(shop, configuration)
    bad = shop.release("bad")
    shop.fault("crash", image=shop.push("bad"), after=after)
    requests = Requests(shop, monkeypatch)
    with pytest.raises(RolloutError, match=r"was rolled back: \d tasks of the new release failed, of 4") as error:
        await shop.up(bad)
    assert (requests.most, shop.lowest, shop.running) == (0, 4, {"first"})
    assert "EssentialContainerExited: Essential container in task exited; web exited with 1" in error.value.message
    assert "the last lines of its log" in error.value.message
    assert len(held(shop)) == 1


async def test_requests_move_once_the_new_tasks_have_lasted_and_that_is_said_once(
    shop: RolledShop, monkeypatch: pytest.MonkeyPatch
):
    begin(shop, HELD)
    requests = Requests(shop, monkeypatch)
    await shop.up(shop.release("good"))
    assert requests.all_healthy_at is not None
    assert HOLD <= requests.moved_at - requests.all_healthy_at <= HOLD + 2 * shop.poll_seconds
    (said,) = held(shop)
    assert said == (
        "web: 4 new tasks are healthy; the deployment is held at 0 % of the traffic until they have been healthy for "
        "60 s without interruption"
    )
    assert any("PRODUCTION_TRAFFIC_SHIFT (held for 45 s more) 0 %" in line for line in shop.console.ticks)


async def test_what_has_lasted_before_the_first_step_is_not_held_before_the_next(shop: RolledShop):
    begin(shop, {**CANARY, "lifecycleHooks": [PAUSED]})
    shop.min_ready_seconds = 200
    await shop.up(shop.release("good"))
    answered = [line for line in shop.console.said if "the deployment continues" in line]
    assert (len(held(shop)), len(answered)) == (1, 2)


async def test_an_up_that_adopts_what_has_lasted_already_does_not_hold_it(shop: RolledShop):
    begin(shop, HELD)
    good = shop.release("good")
    await killed(shop, good, 30)
    shop.watch(600)
    began = shop.now()
    await shop.up(good)
    assert held(shop) == []
    assert (shop.running, shop.weights()) == ({"good"}, (0, 100))
    assert shop.now() - began < 2 * shop.poll_seconds + 5 * 60 + 120


async def test_an_up_that_adopts_what_has_just_begun_to_wait_holds_it(
    shop: RolledShop, monkeypatch: pytest.MonkeyPatch
):
    begin(shop, HELD)
    good = shop.release("good")
    await killed(shop, good, 30)
    while not shop.latest()["lifecycleHookDetails"]:
        shop.watch(5)
    requests, began = Requests(shop, monkeypatch), shop.now()
    await shop.up(good)
    assert requests.moved_at - began >= HOLD
    assert len(held(shop)) == 1


async def test_a_task_that_an_operator_stops_is_no_failure_and_its_successor_has_to_last(
    shop: RolledShop, monkeypatch: pytest.MonkeyPatch
):
    begin(shop, HELD)
    good = shop.release("good")
    requests = Requests(shop, monkeypatch)
    say, stopped_at = shop.console.say, list[float]()

    def stopping(line: str) -> None:
        say(line)
        if "the deployment is held" in line:
            own = next(each for each in shop.tasks() if each["taskDefinitionArn"] == good.task_definition)
            shop.aws.ecs.stop_task(cluster="shop", task=own["taskArn"])
            stopped_at.append(shop.now())

    monkeypatch.setattr(shop.console, "say", stopping)
    await shop.up(good)
    assert (shop.running, shop.lowest) == ({"good"}, 4)
    assert requests.moved_at - stopped_at[0] >= HOLD + HEALTHY_AFTER


async def test_a_scale_out_meanwhile_does_not_prolong_it(shop: RolledShop, monkeypatch: pytest.MonkeyPatch):
    begin(shop, HELD)
    requests = Requests(shop, monkeypatch)
    shop.min_ready_seconds = 200
    say = shop.console.say

    def growing(line: str) -> None:
        say(line)
        if "the deployment is held" in line:
            shop.update(desiredCount=5)

    monkeypatch.setattr(shop.console, "say", growing)
    await shop.up(shop.release("good"))
    assert requests.all_healthy_at is not None
    assert requests.moved_at - requests.all_healthy_at <= 200 + 2 * shop.poll_seconds
    assert len(shop.tasks()) == 5


async def test_a_pause_that_ends_while_the_gate_holds_ends_with_what_it_was_waiting_for(shop: RolledShop):
    begin(shop, {**HELD, "lifecycleHooks": [{**PAUSED, "timeoutConfiguration": {"timeoutInMinutes": 1}}]})
    shop.min_ready_seconds = 90
    with pytest.raises(RolloutError, match="the gate had not continued it: 0 of 4 new tasks had been healthy for 90 s"):
        await shop.up(shop.release("good"))
