"""`strata drift` on a container service that the real engine has made: what an operator changes by hand is found."""

import asyncio
import json
from typing import Any

import pytest

from tests.integration.support.rolled_tasks import digest
from tests.integration.test_container_rollouts import LOOKS, PAUSE_SECONDS, Containers
from tests.integration.test_drift import findings, strata

__all__ = ["strata"]


async def until_there_are(count: int, containers: Containers) -> None:
    for _ in range(LOOKS):
        if sum(each["state"] == "RUNNING" for each in containers.tasks()) == count:
            return
        await asyncio.sleep(PAUSE_SECONDS)
    pytest.fail(f"there are {len(containers.tasks())} tasks, not {count}")


async def test_what_was_released_is_no_drift_and_what_is_changed_by_hand_is(new_trial, strata):
    containers = Containers(new_trial({}, program="containers"), "canary")
    trial = containers.trial
    done = await containers.up("1.0.0")
    assert done.ok, done.reason
    elsewhere = f"  no drift: whether registry.example.com/web:1.0.0@{digest('1.0.0')} is still there was not asked: "
    code, said = strata(trial)
    assert code == 0, said
    head, line = said.splitlines()
    assert head == "web: 1.0.0, 2 tasks compared: no drift"
    assert line.startswith(elsewhere)

    # the requests are then in the other target group
    done = await containers.up("1.1.0")
    assert done.ok, done.reason
    code, said = strata(trial, "--json")
    assert (code, findings(said)) == (0, []), said

    ecs: Any = trial.site.client("ecs")
    seen = trial.container_service("web")
    place = {"cluster": seen["cluster"], "service": seen["name"]}
    service = ecs.describe_services(cluster=seen["cluster"], services=[seen["name"]])["services"][0]
    (by_hand,) = ecs.run_task(
        cluster=seen["cluster"],
        taskDefinition=service["taskDefinition"],
        launchType="FARGATE",
        networkConfiguration=service["networkConfiguration"],
        startedBy="ann",
    )["tasks"]
    identity = by_hand["taskArn"].rpartition("/")[2]
    ecs.update_service(**place, enableExecuteCommand=True, desiredCount=5)
    await until_there_are(5, containers)
    code, said = strata(trial, "--json")
    assert (code, sorted(findings(said))) == (
        5,
        [
            ("web", "outside-service", identity),
            ("web", "service-settings", seen["name"]),
            ("web", "task-count", seen["name"]),
        ],
    ), said
    code, said = strata(trial, "web")
    assert code == 5
    assert "has enableExecuteCommand true, and the stack file wants false" in said
    assert "wants 5 tasks, and the stack file 2 to 4" in said
    assert "and was started by no service (startedBy ann)" in said

    # what a refresh sets again is no drift any more, and what is for people to end is
    ecs.update_service(**place, desiredCount=2)
    await until_there_are(2, containers)
    done = await trial.up("--refresh")
    assert done.ok, done.reason
    code, said = strata(trial, "--json")
    assert (code, findings(said)) == (5, [("web", "outside-service", identity)]), said
    ecs.stop_task(cluster=seen["cluster"], task=identity)
    code, said = strata(trial, "--json")
    assert (code, findings(said)) == (0, []), said
    assert json.loads(said)["services"][0]["compared"] == 2


async def test_the_rule_of_test_requests_is_compared_and_what_a_refresh_sets_again_is_no_drift(new_trial, strata):
    tested = {"test_rule": {"priority": 9}, "verify": {"path": "/10/version", "expect": {"body": "{version}"}}}
    containers = Containers(new_trial({}, program="containers"), "blue-green", {**tested, "bake_minutes": 1})
    trial = containers.trial
    # after the second one both rules lead to the other target group
    for version in ("1.0.0", "1.1.0"):
        done = await containers.up(version)
        assert done.ok, done.reason
        code, said = strata(trial, "--json")
        assert (code, findings(said)) == (0, []), said

    elbv2, ecs = trial.site.client("elbv2"), trial.site.client("ecs")
    seen = trial.container_service("web")

    def rule() -> str:
        (service,) = ecs.describe_services(cluster=seen["cluster"], services=[seen["name"]])["services"]
        return str(service["loadBalancers"][0]["advancedConfiguration"]["testListenerRule"])

    first = rule()
    elbv2.modify_rule(RuleArn=first, Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/10/*"]}}])
    elbv2.set_rule_priorities(RulePriorities=[{"RuleArn": first, "Priority": 900}])
    code, said = strata(trial, "--json")
    assert (code, findings(said)) == (5, [("web", "test-rule", first)] * 2), said
    done = await trial.up("--refresh")
    assert done.ok, done.reason
    code, said = strata(trial, "--json")
    assert (code, findings(said), rule()) == (0, [], first), said

    elbv2.delete_rule(RuleArn=first)
    code, said = strata(trial, "--json")
    assert (code, findings(said)) == (5, [("web", "test-rule", first)]), said
    done = await trial.up("--refresh")
    assert done.ok, done.reason
    code, said = strata(trial, "--json")
    assert (code, findings(said)) == (0, []), said
    assert rule() != first
    containers.is_live("1.1.0")
