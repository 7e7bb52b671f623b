"""Rollouts of containers by the real engine: every strategy, good, bad and killed, seen from outside all the while."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from strata.engine.engine_run import EngineResult
from strata_rehearsal.cloud.faults import Fault, FaultKind
from tests.integration.support import Said, Trial
from tests.integration.support.task_observer import serving_groups

DESIRED = 2
GATE_WENT_BACK = "the gate has deployed task definition"
PAUSE_SECONDS = 0.05
"""Real seconds between two looks: half a simulated minute."""
STRATEGIES: dict[str, dict[str, Any]] = {
    "rolling": {},
    "blue-green": {"bake_minutes": 3},
    "linear": {"bake_minutes": 3, "linear_step_percent": 50, "linear_bake_minutes": 3},
    "canary": {"bake_minutes": 3, "canary_bake_minutes": 3},
}
LOOKS = 2400
"""At most so many, until a deployment has ended: 20 simulated hours."""
SHIFTING = [name for name in STRATEGIES if name != "rolling"]
TERMINAL = {"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"}
BAD = {
    FaultKind.UNHEALTHY: None,
    FaultKind.CRASH: 45.0,
    FaultKind.CANNOT_PULL: None,
    FaultKind.ALARM: 60.0,
}


def digest(version: str) -> str:
    """Of a container image that no builder has made: a registry other than ECR's has whatever is asked for."""
    return f"sha256:{version.replace('.', '').ljust(64, '0')}"


@dataclass
class Containers:
    """One container service on a stack of its own."""

    trial: Trial
    strategy: str

    def use(self, version: str) -> None:
        """Let the program ask for an image from now on."""
        rollout = {"strategy": self.strategy, "progress_deadline_seconds": 300, **STRATEGIES[self.strategy]}
        service = {
            "capacity": {"min": DESIRED, "max": 4},
            "scaling": None,
            "drain_seconds": 20,
            "routes": [{"priority": 10, "paths": ["/10/*"]}],
            "rollout": rollout,
        }
        self.trial.extra = {
            "strata:container_services": {"web": service},
            "trial:images": {"web": f"registry.example.com/web:{version}@{digest(version)}"},
        }

    async def up(self, version: str, said: Said | None = None) -> EngineResult:
        self.use(version)
        return await self.trial.up(said=said)

    def tasks(self) -> list[dict[str, Any]]:
        """The tasks that run or are about to."""
        return self.trial.tasks("web")

    def latest_deployment(self) -> dict[str, Any]:
        """The newest deployment, as ECS describes it."""
        return self.trial.container_service("web")["deployments"][0]

    def production(self) -> str:
        """The target group that has all the requests."""
        seen, client = self.trial.container_service("web"), self.trial.site.client
        (found,) = client("ecs").describe_services(cluster=seen["cluster"], services=[seen["name"]])["services"]
        (group,) = serving_groups(client("elbv2"), found["loadBalancers"])
        return group

    def is_live(self, version: str) -> None:
        """The record and every task agree on the version."""
        record = self.trial.task_record("web")
        assert record is not None
        assert record.image.version == version
        assert self.trial.task_digests("web") == {digest(version)}

    async def unchanged(self) -> None:
        found = await self.trial.unchanged()
        assert found.ok, found.reason

    @asynccontextmanager
    async def watched(self) -> AsyncGenerator[list[int]]:
        """Count the healthy tasks from outside, again and again."""
        counted: list[int] = []

        async def poll() -> None:
            while True:
                tasks = await asyncio.to_thread(self.tasks)
                healthy = [each for each in tasks if each["state"] == "RUNNING" and set(each["targets"]) <= {"healthy"}]
                counted.append(len(healthy))
                await asyncio.sleep(PAUSE_SECONDS)

        polling = asyncio.ensure_future(poll())
        try:
            yield counted
        finally:
            polling.cancel()
            await asyncio.wait([polling])


