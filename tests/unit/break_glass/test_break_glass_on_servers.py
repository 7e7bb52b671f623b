"""Break-glass on servers: what is done, what is noted, what is refused, and that nothing is lost when it is killed."""

import pytest
from botocore.exceptions import ClientError

from strata.break_glass.closing import close_expired
from strata.break_glass.opening import GlassOrder, open_break_glass
from strata.errors import BusyError, RefusedError, UsageError
from strata.rollout.break_glass_note import GlassMode, GlassPhase
from tests.unit.break_glass.conftest import GlassFleet
from tests.unit.break_glass.runbook_messages import runbook_quotes
from tests.unit.drift.drifting_fleet import GROUP, REFRESH
from tests.unit.rehearsal.cloud.conftest import NEW

CALLER = "arn:aws:sts::123456789012:user/moto"


def test_an_opened_server_is_in_standby_marked_and_noted_and_a_fresh_one_has_its_place(glass: GlassFleet):
    server = glass.servers[0]
    opened = glass.open(server)
    assert glass.state(server) == "Standby"
    assert opened.way_in.endswith(f"ssm start-session --target {server}")
    note = glass.noted(server)
    assert note == opened.note
    assert (note.mode, note.phase, note.by) == (GlassMode.STANDBY, GlassPhase.OPEN, CALLER)
    assert (note.image_name, note.version, note.reason) == ("web", "1.0.0", "the queue hangs")
    assert glass.tags(server)["strata:tainted"] == f"{note.at} {CALLER}"
    glass.aws.wait(300)
    assert glass.aws.states() == ["InService"] * 3 + ["Standby"]
    assert glass.aws.describe()["DesiredCapacity"] == 3


def test_one_that_stays_in_service_is_protected_from_scale_in(glass: GlassFleet):
    server = glass.servers[0]
    assert glass.open(server, in_service=True).note.mode is GlassMode.IN_SERVICE
    (found,) = [each for each in glass.aws.instances() if each["InstanceId"] == server]
    assert (found["LifecycleState"], found["ProtectedFromScaleIn"]) == ("InService", True)
    assert "strata:tainted" in glass.tags(server)
    assert len(glass.servers) == 3


def test_a_dry_run_does_nothing(glass: GlassFleet):
    server = glass.servers[0]
    assert glass.open(server, dry_run=True).note.phase is GlassPhase.OPENING
    assert glass.state(server) == "InService"
    with pytest.raises(UsageError, match="nobody was let into"):
        glass.close(server)


def test_the_same_command_prolongs_it_and_keeps_who_opened_it(glass: GlassFleet):
    server = glass.servers[0]
    first = glass.open(server, hours=1).note
    glass.aws.wait(1800)
    again = glass.open(server, hours=2)
    assert again.prolonged
    assert (again.note.at, again.note.by, again.note.reason) == (first.at, first.by, first.reason)
    assert again.note.until > first.until


def test_who_prolonged_it_and_why_is_kept_beside_who_opened_it(glass: GlassFleet):
    server = glass.servers[0]
    first = glass.open(server, hours=1).note
    glass.write(server, by="ann")
    glass.aws.wait(1800)
    order = GlassOrder(server, "the dump takes longer", 7200.0)
    again = open_break_glass(glass.place, order, dry_run=False).note
    assert (again.by, again.reason, again.at) == ("ann", "the queue hangs", first.at)
    assert (again.extended_by, again.extended_reason) == (CALLER, "the dump takes longer")
    assert again.extended_at > first.at
    said = glass.noted(server).sentence(glass.aws.clock.now())
    assert said.endswith(f": the queue hangs; prolonged by {CALLER} at {again.extended_at}: the dump takes longer")


def test_one_that_was_brought_back_by_hand_is_opened_again_only_within_the_floor(glass: GlassFleet):
    server = glass.servers[0]
    glass.open(server)
    glass.aws.wait(600)
    glass.update(MaxSize=9)
    glass.aws.autoscaling.exit_standby(AutoScalingGroupName=GROUP, InstanceIds=[server])
    glass.aws.wait(600)
    assert glass.state(server) == "InService"
    glass.aws.autoscaling.suspend_processes(AutoScalingGroupName=GROUP, ScalingProcesses=["Launch"])
    with pytest.raises(RefusedError, match="process Launch of group web is suspended"):
        glass.open(server)
    assert glass.state(server) == "InService"
    glass.aws.autoscaling.resume_processes(AutoScalingGroupName=GROUP)
    assert glass.open(server).prolonged
    assert glass.state(server) == "Standby"


