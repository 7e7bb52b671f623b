"""What is there of a server or task that somebody was let into, whatever became of it since."""

from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from strata.break_glass.presence import GlassPresence, look_at_note
from tests.unit.break_glass.conftest import GlassFleet
from tests.unit.break_glass.letting_in import let_into_task, place_of
from tests.unit.drift.drifting_fleet import GROUP
from tests.unit.drift.drifting_tasks import DriftingTasks
from tests.unit.rehearsal.cloud.conftest import Aws


def seen(glass: GlassFleet, server: str) -> tuple[str, bool]:
    found = look_at_note(glass.place, glass.noted(server))
    return found.seen, found.as_noted


def test_a_server_is_seen_in_standby_back_in_service_and_gone(glass: GlassFleet):
    server = glass.servers[0]
    glass.open(server)
    glass.aws.wait(600)
    assert seen(glass, server) == ("is in standby", True)
    glass.update(MaxSize=9)
    glass.aws.autoscaling.exit_standby(AutoScalingGroupName=GROUP, InstanceIds=[server])
    glass.aws.wait(600)
    assert seen(glass, server) == ("is back in service, by hand", False)
    glass.aws.ec2.terminate_instances(InstanceIds=[server])
    glass.aws.wait(900)
    assert seen(glass, server) == ("is gone", False)


def test_a_server_in_service_is_seen_with_its_protection_and_outside_of_its_group(glass: GlassFleet):
    server = glass.servers[0]
    glass.open(server, in_service=True)
    assert seen(glass, server) == ("is in service, protected from scale-in", True)
    glass.aws.autoscaling.set_instance_protection(
        AutoScalingGroupName=GROUP, InstanceIds=[server], ProtectedFromScaleIn=False
    )
    assert seen(glass, server) == ("is in service, and not protected from scale-in any more", False)
    glass.aws.autoscaling.detach_instances(
        AutoScalingGroupName=GROUP, InstanceIds=[server], ShouldDecrementDesiredCapacity=False
    )
    assert seen(glass, server) == ("runs, and group web does not have it any more", False)


def test_what_is_closed_is_not_looked_at_and_what_is_denied_is_said(glass: GlassFleet):
    server = glass.servers[0]
    glass.open(server, in_service=True)
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DescribeAutoScalingGroups")
    glass.refused["describe_auto_scaling_groups"] = denied
    said = "what is there could not be read: DescribeAutoScalingGroups: AccessDenied"
    assert seen(glass, server) == (said, True)
    glass.refused.clear()
    note = glass.close(server, no_change="a look only").note
    assert look_at_note(glass.place, note) == GlassPresence(note)
    glass.refused["describe_auto_scaling_groups"] = ClientError({"Error": {"Code": "Throttling"}}, "Any")
    glass.write(server, phase="open")
    with pytest.raises(ClientError, match="Throttling"):
        look_at_note(glass.place, glass.noted(server))


def test_a_task_is_seen_running_and_stopped(aws: Aws):
    tasks = DriftingTasks(aws, execute_command=True)
    task = tasks.tasks[0]
    note = let_into_task(tasks, task)
    assert look_at_note(place_of(tasks), note).seen == "is stopped", "a note of old does not say where it was"
    noted = replace(note, place=tasks.shop.arn)
    assert look_at_note(place_of(tasks), noted).seen == "is RUNNING"
    tasks.aws.ecs.stop_task(cluster="shop", task=task)
    tasks.aws.wait(900)
    found = look_at_note(place_of(tasks), noted)
    assert (found.seen, found.as_noted) == ("is stopped", False)
