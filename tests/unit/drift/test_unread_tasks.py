"""What could not be read of tasks is reported as that, and is never taken for no drift."""

from typing import Any

import pytest

from strata.exit_code import ExitCode
from strata.naming import note_name
from tests.unit.drift.drifting_tasks import RECORD, DriftingTasks
from tests.unit.drift.refusals import operation, refusal

REFUSED = [
    *("describe_services", "list_tasks", "describe_tasks", "list_service_deployments", "describe_service_deployments"),
    *("describe_service_revisions", "describe_task_definition", "describe_target_health", "describe_images"),
]
DAY = 86_400


def refuse(tasks: DriftingTasks, call: str) -> None:
    tasks.refused[call] = refusal(call, "AccessDeniedException")


@pytest.mark.parametrize("call", REFUSED)
def test_a_call_that_is_refused_is_named_and_is_not_no_drift(tasks: DriftingTasks, call: str):
    refuse(tasks, call)
    drift = tasks.look()
    assert list(drift.findings) == []
    assert {each.service for each in drift.unread} == {"web"}
    assert {each.call for each in drift.unread} == {operation(call)}
    assert drift.exit_code(strict=False) is ExitCode.FAILED
    assert drift.exit_code(strict=True) is ExitCode.WARNINGS


def test_what_differs_is_found_although_something_else_could_not_be_read(tasks: DriftingTasks):
    tasks.shop.update(enableExecuteCommand=True)
    refuse(tasks, "describe_images")
    drift = tasks.look()
    assert [each.kind.value for each in drift.findings] == ["service-settings"]
    assert len(drift.unread) == 2
    assert drift.exit_code(strict=True) is ExitCode.DRIFT


def test_a_service_without_tasks_is_reported_as_that(aws):
    tasks = DriftingTasks(aws, capacity={"min": 0, "max": 6})
    tasks.shop.update(desiredCount=0)
    tasks.aws.wait(600)
    (service,) = tasks.look().services
    assert service.headline == "first, no tasks compared: nothing to compare"
    assert service.delegated == ("service web has no tasks, so that none could be compared",)


def test_a_task_that_aws_lists_and_does_not_describe_is_not_taken_for_a_good_one(
    tasks: DriftingTasks, monkeypatch: pytest.MonkeyPatch
):
    task, described = tasks.tasks[0], tasks.aws.ecs.describe_tasks

    def without(**asked: Any) -> Any:
        answer = described(**asked)
        hidden = next(each for each in answer["tasks"] if each["taskArn"].endswith(task))
        answer["tasks"].remove(hidden)
        answer["failures"].append({"arn": hidden["taskArn"], "reason": "ACCESS_DENIED"})
        return answer

    monkeypatch.setattr(tasks.aws.ecs, "describe_tasks", without)
    drift = tasks.look()
    assert list(drift.findings) == []
    assert [(each.what, each.why) for each in drift.unread] == [(f"task {task}", "ACCESS_DENIED")]


def forget(tasks: DriftingTasks) -> None:
    """The note names a deployment that AWS does not know any more."""
    name = note_name(RECORD)
    value = tasks.aws.ssm.get_parameters(Names=[name])["Parameters"][0]["Value"]
    tasks.put(name, value.replace(tasks.shop.latest()["serviceDeploymentArn"], f"{tasks.shop.arn}/forgotten"))


def test_where_aws_has_forgotten_the_deployment_nothing_is_unread_while_none_came_after(tasks: DriftingTasks):
    forget(tasks)
    tasks.aws.wait(100 * DAY)
    assert not tasks.shop.listed()
    assert tasks.found() == []


def test_a_deployment_after_the_one_that_aws_has_forgotten_is_not_taken_for_the_release(tasks: DriftingTasks):
    forget(tasks)
    tasks.aws.wait(100 * DAY)
    tasks.shop.update(forceNewDeployment=True)
    tasks.end()
    drift = tasks.look()
    assert list(drift.findings) == []
    assert [each.what for each in drift.unread] == [
        "whether it has the network, platform version and load balancers of its release"
    ]


def test_without_a_note_the_time_of_the_record_says_with_what_its_release_was_proven(tasks: DriftingTasks):
    tasks.aws.ssm.delete_parameter(Name=note_name(RECORD))
    assert tasks.found() == []
    tasks.aws.wait(DAY)
    tasks.shop.update(networkConfiguration={"awsvpcConfiguration": {"subnets": tasks.aws.subnets[:1]}})
    tasks.end()
    assert ("saved-version", "web") in tasks.found()
