"""A rollout of containers that nobody watches any more, seen from outside, and the next one by another strategy."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from strata.engine.engine_run import EngineResult
from tests.integration.conftest import NewTrial
from tests.integration.support import Said, Trial
from tests.integration.support.rolled_tasks import STRATEGIES, digest
from tests.integration.support.waiting import until

DESIRED = 2
PAUSE_SECONDS = 0.05
"""Real seconds between two looks: half a simulated minute."""
LOOKS = 2400
"""At most so many, until a deployment has ended: 20 simulated hours."""
TERMINAL = {"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"}


@dataclass
class Containers:
    """One container service on a stack of its own."""

    trial: Trial
    strategy: str
    rollout: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Further settings of its rollout."""

    def use(self, version: str) -> None:
        """Let the program ask for an image from now on."""
        rollout = {
            "strategy": self.strategy,
            "progress_deadline_seconds": 300,
            **STRATEGIES[self.strategy],
            **self.rollout,
        }
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

    def is_live(self, version: str) -> None:
        """The record and every task agree on the version."""
        self.trial.runs_in_tasks("web", version, digest(version))

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


async def test_without_the_client_aws_goes_back_by_itself_and_the_next_up_may_even_roll_by_another_strategy(
    new_trial: NewTrial,
) -> None:
    containers = Containers(new_trial({}, program="containers"), "blue-green")
    first = await containers.up("1.0.0")
    assert first.ok, first.reason
    containers.use("1.1.0")
    said = Said()
    async with containers.watched() as counted:
        run = await containers.trial.start_up(said)
        ended = asyncio.ensure_future(run.result())
        await until(ended, said, "web: rolling to")
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

    # the hook that the killed `up` has left would stand in the way of a rolling deployment
    containers.strategy = "rolling"
    done = await containers.up("1.1.0")
    assert done.ok, done.reason
    containers.is_live("1.1.0")
    await containers.unchanged()
