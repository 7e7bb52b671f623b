"""A container service as it is registered."""

import json
import re
from typing import Any

import boto3
import pulumi
import pulumi_aws as aws
import pytest

from strata import ContainerImage, ContainerService, ObjectStore, Secret, testing
from strata.components.children import Overrides
from strata.components.container_service.ecs_service import ONLY_THE_GATE_SENDS, ONLY_WHILE_THE_GATE_ROLLS
from strata.errors import ImageError, UsageError
from strata.rollout.record import DIGEST_TAG, TaskRelease, proven_by
from strata.rollout.tasks.deployment import DeploymentStrategy
from strata.rollout.tasks.task_spec import TaskSpec
from strata.settings.models import (
    ContainerImageSettings,
    ContainerServiceSettings,
    ObjectStoreSettings,
    RouteSettings,
    SecretSettings,
)

REPOSITORY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web"
REFERENCE = f"{REPOSITORY}@sha256:{'a' * 64}"
OTHER = f"{REPOSITORY}@sha256:{'b' * 64}"
ROUTE = {"routes": (RouteSettings(priority=10, paths=("/*",)),)}


@pytest.fixture
def run(ground):
    """Registers one service, with a route unless it is a worker."""

    def running(values: dict[str, Any] | None = None, *, worker: bool = False, **keywords: Any) -> testing.Graph:
        settings = ContainerServiceSettings.model_validate({**({} if worker else ROUTE), **(values or {})})

        def program(on) -> None:
            given: Any = {"image": REFERENCE, "network": on.network, "ingress": on.ingress, "gate": ground.gate}
            given |= {key: make() if callable(make) else make for key, make in keywords.items()}
            ContainerService("web", settings, **given)

        return ground.run(program)

    return running


def container(graph: testing.Graph) -> dict[str, Any]:
    (found,) = json.loads(graph.one("TaskDefinition").inputs["containerDefinitions"])
    return found


def statements(graph: testing.Graph, name: str) -> list[dict[str, Any]]:
    return json.loads(graph.one("RolePolicy", name).inputs["policy"])["Statement"]


def release(graph: testing.Graph) -> TaskRelease:
    found = proven_by(TaskRelease, graph.one("Parameter", "web-release").inputs["insecureValue"])
    assert found is not None
    return found


# what a task is


def test_a_task_runs_as_nobody_special_on_a_file_system_that_it_cannot_write_to(run):
    graph = run({"writable_paths": ("/run/shop",)})
    found = container(graph)
    assert (found["user"], found["readonlyRootFilesystem"], found["image"]) == ("10001:10001", True, REFERENCE)
    assert found["linuxParameters"] == {"capabilities": {"drop": ["ALL"]}, "initProcessEnabled": True}
    assert "privileged" not in found
    assert found["mountPoints"] == [
        {"sourceVolume": "writable-0", "containerPath": "/run/shop", "readOnly": False},
    ]
    task = graph.one("TaskDefinition").inputs
    assert task["volumes"] == [{"name": "writable-0"}]
    assert (task["networkMode"], task["requiresCompatibilities"]) == ("awsvpc", ["FARGATE"])
    assert task["skipDestroy"] is True
    testing.assert_images_are_pinned(graph)


@pytest.mark.parametrize("user", ["root", "0", "0:0", "0:10001", "app", "10001:0"])
def test_root_and_users_by_name_are_refused(user):
    with pytest.raises(UsageError, match="user"):
        ContainerServiceSettings(user=user)


def test_no_task_has_a_public_address_and_no_shell_unless_it_is_asked_for(run):
    service = run().one("Service", "web-service").inputs
    assert service["networkConfiguration"]["assignPublicIp"] is False
    assert service["networkConfiguration"]["subnets"] == ["subnet-1", "subnet-2"]
    assert service["enableExecuteCommand"] is False
    assert [it for it in run() if it.name == "web-shell"] == []
    allowed = statements(run({"execute_command": True}), "web-shell")
    assert all(action.startswith("ssmmessages:") for each in allowed for action in each["Action"])


