"""`strata drift --heal` on stacks that the real engine has made: what drifted is replaced, watched from outside."""

import asyncio
import json
import os
import sys
from typing import Any

from strata_rehearsal.workspace.stack_engine import engine_environment
from tests.integration.conftest import NewTrial
from tests.integration.support import Trial, routed
from tests.integration.support.target_observer import TargetObserver
from tests.integration.test_container_rollouts import Containers
from tests.integration.test_drift import findings


async def drift(trial: Trial, *words: str) -> tuple[int, str]:
    """Run `strata drift` in a process of its own; gives what it ends with, and its document."""
    engine = trial.engine()
    environment = engine_environment(
        os.environ, home=engine.home.pulumi_home, state=engine.home.state, extra=engine.environment
    )
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from strata.cli import main; main()"),
        *("drift", trial.stack, *words, "--json", "-C", str(trial.folder)),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await started.communicate()
    assert b"Traceback" not in out + err, err.decode()
    assert started.returncode is not None
    assert out, err.decode()
    return started.returncode, out.decode()


def service_of(said: str) -> dict[str, Any]:
    (found,) = json.loads(said)["services"]
    return found


async def test_servers_that_somebody_changed_are_replaced_and_as_many_as_are_wanted_serve_at_every_moment(
    new_trial: NewTrial,
) -> None:
    policy = {"min_healthy_percent": 100, "max_healthy_percent": 150}
    trial: Trial = new_trial({"web": routed(71, (3, 6), rollout=policy)})
    done = await trial.up()
    assert done.ok, done.reason
    before, ec2 = set(trial.running("web")), trial.site.client("ec2")
    assert len(before) == 3
    vpc = trial.site.network["vpc_id"]
    opened = ec2.create_security_group(GroupName=f"{trial.stack}-open", Description="by hand", VpcId=vpc)["GroupId"]
    changed = sorted(before)[:2]
    for each in changed:
        ec2.modify_instance_attribute(InstanceId=each, Groups=[opened])

    code, said = await drift(trial)
    assert (code, sorted(findings(said))) == (5, [("web", "security-groups", each) for each in changed]), said
    code, said = await drift(trial, "--heal", "--dry-run")
    web = service_of(said)
    assert (code, web["outcome"], sorted(each["id"] for each in web["worn"])) == (5, "planned", changed), said
    assert [len(each) for each in web["worn_batches"]] == [1, 1]
    assert set(trial.running("web")) == before, "a dry run changes nothing"

    (target_group,) = trial.group("web").target_groups
    observer = TargetObserver(trial.site, trial.stack, "web", target_group)
    with observer.watching():
        code, said = await drift(trial, "--heal")
    web = service_of(said)
    assert (code, web["outcome"], sorted(web["replaced_ids"])) == (0, "replaced", changed), said
    assert observer.fewest >= 3
    assert web["lowest_healthy"] >= 3
    after = set(trial.running("web"))
    assert len(after) == 3
    assert after & before == before - {*changed}, "who was as released stays"
    code, said = await drift(trial)
    assert (code, findings(said)) == (0, []), said
    assert service_of(said)["compared"] == 3
    trial.is_live("web", "1.0.0")


async def test_a_task_that_gets_no_requests_is_replaced_within_the_floor(new_trial: NewTrial) -> None:
    containers = Containers(new_trial({}, program="containers"), "rolling")
    trial = containers.trial
    containers.use("1.0.0")
    trial.extra["strata:container_services"]["web"]["capacity"] = {"min": 3, "max": 6}
    done = await trial.up()
    assert done.ok, done.reason
    before = {each["id"] for each in containers.tasks()}
    assert len(before) == 3
    balancing: Any = trial.site.client("elbv2")
    seen = trial.container_service("web")
    described = trial.site.client("ecs").describe_services(cluster=seen["cluster"], services=[seen["name"]])
    target_group = described["services"][0]["loadBalancers"][0]["targetGroupArn"]
    taken = balancing.describe_target_health(TargetGroupArn=target_group)["TargetHealthDescriptions"][0]["Target"]
    balancing.deregister_targets(TargetGroupArn=target_group, Targets=[taken])
    await trial.site.cloud.clock.sleep(600)

    code, said = await drift(trial)
    ((service, kind, changed),) = findings(said)
    assert (code, service, kind) == (5, "web", "failing-target"), said
    observer = TargetObserver(trial.site, trial.stack, "web", target_group)
    with observer.watching():
        code, said = await drift(trial, "--heal")
    web = service_of(said)
    assert (code, web["outcome"], web["replaced_ids"]) == (0, "replaced", [changed]), said
    assert observer.fewest >= 2, "two served before, and the third one did not"
    assert {each["id"] for each in containers.tasks()} & before == before - {changed}
    code, said = await drift(trial)
    assert (code, findings(said), service_of(said)["compared"]) == (0, [], 3), said
    containers.is_live("1.0.0")
