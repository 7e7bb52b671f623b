"""Break-glass on tasks: protected and marked, refused without a way in, stopped at the end."""

from typing import Any

import pytest

from strata.break_glass.closing import GlassEnd, close_break_glass
from strata.break_glass.find_unit import require_unit
from strata.break_glass.glass_store import GlassStore
from strata.break_glass.opening import GlassOrder, OpenedGlass, open_break_glass
from strata.errors import AwsError, BusyError, RefusedError, UsageError
from strata.naming import record_name
from strata.rollout.break_glass_note import GlassMode, GlassPhase
from strata.rollout.stack_place import StackPlace
from tests.unit.break_glass.letting_in import place_of
from tests.unit.break_glass.runbook_messages import runbook_quotes
from tests.unit.drift.drifting_tasks import RECORD, DriftingTasks
from tests.unit.rehearsal.cloud.conftest import Aws


@pytest.fixture
def tasks(aws: Aws) -> DriftingTasks:
    """A web service of three tasks behind a load balancer with a way in, healthy and recorded."""
    return DriftingTasks(aws, execute_command=True)


def place(tasks: DriftingTasks) -> StackPlace:
    return place_of(tasks)


def let_in(tasks: DriftingTasks, task: str, hours: float = 2, **how: Any) -> OpenedGlass:
    return open_break_glass(place(tasks), GlassOrder(task, "it leaks", hours * 3600, **how), dry_run=False)


def ids(tasks: DriftingTasks) -> list[str]:
    return sorted(each["taskArn"].rpartition("/")[2] for each in tasks.shop.tasks())


def test_an_opened_task_is_protected_marked_and_noted(tasks: DriftingTasks):
    task = ids(tasks)[0]
    opened = let_in(tasks, task)
    assert (opened.note.mode, opened.note.phase, opened.note.service) == (GlassMode.TASK, GlassPhase.OPEN, "web")
    assert opened.way_in.endswith(f"--task {task} --container web --interactive --command /bin/sh")
    (described,) = tasks.aws.ecs.describe_tasks(cluster="shop", tasks=[task], include=["TAGS"])["tasks"]
    assert {"key": "strata:tainted", "value": f"{opened.note.at} {opened.note.by}"} in described["tags"]
    tasks.shop.update(desiredCount=2)
    tasks.aws.wait(900)
    assert task in ids(tasks)
    assert len(ids(tasks)) == 2


def test_a_task_without_a_way_in_is_refused_with_the_setting(aws: Aws):
    closed = DriftingTasks(aws)
    with pytest.raises(RefusedError, match="was started without a way in") as refused:
        let_in(closed, ids(closed)[0])
    assert "container_services.web.execute_command: true" in (refused.value.fix or "")
    assert runbook_quotes(str(refused.value))


def test_a_task_always_stays_in_service_and_must_be_of_the_stack(tasks: DriftingTasks):
    with pytest.raises(UsageError, match="--in-service is given, and"):
        let_in(tasks, ids(tasks)[0], in_service=True)
    with pytest.raises(UsageError, match="no service of shop/prod in eu-west-1 runs 0000"):
        let_in(tasks, "0" * 32)


def test_nothing_is_opened_while_a_deployment_runs(tasks: DriftingTasks):
    task = ids(tasks)[0]
    tasks.shop.update(taskDefinition=tasks.define("second", "second"))
    tasks.aws.wait(5)
    with pytest.raises(BusyError, match="a rollout of web is running"):
        let_in(tasks, task)


def test_what_ecs_does_not_protect_is_said(tasks: DriftingTasks, monkeypatch: pytest.MonkeyPatch):
    task = ids(tasks)[0]
    answer = {"protectedTasks": [], "failures": [{"arn": task, "reason": "DEPLOYMENT_BLOCKED", "detail": "waits"}]}
    monkeypatch.setattr(tasks.aws.ecs, "update_task_protection", lambda **_: answer)
    with pytest.raises(AwsError, match=f"ECS does not protect task {task}: DEPLOYMENT_BLOCKED, waits"):
        let_in(tasks, task)
    (note,) = GlassStore(place(tasks)).every()
    assert note.phase is GlassPhase.WITHDRAWN


def test_a_service_whose_cluster_is_gone_keeps_nobody_from_other_tasks(tasks: DriftingTasks):
    value = tasks.aws.ssm.get_parameter(Name=RECORD)["Parameter"]["Value"]
    gone = record_name("shop", "prod", "api")
    other = value.replace(":service/shop/web", ":service/gone/api")
    assert other != value
    tasks.put(gone, other)
    task = ids(tasks)[0]
    assert let_in(tasks, task).note.service == "web"


def test_a_deployment_waits_for_a_protected_task_until_that_is_over(tasks: DriftingTasks):
    task = ids(tasks)[0]
    let_in(tasks, task, hours=1)
    tasks.shop.update(taskDefinition=tasks.define("second", "second"))
    tasks.aws.wait(1800)
    assert task in ids(tasks)
    tasks.aws.wait(3600)
    assert task not in ids(tasks)


def test_a_closed_task_is_stopped_and_another_one_has_its_place(tasks: DriftingTasks):
    task = ids(tasks)[0]
    let_in(tasks, task)
    closed = close_break_glass(place(tasks), task, GlassEnd(no_change="a look only"), dry_run=False)
    assert (closed.ended, closed.note.phase) == (True, GlassPhase.CLOSED)
    tasks.aws.wait(900)
    assert task not in ids(tasks)
    assert len(ids(tasks)) == 3
    assert not close_break_glass(place(tasks), task, GlassEnd(fixed_in="second"), dry_run=False).ended


def test_a_status_knows_its_tainted_tasks(tasks: DriftingTasks):
    task = ids(tasks)[0]
    let_in(tasks, task)
    assert tasks.status().apart == (task,)


@pytest.mark.parametrize(
    "given,found",
    [
        ("i-0f3c51d29a7e84b61", "i-0f3c51d29a7e84b61"),
        ("0f" * 16, "0f" * 16),
        (f"arn:aws:ecs:eu-west-1:123456789012:task/shop/{'0f' * 16}", "0f" * 16),
    ],
)
def test_servers_and_tasks_are_named_by_id_or_arn(given: str, found: str):
    assert require_unit(given) == found


@pytest.mark.parametrize("given", ["", "web", "i-XYZ", "i-0", "0f3c", "ami-0f3c51d29a7e84b61", "i-0f3c51d29a7e84b61\n"])
def test_anything_else_is_no_name(given: str):
    with pytest.raises(UsageError, match="names no server and no task"):
        require_unit(given)
