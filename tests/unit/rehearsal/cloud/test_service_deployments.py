"""Deployments of container services, by each strategy, good and bad, as ECS shows them."""

import re
from typing import Any

import botocore.session
import pytest

from strata_rehearsal.cloud.tasks.service_keeping import STARTS_A_DEPLOYMENT
from tests.unit.rehearsal.cloud.conftest import REGION, Aws
from tests.unit.rehearsal.cloud.container_requests import refusal
from tests.unit.rehearsal.cloud.shop import BLUE_GREEN, CANARY, LINEAR, ROLLING, Shop

PAUSED = {
    "targetType": "PAUSE",
    "lifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT"],
    "timeoutConfiguration": {"timeoutInMinutes": 30, "action": "ROLLBACK"},
}
STRATEGIES = [ROLLING, BLUE_GREEN, LINEAR, CANARY]
SHIFTING = [BLUE_GREEN, LINEAR, CANARY]


def name(configuration: object) -> str:
    return str(configuration.get("strategy", "ROLLING")) if isinstance(configuration, dict) else str(configuration)


@pytest.fixture
def shop(aws: Aws) -> Shop:
    return Shop(aws)


@pytest.mark.parametrize("configuration", STRATEGIES, ids=name)
def test_a_good_image_replaces_every_task(shop: Shop, configuration: dict[str, object]):
    shop.run(configuration)
    good = shop.push("good")
    arn = shop.deploy(good)
    ended = shop.watched()
    assert (ended["status"], ended["serviceDeploymentArn"]) == ("SUCCESSFUL", arn)
    assert shop.digests() == {good}
    assert (shop.lowest, shop.highest) == (4, 6 if configuration is ROLLING else 8)
    shop.aws.wait(60)
    found = shop.service()
    assert [each["rolloutState"] for each in found["deployments"]] == ["COMPLETED"]
    assert (found["runningCount"], found["pendingCount"]) == (4, 0)
    assert found["taskDefinition"].endswith("web:2")


@pytest.mark.parametrize("configuration", SHIFTING, ids=name)
def test_traffic_moves_to_the_other_target_group_and_back_with_the_next_deployment(
    shop: Shop, configuration: dict[str, object]
):
    shop.run(configuration)
    assert shop.weights() == (100, 0)
    shop.deploy(shop.push("second"))
    assert shop.until_ended()["status"] == "SUCCESSFUL"
    assert shop.weights() == (0, 100)
    shop.deploy(shop.push("third"))
    assert shop.until_ended()["status"] == "SUCCESSFUL"
    assert shop.weights() == (100, 0)


def test_a_canary_gets_its_share_first(shop: Shop):
    shop.run(CANARY)
    shop.deploy(shop.push("second"))
    seen = []
    while (found := shop.latest())["status"] == "IN_PROGRESS":
        stage = (found["lifecycleStage"], shop.weights())
        seen += [] if seen[-1:] == [stage] else [stage]
        shop.aws.wait(20)
    assert seen == [
        ("SCALE_UP", (100, 0)),
        ("PRODUCTION_TRAFFIC_SHIFT", (90, 10)),
        ("BAKE_TIME", (0, 100)),
    ]


@pytest.mark.parametrize("configuration", STRATEGIES, ids=name)
def test_an_image_that_cannot_be_pulled_never_gets_traffic(shop: Shop, configuration: dict[str, object]):
    first = shop.run(configuration)
    shop.deploy(f"sha256:{'0' * 64}")
    if configuration is not ROLLING:
        shop.aws.wait(600)
        assert shop.latest()["status"] == "IN_PROGRESS", "the breaker is for rolling deployments only"
        shop.aws.ecs.stop_service_deployment(serviceDeploymentArn=shop.latest()["serviceDeploymentArn"])
    ended = shop.watched()
    assert ended["status"] == "ROLLBACK_SUCCESSFUL"
    assert shop.lowest == 4
    assert shop.digests() == {first}
    failed = next(each for each in shop.tasks("STOPPED") if each["stopCode"] == "TaskFailedToStart")
    assert failed["stoppedReason"].startswith("CannotPullContainerError: ")
    assert "startedAt" not in failed


