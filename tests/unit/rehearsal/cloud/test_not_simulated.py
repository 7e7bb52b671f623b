"""What ECS can do and the local AWS cannot is refused in words that say so, and never accepted without effect."""

from typing import Any

import botocore.session
import pytest

from strata_rehearsal.cloud.moto_patches.not_simulated import REFUSED
from tests.unit.rehearsal.cloud.conftest import Aws
from tests.unit.rehearsal.cloud.container_requests import asked_service, described, refusal, register, service

NOT_HERE = "is not simulated by the local AWS of a rehearsal."
LAMBDA = "arn:aws:lambda:eu-west-1:123456789012:function:check"
HOOK = {
    "hookTargetArn": LAMBDA,
    "roleArn": "arn:aws:iam::123456789012:role/hooks",
    "lifecycleStages": ["POST_SCALE_UP"],
}
EBS = {"name": "data", "managedEBSVolume": {"roleArn": "arn:aws:iam::123456789012:role/x", "sizeInGiB": 10}}
LATTICE = {"roleArn": "arn:aws:iam::123456789012:role/x", "targetGroupArn": "arn:of:a:group", "portName": "http"}
CLASSIC = {"loadBalancerName": "old", "containerName": "web", "containerPort": 8080}

BOTH: dict[str, tuple[dict[str, Any], str]] = {
    # what a service is asked to have, made or changed, and what of it is named
    "function-hook": (
        {
            "deploymentConfiguration": {
                "strategy": "BLUE_GREEN",
                "bakeTimeInMinutes": 1,
                "lifecycleHooks": [{"targetType": "AWS_LAMBDA", **HOOK}],
            }
        },
        "the targetType AWS_LAMBDA, only PAUSE is simulated",
    ),
    "function-hook-that-says-no-type": (
        {
            "deploymentConfiguration": {
                "strategy": "BLUE_GREEN",
                "bakeTimeInMinutes": 1,
                "lifecycleHooks": [HOOK],
            }
        },
        "the targetType AWS_LAMBDA, only PAUSE is simulated",
    ),
    "early-success": (
        {"deploymentConfiguration": {"earlySuccessCriteria": {"enable": True, "healthyPercent": 100}}},
        f"A deployment that succeeds early (earlySuccessCriteria) {NOT_HERE}",
    ),
    "service-connect": ({"serviceConnectConfiguration": {"enabled": True}}, f"Service Connect {NOT_HERE}"),
    "volume": ({"volumeConfigurations": [EBS]}, f"attaches to each task (volumeConfigurations) {NOT_HERE}"),
    "lattice": ({"vpcLatticeConfigurations": [LATTICE]}, f"VPC Lattice {NOT_HERE}"),
    "cloud-map": ({"serviceRegistries": [{"registryArn": "arn:of:a:registry"}]}, f"(serviceRegistries) {NOT_HERE}"),
    "gateway": ({"gatewayConnectors": [{"portName": "http"}]}, f"A gateway connector {NOT_HERE}"),
    "constraint": ({"placementConstraints": [{"type": "distinctInstance"}]}, f"container instances {NOT_HERE}"),
    "placement": ({"placementStrategy": [{"type": "spread", "field": "host"}]}, f"container instances {NOT_HERE}"),
}
ONLY_MADE: dict[str, tuple[dict[str, Any], str]] = {
    "classic-load-balancer": ({"loadBalancers": [CLASSIC]}, f"A Classic Load Balancer before a service {NOT_HERE}"),
    "daemon": ({"schedulingStrategy": "DAEMON"}, f"The scheduling strategy DAEMON {NOT_HERE}"),
    "code-deploy": ({"deploymentController": {"type": "CODE_DEPLOY"}}, f"controller CODE_DEPLOY {NOT_HERE}"),
    "external": ({"deploymentController": {"type": "EXTERNAL"}}, f"controller EXTERNAL {NOT_HERE}"),
    "servers": ({"launchType": "EC2"}, "The launch type EC2, which a service has unless it says FARGATE, is not"),
    "nothing-said": ({"launchType": None}, "The launch type EC2, which a service has unless it says FARGATE, is not"),
    "own-machines": ({"launchType": "EXTERNAL"}, "The launch type EXTERNAL, which a service has"),
    "managed-instances": (
        {"launchType": "MANAGED_INSTANCES"},
        "The launch type MANAGED_INSTANCES, which a service has",
    ),
    "capacity-provider": (
        {"launchType": None, "capacityProviderStrategy": [{"capacityProvider": "gpus", "weight": 1}]},
        "The capacity provider gpus, which is not Fargate's, is not",
    ),
}

