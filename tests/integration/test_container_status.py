"""Rollouts of containers as `strata rollout` shows them from outside, while the real engine carries them out."""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from strata.cli.run import run
from strata.naming import record_name
from strata.rollout import stack_services
from strata.rollout.live_service import LiveService
from strata.rollout.stack_services import StackServices, services_of_stack
from strata_rehearsal.cloud.faults import Fault, FaultKind
from tests.integration.support import Said, Site
from tests.integration.support.rolled_tasks import STRATEGIES, digest
from tests.integration.support.trial import PROJECT
from tests.integration.test_container_rollouts import LOOKS, PAUSE_SECONDS, Containers

Capture = pytest.CaptureFixture[str]


class LocalClients:
    """Clients of the local AWS, as a command makes them for a stack's own."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def __call__(self, service: str) -> Any:
        return self._site.client(service)

    def renew(self) -> None:
        """The local AWS accepts any credentials for ever."""


@pytest.fixture
async def containers(new_trial: Any, monkeypatch: pytest.MonkeyPatch) -> Containers:
    """A canary whose first release runs, and commands that reach its AWS."""
    # long enough for somebody who looks from outside
    monkeypatch.setitem(STRATEGIES, "canary", {"bake_minutes": 10, "canary_bake_minutes": 60})
    made = Containers(new_trial({}, program="containers"), "canary")
    site = made.trial.site
    monkeypatch.setattr(stack_services, "connect_to_aws", lambda *_, **__: (LocalClients(site), site.cloud.clock))
    done = await made.up("1.0.0")
    assert done.ok, done.reason
    return made


def asked(containers: Containers) -> StackServices:
    return services_of_stack(containers.trial.folder, containers.trial.stack, "web", local=False)


async def strata(containers: Containers, verb: str, capsys: Capture, *options: str) -> tuple[int, str]:
    """What a command ends with, and what it prints."""
    capsys.readouterr()
    words = ["rollout", verb, containers.trial.stack, "web", "-C", str(containers.trial.folder), *options]
    code = await asyncio.to_thread(run, words)
    return code, capsys.readouterr().out


async def status(containers: Containers, capsys: Capture) -> tuple[int, dict[str, Any]]:
    code, said = await strata(containers, "status", capsys, "--json")
    (service,) = json.loads(said)["services"]
    return code, service


async def until(containers: Containers, capsys: Capture, seen: Callable[[dict[str, Any]], bool]) -> int:
    """Ask for the status again and again; what it ends with at the look that sees something."""
    while True:
        code, service = await status(containers, capsys)
        if seen(service["deployment"]):
            return code


async def until_there_are(tasks: int, containers: Containers) -> None:
    for _ in range(LOOKS):
        if len(containers.tasks()) == tasks:
            return
        await asyncio.sleep(PAUSE_SECONDS)
    pytest.fail(f"there are still {len(containers.tasks())} tasks, not {tasks}")


async def test_a_canary_is_followed_from_its_first_traffic_to_its_end(containers: Containers, capsys: Capture):
    code, plan = await strata(containers, "plan", capsys)
    assert code == 0
    assert "web: rolls from 1.0.0 to the image of the program, if what a task runs differs" in plan
    assert "PRODUCTION_TRAFFIC_SHIFT" in plan
    assert "% of the traffic on the new tasks" in plan

    up = asyncio.ensure_future(containers.up("1.1.0"))
    shown: list[LiveService] = []
    watching = asyncio.ensure_future(asked(containers).watch(shown.extend, waits=True))
    assert await until(containers, capsys, lambda found: 0 < (found["traffic_percent"] or 0) < 100) == 6
    ended, followed = await watching
    done = await up
    assert done.ok, done.reason
    progress = {each.rollout.progress for each in shown if each.rollout and each.rolling}
    assert any("PRODUCTION_TRAFFIC_SHIFT, 2 of 2 new tasks run" in each for each in progress)
    assert followed == {"web"}
    assert [each.rollout and (each.rollout.succeeded, each.rollout.target) for each in ended] == [(True, "1.1.0")]
    code, service = await status(containers, capsys)
    assert (code, service["version"], service["running"], service["deviations"]) == (0, "1.1.0", {"1.1.0": 2}, [])


async def test_after_a_rollback_the_reason_is_shown_and_the_release_runs(containers: Containers, capsys: Capture):
    containers.trial.site.cloud.add_fault(Fault(FaultKind.UNHEALTHY, image=digest("2.0.0")))
    up = asyncio.ensure_future(containers.up("2.0.0"))
    ended, followed = await asked(containers).watch(_nobody, waits=True)
    failed = await up
    assert not failed.ok
    assert followed == {"web"}
    assert [each.rollout and each.rollout.succeeded for each in ended] == [False]
    code, service = await status(containers, capsys)
    assert (code, service["version"], service["running"], service["deviations"]) == (0, "1.0.0", {"1.0.0": 2}, [])
    shown = service["deployment"]
    assert (shown["status"], shown["target"]) == ("ROLLBACK_SUCCESSFUL", "2.0.0")
    assert "was rolled back" in shown["reason"]
    assert "stopped by" in shown["reason"]


async def test_a_service_set_to_no_tasks_by_hand_is_called_that_by_up_and_by_status(
    containers: Containers, capsys: Capture
):
    seen = containers.trial.container_service("web")
    ecs = containers.trial.site.client("ecs")
    place = {"cluster": seen["cluster"], "service": seen["name"]}
    ecs.update_service(**place, desiredCount=0)
    await until_there_are(0, containers)
    none = "the service wants no task, although capacity.min is 2"
    starts = f"ecs update-service --cluster {seen['cluster']} --service {seen['name']} --desired-count 2` starts them"

    said = Said()
    done = await containers.up("1.0.0", said)
    assert done.ok, done.reason
    assert said.has(f"web: no task runs web 1.0.0 (registry.example.com/web:1.0.0@{digest('1.0.0')}): {none}; `")
    assert said.has(starts)
    code, service = await status(containers, capsys)
    assert (code, service["deviations"]) == (5, [none])
    assert service["way_back"].endswith(starts)

    # a cost tag makes a task definition, and no other release
    said = Said()
    containers.use("1.0.0")
    containers.trial.extra["strata:container_services"]["web"]["tags"] = {"cost": "1"}
    done = await containers.trial.up(said=said)
    assert done.ok, done.reason
    assert said.has("web: no task runs, so none is replaced; 1.0.0 was proven before")

    ecs.update_service(**place, desiredCount=2)
    await until_there_are(2, containers)
    await containers.up("1.1.0")
    code, service = await status(containers, capsys)
    assert (code, service["version"], service["running"], service["deviations"]) == (0, "1.1.0", {"1.1.0": 2}, [])


async def test_a_rule_deleted_by_hand_comes_back_by_a_refresh_and_so_does_the_record(
    containers: Containers, capsys: Capture
):
    # in the target group to which a new rule does not lead
    done = await containers.up("1.1.0")
    assert done.ok, done.reason
    balancing = containers.trial.site.client("elbv2")
    before = containers.trial.site.client("ecs").describe_services(**place(containers))["services"][0]
    rule = before["loadBalancers"][0]["advancedConfiguration"]["productionListenerRule"]
    balancing.delete_rule(RuleArn=rule)
    gone = f"listener rule {rule}, which leads requests to it, is gone"

    code, service = await status(containers, capsys)
    assert (code, gone in service["deviations"]) == (5, True)
    assert service["way_back"].startswith("`pulumi up --refresh` makes what is gone again")
    said = Said()
    refused = await containers.up("1.2.0", said)
    assert not refused.ok
    assert said.has(gone)
    assert said.has("Run `pulumi up --refresh`, which makes it again.")

    containers.use("1.1.0")
    done = await containers.trial.up("--refresh")
    assert done.ok, done.reason
    code, service = await status(containers, capsys)
    assert (code, service["version"], service["running"], service["deviations"]) == (0, "1.1.0", {"1.1.0": 2}, [])

    # AWS deletes no target group that a rule names
    (balancer,) = containers.trial.site.client("ecs").describe_services(**place(containers))["services"][0][
        "loadBalancers"
    ]
    moved = balancer["advancedConfiguration"]
    balancing.delete_rule(RuleArn=moved["productionListenerRule"])
    groups = [balancer["targetGroupArn"], moved["alternateTargetGroupArn"]]
    for each in groups:
        balancing.delete_target_group(TargetGroupArn=each)
    code, service = await status(containers, capsys)
    gone = [each for each in service["deviations"] if each.endswith(" is gone")]
    assert (code, len(gone)) == (5, 3)
    done = await containers.trial.up("--refresh")
    assert done.ok, done.reason
    code, service = await status(containers, capsys)
    assert (code, service["version"], service["running"], service["deviations"]) == (0, "1.1.0", {"1.1.0": 2}, [])

    containers.trial.site.client("ssm").delete_parameter(
        Name=record_name(PROJECT, containers.trial.stack, "web"),
    )
    code, service = await status(containers, capsys)
    assert (code, service["version"]) == (5, None)
    assert service["way_back"].startswith("`pulumi up --refresh` waits for its tasks and records what they prove")
    done = await containers.trial.up("--refresh")
    assert done.ok, done.reason
    containers.is_live("1.1.0")
    code, service = await status(containers, capsys)
    assert (code, service["version"], service["deviations"]) == (0, "1.1.0", [])
    await containers.unchanged()


def place(containers: Containers) -> dict[str, Any]:
    seen = containers.trial.container_service("web")
    return {"cluster": seen["cluster"], "services": [seen["name"]]}


def _nobody(_found: Sequence[LiveService]) -> None:
    """Nobody looks."""