def test_a_breaker_takes_the_service_back_and_says_so_in_both_views(shop: Shop):
    shop.run(ROLLING)
    before = shop.service()["taskDefinition"]
    bad = shop.push("bad")
    shop.fault("cannot-pull", image=bad)
    shop.deploy(bad)
    ended = shop.watched()
    breaker = ended["deploymentCircuitBreaker"]
    assert (breaker["status"], breaker["threshold"]) == ("TRIGGERED", 3)
    source = ended["sourceServiceRevisions"][0]["arn"]
    assert ended["rollback"]["serviceRevisionArn"] == source
    assert "circuit breaker" in ended["statusReason"]
    shop.aws.wait(60)
    found = shop.service()
    assert found["taskDefinition"] == before
    assert [(each["status"], each["rolloutState"]) for each in found["deployments"]] == [("PRIMARY", "COMPLETED")]
    assert any("deployment failed: tasks failed to start." in message for message in shop.messages())
    assert any("rolling back to (deployment ecs-svc/" in message for message in shop.messages())


def test_tasks_that_never_get_healthy_are_replaced_until_the_breaker_trips(shop: Shop):
    first = shop.run(ROLLING)
    bad = shop.push("bad")
    shop.fault("unhealthy", image=bad)
    shop.deploy(bad)
    ended = shop.watched()
    assert (ended["status"], shop.lowest) == ("ROLLBACK_SUCCESSFUL", 4)
    assert shop.digests() == {first}
    failed = [each for each in shop.tasks("STOPPED") if "ELB health checks" in each["stoppedReason"]]
    assert failed[0]["stoppedReason"] == f"Task failed ELB health checks in (target-group {shop.blue})"
    assert failed[0]["stopCode"] == "ServiceSchedulerInitiated"


@pytest.mark.parametrize("kind", ["unhealthy", "cannot-pull", "no-capacity", "crash", "out-of-memory", "slow"])
@pytest.mark.parametrize("configuration", STRATEGIES, ids=name)
def test_floor_and_ceiling_hold_whatever_is_wrong_with_the_new_tasks(
    shop: Shop, configuration: dict[str, object], kind: str
):
    first = shop.run(configuration)
    bad = shop.push("bad")
    shop.fault(kind, image=bad, after=10)
    shop.deploy(bad)
    shop.watch(300)
    if shop.latest()["status"] == "IN_PROGRESS":
        shop.aws.ecs.stop_service_deployment(serviceDeploymentArn=shop.latest()["serviceDeploymentArn"])
    assert shop.watched()["status"] == "ROLLBACK_SUCCESSFUL"
    shop.watch(120)
    assert (shop.lowest, shop.digests()) == (4, {first})
    assert shop.highest <= (6 if configuration is ROLLING else 8)


def test_a_crash_loop_that_is_healthy_for_a_moment_never_trips_the_breaker_and_is_stopped_by_hand(shop: Shop):
    first = shop.run(ROLLING)
    bad = shop.push("bad")
    shop.fault("crash", image=bad, after=45)
    shop.deploy(bad)
    shop.watch(600)
    assert shop.latest()["status"] == "IN_PROGRESS"
    assert shop.latest()["deploymentCircuitBreaker"]["failureCount"] == 0
    shop.aws.ecs.stop_service_deployment(serviceDeploymentArn=shop.latest()["serviceDeploymentArn"])
    assert shop.watched()["status"] == "ROLLBACK_SUCCESSFUL"
    assert shop.digests() == {first}


@pytest.mark.parametrize("configuration", STRATEGIES, ids=name)
def test_an_alarm_takes_the_service_back(shop: Shop, configuration: dict[str, object]):
    aws, shop_alarm = shop.aws, {"alarmNames": ["web-5xx"], "enable": True, "rollback": True}
    aws.alarm()
    first = shop.run({**configuration, "alarms": shop_alarm})
    weights = shop.weights()
    bad = shop.push("bad")
    shop.fault("alarm", image=bad)
    shop.deploy(bad)
    ended = shop.watched()
    assert ended["status"] == "ROLLBACK_SUCCESSFUL"
    assert ended["alarms"] == {
        "status": "TRIGGERED",
        "alarmNames": ["web-5xx"],
        "triggeredAlarmNames": ["web-5xx"],
    }
    assert (shop.digests(), shop.weights(), shop.lowest) == ({first}, weights, 4)