def test_only_the_load_balancer_reaches_the_tasks(run):
    rules = [it.inputs for it in run() if it.type.endswith("SecurityGroupIngressRule") and it.name.startswith("web")]
    (rule,) = rules
    assert "cidrIpv4" not in rule
    assert rule["referencedSecurityGroupId"].startswith("public-ingress")
    assert [it for it in run(worker=True) if it.name == "web-from-ingress"] == []


def test_what_may_be_left_to_the_image_is_left_to_it(run):
    assert {"command", "entryPoint", "healthCheck", "ulimits", "secrets"} & set(container(run())) == set()
    found = container(
        run(
            {
                "command": ("serve",),
                "entry_point": ("/init", "--"),
                "open_files": 4096,
                "container_health": {"command": ("probe",), "retries": 4},
            }
        )
    )
    assert (found["command"], found["entryPoint"]) == (["serve"], ["/init", "--"])
    assert found["ulimits"] == [{"name": "nofile", "softLimit": 4096, "hardLimit": 4096}]
    assert found["healthCheck"] == {
        "command": ["CMD", "probe"],
        "interval": 10,
        "timeout": 5,
        "retries": 4,
        "startPeriod": 60,
    }


# roles


def test_the_execution_role_pulls_one_repository_and_writes_one_log_group(run):
    found = statements(run(), "web-execution")
    assert [each["Action"][0] for each in found] == [
        "logs:CreateLogStream",
        "ecr:GetAuthorizationToken",
        "ecr:BatchCheckLayerAvailability",
    ]
    assert found[2]["Resource"] == ["arn:aws:ecr:eu-west-1:123456789012:repository/shop/web"]
    assert found[0]["Resource"][0].endswith("/strata/project/test/web:*")


def test_an_image_of_another_registry_needs_no_permission(run):
    found = statements(run(image=f"ghcr.io/shop/web@sha256:{'a' * 64}"), "web-execution")
    assert [each["Action"][0] for each in found] == ["logs:CreateLogStream"]


def test_a_secret_is_named_by_its_arn_and_read_by_the_execution_role_alone(run):
    graph = run(secrets=lambda: {"TOKEN": Secret("token", SecretSettings())})
    (secret,) = container(graph)["secrets"]
    assert secret["name"] == "TOKEN"
    assert secret["valueFrom"].startswith("arn:aws:secretsmanager:")
    read = [each for each in statements(graph, "web-execution") if "secretsmanager:GetSecretValue" in each["Action"]]
    assert [each["Resource"] for each in read] == [[secret["valueFrom"]]]
    assert [it.name for it in graph if it.type.endswith("RolePolicy")] == ["web-execution"]


def test_what_is_used_is_granted_to_the_task_role_alone(run):
    graph = run(uses=lambda: [ObjectStore("uploads", ObjectStoreSettings())])
    assert graph.one("RolePolicy", "web-uses").inputs["role"].startswith("web-task")
    assert not any("s3:" in json.dumps(each) for each in statements(graph, "web-execution"))
    assert {"UPLOADS_BUCKET", "STRATA_SERVICE"} <= {each["name"] for each in container(graph)["environment"]}


@pytest.mark.parametrize(
    "values,secret,said",
    [
        ({}, "STRATA_TOKEN", r"STRATA_\* is what Strata itself gives"),
        ({"environment": {"LEVEL": "1"}}, "LEVEL", r"by secrets and by strata:container_services.web.environment"),
        ({}, "UPLOADS_BUCKET", "by secrets and by uses"),
    ],
)
def test_a_variable_has_one_source(run, values, secret, said):
    with pytest.raises(UsageError, match=said):
        run(
            values,
            secrets=lambda: {secret: Secret("token", SecretSettings())},
            uses=lambda: [ObjectStore("uploads", ObjectStoreSettings())],
        )


