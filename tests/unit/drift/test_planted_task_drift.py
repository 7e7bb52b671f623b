"""Each difference that somebody makes by hand to tasks and their service is found, and nothing else is found."""

import inspect
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from strata.drift.drift_kinds import DriftKind
from strata.drift.task_drift_kinds import TASK_KINDS
from strata.images.catalogue import CatalogueEntry, ImageKind
from strata.naming import catalogue_name, note_name, revocation_name, veto_name
from strata.rollout.record import NOTHING_PROVEN, TaskRelease
from tests.unit.break_glass.letting_in import let_into_task, taint_task
from tests.unit.drift.drifting_tasks import RECORD, SIDECAR, TAGS, DriftingTasks
from tests.unit.rehearsal.cloud.container_requests import register
from tests.unit.rehearsal.cloud.shop import REPOSITORY

Found = list[tuple[DriftKind, str]]
Plant = Callable[[DriftingTasks], Found]

PLANTS: dict[str, Plant] = {}


def plant(change: Plant) -> Plant:
    """A row of the table: makes a difference, and gives all that is to be found of it."""
    PLANTS[change.__name__.replace("_", " ")] = change
    return change


def deployed(tasks: DriftingTasks, kind: DriftKind, **changes: Any) -> Found:
    """A deployment by hand, to its end: what is found of each task, of the service and of the record."""
    tasks.shop.update(**changes)
    tasks.end()
    assert len(tasks.tasks) == 3
    of_tasks = [(kind, each) for each in tasks.tasks]
    return [*of_tasks, (DriftKind.SAVED_VERSION, "web"), (DriftKind.NOTHING_RUNS, RECORD)]


# tasks


@plant
def a_task_that_somebody_was_let_into_for_too_long(tasks: DriftingTasks) -> Found:
    task = tasks.tasks[0]
    let_into_task(tasks, task, hours=1)
    tasks.aws.wait(3601)
    return [(DriftKind.GLASS_EXPIRED, task)]


@plant
def a_tainted_task_of_which_nothing_is_noted(tasks: DriftingTasks) -> Found:
    task = tasks.tasks[0]
    taint_task(tasks, task)
    return [(DriftKind.TAINTED, task)]


@plant
def another_image(tasks: DriftingTasks) -> Found:
    return deployed(tasks, DriftKind.IMAGE, taskDefinition=tasks.define("other", "other"))


@plant
def another_image_of_a_sidecar(tasks: DriftingTasks) -> Found:
    tasks.beside = tasks.shop.push("another agent")
    return deployed(tasks, DriftKind.IMAGE, taskDefinition=tasks.define("first", "first"))


@plant
def another_content_with_the_tag_of_the_release(tasks: DriftingTasks) -> Found:
    changed = tasks.define("first", "first", environment=[{"name": "DEBUG", "value": "1"}])
    return deployed(tasks, DriftKind.TASK_DEFINITION, taskDefinition=changed)


@plant
def another_network(tasks: DriftingTasks) -> Found:
    network = {"awsvpcConfiguration": {"subnets": tasks.aws.subnets[:1], "securityGroups": [tasks.open]}}
    return deployed(tasks, DriftKind.TASK_DEFINITION, networkConfiguration=network)


@plant
def another_platform_version(tasks: DriftingTasks) -> Found:
    return deployed(tasks, DriftKind.TASK_DEFINITION, platformVersion="LATEST")


@plant
def a_task_of_the_release_that_somebody_ran(tasks: DriftingTasks) -> Found:
    return [(DriftKind.OUTSIDE_SERVICE, tasks.run_by_hand(tasks.recorded.task_definition, startedBy="ann"))]


@plant
def a_task_of_another_family_with_the_tags_of_the_service(tasks: DriftingTasks) -> Found:
    tags = [{"key": key, "value": value} for key, value in TAGS.items()]
    return [(DriftKind.OUTSIDE_SERVICE, tasks.run_by_hand(register(tasks.aws, family="jobs"), tags=tags))]