@pytest.mark.parametrize("configuration", STRATEGIES, ids=name)
def test_a_stopped_deployment_goes_back(shop: Shop, configuration: dict[str, object]):
    first = shop.run(configuration)
    arn = shop.deploy(shop.push("second"))
    shop.watch(40)
    assert shop.aws.ecs.stop_service_deployment(serviceDeploymentArn=arn)["serviceDeploymentArn"] == arn
    assert shop.watched()["status"] == "ROLLBACK_SUCCESSFUL"
    assert (shop.digests(), shop.lowest) == ({first}, 4)
    assert refusal(shop.aws.ecs.stop_service_deployment, serviceDeploymentArn=arn)[0] == "ConflictException"


def test_a_stop_of_a_deployment_on_its_way_back_changes_nothing(shop: Shop):
    first = shop.run(ROLLING)
    arn = shop.deploy(shop.push("second"))
    shop.watch(60)
    for _ in range(2):
        shop.aws.ecs.stop_service_deployment(serviceDeploymentArn=arn)
        assert shop.latest()["status"] == "ROLLBACK_IN_PROGRESS"
        shop.watch(10)
    assert [(each["status"], each["rolloutState"]) for each in shop.service()["deployments"]] == [
        ("PRIMARY", "IN_PROGRESS"),
        ("ACTIVE", "FAILED"),
    ]
    assert shop.watched()["status"] == "ROLLBACK_SUCCESSFUL"
    assert (shop.digests(), shop.lowest) == ({first}, 4)


def test_a_hook_holds_the_traffic_until_it_is_answered(shop: Shop):
    shop.run({**BLUE_GREEN, "lifecycleHooks": []})
    shop.update(deploymentConfiguration={**BLUE_GREEN, "lifecycleHooks": [PAUSED]})
    arn = shop.deploy(shop.push("second"))
    shop.watch(600)
    held = shop.latest()
    hook = held["lifecycleHookDetails"][0]
    assert (hook["status"], hook["targetType"], hook["timeoutAction"]) == ("AWAITING_ACTION", "PAUSE", "ROLLBACK")
    assert (held["status"], shop.weights()) == ("IN_PROGRESS", (100, 0))
    answer = {"serviceDeploymentArn": arn, "hookId": hook["hookId"]}
    shop.aws.ecs.continue_service_deployment(**answer)
    assert shop.watched()["status"] == "SUCCESSFUL"
    assert shop.weights() == (0, 100)
    assert refusal(shop.aws.ecs.continue_service_deployment, **answer)[0] == "InvalidParameterException"


def test_a_hook_that_nobody_answers_takes_the_service_back(shop: Shop):
    first = shop.run(BLUE_GREEN)
    shop.update(deploymentConfiguration={"lifecycleHooks": [PAUSED]})
    shop.deploy(shop.push("second"))
    ended = shop.watched()
    assert ended["status"] == "ROLLBACK_SUCCESSFUL"
    assert ended["lifecycleHookDetails"][0]["status"] == "TIMED_OUT"
    assert (shop.digests(), shop.weights()) == ({first}, (100, 0))


def test_a_hook_answered_with_rollback_takes_the_service_back(shop: Shop):
    shop.run(BLUE_GREEN)
    shop.update(deploymentConfiguration={"lifecycleHooks": [PAUSED]})
    arn = shop.deploy(shop.push("second"))
    shop.watch(200)
    hook = shop.latest()["lifecycleHookDetails"][0]["hookId"]
    shop.aws.ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=hook, action="ROLLBACK")
    assert shop.watched()["status"] == "ROLLBACK_SUCCESSFUL"


