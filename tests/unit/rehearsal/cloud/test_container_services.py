"""Container services are described as they were asked for, and refused as by ECS."""

from typing import Any

import pytest

from tests.unit.rehearsal.cloud.conftest import REGION, Aws
from tests.unit.rehearsal.cloud.container_requests import (
    addresses,
    asked_service,
    described,
    refusal,
    register,
    service,
)

ARN = f"arn:aws:ecs:{REGION}:123456789012"


def behind(arn: str, **changes: Any) -> dict[str, Any]:
    return {"targetGroupArn": arn, "containerName": "web", "containerPort": 8080, **changes}


def update(aws: Aws, **changes: Any) -> dict[str, Any]:
    return aws.ecs.update_service(cluster="shop", service="web", **changes)["service"]


def refused_update(aws: Aws, **changes: Any) -> tuple[str, str]:
    return refusal(aws.ecs.update_service, cluster="shop", service="web", **changes)


def refused_service(aws: Aws, **changes: Any) -> tuple[str, str]:
    aws.ecs.create_cluster(clusterName="shop")
    return refusal(aws.ecs.create_service, **asked_service(aws, **changes))


def test_a_service_keeps_what_it_was_made_with(aws: Aws):
    target, other = addresses(aws), addresses(aws, "web-other")
    rule = aws.elbv2.describe_rules(ListenerArn=aws.listener)["Rules"][0]["RuleArn"]
    advanced = {"alternateTargetGroupArn": other, "productionListenerRule": rule, "roleArn": f"{ARN}:role/x"}
    asked: dict[str, Any] = {
        "loadBalancers": [behind(target, advancedConfiguration=advanced)],
        "healthCheckGracePeriodSeconds": 30,
        "enableExecuteCommand": True,
        "enableECSManagedTags": True,
        "propagateTags": "SERVICE",
        "availabilityZoneRebalancing": "DISABLED",
        "deploymentConfiguration": {
            "strategy": "CANARY",
            "bakeTimeInMinutes": 10,
            "canaryConfiguration": {"canaryPercent": 20.0},
            "alarms": {"alarmNames": ["web-5xx"], "enable": True, "rollback": True},
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        },
        "tags": [{"key": "team", "value": "shop"}],
    }
    service(aws, **asked)
    found = aws.ecs.describe_services(cluster="shop", services=["web"], include=["TAGS"])["services"][0]
    configuration = asked.pop("deploymentConfiguration")
    assert {name: found[name] for name in asked} == asked
    assert found["deploymentConfiguration"] == {
        **configuration,
        "canaryConfiguration": {"canaryPercent": 20.0, "canaryBakeTimeInMinutes": 10},
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
    }
    assert found["networkConfiguration"] == {"awsvpcConfiguration": {"subnets": aws.subnets}}
    assert found["platformVersion"] == "LATEST"
    assert found["taskDefinition"] == f"{ARN}:task-definition/web:1"
    assert found["createdAt"].timestamp() == aws.clock.now()


def test_a_service_that_says_nothing_has_the_defaults_of_ecs(aws: Aws):
    made = service(aws)
    assert made["deploymentConfiguration"] == {
        "deploymentCircuitBreaker": {"enable": False, "rollback": False},
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
        "strategy": "ROLLING",
        "bakeTimeInMinutes": 0,
    }
    assert (made["propagateTags"], made["availabilityZoneRebalancing"]) == ("NONE", "ENABLED")
    assert (made["enableExecuteCommand"], made["enableECSManagedTags"]) == (False, False)


