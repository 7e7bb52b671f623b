"""What a rollout of containers finds on its service: first deployments, running ones, reverts, nothing to prove."""

import asyncio
from typing import Any

import pytest
from botocore.exceptions import ClientError

from strata.errors import BusyError, RolloutError
from strata.rollout.gated_service import DesiredRelease
from strata.rollout.record import NOTHING_PROVEN
from strata.settings.models import OnInProgress
from strata_rehearsal.cloud.api import service_deployments
from tests.unit.rehearsal.cloud.container_requests import ROLE
from tests.unit.rehearsal.cloud.shop import BLUE_GREEN, CANARY, ROLLING
from tests.unit.rollout.tasks.rolled_shop import RECORD, RolledShop, release_digest

PAUSED = {
    "targetType": "PAUSE",
    "lifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT"],
    "timeoutConfiguration": {"timeoutInMinutes": 30, "action": "ROLLBACK"},
}
HELD = {**BLUE_GREEN, "lifecycleHooks": [PAUSED]}
SOME = [ROLLING, CANARY]


def name(value: object) -> str:
    return str(value.get("strategy", "ROLLING")) if isinstance(value, dict) else str(value)


def tagged(shop: RolledShop, configuration: dict[str, Any], **changes: Any) -> Any:
    """A service that has just been made, whose first deployment runs; its release."""
    shop.configuration = configuration
    shop.create(configuration, **changes)
    release = shop.release("first")
    first = shop.service()["taskDefinition"]
    shop.aws.ecs.tag_resource(resourceArn=first, tags=[{"key": "strata:release", "value": release_digest("first")}])
    return release


def begin(shop: RolledShop, configuration: dict[str, Any]) -> None:
    """A service with a proven release. Hooks are the gate's: the service is made without them."""
    shop.begin({name: value for name, value in configuration.items() if name != "lifecycleHooks"})
    shop.configuration = configuration


async def killed(shop: RolledShop, release: Any, seconds: float) -> None:
    """An `up` that is killed after a while."""
    up = asyncio.ensure_future(shop.up(release))
    shop.reached = asyncio.Event()
    shop.reached_at = shop.now() + seconds
    await shop.reached.wait()
    up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await up


@pytest.mark.parametrize("configuration", SOME, ids=name)
async def test_a_first_deployment_is_waited_for(shop: RolledShop, configuration: dict[str, Any]):
    release = tagged(shop, configuration)
    await shop.up(release)
    assert shop.console.said[0].startswith("web: following deployment ")
    assert shop.console.said[1:] == [f"web: 4 of 4 tasks healthy on {release.image}"]
    assert (len(shop.listed()), shop.listed()[0]["status"]) == (1, "SUCCESSFUL")


@pytest.mark.parametrize("kind", ["unhealthy", "cannot-pull", "crash"])
@pytest.mark.parametrize("configuration", SOME, ids=name)
async def test_a_first_release_that_is_bad_fails_and_a_good_second_one_is_green(
    shop: RolledShop, configuration: dict[str, Any], kind: str
):
    shop.fault(kind, image=shop.push("first"), **({"after": 5} if kind == "crash" else {}))
    release = tagged(shop, configuration)
    with pytest.raises(RolloutError, match=r"of 4 tasks became healthy on web first .*; task \w+ stopped by "):
        await shop.up(release)
    assert shop.recorded is None
    good = shop.release("good")
    await shop.up(good)
    assert (shop.recorded, shop.running) == (good, {"good"})


@pytest.mark.parametrize("kind", ["unhealthy", "cannot-pull"])
@pytest.mark.parametrize("configuration", SOME, ids=name)
async def test_the_same_bad_first_release_is_tried_again_by_force(
    shop: RolledShop, configuration: dict[str, Any], kind: str
):
    shop.fault(kind, image=shop.push("first"))
    release = tagged(shop, configuration)
    with pytest.raises(RolloutError) as first:
        await shop.up(release)
    assert "record" not in str(first.value.fix), "there is no release before"
    with pytest.raises(RolloutError) as second:
        await shop.up(release)
    assert "record" not in str(second.value.fix), "there is no release before"
    assert "web first (" in second.value.message
    assert "failed, with no release to go back to: " in second.value.message
    shop.aws.cloud.faults.clear()
    await shop.up(release)
    assert shop.running == {"first"}
    assert any("retry of first, which ended ROLLBACK_FAILED" in line for line in shop.console.said)


