"""Tasks that drifted are replaced within the floor of their service, and a second look finds nothing."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from strata.exit_code import ExitCode
from strata.healing.healing_outcome import HealingOutcome
from tests.unit.drift.drifting_tasks import DriftingTasks
from tests.unit.healing.healing_ground import HealingGround
from tests.unit.rehearsal.cloud.conftest import Aws


def take_out(tasks: DriftingTasks, count: int = 1) -> list[str]:
    """Take tasks out of their target group by hand; gives their ids."""
    taken = tasks.shop.tasks()[:count]
    for task in taken:
        details = {each["name"]: each["value"] for each in task["attachments"][0]["details"]}
        tasks.aws.elbv2.deregister_targets(
            TargetGroupArn=tasks.shop.blue, Targets=[{"Id": details["privateIPv4Address"], "Port": 8080}]
        )
    tasks.aws.wait(400)
    return [each["taskArn"].rpartition("/")[2] for each in taken]


def turn_into_another(tasks: DriftingTasks) -> list[str]:
    """Let a task of the service be of another image, and serve; gives its id."""
    first = tasks.recorded.task_definition
    tasks.shop.update(taskDefinition=tasks.define("other", "other"))
    tasks.end()
    tasks.shop.update(taskDefinition=first)
    tasks.end()
    tasks.prove("first", first)
    service = tasks.aws.cloud.services[tasks.shop.arn]
    other = next(each for each in service.revisions if each.parameters["taskDefinition"] != first)
    turned = next(iter(service.tasks.values()))
    turned.revision = other
    return [turned.id]


def test_a_task_that_gets_no_requests_is_replaced_although_the_floor_is_all_of_them(tasks: DriftingTasks):
    (taken,) = take_out(tasks)
    ground = HealingGround(tasks)
    healed = ground.heal()
    (web,) = healed.services
    assert (web.outcome, web.why, web.progress.begun) == (HealingOutcome.REPLACED, "", [(taken,)])
    assert min(ground.seen) >= 2, "the one that is replaced did no work"
    assert taken not in tasks.tasks
    assert (healed.exit_code(strict=False), tasks.found(), len(tasks.tasks)) == (ExitCode.OK, [], 3)


def test_tasks_of_another_image_are_ended_within_the_floor_and_started_as_the_release(aws: Aws):
    tasks = DriftingTasks(aws, rollout={"strategy": "rolling", "alarms": "off", "min_healthy_percent": 50})
    tasks.shop.update(
        deploymentConfiguration={
            "strategy": "ROLLING",
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            "minimumHealthyPercent": 50,
            "maximumPercent": 200,
        }
    )
    turned = turn_into_another(tasks)
    ground = HealingGround(tasks)
    planned = ground.plan()
    assert planned.services[0].plan.batches == (tuple(turned),)
    assert tasks.found() == [("image", each) for each in turned]
    healed = ground.heal()
    (web,) = healed.services
    assert (web.outcome, web.why, web.progress.replaced) == (HealingOutcome.REPLACED, "", turned)
    assert min(ground.seen) == 2, "the floor of three at 50 percent"
    assert (healed.exit_code(strict=False), tasks.found(), len(tasks.tasks)) == (ExitCode.OK, [], 3)


def test_where_the_floor_has_no_room_everything_is_replaced_by_a_rollout(tasks: DriftingTasks):
    (turned,) = turn_into_another(tasks)
    ground = HealingGround(tasks)
    planned = ground.plan()
    assert (planned.services[0].plan.batches, planned.services[0].plan.together) == ((), (turned,))
    before = set(tasks.tasks)
    healed = ground.heal()
    (web,) = healed.services
    assert (web.outcome, web.why, web.progress.replaced) == (HealingOutcome.REPLACED, "", [turned])
    assert min(ground.seen) >= 3
    assert not before & set(tasks.tasks)
    assert (healed.exit_code(strict=False), tasks.found(), len(tasks.tasks)) == (ExitCode.OK, [], 3)
    assert any("a rollout of the same release" in each for each in ground.lines.said)


def test_nothing_is_replaced_by_something_else_than_the_release(tasks: DriftingTasks):
    tasks.shop.update(taskDefinition=tasks.define("other", "other"))
    tasks.end()
    ground = HealingGround(tasks)
    healed = ground.heal()
    (web,) = healed.services
    assert (web.outcome, web.progress.begun, len(web.plan.worn)) == (HealingOutcome.REFUSED, [], 3)
    assert "a fresh task would not be it" in web.why
    assert "ecs update-service" in web.fix
    assert healed.exit_code(strict=False) == ExitCode.REFUSED
    assert ground.seen == []


def test_nothing_is_begun_while_a_deployment_is_in_progress(tasks: DriftingTasks):
    take_out(tasks)
    planned = HealingGround(tasks)
    assert planned.plan().services[0].outcome == HealingOutcome.PLANNED
    tasks.shop.update(forceNewDeployment=True)
    healed = planned.heal()
    assert [(each.outcome, each.progress.begun) for each in healed.services] == [(HealingOutcome.BUSY, [])]
    assert healed.services[0].drift.rolling
    assert (healed.services[0].why, healed.exit_code(strict=False)) == ("web: a rollout is running", ExitCode.BUSY)


@pytest.mark.parametrize(
    "message, outcome",
    [
        ("The referenced task was not found.", HealingOutcome.REPLACED),
        ("The task cannot be stopped now.", HealingOutcome.FAILED),
    ],
)
def test_only_a_task_that_is_not_found_counts_as_gone(
    tasks: DriftingTasks, monkeypatch: pytest.MonkeyPatch, message: str, outcome: HealingOutcome
):
    (taken,) = take_out(tasks)
    stop = tasks.aws.ecs.stop_task

    def refuse(**asked: Any) -> None:
        # somebody else has stopped it just then, or nobody has
        if outcome is HealingOutcome.REPLACED:
            stop(**asked)
        raise ClientError({"Error": {"Code": "InvalidParameterException", "Message": message}}, "StopTask")

    monkeypatch.setattr(tasks.aws.ecs, "stop_task", refuse)
    healed = HealingGround(tasks).heal()
    (web,) = healed.services
    assert web.outcome == outcome
    assert (taken in tasks.tasks, message in web.why) == (outcome is HealingOutcome.FAILED,) * 2


def test_no_further_batch_begins_where_the_fresh_one_is_not_healthy_in_time(tasks: DriftingTasks):
    taken = take_out(tasks, 2)
    tasks.shop.fault("unhealthy", service="web")
    healed = HealingGround(tasks).heal()
    (web,) = healed.services
    assert (web.outcome, web.progress.begun, web.progress.replaced) == (HealingOutcome.FAILED, [(taken[0],)], [])
    assert healed.exit_code(strict=False) == ExitCode.FAILED


def test_a_task_that_somebody_ran_is_left_alone(tasks: DriftingTasks):
    by_hand = tasks.run_by_hand(tasks.recorded.task_definition, startedBy="ann")
    healed = HealingGround(tasks).heal()
    (web,) = healed.services
    (left,) = web.plan.left
    assert left.finding.subject == by_hand
    assert left.fix.startswith("end it: `aws ")
    assert left.fix.endswith(f" ecs stop-task --cluster shop --task {by_hand}`")
    assert healed.exit_code(strict=False) == ExitCode.DRIFT