def test_what_pulumi_holds_for_a_secret_is_refused(run):
    with pytest.raises(UsageError, match="pid_mode of its task definition is a secret"):
        run(overrides=lambda: {"task_definition": {"pid_mode": pulumi.Output.secret("task")}})


# the image


@pytest.mark.parametrize("reference", [f"{REPOSITORY}:latest", f"{REPOSITORY}:1.4.2", REPOSITORY])
def test_a_reference_without_a_digest_is_refused(run, reference):
    with pytest.raises(ImageError):
        run(image=reference)


def test_the_record_names_the_image_as_its_component_does(run):
    settings = ContainerImageSettings(version="1.4.2", digest=f"sha256:{'a' * 64}", repository=REPOSITORY)
    found = release(run(image=lambda: ContainerImage("shop", settings)))
    assert (found.image.name, found.image.version, found.image.id) == ("shop", "1.4.2", REFERENCE)
    assert release(run()).image.version == f"sha256:{'a' * 12}"


def test_the_record_names_service_and_revision(run):
    graph = run()
    found = release(graph)
    assert re.fullmatch(r"arn:aws:ecs:eu-west-1:123456789012:service/web-cluster-\w+/web-service-\w+", found.service)
    assert re.fullmatch(r"arn:aws:ecs:eu-west-1:123456789012:task-definition/web-task-\w+:1", found.task_definition)
    assert graph.one("TaskDefinition").inputs["tags"][DIGEST_TAG] == found.digest


# the digest

FELT: dict[str, dict[str, Any]] = {
    "cpu": {"cpu": 512, "memory_mib": 1024},
    "memory": {"memory_mib": 1024},
    "storage": {"ephemeral_gib": 30},
    "platform": {"platform": "linux/arm64"},
    "platform version": {"platform_version": "1.5.0"},
    "port": {"port": 9090},
    "command": {"command": ("serve",)},
    "entry point": {"entry_point": ("/init",)},
    "user": {"user": "10002"},
    "folders": {"writable_paths": ("/srv",)},
    "open files": {"open_files": 4096},
    "stop": {"stop_seconds": 31},
    "container health": {"container_health": {"command": ("probe",)}},
    "environment": {"environment": {"LEVEL": "1"}},
    "strategy": {"rollout": {"strategy": "rolling"}},
}
NOT_FELT: dict[str, dict[str, Any]] = {
    "tags": {"tags": {"team": "shop"}},
    "capacity": {"capacity": {"min": 3, "max": 9}},
    "scaling": {"scaling": None},
    "health": {"health": {"path": "/ready"}},
    "drain": {"drain_seconds": 61},
    "boot without a check in the container": {"boot_seconds": 61},
    "retention": {"log_retention_days": 60},
    "alarms": {"alarms": {"error_rate_percent": 6.0}},
    "bake": {"rollout": {"bake_minutes": 7}},
    "protection": {"protect": True},
    "route": {"routes": ({"priority": 10, "paths": ("/shop/*",)},)},
}


@pytest.mark.parametrize("change", FELT)
def test_what_changes_a_running_task_changes_the_digest(run, change):
    assert release(run(FELT[change])).digest != release(run()).digest


@pytest.mark.parametrize("change", NOT_FELT)
def test_what_no_task_feels_leaves_the_digest_alone(run, change):
    assert release(run(NOT_FELT[change])).digest == release(run()).digest


def test_image_roles_and_secrets_are_in_the_digest(run):
    plain = release(run()).digest
    assert release(run(image=OTHER)).digest != plain
    assert release(run(secrets=lambda: {"TOKEN": Secret("token", SecretSettings())})).digest != plain
    assert release(run(overrides={"task_definition": {"task_role_arn": "arn:other"}})).digest != plain


# the service


