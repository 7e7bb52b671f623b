"""What changes on purpose without a release is no drift: a row for everything in `TASK_DELEGATED`."""

from collections.abc import Callable
from typing import Any

import pytest

from strata.drift.task_drift_kinds import TASK_DELEGATED, TaskDelegated
from strata.rollout.note import Phase
from strata.rollout.tasks.once_task import started_by
from tests.unit.break_glass.letting_in import let_into_task
from tests.unit.drift.drifting_tasks import TAGS, DriftingTasks
from tests.unit.rehearsal.cloud.container_requests import register
from tests.unit.rollout.tasks.test_task_adoption import HELD

Change = Callable[[DriftingTasks], object]


def states(tasks: DriftingTasks) -> list[str]:
    return [each["state"] for each in tasks.shop.seen()["tasks"]]


def scaled_out(tasks: DriftingTasks) -> None:
    tasks.shop.update(desiredCount=5)
    tasks.aws.wait(300)
    assert len(tasks.tasks) == 5


def half_rolled(tasks: DriftingTasks) -> None:
    tasks.shop.update(taskDefinition=tasks.define("next", "next"))
    tasks.prove("next", tasks.shop.service()["taskDefinition"], Phase.ROLLING)
    for _ in range(100):
        tasks.aws.wait(10)
        if len(tasks.shop.digests()) == 2 and set(states(tasks)) == {"RUNNING"}:
            return
    raise AssertionError("no tasks of both releases at a time")


def starting(tasks: DriftingTasks) -> None:
    tasks.shop.update(desiredCount=4)
    tasks.aws.wait(1)
    assert {"PROVISIONING", "PENDING"} & set(states(tasks))


def leaving(tasks: DriftingTasks) -> None:
    tasks.shop.update(desiredCount=2)
    tasks.aws.wait(5)
    assert {"DEACTIVATING", "STOPPING", "DEPROVISIONING"} & set(states(tasks))


def held_by_break_glass(tasks: DriftingTasks) -> None:
    held = tasks.tasks[0]
    let_into_task(tasks, held)
    tasks.aws.wait(60)
    assert held in tasks.tasks


def booting(tasks: DriftingTasks) -> None:
    tasks.shop.fault("unhealthy", image=tasks.shop.push("first"))
    tasks.shop.update(desiredCount=4)
    for _ in range(100):
        tasks.aws.wait(2)
        if states(tasks) == ["RUNNING"] * 4:
            assert any(each["targets"] != ["healthy"] for each in tasks.shop.seen()["tasks"])
            return
    raise AssertionError(f"no four tasks that run: {states(tasks)}")


def moved(tasks: DriftingTasks) -> None:
    before = tasks.shop.weights()
    tasks.shop.update(taskDefinition=tasks.define("next", "next"))
    tasks.end()
    tasks.prove("next", tasks.shop.service()["taskDefinition"])
    assert tasks.shop.weights() == before[::-1]


def held(tasks: DriftingTasks) -> None:
    tasks.shop.update(deploymentConfiguration={"lifecycleHooks": HELD["lifecycleHooks"]})


def copied(tasks: DriftingTasks) -> None:
    tasks.shop.update(taskDefinition=tasks.define("first", "first"))
    tasks.end()
    assert tasks.shop.service()["taskDefinition"] != tasks.recorded.task_definition


def others(tasks: DriftingTasks) -> None:
    tags = [{"key": "strata:project", "value": TAGS["strata:project"]}]
    tasks.run_by_hand(register(tasks.aws, family="jobs"), tags=tags)


def run_once(tasks: DriftingTasks) -> None:
    definition = tasks.recorded.task_definition
    own = tasks.aws.ecs.describe_task_definition(taskDefinition=definition, include=["TAGS"])["tags"]
    overrides = {"containerOverrides": [{"name": "web", "command": ["migrate"]}]}
    name = started_by("web", "migrate", tasks.recorded.digest)
    tasks.run_by_hand(definition, startedBy=name, overrides=overrides, tags=own)


def more_tags(tasks: DriftingTasks) -> None:
    tasks.aws.ecs.tag_resource(resourceArn=tasks.shop.arn, tags=[{"key": "team", "value": "shop"}])


def elsewhere(tasks: DriftingTasks) -> None:
    digest = tasks.recorded.image.id.rpartition("@")[2]
    image: Any = type(tasks.recorded.image)("web", "first", f"registry.example.com/web@{digest}")
    tasks.re_record(image=image)


CHANGES: dict[TaskDelegated, tuple[str, Change]] = {
    TaskDelegated.DESIRED: ("rolling", scaled_out),
    TaskDelegated.ROLLOUT: ("rolling", half_rolled),
    TaskDelegated.STARTING: ("rolling", starting),
    TaskDelegated.LEAVING: ("rolling", leaving),
    TaskDelegated.BREAK_GLASS: ("rolling", held_by_break_glass),
    TaskDelegated.BOOTING: ("rolling", booting),
    TaskDelegated.WEIGHTS: ("canary", moved),
    TaskDelegated.HOOKS: ("canary", held),
    TaskDelegated.COPY: ("rolling", copied),
    TaskDelegated.RUN_ONCE: ("rolling", run_once),
    TaskDelegated.OTHER_TASKS: ("rolling", others),
    TaskDelegated.FURTHER_TAGS: ("rolling", more_tags),
    TaskDelegated.OTHER_REGISTRY: ("rolling", elsewhere),
}
SHOWN = {
    TaskDelegated.ROLLOUT: "a rollout to next is running",
    TaskDelegated.STARTING: "1 x a task that is being started",
    TaskDelegated.BREAK_GLASS: "held: ",
    TaskDelegated.BOOTING: "1 x the health of a task behind a load balancer within the grace period",
    TaskDelegated.OTHER_REGISTRY: "whether registry.example.com/web@sha256:",
}
"""What of it is reported where it is seen."""


def test_everything_that_is_delegated_has_a_row():
    assert set(CHANGES) == set(TASK_DELEGATED) == set(TaskDelegated)


@pytest.mark.parametrize("what", TaskDelegated)
def test_what_is_delegated_is_no_drift(aws, what: TaskDelegated):
    strategy, change = CHANGES[what]
    tasks = DriftingTasks(aws, strategy)
    change(tasks)
    assert tasks.found() == []
    (service,) = tasks.look().services
    assert service.compared
    shown = SHOWN.get(what)
    assert any(line.startswith(shown) for line in service.delegated) if shown else not service.delegated


def test_a_canary_under_way_is_no_drift_at_any_moment_of_it(aws):
    tasks = DriftingTasks(aws, "canary")
    tasks.shop.update(taskDefinition=tasks.define("next", "next"))
    definition = tasks.shop.service()["taskDefinition"]
    tasks.prove("next", definition, Phase.ROLLING)
    weights: set[tuple[int, int]] = set()
    while tasks.status().rolling and tasks.shop.seen()["deployments"][0]["status"] != "SUCCESSFUL":
        assert tasks.found() == []
        weights.add(tasks.shop.weights())
        tasks.aws.wait(60)
    assert len(weights) > 2
    tasks.prove("next", definition)
    tasks.aws.wait(300)
    assert tasks.found() == []


def test_a_rollout_hides_nothing_but_its_two_releases(tasks: DriftingTasks):
    half_rolled(tasks)
    tasks.shop.update(enableExecuteCommand=True)
    by_hand = tasks.run_by_hand(tasks.recorded.task_definition)
    assert tasks.found() == [("outside-service", by_hand), ("service-settings", "web")]