def test_an_expired_one_is_not_prolonged_while_a_rollout_counts_on_it(glass: GlassFleet):
    server = glass.servers[0]
    until = glass.open(server, in_service=True, hours=1).note.until
    glass.aws.refresh(glass.version(NEW, "d2"), **REFRESH)
    glass.aws.wait(20)
    assert glass.open(server, in_service=True, hours=1).note.until > until, "the rollout leaves it alone"
    glass.aws.wait(300)
    kept = glass.noted(server)
    glass.write(server, until=kept.at)
    with pytest.raises(BusyError, match="a rollout of web is running, and counts on"):
        glass.open(server, in_service=True)
    assert glass.noted(server).until == kept.at


def test_a_server_of_no_group_or_of_another_stack_is_refused(glass: GlassFleet):
    with pytest.raises(UsageError, match="no service of shop/prod in eu-west-1 runs i-00000000000000000") as error:
        glass.open("i-00000000000000000")
    tag = {"ResourceId": GROUP, "ResourceType": "auto-scaling-group", "Key": "strata:stack", "Value": "staging"}
    glass.aws.autoscaling.create_or_update_tags(Tags=[{**tag, "PropagateAtLaunch": True}])
    with pytest.raises(UsageError, match="of group web, which is none of shop/prod") as refused:
        glass.open(glass.servers[0])
    assert refused.value.fix == "Its tags say that it is of shop/staging: name that stack."
    assert "`strata drift prod` compares what runs" in str(error.value)


def test_the_floor_is_one_below_what_is_wanted_and_an_ill_server_costs_nothing(glass: GlassFleet):
    first, second, third = glass.servers
    glass.aws.autoscaling.suspend_processes(AutoScalingGroupName=GROUP, ScalingProcesses=["ReplaceUnhealthy"])
    glass.aws.admin("health", instance=second, healthy=False)
    glass.aws.wait(120)
    with pytest.raises(
        RefusedError, match="1 other servers of web are healthy, and while a fresh one boots 2 must be"
    ) as refused:
        glass.open(first)
    assert runbook_quotes(str(refused.value))
    assert glass.state(first) == "InService"
    assert glass.open(second).note.phase is GlassPhase.OPEN
    assert glass.state(third) == "InService"


def test_the_only_server_stays_in_service(glass: GlassFleet):
    glass.update(MinSize=1, DesiredCapacity=1)
    glass.aws.wait(900)
    (only,) = glass.servers
    with pytest.raises(RefusedError, match="while a fresh one boots 1 must be, of 1"):
        glass.open(only)
    glass.open(only, in_service=True)
    with pytest.raises(RefusedError) as refused:
        glass.close(only, no_change="a look only")
    assert "--desired-capacity 2" in (refused.value.fix or "")
    glass.update(DesiredCapacity=2)
    glass.aws.wait(900)
    assert glass.close(only, no_change="a look only").ended


def test_nothing_is_opened_while_a_rollout_runs_or_no_fresh_server_would_come(glass: GlassFleet):
    server = glass.servers[0]
    glass.aws.autoscaling.suspend_processes(AutoScalingGroupName=GROUP, ScalingProcesses=["Launch"])
    with pytest.raises(RefusedError, match="process Launch of group web is suspended"):
        glass.open(server)
    glass.aws.autoscaling.resume_processes(AutoScalingGroupName=GROUP)
    glass.aws.refresh(glass.version(NEW, "d2"), **REFRESH)
    glass.aws.wait(20)
    for in_service in (False, True):
        with pytest.raises(BusyError, match="a rollout of web is running"):
            glass.open(server, in_service=in_service)


def test_a_server_that_is_launched_or_leaves_is_refused(glass: GlassFleet):
    glass.aws.autoscaling.set_desired_capacity(AutoScalingGroupName=GROUP, DesiredCapacity=4)
    glass.aws.wait(1)
    (booting,) = [each["InstanceId"] for each in glass.aws.instances() if each["LifecycleState"] == "Pending"]
    with pytest.raises(RefusedError, match=f"{booting} of web is Pending") as refused:
        glass.open(booting)
    assert (refused.value.fix or "").startswith("Wait until it is in service")
    assert runbook_quotes(str(refused.value))


def test_what_aws_refuses_leaves_no_note_and_what_it_may_have_done_leaves_one(glass: GlassFleet):
    first, second = glass.servers[:2]
    glass.refused["enter_standby"] = refusal("ScalingActivityInProgress", 400)
    with pytest.raises(ClientError):
        glass.open(first)
    with pytest.raises(UsageError, match="nobody was let into"):
        glass.close(first)
    glass.refused["enter_standby"] = refusal("InternalFailure", 500)
    with pytest.raises(ClientError):
        glass.open(second)
    assert glass.noted(second).phase is GlassPhase.OPENING
    glass.refused.clear()
    assert glass.open(second).note.phase is GlassPhase.OPEN
    assert glass.state(second) == "Standby"