@pytest.mark.parametrize("configuration", [ROLLING, HELD, CANARY], ids=name)
async def test_a_killed_up_leaves_the_deployment_running_and_the_next_adopts_it(
    shop: RolledShop, configuration: dict[str, Any]
):
    begin(shop, configuration)
    good = shop.release("good")
    await killed(shop, good, 60)
    assert shop.latest()["status"] == "IN_PROGRESS"
    await shop.up(good)
    assert (shop.running, shop.lowest, len(shop.listed())) == ({"good"}, 4, 2)
    assert any("adopting deployment" in line for line in shop.console.said)


async def test_the_gate_answers_the_hook_before_traffic_is_shifted(shop: RolledShop):
    begin(shop, HELD)
    await shop.up(shop.release("good"))
    assert (shop.running, shop.weights()) == ({"good"}, (0, 100))
    assert any("4 of 4 new tasks are healthy; the deployment continues" in line for line in shop.console.said)


async def test_without_its_gate_a_deployment_that_waits_goes_back_and_the_next_up_rolls_again(shop: RolledShop):
    begin(shop, HELD)
    good = shop.release("good")
    await killed(shop, good, 30)
    shop.watch(3600)
    assert (shop.latest()["status"], shop.running, shop.weights()) == ("ROLLBACK_SUCCESSFUL", {"first"}, (100, 0))
    await shop.up(good)
    assert (shop.running, shop.weights(), shop.lowest) == ({"good"}, (0, 100), 4)


@pytest.mark.parametrize("configuration", [HELD, {**CANARY, "lifecycleHooks": [PAUSED]}], ids=name)
async def test_a_hook_is_there_for_the_deployment_of_the_gate_only(shop: RolledShop, configuration: dict[str, Any]):
    begin(shop, configuration)
    for content in ("good", "better"):
        await shop.up(shop.release(content))
        hooks = shop.latest()["deploymentConfiguration"]["lifecycleHooks"]
        assert [each["timeoutConfiguration"]["timeoutInMinutes"] for each in hooks] == [30]
        assert shop.service()["deploymentConfiguration"]["lifecycleHooks"] == []
    # what somebody else starts waits for nobody
    shop.update(forceNewDeployment=True)
    shop.until_ended()
    assert (shop.latest()["status"], shop.latest().get("lifecycleHookDetails")) == ("SUCCESSFUL", [])


async def test_what_was_continued_by_hand_after_a_killed_up_leaves_no_hook_at_which_a_later_deployment_waits(
    shop: RolledShop,
):
    begin(shop, HELD)
    good = shop.release("good")
    await killed(shop, good, 30)
    while not (waiting := shop.driver.deployment(shop.latest()["serviceDeploymentArn"])).waiting_hooks:
        shop.watch(30)
    (hook,) = waiting.waiting_hooks
    shop.driver.answer_hook(waiting.arn, hook)
    assert shop.watched()["status"] == "SUCCESSFUL"
    shop.watch(120)
    await shop.up(good)
    assert shop.console.said[-1] == "web: every task runs good already, none is replaced"
    assert shop.service()["deploymentConfiguration"]["lifecycleHooks"] == []
    shop.update(forceNewDeployment=True)
    assert shop.watched()["status"] == "SUCCESSFUL"


async def test_a_release_whose_tasks_have_failed_again_and_again_gets_no_requests(shop: RolledShop):
    begin(shop, {**HELD, "deploymentCircuitBreaker": {"enable": False, "rollback": False}})
    bad = shop.release("bad")
    shop.fault("crash", image=shop.push("bad"), after=45)
    # tasks start after a while, and the gate is gone before the first of them is healthy
    await killed(shop, bad, 15)
    shop.watch(600)
    assert [each["status"] for each in shop.latest()["lifecycleHookDetails"]] == ["AWAITING_ACTION"]
    with pytest.raises(RolloutError, match="was rolled back"):
        await shop.up(bad)
    assert [line for line in shop.console.said if "the deployment continues" in line] == []
    assert (shop.running, shop.weights(), shop.lowest) == ({"first"}, (100, 0), 4)