@plant
def a_task_that_its_target_group_does_not_have(tasks: DriftingTasks) -> Found:
    task = tasks.shop.tasks()[0]
    details = {each["name"]: each["value"] for each in task["attachments"][0]["details"]}
    tasks.aws.elbv2.deregister_targets(
        TargetGroupArn=tasks.shop.blue, Targets=[{"Id": details["privateIPv4Address"], "Port": 8080}]
    )
    return [(DriftKind.FAILING_TARGET, task["taskArn"].rpartition("/")[2])]


# images


@plant
def a_revoked_image(tasks: DriftingTasks) -> Found:
    tasks.put(revocation_name("web", "first"), "leaks")
    return [(DriftKind.IMAGE_FORBIDDEN, tasks.recorded.image.id)]


@plant
def a_vetoed_image(tasks: DriftingTasks) -> Found:
    tasks.put(veto_name(RECORD, "first"), "slow")
    return [(DriftKind.IMAGE_FORBIDDEN, tasks.recorded.image.id)]


@plant
def a_revoked_image_of_a_sidecar(tasks: DriftingTasks) -> Found:
    tasks.put(revocation_name("agent", "1.0.0"), "leaks")
    return [(DriftKind.IMAGE_FORBIDDEN, tasks.recorded.sidecars[SIDECAR].id)]


def expire(tasks: DriftingTasks, reference: str) -> Found:
    digest = reference.rpartition("@")[2]
    tasks.aws.ecr.batch_delete_image(repositoryName="web", imageIds=[{"imageDigest": digest}])
    return [(DriftKind.IMAGE_GONE, reference)]


@plant
def an_image_that_is_gone(tasks: DriftingTasks) -> Found:
    return expire(tasks, tasks.recorded.image.id)


@plant
def an_image_of_a_sidecar_that_is_gone(tasks: DriftingTasks) -> Found:
    return expire(tasks, tasks.recorded.sidecars[SIDECAR].id)


# the service


@plant
def a_tag_taken_off_the_service(tasks: DriftingTasks) -> Found:
    tasks.aws.ecs.untag_resource(resourceArn=tasks.shop.arn, tagKeys=["strata:service"])
    return [(DriftKind.TAGS, "web")]


@plant
def fewer_tasks_than_allowed(tasks: DriftingTasks) -> Found:
    tasks.shop.update(desiredCount=1)
    tasks.aws.wait(300)
    return [(DriftKind.TASK_COUNT, "web")]


@plant
def more_tasks_than_allowed(tasks: DriftingTasks) -> Found:
    tasks.shop.update(desiredCount=7)
    tasks.aws.wait(300)
    return [(DriftKind.TASK_COUNT, "web")]


@plant
def no_tasks(tasks: DriftingTasks) -> Found:
    tasks.shop.update(desiredCount=0)
    tasks.aws.wait(300)
    return [(DriftKind.NO_TASKS, "web")]


@plant
def a_deleted_service(tasks: DriftingTasks) -> Found:
    arn = tasks.shop.arn
    tasks.aws.ecs.delete_service(cluster="shop", service="web", force=True)
    tasks.aws.wait(600)
    return [(DriftKind.SERVICE_GONE, arn)]


@plant
def a_deregistered_task_definition(tasks: DriftingTasks) -> Found:
    tasks.aws.ecs.deregister_task_definition(taskDefinition=tasks.recorded.task_definition)
    return [(DriftKind.DEFINITION_GONE, tasks.recorded.task_definition)]


# the record


@plant
def a_deleted_record(tasks: DriftingTasks) -> Found:
    tasks.aws.ssm.delete_parameter(Name=RECORD)
    return [(DriftKind.NO_RECORD, RECORD)]


@plant
def a_record_of_nothing(tasks: DriftingTasks) -> Found:
    tasks.put(RECORD, NOTHING_PROVEN)
    return [(DriftKind.NO_RECORD, RECORD)]


