"""What a preview and a plan say where no release is recorded: only what nothing was ever rolled to is a first one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from strata.images.image_trust import ImageTerms
from strata.rollout.note import Phase
from strata.rollout.record import NOTHING_PROVEN, ImageRef
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.driver import Driver
from strata.rollout.servers.live_servers import look_at_servers
from strata.rollout.servers.server_plan import plan_service, preview_lines
from strata.rollout.servers.server_spec import ServerSpec
from strata.rollout.service_plan import ServicePlan
from strata.rollout.tasks.async_task_driver import AsyncTaskDriver
from strata.rollout.tasks.task_driver import TaskDriver
from strata.rollout.tasks.task_plan import judge_containers, plan_task_service
from strata.rollout.tasks.task_preview import task_preview_lines
from strata.rollout.tasks.task_spec import TaskSpec
from strata.settings.models import ContainerImageSettings, ImageSettings
from tests.unit.drift.drifting_fleet import RECORD, DriftingFleet
from tests.unit.drift.drifting_tasks import DriftingTasks
from tests.unit.rehearsal.cloud.conftest import OLD, Aws, aws, bare, clients

__all__ = ["aws", "bare", "clients"]

WANTED = ImageRef("web", "2.0.0", "ami-2")
FIRST = "web: first deployment of "
DOES = "where it does not run yet, waits until every {} is healthy, and records it"
DELETED = "the record was deleted since, or its `up` was killed before it wrote that"


@dataclass
class Case:
    """A service that runs version 1.0.0, and what is said of it."""

    world: Any
    unit: str
    fleet: str
    runs: str
    last: str

    async def preview(self) -> list[str]:
        if self.unit == "server":
            spec = ServerSpec.of_service("web", self.world.settings, record=RECORD)
            calls = AsyncDriver(Driver(self.world.client), lambda: None)
            return await preview_lines(calls, spec, None, image=WANTED, digest="d2")
        spec = TaskSpec.of_service("web", self.world.settings, record=RECORD)
        asked = AsyncTaskDriver(TaskDriver(self.world.client), lambda: None)
        return await task_preview_lines(asked, spec, None, image=WANTED, digest="d2")

    def plan(self) -> ServicePlan:
        if self.unit == "server":
            (found,) = look_at_servers(Driver(self.world.client), "shop", "prod", {"web": self.world.settings.least})
            pin = ImageSettings.model_construct(version="2.0.0", id="ami-2")
            return plan_service(found, self.world.settings, pin, RECORD)
        pin = ContainerImageSettings(version="2.0.0", digest=f"sha256:{'2' * 64}")
        return plan_task_service(self.world.status(), self.world.settings, pin, RECORD)

    def noted(self, phase: Phase) -> None:
        if self.unit == "server":
            self.world.note("1.0.0", OLD, "d1", "r-1", phase)
        else:
            recorded = self.world.recorded
            self.world.prove("first", recorded.task_definition, phase)

    def forget(self, name: str = RECORD) -> None:
        self.world.aws.ssm.delete_parameters(Names=[name])

    def end(self) -> None:
        """Delete what runs it."""
        if self.unit == "server":
            self.world.aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="web", ForceDelete=True)
        else:
            self.world.aws.ecs.delete_service(cluster="shop", service=self.world.shop.arn, force=True)
        self.world.aws.wait(900)


def servers(aws: Aws) -> Case:
    fleet = DriftingFleet(aws)
    runs = f"group web has 3 servers in service and launches image {OLD}"
    last = f"its last rollout, to web 1.0.0 ({OLD}), was begun at 2026-11-28T12:00"
    return Case(fleet, "server", "group", runs, last)


def tasks(aws: Aws) -> Case:
    found = DriftingTasks(aws)
    image = found.recorded.image
    runs = f"service {found.shop.service()['serviceName']} has 3 running tasks and launches image {image.id}"
    return Case(found, "task", "service", runs, f"its last rollout, to {image}, was begun at 2026-11-28T12:00")


BOTH = pytest.mark.parametrize("make", [servers, tasks])
Make = Callable[[Aws], Case]


@BOTH
async def test_a_deleted_record_makes_no_first_deployment(aws: Aws, make: Make):
    case = make(aws)
    case.noted(Phase.SUCCEEDED)
    case.forget()
    first, last, *_ = await case.preview()
    assert first == f"web: has no release record, although {case.runs}: up rolls out {WANTED} {DOES.format(case.unit)}"
    assert last.startswith(f"  {case.last}")
    assert last.endswith(f"is noted as succeeded: {DELETED}")
    plan = case.plan()
    assert plan.headline == "web: is there and has no release record: rolls out 2.0.0, and records it"
    assert last.strip() in plan.lines
    assert any(line.startswith("not the release: no release is proven") for line in plan.lines)


@BOTH
async def test_what_is_gone_with_its_record_was_there_by_the_note_of_its_gate(aws: Aws, make: Make):
    case = make(aws)
    case.noted(Phase.SUCCEEDED)
    case.end()
    gone = case.plan()
    assert gone.headline.startswith(f"web: {case.fleet} ")
    assert gone.headline.endswith(" is gone; up makes a new one for 2.0.0")
    assert gone.rolls
    case.forget()
    first, last, *_ = await case.preview()
    seen = "web: has no release record, and nothing of it was found: "
    assert first == f"{seen}up rolls out {WANTED} {DOES.format(case.unit)}"
    plan = case.plan()
    assert plan.headline == f"{seen}rolls out 2.0.0, and records it"
    assert plan.lines[0] == last.strip()
    assert DELETED in last


@BOTH
async def test_a_record_that_was_written_over_makes_no_first_deployment_either(aws: Aws, make: Make):
    case = make(aws)
    case.noted(Phase.SUCCEEDED)
    case.world.put(RECORD, "1.0.0")
    first, last, *_ = await case.preview()
    assert first.startswith(f"web: has a release record that cannot be read, and {case.runs}: up rolls out {WANTED}")
    assert last.startswith(f"  {case.last}")
    assert DELETED not in last, "it is there"
    case.world.put(RECORD, NOTHING_PROVEN)
    first, last, *_ = await case.preview()
    assert first.startswith(f"web: has a release record that names nothing proven, although {case.runs}: up rolls out")
    assert DELETED not in last
    headline = case.plan().headline
    assert headline == (
        "web: is there and has a release record that names nothing proven: rolls out 2.0.0, and records it"
    )


@BOTH
async def test_what_no_gate_has_rolled_out_is_a_first_deployment(aws: Aws, make: Make):
    case = make(aws)
    case.noted(Phase.NOT_PROVEN)
    case.world.put(RECORD, NOTHING_PROVEN)
    first = f"{FIRST}{WANTED}; up waits until every {case.unit} is healthy"
    assert (await case.preview())[0] == first
    assert case.plan().headline == f"{FIRST}2.0.0"
    case.forget(RECORD.replace("release", "last-rollout"))
    assert (await case.preview())[0] == first
    case.end()
    case.forget()
    assert (await case.preview())[0] == first
    plan = case.plan()
    assert plan.headline == f"{FIRST}2.0.0"
    assert not any("last rollout" in line for line in plan.lines)


@BOTH
async def test_who_may_not_look_is_told_so_and_nothing_is_claimed(aws: Aws, make: Make):
    case = make(aws)
    case.noted(Phase.FAILED)
    case.forget()
    call = "describe_auto_scaling_groups" if case.unit == "server" else "list_clusters"
    case.world.refused[call] = ClientError({"Error": {"Code": "AccessDenied"}}, "Any")
    first, last, *_ = await case.preview()
    assert first.startswith("web: has no release record, and whether anything runs it may not be asked here: up rolls")
    assert last.endswith("is noted as failed")


def test_a_repository_that_the_stack_makes_is_not_said_to_be_new_where_its_record_is_gone(aws: Aws):
    case = tasks(aws)
    case.noted(Phase.SUCCEEDED)
    pin = ContainerImageSettings(version="2.0.0", digest=f"sha256:{'2' * 64}")
    said: list[str] = []
    for _ in range(2):
        case.forget()
        found, driver = case.world.status(), TaskDriver(case.world.client)
        judged = judge_containers(driver, found, case.world.settings, pin, RECORD, ImageTerms(), now=0.0)
        said += [each.text for each in judged if "the stack makes its repository" in each.text]
        case.forget(RECORD.replace("release", "last-rollout"))
        case.world.put(RECORD, NOTHING_PROVEN)
    assert said[0].endswith("and web has no release record, which would name that")
    assert said[1].endswith("and no release record names that yet")