@pytest.mark.parametrize("configuration", [HELD, {**CANARY, "lifecycleHooks": [PAUSED]}], ids=name)
async def test_a_release_that_runs_out_of_memory_is_stopped_by_the_gate_long_before_the_pause_ends(
    shop: RolledShop, configuration: dict[str, Any]
):
    begin(shop, configuration)
    bad = shop.release("bad")
    shop.fault("out-of-memory", image=shop.push("bad"), after=45)
    # as with a gate that looks in the moments in which the tasks are dead
    await killed(shop, bad, 15)
    shop.watch(120)
    assert [each["status"] for each in shop.latest()["lifecycleHookDetails"]] == ["AWAITING_ACTION"]
    began = shop.now()
    verdict = r"was rolled back: \d+ tasks of the new release failed, of 4 desired; task .*OutOfMemoryError"
    with pytest.raises(RolloutError, match=verdict) as error:
        await shop.up(bad)
    assert "the last lines of its log" in error.value.message
    assert shop.now() - began < 120
    assert (shop.running, shop.weights(), shop.lowest) == ({"first"}, (100, 0), 4)


async def test_a_slow_start_is_no_failure_and_is_waited_for(shop: RolledShop):
    begin(shop, HELD)
    slow = shop.release("slow")
    shop.fault("slow", image=shop.push("slow"))
    await shop.up(slow)
    assert (shop.running, shop.weights(), shop.lowest) == ({"slow"}, (0, 100), 4)


async def test_a_pause_that_ends_before_the_gate_is_content_ends_with_what_it_was_waiting_for(
    shop: RolledShop, monkeypatch: pytest.MonkeyPatch
):
    begin(shop, {**HELD, "lifecycleHooks": [{**PAUSED, "timeoutConfiguration": {"timeoutInMinutes": 5}}]})
    good = shop.release("good")
    await killed(shop, good, 30)
    while not shop.latest()["lifecycleHookDetails"]:
        shop.watch(5)
    sleep = shop.sleep

    def stop_one() -> None:
        own = [each for each in shop.tasks() if each["taskDefinitionArn"] == good.task_definition]
        for each in own[:1]:
            shop.aws.ecs.stop_task(cluster="shop", task=each["taskArn"])

    async def stopping(seconds: float) -> None:
        await sleep(seconds)
        stop_one()

    stop_one()
    monkeypatch.setattr(shop, "sleep", stopping)
    waited_for = r"timed out; the gate had not continued it: \d of 4 new tasks were healthy"
    with pytest.raises(RolloutError, match=waited_for):
        await shop.up(good)


async def test_a_hook_is_answered_before_every_step(shop: RolledShop):
    begin(shop, {**CANARY, "lifecycleHooks": [PAUSED]})
    await shop.up(shop.release("good"))
    answered = [line for line in shop.console.said if "new tasks are healthy; the deployment continues" in line]
    assert [line.rpartition(" at ")[2] for line in answered] == ["0 % of the traffic", "10 % of the traffic"]
    assert (shop.running, shop.weights(), shop.lowest) == ({"good"}, (0, 100), 4)


async def test_a_killed_canary_stops_at_its_step_and_goes_back_and_the_hook_it_left_holds_nobody(shop: RolledShop):
    begin(shop, {**CANARY, "lifecycleHooks": [PAUSED]})
    good = shop.release("good")
    await killed(shop, good, 180)
    assert shop.weights() == (90, 10)
    shop.watch(3600)
    assert (shop.latest()["status"], shop.running, shop.weights()) == ("ROLLBACK_SUCCESSFUL", {"first"}, (100, 0))
    assert len(shop.service()["deploymentConfiguration"]["lifecycleHooks"]) == 1
    # the release is given up for one that asks for no hook
    shop.configuration = CANARY
    await shop.up(shop.release("better"))
    assert shop.service()["deploymentConfiguration"]["lifecycleHooks"] == []
    assert (shop.running, shop.weights(), shop.lowest) == ({"better"}, (0, 100), 4)


async def test_what_could_not_go_back_waits_for_nobody(shop: RolledShop):
    shop.fault("unhealthy", image=shop.push("first"))
    release = tagged(shop, {name: value for name, value in HELD.items() if name != "lifecycleHooks"})
    with pytest.raises(RolloutError):
        await shop.up(release)
    shop.configuration = HELD
    await shop.up(shop.release("good"))
    assert (shop.running, shop.latest()["deploymentConfiguration"].get("lifecycleHooks")) == ({"good"}, None)