@pytest.mark.parametrize("configuration", STRATEGIES, ids=name)
def test_a_first_deployment_that_is_bad_ends_when_it_is_stopped_and_a_good_one_follows(
    shop: Shop, configuration: dict[str, object]
):
    first = shop.push("first")
    shop.fault("cannot-pull", image=first)
    shop.create(configuration)
    shop.aws.wait(4000)
    assert shop.latest()["status"] == "IN_PROGRESS", "there is nothing to go back to"
    arn = shop.latest()["serviceDeploymentArn"]
    shop.aws.ecs.stop_service_deployment(serviceDeploymentArn=arn)
    assert shop.latest()["status"] == "ROLLBACK_FAILED"
    good = shop.push("good")
    shop.deploy(good)
    ended = shop.until_ended()
    assert (ended["status"], shop.digests()) == ("SUCCESSFUL", {good})


def test_a_first_deployment_that_is_stuck_makes_way_for_a_good_one(shop: Shop):
    first = shop.push("first")
    shop.fault("cannot-pull", image=first)
    shop.create(ROLLING)
    shop.aws.wait(4000)
    assert shop.service()["deployments"][0]["rolloutState"] == "FAILED"
    good = shop.push("good")
    shop.deploy(good)
    assert shop.until_ended()["status"] == "SUCCESSFUL"
    assert ([each["status"] for each in shop.listed()], shop.digests()) == (["SUCCESSFUL", "STOPPED"], {good})


@pytest.mark.parametrize("configuration", STRATEGIES, ids=name)
def test_another_deployment_follows_one_on_its_way_back(shop: Shop, configuration: dict[str, object]):
    shop.run(configuration)
    arn = shop.deploy(shop.push("second"))
    shop.watch(60)
    shop.aws.ecs.stop_service_deployment(serviceDeploymentArn=arn)
    third = shop.push("third")
    shop.deploy(third)
    assert shop.watched()["status"] == "SUCCESSFUL"
    assert (shop.digests(), shop.lowest) == ({third}, 4)


def test_a_change_of_strategy_stays_on_the_side_that_serves(shop: Shop):
    shop.run(BLUE_GREEN)
    shop.deploy(shop.push("second"))
    assert shop.watched()["status"] == "SUCCESSFUL"
    shop.update(deploymentConfiguration={**ROLLING, "strategy": "ROLLING"})
    third = shop.push("third")
    shop.deploy(third)
    assert shop.watched()["status"] == "SUCCESSFUL"
    assert (shop.digests(), shop.weights(), shop.lowest) == ({third}, (0, 100), 4)
    shop.aws.wait(60)
    assert shop.aws.elbv2.describe_target_health(TargetGroupArn=shop.blue)["TargetHealthDescriptions"] == []


def test_an_alarm_that_rings_before_a_deployment_is_left_out_of_it(shop: Shop):
    shop.aws.alarm()
    shop.run({**ROLLING, "alarms": {"alarmNames": ["web-5xx"], "enable": True, "rollback": True}})
    shop.aws.admin("alarm", name="web-5xx", state="ALARM")
    shop.deploy(shop.push("second"))
    assert shop.watched()["status"] == "SUCCESSFUL"


def test_a_deployment_whose_rule_somebody_deleted_goes_back(shop: Shop):
    first = shop.run(BLUE_GREEN)
    groups = [{"TargetGroupArn": shop.blue, "Weight": 1}, {"TargetGroupArn": shop.green, "Weight": 0}]
    shop.aws.elbv2.modify_listener(
        ListenerArn=shop.aws.listener,
        DefaultActions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
    )
    shop.aws.elbv2.delete_rule(RuleArn=shop.rule)
    shop.deploy(shop.push("second"))
    ended = shop.watched()
    assert (ended["status"], shop.digests()) == ("ROLLBACK_SUCCESSFUL", {first})
    assert shop.rule in ended["statusReason"]