FELT: dict[str, str] = {
    # what is simulated, or has no effect on what is: and where it is tested, or why not
    "availabilityZoneRebalancing": "new tasks go where the fewest are",
    "capacityProviderStrategy": "Fargate's own are simulated, others are refused above",
    "clientToken": "a call is not repeated here",
    "cluster": "test_container_services.py",
    "deploymentController": "ECS's own is simulated, others are refused above",
    "desiredCount": "test_service_deployments.py",
    "enableECSManagedTags": "tags of AWS, which nothing here reads",
    "enableExecuteCommand": "no container runs in which a command could",
    "forceNewDeployment": "test_service_deployments.py",
    "healthCheckGracePeriodSeconds": "test_service_deployments.py",
    "launchType": "Fargate is simulated, others are refused above",
    "loadBalancers": "test_service_deployments.py; classic ones are refused above",
    "monitoring": "metrics of ECS come from nowhere here",
    "networkConfiguration": "test_container_tasks.py",
    "platformVersion": "a revision has it",
    "propagateTags": "test_container_services.py",
    "role": "no task with a network of its own may have one",
    "schedulingStrategy": "REPLICA is simulated, the other one is refused above",
    "service": "test_container_services.py",
    "serviceName": "test_container_services.py",
    "tags": "test_container_services.py",
    "taskDefinition": "test_service_deployments.py",
}
OF_A_DEPLOYMENT = {
    *("alarms", "bakeTimeInMinutes", "canaryConfiguration", "deploymentCircuitBreaker", "lifecycleHooks"),
    *("linearConfiguration", "maximumPercent", "minimumHealthyPercent", "strategy"),
}
"""Members of a deployment configuration that the state machine knows; hooks that ask a function are refused."""


@pytest.mark.parametrize("case", {**BOTH, **ONLY_MADE})
def test_a_service_that_needs_what_is_not_there_is_not_made(aws: Aws, case: str):
    changes, words = {**BOTH, **ONLY_MADE}[case]
    aws.ecs.create_cluster(clusterName="shop")
    register(aws, requiresCompatibilities=["FARGATE", "EC2"])
    asked = {name: value for name, value in asked_service(aws, **changes).items() if value is not None}
    code, message = refusal(aws.ecs.create_service, **asked)
    assert code == "InvalidParameterException"
    assert words in message
    assert aws.ecs.list_services(cluster="shop")["serviceArns"] == []


@pytest.mark.parametrize("case", BOTH)
def test_a_service_does_not_get_later_what_is_not_there(aws: Aws, case: str):
    before = service(aws)
    changes, words = BOTH[case]
    code, message = refusal(aws.ecs.update_service, cluster="shop", service="web", **changes)
    assert code == "InvalidParameterException"
    assert words in message
    after = described(aws)
    assert after["deploymentConfiguration"] == before["deploymentConfiguration"]
    assert [each["id"] for each in after["deployments"]] == [each["id"] for each in before["deployments"]]


def test_what_asks_for_nothing_is_accepted(aws: Aws):
    nothing: dict[str, Any] = {
        "serviceConnectConfiguration": {"enabled": False},
        "volumeConfigurations": [],
        "vpcLatticeConfigurations": [],
        "serviceRegistries": [],
        "placementConstraints": [],
        "placementStrategy": [],
        "loadBalancers": [],
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": "ECS"},
        "deploymentConfiguration": {"earlySuccessCriteria": {"enable": False}, "lifecycleHooks": []},
    }
    made = service(aws, **nothing)
    assert made["status"] == "ACTIVE"
    aws.ecs.update_service(cluster="shop", service="web", serviceRegistries=[], volumeConfigurations=[])


@pytest.mark.parametrize("provider", ["FARGATE", "FARGATE_SPOT"])
def test_fargates_own_capacity_providers_run_tasks(aws: Aws, provider: str):
    aws.ecs.create_cluster(clusterName="shop", capacityProviders=[provider])
    register(aws)
    asked = asked_service(aws, capacityProviderStrategy=[{"capacityProvider": provider, "weight": 1}])
    del asked["launchType"]
    aws.ecs.create_service(**asked)
    aws.wait(120)
    assert len(aws.ecs.list_tasks(cluster="shop", serviceName="web")["taskArns"]) == 2


def test_sets_of_tasks_are_refused(aws: Aws):
    service(aws)
    place = {"cluster": "shop", "service": "web"}
    for call, more in (
        (aws.ecs.create_task_set, {"taskDefinition": "web"}),
        (aws.ecs.update_task_set, {"taskSet": "one", "scale": {"value": 50.0}}),
        (aws.ecs.update_service_primary_task_set, {"primaryTaskSet": "one"}),
    ):
        assert refusal(call, **place, **more) == ("InvalidParameterException", f"A set of tasks {NOT_HERE}")


def test_every_parameter_of_a_service_is_simulated_refused_or_without_effect():
    model: Any = botocore.session.get_session().get_service_model("ecs")
    known = {*FELT, *REFUSED}
    asked = {
        name
        for operation in ("CreateService", "UpdateService")
        for name in model.operation_model(operation).input_shape.members
    }
    assert asked == known, "simulate it, refuse it in not_simulated.py, or say in FELT why it has no effect"
    tried = {name for changes, _ in BOTH.values() for name in changes}
    assert tried == {*REFUSED}
    members = {*model.shape_for("DeploymentConfiguration").members}
    assert members == {*OF_A_DEPLOYMENT, "earlySuccessCriteria"}
    assert {*model.shape_for("AdvancedConfiguration").members} == {
        *("alternateTargetGroupArn", "productionListenerRule", "roleArn", "testListenerRule"),
    }, "all of it is in test_service_deployments.py"
