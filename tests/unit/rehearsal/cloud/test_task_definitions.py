"""Task definitions are registered and refused as by ECS."""

from typing import Any

import pytest

from strata.aws.facts import fargate
from tests.unit.rehearsal.cloud.conftest import Aws
from tests.unit.rehearsal.cloud.container_requests import CONTAINER, TASK, refusal, register

PUBLIC = {"name": "web", "image": "public.ecr.aws/nginx/nginx@sha256:" + "b" * 64}
LOGGED = {**PUBLIC, "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "web"}}}
WITH_SECRET = {**PUBLIC, "secrets": [{"name": "TOKEN", "valueFrom": "arn:aws:secretsmanager:eu-west-1:1:secret:x"}]}


def refused(aws: Aws, **changes: Any) -> tuple[str, str]:
    asked = {name: value for name, value in {**TASK, **changes}.items() if value is not None}
    return refusal(aws.ecs.register_task_definition, **asked)


@pytest.mark.parametrize(
    "cpu,memory", [("300", "512"), ("256", "4096"), ("1024", "1024"), ("8192", "17408"), ("32768", "65536")]
)
def test_a_size_that_fargate_has_no_tasks_of_is_refused(bare: Aws, cpu: str, memory: str):
    assert refused(bare, cpu=cpu, memory=memory) == (
        "ClientException",
        (
            f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. See the Amazon ECS "
            "documentation for the valid values."
        ),
    )


@pytest.mark.parametrize("cpu", sorted(fargate.MEMORY_MIB))
def test_the_smallest_and_the_largest_memory_of_each_cpu_are_accepted(bare: Aws, cpu: int):
    for memory in (fargate.MEMORY_MIB[cpu][0], fargate.MEMORY_MIB[cpu][-1]):
        register(bare, cpu=str(cpu), memory=str(memory))


def test_a_size_in_words_is_described_in_units(bare: Aws):
    arn = register(bare, cpu=".5 vCPU", memory="2 GB")
    found = bare.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    assert (found["cpu"], found["memory"]) == ("512", "2048")


def test_a_size_that_is_no_number_is_refused(bare: Aws):
    code, message = refused(bare, cpu="much")
    assert (code, message.partition(".")[0]) == ("ClientException", "Invalid 'cpu' setting for task")


@pytest.mark.parametrize("name", ["cpu", "memory"])
def test_fargate_wants_the_size_of_the_task(bare: Aws, name: str):
    container = {**CONTAINER, "memory": 128}
    assert refused(bare, containerDefinitions=[container], **{name: None}) == (
        "ClientException",
        f"Fargate requires that '{name}' be defined at the task level.",
    )


@pytest.mark.parametrize("mode", [None, "bridge", "host"])
def test_fargate_wants_a_network_interface_for_each_task(bare: Aws, mode: str | None):
    code, message = refused(bare, networkMode=mode)
    assert code == "ClientException"
    assert message.startswith("Fargate only supports network mode")
    assert "awsvpc" in message


@pytest.mark.parametrize("size,bound", [(20, "at least 21"), (201, "at most 200")])
def test_ephemeral_storage_has_bounds(bare: Aws, size: int, bound: str):
    assert refused(bare, ephemeralStorage={"sizeInGiB": size}) == (
        "ClientException",
        f"EphemeralStorage size should be {bound}",
    )


@pytest.mark.parametrize(
    "container,words",
    [
        (LOGGED, "Fargate requires task definition to have execution role ARN to support log driver awslogs."),
        (CONTAINER, "Fargate requires task definition to have execution role ARN to support ECR images."),
        (
            WITH_SECRET,
            "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
        ),
    ],
)
def test_what_needs_an_execution_role_is_refused_without_one(bare: Aws, container: dict[str, Any], words: str):
    assert refused(bare, containerDefinitions=[container], executionRoleArn=None) == ("ClientException", words)
    register(bare, containerDefinitions=[container])


def test_a_public_image_needs_no_execution_role(bare: Aws):
    register(bare, containerDefinitions=[PUBLIC], executionRoleArn=None)


def test_a_family_means_its_latest_active_revision(bare: Aws):
    first, second = register(bare), register(bare)
    bare.ecs.deregister_task_definition(taskDefinition=second)
    found = bare.ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]
    assert found["taskDefinitionArn"] == first
    gone = bare.ecs.describe_task_definition(taskDefinition=second)["taskDefinition"]
    assert (gone["status"], "deregisteredAt" in gone) == ("INACTIVE", True)
    assert register(bare).endswith("web:3"), "no number is given twice"


def test_a_family_without_an_active_revision_is_not_found(bare: Aws):
    bare.ecs.deregister_task_definition(taskDefinition=register(bare))
    assert refusal(bare.ecs.describe_task_definition, taskDefinition="web") == (
        "ClientException",
        "Unable to describe task definition.",
    )


def test_what_is_asked_for_is_described(bare: Aws):
    arn = register(
        bare,
        enableFaultInjection=True,
        ephemeralStorage={"sizeInGiB": 30},
        runtimePlatform={"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
        tags=[{"key": "team", "value": "shop"}],
    )
    answer = bare.ecs.describe_task_definition(taskDefinition=arn, include=["TAGS"])
    found = answer["taskDefinition"]
    assert found["enableFaultInjection"] is True
    assert found["ephemeralStorage"] == {"sizeInGiB": 30}
    assert found["runtimePlatform"]["cpuArchitecture"] == "ARM64"
    assert answer["tags"] == [{"key": "team", "value": "shop"}]
    assert found["registeredAt"].timestamp() == bare.clock.now()