@pytest.fixture(params=STRATEGIES)
async def containers(new_trial: Any, request: pytest.FixtureRequest) -> Containers:
    """A service whose first release runs."""
    made = Containers(new_trial({}, program="containers"), request.param)
    done = await made.up("1.0.0")
    assert done.ok, done.reason
    made.is_live("1.0.0")
    await made.unchanged()
    return made


async def test_only_a_release_that_works_is_recorded_and_every_up_after_it_is_clean(containers: Containers):
    production = {containers.production()}
    for number, (kind, after) in enumerate(BAD.items(), start=1):
        before, bad, good = f"1.{number - 1}.0", f"2.{number}.0", f"1.{number}.0"
        containers.trial.site.cloud.add_fault(Fault(kind, image=digest(bad), after=after))
        async with containers.watched() as counted:
            failed = await containers.up(bad)
        assert not failed.ok, f"{kind} must fail"
        assert "was rolled back" in failed.reason or GATE_WENT_BACK in failed.reason
        containers.is_live(before)
        # ECS drops old tasks for new ones that are healthy for a moment, and may even be content before they die
        if kind is not FaultKind.CRASH:
            assert min(counted) >= DESIRED

        async with containers.watched() as counted:
            done = await containers.up(good)
        assert done.ok, done.reason
        containers.is_live(good)
        assert min(counted) >= DESIRED
        # the two target groups swap roles; a refreshed preview must not want them back (terraform-provider-aws#45678)
        production.add(containers.production())
        await containers.unchanged()
    assert len(production) == (2 if containers.strategy in SHIFTING else 1)


async def test_after_a_kill_the_next_up_adopts_the_deployment(containers: Containers):
    containers.use("1.1.0")
    said = Said()
    run = await containers.trial.start_up(said)
    ended = asyncio.ensure_future(run.result())
    while not said.has("web: rolling to"):
        assert not ended.done()
        await asyncio.wait([ended], timeout=0.02)
    run.kill()
    await ended
    said = Said()
    done = await containers.up("1.1.0", said)
    assert done.ok, done.reason
    containers.is_live("1.1.0")
    await containers.unchanged()
    gone = await containers.trial.destroy()
    assert gone.ok, gone.reason


@pytest.mark.parametrize(
    "containers, after",
    # the hook that the killed `up` has left would stand in the way of a rolling deployment
    [("blue-green", "rolling"), ("linear", "linear"), ("canary", "canary")],
    indirect=["containers"],
)
async def test_without_the_client_aws_goes_back_by_itself_and_the_next_up_is_green(containers: Containers, after: str):
    containers.use("1.1.0")
    said = Said()
    async with containers.watched() as counted:
        run = await containers.trial.start_up(said)
        ended = asyncio.ensure_future(run.result())
        while not said.has("web: rolling to"):
            assert not ended.done()
            await asyncio.wait([ended], timeout=0.02)
        run.kill()
        await ended
        for _ in range(LOOKS):
            if containers.latest_deployment()["status"] in TERMINAL:
                break
            await asyncio.sleep(PAUSE_SECONDS)
    assert said.has(
        "AWS then waits 30 min for the next `pulumi up` before it moves requests, and goes back without one"
    )
    assert containers.latest_deployment()["status"] == "ROLLBACK_SUCCESSFUL"
    assert min(counted) >= DESIRED
    containers.is_live("1.0.0")
    # the provider would not change anything of the hook that is left on the service
    said = Said()
    containers.use("1.0.0")
    seen = await containers.trial.preview("--refresh", said=said)
    assert seen.ok, seen.reason
    assert said.changed == {"aws:ecs/taskDefinition:TaskDefinition", "aws:ssm/parameter:Parameter"}

    containers.strategy = after
    done = await containers.up("1.1.0")
    assert done.ok, done.reason
    containers.is_live("1.1.0")
    await containers.unchanged()