@pytest.mark.parametrize("configuration", STRATEGIES, ids=name)
def test_another_deployment_takes_the_place_of_the_one_in_progress(shop: Shop, configuration: dict[str, object]):
    shop.run(configuration)
    old = shop.deploy(shop.push("second"))
    shop.watch(40)
    third = shop.push("third")
    shop.deploy(third)
    assert shop.watched()["status"] == "SUCCESSFUL"
    assert [each["status"] for each in shop.listed()][:2] == ["SUCCESSFUL", "STOPPED"]
    assert shop.listed(status=["STOPPED"])[0]["serviceDeploymentArn"] == old
    assert (shop.digests(), shop.lowest) == ({third}, 4)


def test_a_change_of_the_desired_count_starts_no_deployment(shop: Shop):
    shop.run(ROLLING)
    assert shop.update(desiredCount=6)["deployments"][0]["desiredCount"] == 6
    assert len(shop.listed()) == 1
    shop.aws.wait(60)
    assert (shop.service()["runningCount"], len(shop.listed())) == (6, 1)
    shop.update(desiredCount=2)
    shop.aws.wait(60)
    assert shop.service()["runningCount"] == 2


@pytest.mark.parametrize("configuration", STRATEGIES, ids=name)
def test_a_deployment_follows_the_desired_count(shop: Shop, configuration: dict[str, object]):
    shop.run(configuration)
    second = shop.push("second")
    shop.deploy(second)
    shop.watch(20)
    shop.update(desiredCount=6)
    assert shop.until_ended()["status"] == "SUCCESSFUL"
    shop.aws.wait(60)
    assert (shop.service()["runningCount"], shop.digests()) == (6, {second})


def test_a_deployment_starts_for_the_parameters_whose_text_says_so():
    asked: Any = botocore.session.get_session().get_service_model("ecs").shape_for("UpdateServiceRequest")
    texts = {each: re.sub("<[^>]+>", "", shape.documentation) for each, shape in asked.members.items()}
    words = re.compile(r"This\s+parameter\s+triggers\s+a\s+new\s+service\s+deployment")
    starting = {each for each, text in texts.items() if words.search(text)}
    assert starting == set(STARTS_A_DEPLOYMENT)


def test_the_same_again_starts_no_deployment_unless_it_is_forced(shop: Shop):
    shop.run(ROLLING)
    same = shop.service()["taskDefinition"]
    shop.update(taskDefinition=same, deploymentConfiguration={"maximumPercent": 200}, enableExecuteCommand=True)
    assert len(shop.listed()) == 1
    before = {each["taskArn"] for each in shop.tasks()}
    shop.update(forceNewDeployment=True)
    assert shop.watched()["status"] == "SUCCESSFUL"
    assert not before & {each["taskArn"] for each in shop.tasks()}


def test_a_change_of_the_network_starts_a_deployment(shop: Shop):
    shop.run(ROLLING)
    one = {"awsvpcConfiguration": {"subnets": shop.aws.subnets[:1]}}
    shop.update(networkConfiguration=one)
    assert shop.watched()["status"] == "SUCCESSFUL"
    assert {each["availabilityZone"] for each in shop.tasks()} == {"eu-west-1a"}


def test_a_rollback_takes_back_every_parameter(shop: Shop):
    shop.run(ROLLING)
    before = shop.service()
    shop.update(networkConfiguration={"awsvpcConfiguration": {"subnets": shop.aws.subnets[:1]}})
    shop.aws.ecs.stop_service_deployment(serviceDeploymentArn=shop.latest()["serviceDeploymentArn"])
    assert shop.watched()["status"] == "ROLLBACK_SUCCESSFUL"
    assert shop.service()["networkConfiguration"] == before["networkConfiguration"]


def test_a_bad_deployment_can_be_tried_again_and_fails_again(shop: Shop):
    shop.run(ROLLING)
    shop.update(taskDefinition=shop.define(f"sha256:{'0' * 64}"))
    assert shop.watched()["status"] == "ROLLBACK_SUCCESSFUL"
    shop.update(taskDefinition="web:2")
    assert shop.watched()["status"] == "ROLLBACK_SUCCESSFUL"
    assert len(shop.listed()) == 3