@plant
def a_record_of_another_image(tasks: DriftingTasks) -> Found:
    assert isinstance(tasks.recorded, TaskRelease)
    other = replace(tasks.recorded.image, id=f"{REPOSITORY}@{tasks.shop.push('other')}", version="other")
    tasks.re_record(image=other)
    # nobody is told to replace what runs the release
    return [(DriftKind.WRONG_RECORD, RECORD)]


@plant
def a_record_of_another_name(tasks: DriftingTasks) -> Found:
    image = tasks.recorded.image
    entry = CatalogueEntry(
        kind=ImageKind.CONTAINER, name="web", version="first", id=image.content, made="2026-01-31T08:30:00Z"
    )
    tasks.put(catalogue_name("web", "first"), entry.to_json())
    tasks.re_record(image=replace(image, version="9.9.9"))
    return [(DriftKind.WRONG_RECORD, RECORD)]


@plant
def a_record_of_another_name_that_no_gate_has_noted(tasks: DriftingTasks) -> Found:
    image, ecr = tasks.recorded.image, tasks.aws.ecr
    (pushed,) = ecr.batch_get_image(repositoryName="web", imageIds=[{"imageDigest": image.content}])["images"]
    ecr.put_image(repositoryName="web", imageManifest=pushed["imageManifest"], imageTag="first")
    tasks.aws.ssm.delete_parameter(Name=note_name(RECORD))
    assert tasks.found() == []
    tasks.re_record(image=replace(image, version="9.9.9"))
    return [(DriftKind.WRONG_RECORD, RECORD)]


@plant
def a_record_that_names_what_does_not_run(tasks: DriftingTasks) -> Found:
    other = tasks.define("other", "other")
    tasks.re_record(task_definition=other, digest="other", image=tasks.recorded.image)
    of_tasks = [(DriftKind.TASK_DEFINITION, each) for each in tasks.tasks]
    of_record = [(DriftKind.NOTHING_RUNS, RECORD), (DriftKind.WRONG_RECORD, RECORD)]
    return [*of_tasks, (DriftKind.SAVED_VERSION, "web"), *of_record]


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_difference_is_found_and_nothing_else(tasks: DriftingTasks, name: str):
    assert tasks.found() == []
    planted = PLANTS[name](tasks)
    assert planted
    assert tasks.found() == sorted((kind.value, subject) for kind, subject in planted)