def test_a_service_of_a_capacity_provider_has_no_launch_type(aws: Aws):
    aws.ecs.create_cluster(
        clusterName="shop",
        capacityProviders=["FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
    )
    register(aws)
    asked = asked_service(aws)
    del asked["launchType"]
    made = aws.ecs.create_service(**asked)["service"]
    assert "launchType" not in made
    assert [each["capacityProvider"] for each in made["capacityProviderStrategy"]] == ["FARGATE_SPOT"]
    assert made["platformVersion"] == "LATEST"


def test_an_update_merges_the_deployment_configuration(aws: Aws):
    service(aws, deploymentConfiguration={"minimumHealthyPercent": 50, "maximumPercent": 150})
    breaker = {"enable": True, "rollback": True}
    update(aws, deploymentConfiguration={"deploymentCircuitBreaker": breaker})
    found = described(aws)["deploymentConfiguration"]
    assert (found["minimumHealthyPercent"], found["maximumPercent"]) == (50, 150)
    assert found["deploymentCircuitBreaker"] == breaker


def test_a_strategy_takes_its_block_with_it(aws: Aws):
    service(aws, deploymentConfiguration={"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 25.0}})
    assert described(aws)["deploymentConfiguration"]["linearConfiguration"] == {
        "stepPercent": 25.0,
        "stepBakeTimeInMinutes": 6,
    }
    update(aws, deploymentConfiguration={"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5})
    found = described(aws)["deploymentConfiguration"]
    assert (found["strategy"], found["bakeTimeInMinutes"], "linearConfiguration" in found) == ("BLUE_GREEN", 5, False)


def test_an_update_to_a_family_answers_the_arn_of_its_revision(aws: Aws):
    service(aws)
    register(aws)
    assert update(aws, taskDefinition="web")["taskDefinition"] == f"{ARN}:task-definition/web:2"
    assert update(aws, taskDefinition="web:1")["taskDefinition"] == f"{ARN}:task-definition/web:1"


def test_an_update_leaves_alone_what_it_does_not_name(aws: Aws):
    target = addresses(aws)
    before = service(aws, loadBalancers=[behind(target)], enableExecuteCommand=True)
    after = update(aws, desiredCount=3)
    kept = (
        "loadBalancers",
        "networkConfiguration",
        "enableExecuteCommand",
        "taskDefinition",
        "deploymentConfiguration",
    )
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert after["desiredCount"] == 3


def test_an_empty_list_takes_the_load_balancers_away(aws: Aws):
    service(aws, loadBalancers=[behind(addresses(aws))])
    assert update(aws, loadBalancers=[])["loadBalancers"] == []


def test_a_deregistered_task_definition_starts_nothing_new(aws: Aws):
    service(aws)
    second = register(aws)
    aws.ecs.deregister_task_definition(taskDefinition=second)
    inactive = ("ClientException", "TaskDefinition is inactive")
    assert refused_update(aws, taskDefinition=second) == inactive
    assert refused_service(aws, serviceName="other", taskDefinition=second) == inactive


def test_a_service_whose_task_definition_is_deregistered_can_still_be_scaled(aws: Aws):
    made = service(aws)
    aws.ecs.deregister_task_definition(taskDefinition=made["taskDefinition"])
    assert update(aws, desiredCount=5)["desiredCount"] == 5


def test_a_target_group_that_is_not_there_is_refused(aws: Aws):
    service(aws)
    gone = f"arn:aws:elasticloadbalancing:{REGION}:123456789012:targetgroup/gone/0123456789abcdef"
    for refused in (
        refused_update(aws, loadBalancers=[behind(gone)]),
        refused_service(aws, serviceName="other", loadBalancers=[behind(gone)]),
    ):
        assert refused[0] == "InvalidParameterException"
        assert gone in refused[1]


def test_the_other_target_group_of_a_shift_must_be_there_but_needs_no_load_balancer_yet(aws: Aws):
    target, other = addresses(aws), addresses(aws, "web-other", attached=False)
    advanced = {"alternateTargetGroupArn": other, "productionListenerRule": "rule", "roleArn": "role"}
    service(aws, loadBalancers=[behind(target, advancedConfiguration=advanced)])
    aws.elbv2.delete_target_group(TargetGroupArn=other)
    assert refused_update(aws, taskDefinition="web:1")[0] == "InvalidParameterException"


def test_a_target_group_must_fit_the_tasks(aws: Aws):
    instances, lonely = aws.targets, addresses(aws, attached=False)
    register(aws)
    assert refused_service(aws, loadBalancers=[behind(instances)]) == (
        "InvalidParameterException",
        (
            f"The provided target group {instances} has target type instance, which is incompatible with the awsvpc "
            "network mode specified in the task definition."
        ),
    )
    assert refused_service(aws, loadBalancers=[behind(lonely)]) == (
        "InvalidParameterException",
        f"The target group with targetGroupArn {lonely} does not have an associated load balancer.",
    )


@pytest.mark.parametrize(
    "changes,words",
    [
        ({"containerName": "api"}, "The container api does not exist in the task definition."),
        ({"containerPort": 80}, "The container web did not have a container port 80 defined."),
    ],
)
def test_a_load_balancer_needs_a_container_and_its_port(aws: Aws, changes: dict[str, Any], words: str):
    target = addresses(aws)
    register(aws)
    assert refused_service(aws, loadBalancers=[behind(target, **changes)]) == ("InvalidParameterException", words)


def test_a_new_task_definition_must_still_have_the_port_of_the_load_balancer(aws: Aws):
    service(aws, loadBalancers=[behind(addresses(aws))])
    other = {"name": "web", "image": "web", "portMappings": [{"containerPort": 9090}]}
    register(aws, containerDefinitions=[other])
    assert refused_update(aws, taskDefinition="web") == (
        "InvalidParameterException",
        "The container web did not have a container port 8080 defined.",
    )


@pytest.mark.parametrize(
    "changes,words",
    [
        (
            {"networkConfiguration": {}},
            "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        ),
        (
            {"capacityProviderStrategy": [{"capacityProvider": "FARGATE"}]},
            "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
        ),
        (
            {"deploymentConfiguration": {"maximumPercent": 100}},
            "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments",
        ),
    ],
)
def test_a_service_that_could_never_run_is_refused(aws: Aws, changes: dict[str, Any], words: str):
    register(aws)
    assert refused_service(aws, **changes) == ("InvalidParameterException", words)


def test_a_floor_and_a_ceiling_that_block_each_other_are_refused_in_an_update(aws: Aws):
    service(aws)
    assert refused_update(aws, deploymentConfiguration={"maximumPercent": 100})[0] == "InvalidParameterException"


def test_a_task_definition_of_servers_does_not_run_on_fargate(aws: Aws):
    register(aws, requiresCompatibilities=["EC2"], containerDefinitions=[{"name": "web", "image": "web"}])
    assert refused_service(aws) == (
        "InvalidParameterException",
        "Task definition does not support launch_type FARGATE.",
    )


def test_tasks_without_a_network_of_their_own_have_none_to_configure(aws: Aws):
    register(
        aws,
        requiresCompatibilities=["EC2"],
        networkMode="bridge",
        containerDefinitions=[{"name": "web", "image": "web"}],
    )
    assert refused_service(aws, launchType="EC2") == (
        "InvalidParameterException",
        "Network Configuration is not valid for the given networkMode of this task definition.",
    )


def test_a_subnet_that_is_not_there_is_refused_without_security_groups_too(aws: Aws):
    register(aws)
    network = {"awsvpcConfiguration": {"subnets": ["subnet-0123456789abcdef0"]}}
    code, message = refused_service(aws, networkConfiguration=network)
    assert (code, "subnet-0123456789abcdef0" in message) == ("InvalidParameterException", True)


def test_a_service_is_made_once(aws: Aws):
    service(aws)
    assert refused_service(aws) == ("InvalidParameterException", "Creation of service was not idempotent.")


def test_a_service_with_tasks_is_not_deleted_unless_by_force(aws: Aws):
    service(aws)
    assert refusal(aws.ecs.delete_service, cluster="shop", service="web") == (
        "InvalidParameterException",
        "The service cannot be stopped while it is scaled above 0.",
    )
    aws.ecs.delete_service(cluster="shop", service="web", force=True)
    assert (described(aws)["status"], described(aws)["desiredCount"]) == ("DRAINING", 0)
    aws.wait(60)
    assert (described(aws)["status"], described(aws)["desiredCount"]) == ("INACTIVE", 0)
    assert aws.ecs.list_services(cluster="shop")["serviceArns"] == []


def test_a_deleted_service_is_neither_updated_nor_deleted_again_and_leaves_its_name(aws: Aws):
    service(aws)
    aws.ecs.delete_service(cluster="shop", service="web", force=True)
    assert refused_update(aws, desiredCount=1) == ("ServiceNotActiveException", "Service was not ACTIVE.")
    assert refused_service(aws) == (
        "InvalidParameterException",
        "Unable to Start a service that is still Draining.",
    )
    aws.wait(60)
    assert refusal(aws.ecs.delete_service, cluster="shop", service="web")[0] == "ServiceNotFoundException"
    assert service(aws)["status"] == "ACTIVE"


def test_a_service_that_never_was_is_not_found(aws: Aws):
    aws.ecs.create_cluster(clusterName="shop")
    assert refused_update(aws, desiredCount=1) == ("ServiceNotFoundException", "Service not found.")


def test_a_cluster_with_services_stays(aws: Aws):
    service(aws)
    assert refusal(aws.ecs.delete_cluster, cluster="shop") == (
        "ClusterContainsServicesException",
        "The Cluster cannot be deleted while Services are active.",
    )
    assert aws.ecs.describe_clusters(clusters=["shop"])["clusters"][0]["activeServicesCount"] == 1
    aws.ecs.delete_service(cluster="shop", service="web", force=True)
    aws.wait(60)
    assert aws.ecs.delete_cluster(cluster="shop")["cluster"]["status"] == "INACTIVE"


def test_a_deleted_cluster_is_not_found(aws: Aws):
    aws.ecs.create_cluster(clusterName="shop")
    aws.ecs.delete_cluster(cluster="shop")
    assert refusal(aws.ecs.describe_services, cluster="shop", services=["web"])[0] == "ClusterNotFoundException"
    assert aws.ecs.list_clusters()["clusterArns"] == []


def test_a_cluster_is_made_once(aws: Aws):
    service(aws)
    again = aws.ecs.create_cluster(clusterName="shop")["cluster"]
    assert again["activeServicesCount"] == 1