async def test_a_hook_that_cannot_be_taken_off_fails_no_rollout(shop: RolledShop, monkeypatch: pytest.MonkeyPatch):
    begin(shop, HELD)

    def refused(*_: object) -> None:
        raise RolloutError("not today", fix="Wait.")

    monkeypatch.setattr(shop.driver, "configure", refused)
    await shop.up(shop.release("good"))
    assert shop.running == {"good"}
    assert "the service keeps a PAUSE hook" in shop.console.warned[-1]
    assert "not today" in shop.console.warned[-1]


@pytest.mark.parametrize("configuration", SOME, ids=name)
@pytest.mark.parametrize("policy", list(OnInProgress))
async def test_a_deployment_of_another_release_is_refused_waited_for_or_superseded(
    shop: RolledShop, configuration: dict[str, Any], policy: OnInProgress
):
    shop.begin(configuration)
    shop.settings = {"on_in_progress": policy}
    other, good = shop.release("other"), shop.release("good")
    shop.update(taskDefinition=other.task_definition)
    shop.aws.wait(30)
    if policy is OnInProgress.FAIL:
        with pytest.raises(BusyError, match="of another release is running"):
            await shop.up(good)
        return
    await shop.up(good)
    ended = [each["status"] for each in shop.listed()]
    assert ended[:2] == ["SUCCESSFUL", "SUCCESSFUL" if policy is OnInProgress.WAIT else "ROLLBACK_SUCCESSFUL"]
    assert (shop.running, shop.lowest) == ({"good"}, 4)


@pytest.mark.parametrize("configuration", SOME, ids=name)
async def test_a_deployment_that_a_schedule_has_forced_is_in_nobodys_way(
    shop: RolledShop, configuration: dict[str, Any]
):
    shop.begin(configuration)
    good = shop.release("good")
    shop.update(forceNewDeployment=True)
    shop.aws.wait(30)
    await shop.up(good)
    assert [each["status"] for each in shop.listed()][:2] == ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL"]
    assert (shop.running, shop.lowest) == ({"good"}, 4)
    assert any("web: superseding deployment" in line for line in shop.console.said)


@pytest.mark.parametrize("wait", [300, 3600], ids=["while-it-waits", "after-aws-went-back"])
@pytest.mark.parametrize("policy", [OnInProgress.WAIT, OnInProgress.SUPERSEDE])
async def test_after_a_killed_up_the_strategy_can_become_rolling(shop: RolledShop, policy: OnInProgress, wait: float):
    begin(shop, HELD)
    await killed(shop, shop.release("good"), 30)
    shop.watch(wait)
    asked = {**ROLLING, "strategy": "ROLLING"}
    shop.configuration, shop.settings = asked, {"on_in_progress": policy}
    with pytest.raises(ClientError, match=r"ROLLING has none|deployment in progress"):
        shop.update(deploymentConfiguration=asked)

    await shop.deployer.prepare_change(shop.spec, shop.arn)
    assert (shop.latest()["status"], shop.weights()) == ("ROLLBACK_SUCCESSFUL", (100, 0))
    assert shop.service()["deploymentConfiguration"]["lifecycleHooks"] == []
    shop.update(deploymentConfiguration=asked)
    await shop.up(shop.release("better"))
    assert (shop.running, shop.lowest, len(shop.listed())) == ({"better"}, 4, 3)


@pytest.mark.parametrize("before, after", [(HELD, ROLLING), (ROLLING, HELD)], ids=["to-rolling", "from-rolling"])
async def test_a_strategy_that_aws_would_refuse_to_change_now_is_refused_before_anything_is(
    shop: RolledShop, before: dict[str, Any], after: dict[str, Any]
):
    begin(shop, before)
    # without its record, a service whose last success AWS has forgotten would pass for one that never worked
    assert shop.recorded is not None
    shop.aws.ssm.put_parameter(Name=RECORD, Value=shop.recorded.to_json(), Type="String")
    await killed(shop, shop.release("good"), 30)
    shop.configuration = after
    deployed = shop.service()["deploymentConfiguration"]
    with pytest.raises(BusyError, match=r"is running \(.*\), and AWS changes the strategy from \w+ to \w+ only while"):
        await shop.deployer.prepare_change(shop.spec, shop.arn)
    assert (shop.service()["deploymentConfiguration"], shop.latest()["status"]) == (deployed, "IN_PROGRESS")


