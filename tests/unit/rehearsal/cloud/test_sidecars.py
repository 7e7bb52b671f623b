"""Tasks with sidecars: which container a fault hits, and whether the task ends with it, as ECS has it."""

from typing import Any

import pytest

from strata_rehearsal.run.replay import Replay
from tests.unit.rehearsal.cloud.conftest import REGION, Aws
from tests.unit.rehearsal.cloud.container_requests import CONTAINER, refusal, register
from tests.unit.rehearsal.cloud.shop import LOG_GROUP, REPOSITORY, ROLLING, Shop

CHECK = {"command": ["CMD", "true"], "interval": 10, "retries": 2, "startPeriod": 20}
OPTIONS = {"awslogs-group": LOG_GROUP, "awslogs-region": REGION}


class SidecarShop(Shop):
    """A shop whose tasks have an agent beside the application."""

    agent: dict[str, Any]
    waits: tuple[str, ...] = ()

    def define(self, digest: str, **changes: Any) -> str:
        def container(name: str, image: str, more: dict[str, Any]) -> dict[str, Any]:
            logs = {"logDriver": "awslogs", "options": {**OPTIONS, "awslogs-stream-prefix": name}}
            return {"name": name, "image": f"{REPOSITORY}@{image}", "logConfiguration": logs} | more

        depends = [{"containerName": "agent", "condition": each} for each in self.waits]
        web = container("web", digest, {"portMappings": [{"containerPort": 8080}], "dependsOn": depends, **changes})
        return register(
            self.aws, containerDefinitions=[web, container("agent", self.push("agent"), self.agent)], memory="512"
        )

    def containers(self, status: str = "RUNNING") -> dict[str, dict[str, Any]]:
        return {each["name"]: each for each in self.tasks(status)[0]["containers"]}

    def stopped(self) -> dict[str, Any]:
        return self.tasks("STOPPED")[0]


@pytest.fixture
def shop(aws: Aws) -> SidecarShop:
    made = SidecarShop(aws)
    made.agent = {"essential": False}
    return made


def test_an_agent_that_crashes_leaves_the_task_alone_and_its_lines_in_its_own_stream(shop: SidecarShop):
    shop.fault("crash", image=shop.push("agent"), after=5)
    shop.run(ROLLING, desired=1)
    found = shop.containers()
    assert (found["agent"]["lastStatus"], found["agent"]["exitCode"]) == ("STOPPED", 1)
    assert (found["web"]["lastStatus"], "exitCode" in found["web"]) == ("RUNNING", False)
    assert shop.tasks("STOPPED") == []
    task = shop.tasks()[0]["taskArn"].rpartition("/")[2]
    lines = shop.aws.logs.get_log_events(logGroupName=LOG_GROUP, logStreamName=f"agent/agent/{task}")["events"]
    assert lines[-1]["message"] == "agent: exit status 1"


def test_a_rehearsal_follows_a_task_whose_agent_has_crashed(shop: SidecarShop):
    shop.fault("crash", image=shop.push("agent"), after=5)
    shop.run(ROLLING, desired=1)
    replay = Replay()
    replay.feed(shop.aws.cloud.world.log.since(0))
    (fleet,) = replay.fleets.values()
    assert (fleet.looks[-1].healthy, fleet.looks[-1].desired) == (1, 1)


def test_a_task_ends_with_an_essential_agent(shop: SidecarShop):
    shop.agent = {"essential": True}
    shop.create(ROLLING, desired=1)
    shop.fault("crash", image=shop.push("agent"), after=5)
    shop.update(desiredCount=2)
    shop.aws.wait(60)
    stopped = shop.stopped()
    assert stopped["stopCode"] == "EssentialContainerExited"
    assert {each["name"]: each["exitCode"] for each in stopped["containers"]} == {"agent": 1, "web": 0}