def test_without_rollback_a_failed_deployment_stops_and_leaves_the_old_tasks(shop: Shop):
    first = shop.run({**ROLLING, "deploymentCircuitBreaker": {"enable": True, "rollback": False}})
    shop.deploy(f"sha256:{'0' * 64}")
    assert shop.watched()["status"] == "STOPPED"
    assert (shop.digests(), shop.lowest) == ({first}, 4)
    assert [each["rolloutState"] for each in shop.service()["deployments"]] == ["FAILED", "COMPLETED"]


def test_a_revision_says_what_it_is_made_of(shop: Shop):
    digest = shop.run(BLUE_GREEN)
    second = shop.push("second")
    shop.deploy(second)
    found = shop.until_ended()
    arns = [found["sourceServiceRevisions"][0]["arn"], found["targetServiceRevision"]["arn"]]
    first, last = shop.aws.ecs.describe_service_revisions(serviceRevisionArns=arns)["serviceRevisions"]
    assert [each["containerImages"][0]["imageDigest"] for each in (first, last)] == [digest, second]
    sides = [each["resolvedConfiguration"]["loadBalancers"][0]["targetGroupArn"] for each in (first, last)]
    assert sides == [shop.blue, shop.green]
    assert last["taskDefinition"] == shop.service()["taskDefinition"]


def test_both_views_of_a_deployment_have_one_number(shop: Shop):
    shop.create(ROLLING)
    number = shop.service()["deployments"][0]["id"].removeprefix("ecs-svc/")
    assert shop.listed()[0]["targetServiceRevisionArn"].rpartition("/")[2] == number


def test_traffic_moves_by_the_default_rule_of_a_listener_too(shop: Shop):
    elbv2, listener = shop.aws.elbv2, shop.aws.listener
    elbv2.modify_listener(ListenerArn=listener, DefaultActions=[{"Type": "forward", "TargetGroupArn": shop.blue}])
    rules = elbv2.describe_rules(ListenerArn=listener)["Rules"]
    shop.rule = next(each["RuleArn"] for each in rules if each["IsDefault"])
    shop.run(BLUE_GREEN)
    shop.deploy(shop.push("second"))
    assert shop.watched()["status"] == "SUCCESSFUL"
    assert (shop.weights(), shop.lowest) == ((0, 100), 4)
    default = elbv2.describe_listeners(ListenerArns=[listener])["Listeners"][0]["DefaultActions"][0]
    assert {each["Weight"] for each in default["ForwardConfig"]["TargetGroups"]} == {0, 100}


def test_a_share_of_a_tenth_of_a_percent_has_whole_weights(shop: Shop):
    shop.run({**CANARY, "canaryConfiguration": {"canaryPercent": 2.5, "canaryBakeTimeInMinutes": 5}})
    shop.deploy(shop.push("second"))
    shop.aws.wait(120)
    assert shop.weights() == (975, 25)


def test_test_traffic_moves_first(shop: Shop):
    groups = [{"TargetGroupArn": shop.blue, "Weight": 100}, {"TargetGroupArn": shop.green, "Weight": 0}]
    test = shop.aws.elbv2.create_rule(
        ListenerArn=shop.aws.listener,
        Priority=2,
        Conditions=[{"Field": "path-pattern", "Values": ["/test/*"]}],
        Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
    )["Rules"][0]["RuleArn"]
    paused = {**PAUSED, "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}
    shop.run(BLUE_GREEN)
    balancer = shop.service()["loadBalancers"][0]
    advanced = {**balancer["advancedConfiguration"], "testListenerRule": test}
    shop.update(
        loadBalancers=[{**balancer, "advancedConfiguration": advanced}],
        deploymentConfiguration={"lifecycleHooks": [paused]},
    )
    shop.aws.wait(300)
    found = shop.latest()
    assert (found["lifecycleStage"], shop.weights()) == ("POST_TEST_TRAFFIC_SHIFT", (100, 0))
    assert found["targetServiceRevision"]["requestedTestTrafficWeight"] == 100
    production, shop.rule = shop.rule, test
    assert shop.weights() == (0, 100)
    shop.rule = production


def test_a_scalable_target_bounds_the_desired_count(shop: Shop):
    shop.run(ROLLING)
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/shop/web",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    shop.aws.application_autoscaling.register_scalable_target(**target, MinCapacity=6, MaxCapacity=9)
    shop.aws.wait(60)
    assert (shop.service()["desiredCount"], shop.service()["runningCount"]) == (6, 6)
    shop.aws.admin("capacity", service="web", desired=7)
    shop.deploy(shop.push("second"))
    shop.aws.application_autoscaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2)
    assert shop.service()["desiredCount"] == 7, "a deployment suspends scaling in"
    assert len(shop.listed()) == 2