def test_an_open_that_ended_before_the_mark_is_continued(glass: GlassFleet):
    server = glass.servers[0]
    glass.refused["create_tags"] = refusal("UnauthorizedOperation", 403)
    with pytest.raises(ClientError):
        glass.open(server)
    assert (glass.state(server), glass.noted(server).phase) == ("Standby", GlassPhase.OPENING)
    glass.refused.clear()
    assert glass.open(server).note.phase is GlassPhase.OPEN
    assert "strata:tainted" in glass.tags(server)


def test_a_closed_server_is_ended_and_the_note_stays(glass: GlassFleet):
    server = glass.servers[0]
    glass.open(server)
    glass.aws.wait(600)
    closed = glass.close(server, fixed_in="1.0.1")
    assert closed.ended
    assert (closed.note.phase, closed.note.closed_by, closed.note.fixed_in) == (GlassPhase.CLOSED, CALLER, "1.0.1")
    glass.aws.wait(600)
    assert glass.state(server) == ""
    assert glass.aws.states() == ["InService"] * 3
    assert glass.aws.describe()["DesiredCapacity"] == 3
    assert glass.noted(server) == closed.note


def test_one_in_service_is_replaced_when_it_is_closed(glass: GlassFleet):
    server = glass.servers[0]
    glass.open(server, in_service=True)
    assert glass.close(server, no_change="a look only").ended
    glass.aws.wait(900)
    assert server not in glass.servers
    assert glass.aws.states() == ["InService"] * 3


def test_a_close_that_was_killed_is_continued_and_a_closed_one_may_say_its_fix_later(glass: GlassFleet):
    server = glass.servers[0]
    glass.open(server)
    glass.refused["terminate_instance_in_auto_scaling_group"] = refusal("InternalFailure", 500)
    with pytest.raises(ClientError):
        glass.close(server)
    first = glass.noted(server)
    assert first.phase is GlassPhase.CLOSING
    with pytest.raises(RefusedError, match="never goes back in service"):
        glass.open(server)
    glass.refused.clear()
    closed = glass.close(server)
    assert closed.ended
    assert closed.note.closed_at == first.closed_at
    assert closed.note.unanswered
    glass.aws.wait(600)
    again = glass.close(server, fixed_in="1.0.1")
    assert (again.ended, again.note.fixed_in) == (False, "1.0.1")
    assert not glass.noted(server).unanswered
    glass.close(server, no_change="a look only")
    assert (glass.noted(server).fixed_in, glass.noted(server).no_change) == ("", "a look only")
    assert glass.close(server).note.no_change == "a look only"


def test_the_version_that_ran_cannot_have_the_fix(glass: GlassFleet):
    server = glass.servers[0]
    glass.open(server)
    with pytest.raises(UsageError, match=r"ran web 1\.0\.0 when it was opened"):
        glass.close(server, fixed_in="1.0.0")
    assert glass.state(server) == "Standby"


def test_a_server_that_somebody_took_out_of_its_group_is_not_called_closed(glass: GlassFleet):
    server = glass.servers[0]
    glass.open(server, in_service=True)
    glass.aws.autoscaling.detach_instances(
        AutoScalingGroupName=GROUP, InstanceIds=[server], ShouldDecrementDesiredCapacity=False
    )
    with pytest.raises(RefusedError, match="still runs, and group web of web does not have it any more") as refused:
        glass.close(server)
    assert runbook_quotes(str(refused.value))
    assert glass.noted(server).is_open
    glass.aws.ec2.terminate_instances(InstanceIds=[server])
    assert not glass.close(server).note.is_open


def test_everything_that_is_over_is_closed_and_nothing_else(glass: GlassFleet):
    first, second = glass.servers[:2]
    glass.open(first, hours=1)
    glass.aws.wait(900)
    glass.open(second, hours=4)
    assert close_expired(glass.place, dry_run=False) == []
    glass.aws.wait(3600)
    assert [(each.note.unit, each.ended) for each in close_expired(glass.place, dry_run=True)] == [(first, True)]
    assert glass.state(first) == "Standby"
    assert [(each.note.unit, each.ended) for each in close_expired(glass.place, dry_run=False)] == [(first, True)]
    glass.aws.wait(600)
    assert (glass.state(first), glass.state(second)) == ("", "Standby")
    assert close_expired(glass.place, dry_run=False) == []


def refusal(code: str, status: int) -> ClientError:
    answer = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "Any")  # pyright: ignore[reportArgumentType]
