"""A note of break-glass that somebody has written over: it is said wherever it counts, and nobody is disturbed."""

import pytest

from strata.exit_code import ExitCode
from strata.naming import break_glass_name
from strata.rollout.aws_calls import BaseDriver
from strata.rollout.break_glass_note import GlassPhase
from strata.rollout.preflight_findings import find_break_glass
from tests.unit.break_glass.conftest import GlassFleet
from tests.unit.break_glass.letting_in import let_into_task
from tests.unit.drift.drifting_fleet import RECORD
from tests.unit.drift.drifting_tasks import DriftingTasks
from tests.unit.healing.healing_ground import HealingGround
from tests.unit.rehearsal.cloud.conftest import Aws

STOLEN = '{"phase": "open", "mode": "standby"}'


@pytest.fixture
def spoiled(glass: GlassFleet) -> str:
    """A server in service that somebody was let into, and whose note was written over."""
    server = glass.servers[0]
    glass.open(server, in_service=True)
    glass.put(break_glass_name(RECORD, server), STOLEN)
    return server


def test_drift_says_that_it_could_not_be_read_and_fails_under_strict(glass: GlassFleet, spoiled: str):
    found = glass.look()
    (unread,) = found.unread
    assert (unread.service, unread.what) == ("web", f"break-glass of {spoiled}")
    assert unread.why == (
        f"parameter /strata/shop/prod/web/break-glass/{spoiled} is no note of break-glass, although it has the place "
        f"of one; see `aws ssm get-parameter-history --name /strata/shop/prod/web/break-glass/{spoiled}`"
    )
    assert (found.exit_code(strict=False), found.exit_code(strict=True)) == (ExitCode.FAILED, ExitCode.WARNINGS)
    assert list(found.findings) == []
    assert any(each.startswith(f"held: {spoiled}, parameter ") for each in found.services[0].delegated)


def test_drift_of_tasks_says_it_too(aws: Aws):
    tasks = DriftingTasks(aws, execute_command=True)
    task = tasks.tasks[0]
    let_into_task(tasks, task)
    tasks.put(break_glass_name(RECORD, task), "mine")
    found = tasks.look()
    assert [each.what for each in found.unread] == [f"break-glass of {task}"]
    assert list(found.findings) == []


def test_healing_leaves_it_alone_with_the_reason(glass: GlassFleet, spoiled: str):
    opened = glass.aws.ec2.create_security_group(GroupName="open", Description="by hand", VpcId=glass.aws.vpc)
    glass.aws.ec2.modify_instance_attribute(InstanceId=spoiled, Groups=[glass.walls, opened["GroupId"]])
    healed = HealingGround(glass).heal()
    assert spoiled in glass.servers
    assert healed.exit_code(strict=True) == ExitCode.WARNINGS


def test_a_rollout_leaves_it_alone_and_says_so(glass: GlassFleet, spoiled: str):
    notes = BaseDriver(glass.client).glass_notes(RECORD, [spoiled])
    assert notes[spoiled].holds(glass.aws.clock.now())
    (warned,) = find_break_glass(RECORD, notes.values(), glass.aws.clock.now())
    assert warned.text.startswith(f"{spoiled} is left alone: parameter /strata/shop/prod/web/break-glass/")
    assert "aws ssm get-parameter-history --name /strata/shop/prod/web/break-glass/" in warned.fix


def test_json_has_no_moments_that_nobody_knows(glass: GlassFleet, spoiled: str):
    (note,) = BaseDriver(glass.client).glass_notes(RECORD, [spoiled]).values()
    shown = note.document(glass.aws.clock.now())
    assert (shown["state"], shown["at"], shown["until"], shown["by"]) == ("unreadable", None, None, None)
    assert note.phase is GlassPhase.UNREADABLE


def test_no_note_calls_itself_unreadable(glass: GlassFleet, spoiled: str):
    glass.open(glass.servers[1], in_service=True)
    kept = glass.noted(glass.servers[1]).to_json()
    glass.put(break_glass_name(RECORD, spoiled), kept.replace('"open"', '"unreadable"'))
    (note,) = BaseDriver(glass.client).glass_notes(RECORD, [spoiled]).values()
    assert note.place == break_glass_name(RECORD, spoiled)
