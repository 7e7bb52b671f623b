"""A sidecar by the real engine: what it reads deploys nothing, its image does, and a bad one is taken back."""

from typing import Any

import pytest

from strata.rollout.record import TaskRelease
from strata_rehearsal.cloud.faults import Fault, FaultKind
from tests.integration.support.rolled_tasks import digest
from tests.integration.test_container_rollouts import Containers

GOOD, BETTER, BAD = digest("7.1.0"), digest("7.2.0"), digest("7.3.0")


class WithAgent(Containers):
    """A container service with an agent beside the application."""

    agent: str = GOOD
    level: str = "info"

    def use(self, version: str) -> None:
        super().use(version)
        agent = {"image": f"registry.example.com/agent@{self.agent}", "essential": True, "awaited": "started"}
        self.trial.extra["strata:container_services"]["web"]["sidecars"] = {"agent": agent}
        self.trial.extra["strata:runtime"] = {"agent": {"values": {"level": self.level}}}

    @property
    def record(self) -> TaskRelease | None:
        return self.trial.task_record("web")

    def deployments(self) -> int:
        """How many deployments ECS knows of the service."""
        record = self.record
        assert record is not None
        name = record.service.rpartition("/")[2]
        found = next(each for each in self.trial.site.cloud.admin("state")["services"] if each["name"] == name)
        return len(found["deployments"])

    @property
    def recorded_agent(self) -> str:
        record = self.record
        assert record is not None
        return record.sidecars["agent"].id.rpartition("@")[2]


@pytest.fixture(params=["rolling", "blue-green"])
async def containers(new_trial: Any, request: pytest.FixtureRequest) -> WithAgent:
    """A service whose first release runs."""
    made = WithAgent(new_trial({}, program="containers"), request.param)
    done = await made.up("1.0.0")
    assert done.ok, done.reason
    assert made.recorded_agent == GOOD
    await made.unchanged()
    return made


async def test_what_an_agent_reads_deploys_nothing_and_its_image_goes_through_the_gate(containers: WithAgent):
    before, deployed = containers.record, containers.deployments()
    containers.level = "debug"
    done = await containers.up("1.0.0")
    assert done.ok, done.reason
    assert done.changes.updated == 1, "the value alone"
    assert (containers.record, containers.deployments()) == (before, deployed)

    containers.agent = BETTER
    done = await containers.up("1.0.0")
    assert done.ok, done.reason
    assert (containers.recorded_agent, containers.deployments()) == (BETTER, deployed + 1)
    containers.is_live("1.0.0")
    await containers.unchanged()

    proven = containers.record
    for kind in (FaultKind.CANNOT_PULL, FaultKind.CRASH):
        containers.trial.site.cloud.add_fault(Fault(kind, image=BAD, after=45.0 if kind is FaultKind.CRASH else None))
        containers.agent = BAD
        failed = await containers.up("1.0.0")
        assert not failed.ok, f"{kind} must fail"
        assert "agent" in failed.reason
        assert containers.record == proven
        containers.is_live("1.0.0")
        containers.trial.site.cloud.clear_faults()

    containers.agent = BETTER
    done = await containers.up("1.0.0")
    assert done.ok, done.reason
    await containers.unchanged()
