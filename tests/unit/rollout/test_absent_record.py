"""What is said of a service that has no release record, beside what there is of it in the local AWS."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from strata.clock import SystemClock
from strata.naming import note_name
from strata.rollback.service_place import ServicePlace
from strata.rollout.absent_record import absent_record
from strata.rollout.note import Phase
from strata.rollout.stack_place import StackPlace
from tests.unit.drift.drifting_fleet import RECORD, DriftingFleet
from tests.unit.drift.drifting_tasks import DriftingTasks
from tests.unit.rehearsal.cloud.conftest import OLD, Aws, aws, bare, clients

__all__ = ["aws", "bare", "clients"]

AGAIN = (
    "`pulumi up --refresh` waits for its {} and records what they prove, once the {} has some; "
    "it rolls to what is pinned: first pin {} where that is to stay."
)
NEVER = "nothing shows that web of shop/prod was ever released there"


def place(client: Any) -> StackPlace:
    return StackPlace("shop", "prod", client, SystemClock())


def of_servers(fleet: DriftingFleet) -> tuple[str, str]:
    fleet.aws.ssm.delete_parameter(Name=RECORD)
    found = absent_record(place(fleet.client), "web", "acme/shop/prod")
    return found.message, found.fix or ""


def of_tasks(tasks: DriftingTasks) -> tuple[str, str]:
    tasks.aws.ssm.delete_parameter(Name=RECORD)
    found = absent_record(place(tasks.client), "web", "acme/shop/prod")
    return found.message, found.fix or ""


def test_servers_that_run_without_a_record_are_named_with_their_image_and_what_was_noted(aws: Aws):
    fleet = DriftingFleet(aws)
    fleet.note("1.0.0", OLD, "d1", "r-1", Phase.SUCCEEDED)
    said, fix = of_servers(fleet)
    assert said == (
        f"there is no release record {RECORD} in eu-west-1, although group web has 3 servers in service and launches "
        f"image {OLD}; its last rollout, to web 1.0.0 ({OLD}), was begun at 2026-11-28T12:00:00+00:00, and is noted as "
        "succeeded: the record was deleted since, or its `up` was killed before it wrote that"
    )
    assert fix == AGAIN.format("servers", "group", "1.0.0")


def test_tasks_that_run_without_a_record_are_named_with_their_image(aws: Aws):
    tasks = DriftingTasks(aws)
    said, fix = of_tasks(tasks)
    assert f"although service {tasks.shop.service()['serviceName']} has 3 running tasks and launches image " in said
    assert f"launches image {tasks.recorded.image.id}; its last rollout, to web first" in said
    assert fix.startswith(AGAIN.format("tasks", "service", "first"))


@pytest.mark.parametrize("phase", Phase)
def test_only_a_rollout_that_is_noted_as_succeeded_had_a_record(aws: Aws, phase: Phase):
    fleet = DriftingFleet(aws)
    fleet.note("1.0.0", OLD, "d1", "r-1", phase)
    said, fix = of_servers(fleet)
    assert f"is noted as {phase}" in said
    assert ("deleted since" in said) == (phase is Phase.SUCCEEDED)
    assert ("`strata rollout watch acme/shop/prod web`" in fix) == (phase in (Phase.ROLLING, Phase.STOPPING))


def test_a_service_of_which_only_a_note_is_left_was_there(aws: Aws):
    fleet = DriftingFleet(aws)
    fleet.note("1.0.0", OLD, "d1", "r-1", Phase.SUCCEEDED)
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="web", ForceDelete=True)
    aws.wait(900)
    said, _ = of_servers(fleet)
    assert "and nothing of it was found; its last rollout, to web 1.0.0" in said
    assert NEVER not in said


def test_a_service_of_which_nothing_is_there_is_not_said_to_have_been(aws: Aws):
    found = absent_record(place(lambda name: getattr(aws, name)), "web", "prod", ["api"])
    assert found.message == f"there is no release record {RECORD} in eu-west-1: {NEVER}"
    assert (found.fix or "").startswith("There are records of api. Check the names, the region and the account;")


def test_a_place_of_one_service_names_it_once(aws: Aws):
    whole = ServicePlace(**vars(place(lambda name: getattr(aws, name))), service="web")
    assert absent_record(whole, "web", "prod").message == absent_record(place(whole.clients), "web", "prod").message


def test_who_may_not_look_at_servers_is_told_so_and_nothing_is_claimed_of_them(aws: Aws):
    fleet = DriftingFleet(aws)
    fleet.refused["describe_auto_scaling_groups"] = ClientError({"Error": {"Code": "AccessDenied"}}, "Describe")
    said, _ = of_servers(fleet)
    assert "and whether a group of it runs servers may not be asked here" in said
    assert NEVER in said
    assert aws.ssm.get_parameters(Names=[note_name(RECORD)])["Parameters"] == []