def test_what_is_not_there_is_refused_or_reported_as_ecs_does(shop: Shop):
    ecs, gone = shop.aws.ecs, "arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/web/gone"
    shop.create(ROLLING)
    assert ecs.describe_service_deployments(serviceDeploymentArns=[gone])["failures"] == [
        {"arn": gone, "reason": "MISSING"}
    ]
    assert ecs.describe_service_revisions(serviceRevisionArns=[gone])["failures"][0]["reason"] == "MISSING"
    for call in (
        lambda **_: ecs.stop_service_deployment(serviceDeploymentArn=gone),
        lambda **_: ecs.continue_service_deployment(serviceDeploymentArn=gone, hookId="hook-1"),
    ):
        assert refusal(call)[0] == "ServiceDeploymentNotFoundException"
    assert refusal(ecs.list_service_deployments, cluster="shop", service="api")[0] == "ServiceNotFoundException"
    foreign = refusal(ecs.list_service_deployments, cluster="shop", service="web", nextToken="foreign")
    assert foreign[0] == "InvalidParameterException"
    arn = shop.latest()["serviceDeploymentArn"]
    abort = refusal(ecs.stop_service_deployment, serviceDeploymentArn=arn, stopType="ABORT")
    assert abort[0] == "InvalidParameterException"


def test_a_configuration_out_of_range_is_refused(shop: Shop):
    shop.create(ROLLING)
    code, message = refusal(
        shop.aws.ecs.update_service,
        cluster="shop",
        service="web",
        deploymentConfiguration={"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 0.01}},
    )
    assert (code, "canaryPercent" in message) == ("InvalidParameterException", True)


def test_an_inactive_task_definition_is_not_deployed(shop: Shop):
    shop.run(ROLLING)
    second = shop.define(shop.push("second"))
    shop.aws.ecs.deregister_task_definition(taskDefinition=second)
    assert refusal(shop.aws.ecs.update_service, cluster="shop", service="web", taskDefinition=second) == (
        "ClientException",
        "TaskDefinition is inactive",
    )


def test_every_step_is_in_the_event_log(shop: Shop):
    shop.run(CANARY)
    second = shop.push("second")
    shop.deploy(second)
    shop.until_ended()
    found = [each for each in shop.aws.events("deployment") if each["digest"] == second]
    assert [(each["state"], each.get("stage"), each["production_weight"]) for each in found] == [
        ("IN_PROGRESS", "SCALE_UP", 0.0),
        ("IN_PROGRESS", "PRODUCTION_TRAFFIC_SHIFT", 10.0),
        ("IN_PROGRESS", "BAKE_TIME", 100.0),
        ("IN_PROGRESS", "CLEAN_UP", 100.0),
        ("SUCCESSFUL", "CLEAN_UP", 100.0),
    ]
    assert {each["service"] for each in found} == {"web"}


def test_the_event_log_names_the_network_in_which_an_address_is_that_of_a_task(shop: Shop):
    shop.run(ROLLING)
    tasks = {(each["network"], each["address"]) for each in shop.aws.events("task") if each["state"] == "RUNNING"}
    targets = {(each["network"], each["name"]) for each in shop.aws.events("target")}
    assert tasks == targets
    assert {network for network, _ in tasks} == {f"123456789012/{REGION}/{shop.aws.vpc}"}