SETTINGS: dict[str, tuple[dict[str, Any], Any]] = {
    "enableExecuteCommand": ({"enableExecuteCommand": True}, True),
    "propagateTags": ({"propagateTags": "SERVICE"}, "SERVICE"),
    "healthCheckGracePeriodSeconds": ({"healthCheckGracePeriodSeconds": 600}, 600),
    "minimumHealthyPercent": ({"deploymentConfiguration": {"minimumHealthyPercent": 0}}, 0),
    "maximumPercent": ({"deploymentConfiguration": {"maximumPercent": 150}}, 150),
    "deploymentCircuitBreaker": (
        {"deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}},
        {"enable": True, "rollback": False},
    ),
    "alarms": (
        {"deploymentConfiguration": {"alarms": {"alarmNames": ["any"], "enable": True, "rollback": False}}},
        {"enable": True, "rollback": False},
    ),
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_of_the_service_that_somebody_changes_is_found_with_both_values(tasks: DriftingTasks, setting: str):
    change, value = SETTINGS[setting]
    tasks.shop.update(**change)
    assert tasks.found() == [("service-settings", "web")]
    (found,) = tasks.look().findings
    assert found.kind is DriftKind.SERVICE_SETTINGS
    assert found.found == {setting: value}
    assert found.expected != found.found


CANARY_SETTINGS: dict[str, dict[str, Any]] = {
    "bakeTimeInMinutes": {"bakeTimeInMinutes": 0},
    "canaryConfiguration": {"canaryConfiguration": {"canaryPercent": 50.0, "canaryBakeTimeInMinutes": 5}},
    "strategy": {"strategy": "BLUE_GREEN"},
}


@pytest.mark.parametrize("setting", CANARY_SETTINGS)
def test_how_requests_move_is_a_setting_of_the_service_too(aws, setting: str):
    tasks = DriftingTasks(aws, "canary")
    assert tasks.found() == []
    tasks.shop.update(deploymentConfiguration=CANARY_SETTINGS[setting])
    found = list(tasks.look().findings)
    assert setting in {name for each in found for name in each.found}
    assert {each.kind for each in found} == {DriftKind.SERVICE_SETTINGS}


def test_a_rule_that_leads_the_requests_elsewhere_is_found(aws):
    tasks = DriftingTasks(aws, "canary")
    rule = tasks.aws.elbv2.describe_rules(RuleArns=[tasks.shop.rule])["Rules"][0]
    groups = rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
    swapped = [{**each, "Weight": 100 - each["Weight"]} for each in groups]
    actions = [{"Type": "forward", "ForwardConfig": {"TargetGroups": swapped}}]
    tasks.aws.elbv2.modify_rule(RuleArn=tasks.shop.rule, Actions=actions)
    assert tasks.found() == [(DriftKind.ROUTING, "web")]
    tasks.aws.elbv2.delete_rule(RuleArn=tasks.shop.rule)
    assert (DriftKind.ROUTING, tasks.shop.rule) in tasks.found()


def test_a_target_group_that_is_gone_is_found(aws):
    tasks = DriftingTasks(aws, "canary")
    tasks.aws.elbv2.delete_rule(RuleArn=tasks.shop.rule)
    tasks.aws.elbv2.delete_target_group(TargetGroupArn=tasks.shop.green)
    assert (DriftKind.TARGET_GROUPS, "web") in tasks.found()


def test_a_service_that_is_being_deleted_is_found(tasks: DriftingTasks):
    tasks.aws.ecs.delete_service(cluster="shop", service="web", force=True)
    assert (DriftKind.SERVICE_GONE, "web") in tasks.found()


def test_a_task_that_fails_its_own_check_is_found(tasks: DriftingTasks, monkeypatch: pytest.MonkeyPatch):
    described = tasks.aws.ecs.describe_tasks
    ill = tasks.tasks[0]

    def sick(**asked: Any) -> Any:
        answer = described(**asked)
        for each in answer["tasks"]:
            if each["taskArn"].endswith(ill):
                each["healthStatus"] = each["containers"][0]["healthStatus"] = "UNHEALTHY"
        return answer

    monkeypatch.setattr(tasks.aws.ecs, "describe_tasks", sick)
    assert tasks.found() == [(DriftKind.UNHEALTHY, ill)]


def test_a_record_that_was_written_over_is_found_and_its_tasks_are_not_compared(tasks: DriftingTasks):
    tasks.put(RECORD, "not by us")
    drift = tasks.look()
    assert [(each.kind, each.subject, each.found) for each in drift.findings] == [
        (DriftKind.NO_RECORD, RECORD, "not by us")
    ]
    assert [(each.service, each.what) for each in drift.unread] == [("web", "its tasks")]


def test_what_is_found_on_a_task_has_both_values_and_what_to_do(tasks: DriftingTasks):
    tasks.shop.update(taskDefinition=tasks.define("other", "other"))
    tasks.end()
    found = next(each for each in tasks.look().findings if each.kind is DriftKind.IMAGE)
    assert found.expected == {"web": tasks.recorded.image.id.rpartition("@")[2]}
    assert found.found == {"web": tasks.shop.push("other")}
    assert f"--cluster shop --task {found.subject}`" in found.document()["fix"]
    assert f"{REPOSITORY}@" in found.said
    assert isinstance(tasks.recorded, TaskRelease)


def test_every_kind_is_planted_and_explained():
    # the rule of test requests has a table of its own
    rules = Path(__file__).with_name("test_rule_drift.py").read_text()
    source = inspect.getsource(sys.modules[__name__]) + rules
    assert [kind.name for kind in TASK_KINDS if not re.search(rf"DriftKind\.{kind.name}\b", source)] == []