def test_only_the_gate_sends_what_starts_a_deployment(run):
    model = boto3.client("ecs", region_name="eu-west-1").meta.service_model.operation_model("UpdateService")
    assert model.input_shape is not None
    starts = {
        name
        for name, member in model.input_shape.members.items()
        if "triggers a new service deployment" in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", member.documentation))
    }
    assert set(ONLY_THE_GATE_SENDS) == starts
    known = aws.ecs.Service._internal_init.__annotations__
    assert {
        re.sub(r"([A-Z])", lambda found: f"_{found[1].lower()}", name) for name in ONLY_THE_GATE_SENDS.values()
    } <= set(known)
    ignored = run().one("Service", "web-service").options.ignore_changes
    assert set(ignored) == {"desiredCount", *ONLY_THE_GATE_SENDS.values(), ONLY_WHILE_THE_GATE_ROLLS}


def test_the_gate_is_handed_what_it_sends_in_the_words_of_aws(run, ground):
    run()
    (gated,) = ground.gate.records
    sent = ground.gate.asked[0].parameters
    assert gated.spec.configuration.strategy is DeploymentStrategy.CANARY
    assert set(sent) <= set(ONLY_THE_GATE_SENDS)
    assert sent["platformVersion"] == "1.4.0"
    inside = sent["networkConfiguration"]["awsvpcConfiguration"]
    assert (inside["subnets"], inside["assignPublicIp"]) == (["subnet-1", "subnet-2"], "DISABLED")
    (balancer,) = sent["loadBalancers"]
    assert set(balancer) == {"targetGroupArn", "containerName", "containerPort", "advancedConfiguration"}
    assert set(balancer["advancedConfiguration"]) == {"alternateTargetGroupArn", "productionListenerRule", "roleArn"}
    assert ground.gate.asked[0].task_definition == release(run()).task_definition


def test_the_provider_waits_for_nothing_and_forces_nothing(run):
    service = run().one("Service", "web-service").inputs
    assert service["waitForSteadyState"] is False
    assert "forceNewDeployment" not in service
    assert service["deploymentController"] == {"type": "ECS"}