@pytest.mark.parametrize("essential", [True, False])
def test_a_task_starts_only_if_the_images_of_all_containers_can_be_pulled(shop: SidecarShop, essential: bool):
    shop.agent = {"essential": essential}
    shop.fault("cannot-pull", image=shop.push("agent"))
    shop.create(ROLLING, desired=1)
    shop.aws.wait(60)
    stopped = shop.stopped()
    assert stopped["stopCode"] == "TaskFailedToStart"
    assert shop.push("agent") in stopped["stoppedReason"]
    assert stopped["stoppedReason"].startswith("CannotPullContainerError")
    assert {each["name"] for each in stopped["containers"] if "reason" in each} == {"agent"}


def test_an_agent_that_is_not_in_its_repository_cannot_be_pulled(shop: SidecarShop):
    shop.agent = {"essential": False, "image": f"{REPOSITORY}@sha256:{'0' * 64}"}
    shop.push("first")
    shop.create(ROLLING, desired=1)
    shop.aws.wait(60)
    assert shop.stopped()["stopCode"] == "TaskFailedToStart"


def test_the_health_of_an_agent_counts_only_where_it_is_essential(shop: SidecarShop):
    shop.agent = {"essential": False, "healthCheck": CHECK}
    shop.fault("unhealthy", image=shop.push("agent"))
    shop.run(ROLLING, desired=2)
    task = shop.tasks()[0]
    assert (task["healthStatus"], shop.containers()["agent"]["healthStatus"]) == ("UNKNOWN", "UNHEALTHY")
    shop.agent = {"essential": True, "healthCheck": CHECK}
    shop.deploy(shop.push("first"))
    shop.aws.wait(120)
    assert {each["stoppedReason"] for each in shop.tasks("STOPPED")} == {"Task failed container health checks"}


def test_the_application_starts_once_the_agent_is_healthy(shop: SidecarShop):
    shop.agent = {"essential": False, "healthCheck": CHECK, "startTimeout": 120}
    shop.waits = ("HEALTHY",)
    shop.create(ROLLING, desired=1)
    shop.aws.wait(35)
    assert shop.tasks()[0]["lastStatus"] == "ACTIVATING", "30 s of start, and 10 s until the first check"
    shop.aws.wait(10)
    assert shop.tasks()[0]["lastStatus"] == "RUNNING"


@pytest.mark.parametrize("fault", [{"kind": "unhealthy"}, {"kind": "crash", "after": 0}])
def test_a_task_whose_agent_does_not_become_healthy_in_time_fails_to_start(shop: SidecarShop, fault: dict[str, Any]):
    shop.agent = {"essential": False, "healthCheck": CHECK, "startTimeout": 120}
    shop.waits = ("HEALTHY",)
    shop.fault(fault.pop("kind"), image=shop.push("agent"), **fault)
    shop.create(ROLLING, desired=1)
    shop.aws.wait(140)
    assert [each["lastStatus"] for each in shop.tasks()] == ["ACTIVATING"]
    shop.aws.wait(20)
    stopped = shop.stopped()
    assert (stopped["stopCode"], "startedAt" in stopped) == ("EssentialContainerExited", False)
    web = next(each for each in stopped["containers"] if each["name"] == "web")
    assert web["exitCode"] == 143
    assert web["reason"].endswith("[agent] for target [web] has timed out.")


@pytest.mark.parametrize(
    "agent,words",
    [
        ({"cpu": 257}, "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'."),
        ({"memory": 513}, "The 'memory' setting for container 'agent' is greater than for the task."),
        ({"name": "web"}, "unique"),
        ({"dependsOn": [{"containerName": "web", "condition": "HEALTHY"}]}, "no health check"),
        ({"dependsOn": [{"containerName": "wbe", "condition": "START"}]}, "depends on wbe"),
    ],
)
def test_containers_that_cannot_be_in_one_task_are_refused(bare: Aws, agent: dict[str, Any], words: str):
    both = [CONTAINER, {**CONTAINER, "name": "agent", "essential": False, **agent}]
    code, message = refusal(register, aws=bare, containerDefinitions=both)
    assert (code, words in message) == ("ClientException", True), message


def test_one_container_must_be_essential(bare: Aws):
    code, message = refusal(register, aws=bare, containerDefinitions=[{**CONTAINER, "essential": False}])
    assert (code, "must be essential" in message) == ("ClientException", True)
