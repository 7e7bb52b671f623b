"""Containers that are asked whether they work while their deployment can still be taken back."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from strata import Stage
from strata.errors import PreflightError, RolloutError
from strata.rollout.record import TaskRelease
from strata.rollout.roll import Roll
from strata.rollout.tasks.deployment_plan import plan_deployment
from strata.rollout.tasks.task_spec import TaskSpec
from strata.rollout.verifying.release_question import Attempt, ReleaseQuestion
from strata.rollout.verifying.verification_plan import describe_verification
from strata.settings import ContainerServiceSettings, for_stage
from strata.settings.models import VerifySettings
from tests.unit.rehearsal.cloud.shop import BLUE_GREEN, CANARY, LINEAR, ROLLING
from tests.unit.rollout.tasks.rolled_shop import RECORD, RolledShop
from tests.unit.rollout.tasks.test_held_shifts import Requests
from tests.unit.rollout.tasks.test_task_adoption import PAUSED, begin, name

CANARY_SHORT = {**CANARY, "canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 2}}
CONFIGURATIONS = pytest.mark.parametrize(
    "configuration",
    [ROLLING, {**BLUE_GREEN, "bakeTimeInMinutes": 5}, {**CANARY_SHORT, "bakeTimeInMinutes": 5}],
    ids=lambda each: str(each.get("strategy", "ROLLING")),
)


class AskedShop:
    """Answers for a shop, and notes what of it ran and had requests when it was asked."""

    def __init__(self, shop: RolledShop, *, good: bool) -> None:
        self.shop = shop
        self.good = good
        self.weights: list[Any] = []
        self.mixed: list[bool] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str | None] = []
        shop.settings = {"verify": VerifySettings(path="/version", attempts=2)}

    async def __call__(self, question: ReleaseQuestion, mixed: bool) -> Attempt:
        self.headers.append(dict(question.test_headers))
        self.paths.append(question.settings.path)
        self.weights.append(self.shop.weights())
        self.mixed.append(mixed)
        return Attempt(good=self.good, seen=f"GET {question.settings.path} answered")

    async def up(self, release: TaskRelease) -> None:
        shop = self.shop
        roll = Roll(shop.deployer, shop, shop.console, shop.poll_seconds, self)
        await roll.next(shop.rollout(release), shop.recorded)
        shop.recorded = replace(release)


@CONFIGURATIONS
async def test_they_are_asked_once_all_requests_reach_them(shop: RolledShop, configuration: dict[str, Any]):
    shop.begin(configuration)
    asked = AskedShop(shop, good=True)
    await asked.up(shop.release("good"))
    assert asked.weights == [shop.weights()], "no request goes anywhere else than after it"
    assert asked.mixed == [False]
    assert shop.running == {"good"}
    assert "web: verified: GET /version answered" in shop.console.said


@CONFIGURATIONS
async def test_what_answers_wrongly_is_taken_back(shop: RolledShop, configuration: dict[str, Any]):
    first = shop.begin(configuration)
    weights = shop.weights()
    asked = AskedShop(shop, good=False)
    with pytest.raises(RolloutError, match="verification failed in 2 attempts: GET /version answered"):
        await asked.up(shop.release("bad"))
    assert len(asked.weights) == 2
    assert (shop.recorded, shop.running, shop.weights()) == (first, {"first"}, weights)
    assert shop.lowest == 4


PAUSE_MINUTES = 30
"""Those of `PAUSED`."""
HEADERS = {"X-Strata-Test": "true"}
BOTH = {**PAUSED, "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT"]}
TESTED = pytest.mark.parametrize(
    "configuration",
    [{**each, "lifecycleHooks": [BOTH], "bakeTimeInMinutes": 1} for each in (BLUE_GREEN, CANARY_SHORT, LINEAR)],
    ids=name,
)


def begin_tested(shop: RolledShop, configuration: dict[str, Any]) -> str:
    """The service has run one release without test requests; the next one brings their rule. Returns its ARN."""
    begin(shop, configuration)
    groups = [{"TargetGroupArn": shop.blue, "Weight": 100}, {"TargetGroupArn": shop.green, "Weight": 0}]
    rule: str = shop.aws.elbv2.create_rule(
        ListenerArn=shop.aws.listener,
        Priority=2,
        Conditions=[
            {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Strata-Test", "Values": ["true"]}}
        ],
        Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
    )["Rules"][0]["RuleArn"]
    balancer = shop.service()["loadBalancers"][0]
    advanced = {**balancer["advancedConfiguration"], "testListenerRule": rule}
    shop.parameters = {"loadBalancers": [{**balancer, "advancedConfiguration": advanced}]}
    shop.test_headers = HEADERS
    return rule


def weights_of(shop: RolledShop, rule: str) -> tuple[int, int]:
    production, shop.rule = shop.rule, rule
    found = shop.weights()
    shop.rule = production
    return found


@TESTED
async def test_they_are_asked_by_test_requests_before_any_other_request_reaches_them(
    shop: RolledShop, configuration: dict[str, Any]
):
    rule = begin_tested(shop, configuration)
    asked = AskedShop(shop, good=True)
    await asked.up(shop.release("good"))
    assert asked.weights == [(100, 0)], "all other requests go to the release before"
    assert asked.headers == [HEADERS], "they are not asked again when those have moved"
    assert (shop.running, shop.weights(), weights_of(shop, rule)) == ({"good"}, (0, 100), (0, 100))
    await asked.up(shop.release("better"))
    assert asked.weights == [(100, 0), (0, 100)]
    assert (shop.running, shop.weights(), weights_of(shop, rule)) == ({"better"}, (100, 0), (100, 0))


@TESTED
async def test_what_answers_test_requests_wrongly_never_gets_another_one(
    shop: RolledShop, monkeypatch: pytest.MonkeyPatch, configuration: dict[str, Any]
):
    rule = begin_tested(shop, configuration)
    first, asked, requests = shop.recorded, AskedShop(shop, good=False), Requests(shop, monkeypatch)
    with pytest.raises(RolloutError, match="was rolled back: verification failed in 2 attempts: GET /version answered"):
        await asked.up(shop.release("bad"))
    assert (asked.headers, len(requests.seen) > 0, requests.most) == ([HEADERS] * 2, True, 0)
    assert (shop.recorded, shop.running, shop.weights(), weights_of(shop, rule)) == (
        first,
        {"first"},
        (100, 0),
        (100, 0),
    )


async def test_a_release_that_nobody_verifies_any_more_goes_back_without_a_request(
    shop: RolledShop, monkeypatch: pytest.MonkeyPatch
):
    begin_tested(shop, {**BLUE_GREEN, "lifecycleHooks": [BOTH]})
    shop.settings = {"verify": VerifySettings(path="/version")}
    requests, begun = Requests(shop, monkeypatch), asyncio.Event()

    async def never(_question: ReleaseQuestion, _mixed: bool) -> Attempt:
        begun.set()
        return await asyncio.Future[Attempt]()

    roll = Roll(shop.deployer, shop, shop.console, shop.poll_seconds, never)
    up = asyncio.ensure_future(roll.next(shop.rollout(shop.release("unasked")), shop.recorded))
    await begun.wait()
    up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await up
    assert shop.latest()["lifecycleStage"] == "POST_TEST_TRAFFIC_SHIFT"
    await shop.sleep(60 * PAUSE_MINUTES + 120)
    assert (shop.latest()["status"], shop.running) == ("ROLLBACK_SUCCESSFUL", {"first"})
    assert (len(requests.seen) > 0, requests.most) == (True, 0)


async def test_one_that_a_person_lets_continue_by_hand_still_waits_to_be_verified(shop: RolledShop):
    begin_tested(shop, {**BLUE_GREEN, "lifecycleHooks": [BOTH]})
    asked = AskedShop(shop, good=True)

    async def slowly(question: ReleaseQuestion, mixed: bool) -> Attempt:
        if len(asked.weights) == 0:
            found = shop.latest()
            waiting = [each["hookId"] for each in found["lifecycleHookDetails"] if each["status"] == "AWAITING_ACTION"]
            for hook in waiting:
                shop.aws.ecs.continue_service_deployment(
                    serviceDeploymentArn=found["serviceDeploymentArn"], hookId=hook
                )
            shop.aws.wait(300)
            assert shop.weights() == (100, 0), "the gate answers the next hook, and has not"
        return await asked(question, mixed)

    roll = Roll(shop.deployer, shop, shop.console, shop.poll_seconds, slowly)
    await roll.next(shop.rollout(shop.release("good")), shop.recorded)
    assert (asked.headers, shop.weights()) == ([HEADERS], (0, 100))


COMMANDS = [{"command": ("./smoke.sh",)}, {"path": "/version", "command": ("./smoke.sh",)}]


@TESTED
@pytest.mark.parametrize("verify", COMMANDS, ids=["alone", "after requests"])
async def test_a_command_is_run_again_once_all_requests_have_moved_since_nobody_sees_what_it_sends(
    shop: RolledShop, configuration: dict[str, Any], verify: dict[str, Any]
):
    begin_tested(shop, {**configuration, "bakeTimeInMinutes": 5})
    asked = AskedShop(shop, good=True)
    shop.settings = {"verify": VerifySettings(**verify)}
    await asked.up(shop.release("good"))
    assert (asked.headers, asked.weights) == ([HEADERS, {}], [(100, 0), (0, 100)])
    assert asked.paths == [verify.get("path"), None], "its requests had the header, and are not made again"
    first, second = (line for line in shop.console.said if "verified" in line)
    assert first.startswith("web: verified by test requests: ")
    assert "whether the command sent X-Strata-Test: true was not seen, so it is run again" in first
    assert second.startswith("web: verified: ")
    assert shop.running == {"good"}


@TESTED
async def test_a_command_that_asked_the_release_before_is_found_out_and_the_new_one_is_taken_back(
    shop: RolledShop, configuration: dict[str, Any]
):
    begin_tested(shop, {**configuration, "bakeTimeInMinutes": 5})
    asked = AskedShop(shop, good=True)
    shop.settings = {"verify": VerifySettings(command=("./smoke.sh",), attempts=2)}

    async def without_header(question: ReleaseQuestion, mixed: bool) -> Attempt:
        """As a command that sends none: whoever has the requests answers."""
        blue, green = shop.weights()
        asked.good = (blue, green) == (100, 0)
        return await asked(question, mixed)

    roll = Roll(shop.deployer, shop, shop.console, shop.poll_seconds, without_header)
    with pytest.raises(RolloutError, match="verification failed in 2 attempts"):
        await roll.next(shop.rollout(shop.release("bad")), shop.recorded)
    assert asked.headers == [HEADERS, {}, {}]
    assert (shop.running, shop.weights()) == ({"first"}, (100, 0))


async def test_a_test_rule_deleted_by_hand_is_refused_before_anything_starts(shop: RolledShop):
    rule = begin_tested(shop, {**BLUE_GREEN, "lifecycleHooks": [BOTH]})
    asked = AskedShop(shop, good=True)
    shop.aws.elbv2.delete_rule(RuleArn=rule)
    before = shop.latest()["serviceDeploymentArn"]
    with pytest.raises(PreflightError) as error:
        await asked.up(shop.release("good"))
    assert f"listener rule {rule}, which leads requests to it, is gone" in str(error.value)
    assert "fix: Run `pulumi up --refresh`, which makes it again" in str(error.value)
    assert (shop.latest()["serviceDeploymentArn"], asked.headers, shop.running) == (before, [], {"first"})


@pytest.mark.parametrize("strategy", ["blue-green", "canary", "linear"])
@pytest.mark.parametrize("tested", [True, False])
def test_the_plan_says_whether_it_is_asked_before_or_after_other_requests_move(strategy: str, tested: bool):
    rollout: dict[str, Any] = {"strategy": strategy, "bake_minutes": 10, "verify": {"path": "/version"}}
    settings = for_stage(
        ContainerServiceSettings,
        Stage.DEV,
        {
            "routes": [{"priority": 10, "hosts": ["shop.example.com"]}],
            "rollout": {**rollout, **({"test_rule": {"priority": 9}} if tested else {})},
        },
    )
    spec = TaskSpec.of_service("web", settings, record=RECORD)
    (line,) = describe_verification(spec, "1.5.0")
    first = "once test requests reach the new tasks, and before any other request does"
    later = "once all requests reach the new tasks, in their 10 min of baking"
    assert line.startswith(f"before it is final, {first if tested else later}, it is verified")
    assert "where GET /version of shop.example.com is to answer 200" in line
    planned = plan_deployment(
        2, spec.configuration, boot_seconds=60, test_listener=spec.test_listener, min_ready_seconds=30
    )
    commanded = spec.settings.model_copy(update={"verify": VerifySettings(command=("./smoke.sh",))})
    (line,) = describe_verification(replace(spec, settings=commanded), "1.5.0")
    unseen = "it is to send X-Strata-Test: true and, since nobody sees that, is run again once all requests reach"
    assert (unseen in line) == tested
    waits = [each for each in planned.describe() if "after the shift of test requests" in each]
    assert len(waits) == tested


async def test_without_a_way_to_send_test_requests_they_are_asked_when_all_requests_have_moved(shop: RolledShop):
    begin_tested(shop, {**BLUE_GREEN, "lifecycleHooks": [BOTH]})
    shop.test_headers = {}
    asked = AskedShop(shop, good=True)
    await asked.up(shop.release("good"))
    assert (asked.headers, asked.weights) == ([{}], [(0, 100)])
