"""Requests of the deployer whose answers are lost or refused: each is made once, and nothing is green by mistake."""

from collections.abc import Callable
from typing import Any

import pytest

from strata.errors import BusyError, RolloutError
from strata.rollout.deployer import Outcome
from strata.rollout.roll import Roll
from strata.rollout.tasks.async_task_driver import AsyncTaskDriver
from strata.rollout.tasks.task_deployer import TaskDeployer
from strata.rollout.tasks.task_driver import TaskDriver
from strata.rollout.tasks.task_spec import TaskRollout
from tests.unit.rehearsal.cloud.shop import BLUE_GREEN, CANARY, ROLLING
from tests.unit.rollout.tasks.rolled_shop import POLL_SECONDS, RolledShop
from tests.unit.rollout.tasks.test_task_adoption import HELD, begin


class Lost(Exception):  # noqa: N818  reads as what it is
    """What botocore raises when a connection breaks."""

    def __init__(self, status: int = 503, code: str = "ServiceUnavailable") -> None:
        super().__init__(code)
        self.response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}


class WeatheredDriver(TaskDriver):
    """Loses requests on their way, or their answers on the way back."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        super().__init__(client)
        self.before: dict[str, list[Exception]] = {}
        self.after: dict[str, list[Exception]] = {}
        self.made: list[str] = []


def _weathered(name: str) -> Any:
    call = getattr(TaskDriver, name)

    def made(self: WeatheredDriver, *args: Any, **kwargs: Any) -> Any:
        if lost := self.before.get(name):
            raise lost.pop(0)
        answer = call(self, *args, **kwargs)
        self.made.append(name)
        if lost := self.after.get(name):
            raise lost.pop(0)
        return answer

    made.__name__ = name
    return made


READS = [
    *("service", "deployments", "last_success", "deployment", "revision", "definition", "tasks", "healthy_addresses"),
    *("routing", "free_addresses", "manifest", "ways", "refused_actions", "caller", "alarm_states", "parameters"),
]
CALLS = [*READS, "update", "configure", "stop", "answer_hook"]
for each in CALLS:
    setattr(WeatheredDriver, each, _weathered(each))


SOON_STEADY = {**HELD, "bakeTimeInMinutes": 1}
"""A bake time adds nothing but looks, at every call of which there was an outage before it."""


@pytest.fixture
def weather(shop: RolledShop) -> WeatheredDriver:
    shop.driver = WeatheredDriver(lambda service: getattr(shop.aws, service))
    return shop.driver


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", CALLS)
async def test_an_outage_at_any_call_changes_nothing(shop: RolledShop, weather: WeatheredDriver, name: str, when: str):
    shop.alarms = (shop.aws.alarm(),)
    begin(shop, SOON_STEADY)
    getattr(weather, when)[name] = [Lost(), Lost(400, "ThrottlingException")]
    good = shop.release("good")
    await shop.up(good)
    assert (shop.recorded, shop.running, shop.lowest, len(shop.listed())) == (good, {"good"}, 4, 2)
    assert weather.made.count("update") == weather.made.count("answer_hook") == 1


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("configuration", [ROLLING, CANARY], ids=["ROLLING", "CANARY"])
async def test_a_stop_whose_answer_is_lost_stops_once(
    shop: RolledShop, weather: WeatheredDriver, configuration: dict[str, Any], when: str
):
    shop.begin({**configuration, "deploymentCircuitBreaker": {"enable": False, "rollback": False}})
    shop.fault("unhealthy", image=shop.push("bad"))
    getattr(weather, when)["stop"] = [Lost(), Lost(), Lost()]
    with pytest.raises(RolloutError, match="was rolled back: no further task of the new release became healthy"):
        await shop.up(shop.release("bad"))
    assert (weather.made.count("stop"), shop.running, shop.lowest) == (1, {"first"}, 4)


async def test_a_stop_that_is_refused_says_what_to_run(shop: RolledShop, weather: WeatheredDriver):
    shop.begin(CANARY)
    shop.fault("unhealthy", image=shop.push("bad"))
    weather.before["stop"] = [Lost(400, "AccessDeniedException")]
    with pytest.raises(Lost):
        await shop.up(shop.release("bad"))
    arn = shop.latest()["serviceDeploymentArn"]
    command = f"aws ecs stop-service-deployment --region eu-west-1 --stop-type ROLLBACK --service-deployment-arn {arn}"
    assert "THE ROLLOUT COULD NOT BE STOPPED" in shop.console.warned[-1]
    assert command in shop.console.warned[-1]


async def test_an_alarm_that_is_deleted_meanwhile_ends_the_rollout(shop: RolledShop, weather: WeatheredDriver):
    shop.alarms = (shop.aws.alarm(),)
    watched = {"alarms": {"alarmNames": list(shop.alarms), "enable": True, "rollback": True}}
    shop.begin({**CANARY, **watched})
    states = weather.alarm_states
    seen = iter(range(3))
    weather.alarm_states = lambda names: states(names) if next(seen, None) is not None else {}
    with pytest.raises(RolloutError, match="web-5xx gated the rollout and was deleted"):
        await shop.up(shop.release("good"))
    assert shop.running == {"first"}


async def test_the_word_of_aws_is_not_enough_when_somebody_deploys_meanwhile(shop: RolledShop):
    shop.begin(ROLLING)
    other, good = shop.release("other"), shop.release("good")

    class Meddled(TaskDeployer):
        async def verify(self, rollout: TaskRollout, outcome: Outcome) -> None:
            shop.update(taskDefinition=other.task_definition)
            await super().verify(rollout, outcome)

    deployer = Meddled(AsyncTaskDriver(shop.driver, lambda: None), shop, shop.console, POLL_SECONDS)
    with pytest.raises(BusyError, match=r"AWS reports success, but deployment .* has begun since"):
        await Roll(deployer, shop, shop.console, POLL_SECONDS).next(shop.rollout(good), shop.recorded)


async def test_a_floor_that_breaks_ends_the_rollout(shop: RolledShop):
    shop.begin(CANARY)
    good = shop.release("good")
    shop.fault("crash", image=shop.push("good"), after=200)
    with pytest.raises(RolloutError, match=r"was rolled back: \d healthy, under the floor of 4"):
        await shop.up(good)
    assert shop.running == {"first"}
    assert shop.weights() == (100, 0)


@pytest.mark.parametrize("poll_seconds", [15.0, 90.0])
@pytest.mark.parametrize("back", [True, False])
async def test_a_success_of_aws_that_does_not_hold_is_taken_back_by_the_gate(
    shop: RolledShop, back: bool, poll_seconds: float
):
    shop.begin({**ROLLING, "maximumPercent": 200})
    shop.settings = {"auto_rollback": back, "min_healthy_percent": 0}
    shop.fault("crash", image=shop.push("bad"), after=45)
    shop.poll_seconds = poll_seconds
    with pytest.raises(RolloutError, match=r"web bad .* is not proven: ") as error:
        await shop.up(shop.release("bad"))
    assert "stopped by EssentialContainerExited" in str(error.value)
    assert ("the gate has deployed task definition web:1, which ran before: SUCCESSFUL" in str(error.value)) == back
    assert shop.running == ({"first"} if back else {"bad"})


async def test_tasks_that_died_before_the_gate_looked_count_although_their_successors_are_healthy(shop: RolledShop):
    shop.begin(ROLLING)
    shop.fault("crash", image=shop.push("bad"), after=300)
    bad = shop.release("bad")

    class Late(TaskDeployer):
        async def verify(self, rollout: TaskRollout, outcome: Outcome) -> None:
            # every task dies once, and the next ones live as long again
            await shop.sleep(340)
            await super().verify(rollout, outcome)

    deployer = Late(AsyncTaskDriver(shop.driver, lambda: None), shop, shop.console, POLL_SECONDS)
    with pytest.raises(
        RolloutError, match=r"4 tasks, of 4 desired, failed since ECS was content; .*the gate has deployed"
    ):
        await Roll(deployer, shop, shop.console, POLL_SECONDS).next(shop.rollout(bad), shop.recorded)
    assert shop.running == {"first"}


async def test_a_task_that_no_request_reaches_proves_nothing(shop: RolledShop):
    shop.begin(BLUE_GREEN)

    class Swapped(TaskDeployer):
        async def verify(self, rollout: TaskRollout, outcome: Outcome) -> None:
            groups = [{"TargetGroupArn": shop.blue, "Weight": 100}, {"TargetGroupArn": shop.green, "Weight": 0}]
            shop.aws.elbv2.modify_rule(
                RuleArn=shop.rule, Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]
            )
            await super().verify(rollout, outcome)

    deployer = Swapped(AsyncTaskDriver(shop.driver, lambda: None), shop, shop.console, POLL_SECONDS)
    shop.settings = {"auto_rollback": False}
    with pytest.raises(RolloutError, match=f"the requests go to target group {shop.blue}, where no task is healthy"):
        await Roll(deployer, shop, shop.console, POLL_SECONDS).next(shop.rollout(shop.release("good")), shop.recorded)


async def test_ecs_has_no_deletion_protection_and_none_is_claimed(shop: RolledShop):
    shop.begin(ROLLING)
    await shop.deployer.hold(shop.arn, protect=True)
    await shop.deployer.hold_again("web", shop.arn)
    assert (shop.console.said, shop.console.warned) == ([], [])