@pytest.mark.parametrize("after", [HELD, {**HELD, "bakeTimeInMinutes": 20}, CANARY], ids=["same", "bake", "canary"])
async def test_a_change_that_aws_accepts_leaves_a_running_deployment_alone(shop: RolledShop, after: dict[str, Any]):
    begin(shop, HELD)
    good = shop.release("good")
    await killed(shop, good, 30)
    shop.configuration = after
    await shop.deployer.prepare_change(shop.spec, shop.arn)
    assert shop.latest()["status"] == "IN_PROGRESS"
    shop.configuration = HELD
    await shop.up(good)
    assert (shop.running, len(shop.listed())) == ({"good"}, 2)


async def test_a_service_that_is_gone_needs_no_preparation(shop: RolledShop):
    begin(shop, HELD)
    arn, spec = shop.arn, shop.spec
    shop.aws.ecs.delete_service(cluster="shop", service="web", force=True)
    shop.aws.wait(120)
    shop.watched_from_outside = False
    await shop.deployer.prepare_change(spec, arn)


@pytest.mark.parametrize("kind, after", [("unhealthy", None), ("crash", 45)])
async def test_a_service_that_nobody_has_deployed_for_ninety_days_goes_back_all_the_same(
    shop: RolledShop, monkeypatch: pytest.MonkeyPatch, kind: str, after: float | None
):
    begin(shop, ROLLING)
    monkeypatch.setattr(service_deployments, "KEPT_SECONDS", 7200)
    shop.aws.wait(7300)
    assert shop.listed() == []
    shop.fault(kind, image=shop.push("bad"), **({"after": after} if after else {}))
    with pytest.raises(RolloutError, match=r"was rolled back|the gate has deployed task definition"):
        await shop.up(shop.release("bad"))
    assert shop.running == {"first"}
    assert [line for line in shop.console.warned if "could not be rolled back" in line] == []
    await shop.up(shop.release("good"))
    assert shop.running == {"good"}


async def test_a_revert_after_a_rollback_replaces_nothing(shop: RolledShop):
    first = shop.begin(ROLLING)
    shop.fault("cannot-pull", image=shop.push("bad"))
    with pytest.raises(RolloutError):
        await shop.up(shop.release("bad"))
    before = {each["taskArn"] for each in shop.tasks()}
    again = shop.release("first")
    assert again.task_definition != first.task_definition
    await shop.up(again)
    assert ({each["taskArn"] for each in shop.tasks()}, len(shop.listed())) == (before, 2)
    assert shop.console.said[-1] == "web: every task runs first already, none is replaced"


async def test_a_change_of_the_network_alone_is_rolled_by_the_gate(shop: RolledShop):
    first = shop.begin(ROLLING)
    shop.parameters = {"networkConfiguration": {"awsvpcConfiguration": {"subnets": shop.aws.subnets[:1]}}}
    # the tag is what a change in place makes of it
    await shop.up(first)
    assert {each["availabilityZone"] for each in shop.tasks()} == {"eu-west-1a"}
    assert (shop.latest()["status"], len(shop.listed())) == ("SUCCESSFUL", 2)
    await shop.up(first)
    assert len(shop.listed()) == 2


async def test_a_service_that_loses_or_gets_its_load_balancer_is_rolled_by_the_gate(shop: RolledShop):
    first = shop.begin(ROLLING)
    routed = shop.service()["loadBalancers"]
    for number, balancers in enumerate(([], routed), start=2):
        shop.parameters = {"loadBalancers": balancers}
        # the tag is what a change in place makes of it
        await shop.up(first)
        assert (shop.latest()["status"], len(shop.listed())) == ("SUCCESSFUL", number)
        assert {bool(each["targets"]) for each in shop.seen()["tasks"] if each["state"] == "RUNNING"} == {
            bool(balancers)
        }
        await shop.up(first)
        assert len(shop.listed()) == number


