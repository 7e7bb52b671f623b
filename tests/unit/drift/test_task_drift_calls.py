"""What a look for drift of tasks asks of AWS: as many calls as there are pages, and none for a single task."""

from strata.drift import task_drift_driver
from tests.unit.drift.drifting_tasks import DriftingTasks

ONE_SERVICE = {
    "get_parameters": 2,
    "describe_services": 1,
    "list_service_deployments": 1,
    "describe_service_deployments": 1,
    "list_tasks": 1,
    "describe_tasks": 1,
    "describe_task_definition": 1,
    "describe_target_health": 1,
    "describe_service_revisions": 1,
    "describe_images": 2,
}
"""An image each for the application and its sidecar."""


def test_a_healthy_service_takes_twelve_calls(tasks: DriftingTasks):
    assert tasks.found() == []
    tasks.look()
    assert dict(tasks.calls) == ONE_SERVICE
    assert sum(ONE_SERVICE.values()) == 12


def test_more_tasks_take_more_parts_and_no_other_calls(aws, monkeypatch):
    monkeypatch.setattr(task_drift_driver, "_TASKS_A_CALL", 2)
    tasks = DriftingTasks(aws, capacity={"min": 2, "max": 6})
    tasks.shop.update(desiredCount=5)
    tasks.aws.wait(300)
    (service,) = tasks.look().services
    assert (service.compared, service.findings) == (5, ())
    assert dict(tasks.calls) == {**ONE_SERVICE, "describe_tasks": 3}


def test_what_seems_to_differ_is_asked_once_more(tasks: DriftingTasks):
    tasks.shop.update(enableExecuteCommand=True)
    assert tasks.found() == [("service-settings", "web")]
    tasks.look()
    assert dict(tasks.calls) == {name: 2 * count for name, count in ONE_SERVICE.items()}