STRATEGIES = {
    "rolling": {"strategy": "ROLLING"},
    "blue-green": {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": "5"},
    "linear": {
        "strategy": "LINEAR",
        "bakeTimeInMinutes": "5",
        "linearConfiguration": {"stepPercent": 10, "stepBakeTimeInMinutes": "6"},
    },
    "canary": {
        "strategy": "CANARY",
        "bakeTimeInMinutes": "5",
        "canaryConfiguration": {"canaryPercent": 10, "canaryBakeTimeInMinutes": "5"},
    },
}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_strategy_is_what_ecs_calls_it(run, strategy):
    graph = run({"rollout": {"strategy": strategy}})
    service = graph.one("Service", "web-service").inputs
    assert service["deploymentConfiguration"] == STRATEGIES[strategy]
    rolling = strategy == "rolling"
    assert service["deploymentCircuitBreaker"] == {"enable": rolling, "rollback": rolling}
    assert ("advancedConfiguration" in service["loadBalancers"][0]) is not rolling
    assert bool([it for it in graph if it.name == "web-infrastructure"]) is not rolling
    assert len(service["alarms"]["alarmNames"]) == 4, "two of each target group"


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_weights_of_the_two_target_groups_are_those_of_ecs(run, strategy):
    rule = run({"rollout": {"strategy": strategy}}).one("ListenerRule")
    assert rule.options.ignore_changes == ("actions",)
    (action,) = rule.inputs["actions"]
    assert [each["weight"] for each in action["forward"]["targetGroups"]] == [100, 0]


def test_a_target_group_outlives_a_change_of_the_port(run):
    ports = [[it.inputs["port"] for it in run({"port": port}) if it.type.endswith("TargetGroup")] for port in (80, 90)]
    assert ports[0] == ports[1]


def test_a_worker_is_rolled_without_a_load_balancer(run, ground):
    graph = run(worker=True)
    service = graph.one("Service", "web-service").inputs
    assert service["deploymentConfiguration"] == {"strategy": "ROLLING"}
    assert {"healthCheckGracePeriodSeconds", "alarms"} & set(service) == set()
    assert not service.get("loadBalancers")
    assert ground.gate.asked[0].parameters["loadBalancers"] == []
    assert [it for it in graph if it.type.startswith("aws:cloudwatch/metricAlarm")] == []


def test_routes_need_an_ingress(run):
    with pytest.raises(UsageError, match="has routes but no ingress"):
        run(ingress=None)


def test_a_strategy_that_moves_requests_moves_one_route(run):
    routes = tuple(RouteSettings(priority=number, paths=(f"/{number}",)) for number in (1, 2))
    with pytest.raises(UsageError, match="has 2 routes, and with the strategy canary ECS moves the requests of one"):
        run({"routes": routes})
    assert (
        len([it for it in run({"routes": routes, "rollout": {"strategy": "rolling"}}) if "ListenerRule" in it.type])
        == 2
    )


def test_scaling_has_bounds_and_what_it_tracks(run):
    graph = run(
        {
            "scaling": {"cpu_percent": 50, "memory_percent": 70, "requests_per_task": 9},
            "rollout": {"strategy": "rolling"},
        }
    )
    target = graph.one("Target", "web-capacity").inputs
    assert (target["minCapacity"], target["maxCapacity"]) == (2, 4)
    assert target["resourceId"].startswith("service/web-cluster-")
    assert "/web-service-" in target["resourceId"]
    tracked = [
        it.inputs["targetTrackingScalingPolicyConfiguration"]
        for it in graph
        if it.type.endswith("Policy") and "appautoscaling" in it.type
    ]
    assert sorted(each["targetValue"] for each in tracked) == [9, 50, 70]
    assert len([it for it in run({"scaling": None}) if "appautoscaling" in it.type]) == 1


def test_a_cluster_may_be_given(run):
    arn = "arn:aws:ecs:eu-west-1:123456789012:cluster/shared"
    graph = run(cluster=arn)
    assert graph.one("Service", "web-service").inputs["cluster"] == arn
    assert [it for it in graph if it.type.endswith(":Cluster")] == []
    shared = run(cluster=lambda: aws.ecs.Cluster("shared"))
    assert shared.one("Service", "web-service").inputs["cluster"].endswith(shared.one("Cluster").name) is False
    assert len([it for it in shared if it.type.endswith(":Cluster")]) == 1


FIXED = [(child, name) for child, inputs in ContainerService.FIXED_INPUTS.items() for name in inputs]


@pytest.mark.parametrize("child,name", FIXED)
def test_what_the_gate_rests_on_cannot_be_overridden(child, name):
    with pytest.raises(UsageError, match=rf"overrides of web set {child}\.{name}, which no override may"):
        Overrides("web", ContainerService.children.names(), {child: {name: "other"}}, ContainerService.FIXED_INPUTS)


# what the gate is told


def test_the_specification_follows_the_settings():
    settings = ContainerServiceSettings.model_validate(
        {**ROUTE, "rollout": {"strategy": "linear", "linear_step_percent": 25.0}, "boot_seconds": 30}
    )
    spec = TaskSpec.of_service("web", settings, record="/record")
    assert (spec.configuration.strategy, spec.configuration.linear_step_percent) == (DeploymentStrategy.LINEAR, 25)
    assert (spec.check_seconds, spec.warm_up_seconds) == (30, 60)
    assert not spec.configuration.circuit_breaker.enable
    worker = TaskSpec.of_service("web", ContainerServiceSettings(), record="/record")
    assert worker.configuration.strategy is DeploymentStrategy.ROLLING
    assert worker.configuration.circuit_breaker.rollback