@pytest.mark.parametrize("shifting", [BLUE_GREEN, CANARY], ids=["blue-green", "canary"])
async def test_a_service_that_was_rolled_gets_a_strategy_that_moves_requests(
    shop: RolledShop, shifting: dict[str, Any]
):
    first = shop.begin(ROLLING)
    (balancer,) = shop.service()["loadBalancers"]
    moved = {"alternateTargetGroupArn": shop.green, "productionListenerRule": shop.rule, "roleArn": ROLE}
    # the provider has changed the strategy by now, and leaves the load balancers to the gate
    shop.update(deploymentConfiguration=shifting)
    shop.configuration = shifting
    shop.parameters = {"loadBalancers": [{**balancer, "advancedConfiguration": moved}]}
    await shop.up(first)
    assert (shop.latest()["status"], shop.weights(), shop.lowest) == ("SUCCESSFUL", (0, 100), 4)
    assert shop.console.said[-1].endswith("never fewer than 4 healthy tasks")
    await shop.up(shop.release("good"))
    assert (shop.running, shop.weights(), shop.lowest) == ({"good"}, (100, 0), 4)


async def test_a_copied_tag_is_not_believed(shop: RolledShop):
    shop.begin(ROLLING)
    good, forged = shop.release("good"), shop.define(shop.push("other"))
    shop.aws.ecs.tag_resource(resourceArn=forged, tags=[{"key": "strata:release", "value": "good"}])
    shop.update(taskDefinition=forged)
    shop.until_ended()
    await shop.up(good)
    assert shop.running == {"good"}


async def test_a_service_that_wants_no_task_is_set_and_proven_once_it_has_some(shop: RolledShop):
    first = shop.begin(ROLLING)
    shop.aws.ssm.put_parameter(Name=RECORD, Value=first.to_json(), Type="String")
    shop.update(desiredCount=0)
    shop.aws.wait(120)
    good = shop.release("good")
    asked = DesiredRelease(first.service, good.image, good.digest, task_definition=good.task_definition)
    assert await shop.kept(asked) == first.to_json()
    assert shop.service()["taskDefinition"] == good.task_definition
    assert "is not proven: no task ran it" in shop.console.warned[-1]
    assert '"phase": "not proven"' in shop.note()
    shop.update(desiredCount=3)
    assert await shop.kept(asked) is None
    await shop.up(good)
    assert (shop.running, '"phase": "succeeded"' in shop.note()) == ({"good"}, True)


@pytest.mark.parametrize("waits", [0, 60, 3600], ids=["at once", "in a minute", "in an hour"])
@pytest.mark.parametrize("configuration", SOME, ids=name)
async def test_nothing_is_proven_by_a_new_service_that_wants_no_task(
    shop: RolledShop, configuration: dict[str, Any], waits: float
):
    release = tagged(shop, configuration, desired=0)
    shop.aws.wait(waits)
    asked = DesiredRelease(release.service, release.image, release.digest, task_definition=release.task_definition)
    assert await shop.kept(asked) == NOTHING_PROVEN
    with pytest.raises(RolloutError, match="the service wants no task"):
        await shop.up(release)


async def test_a_release_that_something_newer_is_in_the_way_of_gets_a_copy_and_one_that_is_newest_does_not(
    shop: RolledShop,
):
    begin(shop, ROLLING)
    first, second = shop.release("first release"), shop.release("second")
    assert await shop.deployer.made_newest("web", second) == second
    made = await shop.deployer.made_newest("web", first)
    assert (made.revision[0], made.revision[1]) == (second.revision[0], second.revision[1] + 1)
    own, copy = [await shop.deployer.aws.definition(each.task_definition) for each in (first, made)]
    assert own is not None
    assert copy is not None
    assert (copy.launches, copy.tags) == (own.launches, own.tags)
    assert await shop.deployer.made_newest("web", first) == made, "it is there already"
    assert await shop.deployer.is_there(made)
    shop.aws.ecs.deregister_task_definition(taskDefinition=made.task_definition)
    assert not await shop.deployer.is_there(made)


async def test_what_a_killed_up_has_left_is_named_while_it_runs_and_when_it_has_come(shop: RolledShop):
    begin(shop, ROLLING)
    release = shop.release("second")
    asked = DesiredRelease(shop.arn, release.image, release.digest)
    assert await shop.deployer.brought_by(asked) == ""
    await killed(shop, release, 40)
    found = await shop.deployer.brought_by(asked)
    assert found.startswith("Deployment ")
    assert " to second is still running (IN_PROGRESS" in found
    shop.aws.wait(900)
    assert await shop.deployer.brought_by(asked) == "The service launches second already"
    gone = DesiredRelease(shop.arn.replace("web", "gone"), release.image, release.digest)
    assert await shop.deployer.brought_by(gone) == ""
