"""Container services and task definitions: what is sent, what counts as a change, and what is waited for."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from strata_rehearsal.plugin.operation_errors import AwsCallError, CancelledError, HalfMadeError
from strata_rehearsal.plugin.provider import Resources

from .conftest import ScriptedCloud, refused

SERVICE, TASK = "aws:ecs/service:Service", "aws:ecs/taskDefinition:TaskDefinition"
CLUSTER, TARGET = "aws:ecs/cluster:Cluster", "aws:appautoscaling/target:Target"
ARN = "arn:aws:ecs:eu-west-1:111122223333:service/shop/web"
SHOP = "arn:aws:ecs:eu-west-1:111122223333:cluster/shop"
FIRST = "arn:aws:ecs:eu-west-1:111122223333:task-definition/web:1"
DESCRIBED = {
    "serviceArn": ARN,
    "serviceName": "web",
    "clusterArn": SHOP,
    "status": "ACTIVE",
    "desiredCount": 2,
    "runningCount": 2,
    "launchType": "FARGATE",
    "taskDefinition": FIRST,
    "schedulingStrategy": "REPLICA",
    "deploymentController": {"type": "ECS"},
    "deploymentConfiguration": {
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
        "strategy": "CANARY",
        "bakeTimeInMinutes": 10,
        "canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 5},
        "alarms": {"alarmNames": [], "enable": False, "rollback": False},
        "deploymentCircuitBreaker": {"enable": False, "rollback": False},
    },
    "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": "DISABLED"}},
    "roleArn": "arn:aws:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
    "deployments": [{"id": "ecs-svc/77", "status": "PRIMARY"}],
    "tags": [{"key": "team", "value": "shop"}],
}
INPUTS: dict[str, Any] = {
    "name": "web",
    "cluster": SHOP,
    "desiredCount": 2,
    "taskDefinition": FIRST,
    "launchType": "FARGATE",
    "networkConfiguration": {"subnets": ["subnet-1"]},
    "deploymentConfiguration": {
        "strategy": "CANARY",
        "bakeTimeInMinutes": "10",
        "canaryConfiguration": {"canaryPercent": 10, "canaryBakeTimeInMinutes": "5"},
    },
    "tags": {"team": "shop"},
}


def ignore(_id: str) -> None:
    """Nobody keeps a journal here."""


@pytest.fixture
def shop(cloud: ScriptedCloud) -> ScriptedCloud:
    """A cloud with a service."""
    cloud.answers |= {
        "create_service": {"service": DESCRIBED},
        "describe_services": {"services": [DESCRIBED]},
        "list_service_deployments": {"serviceDeployments": []},
    }
    return cloud


def create(cloud: ScriptedCloud, **changes: Any) -> dict[str, Any]:
    return Resources(cloud).create(SERVICE, "web", {**INPUTS, **changes}, ignore)[1]


def change(cloud: ScriptedCloud, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """What UpdateService is sent when the inputs change, besides the service itself."""
    before = {name: value for name, value in {**INPUTS, **old}.items() if value is not None}
    after = {name: value for name, value in {**INPUTS, **new}.items() if value is not None}
    Resources(cloud).update(SERVICE, "web", ARN, {**before, "tagsAll": before["tags"]}, before, after)
    sent = cloud.parameters("update_service")
    assert (sent.pop("cluster"), sent.pop("service")) == (SHOP, ARN)
    return sent


def test_a_service_is_created_in_the_words_of_ecs(shop: ScriptedCloud):
    balancer = {"targetGroupArn": "blue", "containerName": "web", "containerPort": 8080}
    advanced = {"alternateTargetGroupArn": "green", "productionListenerRule": "rule", "roleArn": "role"}
    hook = {"lifecycleStages": ["PRE_SCALE_UP"], "targetType": "PAUSE", "hookDetails": '{"a": 1}'}
    create(
        shop,
        loadBalancers=[{**balancer, "advancedConfiguration": advanced}],
        networkConfiguration={"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": True},
        capacityProviderStrategies=[{"capacityProvider": "FARGATE", "weight": 1}],
        deploymentMinimumHealthyPercent=50,
        alarms={"alarmNames": ["web"], "enable": True, "rollback": True},
        deploymentConfiguration={**INPUTS["deploymentConfiguration"], "lifecycleHooks": [hook]},
        enableEcsManagedTags=True,
    )
    sent = shop.parameters("create_service")
    assert sent["serviceName"] == "web"
    assert sent["loadBalancers"] == [{**balancer, "advancedConfiguration": advanced}]
    assert sent["networkConfiguration"] == {
        "awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "ENABLED"}
    }
    assert sent["capacityProviderStrategy"] == [{"capacityProvider": "FARGATE", "weight": 1}]
    assert sent["deploymentConfiguration"] == {
        "alarms": {"alarmNames": ["web"], "enable": True, "rollback": True},
        "maximumPercent": 200,
        "minimumHealthyPercent": 50,
        "strategy": "CANARY",
        "bakeTimeInMinutes": 10,
        "canaryConfiguration": {"canaryPercent": 10, "canaryBakeTimeInMinutes": 5},
        "lifecycleHooks": [{**hook, "hookDetails": {"a": 1}}],
    }
    assert sent["enableECSManagedTags"] is True
    assert sent["tags"] == [{"key": "team", "value": "shop"}]


def test_a_service_is_described_in_the_words_of_the_program(shop: ScriptedCloud):
    outputs = create(shop)
    network = {"subnets": ["subnet-1"], "assignPublicIp": False}
    assert {name: outputs[name] for name in INPUTS} == {**INPUTS, "networkConfiguration": network}
    assert outputs["arn"] == ARN
    assert outputs["iamRole"] == "/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
    assert not {"alarms", "deploymentCircuitBreaker"} & outputs.keys(), "off, and nobody asked for them"


def test_names_stay_names(shop: ScriptedCloud):
    outputs = create(shop, cluster="shop", taskDefinition="web:1")
    assert (outputs["cluster"], outputs["taskDefinition"]) == ("shop", "web:1")


@pytest.mark.parametrize(
    "old,new,sent",
    [
        ({}, {"desiredCount": 5}, {"desiredCount": 5}),
        ({}, {"desiredCount": None}, {"desiredCount": 0}),
        ({}, {"taskDefinition": "web:2", "forceNewDeployment": True}, {"taskDefinition": "web:2"}),
        ({}, {"deploymentMaximumPercent": 150}, {"deploymentConfiguration": {"maximumPercent": 150}}),
        (
            {"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
            {},
            {"deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": False, "rollback": False}}},
        ),
        (
            {"loadBalancers": [{"targetGroupArn": "blue", "containerName": "web", "containerPort": 1}]},
            {},
            {"loadBalancers": []},
        ),
        ({"healthCheckGracePeriodSeconds": 30}, {}, {"healthCheckGracePeriodSeconds": 0}),
        ({"alarms": {"alarmNames": ["web"], "enable": True, "rollback": True}}, {}, {}),
        ({"triggers": {"a": "1"}}, {"triggers": {"a": "2"}}, {}),
    ],
)
def test_an_update_sends_what_changes_and_nothing_else(
    shop: ScriptedCloud, old: dict[str, Any], new: dict[str, Any], sent: dict[str, Any]
):
    forced = {"forceNewDeployment": True} if "forceNewDeployment" in new else {}
    assert change(shop, old, new) == sent | forced


def test_what_only_the_provider_reads_calls_nobody(shop: ScriptedCloud):
    state = {**INPUTS, "tagsAll": INPUTS["tags"]}
    Resources(shop).update(SERVICE, "web", ARN, state, INPUTS, {**INPUTS, "forceDelete": True, "sigintRollback": True})
    assert "update_service" not in shop.operations()


def test_a_service_is_scaled_to_nothing_before_it_is_deleted(shop: ScriptedCloud):
    shop.answers["delete_service"] = lambda **_: (
        shop.answers.update(describe_services={"services": [{**DESCRIBED, "status": "INACTIVE"}]}) or {}
    )
    Resources(shop).delete(SERVICE, "web", ARN, {}, INPUTS)
    assert shop.operations() == ["describe_services", "update_service", "delete_service", "describe_services"]
    assert shop.parameters("update_service")["desiredCount"] == 0
    assert shop.parameters("delete_service")["force"] is False


def test_a_service_that_may_be_deleted_at_once_is(shop: ScriptedCloud):
    shop.answers["delete_service"] = lambda **_: shop.answers.update(describe_services={"services": []}) or {}
    Resources(shop).delete(SERVICE, "web", ARN, {}, {**INPUTS, "forceDelete": True})
    assert "update_service" not in shop.operations()
    assert shop.parameters("delete_service")["force"] is True


def test_a_deletion_waits_for_deployments_to_end_and_for_nothing_else(shop: ScriptedCloud):
    busy = refused("InvalidParameterException", "The service cannot be stopped while deployments are active.")
    answers: list[Any] = [busy, busy]

    def delete(**_: Any) -> dict[str, Any]:
        if answers:
            raise answers.pop()
        shop.answers["describe_services"] = {"services": []}
        return {}

    shop.answers["delete_service"] = delete
    Resources(shop).delete(SERVICE, "web", ARN, {}, INPUTS)
    assert shop.operations().count("delete_service") == 3
    shop.answers["describe_services"] = {"services": [DESCRIBED]}
    shop.answers["delete_service"] = refused("InvalidParameterException", "something else")
    with pytest.raises(AwsCallError, match="something else"):
        Resources(shop).delete(SERVICE, "web", ARN, {}, INPUTS)


@pytest.mark.parametrize("status", ["DRAINING", "INACTIVE"])
def test_a_service_that_is_on_its_way_out_is_gone(shop: ScriptedCloud, status: str):
    shop.answers["describe_services"] = {"services": [{**DESCRIBED, "status": status}]}
    assert Resources(shop).read(SERVICE, "web", ARN, {}, INPUTS) is None


def deploying(shop: ScriptedCloud, *statuses: str) -> Callable[..., dict[str, Any]]:
    """Answers each look at the deployment with the next status, and the last one for ever."""
    shop.answers["list_service_deployments"] = {
        "serviceDeployments": [
            {"serviceDeploymentArn": "other", "targetServiceRevisionArn": "arn:revision/76"},
            {"serviceDeploymentArn": "ours", "targetServiceRevisionArn": "arn:revision/77"},
        ]
    }
    left = list(statuses)

    def answer(**_: Any) -> dict[str, Any]:
        status = left.pop(0) if len(left) > 1 else left[0]
        return {"serviceDeployments": [{"status": status, "statusReason": f"it is {status}"}]}

    return answer


def test_a_steady_state_is_the_end_of_the_deployment_of_the_primary_revision(shop: ScriptedCloud):
    shop.answers["describe_service_deployments"] = deploying(shop, "PENDING", "IN_PROGRESS", "SUCCESSFUL")
    create(shop, waitForSteadyState=True)
    assert shop.parameters("describe_service_deployments") == {"serviceDeploymentArns": ["ours"]}
    assert shop.time == 1020.0


@pytest.mark.parametrize("status", ["STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"])
def test_a_deployment_that_fails_fails_the_resource(shop: ScriptedCloud, status: str):
    shop.answers["describe_service_deployments"] = deploying(shop, "IN_PROGRESS", status)
    with pytest.raises(HalfMadeError, match=f"it is {status}"):
        create(shop, waitForSteadyState=True)


def test_without_a_deployment_a_steady_state_is_all_tasks_of_one(shop: ScriptedCloud):
    shop.answers["describe_services"] = {"services": [{**DESCRIBED, "runningCount": 1}]}
    with pytest.raises(HalfMadeError, match="timeout while waiting"):
        create(shop, waitForSteadyState=True)
    assert shop.time >= 1000.0 + 1200


@pytest.mark.parametrize("rollback", [True, False])
def test_a_cancelled_update_rolls_back_if_the_program_says_so(shop: ScriptedCloud, rollback: bool):
    shop.answers["describe_service_deployments"] = deploying(shop, "IN_PROGRESS")

    def cancel(_seconds: float) -> None:
        raise CancelledError("the update was cancelled")

    shop.pause = cancel
    with pytest.raises(HalfMadeError, match="cancelled"):
        create(shop, waitForSteadyState=True, sigintRollback=rollback)
    stopped = [parameters for name, parameters in shop.asked if name == "stop_service_deployment"]
    assert stopped == ([{"serviceDeploymentArn": "ours", "stopType": "ROLLBACK"}] if rollback else [])


DOCUMENT = [{"name": "web", "image": "web@sha256:1", "command": ["serve", "--all"]}]


def task(*containers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"family": "web", "containerDefinitions": json.dumps(list(containers)), **more}


@pytest.mark.parametrize(
    "written",
    [
        {"essential": True, "cpu": 0},
        {"environment": [], "mountPoints": [], "secrets": None},
        {"linuxParameters": {"capabilities": {"add": []}}},
        {"volumesFrom": []},
    ],
)
def test_a_default_that_is_written_out_replaces_no_task_definition(cloud: ScriptedCloud, written: dict[str, Any]):
    assert Resources(cloud).diff(TASK, task(*DOCUMENT), task({**DOCUMENT[0], **written})).changes == []


def test_containers_and_their_environment_have_no_order(cloud: ScriptedCloud):
    agent = {"name": "agent", "image": "agent"}
    forth = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    old = task({**DOCUMENT[0], "environment": forth}, agent)
    new = task(agent, {**DOCUMENT[0], "environment": forth[::-1]})
    assert Resources(cloud).diff(TASK, old, new).changes == []


@pytest.mark.parametrize(
    "changed",
    [
        {"image": "web@sha256:2"},
        {"command": ["--all", "serve"]},
        {"essential": False},
        {"readonlyRootFilesystem": True},
        {"portMappings": [{"containerPort": 8080, "protocol": "udp"}]},
    ],
)
def test_a_container_that_changes_replaces_its_task_definition(cloud: ScriptedCloud, changed: dict[str, Any]):
    (change,) = Resources(cloud).diff(TASK, task(*DOCUMENT), task({**DOCUMENT[0], **changed})).changes
    assert (change.name, change.replaces) == ("containerDefinitions", True)


@pytest.fixture
def registered(cloud: ScriptedCloud) -> ScriptedCloud:
    made = {
        "taskDefinitionArn": FIRST,
        "family": "web",
        "revision": 1,
        "status": "ACTIVE",
        "networkMode": "awsvpc",
        "containerDefinitions": [{**DOCUMENT[0], "cpu": 0, "essential": True, "environment": []}],
        "volumes": [{"name": "data", "host": {"sourcePath": "/data"}}],
        "proxyConfiguration": {"containerName": "envoy", "properties": [{"name": "UID", "value": "1337"}]},
    }
    cloud.answers |= {
        "register_task_definition": {"taskDefinition": made},
        "describe_task_definition": {"taskDefinition": made},
        "list_tags_for_resource": {"tags": [{"key": "team", "value": "shop"}]},
    }
    return cloud


def test_a_task_definition_is_registered_and_described_in_the_words_of_the_program(registered: ScriptedCloud):
    inputs = task(
        *DOCUMENT,
        volumes=[{"name": "data", "hostPath": "/data"}],
        proxyConfiguration={"containerName": "envoy", "properties": {"UID": "1337"}},
        tags={"team": "shop"},
    )
    identity, outputs = Resources(registered).create(TASK, "web", inputs, ignore)
    sent = registered.parameters("register_task_definition")
    assert sent["containerDefinitions"] == DOCUMENT
    assert sent["volumes"] == [{"name": "data", "host": {"sourcePath": "/data"}}]
    assert sent["proxyConfiguration"]["properties"] == [{"name": "UID", "value": "1337"}]
    assert sent["tags"] == [{"key": "team", "value": "shop"}]
    assert identity == "web"
    assert {name: outputs[name] for name in inputs} == inputs
    assert (outputs["arn"], outputs["arnWithoutRevision"]) == (FIRST, FIRST.removesuffix(":1"))


@pytest.mark.parametrize("skip", [True, False])
def test_a_revision_is_kept_where_the_program_says_so(registered: ScriptedCloud, skip: bool):
    Resources(registered).delete(TASK, "web", "web", {"arn": FIRST}, task(*DOCUMENT, skipDestroy=skip))
    asked = [parameters for name, parameters in registered.asked if name == "deregister_task_definition"]
    assert asked == ([] if skip else [{"taskDefinition": FIRST}])


def test_a_deregistered_revision_is_gone(registered: ScriptedCloud):
    found = registered.answers["describe_task_definition"]
    assert isinstance(found, dict)
    found["taskDefinition"]["status"] = "INACTIVE"
    assert Resources(registered).read(TASK, "web", "web", {"arn": FIRST}, task(*DOCUMENT)) is None
    registered.answers["describe_task_definition"] = refused("ClientException", "Unable to describe task definition.")
    assert Resources(registered).read(TASK, "web", "web", {"arn": FIRST}, task(*DOCUMENT)) is None


@pytest.mark.parametrize("track,asked", [(True, "web"), (False, FIRST)])
def test_the_latest_revision_is_read_only_where_it_is_tracked(registered: ScriptedCloud, track: bool, asked: str):
    Resources(registered).read(TASK, "web", "web", {"arn": FIRST}, task(*DOCUMENT, trackLatest=track))
    assert registered.parameters("describe_task_definition") == {"taskDefinition": asked}


def test_the_tags_of_a_task_definition_are_those_of_the_latest_revision_where_that_is_tracked(
    registered: ScriptedCloud,
):
    found = registered.answers["describe_task_definition"]
    assert isinstance(found, dict)
    newest = f"{FIRST.removesuffix(':1')}:2"
    found["taskDefinition"]["taskDefinitionArn"] = newest
    Resources(registered).read(TASK, "web", "web", {"arn": FIRST}, task(*DOCUMENT, trackLatest=True))
    assert registered.parameters("list_tags_for_resource") == {"resourceArn": newest}


def test_a_cluster_waits_for_its_services_to_go(cloud: ScriptedCloud):
    answers: list[Any] = [refused("ClusterContainsServicesException"), refused("ClusterContainsTasksException")]

    def delete(**_: Any) -> dict[str, Any]:
        if answers:
            raise answers.pop()
        return {}

    cloud.answers["delete_cluster"] = delete
    Resources(cloud).delete(CLUSTER, "shop", SHOP, {}, {"name": "shop"})
    assert cloud.operations() == ["delete_cluster"] * 3


def test_a_target_that_changes_is_registered_again_with_the_change_alone(cloud: ScriptedCloud):
    what = {
        "resourceId": "service/shop/web",
        "scalableDimension": "ecs:service:DesiredCount",
        "serviceNamespace": "ecs",
    }
    cloud.answers["describe_scalable_targets"] = {"ScalableTargets": [{"ScalableTargetARN": "arn:target"}]}
    old, new = ({**what, "minCapacity": 1, "maxCapacity": most} for most in (2, 4))
    Resources(cloud).update(TARGET, "web", what["resourceId"], {**old, "arn": "arn:target"}, old, new)
    assert cloud.parameters("register_scalable_target") == {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/shop/web",
        "ScalableDimension": "ecs:service:DesiredCount",
        "MaxCapacity": 4,
    }
